"""`cvsb board`: the Board's report."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
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
    since_value,
    tell_before_sending,
    template_option,
)
from cvsb_xl.outputs.findings_json import findings_json
from cvsb_xl.tracker.wording import counted, day_in_words
from cvsb_xl.verbs.board import board, position_words


@click.command("board")
@tracker_argument
@click.option(
    "--since",
    metavar="DATE|last-board",
    help="The day of the last report; the Board's last meeting if not given.",
)
@as_at_option
@out_option
@template_option
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    tracker: Path,
    since: str | None,
    as_at: datetime | None,
    out: Path,
    template: Path | None,
    output_format: str,
) -> None:
    """Write the Board's report: position, what changed since the last one, timeliness, barriers and earlier asks, themes."""
    check_out(out)
    start: date | str | None = since_value(since) if since else None
    opened = open_for(ctx, tracker)
    outcome = board(opened.tracker, context_of(), as_at=as_at.date() if as_at else None, since=start)
    save_paper(out, outcome.documents[0], template)
    report, findings = outcome.report, in_this_file(opened, outcome.findings)
    if output_format == "json":
        print_json({"out": str(out), **asdict(report), "findings": findings_json(findings)})
    else:
        click.echo(
            f"{out}: as at {day_in_words(report.as_at)}. {position_words(report.position)} "
            f"{counted(len(report.asks), 'decision')} asked of the Board."
        )
        tell_before_sending(findings, tracker.name)
    leave(wants_a_person=has_errors(findings))
