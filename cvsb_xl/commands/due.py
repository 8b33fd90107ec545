"""`cvsb due`: every due date, and what it stands on."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from textwrap import shorten

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
from cvsb_xl.hosts.file import save_edits
from cvsb_xl.tracker.wording import counted, day_in_words
from cvsb_xl.verbs.due import SET_BY_PEOPLE, DueDate, DueReport, due
from cvsb_xl.verbs.finish import finish


@tracker_command("due")
@as_at_option
@click.option("--all", "with_done", is_flag=True, help="List what is done, too (JSON always does).")
def command(
    ctx: click.Context,
    tracker: Path,
    as_at: datetime | None,
    dry_run: bool,
    output_format: str,
    with_done: bool,
) -> None:
    """List every due date in order, with the sentence of the framework that it stands on.

    The dates are written into the tracker, as cvsb update does. --as-at changes only what is told as overdue.
    """
    opened = open_for(ctx, tracker)
    context = context_of()
    outcome = due(opened.tracker, context, as_at.date() if as_at else None)
    report: DueReport = outcome.report
    edits = finish(opened.tracker, outcome.edits, context, "due")
    if not dry_run:
        save_edits(opened, edits)
    if output_format == "json":
        print_json({"dry_run": dry_run, "set": len(outcome.edits), **asdict(report)})
    else:
        click.echo(_text(report, with_done=with_done))
        if outcome.edits:
            dates = counted(len(outcome.edits), "due date")
            note(
                f"{dates} would be written to the tracker." if dry_run else f"{dates} written to the tracker."
            )
    leave(wants_a_person=False)


def _text(report: DueReport, *, with_done: bool) -> str:
    shown = [item for item in report.dates if with_done or item.state != "done"]
    dated = [item for item in shown if item.due_on is not None]
    waiting = [item for item in shown if item.due_on is None]
    lines = [f"Due dates as at {day_in_words(report.as_at)}. Quoted: {report.source}.", ""]
    if not report.dates:
        lines.append("There is no due date yet: no review with a clock and no action.")
    for item in dated:
        lines += _lines(item)
    if waiting:
        lines += ["Without a date:", ""]
        for item in waiting:
            lines += _lines(item)
    left = len(report.dates) - len(shown)
    if left:
        lines.append(f"{counted(left, 'date')} that {'is' if left == 1 else 'are'} done: --all lists them.")
    if any(item.table == "actions" for item in shown):
        lines.append(SET_BY_PEOPLE)
    return "\n".join(lines).rstrip()


def _lines(item: DueDate) -> list[str]:
    when = item.due_on.isoformat() if item.due_on else "-" * 10
    title = f" ({item.title})" if item.title else ""
    done = f" on {item.done_on.isoformat()}" if item.done_on else ""
    stands_on = (
        f'{item.counted}: "{item.stands_on}"'
        if item.table == "reviews"
        else f"Set by people; {item.counted}."
    )
    return [
        f"{when}  {item.key}{title}: {shorten(item.what, 100, placeholder=' ...')} - {item.state}{done}",
        f"{' ' * 12}{stands_on}",
        "",
    ]
