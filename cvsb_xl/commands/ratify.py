"""`cvsb ratify`: the Delivery Group's pack, and its decisions taken into the tracker."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvsb_xl.commands.common import (
    as_at_option,
    context_of,
    leave,
    open_for,
    print_json,
    tracker_command,
)
from cvsb_xl.commands.papers import Asked, template_option, write_paper
from cvsb_xl.errors import CannotDo
from cvsb_xl.tracker.wording import counted, day_in_words

if TYPE_CHECKING:
    from cvsb_xl.papers.ratify_pack import PackReport


@tracker_command("ratify")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="PACK.docx", help="Write the pack for the meeting."
)
@click.option(
    "--record", "recording", is_flag=True, help="Take the decisions typed in the sheet Ratification."
)
@as_at_option
@template_option
def command(
    ctx: click.Context,
    tracker: Path,
    out: Path | None,
    recording: bool,
    as_at: datetime | None,
    template: Path | None,
    dry_run: bool,
    output_format: str,
) -> None:
    """Write the Delivery Group's pack (--out), or record what it decided (--record).

    Decisions are typed in the sheet Ratification: the date of the meeting, the decision, and the reason. --record takes them
    into Decisions, where actions close, and leaves in the sheet, with the reason, what it could not take.
    """
    if (out is None) != recording:
        raise CannotDo(
            "Give --out PACK.docx to write the pack, or --record to take the decisions in; not both."
        )
    if out is not None:
        from cvsb_xl.papers.ratify_pack import ratify

        asked = Asked(tracker, as_at.date() if as_at else None, out, template, output_format)
        write_paper(ctx, asked, lambda found, context, day: ratify(found, context, as_at=day), _pack_words)
    if as_at is not None or template is not None:
        raise CannotDo(
            "--as-at and --template go with --out; a decision is recorded today, with its meeting's own date."
        )
    _record(ctx, tracker, dry_run=dry_run, output_format=output_format)


def _pack_words(report: PackReport) -> str:
    return (
        f"as at {day_in_words(report.as_at)}. {report.complete:,} proposed as complete, {report.stepped_down:,} as "
        f"stepped down, {counted(report.extensions, 'extension')} asked for; {report.lacking:,} of them lack something."
    )


def _record(ctx: click.Context, tracker: Path, *, dry_run: bool, output_format: str) -> None:
    from cvsb_xl.hosts.file import save_edits
    from cvsb_xl.verbs.ratify import record

    opened = open_for(ctx, tracker)
    outcome = record(opened.tracker, context_of())
    if not dry_run:
        save_edits(opened, outcome.edits)
    report = outcome.report
    refused = [item for item in report.settled if not item.done]
    if output_format == "json":
        print_json({"settled": [asdict(item) for item in report.settled], "undecided": report.undecided})
    else:
        for item in report.settled:
            mark = "" if item.done else "not recorded: "
            click.echo(
                f"{item.action_id or 'a row without an action'} ({item.proposal}, {item.decision}): {mark}{item.words}"
            )
        done = len(report.settled) - len(refused)
        click.echo(f"{done} recorded, {len(refused)} could not be, {report.undecided} without a decision.")
        if dry_run:
            click.echo("Dry run: nothing was changed.")
    leave(wants_a_person=bool(refused))
