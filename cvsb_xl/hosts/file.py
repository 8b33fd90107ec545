"""The host on disk: read a tracker from its workbook, and turn edits into cells of it.

No library ever saves a workbook that a person has worked in: `xlsx.patch` edits the sheets in place and copies all else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cvsb_xl.errors import CannotDo, NotATracker, UnusableFile
from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.hidden import Hidden, hidden_cells, read_hidden
from cvsb_xl.merge.sheet import CARRIER_SHEET, SHEET_ID_PROPERTY
from cvsb_xl.tracker.edits import AppendRow, Edit, Link, ReplaceRows, SetCell, ShowSheet, apply_edits, fold
from cvsb_xl.tracker.locate import read_table
from cvsb_xl.tracker.memory import LAST_SHEET
from cvsb_xl.tracker.tables import TableData, Tracker, column_letters
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.xlsx.change import AppendRows, CellValue, Visibility, WorkbookChange
from cvsb_xl.xlsx.change import ReplaceRows as ReplaceSheetRows
from cvsb_xl.xlsx.patch import change_workbook
from cvsb_xl.xlsx.read import Book, Sheet, read_book
from cvsb_xl.xlsx.save import conflict_copies, save_bytes

_FEWEST_TABLES = 3
"""A workbook with fewer of the framework's tables is no tracker."""


@dataclass(frozen=True)
class OpenTracker:
    """A tracker as it was read.

    Attributes:
        data: the file's bytes as they were read; saving refuses when the file has changed since.
        headings: table -> field -> the heading's own text, as the sheet has it.
        sheets: table -> the sheet's own name.
        hidden: what the hidden sheets hold and where, so that it can be written again.
    """

    path: Path
    data: bytes
    tracker: Tracker
    headings: Mapping[str, Mapping[str, str]]
    sheets: Mapping[str, str]
    hidden: Hidden


def read_file(path: Path, what: str = "workbook") -> bytes:
    """Return a file's bytes.

    Raises:
        UnusableFile: when it is missing, a folder, or not readable, in words.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnusableFile(f"{path}: there is no such {what}. Check the name and the folder.") from error
    except IsADirectoryError as error:
        raise UnusableFile(f"{path} is a folder; name the {what} itself.") from error
    except OSError as error:
        raise UnusableFile(
            f"{path} cannot be read ({error.strerror}). Check that you may open it and that nobody has it locked."
        ) from error


def open_tracker(path: Path, framework: Framework | None = None) -> OpenTracker:
    """Read a tracker.

    Raises:
        UnusableFile: when the file is missing, is no workbook, or is not safe to read.
        NotATracker: when it is a workbook, but not a tracker.
    """
    framework = framework or load_framework()
    data = read_file(path, "tracker")
    book = read_book(data, name=path.name, only=_wanted(framework), formulas=False)
    hidden = read_hidden(book)
    if "sheet_id" in hidden.meta or SHEET_ID_PROPERTY in book.properties:
        raise NotATracker(
            f"{path.name} is an agency sheet, not a tracker. To take in what it says: cvsb merge TRACKER {path.name}"
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
        tables[table.name] = found = read_table(table, sheet.grid, last_row)
        sheets[table.name] = sheet.name
        if found.header_row:
            row = sheet.grid[found.header_row - 1]
            headings[table.name] = {name: str(row[column - 1]) for name, column in found.columns.items()}
    if len(headings) < _FEWEST_TABLES:
        raise NotATracker(
            f"{path.name} is a workbook, but not a tracker: it has none of the sheets Reviews, Actions and Assignments "
            f"with their headings. cvsb new makes a tracker; cvsb import takes an old action plan over."
        )
    tracker = Tracker(framework, tables, hidden.meta, path.name, hidden.last)
    return OpenTracker(path, data, tracker, headings, sheets, hidden)


def copies_beside(path: Path) -> list[Path]:
    """Return the files beside a tracker that look like second copies of it (name-PCNAME.xlsx, name (1).xlsx)."""
    return conflict_copies(path)


def save_edits(opened: OpenTracker, edits: Sequence[Edit]) -> None:
    """Do the edits in the file, atomically; with no edits the file is not touched.

    Raises:
        UnsupportedWorkbook: when the workbook cannot be edited without losing something.
        TrackerChanged, TrackerLocked, CannotSave: see xlsx.save.
    """
    if edits:
        save_bytes(opened.path, edited_bytes(opened, edits), expect=opened.data)


def edited_bytes(opened: OpenTracker, edits: Sequence[Edit]) -> bytes:
    """Return the file's bytes with the edits done."""
    cells: dict[tuple[str, str], CellValue] = {}
    appends: dict[str, list[dict[str, CellValue]]] = {}
    replaces: list[ReplaceSheetRows] = []
    visibility: dict[str, Visibility] = {}
    for edit in fold(opened.tracker.tables, edits):
        sheet = opened.sheets.get(edit.table)
        if sheet is None or (edit.table not in opened.headings and not isinstance(edit, ShowSheet)):
            name = opened.tracker[edit.table].schema.sheet
            raise NotATracker(
                f"{opened.path.name}: the sheet {name} is missing, or its headings are. Put it back from a copy of the "
                f"tracker (earlier versions are in .cvsb-backups beside it), then run this again."
            )
        if isinstance(edit, SetCell):
            cells[sheet, _address(opened, edit)] = edit.value
        elif isinstance(edit, AppendRow):
            appends.setdefault(sheet, []).append(_by_heading(opened, edit.table, edit.values))
        elif isinstance(edit, ReplaceRows):
            rows = [_by_heading(opened, edit.table, row) for row in edit.rows]
            replaces.append(ReplaceSheetRows(sheet, rows, _links(opened, edit)))
        else:
            visibility[sheet] = "visible" if edit.visible else "hidden"
    after = apply_edits(opened.tracker, edits)
    change = WorkbookChange(
        cells=cells | hidden_cells(opened.hidden, opened.tracker, after),
        appends=[AppendRows(sheet, rows) for sheet, rows in appends.items()],
        replaces=replaces,
        visibility=visibility,
    )
    return change_workbook(opened.data, change)


def _address(opened: OpenTracker, edit: SetCell) -> str:
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
    return f"{column_letters(column)}{number}"


def _by_heading(opened: OpenTracker, table: str, values: Mapping[str, Value]) -> dict[str, CellValue]:
    headings = opened.headings[table]
    lost = [name for name, value in values.items() if value is not None and name not in headings]
    if lost:
        data = opened.tracker[table].schema
        raise CannotDo(
            f"{data.sheet}: the column {data[lost[0]].title!r} is missing, so a new row would lose its value "
            f'"{as_text(values[lost[0]])[:60]}". Put the heading back, then run this again.'
        )
    return {headings[name]: value for name, value in values.items() if name in headings}


def _links(opened: OpenTracker, edit: ReplaceRows) -> dict[str, list[str | None]]:
    headings = opened.headings[edit.table]
    links: dict[str, list[str | None]] = {}
    for (index, name), link in edit.links.items():
        if name in headings:
            column = links.setdefault(headings[name], [None] * len(edit.rows))
            column[index] = _target(opened, link)
    return links


def _target(opened: OpenTracker, link: Link) -> str:
    by_english = {opened.tracker[name].schema.sheet: own for name, own in opened.sheets.items()}
    sheet = by_english.get(link.sheet, link.sheet).replace("'", "''")
    return f"'{sheet}'!{link.cell}"


def _wanted(framework: Framework) -> set[str]:
    names = {CARRIER_SHEET, LAST_SHEET}
    for table in framework.tables.values():
        names |= {table.sheet, table.sheet_cy}
    return names


def _sheet(book: Book, *names: str) -> Sheet | None:
    by_name = {name.casefold(): sheet for name, sheet in book.sheets.items()}
    return next((by_name[name.casefold()] for name in names if name.casefold() in by_name), None)
