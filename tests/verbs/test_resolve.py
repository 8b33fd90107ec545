"""What people decide in Conflicts is done as they decided it; what has moved under their hands is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cvsb_xl.tracker.edits import SetCell, apply_edits
from cvsb_xl.tracker.tables import Tracker, typed_row
from cvsb_xl.tracker.values import RawValue
from cvsb_xl.verbs.resolve import ResolveReport, resolve
from tests.merge.tracker import TRACKER
from tests.rounds import TODAY, answered, by_hand, context, issued, merged, settled
from tests.verbs.kept import saved

BARRIERS = ("AS-0003", "barriers")


def _round() -> tuple[Tracker, object]:
    tracker, sheet = issued(settled(TRACKER), "SWP")
    return saved(tracker), sheet


def _conflict(
    field: str = "barriers", manager: RawValue = "Ours", agency: RawValue = "Theirs"
) -> tuple[Tracker, object]:
    """A tracker with one conflict: the manager and the agency both changed a cell of AS-0003."""
    tracker, sheet = _round()
    tracker = by_hand(tracker, "assignments", "AS-0003", field, manager)
    after, report = merged(tracker, answered(sheet, {("AS-0003", field): agency}))
    assert report.counts.conflicts == 1
    return saved(after), sheet


def decide(tracker: Tracker, decision: str, value: RawValue = None, only: str | None = None) -> Tracker:
    """Type a decision beside every open conflict, or beside those of one field; read as a file would be."""
    data = tracker["conflicts"]
    rows = [
        typed_row(data.schema, {**row.values, "decision": decision, "value": value}, row.number)
        if row["state"] == "Open" and only in (None, row["field"])
        else row
        for row in data
    ]
    return tracker.with_table("conflicts", replace(data, rows=tuple(rows)))


def resolved(tracker: Tracker) -> tuple[Tracker, ResolveReport]:
    outcome = resolve(tracker, context())
    return saved(tracker, outcome.edits), outcome.report


def cell(tracker: Tracker, key: str, field: str) -> object:
    return tracker["assignments"].by_key[key][field]


def test_keeping_the_tracker_closes_the_conflict_and_changes_no_cell():
    tracker, _ = _conflict()
    after, report = resolved(decide(tracker, "Keep tracker"))
    assert [item.done for item in report.settled] == [True]
    assert cell(after, *BARRIERS) == "Ours"
    (row,) = after["conflicts"]
    assert (row["state"], row["decided_by"], row["decided_on"]) == ("Decided", "tester", TODAY)
    assert after["assignments"].rows == tracker["assignments"].rows


def test_taking_the_return_puts_its_words_there_and_the_log_says_where_they_came_from():
    tracker, sheet = _conflict()
    after, _ = resolved(decide(tracker, "Take return"))
    assert cell(after, *BARRIERS) == "Theirs"
    row = next(row for row in reversed(after["change-log"].rows) if row["field"] == "barriers")
    assert (row["verb"], row["by"], row["before"], row["after"]) == ("resolve", "tester", "Ours", "Theirs")
    assert row.text("source").startswith(sheet.sheet_id)


@pytest.mark.parametrize(("decision", "source"), [("Take return", None), ("Use this value", "by hand")])
def test_a_settled_cell_dates_its_assignment_since_a_proposal_is_told_from_its_day(decision, source):
    tracker, sheet = _conflict("progress", "Not started", "Proposed complete")
    tracker = by_hand(tracker, "assignments", "AS-0003", "updated_on", date(2026, 1, 1))
    after, _ = resolved(decide(tracker, decision, "Proposed complete" if source else None))
    assert cell(after, "AS-0003", "progress") == "Proposed complete"
    assert cell(after, "AS-0003", "updated_on") == TODAY
    assert cell(after, "AS-0003", "updated_from") == (source or sheet.sheet_id)


@pytest.mark.parametrize("value", ["31 March 2028", "2028-03-31", date(2028, 3, 31)])
def test_a_free_value_is_read_as_its_column_needs_it(value):
    tracker, _ = _conflict("expected_on", date(2027, 5, 1), date(2027, 6, 1))
    after, _ = resolved(decide(tracker, "Use this value", value))
    assert cell(after, "AS-0003", "expected_on") == date(2028, 3, 31)


@pytest.mark.parametrize(
    ("value", "words"),
    [("soon", '"soon" is not a date'), ("03/04/27", "more than one date"), (None, "needs a value")],
)
def test_a_free_value_that_does_not_fit_is_refused_in_words_and_the_conflict_stays_open(value, words):
    tracker, _ = _conflict("expected_on", date(2027, 5, 1), date(2027, 6, 1))
    after, report = resolved(decide(tracker, "Use this value", value))
    (item,) = report.settled
    assert not item.done
    assert words in item.words
    assert cell(after, "AS-0003", "expected_on") == date(2027, 5, 1)
    assert after["conflicts"].rows[0]["state"] == "Open"


@pytest.mark.parametrize(
    ("welsh", "becomes"),
    [("Cadw'r traciwr", "Ours"), ("cymryd y ffurflen", "Theirs"), ("Defnyddio’r gwerth hwn", "Neither")],
)
def test_decisions_in_welsh_are_the_same_decisions(welsh, becomes):
    tracker, _ = _conflict()
    after, report = resolved(decide(tracker, welsh, "Neither"))
    assert report.settled[0].done
    assert cell(after, *BARRIERS) == becomes


def test_a_decision_that_is_none_is_refused_and_says_what_there_is_to_choose():
    tracker, _ = _conflict()
    _, report = resolved(decide(tracker, "Mine please"))
    assert not report.settled[0].done
    assert "Keep tracker, Take return, Use this value" in report.settled[0].words


def test_a_decision_whose_cell_has_changed_since_is_refused_saying_what_it_is_now():
    tracker, _ = _conflict()
    tracker = by_hand(tracker, "assignments", *BARRIERS, "Changed again")
    after, report = resolved(decide(tracker, "Take return"))
    assert not report.settled[0].done
    assert 'it was "Ours" and is now "Changed again"' in report.settled[0].words
    assert cell(after, *BARRIERS) == "Changed again"


def test_merging_again_shows_what_the_cell_has_become_and_asks_anew():
    tracker, sheet = _conflict()
    answer = answered(sheet, {BARRIERS: "Theirs"})
    changed = decide(by_hand(tracker, "assignments", *BARRIERS, "Changed again"), "Take return")
    again, report = merged(changed, answer)
    assert report.counts.conflicts == 1
    (row,) = again["conflicts"]
    assert (row["tracker_value"], row["decision"], row["state"]) == ("Changed again", None, "Open")
    after, _ = resolved(decide(saved(again), "Take return"))
    assert cell(after, *BARRIERS) == "Theirs"


def test_a_decision_that_somebody_has_already_carried_out_by_hand_is_done():
    tracker, _ = _conflict()
    after, report = resolved(decide(by_hand(tracker, "assignments", *BARRIERS, "Theirs"), "Take return"))
    assert report.settled[0].done
    assert after["conflicts"].rows[0]["state"] == "Decided"


def test_what_has_no_decision_stays_open_and_is_counted():
    tracker, _ = _conflict()
    after, report = resolved(tracker)
    assert (report.undecided, report.settled) == (1, ())
    assert after["conflicts"].rows == tracker["conflicts"].rows


def test_a_conflict_on_a_row_that_is_gone_can_be_closed_but_not_taken():
    tracker, _ = _conflict()
    data, actions = tracker["assignments"], tracker["actions"]
    gone = tracker.with_table(
        "assignments", replace(data, rows=tuple(row for row in data if row["assignment_id"] != "AS-0003"))
    ).with_table(
        "actions", replace(actions, rows=tuple(row for row in actions if row["action_id"] != "A-0002"))
    )
    _, refused = resolved(decide(gone, "Take return"))
    assert "AS-0003 is no longer in Assignments" in refused.settled[0].words
    _, closed = resolved(decide(gone, "Keep tracker"))
    assert closed.settled[0].done


def test_a_conflict_whose_column_is_gone_can_still_be_closed():
    tracker, _ = _conflict()
    (row,) = tracker["conflicts"]
    tracker = apply_edits(
        tracker,
        [SetCell("conflicts", row.text("conflict_id"), "field", "barriers", "old_column", row.number)],
    )
    _, refused = resolved(decide(tracker, "Take return"))
    assert not refused.settled[0].done
    _, closed = resolved(decide(tracker, "Keep tracker"))
    assert closed.settled[0].done


def test_of_two_conflicts_on_one_cell_the_second_decision_is_refused():
    tracker, sheet = _conflict()
    again, _ = merged(tracker, answered(sheet, {BARRIERS: "Theirs too"}))
    assert len(again["conflicts"]) == 2
    after, report = resolved(decide(saved(again), "Take return"))
    assert [item.done for item in report.settled] == [True, False]
    assert cell(after, *BARRIERS) == "Theirs"


def test_forty_conflicts_are_decided_at_once():
    rows = "\n".join(f"| AS-{n:04d} | A-0001 | CC | Cardiff | Contributing |" for n in range(4, 44))
    tracker, sheet = issued(
        settled(
            TRACKER
            + f"\n## Assignments\n| assignment_id | action_id | agency | area | role |\n|---|---|---|---|---|\n{rows}\n"
        ),
        "CC",
    )
    keys = [f"AS-{n:04d}" for n in range(4, 44)]
    for key in keys:
        tracker = by_hand(tracker, "assignments", key, "barriers", f"Ours {key}")
    tracker, report = merged(tracker, answered(sheet, {(key, "barriers"): f"Theirs {key}" for key in keys}))
    assert report.counts.conflicts == 40
    assert {row["agency"] for row in tracker["conflicts"]} == {"CC"}
    after, told = resolved(decide(saved(tracker), "Take return"))
    assert [item.done for item in told.settled] == [True] * 40
    assert all(cell(after, key, "barriers") == f"Theirs {key}" for key in keys)
    assert resolve(after, context()).edits == []


# Rows that are not there yet


def _new_row(*, carrier: bool = True) -> tuple[Tracker, str]:
    """A tracker restored from before its sheets went out, with the conflicts of a dissemination row it has never seen."""
    _, sheet = _round()
    spare = next(table.spare[0] for table in sheet.tables if table.spare)
    cells = {"review_id": "RV-0001", "method": "Case study", "reach": 40, "impact": "More asked"}
    answer = answered(
        sheet,
        {(spare, name): value for name, value in cells.items()},
        table="Dissemination",
        carrier=None if carrier else {},
    )
    restored, report = merged(saved(settled(TRACKER)), answer)
    assert report.counts.conflicts == 4
    assert not restored["dissemination"].rows
    return saved(restored), restored["conflicts"].rows[0].text("key")


@pytest.mark.parametrize("carrier", [True, False])
def test_taking_a_row_that_is_not_there_adds_it_for_its_agency(carrier):
    tracker, key = _new_row(carrier=carrier)
    after, report = resolved(decide(tracker, "Take return"))
    assert all(item.done for item in report.settled)
    (row,) = after["dissemination"]
    assert after["dissemination"].key_of(row) == key
    assert (row["agency"], row["review_id"], row["method"], row["reach"]) == (
        "SWP",
        "RV-0001",
        "Case study",
        40,
    )
    assert {item["state"] for item in after["conflicts"]} == {"Decided"}
    logged = [item for item in after["change-log"] if item["key"] == key]
    assert {item["verb"] for item in logged} == {"resolve"}


def test_keeping_the_tracker_adds_no_row():
    tracker, _ = _new_row()
    after, report = resolved(decide(tracker, "Keep tracker"))
    assert all(item.done for item in report.settled)
    assert not after["dissemination"].rows


def test_a_row_that_is_not_there_needs_its_review_to_be_taken_too():
    tracker, _ = _new_row()
    after, report = resolved(decide(tracker, "Take return", only="method"))
    assert not report.settled[0].done
    assert "Review ID" in report.settled[0].words
    assert not after["dissemination"].rows


def test_a_row_can_be_added_first_and_its_other_cells_decided_later():
    tracker, _ = _new_row()
    first, report = resolved(decide(tracker, "Take return", only="review_id"))
    assert (len(report.settled), report.undecided) == (1, 3)
    after, report = resolved(decide(first, "Take return"))
    assert all(item.done for item in report.settled)
    assert after["dissemination"].rows[0]["reach"] == 40


def test_a_row_that_is_not_there_is_not_added_for_a_review_that_is_not_there_either():
    tracker, _ = _new_row()
    tracker = decide(tracker, "Take return")
    reviews = tracker["reviews"]
    tracker = tracker.with_table("reviews", replace(reviews, rows=()))
    after, report = resolved(tracker)
    assert not any(item.done for item in report.settled)
    assert not after["dissemination"].rows
