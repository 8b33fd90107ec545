"""The Dashboard: figures that are live formulas over the tables, and native charts of them, on one landscape page.

Sixteen columns of one width: eight figures of two columns each stand on top, twice; below them two halves, each a stack of
small tables with their charts on the right. Words run over the empty cell beside them, so nothing is merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cvsb_xl.books.dashboard_charts import add_chart
from cvsb_xl.books.dashboard_figures import (
    ACTION_TILES,
    AGENCIES_SHOWN,
    LEARNING,
    OTHER_TILES,
    Block,
    Figure,
    agency_formulas,
    by_list,
    by_milestone,
    open_by_agency,
    open_by_area,
    other_agencies,
)
from cvsb_xl.books.drawing import Drawing, serial, write_tracker_top
from cvsb_xl.tracker.values import Value

DASHBOARD = "Dashboard"
_LEAD = "Where the Board's reviews and actions stand. Every figure is counted from the other sheets when the file is opened."
_NOTE = (
    "Open: neither complete nor stepped down. Due and overdue: by the revised date where an extension was ratified. "
    "Every action counts once: under the agency that leads it, and under its own area."
)
_COLUMNS, _HALF, _LABELS = 16, 8, 2
_WIDTH = 11
_BLOCKS_FROM = 10
_LEAST_ROWS = 8
"""A chart needs so many rows, with the empty one below it."""


def write_dashboard(drawing: Drawing, sheet: Any) -> None:
    """Write the Dashboard. `drawing.tracker` holds the live values of `drawing.today`."""
    write_tracker_top(drawing, sheet, DASHBOARD, _LEAD)
    formats, framework = drawing.formats, drawing.tracker.framework
    sheet.hide_gridlines(2)
    sheet.set_column(0, _COLUMNS - 1, _WIDTH)
    sheet.write_string(2, _COLUMNS - 2, "As at", formats("lead_right"))
    sheet.write_formula(2, _COLUMNS - 1, "=TODAY()", formats("marking", "date"), serial(drawing.today))
    _write_tiles(drawing, sheet, 4, ACTION_TILES)
    _write_tiles(drawing, sheet, 7, OTHER_TILES)
    left = (
        by_list(framework, "Actions by status", "actions", "status"),
        by_list(framework, "Reviews by stage", "reviews", "stage"),
    )
    right = (
        by_list(framework, "Actions by timeliness", "actions", "timeliness"),
        open_by_area(framework),
        by_milestone(framework),
        LEARNING,
    )
    row = _BLOCKS_FROM
    for block in left:
        row = _write_block(drawing, sheet, (row, 0), block)
    ends = [_write_agencies(drawing, sheet, row)]
    row = _BLOCKS_FROM
    for block in right:
        row = _write_block(drawing, sheet, (row, _HALF), block)
    last = max(*ends, row)
    sheet.write_string(last, 0, _NOTE, formats("lead"))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.print_area(0, 0, last, _COLUMNS - 1)
    sheet.freeze_panes(3, 0)


def _write_tiles(drawing: Drawing, sheet: Any, row: int, figures: Sequence[Figure]) -> None:
    formats, language = drawing.formats, drawing.language
    sheet.set_row(row, 22)
    sheet.set_row(row + 1, 34)
    for position, item in enumerate(figures):
        at = position * 2
        sheet.write_string(row, at, item.label, formats("tile", wrap=False))
        sheet.write_blank(row, at + 1, None, formats("tile"))
        formula = item.formula(drawing.tracker.framework, language)
        value = item.value(drawing.tracker, drawing.today)
        sheet.write_formula(row + 1, at, formula, formats("figure"), value)
        if item.wants_attention:
            told = {"type": "cell", "criteria": ">", "value": 0, "format": formats.tone("alert")}
            sheet.conditional_format(row + 1, at, row + 1, at, told)


def _write_block(drawing: Drawing, sheet: Any, at: tuple[int, int], block: Block) -> int:
    """Write a table and its chart; return the row on which the next one starts."""
    row, column = at
    _write_headings(drawing, sheet, at, block)
    for number, (label, figures) in enumerate(block.rows, row + 1):
        _write_label(drawing, sheet, (number, column), label)
        for offset, item in enumerate(figures):
            formula = item.formula(drawing.tracker.framework, drawing.language)
            value = item.value(drawing.tracker, drawing.today)
            _write_count(drawing, sheet, (number, column + _LABELS + offset), formula, value)
    return _finish(drawing, sheet, at, block, len(block.rows))


def _write_agencies(drawing: Drawing, sheet: Any, row: int) -> int:
    """Write the agencies that lead most open actions, and the sum of the rest, so that all open actions are there."""
    tracker = drawing.tracker
    block = Block("Actions by lead agency", ("Open", "Overdue"), ())
    _write_headings(drawing, sheet, (row, 0), block)
    held = open_by_agency(tracker)
    for rank in range(1, AGENCIES_SHOWN + 1):
        at = row + rank
        name, opens, overdue = agency_formulas(tracker.framework, drawing.language, rank, f"$A{at + 1}")
        values: tuple[str, int | str, int | str] = held[rank - 1] if rank <= len(held) else ("", "", "")
        sheet.write_formula(at, 0, name, drawing.formats("label"), values[0])
        sheet.write_blank(at, 1, None, drawing.formats("label"))
        _write_count(drawing, sheet, (at, _LABELS), opens, values[1])
        _write_count(drawing, sheet, (at, _LABELS + 1), overdue, values[2])
    last = row + AGENCIES_SHOWN + 1
    _write_label(drawing, sheet, (last, 0), "All others")
    whole = (ACTION_TILES[0], ACTION_TILES[1])
    for offset, (item, value) in enumerate(zip(whole, other_agencies(tracker), strict=True)):
        letter = "CD"[offset]
        formula = f"{item.formula(tracker.framework, drawing.language)}-SUM({letter}{row + 2}:{letter}{last})"
        _write_count(drawing, sheet, (last, _LABELS + offset), formula, value)
    return _finish(drawing, sheet, (row, 0), block, AGENCIES_SHOWN + 1)


def _write_headings(drawing: Drawing, sheet: Any, at: tuple[int, int], block: Block) -> None:
    row, column = at
    sheet.write_string(row, column, block.title, drawing.formats("column", wrap=False))
    sheet.write_blank(row, column + 1, None, drawing.formats("column"))
    for offset, heading in enumerate(block.headings):
        sheet.write_string(row, column + _LABELS + offset, heading, drawing.formats("column_right"))


def _write_label(drawing: Drawing, sheet: Any, at: tuple[int, int], words: str) -> None:
    sheet.write_string(*at, words, drawing.formats("label"))
    sheet.write_blank(at[0], at[1] + 1, None, drawing.formats("label"))


def _write_count(drawing: Drawing, sheet: Any, at: tuple[int, int], formula: str, value: Value) -> None:
    sheet.write_formula(*at, formula, drawing.formats("count", "integer"), value)


def _finish(drawing: Drawing, sheet: Any, at: tuple[int, int], block: Block, rows: int) -> int:
    row, column = at
    height = max(rows + 2, _LEAST_ROWS)
    place = (row, column + _LABELS + len(block.headings))
    add_chart(drawing.book, sheet, block, at, rows, place, (column + _HALF - place[1], height))
    return row + height
