"""`cvsb changes`: what changed since a day, in sentences."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from cvsb_xl.commands.common import (
    as_at_option,
    context_of,
    leave,
    note,
    open_for,
    print_json,
    tracker_command,
)
from cvsb_xl.commands.papers import check_out, save_paper, since_value, template_option
from cvsb_xl.papers.changes import about_the_log, changes, summary


@tracker_command("changes", dry_run=False)
@click.option("--since", required=True, metavar="DATE|last-board", help="A day, or the Board's last meeting.")
@click.option("--review", metavar="ID", help="Only what belongs to this review.")
@click.option("--agency", metavar="CODE", help="Only what concerns this agency.")
@as_at_option
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE.docx", help="Write it as a Word paper too."
)
@template_option
def command(
    ctx: click.Context,
    tracker: Path,
    since: str,
    review: str | None,
    agency: str | None,
    as_at: datetime | None,
    out: Path | None,
    template: Path | None,
    output_format: str,
) -> None:
    """Tell what changed since a day: what meetings decided first, then what agencies reported; hand edits included."""
    if out is not None:
        check_out(out)
    start = since_value(since)
    opened = open_for(ctx, tracker)
    outcome = changes(
        opened.tracker,
        context_of(),
        start,
        as_at=as_at.date() if as_at else None,
        review=review,
        agency=agency,
    )
    report = outcome.report
    if out is not None:
        save_paper(out, outcome.documents[0], template)
    if output_format == "json":
        print_json(asdict(report))
    else:
        group = ""
        for change in report.changes:
            if change.group != group:
                group = change.group
                click.echo(click.style(group, bold=True))
            click.echo(f"  {change.about} {change.words}")
        click.echo(summary(report) + (f" Written to {out}." if out else ""))
    if said := about_the_log(report):
        note(said)
    leave(wants_a_person=bool(report.unread))
