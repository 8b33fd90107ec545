"""`cvsb board`: the Board's report."""

from __future__ import annotations

from datetime import date

import click

from cvsb_xl.commands.papers import paper_command, since_value
from cvsb_xl.papers.board import board, position_words
from cvsb_xl.papers.board_figures import BoardReport
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.wording import counted, day_in_words
from cvsb_xl.verbs.outcome import Context, Outcome


def _words(report: BoardReport) -> str:
    return (
        f"as at {day_in_words(report.as_at)}. {position_words(report.position)} "
        f"{counted(len(report.asks), 'decision')} asked of the Board."
    )


@paper_command("board", _words)
@click.option(
    "--since",
    metavar="DATE|last-board",
    help="The day of the last report; the Board's last meeting if not given.",
)
def command(tracker: Tracker, context: Context, as_at: date | None, since: str | None) -> Outcome:
    """Write the Board's report: position, what changed since the last one, timeliness, barriers and earlier asks, themes."""
    return board(tracker, context, as_at=as_at, since=since_value(since) if since else None)
