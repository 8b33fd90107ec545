"""Who is written to: those who still have something to do, and nobody else."""

from __future__ import annotations

from datetime import date

from cvsb_xl.tracker.edits import AppendRow, apply_edits
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.chase import chase
from tests.merge.tracker import TRACKER
from tests.rounds import answered, by_hand, context, issued, merged, settled

LATE = date(2027, 7, 15)
DONE = {
    "progress": "Proposed complete",
    "completed_on": date(2027, 6, 1),
    "evidence": "Minutes",
    "impact": "Safer",
}


def _written_to(tracker: Tracker, day: date = LATE) -> dict[str, str]:
    return {item.agency: item.body for item in chase(tracker, context(day)).documents}


def _proposed(agency: str, key: str) -> Tracker:
    tracker, sheet = issued(settled(TRACKER), agency, day=date(2027, 6, 1))
    return merged(
        tracker, answered(sheet, {(key, name): value for name, value in DONE.items()}), day=date(2027, 6, 2)
    )[0]


def test_every_agency_that_has_not_proposed_its_part_of_an_overdue_action_is_written_to():
    mails = _written_to(settled(TRACKER))
    assert set(mails) == {"SWP", "CC"}
    assert "A-0001" in mails["CC"]
    assert "A-0002" not in mails["CC"]


def test_an_agency_that_proposed_its_part_is_left_alone_while_the_other_is_written_to():
    mails = _written_to(_proposed("CC", "AS-0002"))
    assert set(mails) == {"SWP"}
    assert "A-0001" in mails["SWP"]


def test_an_agency_whose_proposal_was_not_ratified_is_written_to_again():
    refused = {
        "decision_id": "D-0001", "body": "Delivery Group", "meeting_on": date(2027, 6, 20), "action_id": "A-0001",
        "proposal": "Complete", "decision": "Not ratified", "reason": "No minutes were seen",
    }  # fmt: skip
    mails = _written_to(apply_edits(_proposed("CC", "AS-0002"), [AppendRow("decisions", refused)]))
    assert set(mails) == {"SWP", "CC"}


def test_an_assignment_that_sign_off_does_not_wait_for_is_not_chased():
    tracker = by_hand(settled(TRACKER), "assignments", "AS-0002", "needed_for_signoff", "No")
    assert set(_written_to(tracker)) == {"SWP"}
