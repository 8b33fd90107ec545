"""`cvsb handover`: from one agency or person to another."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from cvsb_xl.commands.common import (
    DATE,
    context_of,
    leave,
    note,
    open_for,
    print_json,
    tracker_command,
)
from cvsb_xl.tracker.wording import counted, day_in_words, listed
from cvsb_xl.verbs.handover import handover


@tracker_command("handover")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--on",
    type=DATE,
    metavar="DATE",
    help="The day from which NEW answers; today if not given.",
)
def command(
    ctx: click.Context,
    tracker: Path,
    old: str,
    new: str,
    on: datetime | None,
    dry_run: bool,
    output_format: str,
) -> None:
    """Move what is open from OLD to NEW: codes of agencies, or people ("Name <address>", a name, an address).

    What is closed keeps the old name. A sheet that is still out with the old agency is merged as ever when it comes back.
    """
    from cvsb_xl.hosts.file import save_edits

    opened = open_for(ctx, tracker)
    outcome = handover(opened.tracker, context_of(), old, new, on=on.date() if on else None)
    if not dry_run:
        save_edits(opened, outcome.edits)
    report = outcome.report
    if output_format == "json":
        print_json(asdict(report))
    else:
        by_sheet: dict[str, list[str]] = {}
        for table, key in report.moved:
            by_sheet.setdefault(opened.tracker[table].schema.sheet, []).append(key)
        for sheet, keys in by_sheet.items():
            click.echo(f"{sheet}: {listed(keys, 12)}")
        click.echo(
            f"{counted(len(report.moved), 'row')} changed: from {report.old} to {report.new} on {day_in_words(report.on)}."
        )
        for words in report.notes:
            note(words)
        if dry_run:
            click.echo("Dry run: nothing was changed.")
    leave(wants_a_person=bool(report.notes))
