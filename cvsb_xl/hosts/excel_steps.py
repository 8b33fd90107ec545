"""One step at a time in an open workbook, through xlwings' object model: what hosts/steps.py says, done to real sheets.

What only Excel's own object model can do (`api`) is done where it is there: other engines have no filters that hide rows from a
copy, no notes that a copy takes along, and no style that a link puts on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from cvsb_xl.hosts.steps import Expect, Grow, LinkCell, Put, Show, Shrink, Step, Unlink
from cvsb_xl.tracker.values import Value, as_text

_TEXT, _DATE, _TIME = "@", "dd/mm/yyyy", "dd/mm/yyyy hh:mm"
_PLAIN = ("General", "Standard", _TEXT, "")
"""Formats that show a date as a number."""


def do(workbook: Any, step: Step) -> None:
    """Take the workbook through one step."""
    sheet = workbook.sheets[step.sheet]
    match step:
        case Expect():
            return
        case Grow():
            _show_all(sheet, step.table)
            source = sheet.range((step.like, step.first_column), (step.like, step.last_column))
            new = sheet.range((step.last_row + 1, step.first_column), (step.new_last_row, step.last_column))
            source.copy(new)
            with suppress(AttributeError):  # a note belongs to the row on which somebody wrote it
                new.api.ClearComments()
            _resize(sheet, step)
        case Shrink():
            _show_all(sheet, step.table)
            gone = sheet.range((step.new_last_row + 1, step.first_column), (step.last_row, step.last_column))
            gone.clear_contents()
            _resize(sheet, step)
            gone.clear_formats()
        case Put():
            _put(sheet, step)
        case Unlink():
            with suppress(AttributeError):  # takes links off and keeps the format
                sheet.range((step.row, step.column), (step.last_row, step.last_column)).api.ClearHyperlinks()
        case LinkCell():
            _link(sheet.range((step.row, step.column)), step.target)
        case Show():
            sheet.visible = step.visible


def _show_all(sheet: Any, name: str) -> None:
    """Lift a table's filter: Excel copies and clears only the rows that it shows."""
    for table in sheet.tables:
        if table.name == name:
            with suppress(AttributeError):
                chosen = table.api.AutoFilter
                if chosen is not None and chosen.FilterMode:
                    chosen.ShowAllData()


def _link(cell: Any, target: str) -> None:
    """Excel gives a cell with a link the style Hyperlink, with a typeface of its own: put back what the cell had."""
    held: dict[str, Any] = {}
    with suppress(AttributeError):
        font = cell.api.Font
        held = {name: getattr(font, name) for name in ("Name", "Size", "Bold", "Italic")}
    cell.add_hyperlink(f"#{target}", text_to_display=as_text(cell.value), screen_tip="")
    for name, value in held.items():
        if value is not None:
            setattr(cell.api.Font, name, value)


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
    for down, row in enumerate(step.values):
        for across, value in enumerate(row):
            if isinstance(value, str) and value.startswith("'"):
                cell = sheet.range((step.row + down, step.column + across))
                if cell.value != value:  # here the apostrophe that marks a text was kept as part of it
                    cell.value = value


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
        held is None and cells.count > 1
    ):  # several formats: each cell keeps its own where that can show the value
        for cell in cells:
            _prepare(cell, kind)
    elif (
        (kind == _TEXT and held != _TEXT)
        or (kind in (_DATE, _TIME) and held in _PLAIN)
        or (kind == "General" and held == _TEXT)
    ):
        cells.number_format = kind


def _sent(value: Value) -> Value:
    """Excel takes a leading apostrophe as a mark of text, and drops it."""
    return f"'{value}" if isinstance(value, str) and value.startswith("'") else value
