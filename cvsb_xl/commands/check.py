"""cvsb check: run the rules over a tracker and say what they found."""

from __future__ import annotations

from dataclasses import replace
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
from cvsb_xl.outputs.findings_json import findings_json
from cvsb_xl.outputs.findings_text import findings_text
from cvsb_xl.verbs.check import check


@click.command("check")
@tracker_argument
@format_option("text", "json")
@click.option(
    "--select", multiple=True, metavar="CODES", help="Only these rules: codes or beginnings (S101,W)."
)
@click.option("--ignore", multiple=True, metavar="CODES", help="All but these rules.")
@as_at_option
@click.pass_context
def command(
    ctx: click.Context,
    tracker: Path,
    output_format: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    as_at: datetime | None,
) -> None:
    """Check every action, date, owner and reference of TRACKER. Nothing is changed.

    Exit codes: 0 no errors; 1 errors were found; 2 the tracker could not be checked.
    """
    opened = open_for(ctx, tracker)
    outcome = check(opened.tracker, context_of(as_at), select, ignore)
    # A Welsh tracker's sheets have Welsh names: an address must be one that its file has.
    findings = [
        replace(item, sheet=opened.sheets.get(item.table or "", item.sheet)) for item in outcome.findings
    ]
    if output_format == "json":
        print_json(findings_json(findings))
    else:
        for line in findings_text(findings, tracker.name, outcome.report.rows, len(outcome.report.waived)):
            click.echo(line)
    leave(wants_a_person=has_errors(findings))
