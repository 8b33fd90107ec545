"""What every paper is made from: how all actions stand as at a day, and what agencies are called. Nothing is worded here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import Standing, standings
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.verbs.summaries import due_soon_days

BOARD = "BOARD"
"""Stands for the Board itself where Dissemination names an agency."""


@dataclass(frozen=True, kw_only=True)
class Overall:
    """The actions and escalations that a paper tells of.

    Attributes:
        actions: how each action stands, by id in natural order.
        escalations: those raised by the day, in the order of the sheet.
        names: agency code -> name; blank where Agencies gives none.
    """

    tracker: Tracker
    as_at: date
    made_at: datetime
    actions: tuple[Standing, ...]
    escalations: tuple[Row, ...]
    names: Mapping[str, str]

    @property
    def due_soon_days(self) -> int:
        """An action due within so many days reads Due soon."""
        return due_soon_days(self.tracker)

    def code(self, text: str) -> str:
        """Return an agency's code as Agencies writes it ("swp" is SWP); what Agencies does not have stays as it is."""
        return self._codes.get(text.strip().casefold(), text.strip())

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        return {code.casefold(): code for code in (*self.names, BOARD)}

    def agency(self, text: str) -> str:
        """Return the name of the agency with that code; an unknown one as it stands, and that Agencies lacks it."""
        code = self.code(text)
        if code == BOARD:
            return "The Board"
        if code not in self.names:
            return f"{code} (not in Agencies)" if code else "No agency"
        return self.names[code] or code

    def with_status(self, *wanted: str) -> list[Standing]:
        """Return the actions with one of these statuses, in order."""
        return [item for item in self.actions if item.status in wanted]

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Review -> its title."""
        return {key: row.text("title") for key, row in self.tracker["reviews"].by_key.items()}

    def review_name(self, key: str) -> str:
        """Return "RV-0003, Adult F" for a review's id; its id alone where it has no title."""
        title = self.titles.get(key, "")
        return f"{key}, {title}" if title else key


def overall(tracker: Tracker, as_at: date, made_at: datetime) -> Overall:
    """Collect what the whole tracker holds. One pass over each table."""
    every = standings(tracker, as_at)
    return Overall(
        tracker=tracker,
        as_at=as_at,
        made_at=made_at,
        actions=tuple(every[key] for key in sorted(every, key=natural)),
        escalations=tuple(row for row in tracker["escalations"] if _is_raised(row, as_at)),
        names=agency_names(tracker),
    )


def agency_names(tracker: Tracker) -> dict[str, str]:
    """Return agency code -> name."""
    return {row.text("agency"): row.text("name") for row in tracker["agencies"] if row.text("agency")}


def _is_raised(row: Row, as_at: date) -> bool:
    if row.is_blank:
        return False
    raised = as_date(row["raised_on"])
    return raised is None or raised <= as_at
