"""An old tracker or action plan as it stands on one sheet: titles, one row of headings, sections and rows.

Nothing is dropped here: every filled cell of the sheet is a title, a heading, a section or a cell of a row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cvsb_xl.framework.synonyms import Synonyms, fold
from cvsb_xl.tracker.locate import Grid
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import RawValue, Value, as_text, normalise

_ROWS_LOOKED_AT = 30
"""Headings stand within so many rows of the top."""

_REFERENCE = re.compile(
    r"(?:rec(?:ommendation)?\.?\s*|r)?\d+(?:\.\d+)*\.?\s*(?:\([a-z0-9]{1,3}\))*\s*[a-z]?", re.I
)

MergedArea = tuple[int, int, int, int]
"""First row, first column, last row, last column; all counted from 1."""


@dataclass(frozen=True, slots=True)
class OldSheet:
    """A sheet of the old workbook as it was read.

    Attributes:
        merged: its merged areas; only the first cell of each holds the value.
    """

    name: str
    grid: Grid
    merged: Sequence[MergedArea] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the old plan.

    Attributes:
        number: counted from 1.
        heading: its heading, told apart where it stands twice ("Date (2)"); "Column F" where it has none.
    """

    number: int
    heading: str


@dataclass(frozen=True)
class PlanRow:
    """A row of the old plan.

    Attributes:
        cells: column number -> value; a value merged down from a row above stands in each row it covers.
        sections: the section headings above it, innermost last.
    """

    number: int
    cells: Mapping[int, Value]
    sections: tuple[str, ...] = ()


@dataclass(frozen=True)
class OldPlan:
    """One sheet of the old workbook, laid out.

    Attributes:
        above: (cell address, text) of what stands above the headings; the first is the plan's title.
        loose: sections that no row follows.
    """

    file: str
    sheet: str
    heading_row: int
    columns: tuple[Column, ...]
    rows: tuple[PlanRow, ...]
    above: tuple[tuple[str, str], ...] = ()
    loose: tuple[str, ...] = ()
    digest: str = field(default="", repr=False)

    def filled(self, column: Column) -> list[Value]:
        """Return the filled cells of a column."""
        return [row.cells[column.number] for row in self.rows if column.number in row.cells]

    def address(self, row: PlanRow, column: Column) -> str:
        """Return a cell's address, such as "B4"."""
        return f"{column_letters(column.number)}{row.number}"


def is_reference(value: Value) -> bool:
    """Tell whether a cell holds a number such as 3, "3.140(a)" or "R10", and no sentence."""
    return isinstance(value, int) or (isinstance(value, str) and bool(_REFERENCE.fullmatch(value.strip())))


def heading_keys(text: str) -> list[str]:
    """Return the folded forms under which a heading may be known: whole, without brackets, without a number before it."""
    whole = fold(text)
    plain = fold(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", text))
    unnumbered = fold(re.sub(r"^\s*(?:\d+[.)]|[a-z][.)])\s+", "", plain))
    return list(dict.fromkeys(key for key in (whole, plain, unnumbered) if key))


def read_plan(
    file: str, sheet: OldSheet, synonyms: Synonyms, also: Collection[str] = (), digest: str = ""
) -> OldPlan | None:
    """Lay out a sheet; None when no row of it has two known headings.

    Args:
        also: headings that a map names: known too.
        digest: tells the old file's content; kept with each value's source.
    """
    grid = [[normalise(cell) for cell in row] for row in sheet.grid]
    heading_row = _heading_row(grid, synonyms, {fold(heading) for heading in also})
    if heading_row is None:
        return None
    columns = _columns(grid, heading_row)
    above = tuple(
        (f"{column_letters(x)}{y}", as_text(value))
        for y, row in enumerate(grid[: heading_row - 1], 1)
        for x, value in enumerate(row, 1)
        if value is not None
    )
    rows, loose = _rows(grid, heading_row, columns, sheet.merged)
    return OldPlan(file, sheet.name, heading_row, columns, rows, above, loose, digest)


def filled_cells(grid: Grid) -> int:
    """Return how many cells of a sheet hold anything."""
    return sum(normalise(cell) is not None for row in grid for cell in row)


def _heading_row(grid: Sequence[Sequence[Value]], synonyms: Synonyms, also: set[str]) -> int | None:
    best, most = None, 1
    for number, row in enumerate(grid[:_ROWS_LOOKED_AT], 1):
        known = {
            key
            for cell in row
            if isinstance(cell, str)
            for key in heading_keys(cell)
            if key in synonyms.fields or key in synonyms.kept or key in also
        }
        # A row's headings count by the fields they stand for: "Lead" twice is one.
        fields = {synonyms.fields[key][0] if key in synonyms.fields else key for key in known}
        if len(fields) > most:
            best, most = number, len(fields)
    return best


def _columns(grid: Sequence[Sequence[Value]], heading_row: int) -> tuple[Column, ...]:
    headings = [as_text(cell) for cell in grid[heading_row - 1]]
    width = max(len(row) for row in grid[heading_row - 1 :])
    columns = []
    seen: Counter[str] = Counter()
    for number in range(1, width + 1):
        text = re.sub(r"\s+", " ", headings[number - 1]).strip() if number <= len(headings) else ""
        filled = any(len(row) >= number and row[number - 1] is not None for row in grid[heading_row:])
        if not text and not filled:
            continue
        text = text or f"Column {column_letters(number)}"
        seen[fold(text)] += 1
        times = seen[fold(text)]
        columns.append(Column(number, text if times == 1 else f"{text} ({times})"))
    return tuple(columns)


def _rows(
    grid: Sequence[Sequence[Value]], heading_row: int, columns: Sequence[Column], merged: Sequence[MergedArea]
) -> tuple[tuple[PlanRow, ...], tuple[str, ...]]:
    headings = {
        column: as_text(cell) for column, cell in enumerate(grid[heading_row - 1], 1) if cell is not None
    }
    down = _merged_down(grid, merged, heading_row)
    across = {(top, left) for top, left, _, right in merged if right > left}
    rows: list[PlanRow] = []
    waiting: list[str] = []
    sections: tuple[str, ...] = ()
    for number, line in enumerate(grid[heading_row:], heading_row + 1):
        own = {column: value for column, value in enumerate(line, 1) if value is not None}
        if not own or {column: as_text(value) for column, value in own.items()} == headings:
            continue  # a blank row, or the headings again on a new page
        if len(own) == 1 and (number, next(iter(own))) in across:
            waiting.append(as_text(next(iter(own.values()))))
            continue
        if waiting:
            sections, waiting = tuple(waiting), []
        rows.append(PlanRow(number, {**down.get(number, {}), **own}, sections))
    return tuple(rows), tuple(waiting)


def _merged_down(
    grid: Sequence[Sequence[RawValue]], merged: Sequence[MergedArea], heading_row: int
) -> dict[int, dict[int, Value]]:
    """Return row -> column -> value, for rows that a merged cell above reaches down into."""
    carried: dict[int, dict[int, Value]] = {}
    for top, left, bottom, _ in merged:
        if top <= heading_row or bottom == top or left > len(grid[top - 1] if top <= len(grid) else ()):
            continue
        value = normalise(grid[top - 1][left - 1])
        for row in range(top + 1, min(bottom, len(grid)) + 1):
            if value is not None:
                carried.setdefault(row, {})[left] = value
    return carried
