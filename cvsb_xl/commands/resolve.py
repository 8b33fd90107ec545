"""`cvsb resolve`: carry out what was decided in Conflicts."""

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


@tracker_command("resolve")
def command(ctx: click.Context, tracker: Path, dry_run: bool, output_format: str) -> None:
    """Carry out the decisions picked in the sheet Conflicts, and leave the rest open.

    A decision whose cell has changed since is refused, saying what the cell holds now.
    """
    from cvsb_xl.hosts.file import save_edits
    from cvsb_xl.verbs.resolve import resolve

    opened = open_for(ctx, tracker)
    outcome = resolve(opened.tracker, context_of())
    if not dry_run:
        save_edits(opened, outcome.edits)
    report = outcome.report
    refused = [item for item in report.settled if not item.done]
    if output_format == "json":
        print_json({"settled": [asdict(item) for item in report.settled], "undecided": report.undecided})
    else:
        for item in report.settled:
            mark = "" if item.done else "not done: "
            click.echo(
                f"{item.conflict_id} {item.table} {item.key} {item.field} ({item.decision}): {mark}{item.words}"
            )
        done = len(report.settled) - len(refused)
        click.echo(
            f"{done} settled, {len(refused)} could not be, {report.undecided} still without a decision."
        )
        if dry_run:
            click.echo("Dry run: nothing was changed.")
    leave(wants_a_person=bool(refused or report.undecided))
