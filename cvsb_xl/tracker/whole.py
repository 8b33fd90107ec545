"""Whether a tracker is whole enough to be changed: statuses worked out without the Decisions sheet would be wrong."""

from __future__ import annotations

from cvsb_xl.errors import NotATracker
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.wording import listed

COUNTED_FROM = ("reviews", "actions", "assignments", "decisions", "agencies")
"""The tables that statuses, dates and rows are worked out from; every column of theirs is needed."""


def require_whole(tracker: Tracker) -> None:
    """Refuse to go on when a sheet is missing, or a column of those that everything is worked out from.

    Raises:
        NotATracker: naming each.
    """
    missing = []
    for name, data in tracker.tables.items():
        if not data.found or not data.header_row:
            what = "sheet" if not data.found else "headings of the sheet"
            missing.append(f"the {what} {data.schema.sheet}")
        elif name in COUNTED_FROM:
            missing += [
                f'the column "{item.heading(tracker.language)}" of {data.schema.sheet}'
                for item in data.schema.fields
                if item.name not in data.columns
            ]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise NotATracker(
            f"{tracker.name}: {listed(missing)} {verb} missing, so what is worked out from there would be wrong. Put it "
            "back under its old name (earlier versions of the tracker are in .cvsb-backups beside it), then run this "
            "again. cvsb check shows everything that is missing."
        )
