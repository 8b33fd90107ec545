"""`cvsb dashboard`: one page to look at, for the Board's members or for one agency."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from cvsb_xl.commands.common import (
    as_at_option,
    context_of,
    has_errors,
    leave,
    open_for,
    print_json,
    tracker_command,
)
from cvsb_xl.commands.papers import check_out, in_this_file, tell_before_sending
from cvsb_xl.errors import CannotDo, CannotSave
from cvsb_xl.outputs.findings_json import findings_json
from cvsb_xl.tracker.wording import counted, day_in_words


@tracker_command("dashboard", dry_run=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.html",
    help="Where to write the page.",
)
@as_at_option
@click.option("--for", "agency", metavar="AGENCY", default="", help="An agency's own page, by its code.")
def command(
    ctx: click.Context,
    tracker: Path,
    out: Path,
    as_at: datetime | None,
    agency: str,
    output_format: str,
) -> None:
    """Write where reviews and actions stand as one web page that needs no network: figures, pictures, tables, filters.

    The full page is for members of the Board, the Delivery Group and the Case Review Group. With --for it holds that agency's
    own rows in full and the recommendations, actions, owners and status of every published review, and nothing that other
    agencies reported.
    """
    from cvsb_xl.outputs.html import html_bytes
    from cvsb_xl.papers.dashboard import dashboard
    from cvsb_xl.xlsx.save import save_bytes

    _check(out)
    opened = open_for(ctx, tracker)
    outcome = dashboard(opened.tracker, context_of(), as_at=as_at.date() if as_at else None, agency=agency)
    findings, report = in_this_file(opened, outcome.findings), outcome.report
    if not outcome.documents:
        tell_before_sending([item for item in findings if item.severity == "error"], tracker.name)
        raise CannotDo(
            f"{report.agency}'s page would carry out of the board what is named above. Mend it, or waive it, and run this again."
        )
    save_bytes(out, html_bytes(outcome.documents[0]), backups=0)
    if output_format == "json":
        print_json({"out": str(out), **asdict(report), "findings": findings_json(findings)})
    else:
        whose = f" for {report.agency}" if report.agency else ""
        click.echo(
            f"{out}{whose}: as at {day_in_words(report.as_at)}. {counted(report.reviews, 'review')}, "
            f"{counted(report.actions, 'action')}: {report.open} open, {report.overdue} overdue, "
            f"{report.awaiting_ratification} awaiting ratification."
        )
        tell_before_sending(findings, tracker.name)
    leave(wants_a_person=has_errors(findings))


def _check(out: Path) -> None:
    """Refuse a name that is no page's, and a file there that is none: nothing else is ever written over."""
    check_out(out, ".html", "the dashboard is a web page")
    try:
        with out.open("rb") as file:
            start = file.read(200).lstrip().lower()
    except FileNotFoundError:
        return
    except OSError as error:
        raise CannotSave(f"{out}: this cannot be written ({error.strerror}). Choose another name.") from error
    if start and not start.startswith((b"<!doctype html", b"<html")):
        raise CannotDo(
            f"{out.name} is there already and is no web page, so it is left alone. Choose another name."
        )
