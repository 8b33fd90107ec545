"""A button does the same wherever it is pressed: file, live workbook (LibreOffice through xlwings), lines by VBA, JSON.

The buttons are those of the product: one that is new has no case here, and fails until the story of presses.py has one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvsb_xl.addin.build import with_ribbon
from cvsb_xl.cli import cvsb
from cvsb_xl.commands.pressing import BUTTONS
from cvsb_xl.errors import CannotSave, TrackerChanged
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.book import tracker_in, wanted_sheets
from cvsb_xl.hosts.excel import read_live
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.hosts.steps import Expect, Put
from cvsb_xl.xlsx.read import read_book
from tests.live.libreoffice import LibreOffice
from tests.live.presses import (
    Came,
    Story,
    by_json,
    contents,
    documents_of,
    lines_of,
    on_disk,
    pressed_on,
    same_run,
    story,
    tables,
)
from tests.live.xl_uno import open_book


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with story(tmp_path_factory.mktemp("story")) as found:
        yield found


@pytest.fixture(scope="module")
def on_file(told: Story, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Came]:
    """What comes of each button, done on disk; each changed something, or wrote something."""

    @cache
    def came(verb: str) -> Came:
        path = copied(told, verb, tmp_path_factory.mktemp(f"disk-{verb}"))
        before = tables(open_tracker(path))
        found = on_disk(path, verb, told)
        assert found.cells != before or found.documents, f"{verb} did nothing"
        return found

    return came


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibreOffice]:
    home = tmp_path_factory.mktemp("home")
    with LibreOffice(CVSB_HOME=str(home), CVSB_QUIET="1") as running:
        yield running


def copied(told: Story, verb: str, folder: Path) -> Path:
    path = folder / "Tracker.xlsx"
    shutil.copyfile(told.before[verb], path)
    return path


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("verb", BUTTONS)
def test_each_button_comes_to_the_same_in_a_file_in_a_live_workbook_and_by_json(
    verb: str, told: Story, on_file: Callable[[str], Came], office: LibreOffice, tmp_path: Path
) -> None:
    (tmp_path / "sent").mkdir()
    by_client = by_json(copied(told, verb, tmp_path / "sent"), verb, told)
    assert by_client.cells == on_file(verb).cells
    assert by_client.documents == on_file(verb).documents
    path = copied(told, verb, tmp_path)
    workbook = open_book(office, str(path))
    try:
        live = read_live(workbook, load_framework())
        pressed = pressed_on(live.book, live.opened, verb, path, told)
        assert documents_of(pressed, path) == on_file(verb).documents
        office.ask("select", "Actions", 6, 3)
        calculated = workbook.app.calculation
        copy = live.carry_out(pressed.steps, tmp_path / "copies")
        assert tables(read_live(workbook, load_framework()).opened) == on_file(verb).cells
        assert (workbook.app.calculation, workbook.app.screen_updating) == (calculated, True)
        assert office.ask("active") == "Actions"
        assert office.ask("selection")[1:] == [6, 3]
        assert tables(open_tracker(path)) == on_file(verb).cells, "what LibreOffice saved"
        assert (copy is not None) is bool(pressed.steps)
        if copy:
            assert tables(open_tracker(copy)) == tables(open_tracker(told.before[verb])), (
                "the copy made before"
            )
    finally:
        office.ask("close")


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("verb", BUTTONS)
def test_vba_carries_out_the_lines_to_the_tables_that_the_file_host_gives(
    verb: str, told: Story, on_file: Callable[[str], Came], office: LibreOffice, tmp_path: Path
) -> None:
    plain = copied(told, verb, tmp_path)
    book = read_book(plain.read_bytes(), name=plain.name, only=wanted_sheets(load_framework()))
    pressed = pressed_on(book, tracker_in(book, plain.name, load_framework()), verb, plain, told)
    if not pressed.steps:
        assert documents_of(pressed, plain) == on_file(verb).documents
        return  # there is nothing for VBA to do but to copy them: tests/live/test_buttons.py sees that they arrive
    path = plain.with_suffix(".xlsm")
    path.write_bytes(with_ribbon(plain.read_bytes()))
    answer = tmp_path / "answer.txt"
    answer.write_bytes(lines_of(pressed).encode("ascii"))
    workbook = open_book(office, str(path))
    try:
        calculated = workbook.app.calculation
        office.ask("macro", "CvsbLines.CvsbApplyFile", str(answer))
        assert tables(read_live(workbook, load_framework()).opened) == on_file(verb).cells
        assert workbook.app.calculation == calculated
    finally:
        office.ask("close")


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("calculation", ["automatic", "manual"])
def test_excel_is_left_as_it_was_also_after_an_error(
    told: Story, office: LibreOffice, tmp_path: Path, calculation: str
) -> None:
    path = copied(told, "update", tmp_path)
    workbook = open_book(office, str(path))
    try:
        live = read_live(workbook, load_framework())
        workbook.app.calculation = calculation
        office.ask("select", "Reviews", 5, 2)
        with pytest.raises(CannotSave, match="Close it WITHOUT saving") as error:
            live.carry_out(
                [Put("Actions", 5, 3, (("x",),)), Put("Actions", 0, 3, (("x",),))], tmp_path / "copies"
            )
        assert str(next((tmp_path / "copies").iterdir())) in str(error.value)
        assert (workbook.app.calculation, workbook.app.screen_updating) == (calculation, True)
        assert (office.ask("active"), office.ask("selection")[1:]) == ("Reviews", [5, 2])
    finally:
        office.ask("close")


@pytest.mark.live
@pytest.mark.slow
def test_nothing_is_written_where_a_cell_is_not_what_was_read(
    told: Story, office: LibreOffice, tmp_path: Path
) -> None:
    path = copied(told, "update", tmp_path)
    workbook = open_book(office, str(path))
    try:
        live = read_live(workbook, load_framework())
        pressed = pressed_on(live.book, live.opened, "update", path, told)
        expected = next(
            step for step in pressed.steps if isinstance(step, Expect) and step.sheet == "Actions"
        )
        workbook.sheets["Actions"].range((expected.row, expected.column)).value = "typed meanwhile"
        before = tables(read_live(workbook, load_framework()).opened)
        with pytest.raises(TrackerChanged, match="changed while this was running"):
            live.carry_out(pressed.steps, tmp_path / "copies")
        assert tables(read_live(workbook, load_framework()).opened) == before
        assert not (tmp_path / "copies").exists()
    finally:
        office.ask("close")


@pytest.mark.live
@pytest.mark.slow
def test_the_command_works_on_the_open_workbook_and_the_row_picked_in_it(
    told: Story, on_file: Callable[[str], Came], office: LibreOffice, tmp_path: Path
) -> None:
    path = copied(told, "progress", tmp_path)
    open_book(office, str(path))
    try:
        row = open_tracker(path).tracker["reviews"].by_key["RV-0001"].number
        office.ask("select", "Reviews", row, 2)
        with same_run(told):
            result = CliRunner().invoke(cvsb, ["run", "progress", "--excel", path.name])
        assert result.exit_code in (0, 1), (result.output, result.exception)
        made = path.parent / "Papers" / "Progress report RV-0001.docx"
        assert str(made) in result.output
        assert contents({"Papers/" + made.name: made.read_bytes()}) == on_file("progress").documents
        with same_run(told):
            result = CliRunner().invoke(cvsb, ["run", "issue", "--excel", path.name])
        assert result.exit_code in (0, 1), (result.output, result.exception)
        assert "A copy of the workbook as it was: " in result.output
        assert len(open_tracker(path).tracker["returns"]) > 1
        assert len(list((path.parent / "Agency sheets").iterdir())) > 1
    finally:
        office.ask("close")
