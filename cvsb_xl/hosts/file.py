"""The host on disk: read a tracker from its workbook, and turn edits into cells of it.

No library ever saves a workbook that a person has worked in: `xlsx.patch` edits the sheets in place and copies all else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cvsb_xl.errors import UnusableFile
from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts import elsewhere
from cvsb_xl.hosts.book import (
    BookTracker,
    check_columns,
    link_target,
    place_of,
    sheet_for,
    tracker_in,
    wanted_sheets,
)
from cvsb_xl.hosts.hidden import hidden_cells
from cvsb_xl.tracker.edits import AppendRow, Edit, ReplaceRows, SetCell, apply_edits, fold
from cvsb_xl.tracker.log import LOG
from cvsb_xl.tracker.memory import LAST_SHEET
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import Value
from cvsb_xl.xlsx.change import AppendRows, CellValue, Visibility, WorkbookChange
from cvsb_xl.xlsx.change import ReplaceRows as ReplaceSheetRows
from cvsb_xl.xlsx.read import read_book
from cvsb_xl.xlsx.save import conflict_copies, save_bytes


@dataclass(frozen=True)
class OpenTracker(BookTracker):
    """A tracker as it was read from disk.

    Attributes:
        data: the file's bytes as they were read; saving refuses when the file has changed since.
        to_save: whether enough was read to save it.
    """

    path: Path
    data: bytes
    to_save: bool = True


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


def open_tracker(
    path: Path, framework: Framework | None = None, *, to_save: bool = True, formulas: bool = False
) -> OpenTracker:
    """Read a tracker.

    Args:
        to_save: whether it may be saved. What the last verb left is then read too: half as much again as the tables.
        formulas: whether to look for formulas where people type.

    Raises:
        UnusableFile: when the file is missing, is no workbook, or is not safe to read.
        NotATracker: when it is a workbook, but not a tracker.
    """
    framework = framework or load_framework()
    there = elsewhere.tracker_at(path)
    if there is not None:
        return OpenTracker(there.tracker, there.headings, there.sheets, there.hidden, path, b"")
    data = read_file(path, "tracker")
    wanted = wanted_sheets(framework) if to_save else wanted_sheets(framework) - {LAST_SHEET}
    book = read_book(data, name=path.name, only=wanted, formulas=formulas)
    found = tracker_in(book, path.name, framework)
    return OpenTracker(found.tracker, found.headings, found.sheets, found.hidden, path, data, to_save)


def copies_beside(path: Path) -> list[Path]:
    """Return the files beside a tracker that look like second copies of it (name-PCNAME.xlsx, name (1).xlsx)."""
    return conflict_copies(path)


def save_edits(opened: OpenTracker, edits: Sequence[Edit]) -> None:
    """Do the edits in the file, atomically; with no edits the file is not touched.

    Raises:
        UnsupportedWorkbook: when the workbook cannot be edited without losing something.
        TrackerChanged, TrackerLocked, CannotSave: see xlsx.save.
    """
    if edits and not elsewhere.take(opened.path, edits):
        save_bytes(opened.path, edited_bytes(opened, edits), expect=opened.data)


def edited_bytes(opened: OpenTracker, edits: Sequence[Edit]) -> bytes:
    """Return the file's bytes with the edits done."""
    if not opened.to_save:
        raise ValueError(f"{opened.path.name} was opened to be read only")
    from cvsb_xl.xlsx.patch import change_workbook  # what only reads need not load what writes

    cells: dict[tuple[str, str], CellValue] = {}
    appends: dict[str, list[dict[str, CellValue]]] = {}
    replaces: list[ReplaceSheetRows] = []
    visibility: dict[str, Visibility] = {}
    for edit in fold(opened.tracker.tables, edits):
        sheet = sheet_for(opened, edit)
        if isinstance(edit, SetCell):
            row, column = place_of(opened, edit)
            cells[sheet, f"{column_letters(column)}{row}"] = edit.value
        elif isinstance(edit, AppendRow):
            appends.setdefault(sheet, []).append(_by_heading(opened, edit.table, edit.values))
        elif isinstance(edit, ReplaceRows):
            rows = [_by_heading(opened, edit.table, row) for row in edit.rows]
            replaces.append(ReplaceSheetRows(sheet, rows, _links(opened, edit)))
        else:
            visibility[sheet] = "visible" if edit.visible else "hidden"
    # Of a log that has grown, nothing is asked but its newest row.
    logged = [edit for edit in edits if isinstance(edit, AppendRow) and edit.table == LOG]
    others = [edit for edit in edits if not (isinstance(edit, AppendRow) and edit.table == LOG)]
    after = apply_edits(opened.tracker, [*others, *logged[-1:]])
    change = WorkbookChange(
        cells=cells | hidden_cells(opened.hidden, opened.tracker, after),
        appends=[AppendRows(sheet, rows) for sheet, rows in appends.items()],
        replaces=replaces,
        visibility=visibility,
    )
    return change_workbook(opened.data, change)


def _by_heading(opened: OpenTracker, table: str, values: Mapping[str, Value]) -> dict[str, CellValue]:
    check_columns(opened, table, values)
    headings = opened.headings[table]
    return {headings[name]: value for name, value in values.items() if name in headings}


def _links(opened: OpenTracker, edit: ReplaceRows) -> dict[str, list[str | None]]:
    headings = opened.headings[edit.table]
    links: dict[str, list[str | None]] = {}
    for (index, name), link in edit.links.items():
        if name in headings:
            column = links.setdefault(headings[name], [None] * len(edit.rows))
            column[index] = link_target(opened, link.sheet, link.cell)
    return links
