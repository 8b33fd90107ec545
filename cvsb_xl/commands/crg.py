"""`cvsb crg`: the Case Review Group's paper."""

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
from cvsb_xl.verbs.crg import crg


@click.command("crg")
@tracker_argument
@as_at_option
@out_option
@template_option
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    tracker: Path,
    as_at: datetime | None,
    out: Path,
    template: Path | None,
    output_format: str,
) -> None:
    """Write the Case Review Group's paper: referrals to decide, decisions to be signed off and notified, clocks of open reviews."""
    check_out(out)
    opened = open_for(ctx, tracker)
    outcome = crg(opened.tracker, context_of(), as_at=as_at.date() if as_at else None)
    save_paper(out, outcome.documents[0], template)
    report, findings = outcome.report, in_this_file(opened, outcome.findings)
    if output_format == "json":
        print_json({"out": str(out), **asdict(report), "findings": findings_json(findings)})
    else:
        click.echo(
            f"{out}: as at {day_in_words(report.as_at)}. {counted(len(report.to_decide), 'referral')} to decide, "
            f"{len(report.unsigned)} without sign-off, {len(report.unnotified)} without notice; "
            f"{counted(len(report.open_reviews), 'open review')}, {len(report.passed)} with a date that has passed."
        )
        tell_before_sending(findings, tracker.name)
    leave(wants_a_person=has_errors(findings))
