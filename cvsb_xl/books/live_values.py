"""What the live columns say on a day, by Python: the cached values that stand in a file until a program recalculates it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cvsb_xl.framework.clocks import milestones, next_milestone
from cvsb_xl.tracker.review_clocks import clock_settings, decided_on
from cvsb_xl.tracker.status import IN_PROGRESS, Status, timeliness
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value

_STATUSES: dict[str, Status] = {
    "Not started": "Not started",
    "Awaiting ratification": "Awaiting ratification",
    "Complete": "Complete",
    "Stepped down": "Stepped down",
}


def with_live_values(tracker: Tracker, today: date) -> Tracker:
    """Return the tracker with every live column filled for that day, from the row's own status and dates."""
    days = due_soon_days(tracker)
    actions = tuple(_with(row, {"timeliness": _timeliness(row, today, days)}) for row in tracker["actions"])
    decided, settings = decided_on(tracker), clock_settings(tracker)
    reviews = []
    for row in tracker["reviews"]:
        found = milestones(
            row.values,
            tracker.framework.clocks,
            decided_on=decided.get(row.text("review_id")),
            settings=settings,
        )
        words, due = next_milestone(found, today)
        reviews.append(_with(row, {"next_milestone": words or None, "next_milestone_due": due}))
    tracker = tracker.with_table("actions", replace(tracker["actions"], rows=actions))
    return tracker.with_table("reviews", replace(tracker["reviews"], rows=tuple(reviews)))


def due_soon_days(tracker: Tracker) -> int:
    """Return the setting; its default where it is no whole number."""
    defaults = tracker.framework["settings"].defaults
    default = next((item["value"] for item in defaults if item["setting"] == "due_soon_days"), None)
    text = tracker.setting("due_soon_days").strip()
    return int(text if text.isdecimal() else default or 0)


def _timeliness(row: Row, today: date, days: int) -> str:
    status = _STATUSES.get(row.text("status"), IN_PROGRESS)
    return timeliness(status, row["due_on"], row["revised_due_on"], today, days)


def _with(row: Row, values: dict[str, Value]) -> Row:
    return replace(row, values={**row.values, **values})
