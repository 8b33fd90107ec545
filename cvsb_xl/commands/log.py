"""`cvsb log`: read the change log, verify it, take words out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cvsb_xl.commands.common import (
    CLEAN,
    context_of,
    leave,
    open_for,
    print_json,
    tracker_command,
)
from cvsb_xl.errors import CannotDo
from cvsb_xl.tracker.wording import counted

_PARTS = ("seq", "at", "by", "verb", "table", "key", "field", "before", "after", "source")


@tracker_command("log", dry_run=False)
@click.argument(
    "what", metavar="[verify|redact]", type=click.Choice(["show", "verify", "redact"]), default="show"
)
@click.argument("seq", metavar="[SEQ]", type=int, required=False)
@click.option(
    "--key", help="Only what concerns this id: A-0014 and its assignments, decisions and escalations."
)
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="verify: a receipt or an issued sheet that carries the log's head.",
)
@click.option(
    "--service",
    type=click.Path(path_type=Path, file_okay=False),
    help="verify: instead of a tracker's log, the audit of the sync service that keeps its data in this folder.",
)
@click.option("--reason", default="", help="redact: why the words are taken out.")
def command(
    ctx: click.Context,
    tracker: Path,
    what: str,
    seq: int | None,
    key: str | None,
    against: Path | None,
    service: Path | None,
    reason: str,
    output_format: str,
) -> None:
    """Read TRACKER's change log, oldest first.

    \b
    cvsb log T.xlsx --key A-0014             one action's story
    cvsb log T.xlsx verify                   has anybody changed the log?
    cvsb log T.xlsx verify --against FILE    and does it still hold what a receipt or issued sheet saw?
    cvsb log T.xlsx redact 17 --reason TEXT  take the words out of row 17; it still verifies
    cvsb log verify --service DATA           has anybody changed the sync service's audit?
    """
    if service is not None:
        if str(tracker) != "verify":
            raise click.UsageError("With --service say: cvsb log verify --service DATA", ctx)
        _verify_service(service, against, output_format)
        return
    from cvsb_xl.verbs import log

    opened = open_for(ctx, tracker)
    if what == "verify":
        _verify(log.verify(opened.tracker, _head_in(against) if against else None).report, output_format)
        return
    if what == "redact":
        from cvsb_xl.hosts.file import save_edits

        if seq is None:
            raise CannotDo(f"Say which row: cvsb log {tracker} redact SEQ --reason TEXT")
        outcome = log.redact(opened.tracker, context_of(), seq, reason)
        save_edits(opened, outcome.edits)
        click.echo(
            f"The words of row {seq} are taken out of the log. Earlier copies in .cvsb-backups beside the tracker still "
            "hold them: remove those when they may go."
        )
        for place in outcome.report.also:
            click.echo(f"The same words still stand in {place}.")
        leave(wants_a_person=False)
    report = log.story(opened.tracker, key).report
    if output_format == "json":
        print_json([{name: row[name] for name in (*_PARTS, "run", "chain")} for row in report.rows])
    else:
        for row in report.rows:
            who = row.text("by") or "somebody"
            source = f" ({row.text('source')})" if row["source"] else ""
            click.echo(
                f"{row.text('seq')}  {row.text('at')}  {who}, {row.text('verb')}: {row.text('table')} {row.text('key')} "
                f'{row.text("field")}: "{row.text("before")}" -> "{row.text("after")}"{source}'
            )
        click.echo(f"{counted(len(report.rows), 'change')}.")
    ctx.exit(CLEAN)


def _verify(report: Any, output_format: str) -> None:
    if output_format == "json":
        print_json({"rows": report.rows, "head": list(report.head), "faults": list(report.faults)})
    else:
        for fault in report.faults:
            click.echo(f"Change log: {fault}")
        seq, chain = report.head
        said = "does not hold" if report.faults else "holds"
        click.echo(f"The log of {counted(report.rows, 'change')} {said}. Its head is {seq} {chain or '-'}.")
    leave(wants_a_person=bool(report.faults))


def _verify_service(data: Path, against: Path | None, output_format: str) -> None:
    from cvsb_xl.commands.serve import needs_service

    with needs_service():
        from cvsb_xl.service.inspection import inspect

    found = inspect(data, against)
    if output_format == "json":
        print_json({"rows": found.rows, "head": list(found.head), "faults": list(found.faults)})
    else:
        for fault in found.faults:
            click.echo(f"Audit: {fault}")
        said = "does not hold" if found.faults else "holds"
        click.echo(
            f"The service's audit of {counted(found.rows, 'row')} {said}. Its head is {found.head[0]} {found.head[1] or '-'}"
        )
    leave(wants_a_person=bool(found.faults))


def _head_in(path: Path) -> tuple[int, str]:
    """Find the log's head in a receipt (text or workbook) or in an issued sheet."""
    from cvsb_xl.hosts.heads import log_head_in

    found = log_head_in(path)
    if found is None:
        raise CannotDo(
            f"{path} carries no head of a change log. Give a receipt, or an agency sheet as it was issued."
        )
    return found
