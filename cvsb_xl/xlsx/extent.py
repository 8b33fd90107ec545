"""How far a sheet's cells reach, which of them hold formulas or errors, and whether one stands twice.

Looked at in the sheet's bytes before any library reads them: python-calamine lays a sheet out as a full grid, so that
two cells, A1 and XFD1048576, would ask for 400 GB and end the process. It also gives formulas as their last value
and errors as blanks; both are found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cvsb_xl.errors import RefusedWorkbook
from cvsb_xl.xlsx.markup import attributes
from cvsb_xl.xlsx.refs import MAX_COLUMN, MAX_ROW, Box, cell_ref, column_number, parse_cell

LARGEST_GRID = 4_000_000
"""Rows times columns of one sheet. The largest tracker expected, 10,000 rows of 30 columns, is a tenth of it."""

# How every program known to us writes a cell: its address first. Anything else is read attribute by attribute.
_ADDRESS_FIRST = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"')
_ROW_NUMBER = re.compile(rb'<row r="([0-9]{1,7})"')
_WITH_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]*><f[\s/>]')
_WITH_ERROR = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]*?\st="e"[^>]*>')
_ODD = re.compile(rb':c[\s/>]|<c(?! r="[A-Z]{1,3}[0-9]{1,7}")(?![a-z])')
_FORMULA_TAG = re.compile(rb"<(?:[\w.-]+:)?f(\s[^>]*)>")
_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(row|c|f|v|is)(?=[\s/>])((?:[^>\"']++|\"[^\"]*\"|'[^']*')*+)>")
_DIGITS, _LETTERS = b"0123456789", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Extent:
    """What the bytes of a sheet tell.

    Attributes:
        rows, columns: the last row and column, counted from 1, that a cell with content may stand in.
        formulas: (row, column) of each cell with a formula, and of each that an array formula fills.
        errors: (row, column) of each cell with an error value.
    """

    rows: int
    columns: int
    formulas: frozenset[tuple[int, int]]
    errors: frozenset[tuple[int, int]]


@dataclass(slots=True)
class _Cell:
    row: int
    column: int
    error: bool
    formula: bool = False
    filled: bool = False


def extent(body: bytes, sheet: str, name: str, *, formulas: bool = True) -> Extent:
    """Look through a sheet's rows: `body` is what stands between <sheetData> and </sheetData>, comments masked.

    Raises:
        RefusedWorkbook: X104 too far apart, X105 no address, X109 a row or cell that stands twice.
    """
    refs = _ADDRESS_FIRST.findall(body)
    plain = len(refs) == body.count(b"<c") and b":c " not in body
    if not plain and (_ODD.search(body) or len(refs) != body.count(b"<c ")):
        return _slowly(body, sheet, name)
    joined = b" ".join(refs)
    rows = max(map(int, set(joined.translate(None, _LETTERS).split())), default=0)
    columns = max(map(_column, set(joined.translate(None, _DIGITS).split())), default=0)
    if rows > MAX_ROW or columns > MAX_COLUMN or rows * columns > LARGEST_GRID:
        return _slowly(body, sheet, name)
    _refuse_twice(refs, _ROW_NUMBER.findall(body), sheet, name)
    found: set[tuple[int, int]] = set()
    if formulas and b"<f" in body:
        found.update(map(_place, _WITH_FORMULA.findall(body)))
        found.update(_spread(body, rows, columns))
    errors = map(_place, _WITH_ERROR.findall(body)) if b't="e"' in body else ()
    return Extent(rows, columns, frozenset(found), frozenset(errors))


def _column(letters: bytes) -> int:
    return column_number(letters.decode("ascii"))


def _place(ref: bytes) -> tuple[int, int]:
    letters = ref.rstrip(_DIGITS)
    return int(ref[len(letters) :]), _column(letters)


def _refuse_twice(refs: list[bytes], rows: list[bytes], sheet: str, name: str) -> None:
    for places, what in ((refs, "cell"), (rows, "row")):
        if len(set(places)) == len(places):
            continue
        seen: set[bytes] = set()
        for place in places:
            if place in seen:
                raise _twice(f"{what} {place.decode()}", sheet, name)
            seen.add(place)


def _twice(what: str, sheet: str, name: str) -> RefusedWorkbook:
    return RefusedWorkbook(
        "X109",
        f"{name} is not read: the sheet {sheet} holds {what} twice, and programs disagree on which one counts. "
        "Open it in Excel, check what stands there, and save it again.",
    )


def _slowly(body: bytes, sheet: str, name: str) -> Extent:
    """The same for sheets written in an unusual way, and for those that reach far: blank cells do not count."""
    cells = list(_cells(body, sheet, name))
    places = {(cell.row, cell.column) for cell in cells}
    if len(places) != len(cells):
        seen: set[tuple[int, int]] = set()
        for cell in cells:
            if (cell.row, cell.column) in seen:
                raise _twice(f"cell {cell_ref(cell.row, cell.column)}", sheet, name)
            seen.add((cell.row, cell.column))
    filled = [cell for cell in cells if cell.filled]
    rows = max((cell.row for cell in filled), default=0)
    columns = max((cell.column for cell in filled), default=0)
    if rows * columns > LARGEST_GRID:
        raise RefusedWorkbook(
            "X104",
            f"{name} is not read: on the sheet {sheet} there are {rows:,} rows and {columns:,} columns between the first "
            "cell and the last one that is filled, far more than a tracker holds. Open it in Excel, press Ctrl+End to "
            "find the cell that lies far out, delete the empty rows and columns before it, and save it again.",
        )
    formulas = {(cell.row, cell.column) for cell in cells if cell.formula} | set(_spread(body, rows, columns))
    errors = frozenset((cell.row, cell.column) for cell in cells if cell.error)
    return Extent(rows, columns, frozenset(formulas), errors)


def _cells(body: bytes, sheet: str, name: str) -> Iterator[_Cell]:
    """Each cell in turn. Rows and cells without an address count on from the one before."""
    row = column = 0
    rows: set[int] = set()
    cell: _Cell | None = None
    for match in _TAG.finditer(body):
        kind = match[1]
        if kind == b"row":
            written = attributes(match[2]).get("r", "")
            row, column = (int(written) if written.isdecimal() else row + 1), 0
            if row in rows:
                raise _twice(f"row {row}", sheet, name)
            rows.add(row)
        elif kind == b"c":
            if cell is not None:
                yield cell
            have = attributes(match[2])
            written = have.get("r", "").upper()
            place = parse_cell(written) if written else (row, column + 1)
            if place is None or not (1 <= place[0] <= MAX_ROW and place[1] <= MAX_COLUMN):
                raise RefusedWorkbook(
                    "X105",
                    f'{name} is damaged and cannot be read: on the sheet {sheet} a cell calls itself "{written[:20]}", which is no '
                    "address. Open it in Excel, let Excel repair it, and save it again.",
                )
            column = place[1]
            cell = _Cell(place[0], place[1], have.get("t") == "e")
        elif cell is not None:
            cell.formula |= kind == b"f"
            cell.filled |= kind != b"f"
    if cell is not None:
        yield cell


def _spread(body: bytes, rows: int, columns: int) -> Iterator[tuple[int, int]]:
    """The cells that array formulas and data tables fill: only their first cell holds the formula."""
    for match in _FORMULA_TAG.finditer(body) if b"ref=" in body else ():
        have = attributes(match[1])
        box = Box.parse(have.get("ref", "")) if have.get("t") in ("array", "dataTable") else None
        if box:
            for row in range(box.top, min(box.bottom, rows) + 1):
                yield from ((row, column) for column in range(box.left, min(box.right, columns) + 1))
