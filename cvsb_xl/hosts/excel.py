"""The live host: a tracker that is open in Excel, through xlwings' object model. It works on any xlwings engine.

Sheets are read in one block each. Edits are written in blocks, text into cells that are first made text (excel_steps.py). What
the person sees (selection, calculation, screen updating) stays as it was, also after an error; a copy is saved before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path, PureWindowsPath
from typing import Any

from cvsb_xl.errors import CannotDo, CannotSave, CvsbError, TrackerChanged
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.book import BookTracker, tracker_in, wanted_sheets
from cvsb_xl.hosts.excel_steps import do
from cvsb_xl.hosts.steps import Expect, Show, Step
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import CellError, RawValue, as_text, same
from cvsb_xl.xlsx.read import Book, Grid, Sheet, TableRef
from cvsb_xl.xlsx.refs import Box

_ERRORS = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#BLOCKED!"}
)
_COPIES_KEPT = 10
_SHOWN = (True, -1)
"""What sheet.visible says of a sheet that is shown; Excel says 2 of one that is hidden so that people cannot show it."""


@dataclass(frozen=True)
class LiveTracker:
    """An open workbook and the tracker in it.

    Attributes:
        workbook: xlwings' Book.
        book: its values and formulas as they were read.
    """

    workbook: Any
    book: Book
    opened: BookTracker

    @property
    def full_name(self) -> str:
        """The workbook's path, or its address on the web."""
        try:
            return str(self.workbook.fullname)
        except (
            Exception
        ):  # xlwings looks for the local copy of what OneDrive opened, and gives up with an error
            return str(self.workbook.api.FullName)

    @property
    def picked(self) -> tuple[str, int]:
        """The sheet and row of the cell that is picked; the row is 0 where none is, as on a chart."""
        selection = self.workbook.app.selection
        return self.workbook.sheets.active.name, selection.row if selection is not None else 0

    def carry_out(self, steps: Sequence[Step], copies: Path) -> Path | None:
        """Save a copy, take the workbook through the steps, and save it. Returns the copy; None when there are no steps.

        Raises:
            TrackerChanged: a sheet is gone, or a cell does not hold what was read; nothing is written then.
            CannotDo: a sheet is protected, or Excel is busy; nothing is written then either.
            CannotSave: the copy cannot be made, or Excel refused in the middle; the copy is named.
        """
        if not steps:
            return None
        with _answering():
            _check_open_to_change(self.workbook, steps)
            _check_expected(self.workbook, steps)
        copy = _copy(self.workbook, copies)
        with _not_saved_by_itself(self.workbook):
            try:
                with _undisturbed(self.workbook):
                    for step in steps:
                        do(self.workbook, step)
            except Exception as error:
                raise CannotSave(
                    f"{self.workbook.name}: Excel refused a change in the middle ({error}). Close it WITHOUT saving and open "
                    f"it again; a copy as it was before lies at {copy}."
                ) from error
            try:
                self.workbook.save()
            except Exception as error:
                raise CannotSave(
                    f"{self.workbook.name}: everything is changed, but Excel could not save it ({error}). Save it under "
                    f"another name, or close it without saving; a copy as it was before lies at {copy}."
                ) from error
        return copy


def attach(name: str, framework: Framework) -> LiveTracker:
    """Return the tracker in the workbook of that name that is open in Excel.

    Raises:
        CannotDo: Excel does not run here, or has no such workbook open.
        NotATracker: the workbook holds none.
    """
    import xlwings

    try:
        workbook = xlwings.books[name]
    except Exception as error:  # xlwings raises what its engine raises: KeyError, COM errors, its own
        raise CannotDo(
            f"No workbook named {name} is open in Excel on this computer. Open it there first; for a file that is closed "
            "use the command itself, such as cvsb check FILE."
        ) from error
    with _answering():
        return read_live(workbook, framework)


@contextmanager
def _answering() -> Iterator[None]:
    """Say in words that Excel does not answer: it refuses every call while a cell is typed in or a dialog is open."""
    try:
        yield
    except CvsbError:
        raise
    except Exception as error:
        raise CannotDo(
            f"Excel did not answer ({error}). Finish the cell you are typing in (Enter or Esc), close any dialog, then try "
            "again. Nothing was changed."
        ) from error


def read_live(workbook: Any, framework: Framework) -> LiveTracker:
    """Read every table of an open workbook.

    Raises:
        NotATracker: it holds no tracker.
    """
    wanted = {name.casefold() for name in wanted_sheets(framework)}
    found = {sheet.name: _sheet(sheet) for sheet in workbook.sheets if sheet.name.casefold() in wanted}
    book = Book(found)
    return LiveTracker(workbook, book, tracker_in(book, workbook.name, framework))


def _sheet(sheet: Any) -> Sheet:
    corner = sheet.used_range.last_cell
    whole = sheet.range((1, 1), (corner.row, corner.column))
    tables = tuple(_table(table) for table in sheet.tables)
    formulas: frozenset[tuple[int, int]] = frozenset()
    if tables:  # the hidden sheets have none, and hold no formulas
        formulas = frozenset(
            (number, column)
            for number, row in enumerate(_rows(whole.formula), 1)
            for column, text in enumerate(row, 1)
            if isinstance(text, str) and text.startswith("=")
        )
    grid: Grid = [[_raw(value) for value in row] for row in whole.options(ndim=2, err_to_str=True).value]
    return Sheet(sheet.name, "visible" if sheet.visible in _SHOWN else "hidden", grid, formulas, tables)


def _rows(formulas: Any) -> Sequence[Sequence[Any]]:
    """xlwings gives a bare value for one cell and one flat row for some shapes."""
    if not isinstance(formulas, list | tuple):
        return ((formulas,),)
    return formulas if formulas and isinstance(formulas[0], list | tuple) else (formulas,)


def _raw(value: Any) -> RawValue:
    match value:
        case Decimal():  # what Excel gives for a cell in a currency
            return _raw(float(value))
        case str():
            return CellError(value) if value in _ERRORS else value or None
        case float() if value.is_integer() and abs(value) < 1e15:
            return int(value)
        case datetime():
            plain = value.replace(tzinfo=None)
            return plain.date() if plain.time() == datetime.min.time() else plain
        case None | bool() | int() | float() | date():
            return value
    return str(value)


def _table(table: Any) -> TableRef:
    ref = table.range.address.replace("$", "")
    box = Box.parse(ref)
    if box is None:
        raise CannotDo(f"The table {table.name} has no range. Save the workbook and open it again.")
    return TableRef(table.name, ref, box.top, box.left, box.bottom, box.right)


def _check_open_to_change(workbook: Any, steps: Sequence[Step]) -> None:
    """See that every sheet is there and not protected, which only Excel's own object model knows."""
    there = {sheet.name for sheet in workbook.sheets}
    for name in dict.fromkeys(step.sheet for step in steps):
        if name not in there:
            raise TrackerChanged(
                f"{workbook.name} has no sheet {name} any more. Nothing was changed; run it again."
            )
        if getattr(workbook.sheets[name].api, "ProtectContents", False):
            raise CannotDo(
                f"The sheet {name} is protected. Take the protection off (Review > Unprotect Sheet), then try again. Nothing "
                "was changed."
            )
    if any(isinstance(step, Show) for step in steps) and getattr(workbook.api, "ProtectStructure", False):
        raise CannotDo(
            f"The structure of {workbook.name} is protected, so no sheet can be shown or hidden. Take the protection off "
            "(Review > Protect Workbook), then try again. Nothing was changed."
        )


def _check_expected(workbook: Any, steps: Sequence[Step]) -> None:
    now: dict[str, Grid] = {}
    for step in steps:
        if not isinstance(step, Expect):
            continue
        if step.sheet not in now:
            now[step.sheet] = _sheet(workbook.sheets[step.sheet]).grid
        grid = now[step.sheet]
        inside = step.row <= len(grid) and step.column <= len(grid[step.row - 1])
        held = grid[step.row - 1][step.column - 1] if inside else None
        if not (same(held, step.value) or as_text(held) == as_text(step.value)):
            raise TrackerChanged(
                f"{step.sheet}!{column_letters(step.column)}{step.row} changed while this was running. Nothing was changed; "
                "run it again."
            )


def _copy(workbook: Any, copies: Path) -> Path:
    path = copies / f"{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}-{PureWindowsPath(workbook.name).name}"
    try:
        copies.mkdir(parents=True, exist_ok=True)
        workbook.api.SaveCopyAs(str(path))
    except Exception as error:
        raise CannotSave(
            f"No copy of {workbook.name} could be saved in {copies} ({error}), so nothing was changed."
        ) from error
    for older in sorted(copies.iterdir())[:-_COPIES_KEPT]:  # they hold what the tracker holds
        with suppress(OSError):
            older.unlink()
    return path


@contextmanager
def _not_saved_by_itself(workbook: Any) -> Iterator[None]:
    """Put AutoSave off meanwhile. After an error it stays off: else the way back, to close without saving, would be none."""
    on = False
    with suppress(Exception):  # Excel before Microsoft 365 has no AutoSave, nor have files outside OneDrive
        on = bool(workbook.api.AutoSaveOn)
        if on:
            workbook.api.AutoSaveOn = False
    yield
    if on:
        with suppress(Exception):
            workbook.api.AutoSaveOn = True


@contextmanager
def _undisturbed(workbook: Any) -> Iterator[None]:
    """Leave Excel as the person had it, whatever happens. Calculation is back before the workbook is saved."""
    app = workbook.app
    held: dict[str, Any] = {}
    for name in ("screen_updating", "enable_events", "calculation"):
        with suppress(Exception):  # an engine that does not know it leaves nothing to put back
            held[name] = getattr(app, name)
    sheet, selection = workbook.sheets.active, app.selection
    try:
        for name in held:
            setattr(app, name, "manual" if name == "calculation" else False)
        yield
    finally:
        # Each by itself: the error that brought us here is the one to tell.
        for name in ("calculation", "enable_events"):
            with suppress(Exception):
                setattr(app, name, held[name])
        with suppress(Exception):
            sheet.activate()
            if selection is not None:
                selection.select()
        with suppress(Exception):
            app.screen_updating = held["screen_updating"]
