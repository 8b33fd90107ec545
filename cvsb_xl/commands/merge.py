"""`cvsb merge`: take returned sheets in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvsb_xl.commands.common import (
    NOTHING_DONE,
    context_of,
    framework_of,
    leave,
    note,
    open_for,
    print_json,
    tracker_command,
)
from cvsb_xl.errors import CannotDo

if TYPE_CHECKING:
    from cvsb_xl.hosts.file import OpenTracker
    from cvsb_xl.merge.receipt import Receipt
    from cvsb_xl.verbs.outcome import Outcome


@tracker_command("merge")
@click.argument("returns", metavar="RETURN...", nargs=-1, required=True)
@click.option(
    "--receipts",
    type=click.Path(path_type=Path),
    help="Write each agency's receipt there, as a workbook and as text.",
)
def command(
    ctx: click.Context,
    tracker: Path,
    returns: tuple[str, ...],
    dry_run: bool,
    receipts: Path | None,
    output_format: str,
) -> None:
    """Merge returned agency sheets into TRACKER.

    RETURN is a file, a folder (every spreadsheet in it, but not in folders within it) or a glob. What an agency may fill in
    is applied; what the tracker has changed too becomes a conflict for a person; nothing else is changed. The counts always
    add up: read = applied + unchanged + conflicts + rejected. Where every file is refused, nothing is done (exit 2).
    """
    from cvsb_xl.hosts.found_returns import find_returns
    from cvsb_xl.xlsx.child import Children

    found = find_returns(returns, tracker)
    if found.passed_over:
        note(
            f"Not read, since they are no spreadsheets: {', '.join(found.passed_over)}. If a return is in one of them, "
            "such as in a folder or attached to an e-mail, save it beside the others and merge again."
        )
    if not found.files:
        raise CannotDo(f"{' '.join(returns)}: there is no workbook in there to merge.")
    with Children(len(found.files)) as children:  # they get ready while the rest of this program is loaded
        from concurrent.futures import ThreadPoolExecutor

        from cvsb_xl.hosts.returns import read_returns
        from cvsb_xl.verbs.merge import merge

        with ThreadPoolExecutor(
            1
        ) as beside:  # the returns are read, by other processes, while the tracker is
            reading = beside.submit(read_returns, framework_of(ctx), found.files, children)
            opened = open_for(ctx, tracker)
        ready = reading.result()
    outcome = merge(opened.tracker, context_of(), ready)
    _keep(opened, outcome, dry_run=dry_run, receipts=receipts)
    from cvsb_xl.outputs.merge_json import merge_json
    from cvsb_xl.outputs.merge_text import merge_text

    if output_format == "json":
        print_json(merge_json(outcome.report) | {"passed_over": found.passed_over})
    else:
        click.echo(merge_text(outcome.report, tracker.name, dry_run=dry_run, receipts=str(receipts or "")))
    if outcome.report.nothing_done:
        sys.exit(NOTHING_DONE)
    leave(wants_a_person=outcome.report.wants_a_person)


def _keep(opened: OpenTracker, outcome: Outcome, *, dry_run: bool, receipts: Path | None) -> None:
    """Save the tracker, and then the receipts: a receipt never says what was not done."""
    from cvsb_xl.hosts.documents import make_folder, write_together
    from cvsb_xl.hosts.file import save_edits

    if dry_run:
        return
    if receipts:
        make_folder(receipts)
    save_edits(opened, outcome.edits)
    if receipts:
        write_together(receipt_files(receipts, outcome.documents))


def receipt_files(folder: Path, documents: Sequence[Receipt], beneath: str = "") -> dict[Path, bytes]:
    """Return each agency's receipt, as a workbook and as text, by the path it belongs at.

    The name holds the minute: a receipt proves what was done then, and is never replaced by a later one.

    Args:
        beneath: a line under the log's head of each, such as the head of the service's audit.
    """
    from cvsb_xl.books.receipt_book import build_receipt
    from cvsb_xl.outputs.receipt_text import receipt_text, summary
    from cvsb_xl.tracker.ids import in_file_names

    files: dict[Path, bytes] = {}
    for receipt in documents:
        stem = f"{in_file_names(receipt.agency or Path(receipt.file).stem[:60])}-receipt-{receipt.at:%Y-%m-%d-%H%M}"
        name, number = stem, 1
        while folder / f"{name}.xlsx" in files or (folder / f"{name}.xlsx").exists():
            number += 1
            name = f"{stem}-{number}"
        files[folder / f"{name}.xlsx"] = build_receipt(receipt, summary(receipt), beneath)
        files[folder / f"{name}.txt"] = (receipt_text(receipt) + beneath).encode()
    return files
