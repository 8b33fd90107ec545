"""`cvsb progress`: a review's 12-month progress report, as a Word paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from cvsb_xl.commands.common import (
    as_at_option,
    context_of,
    has_errors,
    leave,
    note,
    open_for,
    print_json,
    tracker_command,
)
from cvsb_xl.commands.papers import (
    Asked,
    in_this_file,
    paths_in,
    tell_before_sending,
    template_option,
    write_paper,
)
from cvsb_xl.errors import CannotDo
from cvsb_xl.outputs.findings_json import findings_json
from cvsb_xl.papers.progress import ProgressReport, progress
from cvsb_xl.tracker.wording import counted, day_in_words


@tracker_command("progress", dry_run=False)
@click.option("--review", "review_id", metavar="ID", help="The review's ID, such as RV-0001.")
@click.option(
    "--due",
    is_flag=True,
    help="Write the report of every review that owes one now or soon; --out is a folder.",
)
@as_at_option
@click.option("--draft", is_flag=True, help="Head the paper DRAFT; with --as-at also before publication.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.docx|DIR",
    help="Where to write the paper.",
)
@template_option
def command(
    ctx: click.Context,
    tracker: Path,
    review_id: str | None,
    due: bool,
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
    if (review_id is None) != due:
        raise CannotDo("Give --review ID for one review's report, or --due for all that are owed; not both.")
    if review_id is None:
        _every(ctx, tracker, out, template, as_at, draft=draft, output_format=output_format)
        return
    asked = Asked(tracker, as_at.date() if as_at else None, out, template, output_format)
    write_paper(
        ctx,
        asked,
        lambda found, context, day: progress(found, context, review_id, as_at=day, draft=draft),
        _text,
        _unread,
    )


def _every(
    ctx: click.Context,
    tracker: Path,
    out: Path,
    template: Path | None,
    as_at: datetime | None,
    *,
    draft: bool,
    output_format: str,
) -> None:
    """Write every report that is owed into a folder."""
    from cvsb_xl.hosts.documents import make_folder, write_together
    from cvsb_xl.hosts.file import read_file
    from cvsb_xl.outputs.word import word_bytes
    from cvsb_xl.papers.progress_due import ProgressDueReport, progress_due

    if draft:
        raise CannotDo("--draft goes with --review: only the reports of published reviews are owed.")
    opened = open_for(ctx, tracker)
    outcome = progress_due(opened.tracker, context_of(), as_at=as_at.date() if as_at else None)
    report: ProgressDueReport = outcome.report
    look = read_file(template, "template") if template else None
    paths = paths_in(out, "Progress report", [review for review, _, _ in report.reports])
    make_folder(out)
    papers = zip(paths, outcome.documents, strict=True)
    write_together({path: word_bytes(paper, look) for path, paper in papers})
    findings = in_this_file(opened, outcome.findings)
    if output_format == "json":
        told = [
            {"out": str(path), "due": due, **asdict(one.report)}
            for path, (_, due, one) in zip(paths, report.reports, strict=True)
        ]
        print_json({"until": report.until, "reports": told, "findings": findings_json(findings)})
    else:
        for path, (_, due, one) in zip(paths, report.reports, strict=True):
            click.echo(f"{path}: {_text(one.report)} Due on {day_in_words(due)}.")
            for line in _unread(one.report):
                note(line)
        number = counted(len(report.reports), "progress report")
        click.echo(f"{number} owed by {day_in_words(report.until)}.")
        tell_before_sending(findings, tracker.name)
    leave(wants_a_person=any(one.report.left_out for _, _, one in report.reports) or has_errors(findings))


def _unread(report: ProgressReport) -> Sequence[str]:
    return [f"Not counted or not read: {line}" for line in report.left_out]


def _text(report: ProgressReport) -> str:
    counts = report.position
    return (
        f"{report.review_id} as at {day_in_words(report.as_at)}{', DRAFT' if report.draft else ''}. "
        f"{counted(counts.actions, 'action')}: {counts.complete} complete, {counts.stepped_down} stepped down, "
        f"{counts.awaiting_ratification} awaiting ratification, {counts.in_progress} in progress, "
        f"{counts.not_started} not started; {counts.overdue} overdue."
    )
