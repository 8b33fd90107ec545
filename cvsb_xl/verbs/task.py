"""One thing that wants doing, and what the lists of Today are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.clocks import Milestone
from cvsb_xl.tracker.status import Standing
from cvsb_xl.tracker.tables import Tracker


@dataclass(frozen=True, slots=True)
class Task:
    """One line of Today.

    Attributes:
        what: what to do, with whom and about what: "Chase South Wales Police: A-0014 is 23 days overdue".
        why: the reason it is on the list.
        due_on: the date it hangs on, if one.
        table, key, field: where to go; a blank key means the sheet.
    """

    what: str
    why: str
    due_on: date | None
    table: str
    key: str = ""
    field: str = ""


@dataclass(frozen=True)
class Facts:
    """What the lists are made from, worked out once."""

    tracker: Tracker
    today: date
    due_soon_days: int
    standings: Mapping[str, Standing]
    milestones: Mapping[str, Sequence[Milestone]]

    def agency_name(self, code: str) -> str:
        """Return an agency's name, or its code where it has none."""
        row = self.tracker["agencies"].by_key.get(code)
        return (row.text("name") if row else "") or code

    def is_soon(self, due: date) -> bool:
        """Tell whether a date lies within the board's due-soon days."""
        return 0 <= (due - self.today).days <= self.due_soon_days
