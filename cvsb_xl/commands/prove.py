"""`cvsb prove`: one action's or review's story, for an inspector."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import click

from cvsb_xl.commands.papers import paper_command
from cvsb_xl.papers.prove import ProofReport, prove
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.wording import counted
from cvsb_xl.verbs.outcome import Context, Outcome


def _words(report: ProofReport) -> str:
    left = sum(report.left_out.values())
    return (
        f"{report.key}, {counted(report.actions, 'action')}, {counted(report.entries, 'change')}, "
        f"{counted(report.receipts, 'returned sheet')}."
        + (f" {counted(left, 'text')} left out." if left else "")
    )


def _wants(report: ProofReport) -> Sequence[str]:
    found = []
    if report.unlogged:
        found.append(
            f"{counted(report.unlogged, 'cell')} typed by hand, not in the log yet: run cvsb update first."
        )
    if not report.log_holds:
        found.append("The change log does not hold; the paper says so. cvsb log TRACKER verify tells where.")
    return found


@paper_command("prove", _words, _wants)
@click.argument("key", metavar="ACTION|REVIEW")
@click.option(
    "--redact", is_flag=True, help="Leave out what people wrote and who they are, and say what was left out."
)
def command(tracker: Tracker, context: Context, as_at: date | None, key: str, redact: bool) -> Outcome:
    """Write one document for an inspector: learning, recommendation, updates with the digests of their returns, evidence seen,
    minutes, impact, and every change with its chain value.

    Exit code 1: written, but the change log does not hold or lacks what was typed since, or a text may name a person.
    """
    return prove(tracker, context, key, redact=redact, as_at=as_at)
