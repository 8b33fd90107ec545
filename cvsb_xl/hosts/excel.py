"""The live host: a tracker that is open in Excel, through xlwings' object model. It works on any xlwings engine.

Sheets are read in one block each. Edits are written in blocks, text into cells that are first made text. What the person
sees (selection, calculation, screen updating) stays as it was, also after an error; a copy is saved before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PureWindowsPath
from typing import Any

from cvsb_xl.errors import CannotDo, CannotSave, TrackerChanged
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.book import BookTracker, tracker_in, wanted_sheets
from cvsb_xl.hosts.steps import Expect, Grow, LinkCell, Put, Show, Shrink, Step, Unlink
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import CellError, RawValue, Value, as_text, same
from cvsb_xl.xlsx.read import Book, Grid, Sheet, TableRef
from cvsb_xl.xlsx.refs import Box

_ERRORS = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#BLOCKED!"}
)
_TEXT, _DATE, _TIME = "@", "dd/mm/yyyy", "dd/mm/yyyy hh:mm"
_PLAIN = ("General", "Standard", _TEXT, "", None)
"""Formats that show a date as a number."""


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
        return str(self.workbook.fullname)

    def carry_out(self, steps: Sequence[Step], copies: Path) -> Path | None:
        """Save a copy, take the workbook through the steps, and save it. Returns the copy; None when there are no steps.

        Raises:
            TrackerChanged: a cell does not hold what was read; nothing is written then.
            CannotSave: the copy cannot be made, or Excel refused in the middle; the copy is named.
        """
        if not steps:
            return None
        _check_expected(self.workbook, steps)
        copy = _copy(self.workbook, copies)
        with _undisturbed(self.workbook):
            try:
                for step in steps:
                    _do(self.workbook, step)
                self.workbook.save()
            except Exception as error:
                raise CannotSave(
                    f"{self.workbook.name}: Excel refused a change in the middle ({error}). Close it WITHOUT saving and open "
                    f"it again; a copy as it was before lies at {copy}."
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
    return read_live(workbook, framework)


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
    return Sheet(sheet.name, "visible" if sheet.visible else "hidden", grid, formulas, tables)


def _rows(formulas: Any) -> Sequence[Sequence[Any]]:
    """xlwings gives a bare value for one cell and one flat row for some shapes."""
    if not isinstance(formulas, list | tuple):
        return ((formulas,),)
    return formulas if formulas and isinstance(formulas[0], list | tuple) else (formulas,)


def _raw(value: Any) -> RawValue:
    match value:
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
    return path


@contextmanager
def _undisturbed(workbook: Any) -> Iterator[None]:
    """Leave Excel as the person had it, whatever happens."""
    app = workbook.app
    calculation, screen = app.calculation, app.screen_updating
    sheet, selection = workbook.sheets.active, app.selection
    try:
        app.screen_updating = False
        app.calculation = "manual"
        yield
    finally:
        # Each by itself: the error that brought us here is the one to tell.
        with suppress(Exception):
            app.calculation = calculation
        with suppress(Exception):
            sheet.activate()
            if selection is not None:
                selection.select()
        with suppress(Exception):
            app.screen_updating = screen


def _do(workbook: Any, step: Step) -> None:
    sheet = workbook.sheets[step.sheet]
    match step:
        case Expect():
            return
        case Grow():
            source = sheet.range((step.like, step.first_column), (step.like, step.last_column))
            source.copy(
                sheet.range((step.last_row + 1, step.first_column), (step.new_last_row, step.last_column))
            )
            _resize(sheet, step)
        case Shrink():
            gone = sheet.range((step.new_last_row + 1, step.first_column), (step.last_row, step.last_column))
            gone.clear_contents()
            _resize(sheet, step)
            gone.clear_formats()
        case Put():
            _put(sheet, step)
        case Unlink():
            with suppress(
                AttributeError
            ):  # only Excel's own object model can take links off and keep the format
                sheet.range((step.row, step.column), (step.last_row, step.last_column)).api.ClearHyperlinks()
        case LinkCell():
            cell = sheet.range((step.row, step.column))
            cell.add_hyperlink(f"#{step.target}", text_to_display=as_text(cell.value), screen_tip="")
        case Show():
            sheet.visible = step.visible


def _resize(sheet: Any, step: Grow | Shrink) -> None:
    if step.table:
        box = sheet.range((step.header_row, step.first_column), (step.new_last_row, step.last_column))
        next(table for table in sheet.tables if table.name == step.table).resize(box)


def _put(sheet: Any, step: Put) -> None:
    """One write for the block; before it, each column's cells get the format that their values need."""
    last = step.row + len(step.values) - 1
    width = len(step.values[0])
    for offset in range(width):
        column = [row[offset] for row in step.values]
        if any(value is not None for value in column):
            for start, end, kind in _stretches(column):
                cells = sheet.range(
                    (step.row + start, step.column + offset), (step.row + end, step.column + offset)
                )
                _prepare(cells, kind)
    block = sheet.range((step.row, step.column), (last, step.column + width - 1))
    block.value = [[_sent(value) for value in row] for row in step.values]


def _stretches(column: Sequence[Value]) -> Iterator[tuple[int, int, str]]:
    """(first, last, kind) of the values that need one format; blanks go with what is above them."""
    start, kind = 0, ""
    for at, value in enumerate(column):
        own = _kind(value) or kind
        if own != kind and kind:
            yield start, at - 1, kind
            start = at
        kind = own
    if kind:
        yield start, len(column) - 1, kind


def _kind(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _TEXT
    if isinstance(value, date):
        return _TIME if isinstance(value, datetime) else _DATE
    return "General"


def _prepare(cells: Any, kind: str) -> None:
    held = cells.number_format
    if (
        (kind == _TEXT and held != _TEXT)
        or (kind in (_DATE, _TIME) and held in _PLAIN)
        or (kind == "General" and held == _TEXT)
    ):
        cells.number_format = kind


def _sent(value: Value) -> Value:
    """Excel takes a leading apostrophe as a mark of text, and drops it."""
    return f"'{value}" if isinstance(value, str) and value.startswith("'") else value
