"""`cvsb chase`: ready e-mails to the agencies that owe something."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from cvsb_xl.commands.common import (
    context_of,
    leave,
    open_for,
    print_json,
    tracker_command,
    with_progress,
)
from cvsb_xl.commands.sheets import due_back_option, held_back_json
from cvsb_xl.tracker.ids import in_file_names


@tracker_command("chase")
@click.option(
    "--out", "folder", type=click.Path(path_type=Path), required=True, help="The folder for the e-mails."
)
@due_back_option
def command(
    ctx: click.Context,
    tracker: Path,
    folder: Path,
    due_back: datetime | None,
    dry_run: bool,
    output_format: str,
) -> None:
    """Write an e-mail draft (.eml) for each agency that owes a return or has overdue actions, its sheet issued again and
    attached. Nothing is sent: open a draft, read it, send it."""
    from cvsb_xl.books.agency_book import build_agency_sheet
    from cvsb_xl.hosts.documents import make_folder, write_together
    from cvsb_xl.hosts.file import save_edits
    from cvsb_xl.outputs.mail import draft
    from cvsb_xl.tracker.wording import counted
    from cvsb_xl.verbs.chase import chase

    opened = open_for(ctx, tracker)
    outcome = chase(opened.tracker, context_of(), due_back.date() if due_back else None)
    report = outcome.report
    if outcome.documents and not dry_run:
        make_folder(folder)
        files: dict[Path, bytes] = {}
        for item in with_progress(outcome.documents, "Drawing sheets"):
            sheet = build_agency_sheet(item.sheet)
            files[folder / item.sheet.file_name] = sheet
            files[_draft_in(folder, item.agency)] = draft(
                item.to, item.subject, item.body, sheet, item.sheet.file_name
            )
        write_together(files, before_they_appear=lambda: save_edits(opened, outcome.edits))
    if output_format == "json":
        drafts = [
            {
                "agency": item.agency,
                "to": item.to or None,
                "file": str(_draft_in(folder, item.agency)),
                "returns_owed": report.owed[item.agency][0],
                "overdue": report.owed[item.agency][1],
            }
            for item in outcome.documents
        ]
        held = held_back_json(report.held_back)
        print_json({"drafts": drafts, "left": list(report.left), "held_back": held})
        leave(wants_a_person=bool(report.left or report.held_back))
    for item in outcome.documents:
        returns, overdue = report.owed[item.agency]
        to = item.to or "no address in Agencies: fill it in before sending"
        owed = f"{counted(returns, 'return')} owed, {counted(overdue, 'action')} overdue"
        click.echo(f"{_draft_in(folder, item.agency)}: {to} ({owed})")
    for agency, found in report.held_back.items():
        what = found[0].message.splitlines()[0]
        click.echo(
            f"Not written to {agency}: its sheet would carry what must not leave the board: {found[0].code} {what}"
        )
    for agency in report.left:
        click.echo(
            f"Not written to {agency}: it is no longer active. Give its open assignments to another agency."
        )
    if not outcome.documents and not report.held_back and not report.left:
        click.echo("Nobody owes a return, and no action is overdue: there is nobody to chase.")
    elif dry_run:
        click.echo(f"Dry run: {counted(len(outcome.documents), 'draft')} would be written; nothing was.")
    else:
        click.echo(f"{counted(len(outcome.documents), 'draft')} in {folder}. Nothing was sent.")
    leave(wants_a_person=bool(report.left or report.held_back))


def _draft_in(folder: Path, agency: str) -> Path:
    return folder / f"{in_file_names(agency)}.eml"
