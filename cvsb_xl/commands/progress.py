"""`cvsb progress`: a review's 12-month progress report, as a Word paper."""

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
    note,
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
from cvsb_xl.verbs.progress import ProgressReport, progress


@click.command()
@tracker_argument
@click.option("--review", "review_id", required=True, metavar="ID", help="The review's ID, such as RV-0001.")
@as_at_option
@click.option("--draft", is_flag=True, help="Head the paper DRAFT; with --as-at also before publication.")
@out_option
@template_option
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    tracker: Path,
    review_id: str,
    as_at: datetime | None,
    draft: bool,
    out: Path,
    template: Path | None,
    output_format: str,
) -> None:
    """Write a review's progress report as a Word paper: what was agreed, where each action stands, and what it led to.

    The framework asks for it 12 months after a review's recommendations and actions were published. The tracker is only
    read. Exit code 1: the paper is written, but something in the tracker could not be counted or read,
    or a text that it prints may name a person.
    """
    check_out(out)
    opened = open_for(ctx, tracker)
    outcome = progress(
        opened.tracker, context_of(), review_id, as_at=as_at.date() if as_at else None, draft=draft
    )
    report: ProgressReport = outcome.report
    save_paper(out, outcome.documents[0], template)
    findings = in_this_file(opened, outcome.findings)
    if output_format == "json":
        print_json({"out": str(out), **asdict(report), "findings": findings_json(findings)})
    else:
        click.echo(_text(report, out))
        for line in report.left_out:
            note(f"Not counted or not read: {line}")
        tell_before_sending(findings, tracker.name)
    leave(wants_a_person=bool(report.left_out) or has_errors(findings))


def _text(report: ProgressReport, out: Path) -> str:
    counts = report.position
    return (
        f"{out}: {report.review_id} as at {day_in_words(report.as_at)}{', DRAFT' if report.draft else ''}. "
        f"{counted(counts.actions, 'action')}: {counts.complete} complete, {counts.stepped_down} stepped down, "
        f"{counts.awaiting_ratification} awaiting ratification, {counts.in_progress} in progress, "
        f"{counts.not_started} not started; {counts.overdue} overdue."
    )
