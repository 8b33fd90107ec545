"""`cvsb issue`: cut one safe sheet for each agency."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from cvsb_xl.commands.common import (
    context_of,
    has_errors,
    leave,
    note,
    open_for,
    print_json,
    tracker_command,
    with_progress,
)
from cvsb_xl.commands.sheets import due_back_option, held_back_json, say_held_back
from cvsb_xl.tracker.wording import counted


@tracker_command("issue")
@click.option(
    "--out", "folder", type=click.Path(path_type=Path), required=True, help="The folder for the sheets."
)
@click.option(
    "--agency", "agencies", multiple=True, metavar="CODE", help="Only this agency; may be given again."
)
@due_back_option
def command(
    ctx: click.Context,
    tracker: Path,
    folder: Path,
    agencies: tuple[str, ...],
    due_back: datetime | None,
    dry_run: bool,
    output_format: str,
) -> None:
    """Cut one workbook for each agency, named by its code: its open assignments, what it has to acknowledge, where it
    shares learning, and an overview to read. An earlier file of the same name is replaced."""
    from cvsb_xl.books.agency_book import build_agency_sheet
    from cvsb_xl.hosts.documents import make_folder, write_together
    from cvsb_xl.hosts.file import save_edits
    from cvsb_xl.verbs.issue import issue

    opened = open_for(ctx, tracker)
    outcome = issue(opened.tracker, context_of(), agencies, due_back.date() if due_back else None)
    if not dry_run:
        make_folder(folder)
        files = {
            folder / sheet.file_name: build_agency_sheet(sheet)
            for sheet in with_progress(outcome.documents, "Drawing sheets")
        }
        write_together(files, before_they_appear=lambda: save_edits(opened, outcome.edits))
    report = outcome.report
    if output_format == "json":
        print_json(
            {
                "issued": [
                    {
                        "agency": item.agency,
                        "sheet_id": item.sheet_id,
                        "file": str(folder / item.file),
                        "assignments": item.assignments,
                        "acknowledgements": item.acknowledgements,
                        "overdue": item.overdue,
                    }
                    for item in report.issued
                ],
                "nothing_for": list(report.nothing_for),
                "held_back": held_back_json(report.held_back),
                "waived": [{"agency": agency, "what": what} for agency, what in report.waived],
                "findings": [item.as_json() for item in outcome.findings],
            }
        )
    else:
        for item in report.issued:
            overdue = f", {item.overdue} overdue" if item.overdue else ""
            click.echo(
                f"{folder / item.file}: {item.agency_name}, {counted(item.assignments, 'assignment')}{overdue}, "
                f"{counted(item.acknowledgements, 'acknowledgement')} (sheet {item.sheet_id})"
            )
        would = "would be issued" if dry_run else "issued"
        click.echo(f"{counted(len(report.issued), 'sheet')} {would} in {folder}.")
        if report.nothing_for:
            click.echo(f"Nothing to send to: {', '.join(report.nothing_for)}.")
        for agency, what in report.waived:
            click.echo(f"Went out to {agency} under a waiver, and is logged: {what}")
        say_held_back(report.held_back, opened.path.name, "issue this sheet again")
        for finding in outcome.findings:
            click.echo(f"{opened.path.name}:{finding.sheet}!{finding.cell}: {finding.code} {finding.message}")
        if dry_run:
            click.echo("Dry run: no sheet was written, and nothing was changed.")
        elif report.issued:
            note(f"Next: send each file to its agency. When they come back: cvsb merge {tracker} FOLDER")
    leave(wants_a_person=bool(report.held_back) or has_errors(outcome.findings))
