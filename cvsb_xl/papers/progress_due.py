"""Which reviews owe the Board their 12-month progress report, and the reports of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cvsb_xl.papers.progress import progress
from cvsb_xl.papers.progress_material import whole
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.summaries import due_soon_days


@dataclass(frozen=True)
class ProgressDueReport:
    """The reviews whose report is due, in the order of their dates, each with the outcome of its progress report.

    Attributes:
        until: the last day that counts: so many days from the day told as an action is due soon.
    """

    until: date
    reports: tuple[tuple[str, date, Outcome], ...]


def progress_due(tracker: Tracker, context: Context, *, as_at: date | None = None) -> Outcome:
    """Write the report of every published review whose report has not been given and is due by now or soon.

    Returns:
        An outcome with one Paper for each, in the order of its report; the findings of all of them.
    """
    told_on = as_at or context.today
    until = told_on + timedelta(days=due_soon_days(tracker))
    owed = reports_due(tracker, told_on, until)
    shared = whole(tracker, context, told_on) if owed else None
    found = [
        (review, due, progress(tracker, context, review, as_at=told_on, shared=shared))
        for review, due in owed
    ]
    return Outcome(
        findings=[item for _, _, outcome in found for item in outcome.findings],
        report=ProgressDueReport(until, tuple(found)),
        documents=[outcome.documents[0] for _, _, outcome in found],
    )


def reports_due(tracker: Tracker, told_on: date, until: date) -> Sequence[tuple[str, date]]:
    """Return (review, due date) of each progress report that is owed by `until`, the earliest first."""
    owed = []
    for review, clocks in review_milestones(tracker).items():
        for item in clocks:
            given = item.done_on is not None and item.done_on <= told_on
            published = item.start is not None and item.start <= told_on
            if (
                item.clock.due == "progress_due"
                and item.due
                and item.due <= until
                and published
                and not given
            ):
                owed.append((review, item.due))
    return sorted(owed, key=lambda pair: (pair[1], natural(pair[0])))
