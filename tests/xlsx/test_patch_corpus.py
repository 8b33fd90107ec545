"""Other people's workbooks: each is patched without loss, or refused with a reason a person understands."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import SheetEntry, sheets, workbook_part
from cvsb_xl.xlsx.patch import AppendRows, CellValue, WorkbookChange, change_workbook
from cvsb_xl.xlsx.tables import tables_of
from tests.xlsx.lossless import MAY_CHANGE, by_calamine, by_openpyxl, changed_parts, without_cells

Reader = Callable[[bytes], dict[str, dict[str, Any]]]
CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
FILES = sorted(path for path in CORPUS.glob("*") if path.suffix[:4] in (".xls", ".xlt"))
EDITS: dict[str, CellValue] = {
    "A1": "=first & <only>",
    "B2": "it's\x07 _x0041_ 😀\r\n",
    "C3": 12.5,
    "D4": True,
    "E5": dt.date(2027, 3, 1),
    "F6": None,
    "AB40": "far",
    "G2001": dt.datetime.fromisoformat("2027-03-01T04:05:06"),
}


def worksheets(data: bytes) -> list[SheetEntry]:
    package = Package(data)
    return [sheet for sheet in sheets(package, workbook_part(package)) if sheet.kind == "worksheet"]


def is_plain(error: UnsupportedWorkbook) -> bool:
    """A sentence a Review Manager can act on, not the words of a program."""
    text = str(error)
    return (
        len(text.split()) >= 5
        and text.rstrip()[-1] in ".)'"
        and not re.search(r"Error|object at|\b0x|None", text)
    )


def test_the_corpus_is_there() -> None:
    """118 files, less those that are no spreadsheets by name."""
    assert len(FILES) >= 100


def attempt(data: bytes, change: WorkbookChange) -> bytes | None:
    """The changed workbook; None where it was refused, in plain words."""
    try:
        return change_workbook(data, change)
    except UnsupportedWorkbook as error:
        reason = error
    assert is_plain(reason), reason
    return None


def worksheets_if_readable(data: bytes) -> list[SheetEntry]:
    try:
        return worksheets(data)
    except UnsupportedWorkbook as error:
        reason = error
    assert is_plain(reason), reason
    return []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_workbook_is_patched_without_loss_or_refused_in_words(path: Path) -> None:
    """Part by part, and cell by cell with calamine and openpyxl, on its first and its last sheet."""
    data = path.read_bytes()
    listed = worksheets_if_readable(data)
    source = {reader: read(reader, data) for reader in (by_calamine, by_openpyxl)} if listed else {}
    edited = list(dict.fromkeys([*listed[:1], *listed[-1:]]))
    done = {
        (sheet.name, ref): value
        for sheet in edited
        for ref, value in EDITS.items()
        if attempt(data, WorkbookChange(cells={(sheet.name, ref): value})) is not None
    }
    new = attempt(data, WorkbookChange(cells=done)) if done else None
    if new is None:
        return
    compare_parts(data, new, edited, done)
    compare_cells(source, new, done)
    assert change_workbook(new, WorkbookChange(cells=done)) == new, "the same edit again changes nothing"


Done = dict[tuple[str, str], CellValue]


def compare_parts(old: bytes, new: bytes, edited: list[SheetEntry], done: Done) -> None:
    ours = {sheet.part.casefold() for sheet in edited}
    ours |= {
        table.part.casefold() for sheet in edited for table in tables_of(Package(old), sheet)
    }  # its headings
    for name in changed_parts(old, new):
        may = MAY_CHANGE.search(name) or name.lstrip("/").casefold() in ours or "calcchain" in name.casefold()
        assert may, f"{name} changed"
    for sheet in edited:
        gone = {ref for name, ref in done if name == sheet.name}
        before, after = Package(old).part(sheet.part), Package(new).part(sheet.part)
        assert without_cells(before, gone) == without_cells(after, gone)


def read(reader: Reader, data: bytes) -> dict[str, dict[str, Any]] | None:
    try:
        return reader(data)
    except Exception:
        return None  # its limits are its own; the other reader and the parts are compared all the same


def compare_cells(source: dict[Reader, dict[str, dict[str, Any]] | None], new: bytes, done: Done) -> None:
    for reader, before in source.items():
        if before is None:
            continue
        after = reader(new)
        assert set(before) == set(after)
        for name, cells in before.items():
            skip = {ref for sheet, ref in done if sheet == name}
            assert rest(cells, skip) == rest(after[name], skip), f"{reader.__name__}: another cell of {name}"
        if reader is by_calamine:
            assert {key: after[key[0]].get(key[1]) for key in done if key[0] in after} == {
                key: value for key, value in done.items() if key[0] in after
            }


def rest(cells: dict[str, Any], skip: set[str]) -> dict[str, str]:
    return {ref: repr(value) for ref, value in cells.items() if ref not in skip}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_table_takes_a_row_or_says_why_not(path: Path) -> None:
    """A row appended to each table reads back; every cell above it stays."""
    data = path.read_bytes()
    for sheet in worksheets_if_readable(data):
        for table in tables_of(Package(data), sheet):
            row: dict[str, CellValue] = {column.name: f"new {n}" for n, column in enumerate(table.columns)}
            new = attempt(data, WorkbookChange(appends=[AppendRows(sheet.name, [row])]))
            if new is None:
                continue
            grown = next(one for one in tables_of(Package(new), sheet) if one.part == table.part)
            assert grown.box.bottom - table.box.bottom in (0, 1)
            before, after = by_calamine(data)[sheet.name], by_calamine(new)[sheet.name]
            assert any(str(value).startswith("new ") for value in after.values())
            above = {ref: value for ref, value in before.items() if int(re.sub(r"\D", "", ref)) < table.last}
            assert {ref: after.get(ref) for ref in above} == above
