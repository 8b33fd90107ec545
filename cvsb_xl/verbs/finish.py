"""What every verb that saves does at its end: bring the tracker up to date, and log each changed cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cvsb_xl.tracker.edits import Edit, apply_edits, fold
from cvsb_xl.tracker.log import Entry, LoggedChange, Place, changes_of, log_rows
from cvsb_xl.tracker.memory import SAVED_AT, by_hand
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.update import update

BY_HAND = "by hand"


def finish(
    tracker: Tracker,
    edits: Sequence[Edit],
    context: Context,
    verb: str,
    sources: Mapping[Place, str] | None = None,
) -> list[Edit]:
    """Return the edits, those that `update` adds after them, and the log: first what was typed by hand, then the verb's.

    An empty list means that there is nothing to save.

    Args:
        sources: where a value came from, by (table, key, field).
    """
    after = apply_edits(tracker, edits)
    every = fold(tracker.tables, [*edits, *update(after, context).edits])
    made = list(changes_of(tracker, every, sources))
    entries = [
        Entry(BY_HAND, f"R-{context.new_id()}", None, _typed(tracker, context, every)),
        Entry(verb, f"R-{context.new_id()}", context.user, made),
    ]
    return [*every, *log_rows(tracker, context.now, entries)]


def _typed(tracker: Tracker, context: Context, edits: Sequence[Edit]) -> list[LoggedChange]:
    """What was typed since the last verb: with the window of time it can have happened in, since nobody saw the hour."""
    if tracker.last is None:
        return []
    # A row typed without an id is known by the one it gets in this run; that id itself is the verb's doing.
    named = apply_edits(tracker, [edit for edit in edits if _fills_an_id(tracker, edit)])
    filled = {(edit.table, str(edit.value)) for edit in edits if _fills_an_id(tracker, edit)}  # type: ignore[union-attr]
    since = tracker.meta.get(SAVED_AT) or tracker.meta.get("created", "")
    window = f"typed between {since} and {context.now.isoformat(timespec='seconds')}"
    return [
        LoggedChange(change.table, change.key, change.field, change.before, change.after, window)
        for change in by_hand(named)
        if not ((change.table, change.key) in filled and change.field == tracker[change.table].schema.key)
    ]


def _fills_an_id(tracker: Tracker, edit: Edit) -> bool:
    field = getattr(edit, "field", None)
    return (
        field is not None
        and field == tracker[edit.table].schema.key
        and getattr(edit, "expected", "") is None
    )
