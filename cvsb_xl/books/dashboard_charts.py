"""The charts of the Dashboard: native bar charts, each beside its table, told apart by pattern as well as by colour."""

from __future__ import annotations

from typing import Any

from cvsb_xl.books.dashboard_figures import Block
from cvsb_xl.books.style import ACCENT, ACCENT_PALE, FONT, INK, QUIET, TONES

_ALERT = str(TONES["alert"]["font_color"])
_COLUMN, _ROW = 82, 20
"""Pixels of a column eleven characters wide, and of a row of the usual height."""
_FONT = {"name": FONT, "size": 9, "color": INK}
_PLAIN: dict[str, Any] = {"fill": {"color": ACCENT}, "border": {"none": True}}
_HATCHED: dict[str, Any] = {
    "pattern": {"pattern": "wide_upward_diagonal", "fg_color": _ALERT, "bg_color": "#FFFFFF"},
    "border": {"color": _ALERT},
}
_PALE: dict[str, Any] = {"fill": {"color": ACCENT_PALE}, "border": {"color": ACCENT}}
_LOOKS = (_PLAIN, _HATCHED, _PALE)


def add_chart(
    book: Any,
    sheet: Any,
    block: Block,
    table: tuple[int, int],
    rows: int,
    place: tuple[int, int],
    size: tuple[int, int],
) -> None:
    """Put a block's chart beside its table.

    Args:
        table: where its headings start (row, column from 0); `rows` rows stand below them, the figures from the third column.
        place: where the chart starts.
        size: the columns and rows it may take.
    """
    name = sheet.get_name()
    first, last, labels = table[0] + 1, table[0] + rows, table[1]
    chart = book.add_chart({"type": "bar", **({"subtype": "stacked"} if block.together else {})})
    for number in range(len(block.headings)):
        column = labels + 2 + number
        series: dict[str, Any] = {
            "name": [name, table[0], column],
            "categories": [name, first, labels, last, labels],
            "values": [name, first, column, last, column],
            "gap": 40,
            **_LOOKS[number],
        }
        if not number and not block.together:
            # A part of a bar has its number in the table beside it: two numbers on one bar would stand on each other.
            series["data_labels"] = {"value": True, "num_format": "0;;", "font": _FONT}
            # The second series lies on the first, of which it is a part.
            series["overlap"] = 100
        chart.add_series(series)
    chart.set_title({"none": True})
    # The first word of the list stands on top, as it does in the table.
    chart.set_y_axis(
        {"reverse": True, "num_font": _FONT, "line": {"color": QUIET}, "major_tick_mark": "none"}
    )
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    chart.set_legend({"position": "bottom", "font": _FONT} if len(block.headings) > 1 else {"none": True})
    chart.set_chartarea({"border": {"none": True}, "fill": {"none": True}})
    columns, height = size
    chart.set_size({"width": columns * _COLUMN - 24, "height": height * _ROW - 12})
    told = {"x_offset": 12, "y_offset": 0, "object_position": 1, "description": _alt_text(block, table, rows)}
    sheet.insert_chart(*place, chart, told)


def _alt_text(block: Block, table: tuple[int, int], rows: int) -> str:
    first, last = (chr(ord("A") + column) for column in (table[1], table[1] + 1 + len(block.headings)))
    return (
        f"Bar chart: {block.title.lower()}. The figures stand in cells {first}{table[0] + 1} to {last}{table[0] + rows + 1} "
        "of this sheet."
    )
