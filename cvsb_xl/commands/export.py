"""`cvsb export`: CSVs and a Frictionless data package."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cvsb_xl.commands.common import (
    context_of,
    leave,
    note,
    open_for,
    print_json,
    tracker_command,
)


@tracker_command("export", dry_run=False)
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="An empty folder, or an earlier export.",
)
def command(ctx: click.Context, tracker: Path, folder: Path, output_format: str) -> None:
    """Write every table of TRACKER as a CSV, and datapackage.json that describes them.

    The tracker's key is never exported. The CSVs hold everything else, so keep them where the tracker is kept.
    """
    from cvsb_xl.books.live_values import with_live_values
    from cvsb_xl.hosts.export_folder import write_export
    from cvsb_xl.outputs.csvs import export_files
    from cvsb_xl.verbs.export import export

    opened = open_for(ctx, tracker)
    context = context_of()
    outcome = export(with_live_values(opened.tracker, context.today), context)
    files = export_files(outcome.documents)
    write_export(folder, files)
    report = outcome.report
    if output_format == "json":
        print_json({"folder": str(folder), "files": list(files), **asdict(report)})
    else:
        for name, number in report.rows.items():
            click.echo(f"{number:>7,}  {name}.csv")
        click.echo(
            f"{sum(report.rows.values()):>7,}  rows in {len(report.rows)} tables, described by datapackage.json in {folder}"
        )
        if report.apostrophes:
            note(
                f"{report.apostrophes} cells begin with an apostrophe, so that no spreadsheet runs them (see datapackage.json)."
            )
    for sheet, headings in report.left_out.items():
        note(f"{sheet}: your own columns are not exported: {', '.join(headings)}.")
    for sheet in report.missing:
        note(f"{sheet}: the tracker lacks this sheet, or its headings; it is not exported.")
    leave(wants_a_person=bool(report.missing))
