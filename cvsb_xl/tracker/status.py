"""Where an action stands. Pure, and one named function for each notion.

Status, first line that fits:

    | when                                                                                    | status                |
    |-----------------------------------------------------------------------------------------|-----------------------|
    | the latest ratified Complete / Stepped down decision, not reopened since                | Complete/Stepped down |
    | sign-off not required, and every needed assignment proposes complete                    | Complete              |
    | every needed assignment has a live proposal, all of one kind (deferred stays so)        | Awaiting ratification |
    | live proposals of both kinds                                                            | In progress (W112)    |
    | any assignment started, updated or proposed                                             | In progress           |
    | else                                                                                    | Not started           |

An action without a single needed assignment cannot be complete unless a meeting ratifies it: "every" of none says nothing.

Timeliness, first line that fits, told against the revised due date where there is one, else the due date:

    | Complete or Stepped down -> Done | Awaiting ratification -> Awaiting ratification | no date -> No date |
    | today after it -> Overdue | today + due_soon_days on it or after it -> Due soon | else -> On track |

which in Excel, with E = IF(ISNUMBER(revised),revised,due) and S = status, is
    IF(OR(S="Complete",S="Stepped down"),"Done",IF(S="Awaiting ratification",S,IF(NOT(ISNUMBER(E)),"No date",
    IF(TODAY()>E,"Overdue",IF(TODAY()+days>=E,"Due soon","On track")))))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.tables import Row, Tracker

Status = Literal["Not started", "In progress", "Awaiting ratification", "Complete", "Stepped down"]
Timeliness = Literal["On track", "Due soon", "Overdue", "Awaiting ratification", "No date", "Done"]
Closing = Literal["Complete", "Stepped down"]

NOT_STARTED: Status = "Not started"
IN_PROGRESS: Status = "In progress"
AWAITING: Status = "Awaiting ratification"
CLOSED: tuple[Status, ...] = ("Complete", "Stepped down")
PROPOSES: dict[object, Closing] = {"Proposed complete": "Complete", "Proposed step-down": "Stepped down"}
"""What an agency's progress proposes to the Delivery Group."""


@dataclass(frozen=True)
class Standing:
    """One action with all that decides how it stands.

    Attributes:
        assignments: its assignments, in the order of the sheet.
        decisions: the decisions on it that count, by meeting and then by row. A decision with a blank, faulty or future
            meeting date does not count: no meeting has decided it (W103).
    """

    action: Row
    assignments: tuple[Row, ...] = ()
    decisions: tuple[Row, ...] = ()

    @cached_property
    def status(self) -> Status:
        """The action's status, by the table above."""
        return status(self)

    @cached_property
    def live(self) -> list[tuple[Row, Closing]]:
        """The needed assignments whose proposal is live, each with what it proposes."""
        return live_proposals(self)

    @cached_property
    def revised_due_on(self) -> date | None:
        """The date of the latest ratified extension."""
        return revised_due_on(self.decisions)

    @property
    def due_on(self) -> date | None:
        """The date it is now due: the revised one, else the original."""
        return self.revised_due_on or as_date(self.action["due_on"])

    @property
    def is_open(self) -> bool:
        """Tell whether the action is neither complete nor stepped down."""
        return self.status not in CLOSED

    def timeliness(self, today: date, due_soon_days: int) -> Timeliness:
        """Return its timeliness, by the table above."""
        return timeliness(self.status, self.action["due_on"], self.revised_due_on, today, due_soon_days)


def standings(tracker: Tracker, today: date) -> dict[str, Standing]:
    """Return how every action stands, by its id, in the order of the sheet. One pass over each table."""
    assignments = _by_action(tracker["assignments"].rows)
    decisions = _by_action(in_order(tracker["decisions"].rows, today))
    return {
        key: Standing(row, tuple(assignments.get(key, ())), tuple(decisions.get(key, ())))
        for key, row in tracker["actions"].by_key.items()
    }


def in_order(decisions: Iterable[Row], today: date) -> list[Row]:
    """Return the decisions of meetings up to today, by meeting_on and then by row."""
    held = [(met, row) for row in decisions if (met := as_date(row["meeting_on"])) and met <= today]
    return [row for _, row in sorted(held, key=lambda pair: pair[0])]  # sorted() keeps the order of rows


def needed(assignments: Iterable[Row]) -> list[Row]:
    """Return the assignments that sign-off waits for: all whose needed_for_signoff is not No."""
    return [row for row in assignments if row["needed_for_signoff"] != "No"]


def answered_on(decisions: Sequence[Row]) -> date | None:
    """Return the last meeting that did not ratify a proposal to close the action, or that reopened it.

    Both answer what was proposed before. An extension that is refused says nothing of completion, and Deferred changes nothing.
    """
    answers = [
        row
        for row in decisions
        if (row["decision"] == "Not ratified" and row["proposal"] in CLOSED) or _reopens(row)
    ]
    return as_date(answers[-1]["meeting_on"]) if answers else None


def live_proposals(standing: Standing) -> list[tuple[Row, Closing]]:
    """Return the needed assignments whose proposal is still before the Delivery Group, each with what it proposes.

    A proposal is live if its row was updated after the last "Not ratified" on the action. One updated on the very day of
    that meeting, or on no day that is known, is the one the meeting refused: agencies send their sheets before a meeting.
    """
    after = answered_on(standing.decisions)
    found = []
    for row in needed(standing.assignments):
        kind = PROPOSES.get(row["progress"])
        updated = as_date(row["updated_on"])
        if kind and (after is None or (updated is not None and updated > after)):
            found.append((row, kind))
    return found


def is_mixed(standing: Standing) -> bool:
    """Tell whether live proposals of both kinds stand against each other (W112)."""
    return len({kind for _, kind in standing.live}) > 1


def ratified(decisions: Sequence[Row]) -> Row | None:
    """Return the decision that closed the action: the latest ratified Complete or Stepped down not reopened since."""
    closing: Row | None = None
    for row in decisions:
        if row["decision"] == "Ratified" and row["proposal"] in CLOSED:
            closing = row
        elif _reopens(row):
            closing = None
    return closing


def _reopens(row: Row) -> bool:
    return row["decision"] == "Ratified" and row["proposal"] == "Reopen"


def was_refused(standing: Standing) -> bool:
    """Tell whether the last answer to a proposal to close the action was "Not ratified", and none has been made since."""
    answers = [row for row in standing.decisions if row["proposal"] in (*CLOSED, "Reopen")]
    decided = [row for row in answers if row["decision"] != "Deferred"]
    return bool(decided) and decided[-1]["decision"] == "Not ratified" and not standing.live


def extension(decisions: Sequence[Row]) -> Row | None:
    """Return the latest ratified Extension that gives a new date."""
    granted = [
        row
        for row in decisions
        if row["proposal"] == "Extension" and row["decision"] == "Ratified" and as_date(row["new_due_on"])
    ]
    return granted[-1] if granted else None


def revised_due_on(decisions: Sequence[Row]) -> date | None:
    """Return the new date that the latest ratified Extension gives."""
    granted = extension(decisions)
    return as_date(granted["new_due_on"]) if granted else None


def ratified_on(standing: Standing) -> date | None:
    """Return the meeting that ratified that the action is complete or stepped down; None while it is not."""
    closing = ratified(standing.decisions)
    return as_date(closing["meeting_on"]) if closing else None


def status(standing: Standing) -> Status:
    """Return the action's status: the first line of the table that fits."""
    closing = ratified(standing.decisions)
    if closing is not None:
        return "Stepped down" if closing["proposal"] == "Stepped down" else "Complete"
    live = standing.live
    kinds = {kind for _, kind in live}
    everyone = bool(live) and len(live) == len(needed(standing.assignments))
    if everyone and kinds == {"Complete"} and standing.action["signoff_required"] == "No":
        return "Complete"
    if everyone and len(kinds) == 1:
        return AWAITING
    if len(kinds) > 1 or any(has_begun(row) for row in standing.assignments):
        return IN_PROGRESS
    return NOT_STARTED


def has_begun(assignment: Row) -> bool:
    """Tell whether an assignment was started, updated or proposed.

    An agency that says "Not started" outright and sends no update has not begun, whatever else came with its sheet.
    """
    progress = assignment["progress"]
    if progress in PROPOSES or progress == "In progress" or assignment["progress_update"] is not None:
        return True
    return assignment["updated_on"] is not None and progress != "Not started"


def waited_for(standing: Standing) -> list[str]:
    """Return the agencies that have to move next: those needed that have no live proposal; none when it is not theirs."""
    if not standing.is_open or standing.status == AWAITING:
        return []
    live = {id(row) for row, _ in standing.live}
    left = [row.text("agency") for row in needed(standing.assignments) if id(row) not in live]
    return list(dict.fromkeys(filter(None, left)))


def waiting_on(standing: Standing) -> str:
    """Return who has to move next: agency codes, "Delivery Group" or "Review Manager"; blank when it is closed."""
    if not standing.is_open:
        return ""
    if standing.status == AWAITING:
        return "Delivery Group"
    # Without assignments, with none that is needed, or with proposals that contradict each other, no agency can move it.
    return ", ".join(waited_for(standing)) or "Review Manager"


def extension_asked(standing: Standing) -> tuple[str, date] | None:
    """Return (agency, date) of the longest extension asked for and not yet answered.

    Asked: later than the date the action is now due. Answered: by a decision on an Extension, ratified or not, on or after
    the day the row was last updated.
    """
    answers = [
        as_date(row["meeting_on"])
        for row in standing.decisions
        if row["proposal"] == "Extension" and row["decision"] != "Deferred"
    ]
    answered = answers[-1] if answers else None
    asked = []
    for row in needed(standing.assignments):
        until, updated = as_date(row["extension_requested_to"]), as_date(row["updated_on"])
        fresh = answered is None or (updated is not None and updated > answered)
        if until and fresh and (standing.due_on is None or until > standing.due_on):
            asked.append((until, row.text("agency")))
    return max(asked)[::-1] if asked else None


def latest_update(assignments: Sequence[Row]) -> Row | None:
    """Return the assignment with the newest progress update; of several of one day, the last one."""
    told = [
        row
        for row in assignments
        if row["progress_update"] is not None and "progress_update" not in row.faults
    ]
    return max(reversed(told), key=lambda row: as_date(row["updated_on"]) or date.min, default=None)


def last_update_on(assignments: Sequence[Row]) -> date | None:
    """Return when the newest update came; without any update, when any of the rows last changed by a return."""
    newest = latest_update(assignments)
    if newest is not None:
        return as_date(newest["updated_on"])
    return max(filter(None, (as_date(row["updated_on"]) for row in assignments)), default=None)


def timeliness(
    status: Status, due_on: object, revised_due_on: object, today: date, due_soon_days: int
) -> Timeliness:
    """Return the timeliness of an action, by the table above.

    Args:
        due_on, revised_due_on: the cells' values; anything that is no date ("On going") counts as none.
    """
    if status in CLOSED:
        return "Done"
    if status == AWAITING:
        return "Awaiting ratification"
    due = as_date(revised_due_on) or as_date(due_on)
    if due is None:
        return "No date"
    if today > due:
        return "Overdue"
    return "Due soon" if (due - today).days <= due_soon_days else "On track"


@dataclass(frozen=True, slots=True)
class Lateness:
    """By how many days an action is or was late; 0 when it is not.

    Attributes:
        original: against the due date that was first agreed.
        revised: against the latest ratified extension; the same as `original` where there is none.
    """

    original: int
    revised: int


def lateness(standing: Standing, today: date) -> Lateness:
    """Return how late an action is. The clock stops at the proposal, and runs on if it is refused."""
    until = min(stopped_on(standing) or today, today)
    original, revised = as_date(standing.action["due_on"]), standing.due_on
    return Lateness(
        max((until - original).days, 0) if original else 0, max((until - revised).days, 0) if revised else 0
    )


def stopped_on(standing: Standing) -> date | None:
    """Return the day the overdue clock stopped: the last live proposal, or the meeting that ratified; None if it runs."""
    if standing.is_open and standing.status != AWAITING:
        return None
    proposed = [as_date(row["updated_on"]) for row, _ in standing.live]
    meeting = ratified_on(standing)
    days = [day for day in proposed if day is not None and (meeting is None or day <= meeting)]
    return max(days, default=meeting)


def _by_action(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        key = row.text("action_id")
        if key:
            found.setdefault(key, []).append(row)
    return found
