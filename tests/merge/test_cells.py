"""The cell table of the merge, line by line."""

import pytest

from cvsb_xl.merge.returned import Return
from cvsb_xl.tracker.edits import AppendRow, apply_edits
from cvsb_xl.tracker.tables import Tracker
from tests.merge.tracker import MET, TRACKER
from tests.rounds import answered, by_hand, issued, merged, outcomes, settled


@pytest.fixture
def round_() -> tuple[Tracker, object]:
    return issued(settled(TRACKER), "SWP")


def test_a_sheet_returned_as_it_was_issued_changes_nothing_and_every_cell_is_unchanged(round_):
    tracker, sheet = round_
    after, report = merged(tracker, answered(sheet))
    assert report.counts.unchanged == report.read > 0
    assert report.counts.applied == report.counts.conflicts == report.counts.rejected == 0
    assert after["assignments"].rows == tracker["assignments"].rows


def test_a_cell_the_agency_owns_and_nobody_else_changed_is_applied_and_stamped_with_its_sheet(round_):
    tracker, sheet = round_
    after, report = merged(tracker, answered(sheet, {("AS-0001", "barriers"): "Waiting for a venue"}))
    assert outcomes(report) == {("AS-0001", "barriers", "applied", "applied")}
    row = after["assignments"].by_key["AS-0001"]
    assert row["barriers"] == "Waiting for a venue"
    assert row["updated_from"] == sheet.sheet_id


def test_a_progress_update_left_blank_means_unchanged(round_):
    tracker, sheet = round_
    after, report = merged(tracker, answered(sheet))
    assert not outcomes(report)
    assert after["assignments"].by_key["AS-0003"]["progress_update"] == "Half the files read"


def test_a_new_progress_update_replaces_the_last_one_though_it_was_issued_blank(round_):
    tracker, sheet = round_
    after, report = merged(tracker, answered(sheet, {("AS-0003", "progress_update"): "All files read"}))
    assert outcomes(report) == {("AS-0003", "progress_update", "applied", "applied")}
    assert after["assignments"].by_key["AS-0003"]["progress_update"] == "All files read"
    assert after["actions"].by_key["A-0002"]["latest_update"] == "All files read"


@pytest.mark.parametrize(
    "field", ["action", "due_on", "area", "role", "last_progress_update", "last_decision"]
)
def test_a_cell_that_is_not_the_agencys_is_rejected_and_its_value_kept_in_the_report(round_, field):
    tracker, sheet = round_
    after, report = merged(tracker, answered(sheet, {("AS-0001", field): "Somebody else's job"}))
    assert outcomes(report) == {("AS-0001", field, "rejected", "not-yours")}
    assert report.returns[0].cells[0].returned == "Somebody else's job"
    assert after["assignments"].rows == tracker["assignments"].rows
    assert after["actions"].rows == tracker["actions"].rows


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("completed_on", "On going", "D101"),
        ("expected_on", "31 September 2027", "D101"),
        ("expected_on", "03/04/27", "D101"),
        ("progress", "Nearly there", "D102"),
        ("help_needed", "Maybe", "D102"),
        ("lead_name", "x" * 201, "D105"),
        ("barriers", "evil \u202e txt", "X201"),
    ],
)
def test_a_value_that_cannot_be_read_is_rejected_with_its_rule_and_never_guessed(round_, field, typed, code):
    tracker, sheet = round_
    after, report = merged(tracker, answered(sheet, {("AS-0001", field): typed}))
    assert outcomes(report) == {("AS-0001", field, "rejected", "bad-value")}
    assert report.returns[0].cells[0].code == code
    assert after["assignments"].rows == tracker["assignments"].rows


def test_a_formula_in_an_input_cell_is_rejected_though_its_result_looks_fine(round_):
    tracker, sheet = round_
    column = 10  # progress, the tenth column
    answer = answered(
        sheet, {("AS-0001", "progress"): "In progress"}, formulas={"Assignments": _every_row(sheet, column)}
    )
    _, report = merged(tracker, answer)
    assert ("AS-0001", "progress", "rejected", "formula") in outcomes(report)
    assert report.returns[0].cells[0].code == "X202"


def _every_row(sheet, column):
    return [(row, column) for row in range(2, 40)]


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("progress", " in progress. ", "In progress"),
        ("progress", "Ar y gweill", "In progress"),
        ("progress", "proposed step\u2013down", "Proposed step-down"),
        ("expected_on", "31 March 2027", "2027-03-31"),
        ("expected_on", "31/3/2027", "2027-03-31"),
        ("expected_on", "31 Mawrth 2027", "2027-03-31"),
    ],
)
def test_sloppy_but_unambiguous_values_are_understood(round_, field, typed, stored):
    tracker, sheet = round_
    after, report = merged(tracker, answered(sheet, {("AS-0001", field): typed}))
    assert outcomes(report) == {("AS-0001", field, "applied", "applied")}
    assert after["assignments"].by_key["AS-0001"].text(field) == stored


def test_a_value_that_the_tracker_already_holds_is_unchanged(round_):
    tracker, sheet = round_
    tracker = by_hand(tracker, "assignments", "AS-0001", "barriers", "No venue")
    _, report = merged(tracker, answered(sheet, {("AS-0001", "barriers"): "No venue"}))
    assert not outcomes(report)


@pytest.mark.parametrize("field", ["evidence", "impact"])
def test_one_delete_key_does_not_wipe_evidence_or_impact(round_, field):
    tracker, sheet = round_
    after, report = merged(tracker, answered(sheet, {("AS-0003", field): None}))
    assert outcomes(report) == {("AS-0003", field, "conflict", "emptied")}
    assert after["assignments"].by_key["AS-0003"][field]


def test_another_emptied_cell_is_a_value_like_any_other():
    tracker = by_hand(settled(TRACKER), "assignments", "AS-0001", "barriers", "Old barrier")
    tracker, sheet = issued(tracker, "SWP")
    after, report = merged(tracker, answered(sheet, {("AS-0001", "barriers"): None}))
    assert outcomes(report) == {("AS-0001", "barriers", "applied", "applied")}
    assert after["assignments"].by_key["AS-0001"]["barriers"] is None


def test_an_answer_on_an_action_that_was_closed_since_waits_for_a_person(round_):
    tracker, sheet = round_
    ratified = {
        "decision_id": "D-0001", "body": "Delivery Group", "meeting_on": MET, "action_id": "A-0002",
        "proposal": "Complete", "decision": "Ratified", "recorded_by": "tester",
    }  # fmt: skip
    tracker = apply_edits(tracker, [AppendRow("decisions", ratified)])
    _, report = merged(tracker, answered(sheet, {("AS-0003", "barriers"): "None now"}))
    assert outcomes(report) == {("AS-0003", "barriers", "conflict", "action-closed")}


def test_a_cell_that_both_changed_is_a_conflict_and_the_tracker_keeps_its_value(round_):
    tracker, sheet = round_
    tracker = by_hand(tracker, "assignments", "AS-0001", "barriers", "The manager's words")
    after, report = merged(tracker, answered(sheet, {("AS-0001", "barriers"): "The agency's words"}))
    assert outcomes(report) == {("AS-0001", "barriers", "conflict", "both-changed")}
    assert after["assignments"].by_key["AS-0001"]["barriers"] == "The manager's words"
    conflict = after["conflicts"].rows[0]
    assert (conflict["base"], conflict["tracker_value"], conflict["returned_value"], conflict["state"]) == (
        None,
        "The manager's words",
        "The agency's words",
        "Open",
    )


# Two returns of one agency


def _twice(sheet, first: str, second: str) -> tuple[Return, Return]:
    return (
        answered(sheet, {("AS-0001", "barriers"): "First words"}, modified=first, file="first.xlsx"),
        answered(sheet, {("AS-0001", "barriers"): "Second words"}, modified=second, file="second.xlsx"),
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_newer_of_two_returns_stands_in_whichever_order_they_come(round_, order):
    tracker, sheet = round_
    returns = _twice(sheet, "2027-03-31T10:00:00Z", "2027-03-31T11:00:00Z")
    for at in order:
        tracker, report = merged(tracker, returns[at])
        assert not report.counts.conflicts
    assert tracker["assignments"].by_key["AS-0001"]["barriers"] == "Second words"


def test_a_later_issued_sheet_is_newer_than_an_earlier_one_saved_later(round_):
    tracker, early = round_
    tracker, late = issued(tracker, "SWP")
    tracker, _ = merged(
        tracker, answered(late, {("AS-0001", "barriers"): "Late"}, modified="2027-03-31T08:00:00Z")
    )
    tracker, report = merged(
        tracker, answered(early, {("AS-0001", "barriers"): "Early"}, modified="2027-04-30T08:00:00Z")
    )
    assert not outcomes(report)
    assert tracker["assignments"].by_key["AS-0001"]["barriers"] == "Late"


@pytest.mark.parametrize(
    "times", [("", "2027-03-31T11:00:00Z"), ("2027-03-31T10:00:00Z", "2027-03-31T10:00:00Z")]
)
def test_two_returns_whose_age_cannot_be_told_wait_for_a_person(round_, times):
    tracker, sheet = round_
    first, second = _twice(sheet, *times)
    tracker, _ = merged(tracker, first)
    tracker, report = merged(tracker, second)
    assert outcomes(report) == {("AS-0001", "barriers", "conflict", "which-is-newer")}
    assert tracker["assignments"].by_key["AS-0001"]["barriers"] == "First words"


def test_a_newer_return_replaces_an_older_open_conflict(round_):
    tracker, sheet = round_
    tracker = by_hand(tracker, "assignments", "AS-0001", "barriers", "The manager's words")
    first, second = _twice(sheet, "2027-03-31T10:00:00Z", "2027-03-31T11:00:00Z")
    tracker, _ = merged(tracker, first)
    tracker, _ = merged(tracker, second)
    states = {row["returned_value"]: row["state"] for row in tracker["conflicts"]}
    assert states == {"First words": "Replaced", "Second words": "Open"}


# Units


def test_one_cell_of_a_unit_that_cannot_be_applied_holds_back_the_others(round_):
    tracker, sheet = round_
    answer = answered(
        sheet,
        {
            ("AS-0001", "progress"): "Proposed complete",
            ("AS-0001", "completed_on"): "last week",
            ("AS-0001", "evidence"): "Protocol v1",
            ("AS-0001", "barriers"): "None",
        },
    )
    after, report = merged(tracker, answer)
    assert outcomes(report) == {
        ("AS-0001", "progress", "conflict", "unit"),
        ("AS-0001", "completed_on", "rejected", "bad-value"),
        ("AS-0001", "evidence", "conflict", "unit"),
        ("AS-0001", "barriers", "applied", "applied"),
    }
    assert after["assignments"].by_key["AS-0001"]["progress"] == "Not started"


def test_a_whole_unit_is_applied_together(round_):
    tracker, sheet = round_
    answer = answered(
        sheet,
        {
            ("AS-0003", "progress"): "Proposed complete",
            ("AS-0003", "completed_on"): "30 March 2027",
            ("AS-0003", "evidence"): "Audit report of 20 files",
        },
    )
    after, report = merged(tracker, answer)
    assert report.counts.applied == 3
    assert after["actions"].by_key["A-0002"]["status"] == "Awaiting ratification"
