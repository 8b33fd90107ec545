"""`cvsb plan`: a review's action plan, to circulate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import click

from cvsb_xl.commands.papers import paper_command, review_option
from cvsb_xl.papers.plan import PlanReport, plan
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.wording import counted, day_in_words, listed
from cvsb_xl.verbs.outcome import Context, Outcome


def _words(report: PlanReport) -> str:
    return (
        f"{report.review_id} as at {day_in_words(report.as_at)}{', DRAFT' if report.draft else ''}. "
        f"{counted(report.recommendations, 'recommendation')}, {report.without_action} without an action; "
        f"{counted(report.actions, 'action')}, {len(report.incomplete)} lacking a lead, a date or a measure."
    )


def _wants(report: PlanReport) -> Sequence[str]:
    lacking = listed(list(report.incomplete), 12)
    return [f"Before you send it: give a lead, a date and a measure to {lacking}."] if lacking else []


@paper_command("plan", _words, _wants)
@review_option
@click.option("--draft", is_flag=True, help="Head the paper DRAFT; needed before publication.")
def command(tracker: Tracker, context: Context, as_at: date | None, review_id: str, draft: bool) -> Outcome:
    """Write a review's action plan to circulate: recommendations, actions, leads, areas, measures and dates.

    Exit code 1: written, but an action lacks a lead, a date or a measure, or a text may name a person.
    """
    return plan(tracker, context, review_id, as_at=as_at, draft=draft)
