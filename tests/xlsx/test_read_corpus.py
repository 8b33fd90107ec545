"""Every workbook of ../shared/corpus is read, or refused with a sentence; and openpyxl, a second reader, agrees.

Where the two differ, and why ours is meant:

- openpyxl sees no sheets in a strict workbook, and lists dialog and macro sheets, which hold no cells of ours;
- it names only the first cell of an array formula; the others are filled by it just the same;
- it leaves `_x0007_` escaped, gives whole seconds as microseconds apart from them, and hours beyond a day as a timedelta
  (all three are brought to one form below).
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from cvsb_xl.errors import RefusedWorkbook
from cvsb_xl.tracker.values import CellError, RawValue, Value, normalise
from cvsb_xl.xlsx.child import read_untrusted
from cvsb_xl.xlsx.markup import unescape_control
from cvsb_xl.xlsx.preflight import REFUSALS
from cvsb_xl.xlsx.read import Book, Sheet, read_book

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FILES = sorted(path for path in CORPUS.glob("*.xl*") if path.is_file())
Place = tuple[int, int]


def test_the_corpus_is_there() -> None:
    assert len(FILES) == 118


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_read_as_openpyxl_reads_it_or_refused_with_a_sentence(path: Path) -> None:
    data = path.read_bytes()
    try:
        book = read_book(data, name=path.name)
    except RefusedWorkbook as refused:
        assert refused.code in REFUSALS
        assert re.fullmatch(rf"{re.escape(path.name)} is .+\. .+\.", str(refused), re.DOTALL)
        assert _unreadable(data)
        return
    second = _openpyxl(data, values=True)
    formulas = _openpyxl(data, values=False)
    for name, sheet in book.sheets.items():
        if name not in second.sheetnames:
            assert _is_strict(data)
            continue
        page = second[name]
        assert _filled(sheet) == {
            (cell.row, cell.column): _plain(cell)
            for row in page.iter_rows()
            for cell in row
            if _plain(cell) is not None
        }
        theirs = {(c.row, c.column) for row in formulas[name].iter_rows() for c in row if c.data_type == "f"}
        assert theirs <= sheet.formulas
        assert (sheet.formulas == theirs) or b't="array"' in _parts(data)
        assert sheet.state == page.sheet_state
        assert {(t.name, t.ref) for t in sheet.tables} == {
            (t.displayName, t.ref) for t in page.tables.values()
        }
    others = {page.title for page in second.worksheets} - set(book.sheets)
    assert not others or re.search(rb"dialogsheet|macrosheet", _parts(data), re.IGNORECASE)


def test_read_as_returns_each_is_a_book_or_a_refusal_in_words() -> None:
    results = read_untrusted([(path.name, path.read_bytes()) for path in FILES])
    for path, result in zip(FILES, results, strict=True):
        if isinstance(result, Book):
            assert _same_book(result, read_book(path.read_bytes(), asides=True))
        else:
            assert isinstance(result, RefusedWorkbook)
            assert result.code in set(REFUSALS) - {"X114"}
            assert str(result).startswith(path.name)


def _same_book(one: Book, other: Book) -> bool:
    """NaN is no value in any of them, so plain comparison holds."""
    return one == other


def _openpyxl(data: bytes, *, values: bool) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(data), data_only=values)


def _filled(sheet: Sheet) -> dict[Place, Value]:
    return {
        (row, column): normalise(value)
        for row, line in enumerate(sheet.grid, 1)
        for column, value in enumerate(line, 1)
        if normalise(value) is not None
    }


def _plain(cell: object) -> Value:
    value: RawValue | timedelta = cell.value  # type: ignore[attr-defined]
    if cell.data_type == "e":  # type: ignore[attr-defined]
        return normalise(CellError(str(value)))
    if isinstance(value, str):
        return normalise(unescape_control(value))
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, datetime):
        return normalise((value + timedelta(milliseconds=500)).replace(microsecond=0))
    return normalise(value)


def _parts(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        return b"\n".join([archive.read(name) for name in names] + [name.encode() for name in names])


def _is_strict(data: bytes) -> bool:
    return b"purl.oclc.org/ooxml" in _parts(data)


def _unreadable(data: bytes) -> bool:
    """Tell whether openpyxl cannot read it either."""
    try:
        _openpyxl(data, values=True)
    except Exception:  # it raises whatever comes its way
        return True
    return False
