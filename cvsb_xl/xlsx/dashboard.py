"""The Dashboard: figures that are live formulas over the tables, and native charts of them, on one landscape page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cvsb_xl.xlsx.dashboard_figures import (
    ACTION_TILES,
    OTHER_TILES,
    Figure,
    agency_formulas,
    by_list,
    open_by_agency,
)
from cvsb_xl.xlsx.drawing import Drawing, serial, write_tracker_top
from cvsb_xl.xlsx.style import ACCENT, FONT, INK, QUIET, TONES

DASHBOARD = "Dashboard"
_LEAD = "Where the Board's reviews and actions stand. Every figure is counted from the other sheets when the file is opened."
_AGENCIES_SHOWN = 10
_LABEL_WIDTH, _COUNT_WIDTH, _CHART_WIDTH = 30, 14, 26
_CHARTS_FROM = 3
"""The first column under the charts; the tables stand left of it."""
_ALERT = str(TONES["alert"]["font_color"])


@dataclass(frozen=True, slots=True)
class _Block:
    """A small table and the chart of it. Rows are counted from 0; `first` is the first row under the headings."""

    title: str
    first: int
    last: int
    series: tuple[str, ...]


def write_dashboard(drawing: Drawing, sheet: Any) -> None:
    """Write the Dashboard. `drawing.tracker` holds the live values of `drawing.today`."""
    write_tracker_top(drawing, sheet, DASHBOARD, _LEAD)
    formats = drawing.formats
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, _LABEL_WIDTH)
    sheet.set_column(1, 2, _COUNT_WIDTH)
    sheet.set_column(_CHARTS_FROM, _CHARTS_FROM + 3, _CHART_WIDTH)
    sheet.write_string(2, 5, "As at", formats("lead_right"))
    sheet.write_formula(2, 6, "=TODAY()", formats("marking", "date"), serial(drawing.today))
    _write_tiles(drawing, sheet, 4, ACTION_TILES)
    _write_tiles(drawing, sheet, 7, OTHER_TILES)
    framework = drawing.tracker.framework
    blocks = [_write_block(drawing, sheet, 10, "Actions by status", by_list(framework, "actions", "status"))]
    blocks.append(_write_block(drawing, sheet, blocks[-1].last + 2, "Actions by timeliness", by_list(framework, "actions", "timeliness")))  # fmt: skip
    blocks.append(_write_block(drawing, sheet, blocks[-1].last + 2, "Reviews by stage", by_list(framework, "reviews", "stage")))  # fmt: skip
    blocks.append(_write_agencies(drawing, sheet, blocks[-1].last + 2))
    height = (blocks[-1].last - 10 + 1) * 20 // 2
    for number, block in enumerate(blocks):
        chart = _chart(drawing.book, block, height)
        across, down = number % 2, number // 2
        place = {"x_offset": 12, "y_offset": 0, "object_position": 1, "description": _alt_text(block)}
        sheet.insert_chart(10 + down * ((blocks[-1].last - 9) // 2), _CHARTS_FROM + 2 * across, chart, place)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.center_horizontally()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.print_area(0, 0, blocks[-1].last, _CHARTS_FROM + 3)
    sheet.freeze_panes(3, 0)


def _write_tiles(drawing: Drawing, sheet: Any, row: int, figures: Sequence[Figure]) -> None:
    formats, language = drawing.formats, drawing.language
    sheet.set_row(row, 30)
    sheet.set_row(row + 1, 34)
    for position, item in enumerate(figures):
        value = item.value(drawing.tracker, drawing.today)
        sheet.write_string(row, position, item.label, formats("tile"))
        formula = item.formula(drawing.tracker.framework, language)
        sheet.write_formula(row + 1, position, formula, formats("figure"), value)
        if item.wants_attention:
            cell = (row + 1, position, row + 1, position)
            sheet.conditional_format(
                *cell, {"type": "cell", "criteria": ">", "value": 0, "format": formats.tone("alert")}
            )


def _write_block(drawing: Drawing, sheet: Any, row: int, title: str, figures: Sequence[Figure]) -> _Block:
    formats = drawing.formats
    sheet.write_string(row, 0, title, formats("column"))
    sheet.write_string(row, 1, "Number", formats("column_right"))
    for offset, item in enumerate(figures, 1):
        sheet.write_string(row + offset, 0, item.label, formats("label"))
        formula = item.formula(drawing.tracker.framework, drawing.language)
        value = item.value(drawing.tracker, drawing.today)
        sheet.write_formula(row + offset, 1, formula, formats("count", "integer"), value)
    return _Block(title, row + 1, row + len(figures), ("Number",))


def _write_agencies(drawing: Drawing, sheet: Any, row: int) -> _Block:
    formats, tracker = drawing.formats, drawing.tracker
    title = "Open actions by lead agency"
    for position, heading in enumerate((title, "Open", "Overdue")):
        sheet.write_string(row, position, heading, formats("column_right" if position else "column"))
    held = open_by_agency(tracker)
    for rank in range(1, _AGENCIES_SHOWN + 1):
        at = row + rank
        formulas = agency_formulas(tracker.framework, drawing.language, rank, f"$A{at + 1}")
        values = held[rank - 1] if rank <= len(held) else ("", "", "")
        looks = (formats("label"), formats("count", "integer"), formats("count", "integer"))
        for position, (formula, value, look) in enumerate(zip(formulas, values, looks, strict=True)):
            sheet.write_formula(at, position, formula, look, value)
    return _Block(title, row + 1, row + _AGENCIES_SHOWN, ("Open", "Overdue"))


def _chart(book: Any, block: _Block, height: int) -> Any:
    chart = book.add_chart({"type": "bar"})
    for number, name in enumerate(block.series):
        chart.add_series({
            "name": name,
            "categories": [DASHBOARD, block.first, 0, block.last, 0],
            "values": [DASHBOARD, block.first, number + 1, block.last, number + 1],
            "fill": {"color": _ALERT if number else ACCENT},
            "pattern": {"pattern": "wide_upward_diagonal", "fg_color": _ALERT, "bg_color": "#FFFFFF"} if number else None,
            "border": {"none": True} if not number else {"color": _ALERT},
            "gap": 45,
            "data_labels": {"value": True, "num_format": "0;;", "font": {"name": FONT, "size": 9, "color": INK}},
        })  # fmt: skip
    chart.set_title(
        {
            "name": block.title,
            "name_font": {"name": FONT, "size": 11, "bold": True, "color": ACCENT},
            "overlay": False,
        }
    )
    # The first word of the list stands on top, as it does in the table.
    chart.set_y_axis({"reverse": True, "num_font": {"name": FONT, "size": 9, "color": INK}, "line": {"color": QUIET},
                      "major_tick_mark": "none"})  # fmt: skip
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    if len(block.series) > 1:
        chart.set_legend({"position": "bottom", "font": {"name": FONT, "size": 9, "color": INK}})
    else:
        chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    # Room on the right for the number beside the longest bar, on the left for the longest word.
    chart.set_plotarea(
        {"layout": {"x": 0.34, "y": 0.13, "width": 0.54, "height": 0.72 if len(block.series) > 1 else 0.82}}
    )
    chart.set_size({"width": 372, "height": height})
    return chart


def _alt_text(block: _Block) -> str:
    return (
        f"Bar chart: {block.title.lower()}. The figures stand in cells A{block.first} to "
        f"{'C' if len(block.series) > 1 else 'B'}{block.last + 1} of this sheet."
    )
