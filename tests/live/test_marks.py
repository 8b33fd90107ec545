"""A cell with a finding is outlined while the finding stands, in whatever way the check was run, and loses nothing by it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvsb_xl.books.style import MARK_FILL
from cvsb_xl.cli import cvsb
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.excel import read_live
from cvsb_xl.hosts.file import open_tracker, save_edits
from cvsb_xl.tracker.edits import ShowSheet
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.xlsx.patch import patch_workbook
from tests.live.libreoffice import LibreOffice
from tests.live.presses import Story, pressed_on, story
from tests.live.xl_uno import open_book

pytestmark = [pytest.mark.live, pytest.mark.slow]


class _Marked(HTMLParser):
    """Reads LibreOffice's own page of a workbook: each sheet a heading and a table, each cell with the ground it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._sheet, self._in_heading = "", False
        self._row = self._column = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "em":
            self._in_heading = True
        elif tag == "table":
            self._row = 0
        elif tag == "tr":
            self._row, self._column = self._row + 1, 0
        elif tag == "td":
            assert "rowspan" not in said or self._sheet == "Dashboard", "a merged cell would move the others"
            if (said.get("bgcolor") or "").upper() == MARK_FILL:
                self.found.add(f"{self._sheet}!{column_letters(self._column + 1)}{self._row}")
            self._column += int(said.get("colspan") or 1)

    def handle_endtag(self, tag: str) -> None:
        self._in_heading = self._in_heading and tag != "em"

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self._sheet = data


def marked(path: Path) -> set[str]:
    """The cells that LibreOffice shows as marked, but for the Guide's example of one."""
    folder = path.parent / "page"
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(path.parent / 'profile').as_uri()}", "--headless", "--convert-to", "html",
         "--outdir", str(folder), str(path)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    page = _Marked()
    page.feed((folder / f"{path.stem}.html").read_text(encoding="utf-8"))
    return {place for place in page.found if not place.startswith("Guide!")}


def checked(path: Path) -> set[str]:
    """Check and mark; return the cells with findings."""
    result = CliRunner().invoke(cvsb, ["check", str(path), "--mark", "--format", "json"])
    assert result.exit_code in (0, 1), result.output
    return {f"{one['sheet']}!{one['cell']}" for one in json.loads(result.stdout)}


@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_cells_with_findings_are_outlined_and_no_others(tmp_path: Path, language: str) -> None:
    path = tmp_path / "Tracker.xlsx"
    assert CliRunner().invoke(cvsb, ["new", str(path), "--sample", "--lang", language]).exit_code == 0
    opened = open_tracker(path)
    save_edits(
        opened, [ShowSheet(name, visible=True) for name in opened.sheets]
    )  # a page has the shown sheets alone
    assert marked(path) == set()
    found = checked(path)
    assert len(found) > 20
    other = {
        "Learning!A8"
    }  # the sample has one ID twice: both of its rows are marked, the second has the finding
    assert marked(path) == found | other


def test_a_mark_goes_when_its_finding_goes_and_a_row_without_a_key_has_one_too(tmp_path: Path) -> None:
    path = tmp_path / "Tracker.xlsx"
    assert CliRunner().invoke(cvsb, ["new", str(path)]).exit_code == 0
    data = open_tracker(path).tracker["actions"]
    places = {name: f"{column_letters(column)}5" for name, column in data.columns.items()}
    patch_workbook(
        path, path, {("Actions", places["action"]): "Do more", ("Actions", places["due_on"]): "On going"}
    )
    first = checked(path)
    assert f"Actions!{places['due_on']}" in first
    assert marked(path) == first
    patch_workbook(path, path, {("Actions", places["due_on"]): date(2031, 3, 31)})
    second = checked(path)
    assert first - second == {f"Actions!{places['due_on']}"}
    assert marked(path) == second


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with story(tmp_path_factory.mktemp("story")) as found:
        yield found


def test_the_marks_come_in_a_live_workbook_too(told: Story, tmp_path: Path) -> None:
    path = tmp_path / "Tracker.xlsx"
    shutil.copyfile(told.before["check"], path)
    with LibreOffice(CVSB_HOME=str(tmp_path / "home")) as office:
        workbook = open_book(office, str(path))
        live = read_live(workbook, load_framework())
        live.carry_out(pressed_on(live.book, live.opened, "check", path, told).steps, tmp_path / "copies")
        office.ask("close")
    shown = {row.text("where") for row in open_tracker(path).tracker["findings"]}
    assert len(shown) > 2
    assert {place for place in marked(path) if not place.startswith("Findings!")} == {
        place
        for place in shown
        if place.partition("!")[0]
        in ("Referrals", "Reviews", "Recommendations", "Actions", "Assignments", "Decisions")
    }
