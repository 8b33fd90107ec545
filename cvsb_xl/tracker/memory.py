"""What the last verb left: one JSON line for each row of each input table, kept in the tracker's very hidden `_last`.

Before a verb saves, the tables are compared with it, and what differs was typed by hand: the Review Manager works straight
in the cells, and a history that leaves that out is false.
"""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.tracker.log import LoggedChange
from cvsb_xl.tracker.row_line import DIGEST, read_line
from cvsb_xl.tracker.tables import Tracker

LAST_SHEET = "_last"
SAVED_AT = "saved_at"
"""The name, in the tracker's meta, of the time at which a verb last saved it (ISO, UTC)."""


def lines(tracker: Tracker, before: Tracker | None = None) -> dict[tuple[str, str], str]:
    """Return the line of each row of the input tables that has a key; of rows that share a key, the first one's.

    Args:
        before: the tracker that this one came from: the lines of rows that both have are not written again.
    """
    found: dict[tuple[str, str], str] = {}
    for name, data in tracker.tables.items():
        if data.schema.kind != "generated":
            held = data.lines if before is None else data.lines_after(before[name])
            found |= {(name, key): line for key, line in held.items()}
    return found


def by_hand(tracker: Tracker) -> Iterator[LoggedChange]:
    """Yield what was typed into the tracker since the last verb saved it; nothing when that is not known."""
    if not tracker.last:
        return
    now = lines(tracker)
    for (table, key), line in now.items():
        before = tracker.last.get((table, key))
        if before != line:
            yield from _differences(tracker, table, key, before, line)
    for (table, key), before in tracker.last.items():
        if (table, key) not in now and table in tracker.tables:
            yield from _differences(tracker, table, key, before, None)


def _differences(
    tracker: Tracker, table: str, key: str, before: str | None, after: str | None
) -> Iterator[LoggedChange]:
    if DIGEST in (before or "")[: len(DIGEST)] or DIGEST in (after or "")[: len(DIGEST)]:
        what = "(a row too long to keep its earlier words)"
        yield LoggedChange(table, key, tracker[table].schema.key, what, what)
        return
    old = read_line(before) if before else {}
    new = read_line(after) if after else {}
    for name in tracker[table].schema.by_name:
        if old.get(name) != new.get(name):
            yield LoggedChange(table, key, name, old.get(name), new.get(name))
