"""Undo takes back one run and nothing else: what people did since stays, and is named."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvsb_xl.errors import CannotDo
from cvsb_xl.tracker.edits import ReplaceRows
from cvsb_xl.tracker.log import LOG, chain_value
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.log import redact, story, verify
from cvsb_xl.verbs.merge import merge
from cvsb_xl.verbs.outcome import Outcome
from cvsb_xl.verbs.resolve import resolve
from cvsb_xl.verbs.undo import UndoReport, undo
from cvsb_xl.verbs.update import update
from tests.merge.tracker import TRACKER
from tests.properties.test_merge import FIELDS, OWN, words
from tests.rounds import answered, by_hand, context, issued, settled, tables_of
from tests.verbs.kept import saved

PLACE = ("AS-0003", "barriers")
OTHER = ("AS-0001", "barriers")
ISSUED, SHEET = issued(settled(TRACKER), "SWP")
START = saved(ISSUED)


def after_merge(tracker: Tracker = START, cells: dict | None = None) -> Tracker:
    answer = answered(SHEET, cells or {PLACE: "No venue", ("AS-0003", "progress"): "Proposed complete"})
    return saved(tracker, merge(tracker, context(), [answer]).edits)


def undone(tracker: Tracker) -> tuple[Tracker, UndoReport]:
    outcome: Outcome = undo(tracker, context())
    return saved(tracker, outcome.edits), outcome.report


def papers_of(tracker: Tracker) -> list[dict[str, object]]:
    """Returns and Conflicts, row by row."""
    return [dict(row.values) for name in ("returns", "conflicts") for row in tracker[name]]


def cell(tracker: Tracker, key: str, field: str) -> object:
    return tracker["assignments"].by_key[key][field]


def test_undo_takes_back_a_merge_cell_by_cell_and_is_itself_logged():
    merged = after_merge()
    assert merged["actions"].by_key["A-0002"]["status"] == "Awaiting ratification"
    after, report = undone(merged)
    assert (report.verb, report.by) == ("merge", "tester")
    assert all(item.done for item in report.cells)
    assert tables_of(after) == tables_of(START)
    rows = [row for row in after["change-log"] if row["verb"] == "undo" and row["field"] == "barriers"]
    assert [(row["before"], row["after"], row["source"]) for row in rows] == [
        ("No venue", None, f"undo of {report.run}")
    ]
    assert verify(after).report.faults == ()


def test_undo_of_an_undo_is_not_offered():
    after, _ = undone(after_merge())
    with pytest.raises(CannotDo, match="no run that could be taken back"):
        undo(after, context())


def test_a_second_undo_takes_back_the_run_before():
    first = after_merge(cells={PLACE: "First"})
    second = after_merge(first, {("AS-0001", "barriers"): "Second"})
    once, _ = undone(second)
    assert (cell(once, *PLACE), cell(once, "AS-0001", "barriers")) == ("First", None)
    twice, _ = undone(once)
    assert tables_of(twice) == tables_of(START)


def test_the_same_return_can_be_merged_again_after_an_undo():
    after, _ = undone(after_merge())
    assert tables_of(after_merge(after)) == tables_of(after_merge())


def test_what_was_typed_by_hand_since_stays_and_the_cell_is_named():
    typed = by_hand(after_merge(), "assignments", *PLACE, "The manager's words")
    after, report = undone(typed)
    assert cell(after, *PLACE) == "The manager's words"
    (left,) = [item for item in report.cells if not item.done]
    assert (left.key, left.field) == PLACE
    assert left.words == 'it has changed since, to "The manager\'s words"'


def test_what_was_typed_by_hand_before_is_nobodys_run():
    typed = by_hand(START, "assignments", *PLACE, "The manager's words")
    kept = saved(typed, finish(typed, [], context(), "update"))
    assert [row["verb"] for row in kept["change-log"] if row["field"] == "barriers"] == ["by hand"]
    with pytest.raises(CannotDo):
        undo(kept, context())


def test_an_update_in_between_is_passed_over_since_it_would_only_come_back():
    merged = after_merge()
    later = context(date(2027, 12, 1))
    moved = by_hand(merged, "reviews", "RV-0001", "report_published_on", date(2026, 7, 1))
    updated = saved(moved, finish(moved, update(moved, later).edits, later, "update"))
    assert updated["change-log"].rows[-1]["verb"] == "update"
    after, report = undone(updated)
    assert report.verb == "merge"
    assert cell(after, *PLACE) is None


def test_a_row_that_was_made_because_an_action_asks_for_it_stays():
    grown = by_hand(START, "actions", "A-0002", "contributing", "CC")
    grown = after_merge(grown)
    assert len(grown["assignments"]) == 4
    after, report = undone(grown)
    assert all(item.done for item in report.cells)
    assert cell(after, *PLACE) is None
    assert [(row["action_id"], row["agency"]) for row in after["assignments"].rows[3:]] == [("A-0002", "CC")]


def test_a_row_that_a_return_added_goes_and_a_second_merge_brings_it_back_as_it_was():
    spare = next(table.spare[0] for table in SHEET.tables if table.spare)
    cells = {(spare, "review_id"): "RV-0001", (spare, "method"): "Training"}
    answer = answered(SHEET, cells, table="Dissemination")
    merged = saved(START, merge(START, context(), [answer]).edits)
    after, report = undone(merged)
    assert all(item.done for item in report.cells)
    assert spare not in after["dissemination"].by_key
    assert after["returns"].by_key[SHEET.sheet_id]["state"] == "Issued"
    again = merge(after, context(), [answer])
    assert again.report.counts.applied == 2
    assert saved(after, again.edits)["dissemination"].by_key[spare]["method"] == "Training"


def test_a_conflict_that_was_settled_is_open_again_once_the_settling_is_taken_back():
    tracker = by_hand(START, "assignments", *PLACE, "The manager's words")
    tracker = saved(
        tracker, merge(tracker, context(), [answered(SHEET, {PLACE: "The agency's words"})]).edits
    )
    (conflict,) = tracker["conflicts"].rows
    tracker = by_hand(tracker, "conflicts", conflict.text("conflict_id"), "decision", "Take return")
    settled_ = saved(tracker, resolve(tracker, context()).edits)
    assert cell(settled_, *PLACE) == "The agency's words"
    after, _ = undone(settled_)
    assert cell(after, *PLACE) == "The manager's words"
    assert [row["state"] for row in after["conflicts"]] == ["Open"]


@pytest.mark.parametrize("part", ["before", "after"])
def test_a_redacted_row_is_undone_only_where_no_lost_words_would_be_needed(part):
    start = by_hand(
        settled(TRACKER), "assignments", *PLACE, "Sam Sample is ill" if part == "before" else None
    )
    tracker, sheet = issued(start, "SWP")
    tracker = saved(tracker)
    merged = saved(tracker, merge(tracker, context(), [answered(sheet, {PLACE: "No venue"})]).edits)
    seq = next(
        row["seq"] for row in merged["change-log"] if row["field"] == "barriers" and row["verb"] == "merge"
    )
    taken_out = saved(merged, redact(merged, context(), seq, "a name").edits)
    after, report = undone(taken_out)
    words = next(item.words for item in report.cells if item.field == "barriers")
    if part == "before":
        assert words == "its earlier words were taken out of the log"
        assert cell(after, *PLACE) == "No venue"
    else:
        assert words == "taken back"
        assert cell(after, *PLACE) is None


typed_cells = st.dictionaries(
    st.tuples(st.sampled_from(OWN["SWP"]), st.sampled_from(FIELDS)), words, min_size=1, max_size=8
)


@given(typed_cells)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_undo_restores_every_input_table_exactly(cells):
    outcome = merge(START, context(), [answered(SHEET, cells)])
    merged = saved(START, outcome.edits)
    after, report = undone(merged)
    assert all(item.done for item in report.cells)
    assert tables_of(after) == tables_of(START)
    assert papers_of(after) == papers_of(START)
    assert verify(after).report.faults == ()


def _conflict(returned: str = "The agency's words", **options) -> Tracker:
    tracker = by_hand(START, "assignments", *PLACE, "The manager's words")
    return saved(tracker, merge(tracker, context(), [answered(SHEET, {PLACE: returned}, **options)]).edits)


def _states(tracker: Tracker) -> dict[str, str]:
    return {row.text("returned_value"): row.text("state") for row in tracker["conflicts"]}


def test_a_decision_to_keep_changes_no_cell_and_can_be_taken_back_all_the_same():
    tracker = _conflict()
    (conflict,) = tracker["conflicts"].rows
    key = conflict.text("conflict_id")
    tracker = by_hand(tracker, "conflicts", key, "decision", "Keep tracker")
    decided = saved(tracker, resolve(tracker, context()).edits)
    assert _states(decided) == {"The agency's words": "Decided"}
    (logged,) = [
        row for row in decided["change-log"] if row["table"] == "Conflicts" and row["verb"] == "resolve"
    ]
    assert (logged["key"], logged["field"], logged["after"], logged["by"]) == (
        key,
        "decision",
        "Keep tracker",
        "tester",
    )
    after, report = undone(decided)
    assert _states(after) == {"The agency's words": "Open"}
    assert [(item.key, item.done, item.words) for item in report.cells] == [
        (key, True, "open again, its decision still in its cell")
    ]
    before, report = undone(after)  # the merge had applied nothing, and is a run all the same
    assert (report.verb, _states(before)) == ("merge", {})
    assert verify(before).report.faults == ()
    with pytest.raises(CannotDo):
        undo(before, context())


def test_an_earlier_answers_conflict_on_another_cell_stays_when_a_later_answers_run_is_taken_back():
    tracker = _conflict(modified="2027-03-31T10:00:00Z")
    later = answered(SHEET, {OTHER: "Later words"}, modified="2027-03-31T11:00:00Z")
    tracker = saved(tracker, merge(tracker, context(), [later]).edits)
    after, _ = undone(tracker)
    assert _states(after) == {"The agency's words": "Open"}


def test_a_conflict_that_a_later_answer_replaced_waits_again_when_that_answer_is_taken_back():
    tracker = _conflict(modified="2027-03-31T10:00:00Z")
    later = answered(SHEET, {PLACE: "Newer words", OTHER: "Later words"}, modified="2027-03-31T11:00:00Z")
    tracker = saved(tracker, merge(tracker, context(), [later]).edits)
    assert _states(tracker) == {"The agency's words": "Replaced", "Newer words": "Open"}
    after, _ = undone(tracker)
    assert _states(after) == {"The agency's words": "Open"}


def test_the_story_of_an_action_tells_who_decided_on_its_conflicts():
    tracker = _conflict()
    key = tracker["conflicts"].rows[0].text("conflict_id")
    tracker = by_hand(tracker, "conflicts", key, "decision", "Keep tracker")
    decided = saved(tracker, resolve(tracker, context()).edits)
    told = story(decided, "A-0002").report.rows
    assert ("resolve", "decision", "Keep tracker") in {
        (row["verb"], row["field"], row["after"]) for row in told
    }


# A merge that changes no cell of an input table is a run all the same.


def test_a_merge_that_only_raised_a_conflict_is_the_run_that_undo_takes_back_not_the_one_before():
    first = after_merge(cells={OTHER: "First words"})
    typed = by_hand(first, "assignments", *PLACE, "The manager's words")
    answer = answered(
        SHEET, {OTHER: "First words", PLACE: "The agency's words"}, modified="2027-03-31T11:00:00Z"
    )
    outcome = merge(typed, context(), [answer])
    assert (outcome.report.counts.applied, outcome.report.counts.conflicts) == (0, 1)
    after, report = undone(saved(typed, outcome.edits))
    assert report.verb == "merge"
    assert _states(after) == {}
    assert cell(after, *OTHER) == "First words"  # the run before stands
    assert cell(after, *PLACE) == "The manager's words"  # and so does what was typed
    assert papers_of(after) == papers_of(first)  # Returns tells of the first answer again, as it stood
    assert verify(after).report.faults == ()
    before, _ = undone(after)
    assert cell(before, *OTHER) is None
    assert papers_of(before) == papers_of(START)


def test_a_merge_that_only_rejected_is_the_run_that_undo_takes_back():
    first = after_merge(cells={OTHER: "First words"})
    cells = {OTHER: "First words", ("AS-0001", "expected_on"): "03/04/27"}
    outcome = merge(first, context(), [answered(SHEET, cells, modified="2027-03-31T11:00:00Z")])
    counts = outcome.report.counts
    assert (counts.applied, counts.conflicts, counts.rejected) == (0, 0, 1)
    after, report = undone(saved(first, outcome.edits))
    assert {item.table for item in report.cells} == {"Returns"}
    assert papers_of(after) == papers_of(first)
    assert cell(after, *OTHER) == "First words"


def test_the_same_return_merged_again_changes_nothing_so_it_is_no_run_of_its_own():
    once = after_merge()
    again = after_merge(once)
    assert again["change-log"].rows == once["change-log"].rows
    after, _ = undone(again)
    assert tables_of(after) == tables_of(START)


def test_a_decision_typed_on_a_conflict_that_goes_is_named():
    tracker = _conflict()
    key = tracker["conflicts"].rows[0].text("conflict_id")
    tracker = by_hand(tracker, "conflicts", key, "decision", "Take return")
    _, report = undone(tracker)
    assert [item.words for item in report.cells if item.key == key] == [
        'the conflict is gone, and with it its decision "Take return": it comes back if the return is merged again'
    ]


def test_a_conflict_decided_since_stays_when_only_the_merge_below_it_can_go():
    tracker = _conflict()
    key = tracker["conflicts"].rows[0].text("conflict_id")
    tracker = by_hand(tracker, "conflicts", key, "state", "Decided")
    after, report = undone(tracker)
    assert [(item.done, item.words) for item in report.cells if item.key == key] == [
        (False, 'it has changed since, to "Decided"')
    ]
    assert len(after["conflicts"]) == 1


def test_what_was_given_out_or_typed_since_stays_and_is_named():
    merged = after_merge()
    later, _ = issued(merged, "SWP")
    typed = by_hand(saved(later), "assignments", *OTHER, "Typed since")
    kept = saved(typed, finish(typed, [], context(), "update"))
    after, report = undone(kept)
    assert report.verb == "merge"
    assert report.stays == (
        "issue of 1 sheet by tester at 2027-03-31T09:00:00+00:00",
        "1 cell typed by hand, found at 2027-03-31T09:00:00+00:00",
    )
    assert cell(after, *OTHER) == "Typed since"
    assert len(after["returns"]) == 2  # the sheet that was given out is still known


def test_a_log_written_before_merges_logged_returns_still_verifies_and_its_cells_can_be_taken_back():
    merged = merge(START, context(), [answered(SHEET, {PLACE: "No venue"})])
    rows = [dict(row.values) for row in saved(START, merged.edits)["change-log"] if row["table"] != "Returns"]
    seq, chain = 0, ""
    for at, row in enumerate(rows, 1):  # chained as it was then
        chain = chain_value(START.meta["key"], chain, at, row)
        row |= {"seq": at, "chain": chain}
        seq = at
    others = [edit for edit in merged.edits if edit.table != LOG]
    old = saved(START, [*others, ReplaceRows(LOG, rows)])
    assert (verify(old).report.faults, verify(old).report.rows) == ((), seq)
    after, report = undone(old)
    assert (report.verb, cell(after, *PLACE)) == ("merge", None)
    assert verify(after).report.faults == ()


def test_the_head_in_a_receipt_of_a_merge_that_only_raised_conflicts_is_held_by_the_log():
    tracker = by_hand(START, "assignments", *PLACE, "The manager's words")
    outcome = merge(tracker, context(), [answered(SHEET, {PLACE: "The agency's words"})])
    after = saved(tracker, outcome.edits)
    (receipt,) = outcome.documents
    assert verify(after, receipt.log_head).report.faults == ()
    assert receipt.log_head == verify(after).report.head
