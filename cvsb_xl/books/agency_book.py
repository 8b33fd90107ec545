"""Draw an agency sheet as a workbook: plain .xlsx, no macros, made for people with little time."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from cvsb_xl.books.agency_start import write_start
from cvsb_xl.books.agency_table import PROTECTION, write_agency_table
from cvsb_xl.books.drawing import MARKING, Looks, heading_height, print_table, write_top, write_value
from cvsb_xl.books.finishing import finished
from cvsb_xl.books.new_book import new_book
from cvsb_xl.books.style import ACCENT, ACCENT_PALE, Formats, Kind
from cvsb_xl.merge.printed import carried_words
from cvsb_xl.merge.sheet import (
    CARRIER_SHEET,
    LISTS_SHEET,
    OVERVIEW_SHEET,
    SHEET_ID_PROPERTY,
    START_SHEET,
    AgencySheet,
)
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.xlsx.fitting import text_height

_OVERVIEW_LEAD = (
    "Every published review: what it recommended, what is being done, by whom, and where it stands. To read."
)
_HEADINGS_ROW = 4
_NARROWEST, _WIDEST = 11, 46


def build_agency_sheet(sheet: AgencySheet) -> bytes:
    """Return an agency sheet as an .xlsx workbook.

    Sheets: Start here; one for each issued table; Overview; hidden Lists; very hidden `_cvsb` with `sheet.carrier`. They are
    protected without a password: a courtesy, not a control. What may change is decided on return.
    """
    made = io.BytesIO()
    book = new_book(made)
    formats = Formats(book)
    start = book.add_worksheet(START_SHEET)
    start.set_tab_color(ACCENT)
    sheets = [book.add_worksheet(table.table.sheet) for table in sheet.tables]
    overview = book.add_worksheet(OVERVIEW_SHEET)
    lists = {"review_id": f"={LISTS_SHEET}!$A$2:$A${len(sheet.reviews) + 1}"} if sheet.reviews else {}
    drawn = []
    for drawn_on, table in zip(sheets, sheet.tables, strict=True):
        drawn_on.set_tab_color(ACCENT_PALE)
        drawn.append(write_agency_table(formats, drawn_on, sheet, table, lists))
    write_start(formats, start, sheet, drawn)
    _write_overview(formats, overview, sheet)
    _write_lists(book, sheet.reviews)
    _write_carrier(book, {**sheet.carrier, **carried_words(_printed(book, sheet))})
    start.activate()
    book.set_properties({
        "title": f"{sheet.agency_name}: your part in the Board's actions",
        "subject": "Assignments, acknowledgements and dissemination to fill in and return",
        "author": sheet.board_name,
        "company": sheet.board_name,
        "created": sheet.issued_at.replace(tzinfo=None),
    })  # fmt: skip
    book.set_custom_property(SHEET_ID_PROPERTY, sheet.sheet_id)
    book.close()
    return finished(made.getvalue(), formats.by_role)


def _printed(book: Any, sheet: AgencySheet) -> set[str]:
    """Return every word the workbook shows beside the values it was issued with: whatever else comes back was typed."""
    issued = {as_text(value) for table in sheet.tables for row in table.rows for value in row.values()}
    to_read = {as_text(value) for row in sheet.overview for value in row.values() if value is not None}
    to_read.update(text for pair in sheet.reviews for text in pair)
    return set(book.str_table.string_table) - issued | to_read


def _write_overview(formats: Formats, sheet: Any, issued: AgencySheet) -> None:
    lead = _OVERVIEW_LEAD if issued.overview else "No review is published at present."
    write_top(formats, sheet, OVERVIEW_SHEET, lead, START_SHEET)
    sheet.write_string(*MARKING, issued.marking, formats("marking"))
    sheet.protect(options=PROTECTION)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3: the words of a recommendation and of an action stand side by side
    sheet.fit_to_pages(1, 0)
    if not issued.overview:
        return
    headings = list(issued.overview[0])
    widths = [_width(heading, issued.overview) for heading in headings]
    columns = [{"header": heading, "header_format": formats("heading_computed")} for heading in headings]
    last = _HEADINGS_ROW + len(issued.overview)
    options = {"name": OVERVIEW_SHEET, "columns": columns, "style": None, "banded_rows": False}
    sheet.add_table(_HEADINGS_ROW - 1, 0, last - 1, len(headings) - 1, options)
    sheet.set_row(_HEADINGS_ROW - 1, heading_height(zip(headings, widths, strict=True)))
    for position, width in enumerate(widths):
        sheet.set_column(position, position, width)
    for offset, row in enumerate(issued.overview):
        for position, heading in enumerate(headings):
            write_value(
                formats,
                sheet,
                (_HEADINGS_ROW + offset, position),
                row.get(heading),
                Looks("record", _kind(row[heading])),
            )
        texts = [(as_text(row.get(heading)), width) for heading, width in zip(headings, widths, strict=True)]
        sheet.set_row(_HEADINGS_ROW + offset, text_height(texts))
    sheet.freeze_panes(_HEADINGS_ROW, 1)
    last_cell = (last - 1, len(headings) - 1)
    print_table(sheet, OVERVIEW_SHEET, last_cell, repeated=(MARKING[0], _HEADINGS_ROW - 1), across=1)


def _kind(value: Value) -> Kind:
    return "text" if isinstance(value, str) else "general"


def _width(heading: str, rows: Sequence[Mapping[str, Value]]) -> int:
    longest = max(len(as_text(row.get(heading))) for row in rows)
    return min(max(longest + 2, len(heading) + 3, _NARROWEST), _WIDEST)


def _write_lists(book: Any, reviews: Sequence[tuple[str, str]]) -> None:
    """Lists that are too long, or too changing, to stand in a validation."""
    sheet = book.add_worksheet(LISTS_SHEET)
    for position, heading in enumerate(("Review ID", "Review")):
        sheet.write_string(0, position, heading)
    for number, pair in enumerate(reviews, 1):
        for position, text in enumerate(pair):
            sheet.write_string(number, position, text)
    sheet.protect()
    sheet.hide()


def _write_carrier(book: Any, carrier: Mapping[str, str]) -> None:
    sheet = book.add_worksheet(CARRIER_SHEET)
    for number, (name, value) in enumerate(carrier.items()):
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, value)
    sheet.protect()
    sheet.very_hidden()
