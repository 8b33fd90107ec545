"""`cvsb undo`: take back the newest run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cvsb_xl.commands.common import (
    context_of,
    leave,
    open_for,
    print_json,
    tracker_command,
)


@tracker_command("undo")
def command(ctx: click.Context, tracker: Path, dry_run: bool, output_format: str) -> None:
    """Take back the newest run that is not undone, cell by cell.

    A cell that has changed since is left alone and named; what was typed by hand and sheets that were given out stay.
    The undoing is itself logged.
    """
    from cvsb_xl.hosts.file import save_edits
    from cvsb_xl.verbs.undo import undo

    opened = open_for(ctx, tracker)
    outcome = undo(opened.tracker, context_of())
    if not dry_run:
        save_edits(opened, outcome.edits)
    report = outcome.report
    left = [cell for cell in report.cells if not cell.done]
    if output_format == "json":
        print_json(asdict(report))
    else:
        click.echo(f"{report.run}: {report.verb} by {report.by or 'unknown'} at {report.at}")
        for cell in report.cells:
            click.echo(f"  {cell.table} {cell.key} {cell.field}: {cell.words}")
        click.echo(f"{len(report.cells) - len(left)} taken back, {len(left)} left alone.")
        for one in report.stays:
            click.echo(f"Stays, though it came later: {one}.")
        if dry_run:
            click.echo("Dry run: nothing was changed.")
    leave(wants_a_person=bool(left))
