"""`cvsb prove`: one action's or review's story, for an inspector."""

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
from cvsb_xl.tracker.wording import counted
from cvsb_xl.verbs.prove import prove


@click.command("prove")
@tracker_argument
@click.argument("key", metavar="ACTION|REVIEW")
@click.option(
    "--redact", is_flag=True, help="Leave out what people wrote and who they are, and say what was left out."
)
@as_at_option
@out_option
@template_option
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    tracker: Path,
    key: str,
    redact: bool,
    as_at: datetime | None,
    out: Path,
    template: Path | None,
    output_format: str,
) -> None:
    """Write one document for an inspector: learning, recommendation, updates with the digests of their returns, evidence seen,
    minutes, impact, and every change with its chain value.

    Exit code 1: written, but the change log does not hold, or a text that it prints may name a person.
    """
    check_out(out)
    opened = open_for(ctx, tracker)
    outcome = prove(opened.tracker, context_of(), key, redact=redact, as_at=as_at.date() if as_at else None)
    save_paper(out, outcome.documents[0], template)
    report, findings = outcome.report, in_this_file(opened, outcome.findings)
    if output_format == "json":
        print_json({"out": str(out), **asdict(report), "findings": findings_json(findings)})
    else:
        left = sum(report.left_out.values())
        click.echo(
            f"{out}: {report.key}, {counted(report.actions, 'action')}, {counted(report.entries, 'change')}, "
            f"{counted(report.receipts, 'returned sheet')}."
            + (f" {counted(left, 'text')} left out." if redact else "")
        )
        tell_before_sending(findings, tracker.name)
        if report.unlogged:
            note(
                f"{counted(report.unlogged, 'cell')} typed by hand are not in the log yet: run cvsb update first."
            )
        if not report.log_holds:
            note("The change log does not hold; the paper says so. cvsb log TRACKER verify tells where.")
    leave(wants_a_person=has_errors(findings) or not report.log_holds)
