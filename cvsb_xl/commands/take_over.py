"""`cvsb import`: take an existing tracker or action plan over."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cvsb_xl.commands.common import (
    WANTS_A_PERSON,
    context_of,
    has_errors,
    leave,
    note,
    open_for,
    print_json,
    tracker_command,
)


@tracker_command("import")
@click.argument("old", metavar="OLD.xlsx", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path),
    help="A YAML or CSV file that says where columns and owners go.",
)
@click.option(
    "--write-map",
    type=click.Path(path_type=Path),
    help="Write the mapping to this file, to change and give back with --map.",
)
@click.option("--yes", is_flag=True, help="The mapping is right: take the plan over.")
@click.option(
    "--review",
    "review_id",
    default="",
    metavar="ID",
    help="The review of the tracker that the plan belongs to.",
)
@click.option(
    "--review-type",
    default="",
    metavar="TYPE",
    help="The type of reviews whose own words do not tell it: SUSR, DHR, ...",
)
@click.option(
    "--agency",
    default="",
    metavar="AGENCY",
    help="Whose plan it is: leads where a row names no agency (code or name).",
)
@click.option(
    "--area",
    default="",
    help="The area of actions whose rows tell none: Cardiff, Vale of Glamorgan, Both, ...",
)
@click.option("--again", is_flag=True, help="Take it over although the same file was taken over before.")
def command(
    ctx: click.Context,
    tracker: Path,
    old: Path,
    map_file: Path | None,
    write_map: Path | None,
    yes: bool,
    review_id: str,
    review_type: str,
    agency: str,
    area: str,
    again: bool,
    dry_run: bool,
    output_format: str,
) -> None:
    """Take the rows of OLD.xlsx over into TRACKER.

    Shows where each column goes and asks; --yes accepts it unasked. Without a yes nothing is written, and the exit code is 1:
    the mapping waits for a person. Every cell that no column can hold is kept in words beside its row.
    """
    from cvsb_xl.framework.synonyms import load_synonyms
    from cvsb_xl.hosts.file import save_edits
    from cvsb_xl.hosts.old_plan import read_map, read_old_workbook
    from cvsb_xl.hosts.old_plan import write_map as write_map_file
    from cvsb_xl.outputs.take_over_text import added_text, findings_lines, mapping_text
    from cvsb_xl.verbs.take_over import take_over
    from cvsb_xl.verbs.taking_over.matching import Choices

    opened = open_for(ctx, tracker)
    columns, owners = read_map(map_file) if map_file else ({}, {})
    choices = Choices(columns, owners, review_id, review_type, agency, area, again)
    synonyms = load_synonyms(ctx.find_root().obj)
    outcome = take_over(opened.tracker, context_of(), read_old_workbook(old), synonyms, choices)
    report = outcome.report
    if write_map:
        write_map_file(write_map, report)
    as_json = output_format == "json"
    if not as_json:
        click.echo(mapping_text(report))
    asked = not (yes or dry_run or as_json or write_map) and sys.stdin.isatty()
    accepted = not dry_run and (yes or (asked and click.confirm(f"Add {added_text(report)}?", err=True)))
    if accepted:
        save_edits(opened, outcome.edits)
    if as_json:
        print_json(
            {
                "written": accepted,
                "added": report.added,
                "agencies": report.agencies,
                "owners": report.owners,
                "sheets": [
                    {
                        "sheet": sheet.name,
                        "heading_row": sheet.heading_row,
                        "rows": sheet.rows,
                        "cells": sheet.cells,
                        "columns": [
                            {
                                "heading": item.column.heading,
                                "field": item.target,
                                "filled": item.filled,
                                "why": item.why,
                            }
                            for item in sheet.placements
                        ],
                    }
                    for sheet in report.sheets
                ],
                "findings": [{**item.as_json(), "file": item.file} for item in outcome.findings],
            }
        )
    else:
        if outcome.findings:
            click.echo(f"What wants a person ({len(outcome.findings)}):")
            click.echo(findings_lines(outcome.findings) + "\n")
        click.echo(f"{added_text(report)} {'added to' if accepted else 'would be added to'} {tracker.name}.")
    if write_map:
        note(f"The mapping stands in {write_map}. Change what is wrong, then: --map {write_map} --yes")
    if accepted:
        note(f"Next: cvsb check {tracker}")
        leave(wants_a_person=has_errors(outcome.findings))
    if dry_run:
        note("Dry run: nothing was changed.")
        leave(wants_a_person=has_errors(outcome.findings))
    note(
        "Nothing was written. If the mapping is right, run it again with --yes; if not, see --write-map and --map."
    )
    sys.exit(WANTS_A_PERSON)
