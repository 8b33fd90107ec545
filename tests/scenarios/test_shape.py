"""What people do to the shape of a sheet: none of it may lose a cell, and most of it does not matter."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from tests.merge.tracker import TRACKER
from tests.scenarios.rig import Rig, column_at, head_of, row_of, saved_at
from tests.scenarios.scenario import Scenario, play

TYPED = {("AS-0001", "barriers"): "No venue"}
TAKEN = {("AS-0001", "barriers", "applied", "applied")}


def _rows(sheet: Worksheet) -> list[list[object]]:
    head = head_of(sheet)
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=head + 1) if row[0].value]


def _sort_backwards(book: Workbook) -> None:
    sheet = book["Assignments"]
    head, rows = head_of(sheet), _rows(sheet)
    for number, row in enumerate(reversed(rows), head + 1):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column).value = value


def _filter(book: Workbook) -> None:
    sheet = book["Assignments"]
    head = head_of(sheet)
    sheet.auto_filter.ref = f"A{head}:F{head + 2}"
    sheet.auto_filter.add_filter_column(0, ["AS-0003"])
    sheet.row_dimensions[row_of(sheet, "AS-0001")].hidden = True


def _hide(book: Workbook) -> None:
    for name in ("Assignments", "Acknowledgements"):
        for row in range(1, book[name].max_row + 1):
            book[name].row_dimensions[row].hidden = True
        book[name].sheet_state = "hidden"


def _reverse_columns(book: Workbook) -> None:
    sheet = book["Assignments"]
    head = head_of(sheet)
    last = max(at for at in range(1, sheet.max_column + 1) if sheet.cell(head, at).value)
    for row in range(head, sheet.max_row + 1):
        values = [sheet.cell(row, column).value for column in range(1, last + 1)]
        for column, value in enumerate(reversed(values), 1):
            sheet.cell(row, column).value = value


def _insert_columns_and_rows(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.insert_cols(2)
    head = head_of(sheet)
    sheet.cell(head, 2).value = "Our own reference"
    sheet.cell(head + 1, 2).value = "File 7"
    sheet.insert_rows(1, 3)
    sheet.cell(1, 1).value = "Please see my colleague about this"


def _with_notes(rig: Rig) -> None:
    rig.answer("SWP", TYPED)

    def note(book: Workbook) -> None:
        book["Assignments"]["E6"].comment = Comment("We think this is done", "SWP")

    rig.reshape("SWP", note)


def _merge_cells(book: Workbook) -> None:
    sheet = book["Assignments"]
    row, column = row_of(sheet, "AS-0001"), column_at(sheet, "Evidence")
    sheet.cell(row, column).value = "One text for both"
    sheet.merge_cells(start_row=row, end_row=row, start_column=column, end_column=column + 1)


def _copy_tab(book: Workbook) -> None:
    book.copy_worksheet(book["Assignments"])
    copy = book["Assignments Copy"]
    copy.cell(row_of(copy, "AS-0003"), column_at(copy, "Barriers")).value = "Answered on the copy"


def _rename(book: Workbook) -> None:
    book["Assignments"].title = "SWP actions March"


def _as_numbers_exports(book: Workbook) -> None:
    """Apple's Numbers gives every sheet the name of its table too, and knows no hidden sheets."""
    book["Start here"].cell(40, 1).value, book["Start here"].cell(40, 2).value = "Reviewed by", "Pat Sample"
    for sheet in book.worksheets:
        sheet.title, sheet.sheet_state = f"{sheet.title} - Table 1", "visible"


def _reviewed_by_pat(rig: Rig, _: Any) -> None:
    (row,) = [row for row in rig.open()["returns"] if row["state"] == "Returned"]
    assert row["reviewed_by"] == "Pat Sample"


def _as_google_exports(rig: Rig) -> None:
    """Google Sheets exports no document properties at all, so nobody knows when the file was saved."""
    rig.answer("SWP", TYPED)
    path = rig.file("SWP")
    without = {"docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"}
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in without:
                part = old.read(name)
                if name in ("_rels/.rels", "[Content_Types].xml"):
                    part = re.sub(rb'<(Relationship|Override) [^>]*"/?docProps/[^>]*/>', b"", part)
                new.writestr(name, part)
    path.write_bytes(made.getvalue())


def _two_as_google_exports(rig: Rig) -> None:
    _as_google_exports(rig)
    rig.file("SWP").rename(rig.returns / "Copy of SWP.xlsx")
    rig.answer("SWP", {("AS-0001", "barriers"): "Another venue"})
    rig.file("SWP").write_bytes(saved_at(rig.file("SWP").read_bytes(), "-"))


def _rename_heading(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.cell(head_of(sheet), column_at(sheet, "Evidence")).value = "Evidense"
    sheet.cell(row_of(sheet, "AS-0001"), column_at(sheet, "Evidense")).value = "Lost?"


def _welsh_headings(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.cell(head_of(sheet), column_at(sheet, "Barriers")).value = "Rhwystrau"
    sheet.cell(head_of(sheet), column_at(sheet, "Evidence")).value = "  EVIDENCE. "


def _second_heading(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.cell(head_of(sheet), sheet.max_column + 1).value = "Barriers"


def _delete_column(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.delete_cols(column_at(sheet, "Impact"))


def _extra_sheet(book: Workbook) -> None:
    for row in (("Assignment ID", "Barriers"), ("AS-0001", "A note to ourselves")):
        book.create_sheet("Workings") if "Workings" not in book.sheetnames else None
        book["Workings"].append(row)


def _delete_sheet(book: Workbook) -> None:
    del book["Acknowledgements"]


def _delete_row(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.delete_rows(row_of(sheet, "AS-0003"))


def _delete_all_rows(book: Workbook) -> None:
    for name in ("Assignments", "Acknowledgements"):
        book[name].delete_rows(head_of(book[name]) + 1, 50)


def _sort_own_columns(book: Workbook) -> None:
    """Sort the agency's own columns alone: IDs and actions stay where they are."""
    sheet = book["Assignments"]
    one, other = row_of(sheet, "AS-0001"), row_of(sheet, "AS-0003")
    for heading in ("Progress", "Evidence", "Impact", "Barriers", "Completed on"):
        at = column_at(sheet, heading)
        upper, lower = sheet.cell(one, at), sheet.cell(other, at)
        upper.value, lower.value = lower.value, upper.value


LONG_WORDS = TRACKER.replace(
    "| Lead | Not started | | | |", "| Lead | Not started | Protocol, second draft | | |"
).replace("| Draft audit |", "| Draft audit of twenty files |")


def _copy_row(book: Workbook) -> None:
    sheet = book["Assignments"]
    source, target = row_of(sheet, "AS-0003"), sheet.max_row + 1
    for column in range(1, sheet.max_column + 1):
        sheet.cell(target, column).value = sheet.cell(source, column).value
    sheet.cell(target, column_at(sheet, "Evidence")).value = "In the copy"


def _blank_key(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.cell(row_of(sheet, "AS-0003"), 1).value = None


def _alter_key(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.cell(row_of(sheet, "AS-0003"), 1).value = "AS-0003a"


def _swap_keys(book: Workbook) -> None:
    sheet = book["Assignments"]
    one, other = row_of(sheet, "AS-0001"), row_of(sheet, "AS-0003")
    sheet.cell(one, 1).value, sheet.cell(other, 1).value = "AS-0003", "AS-0001"


def _sort_without_the_ids(book: Workbook) -> None:
    sheet = book["Assignments"]
    head, rows = head_of(sheet), _rows(sheet)
    for number, row in enumerate(reversed(rows), head + 1):
        for column, value in enumerate(row[1:], 2):
            sheet.cell(number, column).value = value


def _sloppy_key(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.cell(row_of(sheet, "AS-0001"), 1).value = " AS-0001 "


def _paste_foreign_row(book: Workbook) -> None:
    sheet = book["Assignments"]
    row = sheet.max_row + 1
    sheet.cell(row, 1).value = "AS-0002"
    sheet.cell(row, column_at(sheet, "Barriers")).value = "Meddling"


def _invent_row(book: Workbook) -> None:
    sheet = book["Assignments"]
    row = sheet.max_row + 1
    sheet.cell(row, 1).value = "AS-0099"
    sheet.cell(row, column_at(sheet, "Progress")).value = "In progress"


def _typed_and(edit: object) -> object:
    def happens(rig: Rig) -> None:
        rig.answer("SWP", TYPED)
        rig.reshape("SWP", edit)  # type: ignore[arg-type]

    return happens


def _file_renamed(rig: Rig) -> None:
    rig.answer("SWP", TYPED).rename(rig.returns / "Copy of SWP (2) FINAL v3.xlsx")


def _unicode_name(rig: Rig) -> None:
    rig.answer("SWP", TYPED).rename(rig.returns / "Heddlu De Cymru – diweddariad ✅ ŵŷ.xlsx")


def _unchanged_says_so(rig: Rig, report: object) -> None:
    tracker = rig.open()
    assert tracker["assignments"].by_key["AS-0003"]["evidence"] == "Draft audit"
    assert len(tracker["assignments"]) == 3


def _nothing_moved(rig: Rig, report: Any) -> None:
    rows = rig.open()["assignments"].by_key
    assert (rows["AS-0001"]["barriers"], rows["AS-0003"]["evidence"]) == (None, "Draft audit")
    assert {cell["reason"] for cell in report["returns"][0]["cells"]} == {"key-altered"}


# Taken by their IDs, one row's words would stand under the other's action, and look right there.
MIXED_UP: dict[str, Any] = {
    "counts": (0, 0, 18),
    "findings": {"key-altered"},
    "words": ('("AS-0003") reads as row AS-0001 does', "put each ID back beside its own row"),
    "then": _nothing_moved,
}

SCENARIOS = [
    Scenario(
        "a sheet sent back as it came",
        lambda rig: rig.file("SWP"),
        cells=set(),
        findings={"nothing-reviewed"},
    ),
    Scenario("rows sorted the other way round", _typed_and(_sort_backwards), cells=TAKEN),
    Scenario("rows filtered away", _typed_and(_filter), cells=TAKEN),
    Scenario("rows and sheets hidden", _typed_and(_hide), cells=TAKEN),
    Scenario("columns in the opposite order", _typed_and(_reverse_columns), cells=TAKEN),
    Scenario(
        "an own column and a note above the table",
        _typed_and(_insert_columns_and_rows),
        cells=TAKEN,
        findings={"not-read"},
        words=('B9 "File 7" on Assignments stands beside the columns', "not read. Look at it in the file"),
        exits=0,
    ),
    Scenario(
        "a note on a cell",
        _with_notes,
        cells=TAKEN,
        findings={"not-read"},
        words=('the note on Assignments!E6 is not read: "We think this is done"',),
        exits=0,
    ),
    Scenario(
        "evidence and impact merged into one cell",
        _typed_and(_merge_cells),
        cells={*TAKEN, ("AS-0001", "evidence", "applied", "applied")},
        findings={"cells-merged"},
        words=("merged, so what stands in them is read for",),
        exits=0,
    ),
    Scenario(
        "the tab copied, and answered on the copy",
        _typed_and(_copy_tab),
        cells=TAKEN,
        findings={"sheet-twice"},
        words=("the sheet Assignments Copy is a second Assignments, and is not read",),
    ),
    Scenario("the sheet's tab renamed", _typed_and(_rename), cells=TAKEN),
    Scenario(
        "the file renamed",
        _file_renamed,
        cells=TAKEN,
        words=("Copy of SWP (2) FINAL v3.xlsx (SWP, sheet S-",),
    ),
    Scenario(
        "every sheet renamed and shown, as Apple's Numbers exports",
        _typed_and(_as_numbers_exports),
        cells=TAKEN,
        then=_reviewed_by_pat,
    ),
    Scenario("no document properties, as Google Sheets exports", _as_google_exports, cells=TAKEN),
    Scenario(
        "two answers that do not say when they were saved",
        _two_as_google_exports,
        cells={*TAKEN, ("AS-0001", "barriers", "conflict", "which-is-newer")},
        states=("merged", "merged"),
    ),
    Scenario("a file name in any letters", _unicode_name, cells=TAKEN),
    Scenario(
        "a heading misspelt: its column is left alone, the others merge",
        _typed_and(_rename_heading),
        cells=TAKEN,
        findings={"heading-missing", "not-read"},
        words=('"Evidense" in column', 'put the heading "Evidence" back'),
    ),
    Scenario("headings in Welsh and in capitals", _typed_and(_welsh_headings), cells=TAKEN),
    Scenario(
        "a heading that stands twice", _typed_and(_second_heading), cells=TAKEN, findings={"heading-twice"}
    ),
    Scenario("a column deleted", _typed_and(_delete_column), cells=TAKEN, findings={"heading-missing"}),
    Scenario(
        "an extra sheet of workings",
        _typed_and(_extra_sheet),
        cells=TAKEN,
        findings={"not-read"},
        words=("the sheet Workings was not issued, and is not read",),
        exits=0,
    ),
    Scenario("a sheet deleted", _typed_and(_delete_sheet), cells=TAKEN, findings={"sheet-missing"}),
    Scenario(
        "a row deleted: never taken as a deletion",
        _typed_and(_delete_row),
        cells=TAKEN,
        findings={"row-missing"},
        words=("(AS-0003)",),
        then=_unchanged_says_so,
    ),
    Scenario(
        "a row copied: neither is used, both are named",
        _typed_and(_copy_row),
        counts=(1, 0, 20),
        findings={"key-twice"},
        words=("stands more than once", "rejected 10 cells of AS-0003: "),
        never=("The same row stands twice, so neither is used.\n  rejected",),
        exits=1,
        then=_unchanged_says_so,
    ),
    Scenario(
        "an ID deleted",
        _typed_and(_blank_key),
        counts=(1, 0, 10),
        findings={"key-blank", "row-missing"},
        then=_unchanged_says_so,
    ),
    Scenario(
        "an ID altered",
        _typed_and(_alter_key),
        counts=(1, 0, 10),
        findings={"new-row", "row-missing"},
        then=_unchanged_says_so,
    ),
    Scenario("two IDs swapped", _typed_and(_swap_keys), **MIXED_UP),
    Scenario("rows sorted without their IDs", _typed_and(_sort_without_the_ids), **MIXED_UP),
    Scenario(
        "every row deleted",
        lambda rig: rig.reshape("SWP", _delete_all_rows),
        cells=set(),
        findings={"row-missing"},
        words=("nothing of it was changed (AS-",),
        then=_unchanged_says_so,
        exits=0,
    ),
    Scenario(
        "the agency's own columns sorted without the IDs",
        lambda rig: rig.reshape("SWP", _sort_own_columns),
        counts=(0, 6, 0),
        findings={"rows-mixed"},
        words=("rows may have been sorted without their IDs",),
        tracker=LONG_WORDS,
    ),
    Scenario("an ID with stray blanks", _typed_and(_sloppy_key), cells=TAKEN),
    Scenario(
        "another agency's row pasted in",
        _typed_and(_paste_foreign_row),
        cells=TAKEN | {("AS-0002", "barriers", "rejected", "not-yours")},
        findings={"not-yours"},
        words=("belongs to another agency",),
    ),
    Scenario(
        "an assignment invented",
        _typed_and(_invent_row),
        cells=TAKEN | {("AS-0099", "progress", "rejected", "new-row")},
        findings={"new-row"},
        words=("ask the Review Manager for a new assignment",),
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[item.name for item in SCENARIOS])
def test_shape(scenario: Scenario, tmp_path: Path) -> None:
    play(scenario, Rig.issued(tmp_path, scenario.tracker))
