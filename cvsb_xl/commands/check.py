"""cvsb check: run the rules over a tracker and say what they found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvsb_xl.commands.common import (
    as_at_option,
    context_of,
    has_errors,
    leave,
    note,
    open_for,
    print_json,
    tracker_command,
)
from cvsb_xl.hosts.file import OpenTracker, save_edits
from cvsb_xl.outputs.findings_json import findings_json
from cvsb_xl.outputs.findings_text import findings_text
from cvsb_xl.tracker.edits import AppendRow, Edit, SetCell, apply_edits
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.log import LOG
from cvsb_xl.tracker.values import as_text
from cvsb_xl.tracker.wording import counted
from cvsb_xl.verbs.check import CheckReport, check

if TYPE_CHECKING:
    from cvsb_xl.verbs.fix import Fix


@tracker_command("check", formats=("text", "json", "sarif", "junit", "github"))
@click.option(
    "--select",
    multiple=True,
    metavar="CODES",
    help="Only these rules: codes or beginnings of codes (S101,W).",
)
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these rules.")
@click.option(
    "--mark", is_flag=True, help="Write the findings into the tracker's Findings sheet, with links."
)
@click.option(
    "--fix", is_flag=True, help="Rewrite cells whose meaning is clear (capitals, blanks, dates as text)."
)
@as_at_option
def command(
    ctx: click.Context,
    tracker: Path,
    output_format: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    mark: bool,
    fix: bool,
    dry_run: bool,
    as_at: datetime | None,
) -> None:
    """Check every action, date, owner and reference of TRACKER. Nothing is changed without --mark or --fix.

    Exit codes: 0 no errors; 1 errors were found; 2 the tracker could not be checked.
    """
    opened, context = open_for(ctx, tracker, to_save=fix or mark, formulas=True), context_of(as_at)
    fixed: Sequence[Fix] = []
    edits: list[Edit] = []
    if fix or mark:
        from cvsb_xl.verbs.finish import finish
        from cvsb_xl.verbs.fix import edits_of, fixes

        fixed = fixes(opened.tracker) if fix else []
        edits = finish(opened.tracker, edits_of(fixed), context, "check")
    outcome = check(apply_edits(opened.tracker, edits), context, select, ignore)
    if mark:
        from cvsb_xl.verbs.mark import marks

        edits += marks(opened.tracker, outcome.findings)
    if not dry_run:
        save_edits(opened, edits)
    findings = _where_they_stand(opened, outcome.findings)
    if fix:
        _tell_fixes(opened, fixed, edits, dry_run=dry_run)
    _print(findings, tracker.name, outcome.report, output_format)
    if mark:
        told = counted(len(findings), "finding")
        note(
            f"{told} would be written"
            if dry_run
            else f"{told} written to the sheet Findings of {tracker.name}."
        )
    leave(wants_a_person=has_errors(findings))


def _where_they_stand(opened: OpenTracker, findings: Sequence[Finding]) -> list[Finding]:
    """A Welsh tracker's sheets have Welsh names: an address must be one that its file has."""
    return [replace(item, sheet=opened.sheets.get(item.table or "", item.sheet)) for item in findings]


def _print(findings: list[Finding], name: str, report: CheckReport, output_format: str) -> None:
    if output_format == "json":
        print_json(findings_json(findings))
    elif output_format == "sarif":
        from cvsb_xl.outputs.sarif import findings_sarif

        print_json(findings_sarif(findings, name))
    elif output_format == "junit":
        from cvsb_xl.outputs.junit import findings_junit

        click.echo(findings_junit(findings, name))
    elif output_format == "github":
        from cvsb_xl.outputs.github import findings_github

        click.echo("\n".join(findings_github(findings, name)), nl=bool(findings))
    else:
        click.echo("\n".join(findings_text(findings, name, report.rows, len(report.waived))))


def _tell_fixes(opened: OpenTracker, fixed: Sequence[Fix], edits: Sequence[Edit], *, dry_run: bool) -> None:
    for item in fixed:
        sheet = opened.sheets.get(item.edit.table, item.sheet)
        note(f'{sheet}!{item.cell}: "{item.before}" becomes {as_text(item.edit.value)} ({item.edit.key})')
    note(
        f"{counted(len(fixed), 'cell')} {'would be rewritten' if dry_run else 'rewritten'}."
        if fixed
        else "Nothing to rewrite: no cell is clear and yet written in another way."
    )
    own = [item.edit for item in fixed]
    more = sum(
        isinstance(item, SetCell | AppendRow) and item.table != LOG and item not in own for item in edits
    )
    if more:
        ends = "would be filled in or brought up to date" if dry_run else "filled in or brought up to date"
        note(
            f"{counted(more, 'cell or row', 'cells or rows')} more {ends}, as cvsb update does; cvsb log shows each."
        )
