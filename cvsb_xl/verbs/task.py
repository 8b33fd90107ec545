"""One thing that wants doing, and what the lists of Today are made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from cvsb_xl.framework.clocks import Milestone
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import Standing, Timeliness
from cvsb_xl.tracker.tables import Tracker

UPDATE = "Type it in; Update (cvsb update)"
RESOLVE = "Carry out (cvsb resolve)"
CHASE = "Chase (cvsb chase)"
ISSUE = "Issue sheets (cvsb issue)"
RATIFY = "Ratification pack (cvsb ratify)"
BOARD = "Board report (cvsb board)"
CRG = "Case Review Group (cvsb crg)"
PROGRESS = "Progress report (cvsb progress)"
MAPF = "MAPF template (cvsb mapf)"
DUE = "Due dates (cvsb due)"
"""What does a task: the button of the CVSB tab, and the command."""


@dataclass(frozen=True, slots=True)
class Task:
    """One line of Today.

    Attributes:
        what: what to do, with whom and about what: "Chase South Wales Police: A-0014 is 23 days overdue".
        why: the reason it is on the list.
        due_on: the date it hangs on, if one.
        table, key, field: where to go; a blank key means the sheet.
        how: the verb that does it, as button and command; blank where the list it stands in says it.
    """

    what: str
    why: str
    due_on: date | None
    table: str
    key: str = ""
    field: str = ""
    how: str = ""


@dataclass(frozen=True)
class Facts:
    """What the lists are made from, worked out once."""

    tracker: Tracker
    today: date
    due_soon_days: int
    standings: Mapping[str, Standing]
    milestones: Mapping[str, Sequence[Milestone]]

    @cached_property
    def open_actions(self) -> list[Standing]:
        """The actions that are not closed, by due date; those without one last."""
        found = [item for item in self.standings.values() if item.is_open]
        return sorted(
            found, key=lambda item: (item.due_on or date.max, natural(item.action.text("action_id")))
        )

    @cached_property
    def by_timeliness(self) -> Mapping[Timeliness, list[Standing]]:
        """The open actions by their timeliness, each list by due date."""
        found: dict[Timeliness, list[Standing]] = defaultdict(list)
        for item in self.open_actions:
            found[item.timeliness(self.today, self.due_soon_days)].append(item)
        return found

    def agency_name(self, code: str) -> str:
        """Return an agency's name, or its code where it has none."""
        row = self.tracker["agencies"].by_key.get(code)
        return (row.text("name") if row else "") or code

    def is_soon(self, due: date) -> bool:
        """Tell whether a date lies within the board's due-soon days."""
        return 0 <= (due - self.today).days <= self.due_soon_days
