"""`cvsb merge`: take returned sheets in."""

from __future__ import annotations

from pathlib import Path

import click

from cvsb_xl.commands.common import (
    context_of,
    dry_run_option,
    format_option,
    leave,
    open_for,
    print_json,
    tracker_argument,
)
from cvsb_xl.errors import CannotDo


@click.command("merge")
@tracker_argument
@click.argument("returns", metavar="RETURN...", nargs=-1, required=True)
@dry_run_option
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context, tracker: Path, returns: tuple[str, ...], dry_run: bool, output_format: str
) -> None:
    """Merge returned agency sheets into TRACKER.

    RETURN is a file, a folder (every workbook in it) or a glob. What an agency may fill in is applied; what the tracker
    has changed too becomes a conflict for a person; nothing else is changed. The counts always add up:
    read = applied + unchanged + conflicts + rejected.
    """
    from cvsb_xl.hosts.file import save_edits
    from cvsb_xl.hosts.returns import find_returns, read_returns
    from cvsb_xl.outputs.merge_json import merge_json
    from cvsb_xl.outputs.merge_text import merge_text
    from cvsb_xl.verbs.merge import merge

    opened = open_for(ctx, tracker)
    files = find_returns(returns, tracker)
    if not files:
        raise CannotDo(f"{' '.join(returns)}: there is no workbook in there to merge.")
    outcome = merge(opened.tracker, context_of(), read_returns(opened.tracker.framework, files))
    if not dry_run:
        save_edits(opened, outcome.edits)
    if output_format == "json":
        print_json(merge_json(outcome.report))
    else:
        click.echo(merge_text(outcome.report, tracker.name, dry_run=dry_run))
    leave(wants_a_person=outcome.report.wants_a_person)
