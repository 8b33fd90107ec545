"""`cvsb chase`: ready e-mails to the agencies that owe something."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from cvsb_xl.commands.common import CLEAN, context_of, open_for, tracker_argument


@click.command("chase")
@tracker_argument
@click.option(
    "--out", "folder", type=click.Path(path_type=Path), required=True, help="The folder for the e-mails."
)
@click.option(
    "--due-back",
    type=click.DateTime(formats=["%Y-%m-%d", "%d/%m/%Y"]),
    help="When the sheets are asked back.",
)
@click.pass_context
def command(ctx: click.Context, tracker: Path, folder: Path, due_back: datetime | None) -> None:
    """Write an e-mail draft (.eml) for each agency that owes a return or has overdue actions, its sheet issued again and
    attached. Nothing is sent: open a draft, read it, send it."""
    from cvsb_xl.hosts.documents import make_folder, write_together
    from cvsb_xl.hosts.file import save_edits
    from cvsb_xl.outputs.mail import draft
    from cvsb_xl.verbs.chase import chase
    from cvsb_xl.xlsx.agency_book import build_agency_sheet

    opened = open_for(ctx, tracker)
    outcome = chase(opened.tracker, context_of(), due_back.date() if due_back else None)
    if not outcome.documents:
        click.echo("Nobody owes a return, and no action is overdue: there is nobody to chase.")
        ctx.exit(CLEAN)
    make_folder(folder)
    files: dict[Path, bytes] = {}
    for item in outcome.documents:
        sheet = build_agency_sheet(item.sheet)
        files[folder / item.sheet.file_name] = sheet
        files[folder / f"{item.agency}.eml"] = draft(
            item.to, item.subject, item.body, sheet, item.sheet.file_name
        )
    write_together(files, before_they_appear=lambda: save_edits(opened, outcome.edits))
    for item in outcome.documents:
        returns, overdue = outcome.report.owed[item.agency]
        to = item.to or "no address in Agencies: fill it in before sending"
        click.echo(f"{folder / item.agency}.eml: {to} ({returns} returns owed, {overdue} overdue)")
    click.echo(f"{len(outcome.documents)} drafts in {folder}. Nothing was sent.")
