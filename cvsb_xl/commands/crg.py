"""`cvsb crg`: the Case Review Group's paper."""

from __future__ import annotations

from datetime import date

from cvsb_xl.commands.papers import paper_command
from cvsb_xl.papers.crg import CrgReport, crg
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.wording import counted, day_in_words
from cvsb_xl.verbs.outcome import Context, Outcome


def _words(report: CrgReport) -> str:
    return (
        f"as at {day_in_words(report.as_at)}. {counted(len(report.to_decide), 'referral')} to decide, "
        f"{len(report.unsigned)} without sign-off, {len(report.unnotified)} without notice; "
        f"{counted(len(report.open_reviews), 'open review')}, {len(report.passed)} with a date that has passed."
    )


@paper_command("crg", _words)
def command(tracker: Tracker, context: Context, as_at: date | None) -> Outcome:
    """Write the Case Review Group's paper: referrals to decide, decisions to be signed off and notified, clocks of open reviews."""
    return crg(tracker, context, as_at=as_at)
