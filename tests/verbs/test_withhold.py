"""A sheet that would carry a privacy error out of the board is held back; the others go out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cvsb_xl.errors import CannotDo
from cvsb_xl.tracker.edits import AppendRow, apply_edits
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.issue import issue
from cvsb_xl.verbs.log import verify
from cvsb_xl.verbs.undo import undo
from cvsb_xl.verbs.withhold import WAIVED
from tests.merge.tracker import MET, TRACKER
from tests.rounds import by_hand, context, settled

NHS_NUMBER = "999 000 0018"


def _issued(tracker: Tracker) -> tuple[set[str], set[str]]:
    outcome = issue(tracker, context())
    return {sheet.agency for sheet in outcome.documents}, set(outcome.report.held_back)


def test_an_nhs_number_in_an_agencys_own_row_holds_its_sheet_back_and_no_other():
    tracker = by_hand(settled(TRACKER), "assignments", "AS-0002", "barriers", f"Waiting for {NHS_NUMBER}")
    out, held = _issued(tracker)
    assert held == {"CC"}
    assert "SWP" in out


@pytest.mark.parametrize("language", ["en", "cy"])
def test_one_in_an_action_holds_back_every_sheet_since_the_overview_shows_it_to_all(language):
    tracker = by_hand(settled(TRACKER), "actions", "A-0002", "action", f"Ring {NHS_NUMBER} back")
    tracker = replace(tracker, meta={**tracker.meta, "language": language})
    out, held = _issued(tracker)
    assert not out
    assert {"SWP", "CC"} <= held


def test_one_in_the_delivery_groups_reason_holds_back_the_sheets_that_would_show_it():
    refused = {
        "decision_id": "D-0001", "body": "Delivery Group", "meeting_on": MET, "action_id": "A-0002",
        "proposal": "Complete", "decision": "Not ratified", "reason": f"Ask about {NHS_NUMBER}",
    }  # fmt: skip
    _, held = _issued(apply_edits(settled(TRACKER), [AppendRow("decisions", refused)]))
    assert held == {"SWP"}


def test_one_in_a_cell_that_no_sheet_shows_holds_nothing_back():
    tracker = by_hand(settled(TRACKER), "reviews", "RV-0001", "notes", NHS_NUMBER)
    out, held = _issued(tracker)
    assert not held
    assert {"SWP", "CC"} <= out


def test_a_waived_finding_holds_nothing_back():
    tracker = by_hand(settled(TRACKER), "assignments", "AS-0002", "barriers", f"Waiting for {NHS_NUMBER}")
    waiver = {
        "rule": "P101", "table": "Assignments", "key": "AS-0002", "field": "Barriers", "reason": "A number kept for tests",
        "granted_by": "tester", "until": context().today,
    }  # fmt: skip
    _, held = _issued(apply_edits(tracker, [AppendRow("waivers", waiver)]))
    assert not held


def test_what_goes_out_under_a_waiver_is_told_and_logged_with_whose_leave_and_undo_leaves_it_alone():
    tracker = by_hand(settled(TRACKER), "assignments", "AS-0002", "barriers", f"Waiting for {NHS_NUMBER}")
    waiver = {
        "rule": "P101", "table": "Assignments", "key": "AS-0002", "field": "Barriers", "reason": "A number kept for tests",
        "granted_by": "tester", "until": context().today,
    }  # fmt: skip
    waived = apply_edits(tracker, [AppendRow("waivers", waiver)])
    outcome = issue(waived, context())
    [(agency, told)] = outcome.report.waived
    assert agency == "CC"
    assert told.startswith("P101 at Assignments AS-0002, barriers: waived by tester until ")
    assert NHS_NUMBER not in told
    after = apply_edits(waived, outcome.edits)
    [row] = [row for row in after["change-log"] if row.text("verb") == WAIVED]
    assert (row.text("after"), row.text("key")) == (
        told,
        next(sheet.sheet_id for sheet in outcome.documents if sheet.agency == "CC"),
    )
    assert not verify(after).report.faults
    with pytest.raises(CannotDo, match="no run that could be taken back"):
        undo(after, context())
