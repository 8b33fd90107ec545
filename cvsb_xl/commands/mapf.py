"""`cvsb mapf`: a forum's learning template."""

from __future__ import annotations

from datetime import date

from cvsb_xl.commands.papers import paper_command, review_option
from cvsb_xl.papers.mapf import MapfReport, mapf
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.wording import counted, day_in_words
from cvsb_xl.verbs.outcome import Context, Outcome


def _words(report: MapfReport) -> str:
    return (
        f"{report.review_id} as at {day_in_words(report.as_at)}{', DRAFT' if report.draft else ''}. "
        f"{counted(report.actions, 'action')}{'' if report.has_findings else '; no key findings are recorded'}."
    )


@paper_command("mapf", _words)
@review_option
def command(tracker: Tracker, context: Context, as_at: date | None, review_id: str) -> Outcome:
    """Write a MAPF's learning template: key findings, at most three SMART actions preferred, and how the learning was shared."""
    return mapf(tracker, context, review_id, as_at=as_at)
