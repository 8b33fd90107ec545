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

LARGEST_GRID = 2_000_000
"""Rows times columns of one sheet. The largest tracker expected, 10,000 rows of 30 columns, is a seventh of it."""

_DIGITS = b"0123456789"
_ROW = re.compile(rb"[1-9][0-9]{0,6}")
_ADDRESS = re.compile(rb"(?<![\w:.-])r\s*=")
_FIRST_CELL = re.compile(rb"<((?:[\w.-]+:)?)c[\s/>]")
# LibreOffice writes the value TRUE as the formula TRUE().
_CONSTANT = rb"(?:TRUE|FALSE)\(\)<"
_FORMULA_TAG = re.compile(rb"<(?:[\w.-]+:)?f(\s[^<>]*)>")
_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(row|c|f|v|is)(?=[\s/>])((?:[^>\"']++|\"[^\"]*\"|'[^']*')*+)>")

Place = tuple[int, int]


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
    formulas: frozenset[Place]
    errors: frozenset[Place]


@dataclass(slots=True)
class _Cell:
    row: int
    column: int
    error: bool
    formula: bool = False
    filled: bool = False


def extent(body: bytes, sheet: str, name: str, *, formulas: bool = True) -> Extent:
    """Look through a sheet's rows: `body` is what stands between <sheetData> and </sheetData>, comments masked.

    Nearly every program writes a cell's address first and its namespace the same throughout; such a sheet is looked
    through as a whole. Any other, and one that reaches far, is looked through cell by cell.

    Raises:
        RefusedWorkbook: X104 too far apart, X105 an address that is none, X109 a row or cell that stands twice.
    """
    first = _FIRST_CELL.search(body)
    prefix = first[1] if first else b""
    reach = _usual_reach(prefix, body)
    if reach is None:
        return _cell_by_cell(body, sheet, name)
    last_row, last_column = reach
    found: set[Place] = set()
    if formulas and b"<%bf" % prefix in body:
        found.update(_owners(rb"<%bf[\s/>](?!(?:[^<>]*>)?" + _CONSTANT + b")", prefix, body))
        found.update(_spread(body, last_row, last_column))
    errors = frozenset(_owners(rb"<%bc [^<>]*?\bt=\"e\"", prefix, body) if b't="e"' in body else ())
    return Extent(last_row, last_column, frozenset(found), errors)


def _usual_reach(prefix: bytes, body: bytes) -> Place | None:
    """The last row and column of a sheet written in the usual way; None for any other, and for one that reaches far.

    Usual: each cell's address stands first in its tag, bears its row's number, and comes once; one prefix throughout.
    """
    if b"\0" in body:
        return None
    above, *rows = body.split(b'<%brow r="' % prefix)
    find = re.compile(rb'<%bc r="([A-Z]{1,3})\0' % re.escape(prefix)).findall
    numbers: set[bytes] = set()
    shapes: set[tuple[bytes, ...]] = set()  # most rows have the same columns as the one above
    cells = 0
    for row in rows:
        number = row[: row.find(b'"')]
        numbers.add(number)
        letters = tuple(find(row.replace(number + b'"', b"\0")))
        cells += len(letters)
        shapes.add(letters)
    columns = {column for shape in shapes for column in shape}
    usual = len(numbers) == len(rows) and all(map(_ROW.fullmatch, numbers))
    usual = usual and all(len(set(shape)) == len(shape) for shape in shapes)
    # An address more than there are cells and rows: a tag that has two, of which readers take different ones.
    usual = usual and b'r="' not in above and body.count(b'r="') == cells + len(rows)
    if not usual or not _all_under(prefix, cells, body):
        return None
    last_row, last_column = max(map(int, numbers), default=0), max(map(_number, columns), default=0)
    if last_row > MAX_ROW or last_column > MAX_COLUMN or last_row * last_column > LARGEST_GRID:
        return None
    return last_row, last_column


def _all_under(prefix: bytes, cells: int, body: bytes) -> bool:
    """Tell whether every cell was among those found: none without an address in front, none under another prefix."""
    if not prefix:
        others = body.count(b"<c") - cells
        return not re.search(rb":[cf][\s/>]", body) and (
            not others or not re.search(rb"<c(?! r=\"|[a-z])", body)
        )
    return len(re.findall(rb"<[\w.-]+:c[\s/>]", body)) == cells and not re.search(rb"<[cf][\s/>]", body)


def _owners(pattern: bytes, prefix: bytes, body: bytes) -> Iterator[Place]:
    """The cells that each match stands in (or opens)."""
    opening = b'<%bc r="' % prefix
    letters: dict[bytes, int] = {}
    for match in re.finditer(pattern % re.escape(prefix), body):
        found = body.rfind(opening, 0, match.start() + len(opening))
        if found < 0:
            continue  # outside any cell
        start = found + len(opening)
        ref = body[start : body.index(b'"', start)]
        column = ref.rstrip(_DIGITS)
        if column not in letters:
            letters[column] = _number(column)
        yield int(ref[len(column) :]), letters[column]


def _number(letters: bytes) -> int:
    return column_number(letters.decode("ascii"))


def _twice(what: str, sheet: str, name: str) -> RefusedWorkbook:
    return RefusedWorkbook(
        "X109",
        f"{name} is not read: the sheet {sheet} holds {what} twice, and programs disagree on which one counts. "
        "Open it in Excel, check what stands there, and save it again.",
    )


def _cell_by_cell(body: bytes, sheet: str, name: str) -> Extent:
    """The same for sheets written in an unusual way, and for those that reach far: blank cells do not count."""
    seen: set[Place] = set()
    rows = columns = 0
    formulas: set[Place] = set()
    errors: set[Place] = set()
    for cell in _cells(body, sheet, name):
        place = (cell.row, cell.column)
        if place in seen:
            raise _twice(f"cell {cell_ref(*place)}", sheet, name)
        seen.add(place)
        if cell.filled:
            rows, columns = max(rows, cell.row), max(columns, cell.column)
        if cell.formula:
            formulas.add(place)
        if cell.error:
            errors.add(place)
    if rows * columns > LARGEST_GRID:
        raise RefusedWorkbook(
            "X104",
            f"{name} is not read: the filled cells of the sheet {sheet} reach to {cell_ref(rows, columns)}, far beyond "
            "what a tracker holds. Open it in Excel, press Ctrl+End to find the cell that lies far out, delete the "
            "rows and columns between, and save it again.",
        )
    formulas.update(_spread(body, rows, columns))
    return Extent(rows, columns, frozenset(formulas), frozenset(errors))


def _cells(body: bytes, sheet: str, name: str) -> Iterator[_Cell]:
    """Each cell in turn. Rows and cells without an address count on from the one before."""
    row = column = 0
    rows: set[int] = set()
    cell: _Cell | None = None
    for match in _TAG.finditer(body):
        kind = match[1]
        if kind in (b"row", b"c") and len(_ADDRESS.findall(match[2])) > 1:
            raise _no_address("two addresses", sheet, name)
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
            row, column = _place(have.get("r", ""), row, column + 1, sheet, name)
            cell = _Cell(row, column, have.get("t") == "e")
        elif cell is not None:
            cell.formula |= kind == b"f" and not re.compile(_CONSTANT).match(body, match.end())
            cell.filled |= kind != b"f"
    if cell is not None:
        yield cell


def _place(written: str, row: int, column: int, sheet: str, name: str) -> Place:
    """The place a cell's address names; the one it follows on to where it has none."""
    place = parse_cell(written.upper()) if written else (row, column)
    if place is None or not (1 <= place[0] <= MAX_ROW and place[1] <= MAX_COLUMN):
        raise _no_address(f'the address "{written[:20]}"', sheet, name)
    return place


def _no_address(what: str, sheet: str, name: str) -> RefusedWorkbook:
    return RefusedWorkbook(
        "X105",
        f"{name} is damaged and cannot be read: on the sheet {sheet} a cell or row has {what}. Open it in Excel, let Excel "
        "repair it, and save it again.",
    )


def _spread(body: bytes, rows: int, columns: int) -> Iterator[Place]:
    """The cells that array formulas and data tables fill: only their first cell holds the formula."""
    for match in _FORMULA_TAG.finditer(body) if b"ref=" in body else ():
        have = attributes(match[1])
        box = Box.parse(have.get("ref", "")) if have.get("t") in ("array", "dataTable") else None
        if box:
            for row in range(box.top, min(box.bottom, rows) + 1):
                yield from ((row, column) for column in range(box.left, min(box.right, columns) + 1))
