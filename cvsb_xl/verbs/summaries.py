"""The generated Progress sheet, as rows; and which reviews are published, and when an action reads Due soon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import Standing
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value


def due_soon_days(tracker: Tracker) -> int:
    """Return the setting due_soon_days; the framework's own default where the board's is no whole number."""
    for text in (tracker.setting("due_soon_days"), *_default(tracker)):
        if text.strip().isdecimal():
            return int(text)
    return 0


def _default(tracker: Tracker) -> list[str]:
    return [
        item["value"] or ""
        for item in tracker.framework["settings"].defaults
        if item["setting"] == "due_soon_days"
    ]


def published(tracker: Tracker, today: date) -> list[Row]:
    """Return the reviews whose report is published, by natural order of their ids."""
    rows = [
        row
        for row in tracker["reviews"].by_key.values()
        if (day := as_date(row["report_published_on"])) is not None and day <= today
    ]
    return sorted(rows, key=lambda row: natural(row.text("review_id")))


def progress_rows(tracker: Tracker, today: date, standings: Mapping[str, Standing]) -> list[dict[str, Value]]:
    """Return one row for each published review: how many of its actions stand where."""
    of_review: dict[str, list[Standing]] = {}
    for standing in standings.values():
        of_review.setdefault(standing.action.text("review_id"), []).append(standing)
    days = due_soon_days(tracker)
    rows: list[dict[str, Value]] = []
    for review in published(tracker, today):
        own = of_review.get(review.text("review_id"), [])
        tally = Counter(standing.status for standing in own)
        rows.append(
            {
                "review_id": review["review_id"],
                "title": review["title"],
                "progress_due": review["progress_due"],
                "actions": len(own),
                "complete": tally["Complete"],
                "stepped_down": tally["Stepped down"],
                "awaiting_ratification": tally["Awaiting ratification"],
                "in_progress": tally["In progress"],
                "not_started": tally["Not started"],
                "overdue": sum(standing.timeliness(today, days) == "Overdue" for standing in own),
            }
        )
    return rows
