"""An issued agency sheet as its agency sees it, and answers typed into it as the agency would have typed them.

For an agency that answers on a page instead of in Excel: what comes of it is the same file, merged by the same rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.schema import Framework, Table
from cvsb_xl.merge.columns import sheet_columns
from cvsb_xl.merge.returned import Return, ReturnedRow
from cvsb_xl.merge.sheet import REVIEWED_BY, REVIEWED_ON, START_SHEET, START_SHEET_CY, SheetColumn
from cvsb_xl.tracker.locate import heading_key
from cvsb_xl.tracker.values import Value, parse, same
from cvsb_xl.xlsx.change import CellValue, WorkbookChange
from cvsb_xl.xlsx.patch import change_workbook
from cvsb_xl.xlsx.read import Book, read_book
from cvsb_xl.xlsx.returned_book import as_return, carrier_of

Answers = Mapping[tuple[str, str], Mapping[str, Value]]
"""(table, key) -> column -> what the agency says. Only what differs from the sheet is typed into it."""


@dataclass(frozen=True)
class SheetRow:
    """One row as issued.

    Attributes:
        values: column -> value, read as its column's type.
        spare: a row that the agency may fill in to add one; all of it is blank.
    """

    table: Table
    key: str
    values: Mapping[str, Value]
    spare: bool = False

    def __getitem__(self, name: str) -> Value:
        return self.values.get(name)


@dataclass(frozen=True)
class OpenSheet:
    """An issued sheet.

    Attributes:
        rows: table -> its rows in the order of the sheet; spare ones last.
        columns: table -> its columns, key first.
        reviews: the ids of reviews that a row which the agency adds may name.
    """

    sheet_id: str
    agency: str
    rows: Mapping[str, tuple[SheetRow, ...]]
    columns: Mapping[str, tuple[SheetColumn, ...]]
    reviews: tuple[str, ...]

    def row(self, table: str, key: str) -> SheetRow | None:
        """Return a row; None where the sheet has none of that key."""
        return next((row for row in self.rows.get(table, ()) if row.key == key), None)

    def inputs(self, row: SheetRow) -> tuple[SheetColumn, ...]:
        """Return the columns that the agency fills in; of a row that it adds, the review's, too."""
        return tuple(
            column
            for column in self.columns[row.table.name]
            if column.kind == "input" or (row.spare and column.name == "review_id")
        )


def open_sheet(framework: Framework, name: str, data: bytes) -> OpenSheet:
    """Read a sheet that the tracker issued. It is trusted: where it came from has been checked.

    Raises:
        CannotDo: it is no issued sheet.
        RefusedWorkbook: it cannot be read.
    """
    book = read_book(data, name=name)
    ret = as_return(framework, name, book)
    carrier = carrier_of(book)
    try:
        parts = (carrier[f"base-{number}"] for number in range(1, int(carrier["parts"]) + 1))
        said = json.loads("".join(parts))
    except (KeyError, ValueError) as error:
        raise CannotDo(f"{name} is no sheet that a tracker issued: its hidden part is missing.") from error
    spare = {table: set(ids) for table, ids in said["spare"].items()}
    rows = {
        table.name: tuple(
            _row(table, row, ret, row.key in spare.get(table.name, ())) for row in _rows(ret, table)
        )
        for table in framework.issued_tables
    }
    columns = {table.name: sheet_columns(table, framework) for table in framework.issued_tables}
    return OpenSheet(
        said["about"]["sheet_id"], said["about"]["agency"], rows, columns, tuple(said["reviews"])
    )


def _rows(ret: Return, table: Table) -> Sequence[ReturnedRow]:
    return [row for row in ret.tables[table.name].rows if row.key] if table.name in ret.tables else []


def _row(table: Table, row: ReturnedRow, ret: Return, spare: bool) -> SheetRow:
    columns = ret.tables[table.name].columns
    values = {name: parse(columns[name].field, cell.value).value for name, cell in row.cells.items()}
    return SheetRow(table, row.key, values, spare)


def answered(
    framework: Framework, name: str, data: bytes, answers: Answers, *, by: str, on: date, at: datetime
) -> bytes:
    """Return the sheet with answers typed into it; without any, signed off as reviewed.

    Answers to some rows say nothing of the others, so "Reviewed by" stays blank then: only who looked at every row fills it.

    Args:
        by, on: who reviewed the sheet, and when: typed beside "Reviewed by" and "Reviewed on" where there are no answers.
        at: when the file is to say that it was saved; the newer of two answers counts.

    Raises:
        CannotDo: an answer names a row or a column that the sheet does not have.
    """
    book = read_book(data, name=name)
    ret = as_return(framework, name, book)
    cells: dict[tuple[str, str], CellValue] = {} if answers else dict(_reviewed(book, by, on))
    for (table, key), values in answers.items():
        rows = ret.tables[table].rows if table in ret.tables else ()
        row = next((row for row in rows if row.key == key), None)
        if row is None:
            raise CannotDo(f"The sheet {name} has no row {key}.")
        for column, value in values.items():
            cell = row.cells.get(column)
            if cell is None:
                raise CannotDo(f"The sheet {name} has no column {column} for {key}.")
            if not same(cell.value, value):
                cells[ret.tables[table].sheet, cell.address] = value
    return change_workbook(data, WorkbookChange(cells=cells, modified=at))


def _reviewed(book: Book, by: str, on: date) -> Iterator[tuple[tuple[str, str], CellValue]]:
    said: Mapping[str, CellValue] = {heading_key(REVIEWED_BY): by, heading_key(REVIEWED_ON): on}
    for sheet in book.sheets.values():
        if sheet.name.casefold() in (START_SHEET.casefold(), START_SHEET_CY.casefold()):
            for number, row in enumerate(sheet.grid, 1):
                label = heading_key(row[0]) if row else ""
                if label in said:
                    yield (sheet.name, f"B{number}"), said[label]
