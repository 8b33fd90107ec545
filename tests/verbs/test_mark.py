"""What mark writes into Findings: enough to find each cell again, also after its sheet was sorted."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from openpyxl import load_workbook

from cvsb_xl.books.marks import mark_formula
from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.tracker.edits import Link, ReplaceRows, ShowSheet
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.verbs.mark import marks
from tests.markdown import tracker_from

ACTIONS = """
## Actions
| action_id | action | due_on |
|---|---|---|
| A-0001 | Do it | On going |
"""


def finding(cell: str | None, severity: str = "error") -> Finding:
    return Finding("S502", "x", severity, "Says what", "Actions", cell, "actions", "A-0001", "due_on")  # type: ignore[arg-type]


def test_each_finding_has_its_place_its_key_and_its_columns_heading_the_worst_first() -> None:
    edits = marks(tracker_from(ACTIONS), [finding("A5", "hint"), finding("J5"), finding(None)])
    assert isinstance(edits[0], ReplaceRows)
    assert [(row["where"], row["key"], row["heading"]) for row in edits[0].rows] == [
        ("Actions!J5", "A-0001", "Due on"),
        ("Actions", "A-0001", None),
        ("Actions!A5", "A-0001", "Action ID"),
    ]
    assert edits[0].links == {(0, "where"): Link("Actions", "J5"), (2, "where"): Link("Actions", "A5")}
    assert edits[1] == ShowSheet("findings", visible=True)


def test_the_sheet_is_hidden_again_when_nothing_is_found() -> None:
    assert marks(tracker_from(ACTIONS), []) == [
        ReplaceRows("findings", [], {}),
        ShowSheet("findings", visible=False),
    ]


def test_every_sheet_that_people_work_in_has_the_mark_and_no_cell_has() -> None:
    tracker = tracker_from(ACTIONS)
    book = load_workbook(io.BytesIO(build_tracker(tracker, datetime(2027, 3, 31, tzinfo=UTC).date())))
    for table in tracker.framework.tables.values():
        formats = book[table.sheet].conditional_formatting
        formulas = [text for found in formats for rule in found.rules for text in rule.formula]
        assert sum("Findings_where" in text for text in formulas) == (table.kind == "input"), table.name


def test_a_row_is_found_by_its_key_and_by_its_address_where_no_one_field_is_its_key() -> None:
    tables = tracker_from(ACTIONS).framework.tables
    assert mark_formula(tables["actions"]).startswith('=IF($A5="",COUNTIF(Findings_where,"Actions!"&ADDRESS(')
    assert "COUNTIFS" not in mark_formula(tables["waivers"])
