"""The generated Progress and Ratification sheets, as rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import AWAITING, Standing
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value
from cvsb_xl.tracker.wording import listed

_CELL = 30_000
"""Joined text is cut here, with a word that says so: Excel holds 32,767 characters in a cell."""


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


def ratification_rows(standings: Mapping[str, Standing]) -> list[dict[str, Value]]:
    """Return one row for each action that the Delivery Group is asked to ratify, by natural order of their ids."""
    waiting = [item for item in standings.values() if item.status == AWAITING]
    return [_asked(item) for item in sorted(waiting, key=lambda item: natural(item.action.text("action_id")))]


def _asked(standing: Standing) -> dict[str, Value]:
    live = standing.live
    proposal = live[0][1]
    rows = [row for row, _ in live]
    return {
        "action_id": standing.action["action_id"],
        "review_id": standing.action["review_id"],
        "action": standing.action["action"],
        "proposal": proposal,
        "evidence": _joined(rows, "evidence" if proposal == "Complete" else "step_down_reason"),
        "impact": _joined(rows, "impact"),
        "missing": missing(rows, proposal) or None,
    }


def missing(rows: Sequence[Row], proposal: str) -> str:
    """Say what a proposal lacks: "Evidence from SWP; impact from SWP and CAV"; blank when nothing."""
    wanted = {"Complete": ("evidence", "impact"), "Stepped down": ("step_down_reason",)}[proposal]
    names = {"evidence": "evidence", "impact": "impact", "step_down_reason": "a reason"}
    gaps = []
    for field in wanted:
        silent = list(dict.fromkeys(row.text("agency") for row in rows if row[field] is None))
        if silent:
            gaps.append(f"{names[field]} from {listed(silent)}")
    text = "; ".join(gaps)
    return text[:1].upper() + text[1:]


def _joined(rows: Sequence[Row], field: str) -> str | None:
    said = [row for row in rows if row[field] is not None]
    name: Callable[[Row], str] = (lambda row: f"{row.text('agency')}: ") if len(rows) > 1 else (lambda _: "")
    text = "\n".join(name(row) + row.text(field) for row in said)
    if len(text) > _CELL:
        text = text[:_CELL] + " ... (the rest stands in Assignments)"
    return text or None
