"""Build a tracker's workbook from nothing, in the house style."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from cvsb_xl.books.dashboard import DASHBOARD, write_dashboard
from cvsb_xl.books.drawing import GUIDE, Drawing, keys_name
from cvsb_xl.books.finishing import finished
from cvsb_xl.books.guide import write_guide
from cvsb_xl.books.live_formulas import column
from cvsb_xl.books.live_values import with_live_values
from cvsb_xl.books.marks import name_findings
from cvsb_xl.books.new_book import new_book
from cvsb_xl.books.style import ACCENT, ACCENT_PALE, Formats
from cvsb_xl.books.table_sheet import write_table_sheet
from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.schema import Table
from cvsb_xl.tracker.memory import LAST_SHEET, lines
from cvsb_xl.tracker.tables import Tracker

META_SHEET = "_cvsb"
_SHOWN_WHILE_FILLED = ("conflicts", "findings", "ratification")
_MOST_CHARACTERS = 32_767


def build_tracker(tracker: Tracker, today: date) -> bytes:
    """Return a tracker as an .xlsx workbook.

    Every table of the framework gets its sheet; generated rows are written as they stand in `tracker`, live columns get
    their formula and, as its cached value, what Python answers for `today`.

    Raises:
        CannotDo: when a value of `tracker.meta` is longer than a cell holds.
    """
    made = io.BytesIO()
    book = new_book(made)
    tracker = with_live_values(tracker, today)
    drawing = Drawing(book, Formats(book), tracker, today)
    today_table = tracker.framework["today"]
    others = [table for table in tracker.framework.tables.values() if table.name != "today"]
    sheets: dict[str, Any] = {"today": book.add_worksheet(today_table.sheet)}
    dashboard = book.add_worksheet(DASHBOARD)
    for table in others:
        sheets[table.name] = book.add_worksheet(table.sheet)
    guide = book.add_worksheet(GUIDE)
    _name_keys(book, tracker)
    name_findings(book, tracker.framework, tracker.language)
    for table in [today_table, *others]:
        sheet = sheets[table.name]
        write_table_sheet(drawing, sheet, tracker[table.name])
        sheet.set_tab_color(ACCENT if table.name == "today" else ACCENT_PALE)
        if not _shown(tracker, table):
            sheet.hide()
    write_dashboard(drawing, dashboard)
    write_guide(
        drawing, guide, ["Today", DASHBOARD, *(table.sheet for table in others if _shown(tracker, table))]
    )
    _write_hidden(book, tracker)
    sheets["today"].activate()
    _set_properties(book, tracker)
    book.close()
    return finished(made.getvalue(), drawing.formats.by_role)


def _name_keys(book: Any, tracker: Tracker) -> None:
    """Name the columns that other tables refer to, for drop-down lists that grow as the table does."""
    tables = tracker.framework.tables
    for name in {link.table for table in tables.values() for link in table.foreign_keys}:
        table = tables[name]
        book.define_name(keys_name(table), f"={column(table, table.key, tracker.language)}")


def _shown(tracker: Tracker, table: Table) -> bool:
    if table.name in _SHOWN_WHILE_FILLED:
        return len(tracker[table.name]) > 0
    return table.shown or table.name == "today"


def _write_hidden(book: Any, tracker: Tracker) -> None:
    meta = book.add_worksheet(META_SHEET)
    for number, (name, value) in enumerate(tracker.meta.items()):
        if len(value) > _MOST_CHARACTERS:
            raise CannotDo(
                f"The tracker's own record {name} has {len(value):,} characters; a cell holds 32,767."
            )
        meta.write_string(number, 0, name)
        meta.write_string(number, 1, value)
    meta.very_hidden()
    last = book.add_worksheet(LAST_SHEET)
    for position, heading in enumerate(("table", "key", "json")):
        last.write_string(0, position, heading)
    for number, ((table, key), line) in enumerate(lines(tracker).items(), 1):
        for position, text in enumerate((table, key, line)):
            last.write_string(number, position, text)
    last.very_hidden()


def _set_properties(book: Any, tracker: Tracker) -> None:
    board = tracker.setting("board_name")
    book.set_properties({
        "title": f"{board}: review and action tracker",
        "subject": "Reviews, recommendations, actions and what became of them",
        "author": board,
        "company": board,
        "comments": "Built by cvsb-xl. The Guide sheet says what each sheet is for.",
    })  # fmt: skip
    if tracker.meta.get("tracker_id"):
        book.set_custom_property("cvsb_tracker_id", tracker.meta["tracker_id"])
