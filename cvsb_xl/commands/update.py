"""`cvsb update`: fill ids, rows, dates, statuses and Today."""

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
from cvsb_xl.hosts.file import save_edits
from cvsb_xl.tracker.wording import counted
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.update import UpdateReport, update

_LINES = {
    "ids": ("id filled", "ids filled"),
    "assignments": ("assignment made", "assignments made"),
    "acknowledgements": ("acknowledgement made", "acknowledgements made"),
    "dates": ("due date of a review set", "due dates of reviews set"),
    "settings": ("setting explained", "settings explained"),
    "actions": ("cell of actions set", "cells of actions set"),
    "sheets": ("sheet written anew", "sheets written anew"),
}
"""What is counted, of one and of several."""


@tracker_command("update")
def command(ctx: click.Context, tracker: Path, dry_run: bool, output_format: str) -> None:
    """Fill ids, rows, dates, statuses and Today.

    Nothing is deleted and nothing guessed: what cannot be worked out stays as it is, and cvsb check says why.
    """
    opened = open_for(ctx, tracker)
    context = context_of()
    report: UpdateReport = update(opened.tracker, context).report
    edits = finish(opened.tracker, [], context, "update")
    if not dry_run:
        save_edits(opened, edits)
    if output_format == "json":
        print_json({"dry_run": dry_run, **asdict(report)})
    else:
        click.echo(_text(report, dry_run=dry_run))
    leave(wants_a_person=False)


def _text(report: UpdateReport, *, dry_run: bool) -> str:
    if not report.changes:
        return "The tracker is up to date: nothing to change."
    lines = [change.words for change in report.changes]
    lines += [
        "",
        *(f"{number:>6,} {_LINES[kind][number != 1]}" for kind, number in report.counts.items() if number),
    ]
    total = counted(len(report.changes), "change")
    lines.append(f"{total} would be made; nothing was saved." if dry_run else f"{total} made.")
    return "\n".join(lines)
