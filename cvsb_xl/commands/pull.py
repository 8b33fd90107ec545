"""`cvsb pull`: fetch what agencies have sent in to the sync service, merge it, and send their receipts back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvsb_xl.commands.common import (
    context_of,
    leave,
    note,
    open_for,
    print_json,
    tracker_command,
)

if TYPE_CHECKING:
    from cvsb_xl.commands.syncing import Service
    from cvsb_xl.framework.schema import Framework
    from cvsb_xl.hosts.connections import Parcel
    from cvsb_xl.hosts.remote import Latest, WaitingReturn
    from cvsb_xl.merge.receipt import Receipt
    from cvsb_xl.merge.result import ReturnResult
    from cvsb_xl.merge.returned import Return

_ON_THE_PAGES = "the service's pages"
"""Where the receipts go when no folder is named: "the receipts in the service's pages tell each agency ..."."""


@tracker_command("pull")
@click.option(
    "--from", "url", metavar="ADDRESS", help="The service; without it, the one that Settings names."
)
@click.option(
    "--receipts",
    type=click.Path(path_type=Path),
    help="Write each agency's receipt there too, as a workbook and as text.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Also what was taken in before: after an undo, or where the tracker was put back from a backup.",
)
def command(
    ctx: click.Context,
    tracker: Path,
    url: str | None,
    receipts: Path | None,
    again: bool,
    dry_run: bool,
    output_format: str,
) -> None:
    """Take the returns that wait on the service into TRACKER, as `cvsb merge` does, and send each agency its receipt.

    The tracker is saved first. When the connection breaks, run it again: nothing is merged or answered twice.
    """
    from cvsb_xl.commands.merge import receipt_files
    from cvsb_xl.commands.syncing import is_open_elsewhere, require_follows, send_waiting, service_for
    from cvsb_xl.hosts.documents import make_folder, write_together
    from cvsb_xl.hosts.file import save_edits
    from cvsb_xl.outputs.merge_json import merge_json
    from cvsb_xl.outputs.merge_text import merge_text
    from cvsb_xl.tracker.wording import counted
    from cvsb_xl.verbs.merge import merge

    opened = open_for(ctx, tracker)
    service = service_for(opened, url)
    if not dry_run:
        for parcel in send_waiting(service, opened):
            note(f"{parcel.about} had been waiting, and is sent now.")
    latest = service.remote.latest()
    require_follows(opened, latest, service.address)
    unanswered = service.remote.returns()
    waiting = [*(service.remote.returns(taken=True) if again else ()), *unanswered]
    if not waiting:
        _say_none(service, output_format)
        leave(wants_a_person=False)
    before = f", and {len(waiting) - len(unanswered)} that were taken in before" if again else ""
    note(f"Returns that wait at {service.address}: {len(unanswered)}{before}.")
    outcome = merge(opened.tracker, context_of(), _fetched(service, opened.tracker.framework, waiting))
    parcels: list[Parcel] = []
    if not dry_run:
        documents: Sequence[Receipt] = outcome.documents
        if receipts:
            make_folder(receipts)
        ids = {item.id for item in unanswered}  # an agency has one receipt for each return
        made = _parcels(service, waiting, documents, outcome.report.returns, latest)
        parcels = [parcel for parcel in made if parcel.key in ids]
        for parcel in parcels:
            service.outbox.put(parcel)
        save_edits(opened, outcome.edits)
        if receipts:
            write_together(receipt_files(receipts, documents, _audit_head(latest)))
    if output_format == "json":
        print_json(merge_json(outcome.report))
    else:
        click.echo(
            merge_text(outcome.report, tracker.name, dry_run=dry_run, receipts=str(receipts or _ON_THE_PAGES))
        )
    if not dry_run and is_open_elsewhere(opened):
        click.echo(
            "The receipts go to the agencies with the next Publish or Pull, when the workbook has been saved."
        )
    elif not dry_run:
        sent, trouble = _sent(service, parcels)
        note(f"Receipts on the agencies' pages: {sent}. To show the new state: cvsb publish {tracker}")
        if trouble:
            left = counted(len(parcels) - sent, "receipt")
            note(f"The tracker is saved, but {left} could not be sent yet. {trouble}")
            leave(wants_a_person=True)
    leave(wants_a_person=outcome.report.wants_a_person)


def _say_none(service: Service, output_format: str) -> None:
    from cvsb_xl.merge.result import MergeReport
    from cvsb_xl.outputs.merge_json import merge_json

    if output_format == "json":
        print_json(merge_json(MergeReport(())))
    else:
        click.echo(f"No return waits at {service.address}.")


def _fetched(
    service: Service, framework: Framework, waiting: Sequence[WaitingReturn]
) -> list[Return | ReturnResult]:
    """Read the returns in a child process with limits; each is known to come from the agency that signed in."""
    from cvsb_xl.errors import UnusableFile
    from cvsb_xl.hosts.returns import refused
    from cvsb_xl.merge.returned import Return
    from cvsb_xl.xlsx.child import read_returned

    files = []
    for item in waiting:
        data = service.remote.file(item.id)
        if hashlib.sha256(data).hexdigest() != item.sha256:
            raise UnusableFile(
                f"{item.file_name} of {item.agency} did not come through whole. Nothing was changed; run this again."
            )
        files.append((item.file_name, data))
    found: list[Return | ReturnResult] = []
    for item, ret in zip(waiting, read_returned(files, framework), strict=True):
        if isinstance(ret, Return):
            found.append(replace(ret, sent_by=item.agency))
        else:
            found.append(replace(refused(item.file_name, ret), agency=item.agency))
    return found


def _parcels(
    service: Service,
    waiting: Sequence[WaitingReturn],
    receipts: Sequence[Receipt],
    results: Sequence[ReturnResult],
    latest: Latest | None,
) -> list[Parcel]:
    """The receipts as they are sent, with the head of the service's audit: so it leaves the service too."""
    from cvsb_xl.books.receipt_book import build_receipt
    from cvsb_xl.hosts.connections import Parcel
    from cvsb_xl.outputs.receipt_text import receipt_text, summary

    said = _audit_head(latest)
    parcels = []
    for item, receipt, result in zip(waiting, receipts, results, strict=True):
        counts = receipt.counts
        body = {
            "state": "refused" if receipt.refused else "accepted",
            "counts": {
                "read": result.read,
                "applied": counts.applied,
                "unchanged": counts.unchanged,
                "conflicts": counts.conflicts,
                "rejected": counts.rejected,
            },
            "receipt": base64.b64encode(build_receipt(receipt, summary(receipt), said)).decode("ascii"),
            "text": receipt_text(receipt) + said,
            "log": {"seq": receipt.log_head[0], "head": receipt.log_head[1]},
        }
        about = f"The receipt of {item.agency} for {item.file_name}"
        parcels.append(
            Parcel(
                "receipt", item.id, service.outbox.tracker_id, service.address, receipt.log_head, about, body
            )
        )
    return parcels


def _audit_head(latest: Latest | None) -> str:
    """The line by which `cvsb log verify --service DIR --against RECEIPT` tells that the audit's end was cut off."""
    return f"Audit head: {latest.audit[0]} {latest.audit[1] or '-'}\n" if latest else ""


def _sent(service: Service, parcels: Sequence[Parcel]) -> tuple[int, str]:
    """Send the receipts; return how many arrived, and what stopped the others: they wait for the next run."""
    from cvsb_xl.commands.syncing import send
    from cvsb_xl.hosts.remote import Refused, Unreachable

    sent = 0
    try:
        for parcel in parcels:
            sent += send(service, parcel)
    except (Unreachable, Refused) as error:  # the tracker is saved: this is not "nothing was done"
        return sent, str(error)
    return sent, ""
