"""A return as data: the cells that came back, found by their headings, wherever they have gone."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from cvsb_xl.framework.schema import Framework, Table
from cvsb_xl.merge.answers import Answers, carried_base
from cvsb_xl.merge.columns import sheet_columns
from cvsb_xl.merge.envelope import BaseRows
from cvsb_xl.merge.not_read import beside, other_sheets
from cvsb_xl.merge.printed import Printed
from cvsb_xl.merge.reasons import finding
from cvsb_xl.merge.sheet import REVIEWED_BY, REVIEWED_ON, SheetColumn
from cvsb_xl.tracker.dates import AmbiguousDate, read_date
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.locate import Grid, Headings, find_headings, heading_key
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import RawValue, Value, as_text, normalise


@dataclass(frozen=True, slots=True)
class ReturnedSheet:
    """One sheet of the file, as a reader gives it.

    Attributes:
        grid: the first cell of the first row is A1.
        formulas: (row, column), counted from 1, of every cell that holds a formula.
        merged: first row, first column, last row, last column of every merged area.
        notes: (cell, words) of every note or comment.
        boxes: (cell, words) of every text box, picture and chart: the cell it begins in; no words for a picture.
    """

    name: str
    grid: Grid
    formulas: frozenset[tuple[int, int]] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    boxes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnedCell:
    """One cell of a row: what it holds, where it stands, and whether that is a formula's result."""

    value: RawValue
    address: str
    formula: bool = False


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """One row: its sheet row, its key as text (blank when the cell is), and its cells by column name.

    Cells of an issued row that hold what was issued may be left out: see answers.py.
    """

    number: int
    key: str
    cells: Mapping[str, ReturnedCell]

    def filled(self) -> list[tuple[str, ReturnedCell]]:
        """Return the cells that hold something."""
        return [
            (name, cell)
            for name, cell in self.cells.items()
            if cell.formula or normalise(cell.value) is not None
        ]


@dataclass(frozen=True)
class ReturnedTable:
    """One table as it came back.

    Attributes:
        columns: the columns that were found, by name.
        rows: every row that holds something in one of them, hidden and filtered rows too.
    """

    sheet: str
    columns: Mapping[str, SheetColumn]
    rows: tuple[ReturnedRow, ...]

    def address(self, cell: ReturnedCell) -> str:
        """Return a cell's full address, such as "Assignments!F12"."""
        return f"{self.sheet}!{cell.address}"


@dataclass(frozen=True)
class Return:
    """An agency sheet that came back.

    Attributes:
        file: the file's name, for messages only.
        carrier: the rows of its `_cvsb` sheet; empty when that is gone.
        modified: when the file was last saved, as it says itself (ISO text), or "".
        digest: of the values that came back: the same for the same answers, however the file was saved.
        sent_by: the agency that signed in to send it, where a service knows that; blank for a file.
    """

    file: str
    carrier: Mapping[str, str]
    tables: Mapping[str, ReturnedTable]
    modified: str = ""
    digest: str = ""
    reviewed_by: str | None = None
    reviewed_on: date | None = None
    findings: tuple[Finding, ...] = ()
    sent_by: str = ""


def read_return(
    framework: Framework,
    file: str,
    sheets: Sequence[ReturnedSheet],
    carrier: Mapping[str, str],
    modified: str = "",
    *,
    answers_alone: bool = False,
) -> Return:
    """Find the issued tables in a returned file's sheets.

    Args:
        answers_alone: leave out the cells of issued rows that hold what was issued: see answers.py.
    """
    base = carried_base(carrier) if answers_alone else {}
    lines: list[str] = []
    tables: dict[str, ReturnedTable] = {}
    findings: list[Finding] = []
    read: set[str] = set()
    printed = Printed(carrier)
    for table in framework.issued_tables:
        columns = sheet_columns(table, framework)
        sheet = _sheet_of(table, columns, sheets)
        if sheet is None:
            findings.append(finding("sheet-missing", _sheet_missing(table), file=file, table=table.name))
            continue
        read.add(sheet.name)
        tables[table.name], told, found = _table(
            table, columns, sheet, file, base.get(table.name, {}), printed
        )
        lines += told
        findings += found
    findings += other_sheets(framework, sheets, read, file, printed)
    by, on = _reviewed(sheets, read)
    return Return(file, carrier, tables, modified, _digest(lines), by, on, tuple(findings))


def _sheet_missing(table: Table) -> str:
    return (
        f"the sheet {table.sheet} is missing from the file, so nothing of it was taken over and nothing was taken away. "
        "If it was deleted by mistake, ask the agency to answer on the sheet as it was issued"
    )


def _sheet_of(
    table: Table, columns: Sequence[SheetColumn], sheets: Sequence[ReturnedSheet]
) -> ReturnedSheet | None:
    """The sheet of that name; else, renamed or pasted elsewhere, the one that has the key and most of its headings."""
    fields = [column.field for column in columns]
    for name in (table.sheet, table.sheet_cy):
        for sheet in sheets:
            if sheet.name.strip().casefold() == name.casefold() and find_headings(fields, sheet.grid):
                return sheet
    best: tuple[int, ReturnedSheet] | None = None
    for sheet in sheets:
        headings = find_headings(fields, sheet.grid)
        if headings and table.key in headings.columns:
            count = len(headings.columns)
            if count * 2 > len(columns) and (best is None or count > best[0]):
                best = (count, sheet)
    return best[1] if best else None


def _table(
    table: Table,
    columns: Sequence[SheetColumn],
    sheet: ReturnedSheet,
    file: str,
    base: BaseRows,
    printed: Printed,
) -> tuple[ReturnedTable, list[str], list[Finding]]:
    """The table, a line for each of its rows that tells all it holds, and what there is to say of it."""
    headings = find_headings([column.field for column in columns], sheet.grid)
    if headings is None:
        return ReturnedTable(sheet.name, {}, ()), [], []
    findings = []
    unknown = headings.unknown or {}
    for column in columns:
        place = {"file": file, "sheet": sheet.name, "table": table.name, "field": column.name}
        title = column.field.title
        if column.name in headings.twice:
            message = (
                f'the heading "{title}" stands twice on {sheet.name}; the first of the two columns was read'
            )
            findings.append(finding("heading-twice", message, **place))
        if column.name not in headings.columns:
            close = get_close_matches(heading_key(title), [heading_key(name) for name in unknown], n=1)
            guess = next((name for name in unknown if close and heading_key(name) == close[0]), None)
            seen = f'; "{guess}" in column {column_letters(unknown[guess])} may be it' if guess else ""
            message = (
                f'the heading "{title}" is missing from {sheet.name}{seen}. Its column was left as it is; to take it '
                f'over, put the heading "{title}" back above it and merge the file again'
            )
            findings.append(finding("heading-missing", message, **place))
    if table.key not in headings.columns:
        _find_key_column(table, headings, sheet.grid)
    found = {column.name: column for column in columns if column.name in headings.columns}
    rows, lines = _rows(table, headings, found, sheet, base)
    findings += beside(table, found, headings, sheet, file, printed)
    return ReturnedTable(sheet.name, found, tuple(rows)), lines, findings


def _find_key_column(table: Table, headings: Headings, grid: Grid) -> None:
    """Find the key's column under a renamed heading: the only column that holds this table's ids."""
    if table.id_prefix is None:
        return
    start = f"{table.id_prefix}-".casefold()
    counts = []
    for column in (headings.unknown or {}).values():
        cells = [as_text(row[column - 1]) for row in grid[headings.row :] if len(row) >= column]
        ids = sum(cell.casefold().startswith(start) for cell in cells)
        if ids and ids == sum(bool(cell) for cell in cells):
            counts.append(column)
    if len(counts) == 1:
        headings.columns[table.key] = counts[0]


def _rows(
    table: Table,
    headings: Headings,
    columns: Mapping[str, SheetColumn],
    sheet: ReturnedSheet,
    base: BaseRows,
) -> tuple[list[ReturnedRow], list[str]]:
    """The rows that hold something, and the line of each: its key, and its filled cells by name."""
    at = {name: headings.columns[name] for name in columns if name != table.key}
    letters = {name: column_letters(column) for name, column in at.items()}
    in_order = sorted(at)
    key_at = headings.columns.get(table.key, 0)
    body = sheet.grid[headings.row :]
    keys = [as_text(cells[key_at - 1]).strip() if 0 < key_at <= len(cells) else "" for cells in body]
    answers = Answers(columns, base, keys)
    with_formulas: dict[int, set[int]] = {}
    for row, column in sheet.formulas:
        with_formulas.setdefault(row, set()).add(column)
    rows, lines = [], []
    for number, (key, cells) in enumerate(zip(keys, body, strict=True), headings.row + 1):
        width = len(cells)
        values = {name: cells[column - 1] if column <= width else None for name, column in at.items()}
        here = with_formulas.get(number, ())
        formulas = {name for name, column in at.items() if column in here} if here else ()
        blank = not any(value is not None and value != "" for value in values.values())
        if blank and not formulas and key_at not in here and not _holds(cells, key_at):
            continue
        found = {
            name: ReturnedCell(values[name], f"{letters[name]}{number}", name in formulas)
            for name in answers.of(key, values, formulas)
        }
        rows.append(ReturnedRow(number, key, found))
        filled = [
            (name, text)
            for name in in_order
            if (text := "" if values[name] is None else as_text(values[name])) or name in formulas
        ]
        lines.append(f"{table.name}\t{key}\t{filled!r}")
    return rows, lines


def _holds(cells: Sequence[RawValue], column: int) -> bool:
    return 0 < column <= len(cells) and cells[column - 1] not in (None, "")


def _reviewed(sheets: Iterable[ReturnedSheet], tables: Collection[str]) -> tuple[str | None, date | None]:
    """What the agency wrote beside "Reviewed by" and "Reviewed on", on the first sheet whatever it is called now."""
    by: str | None = None
    on: date | None = None
    for sheet in sheets:
        if sheet.name in tables:
            continue
        for row in sheet.grid:
            label = heading_key(row[0]) if row else ""
            value = normalise(row[1]) if len(row) > 1 else None
            if label == heading_key(REVIEWED_BY):
                by = by or as_text(value) or None
            elif label == heading_key(REVIEWED_ON):
                on = on or _day(value)
    return by, on


def _day(value: Value) -> date | None:
    """The day that was meant, where that is clear; nothing hangs on it but that somebody looked at the sheet."""
    if isinstance(value, date):
        return value
    try:
        return read_date(value) if isinstance(value, str) else None
    except AmbiguousDate:
        return None


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
