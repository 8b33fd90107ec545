"""Find a table on a sheet by the text of its headings, in either language, wherever its columns have gone.

Pure: the file host and the Excel host both hand in a grid of cells.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from cvsb_xl.framework.schema import Field, Table
from cvsb_xl.tracker.tables import Row, TableData, typed_rows
from cvsb_xl.tracker.values import RawValue, normalise

Grid = Sequence[Sequence[RawValue]]
"""Rows of cells; the first cell of the first row is A1."""

_ROWS_LOOKED_AT = 30
"""Headings stand within so many rows of the top; titles above them are passed over."""


@dataclass(frozen=True, slots=True)
class Headings:
    """Where a table's headings stand.

    Attributes:
        row: the heading row, counted from 1.
        columns: field name -> column, counted from 1.
        twice: field names whose heading stands more than once; the first counts.
        unknown: heading text -> column of headings that are no field's.
    """

    row: int
    columns: dict[str, int]
    twice: tuple[str, ...] = ()
    unknown: dict[str, int] | None = None


def heading_key(text: object) -> str:
    """Fold a heading so that case, stray blanks, line breaks and full stops do not matter."""
    return _folded(text) if text.__class__ is str else _folded(str(normalise(text) or ""))  # type: ignore[arg-type]


@lru_cache(maxsize=4096)  # the same few hundred, sheet after sheet
def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", str(normalise(text) or "")).strip(" .:*").casefold()


def find_headings(fields: Sequence[Field], grid: Grid) -> Headings | None:
    """Return the row with the most of the fields' headings; None when no row has two of them (or the only one)."""
    names: dict[str, str] = {}
    for item in fields:
        for title in (item.title, item.title_cy, item.name):
            names.setdefault(heading_key(title), item.name)
    best: Headings | None = None
    for number, row in enumerate(grid[:_ROWS_LOOKED_AT], 1):
        columns: dict[str, int] = {}
        twice: list[str] = []
        unknown: dict[str, int] = {}
        for column, cell in enumerate(row, 1):
            if not isinstance(cell, str) or not cell.strip():
                continue
            name = names.get(heading_key(cell))
            if name is None:
                unknown.setdefault(cell.strip(), column)
            elif name in columns:
                twice.append(name)
            else:
                columns[name] = column
        if columns and (best is None or len(columns) > len(best.columns)):
            best = Headings(number, columns, tuple(twice), unknown)
    if best is None or len(best.columns) < min(2, len(fields)):
        return None
    return best


def read_table(
    table: Table, grid: Grid, last_row: int | None = None, formulas: Collection[tuple[int, int]] = ()
) -> TableData:
    """Read a table from its sheet's grid. Wholly blank rows are left out; every other row keeps its number.

    Args:
        last_row: the last row of the Excel table, where known: what stands below is told, and not read as rows.
        formulas: (row, column) of the sheet's formulas, counted from 1.
    """
    headings = find_headings(table.fields, grid)
    if headings is None:
        return TableData(table, header_row=0)
    places = [(name, column - 1) for name, column in headings.columns.items()]
    picked = list(_picked(grid[headings.row : last_row], headings.row + 1, [at for _, at in places]))
    columns = zip(*(cells for _, cells in picked), strict=True) if picked else iter(())
    raw = {name: column for (name, _), column in zip(places, columns, strict=False)}
    rows = [
        row
        for row in typed_rows(table, raw, [number for number, _ in picked])
        if not is_blank_row(table, row)
    ]
    below = [
        number
        for number, cells in enumerate(grid[last_row:] if last_row else (), (last_row or 0) + 1)
        if any(at < len(cells) and cells[at] not in (None, "") for _, at in places)
    ]
    return TableData(
        table,
        tuple(rows),
        headings.columns,
        headings.row,
        twice=headings.twice,
        unknown=headings.unknown or {},
        below=tuple(below),
        formulas=_in_typed_cells(table, headings, formulas),
    )


def _in_typed_cells(
    table: Table, headings: Headings, formulas: Collection[tuple[int, int]]
) -> frozenset[tuple[int, str]]:
    typed = {column: name for name, column in headings.columns.items() if not table[name].live}
    return frozenset(
        (row, typed[column]) for row, column in formulas if column in typed and row > headings.row
    )


def _picked(grid: Grid, first: int, places: Sequence[int]) -> Iterator[tuple[int, tuple[RawValue, ...]]]:
    """Yield the number and the cells at these places of each row that has any."""
    width = max(places) + 1
    pick = itemgetter(*places) if len(places) > 1 else lambda cells: (cells[places[0]],)
    for number, cells in enumerate(grid, first):
        whole = cells if len(cells) >= width else [*cells, *[None] * (width - len(cells))]
        found = pick(whole)
        if found.count(None) < len(found):
            yield number, found


def is_blank_row(table: Table, row: Row) -> bool:
    """Tell whether a row holds nothing but what formulas left there."""
    values = row.values
    return all(values[item.name] is None for item in table.fields if not item.live)
