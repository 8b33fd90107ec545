"""The host on disk: what it reads, what it refuses, and that it writes nothing but what was asked."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from cvsb_xl.cli import cvsb
from cvsb_xl.errors import CannotDo, NotATracker, TrackerChanged, UnusableFile
from cvsb_xl.hosts.file import open_tracker, save_edits
from cvsb_xl.tracker.edits import AppendRow, ReplaceRows, SetCell, ShowSheet, set_cell
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.xlsx.patch import patch_workbook


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "Tracker.xlsx"
    assert CliRunner().invoke(cvsb, ["new", str(made), "--sample"]).exit_code == 0
    return made


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_was_saved_is_what_is_read_again(path: Path) -> None:
    opened = open_tracker(path)
    data = opened.tracker["actions"]
    row = data.by_key["A-0010"]
    save_edits(
        opened,
        [
            set_cell(data, row, "measure", "Counted in March"),
            AppendRow("learning", {"learning_id": "L-0900"}),
        ],
    )
    again = open_tracker(path).tracker
    assert again["actions"].by_key["A-0010"]["measure"] == "Counted in March"
    assert "L-0900" in again["learning"].by_key
    assert again.last is not None
    assert "Counted in March" in again.last["actions", "A-0010"]


def test_only_the_sheets_that_change_are_written(path: Path) -> None:
    before = _parts(path)
    opened = open_tracker(path)
    data = opened.tracker["actions"]
    save_edits(opened, [set_cell(data, data.by_key["A-0010"], "measure", "Counted in March")])
    after = _parts(path)
    changed = {name for name in before if before[name] != after.get(name)}
    sheets = {name for name in changed if name.startswith("xl/worksheets/sheet")}
    assert len(sheets) == 3  # Actions, and the hidden _cvsb and _last
    assert changed - sheets <= {
        "xl/workbook.xml",
        "xl/calcChain.xml",
        "[Content_Types].xml",
        "xl/_rels/workbook.xml.rels",
    }


def test_saving_nothing_leaves_the_file_untouched(path: Path) -> None:
    before = path.read_bytes()
    save_edits(open_tracker(path), [])
    assert path.read_bytes() == before
    assert not (path.parent / ".cvsb-backups").exists()


def test_a_tracker_that_somebody_saved_meanwhile_is_not_overwritten(path: Path) -> None:
    opened = open_tracker(path)
    patch_workbook(path, path, {("Actions", "G6"): "Typed meanwhile"})
    data = opened.tracker["actions"]
    with pytest.raises(TrackerChanged):
        save_edits(opened, [set_cell(data, data.by_key["A-0010"], "measure", "Lost?")])
    row = next(row for row in open_tracker(path).tracker["actions"] if row.number == 6)
    assert row["measure"] == "Typed meanwhile"


def test_a_row_for_a_column_that_is_gone_is_refused_and_names_it(path: Path) -> None:
    patch_workbook(path, path, {("Learning", "F4"): "What we learned"})
    opened = open_tracker(path)
    assert "summary" not in opened.tracker["learning"].columns
    with pytest.raises(CannotDo, match="Summary"):
        save_edits(opened, [AppendRow("learning", {"learning_id": "L-0900", "summary": "Lost?"})])
    with pytest.raises(CannotDo, match="Summary"):
        save_edits(opened, [SetCell("learning", "L-0001", "summary", None, "Lost?")])


def test_rows_of_a_generated_sheet_are_replaced_and_it_is_shown(path: Path) -> None:
    opened = open_tracker(path)
    rows = [{"conflict_id": f"C-{number}", "state": "Open", "key": "A-0001"} for number in range(3)]
    save_edits(opened, [ReplaceRows("conflicts", rows), ShowSheet("conflicts", visible=True)])
    again = open_tracker(path).tracker["conflicts"]
    assert [row["conflict_id"] for row in again] == ["C-0", "C-1", "C-2"]


def test_columns_may_be_moved_and_others_added_by_a_person(path: Path) -> None:
    opened = open_tracker(path)
    columns = opened.tracker["agencies"].columns
    for heading in ({"B4": "(moving)"}, {"C4": "Name"}, {"B4": "Name (Welsh)"}, {"N4": "Our note"}):
        patch_workbook(path, path, {("Agencies", cell): text for cell, text in heading.items()})
    moved = open_tracker(path).tracker["agencies"]
    assert moved.columns["name"] == columns["name_cy"]
    assert moved.by_key["SWP"]["name_cy"] == "South Wales Police"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello", "not an Excel workbook"),
        (b"a,b\n1,2\n", "CSV"),
        (b"PK\x03\x04 cut", "damaged"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "t.xlsx"
    file.write_bytes(content)
    with pytest.raises(UnusableFile, match=words):
        open_tracker(file)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="there is no such tracker"):
        open_tracker(tmp_path / "none.xlsx")
    with pytest.raises(UnusableFile, match="is a folder"):
        open_tracker(tmp_path)


def test_an_agency_sheet_is_not_taken_for_a_tracker(path: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    assert (
        runner.invoke(cvsb, ["issue", str(path), "--out", str(tmp_path / "out"), "--agency", "PHW"]).exit_code
        == 0
    )
    with pytest.raises(NotATracker, match="is an agency sheet"):
        open_tracker(tmp_path / "out" / "PHW.xlsx")


def test_second_copies_that_onedrive_made_are_pointed_out(path: Path) -> None:
    (path.parent / "Tracker-LAPTOP7.xlsx").write_bytes(path.read_bytes())
    result = CliRunner().invoke(cvsb, ["update", str(path)])
    assert "Tracker-LAPTOP7.xlsx" in result.stderr


def _codes(path: Path) -> set[str]:
    return {finding.code for finding in check(open_tracker(path).tracker, Context(), select=["F1"]).findings}


def test_rows_typed_below_a_table_are_a_finding_and_not_silently_left_out(path: Path) -> None:
    assert "F105" not in _codes(path)
    patch_workbook(path, path, {("Learning", "A60"): "L-0900", ("Learning", "F60"): "Typed far below"})
    assert "F105" in _codes(path)


@pytest.mark.parametrize("sheet", ["_cvsb", "_last"])
def test_a_tracker_that_lost_a_hidden_sheet_is_told_so_and_is_not_saved(path: Path, sheet: str) -> None:
    book = openpyxl.load_workbook(path)
    del book[sheet]
    book.save(path)
    assert "F106" in _codes(path)
    before = path.read_bytes()
    result = CliRunner().invoke(cvsb, ["update", str(path)])
    assert isinstance(result.exception, NotATracker)
    assert sheet in str(result.exception)
    assert path.read_bytes() == before
