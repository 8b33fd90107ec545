"""`cvsb plan`: a review's action plan, to circulate."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from cvsb_xl.commands.common import (
    as_at_option,
    context_of,
    format_option,
    has_errors,
    leave,
    open_for,
    print_json,
    tracker_argument,
)
from cvsb_xl.commands.papers import (
    check_out,
    in_this_file,
    out_option,
    save_paper,
    tell_before_sending,
    template_option,
)
from cvsb_xl.outputs.findings_json import findings_json
from cvsb_xl.tracker.wording import counted, day_in_words
from cvsb_xl.verbs.plan import plan


@click.command("plan")
@tracker_argument
@click.option("--review", "review_id", required=True, metavar="ID", help="The review's ID, such as RV-0001.")
@click.option("--draft", is_flag=True, help="Head the paper DRAFT; needed before publication.")
@as_at_option
@out_option
@template_option
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    tracker: Path,
    review_id: str,
    draft: bool,
    as_at: datetime | None,
    out: Path,
    template: Path | None,
    output_format: str,
) -> None:
    """Write a review's action plan to circulate: recommendations, actions, leads, areas, measures and dates.

    Exit code 1: written, but an action lacks a lead, a date or a measure, or a text may name a person.
    """
    check_out(out)
    opened = open_for(ctx, tracker)
    outcome = plan(
        opened.tracker, context_of(), review_id, as_at=as_at.date() if as_at else None, draft=draft
    )
    save_paper(out, outcome.documents[0], template)
    report, findings = outcome.report, in_this_file(opened, outcome.findings)
    if output_format == "json":
        print_json({"out": str(out), **asdict(report), "findings": findings_json(findings)})
    else:
        click.echo(
            f"{out}: {report.review_id} as at {day_in_words(report.as_at)}{', DRAFT' if report.draft else ''}. "
            f"{counted(report.recommendations, 'recommendation')}, {report.without_action} without an action; "
            f"{counted(report.actions, 'action')}, {len(report.incomplete)} lacking a lead, a date or a measure."
        )
        tell_before_sending(findings, tracker.name)
    leave(wants_a_person=bool(report.incomplete) or has_errors(findings))
