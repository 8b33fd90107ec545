"""Edits as steps that a live workbook can be taken through, cell by cell: what Excel, VBA and a JSON client all do.

`steps_of` works out, once and purely, what `xlsx.patch` does to a file: which cells are written, which rows a table grows
or loses, which links stand where. Those who carry the steps out need to know nothing of tables or edits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.hosts.book import BookTracker, check_columns, link_target, place_of, sheet_for
from cvsb_xl.hosts.hidden import hidden_cells
from cvsb_xl.tracker.edits import AppendRow, Edit, ReplaceRows, SetCell, ShowSheet, apply_edits, fold
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import RawValue, Value
from cvsb_xl.xlsx.read import Book, Sheet, TableRef
from cvsb_xl.xlsx.refs import parse_cell
from cvsb_xl.xlsx.values_out import check_value

Cell = tuple[int, int]
"""Row and column, counted from 1."""


@dataclass(frozen=True, slots=True)
class Expect:
    """The cell holds this, or nothing at all is done."""

    sheet: str
    row: int
    column: int
    value: RawValue


@dataclass(frozen=True, slots=True)
class Grow:
    """The table takes in the rows below its last: they become copies of the row `like`, and are then written."""

    sheet: str
    table: str
    like: int
    first_column: int
    last_column: int
    header_row: int
    last_row: int
    new_last_row: int


@dataclass(frozen=True, slots=True)
class Shrink:
    """The table loses its rows after `new_last_row`; what stands beside it stays."""

    sheet: str
    table: str
    first_column: int
    last_column: int
    header_row: int
    last_row: int
    new_last_row: int


@dataclass(frozen=True, slots=True)
class Put:
    """A block of values, row by row, from a cell on."""

    sheet: str
    row: int
    column: int
    values: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Unlink:
    """No cell of the block is a link any more."""

    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class LinkCell:
    """The cell leads to a place in this workbook, such as "'Actions'!F17"."""

    sheet: str
    row: int
    column: int
    target: str


@dataclass(frozen=True, slots=True)
class Show:
    """The sheet is shown, or hidden in Excel's ordinary way."""

    sheet: str
    visible: bool


Step = Expect | Grow | Shrink | Put | Unlink | LinkCell | Show


def steps_of(book: Book, opened: BookTracker, edits: Sequence[Edit]) -> list[Step]:
    """Return what the edits come to in this workbook, expectations first; nothing for no edits.

    Args:
        book: what the tracker was read from, with its formulas.

    Raises:
        NotATracker, CannotDo: a sheet, its headings or a column that is written to is gone.
        UnsupportedWorkbook: something stands where a table must grow, or a value that no cell holds.
        TrackerChanged: the edits do not fit the tracker.
    """
    if not edits:
        return []
    work = _Work(book, opened)
    appends: dict[str, list[Mapping[str, Value]]] = {}
    replaces: dict[str, ReplaceRows] = {}
    for edit in fold(opened.tracker.tables, edits):
        sheet = sheet_for(opened, edit)
        if isinstance(edit, SetCell):
            work.expect(sheet, *place_of(opened, edit))
            work.write(sheet, *place_of(opened, edit), edit.value)
        elif isinstance(edit, AppendRow):
            check_columns(opened, edit.table, edit.values)
            appends.setdefault(edit.table, []).append(edit.values)
        elif isinstance(edit, ReplaceRows):
            replaces[edit.table] = edit
        elif isinstance(edit, ShowSheet):
            work.shows[sheet] = edit.visible
    for table, rows in appends.items():
        work.append(table, rows)
    for table, replaced in replaces.items():
        work.replace(table, replaced)
    after = apply_edits(opened.tracker, edits)
    for (sheet, ref), value in hidden_cells(opened.hidden, opened.tracker, after).items():
        place = parse_cell(ref)
        if place:
            work.write(sheet, *place, value)
    return work.steps()


class _Work:
    def __init__(self, book: Book, opened: BookTracker) -> None:
        self.book = book
        self.opened = opened
        self.expects: list[Step] = []
        self.shapes: list[Step] = []
        self.cells: dict[str, dict[Cell, Value]] = {}
        self.links: list[Step] = []
        self.shows: dict[str, bool] = {}

    def expect(self, sheet: str, row: int, column: int) -> None:
        self.expects.append(Expect(sheet, row, column, self.book.sheets[sheet].value(row, column)))

    def write(self, sheet: str, row: int, column: int, value: Value) -> None:
        check_value(value, f"{sheet}!{column_letters(column)}{row}")
        self.cells.setdefault(sheet, {})[row, column] = value

    def append(self, table: str, rows: Sequence[Mapping[str, Value]]) -> None:
        """Into the first blank rows of the table, then below its last."""
        name = self.opened.sheets[table]
        sheet, ref = self.book.sheets[name], self.table(table)
        formulas = _formula_columns(sheet, ref, ref.last_row)
        pending = {row for row, _ in self.cells.get(name, {})}
        free = [
            number
            for number in range(ref.first_row + 1, ref.last_row + 1)
            if number not in pending and _is_blank(sheet, ref, number)
        ][: len(rows)]
        new_last = ref.last_row + len(rows) - len(free)
        if new_last > ref.last_row:
            self._grow(name, ref, new_last, like=ref.last_row)
        for number, values in zip([*free, *range(ref.last_row + 1, new_last + 1)], rows, strict=True):
            if number in free:
                self.expect(name, number, self.opened.tracker[table].columns[self._key(table)])
            self._row(table, ref, number, values, formulas)

    def replace(self, table: str, edit: ReplaceRows) -> None:
        """These rows and no others; one blank row at least."""
        name = self.opened.sheets[table]
        ref = self.table(table)
        first = ref.first_row + 1
        formulas = _formula_columns(self.book.sheets[name], ref, first)
        new_last = ref.first_row + max(1, len(edit.rows))
        if new_last > ref.last_row:
            self._grow(name, ref, new_last, like=first)
        elif new_last < ref.last_row:
            self.shapes.append(
                Shrink(
                    name, ref.name, ref.first_column, ref.last_column, ref.first_row, ref.last_row, new_last
                )
            )
        for values in edit.rows:
            check_columns(self.opened, table, values)
        for number, values in enumerate(edit.rows or [{}], first):
            self._row(table, ref, number, values, formulas)
        self.links.append(Unlink(name, first, ref.first_column, new_last, ref.last_column))
        columns = self.opened.tracker[table].columns
        for (index, field), link in edit.links.items():
            if field in columns:
                target = link_target(self.opened, link.sheet, link.cell)
                self.links.append(LinkCell(name, first + index, columns[field], target))

    def table(self, table: str) -> TableRef:
        """Where a table stands; the block of its headings and rows where the program has lost the table itself."""
        data = self.opened.tracker[table]
        sheet = self.book.sheets[self.opened.sheets[table]]
        for ref in sheet.tables:
            if (
                ref.first_row == data.header_row
                and ref.first_column <= min(data.columns.values()) <= ref.last_column
            ):
                return ref
        columns = [*data.columns.values(), *data.unknown.values()]
        last = max([data.header_row + 1, *(row.number for row in data.rows)])
        return TableRef("", "", data.header_row, min(columns), last, max(columns))

    def _key(self, table: str) -> str:
        data = self.opened.tracker[table]
        return next(
            (name for name in data.schema.primary_key if name in data.columns), next(iter(data.columns))
        )

    def _grow(self, sheet: str, ref: TableRef, new_last: int, *, like: int) -> None:
        for row in range(ref.last_row + 1, new_last + 1):
            for column in range(ref.first_column, ref.last_column + 1):
                if self.book.sheets[sheet].value(row, column) is not None:
                    raise UnsupportedWorkbook(
                        f"Something stands below the table on the sheet {sheet}, in {column_letters(column)}{row}, "
                        "where its new rows would go. Move it beside the table or to another sheet."
                    )
            self.expect(sheet, row, ref.first_column)
        self.shapes.append(
            Grow(
                sheet,
                ref.name,
                like,
                ref.first_column,
                ref.last_column,
                ref.first_row,
                ref.last_row,
                new_last,
            )
        )

    def _row(
        self, table: str, ref: TableRef, number: int, values: Mapping[str, Value], formulas: frozenset[int]
    ) -> None:
        by_column = {self.opened.tracker[table].columns[name]: value for name, value in values.items()
                     if name in self.opened.tracker[table].columns}  # fmt: skip
        for column in range(ref.first_column, ref.last_column + 1):
            if column not in formulas:
                self.write(self.opened.sheets[table], number, column, by_column.get(column))

    def steps(self) -> list[Step]:
        """Expectations, then shapes, then values, then links, then what is shown."""
        puts = [Put(sheet, *block) for sheet, cells in self.cells.items() for block in _blocks(cells)]
        shows = [Show(sheet, visible) for sheet, visible in self.shows.items()]
        # A sheet is shown before another is hidden: Excel does not hide its last one.
        shows.sort(key=lambda show: not show.visible)
        return [*self.expects, *self.shapes, *puts, *self.links, *shows]


def _formula_columns(sheet: Sheet, ref: TableRef, row: int) -> frozenset[int]:
    columns = range(ref.first_column, ref.last_column + 1)
    return frozenset(column for column in columns if (row, column) in sheet.formulas)


def _is_blank(sheet: Sheet, ref: TableRef, row: int) -> bool:
    return all(
        sheet.value(row, column) in (None, "") or (row, column) in sheet.formulas
        for column in range(ref.first_column, ref.last_column + 1)
    )


def _blocks(cells: Mapping[Cell, Value]) -> Iterator[tuple[int, int, tuple[tuple[Value, ...], ...]]]:
    """The cells as rectangles: runs along a row, joined to those below that have the same columns."""
    open_blocks: dict[tuple[int, int], tuple[int, list[tuple[Value, ...]]]] = {}
    for row, column, values in _runs(sorted(cells.items())):
        shape = (column, len(values))
        started = open_blocks.get(shape)
        if started and started[0] + len(started[1]) == row:
            started[1].append(values)
            continue
        if started:
            yield started[0], column, tuple(started[1])
        open_blocks[shape] = (row, [values])
    for (column, _), (row, block) in open_blocks.items():
        yield row, column, tuple(block)


def _runs(cells: Iterable[tuple[Cell, Value]]) -> Iterator[tuple[int, int, tuple[Value, ...]]]:
    start: Cell = (0, 0)
    run: list[Value] = []
    for (row, column), value in cells:
        if run and (row, column) == (start[0], start[1] + len(run)):
            run.append(value)
            continue
        if run:
            yield *start, tuple(run)
        start, run = (row, column), [value]
    if run:
        yield *start, tuple(run)
