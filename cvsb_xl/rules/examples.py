"""Trackers written as Markdown: how a rule's page shows its fault, and how a test plants it.

A line that is a sheet's name begins a table; the table's headings are the sheet's own. "Actions (these headings only)" is a sheet
that has no other columns, "Decisions (missing)" one that is not there. Tables that are not shown hold BACKDROP's rows.
Dates are written 2027-03-31; anything else in a date column is text, as somebody typed it. "=TODAY()+30 (2027-02-14)" is a formula
and what it last showed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from cvsb_xl.framework.schema import Field, Framework, Table
from cvsb_xl.tracker.locate import heading_key, read_table
from cvsb_xl.tracker.tables import HEADER_ROW, TableData, Tracker, tracker_of
from cvsb_xl.tracker.values import CellError, RawValue

EXAMPLE_DAY = date(2027, 1, 15)
"""The day on which every page's example is read."""

BACKDROP: Mapping[str, list[Mapping[str, RawValue]]] = {
    "agencies": [
        {"agency": "SWP", "name": "South Wales Police", "areas": "Cardiff; Vale of Glamorgan"},
        {"agency": "CDF", "name": "Cardiff Council", "areas": "Cardiff"},
        {"agency": "VOG", "name": "Vale of Glamorgan Council", "areas": "Vale of Glamorgan"},
    ],
    "reviews": [
        {
            "review_id": "RV-0001",
            "title": "Child A",
            "review_type": "SUSR",
            "started_on": date(2026, 1, 12),
        }
    ],
}
"""What stands in the tables that an example leaves out."""

_CAPTION = re.compile(r"([A-Z][A-Za-z ]+?)(?: \((these headings only|missing)\))?")
_FORMULA = re.compile(r"=.+ \((.*)\)")
_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")


def tracker_from(markdown: str, framework: Framework) -> Tracker:
    """Return the tracker that Markdown tables describe."""
    tables: dict[str, TableData] = {}
    lines = [line.strip() for line in markdown.splitlines()]
    for position, line in enumerate(lines):
        caption = _CAPTION.fullmatch(line)
        table = framework.by_sheet.get(caption[1]) if caption else None
        if caption is None or table is None:
            continue
        if caption[2] == "missing":
            tables[table.name] = TableData(table, found=False)
            continue
        block = []
        for row in lines[position + 1 :]:
            if row.startswith("|"):
                block.append(row)
            elif row:
                break
        tables[table.name] = _table(table, block, only_these=caption[2] is not None)
    backdrop = {name: rows for name, rows in BACKDROP.items() if name not in tables}
    tracker = tracker_of(framework, backdrop)
    return replace(tracker, tables={**tracker.tables, **tables})


def _table(table: Table, block: list[str], *, only_these: bool) -> TableData:
    rows = [
        [html.unescape(cell.strip()).replace("<br>", "\n") for cell in line.strip("|").split("|")]
        for line in block
    ]
    headings = rows[0]
    fields = {heading_key(field.title): field for field in table.fields}
    known = [fields.get(heading_key(heading)) for heading in headings]
    others = [] if only_these else [field.title for field in table.fields if field not in known]
    formulas = set()
    for number, row in enumerate(rows[2:], HEADER_ROW + 1):
        for column, cell in enumerate(row, 1):
            written = _FORMULA.fullmatch(cell)
            if written:
                formulas.add((number, column))
                row[column - 1] = written[1]
    grid: list[list[RawValue]] = [[] for _ in range(HEADER_ROW - 1)]
    grid.append([*headings, *others])
    grid += [[_value(field, cell) for field, cell in zip(known, row, strict=True)] for row in rows[2:]]
    return read_table(table, grid, formulas=formulas)


def _value(field: Field | None, text: str) -> RawValue:
    if not text:
        return None
    if text in _ERRORS:
        return CellError(text)
    if field and field.type == "date" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return date.fromisoformat(text)
    if field and field.type == "integer" and text.isdigit():
        return int(text)
    return text
