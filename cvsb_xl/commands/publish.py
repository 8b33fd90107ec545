"""`cvsb publish`: send the tracker's tables, and each agency's sheet, to the sync service."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvsb_xl.commands.common import (
    context_of,
    has_errors,
    leave,
    note,
    open_for,
    print_json,
    tracker_command,
)
from cvsb_xl.commands.sheets import due_back_option, held_back_json, say_held_back

if TYPE_CHECKING:
    from cvsb_xl.commands.syncing import Service
    from cvsb_xl.hosts.file import OpenTracker
    from cvsb_xl.hosts.remote import Latest
    from cvsb_xl.verbs.issue import IssueReport
    from cvsb_xl.verbs.outcome import Outcome


@tracker_command("publish")
@click.option("--to", "url", metavar="ADDRESS", help="The service; without it, the one that Settings names.")
@due_back_option
def command(
    ctx: click.Context,
    tracker: Path,
    url: str | None,
    due_back: datetime | None,
    dry_run: bool,
    output_format: str,
) -> None:
    """Publish TRACKER: its members and agencies then see this state, and every agency finds its sheet on the service.

    The tables are sent, not the file; never the tracker's key, the words of its change log, or who was referred and why.
    When the connection breaks, run it again: what has arrived already is not taken twice.
    """
    from cvsb_xl.commands.syncing import require_follows, send_waiting, service_for
    from cvsb_xl.verbs.publish import is_as_published, publish

    opened = open_for(ctx, tracker)
    service = service_for(opened, url)
    sent_now = [] if dry_run else send_waiting(service, opened)
    for parcel in sent_now:
        note(f"{parcel.about} had been waiting, and is sent now.")
    arrived = any(parcel.kind == "publication" for parcel in sent_now)
    latest = service.remote.latest()
    require_follows(opened, latest, service.address)
    unchanged = latest is not None and is_as_published(opened.tracker, latest.log)
    outcome = publish(opened.tracker, context_of(), service.address, due_back.date() if due_back else None)
    if latest is not None and unchanged and (arrived or due_back is None):
        _say_unchanged(opened, service, latest, outcome, output_format, arrived=arrived)
        leave(wants_a_person=_wants_a_person(outcome))
    state, trouble = ("dry-run", "") if dry_run else _send(opened, service, outcome, latest)
    _say(opened, service, outcome, state, output_format)
    if trouble:
        note(f"But it is not at the service. {trouble}")
    leave(wants_a_person=bool(trouble) or _wants_a_person(outcome))


def _wants_a_person(outcome: Outcome) -> bool:
    return bool(outcome.report.held_back) or has_errors(outcome.findings)


def _send(opened: OpenTracker, service: Service, outcome: Outcome, latest: Latest | None) -> tuple[str, str]:
    """Keep what is to be sent, save the tracker, send: in this order.

    Returns:
        "published"; "open" for a workbook that Excel has yet to save; or "saved", and why it did not arrive.
    """
    from cvsb_xl.books.agency_book import build_agency_sheet
    from cvsb_xl.commands.syncing import is_open_elsewhere, send
    from cvsb_xl.hosts.connections import Parcel
    from cvsb_xl.hosts.file import save_edits
    from cvsb_xl.hosts.publication import publication_json
    from cvsb_xl.hosts.remote import Refused, Unreachable

    (publication,) = outcome.documents
    files = {sheet.sheet_id: build_agency_sheet(sheet) for sheet in publication.sheets}
    body = publication_json(publication, files, latest.id if latest else None)
    parcel = Parcel(
        "publication",
        publication.key,
        publication.tracker_id,
        service.address,
        publication.log,
        f"The publication of {publication.name}",
        body,
    )
    service.outbox.put(parcel)
    try:
        save_edits(opened, outcome.edits)
    except BaseException:
        service.outbox.take_out(parcel)
        raise
    if is_open_elsewhere(opened):  # Excel saves the workbook only after this has ended
        return "open", ""
    try:
        send(service, parcel)
    except (Unreachable, Refused) as error:  # the tracker is saved: this is not "nothing was done"
        return "saved", str(error)
    return "published", ""


def _say_unchanged(
    opened: OpenTracker,
    service: Service,
    latest: Latest,
    outcome: Outcome,
    output_format: str,
    *,
    arrived: bool,
) -> None:
    """Say that the service has this state, from before or since a moment ago; and again what was held back from it.

    Args:
        outcome: of publishing it once more; only what it holds back is told.
    """
    from cvsb_xl.commands.syncing import when

    if output_format == "json":
        print_json(
            {
                "state": "published" if arrived else "unchanged",
                "address": service.address,
                "number": latest.number,
                "issued": [],
                **_kept_at_home(outcome),
            }
        )
        return
    if arrived:
        click.echo(
            f"{opened.path.name} is published at {service.address}, with the sheets that were issued for it."
        )
    else:
        click.echo(
            f"{service.address} has this state of {opened.path.name}: {latest.by} published it on {when(latest.at)}, and "
            "nothing has changed since. Nothing was sent."
        )
    _say_kept_at_home(opened, outcome)


def _kept_at_home(outcome: Outcome) -> dict[str, Any]:
    """What no sheet carries, as JSON."""
    return {
        "nothing_for": list(outcome.report.nothing_for),
        "held_back": held_back_json(outcome.report.held_back),
        "findings": [one.as_json() for one in outcome.findings],
    }


def _say_kept_at_home(opened: OpenTracker, outcome: Outcome) -> None:
    """Say what no sheet carries, and why."""
    name, report = opened.path.name, outcome.report
    if report.nothing_for:
        click.echo(f"Nothing to send to: {', '.join(report.nothing_for)}.")
    say_held_back(report.held_back, name, "publish again")
    if report.held_back:
        click.echo(
            "  Where an earlier sheet of theirs is on the service, it stays until then, and says that it is from before."
        )
    for one in outcome.findings:
        click.echo(f"{name}:{one.sheet}!{one.cell}: {one.code} {one.message}")


def _say(opened: OpenTracker, service: Service, outcome: Outcome, state: str, output_format: str) -> None:
    report: IssueReport = outcome.report
    if output_format == "json":
        said: dict[str, Any] = {
            "state": state,
            "address": service.address,
            "issued": [
                {"agency": item.agency, "sheet_id": item.sheet_id, "assignments": item.assignments}
                for item in report.issued
            ],
            **_kept_at_home(outcome),
        }
        print_json(said)
        return
    count = len(report.issued)
    sheets = f"{count} {'sheet' if count == 1 else 'sheets'}"
    if state == "dry-run":
        click.echo(f"Would be sent to {service.address}: the tables of {opened.path.name}, and {sheets}:")
    elif state == "published":
        click.echo(f"{opened.path.name} is published at {service.address}, with {sheets}:")
    elif state == "saved":
        click.echo(f"{opened.path.name} is saved, and {sheets} are issued in it:")
    else:
        click.echo(f"{sheets} are issued and everything is ready for {service.address}:")
    for item in report.issued:
        number = item.assignments
        overdue = f", {item.overdue} overdue" if item.overdue else ""
        click.echo(
            f"  {item.agency_name}: {number} {'assignment' if number == 1 else 'assignments'}{overdue}, "
            f"{item.acknowledgements} to acknowledge"
        )
    _say_kept_at_home(opened, outcome)
    if state == "dry-run":
        click.echo("Dry run: nothing was sent or changed.")
    elif state == "open":
        click.echo("Press Publish once more to send it: it goes only when the workbook has been saved.")
    elif state == "published":
        note(f"When agencies have sent their sheets in: cvsb pull {opened.path} --from {service.address}")
