"""Find the tracker in a workbook's values, wherever they came from: a file, an open Excel, a client's tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cvsb_xl.errors import CannotDo, NotATracker
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.hidden import Hidden, read_hidden
from cvsb_xl.merge.sheet import CARRIER_SHEET, SHEET_ID_PROPERTY
from cvsb_xl.tracker.edits import Edit, SetCell, ShowSheet
from cvsb_xl.tracker.locate import read_table
from cvsb_xl.tracker.memory import LAST_SHEET
from cvsb_xl.tracker.tables import TableData, Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.xlsx.read import Book, Sheet

_FEWEST_TABLES = 3
"""A workbook with fewer of the framework's tables is no tracker."""


@dataclass(frozen=True)
class BookTracker:
    """A tracker as it was read from a workbook's values.

    Attributes:
        headings: table -> field -> the heading's own text, as the sheet has it.
        sheets: table -> the sheet's own name.
        hidden: what the hidden sheets hold and where, so that it can be written again.
    """

    tracker: Tracker
    headings: Mapping[str, Mapping[str, str]]
    sheets: Mapping[str, str]
    hidden: Hidden


def wanted_sheets(framework: Framework) -> set[str]:
    """Return the names, in either language, of every sheet that a tracker is read from."""
    names = {CARRIER_SHEET, LAST_SHEET}
    for table in framework.tables.values():
        names |= {table.sheet, table.sheet_cy}
    return names


def tracker_in(book: Book, name: str, framework: Framework) -> BookTracker:
    """Read the tracker that a workbook holds.

    Raises:
        NotATracker: when it holds none, or is an agency sheet.
    """
    hidden = read_hidden(book)
    if "sheet_id" in hidden.meta or SHEET_ID_PROPERTY in book.properties:
        raise NotATracker(
            f"{name} is an agency sheet, not a tracker. To take in what it says: cvsb merge TRACKER {name}"
        )
    tables: dict[str, TableData] = {}
    headings: dict[str, dict[str, str]] = {}
    sheets: dict[str, str] = {}
    for table in framework.tables.values():
        sheet = _sheet(book, table.sheet, table.sheet_cy)
        if sheet is None:
            tables[table.name] = TableData(table, found=False)
            continue
        last_row = next(
            (ref.last_row for ref in sheet.tables if ref.name.casefold() == table.excel_name.casefold()), None
        )
        tables[table.name] = found = read_table(table, sheet.grid, last_row, sheet.formulas)
        sheets[table.name] = sheet.name
        if found.header_row:
            row = sheet.grid[found.header_row - 1]
            headings[table.name] = {name: str(row[column - 1]) for name, column in found.columns.items()}
    if len(headings) < _FEWEST_TABLES:
        raise NotATracker(
            f"{name} is a workbook, but not a tracker: it has none of the sheets Reviews, Actions and Assignments "
            f"with their headings. cvsb new makes a tracker; cvsb import takes an old action plan over."
        )
    return BookTracker(
        Tracker(framework, tables, hidden.meta, name, hidden.last, hidden.lost), headings, sheets, hidden
    )


def sheet_for(opened: BookTracker, edit: Edit) -> str:
    """Return the sheet that an edit is for.

    Raises:
        NotATracker: when the sheet is missing, or its headings are.
    """
    sheet = opened.sheets.get(edit.table)
    if sheet is None or (edit.table not in opened.headings and not isinstance(edit, ShowSheet)):
        name = opened.tracker[edit.table].schema.sheet
        raise NotATracker(
            f"{opened.tracker.name}: the sheet {name} is missing, or its headings are. Put it back from a copy of the "
            f"tracker (earlier versions are in .cvsb-backups beside it), then run this again."
        )
    return sheet


def place_of(opened: BookTracker, edit: SetCell) -> tuple[int, int]:
    """Return the row and column, counted from 1, of the cell that an edit sets.

    Raises:
        CannotDo: when its column is gone.
    """
    data = opened.tracker[edit.table]
    number = edit.row
    if not number:
        row = data.by_key.get(edit.key)
        number = row.number if row else 0
    column = data.columns.get(edit.field)
    if not number or column is None:
        title = data.schema[edit.field].title
        raise CannotDo(
            f"{data.schema.sheet}: there is no cell for {title!r} of {edit.key}. "
            f"If the column {title!r} was renamed or taken out, put its heading back."
        )
    return number, column


def check_columns(opened: BookTracker, table: str, values: Mapping[str, Value]) -> None:
    """Refuse a row that would lose a value.

    Raises:
        CannotDo: naming the column that is missing.
    """
    headings = opened.headings[table]
    lost = [name for name in values.keys() - headings.keys() if values[name] is not None]
    if lost:
        data = opened.tracker[table].schema
        raise CannotDo(
            f"{data.sheet}: the column {data[lost[0]].title!r} is missing, so a new row would lose its value "
            f'"{as_text(values[lost[0]])[:60]}". Put the heading back, then run this again.'
        )


def link_target(opened: BookTracker, sheet: str, cell: str) -> str:
    """Return a place as Excel writes it, on the sheet's own name: "'Change log'!A5"."""
    by_english = {opened.tracker[name].schema.sheet: own for name, own in opened.sheets.items()}
    own = by_english.get(sheet, sheet).replace("'", "''")
    return f"'{own}'!{cell}"


def _sheet(book: Book, *names: str) -> Sheet | None:
    by_name = {name.casefold(): sheet for name, sheet in book.sheets.items()}
    return next((by_name[name.casefold()] for name in names if name.casefold() in by_name), None)
