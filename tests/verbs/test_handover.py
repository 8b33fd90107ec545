"""`handover`: what is open moves, history keeps the old name, and a sheet that is still out is accepted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import load_framework
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.handover import HandoverReport, handover
from cvsb_xl.verbs.issue import issue
from cvsb_xl.verbs.sample import sample_rows
from tests.rounds import META, TODAY, answered, context, issued, merged, outcomes, settled, tables_of

TRACKER = """
## Agencies
| agency | name             | areas   | board_partner | contact_name | contact_email   |
|--------|------------------|---------|---------------|--------------|-----------------|
| NPS    | National Service | Cardiff | Yes           | Ann Example  | ann@example.org |
| PROB   | New Service      | Cardiff | Yes           |              |                 |
| SWP    | Police           | Cardiff | Yes           |              |                 |
## Members
| email           | name        | agency | active |
|-----------------|-------------|--------|--------|
| ann@example.org | Ann Example | NPS    | Yes    |
| bob@example.org | Bob Example | PROB   | Yes    |
## Reviews
| review_id | title  | review_type | started_on | report_published_on | stage     | review_manager |
|-----------|--------|-------------|------------|---------------------|-----------|----------------|
| RV-1      | A case | SUSR        | 2026-01-05 | 2026-12-01          | Published | Ann Example    |
## Actions
| action_id | review_id | action  | lead_agency | area    | contributing | due_on     |
|-----------|-----------|---------|-------------|---------|--------------|------------|
| A-1       | RV-1      | Open    | NPS         | Cardiff | SWP          | 2027-06-01 |
| A-2       | RV-1      | Helped  | SWP         | Cardiff | NPS          | 2027-06-01 |
| A-3       | RV-1      | Closed  | NPS         | Cardiff |              | 2026-06-01 |
| A-4       | RV-1      | Both in | PROB        | Cardiff | NPS          | 2027-06-01 |
## Assignments
| assignment_id | action_id | agency | area    | role         | progress          | lead_name   | lead_email      | evidence | updated_on |
|---------------|-----------|--------|---------|--------------|-------------------|-------------|-----------------|----------|------------|
| AS-1          | A-1       | NPS    | Cardiff | Lead         | In progress       | Ann Example | ann@example.org | A list   | 2027-01-10 |
| AS-2          | A-1       | SWP    | Cardiff | Contributing |                   |             |                 |          |            |
| AS-3          | A-2       | SWP    | Cardiff | Lead         |                   |             |                 |          |            |
| AS-4          | A-2       | NPS    | Cardiff | Contributing |                   |             |                 |          |            |
| AS-5          | A-3       | NPS    | Cardiff | Lead         | Proposed complete | Ann Example | ann@example.org | Minutes  | 2026-05-10 |
| AS-6          | A-4       | PROB   | Cardiff | Lead         |                   |             |                 |          |            |
| AS-7          | A-4       | NPS    | Cardiff | Contributing |                   |             |                 |          |            |
## Decisions
| decision_id | body           | meeting_on | action_id | proposal | decision |
|-------------|----------------|------------|-----------|----------|----------|
| D-1         | Delivery Group | 2026-07-01 | A-3       | Complete | Ratified |
"""


def handed(
    tracker: Tracker, old: str = "NPS", new: str = "PROB", on: date | None = None
) -> tuple[Tracker, HandoverReport]:
    outcome = handover(tracker, context(), old, new, on=on)
    return apply_edits(tracker, outcome.edits), outcome.report


def test_open_rows_move_and_closed_ones_keep_the_old_name() -> None:
    after, report = handed(settled(TRACKER), on=date(2027, 3, 1))
    rows = after["assignments"].by_key
    assert [rows[key].text("agency") for key in ("AS-1", "AS-4", "AS-7", "AS-5")] == [
        "PROB",
        "PROB",
        "PROB",
        "NPS",
    ]
    actions = after["actions"].by_key
    assert [actions[key].text("lead_agency") for key in ("A-1", "A-3")] == ["PROB", "NPS"]
    assert actions["A-2"].text("contributing") == "PROB"
    assert actions["A-4"]["contributing"] is None
    old = after["agencies"].by_key["NPS"]
    assert (old["active_to"], old.text("succeeded_by")) == (date(2027, 2, 28), "PROB")
    assert ("assignments", "AS-1") in report.moved
    assert any("PROB now has two parts in A-4: AS-6 and AS-7." in words for words in report.notes)
    assert any(
        words.startswith("AS-1 still names the person who led for the old agency") for words in report.notes
    )


def test_history_keeps_the_old_name_in_the_log() -> None:
    after, _ = handed(settled(TRACKER))
    logged = [
        (row.text("key"), row.text("before"), row.text("after"))
        for row in after["change-log"]
        if row["field"] == "agency" and row["verb"] == "handover"
    ]
    assert ("AS-1", "NPS", "PROB") in logged


def test_nothing_but_what_was_handed_over_changes() -> None:
    before = settled(TRACKER)
    after, _ = handed(before)
    allowed = {("assignments", "agency"), ("actions", "lead_agency"), ("actions", "contributing"), ("actions", "waiting_on"),
               ("agencies", "active_to"), ("agencies", "succeeded_by"), ("acknowledgements", "agency"), ("actions", "latest_update")}  # fmt: skip
    one, two = tables_of(before), tables_of(after)
    changed = {
        (table, name)
        for table, rows in one.items()
        for key, row in rows.items()
        for name, value in row.items()
        if two[table][key][name] != value
    }
    assert changed <= allowed
    assert {table: set(rows) for table, rows in one.items()} == {
        table: set(rows) for table, rows in two.items()
    }


def test_an_outstanding_sheet_of_the_old_agency_is_merged_by_its_assignments() -> None:
    """Issued to NPS, handed over to PROB, then returned by NPS: its answer is applied to the row that PROB now holds."""
    tracker, sheet = issued(settled(TRACKER), "NPS")
    tracker, report = handed(tracker)
    assert any("is still out with NPS" in words for words in report.notes)
    tracker, merge = merged(tracker, answered(sheet, {("AS-1", "progress_update"): "We finished the list."}))
    assert {item[:3] for item in outcomes(merge)} == {("AS-1", "progress_update", "applied")}
    row = tracker["assignments"].by_key["AS-1"]
    assert (row.text("agency"), row.text("progress_update")) == ("PROB", "We finished the list.")


def test_the_new_agency_gets_the_rows_on_its_next_sheet_and_the_old_one_none() -> None:
    after, _ = handed(settled(TRACKER))
    sheets = {sheet.agency: sheet for sheet in issue(after, context()).documents}
    assert "NPS" not in sheets
    shown = {str(row["assignment_id"]) for row in sheets["PROB"].tables[0].rows}
    assert {"AS-1", "AS-4", "AS-6", "AS-7"} <= shown


def test_a_person_hands_over_open_assignments_reviews_and_contacts() -> None:
    after, report = handed(settled(TRACKER), "ann@example.org", "bob@example.org")
    rows = after["assignments"].by_key
    assert (rows["AS-1"].text("lead_name"), rows["AS-1"].text("lead_email")) == (
        "Bob Example",
        "bob@example.org",
    )
    assert rows["AS-5"].text("lead_name") == "Ann Example"
    assert after["reviews"].by_key["RV-1"].text("review_manager") == "Bob Example"
    assert after["agencies"].by_key["NPS"].text("contact_email") == "bob@example.org"
    assert after["members"].by_key["ann@example.org"].text("active") == "No"
    assert (report.kind, report.old, report.new) == ("person", "Ann Example", "Bob Example")


@pytest.mark.parametrize("new", ["Cyd New <cyd@example.org>", "Bob Example", "BOB@example.org"])
def test_a_new_person_is_known_by_address_name_or_both(new: str) -> None:
    after, _ = handed(settled(TRACKER), "Ann Example", new)
    assert after["assignments"].by_key["AS-1"].text("lead_email").casefold() in (
        "cyd@example.org",
        "bob@example.org",
    )


@pytest.mark.parametrize(
    ("old", "new", "on", "words"),
    [
        ("NPS", "NOPE", None, "not in Agencies"),
        ("NPS", "nps", None, "cannot hand over to itself"),
        ("NPS", "PROB", TODAY + timedelta(days=1), "still to come"),
        ("Nobody Known", "Bob Example", None, "no code of Agencies"),
        ("Ann Example", "Cyd New", None, "is not in Members"),
        ("Ann Example", "ann@example.org", None, "cannot hand over to themself"),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(old: str, new: str, on: date | None, words: str) -> None:
    with pytest.raises(CannotDo, match=words):
        handed(settled(TRACKER), old, new, on)


def left_out(tracker: Tracker) -> list[str]:
    """Return the open assignments that no sheet carries because their agency has left."""
    return [item.key or "" for item in issue(tracker, context()).findings if item.code == "O106"]


def test_it_cures_an_agency_that_left_with_rows_still_open() -> None:
    """The sample has one: after the handover no open row of an agency that has left is found (O106)."""
    tracker = tracker_of(load_framework(), sample_rows(load_framework(), TODAY), META)
    assert left_out(tracker) == ["AS-0008"]
    after, _ = handed(tracker)
    assert left_out(after) == []
    assert after["agencies"].by_key["NPS"]["active_to"] == tracker["agencies"].by_key["NPS"]["active_to"]
