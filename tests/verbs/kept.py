"""A tracker that is saved after each verb, in memory: rows get their places, and `_last` remembers what was left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cvsb_xl.hosts.hidden import LOG_HEAD, head_text
from cvsb_xl.tracker.edits import Edit, apply_edits
from cvsb_xl.tracker.memory import SAVED_AT, lines
from cvsb_xl.tracker.tables import HEADER_ROW, Tracker
from tests.rounds import TODAY

SAVED = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC).isoformat(timespec="seconds")


def saved(tracker: Tracker, edits: Sequence[Edit] = ()) -> Tracker:
    """Return the tracker as a save would leave it."""
    after = apply_edits(tracker, edits)
    tables = {
        name: replace(
            data, rows=tuple(replace(row, number=at) for at, row in enumerate(data.rows, HEADER_ROW + 1))
        )
        for name, data in after.tables.items()
    }
    after = replace(after, tables=tables)
    meta = {**after.meta, SAVED_AT: SAVED, LOG_HEAD: head_text(after)}
    return replace(after, last=lines(after), meta=meta)
