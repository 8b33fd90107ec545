"""What is typed by hand is found at the next save, cell by cell, and logged before what the verb itself did."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.log import LOG
from cvsb_xl.tracker.memory import by_hand as typed
from cvsb_xl.tracker.memory import lines
from cvsb_xl.tracker.tables import Tracker, typed_row
from cvsb_xl.tracker.values import RawValue
from cvsb_xl.verbs.finish import finish
from tests.merge.tracker import TRACKER
from tests.rounds import by_hand, context, settled
from tests.scenarios.rig import Rig
from tests.verbs.kept import SAVED, saved

START = saved(settled(TRACKER))


def logged(tracker: Tracker) -> list[tuple[str, str, str, str, str]]:
    """Return (verb, key, field, before, after) of what the next save logs."""
    after = apply_edits(tracker, finish(tracker, [], context(), "update"))
    return [
        (row.text("verb"), row.text("key"), row.text("field"), row.text("before"), row.text("after"))
        for row in after[LOG].rows[len(tracker[LOG]) :]
    ]


def with_row(tracker: Tracker, table: str, **cells: RawValue) -> Tracker:
    """Return the tracker after a row was typed below the others."""
    data = tracker[table]
    row = typed_row(data.schema, cells, max((row.number for row in data), default=4) + 1)
    return tracker.with_table(table, replace(data, rows=(*data.rows, row)))


def test_nothing_typed_is_nothing_to_log_or_to_save():
    assert list(typed(START)) == []
    assert finish(START, [], context(), "update") == []


@pytest.mark.parametrize(
    ("table", "key", "field", "value", "before", "after"),
    [
        ("assignments", "AS-0003", "barriers", "No venue", "", "No venue"),
        ("assignments", "AS-0003", "evidence", None, "Draft audit", ""),
        ("actions", "A-0001", "due_on", date(2028, 1, 31), "2027-06-30", "2028-01-31"),
        ("actions", "A-0001", "due_on", "On going", "2027-06-30", "On going"),
        ("agencies", "SWP", "name", "Heddlu De Cymru", "South Wales Police (sample)", "Heddlu De Cymru"),
    ],
)
def test_a_typed_cell_is_logged_with_what_it_held_before(table, key, field, value, before, after):
    assert ("by hand", key, field, before, after) in logged(by_hand(START, table, key, field, value))


def test_what_was_typed_is_nobodys_and_has_the_window_in_which_it_can_have_happened():
    tracker = by_hand(START, "assignments", "AS-0003", "barriers", "No venue")
    after = apply_edits(tracker, finish(tracker, [], context(), "update"))
    row = after[LOG].rows[len(tracker[LOG])]
    assert row["by"] is None
    assert row.text("source") == f"typed between {SAVED} and {SAVED}"


def test_a_row_typed_without_an_id_is_logged_under_the_id_it_gets():
    tracker = with_row(
        START, "actions", review_id="RV-0001", action="Train 40 staff", lead_agency="CC", area="Cardiff"
    )
    told = logged(tracker)
    assert ("by hand", "A-0003", "action", "", "Train 40 staff") in told
    assert ("update", "A-0003", "action_id", "", "A-0003") in told
    assert ("by hand", "A-0003", "action_id", "", "A-0003") not in told
    assert not [item for item in told if item[1] == ""]


def test_a_row_deleted_by_hand_is_logged_field_by_field():
    data = START["assignments"]
    tracker = START.with_table("assignments", replace(data, rows=data.rows[:2]))
    tracker = tracker.with_table("actions", replace(tracker["actions"], rows=tracker["actions"].rows[:1]))
    told = logged(tracker)
    assert ("by hand", "AS-0003", "evidence", "Draft audit", "") in told
    assert ("by hand", "AS-0003", "assignment_id", "AS-0003", "") in told


def test_rows_that_were_only_sorted_are_no_edit():
    data = START["assignments"]
    tracker = START.with_table("assignments", replace(data, rows=tuple(reversed(data.rows))))
    assert list(typed(tracker)) == []


def test_a_row_too_long_to_remember_word_for_word_is_logged_as_changed():
    long = by_hand(START, "assignments", "AS-0003", "evidence", "e" * 32_000)
    kept = saved(long, finish(long, [], context(), "update"))
    assert all(len(line) <= 32_000 for line in lines(kept).values())
    assert list(typed(kept)) == []
    (change,) = typed(by_hand(kept, "assignments", "AS-0003", "barriers", "No venue"))
    assert (change.key, change.field) == ("AS-0003", "assignment_id")
    assert "too long" in str(change.after)


def test_what_excel_works_out_live_is_no_edit():
    live = [item.name for item in START["actions"].schema.fields if item.live]
    assert live
    assert list(typed(by_hand(START, "actions", "A-0001", live[0], "Overdue"))) == []


def test_a_tracker_that_does_not_know_what_was_left_invents_no_history():
    assert list(typed(replace(START, last=None))) == []


def test_typing_in_the_file_is_logged_once_before_the_next_verb(tmp_path: Path):
    rig = Rig.issued(tmp_path)
    rig.type("assignments", "AS-0003", "barriers", "The manager's words")
    rig.type("reviews", "RV-0001", "title", "Sample review, renamed")
    rig.answer("SWP", {("AS-0001", "barriers"): "No venue"})
    rig.merge(exits=0)
    rows = [(row["verb"], row["key"], row["field"], row["after"]) for row in rig.open()[LOG]]
    mine = [row for row in rows if row[3] in ("The manager's words", "Sample review, renamed", "No venue")]
    assert sorted(mine[:2]) == [
        ("by hand", "AS-0003", "barriers", "The manager's words"),
        ("by hand", "RV-0001", "title", "Sample review, renamed"),
    ]
    assert mine[2:] == [("merge", "AS-0001", "barriers", "No venue")]
    rig.cvsb("update", rig.tracker, exits=0)
    assert [(row["verb"], row["key"], row["field"], row["after"]) for row in rig.open()[LOG]] == rows
