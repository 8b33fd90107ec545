"""What every verb that saves does at its end: bring the tracker up to date, and log each changed cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC

from cvsb_xl.tracker.edits import Edit, SetCell, apply_edits, fold, set_cell
from cvsb_xl.tracker.log import Entry, LoggedChange, Place, changes_of, log_rows
from cvsb_xl.tracker.memory import SAVED_AT, by_hand
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import Value
from cvsb_xl.tracker.whole import require_whole
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.update import fill_ids, update

BY_HAND = "by hand"


def finish(
    tracker: Tracker,
    edits: Sequence[Edit],
    context: Context,
    verb: str,
    sources: Mapping[Place, str] | None = None,
    logged: Sequence[LoggedChange] = (),
) -> list[Edit]:
    """Return the edits, those that `update` adds after them, and the log: first what was typed by hand, then the verb's.

    An empty list means that there is nothing to save.

    Args:
        sources: where a value came from, by (table, key, field).
        logged: what the verb did beside changing cells of input tables.

    Raises:
        NotATracker: when a sheet or column that things are worked out from is missing.
    """
    require_whole(tracker)
    # A row typed without an id is known by the one it gets in this run.
    ids = [edit for edit in [*edits, *fill_ids(tracker)] if _fills_an_id(tracker, edit)]
    typed = _typed(tracker, context, ids)
    stamped = [*edits, *_stamps(tracker, typed, edits, context)]
    every = fold(tracker.tables, [*stamped, *update(apply_edits(tracker, stamped), context).edits])
    entries = [
        Entry(BY_HAND, f"R-{context.new_id()}", None, typed),
        Entry(verb, f"R-{context.new_id()}", context.user, [*changes_of(tracker, every, sources), *logged]),
    ]
    return [*every, *log_rows(tracker, context.now, entries)]


def _stamps(
    tracker: Tracker, typed: Sequence[LoggedChange], edits: Sequence[Edit], context: Context
) -> list[Edit]:
    """Date the assignments whose progress was typed by hand, as a return would: a proposal is told from its day.

    The day is the one on which it was found; the log has the window in which it was typed.
    """
    data = tracker["assignments"]
    owned = {item.name for item in data.schema.agency_fields}
    touched = {getattr(edit, "key", "") for edit in edits if edit.table == data.schema.name}
    dated = {change.key for change in typed if change.field == "updated_on"}
    keys = {change.key for change in typed if change.table == data.schema.name and change.field in owned}
    stamps: list[Edit] = []
    for key in sorted(keys - touched - dated):
        row = data.by_key.get(key)
        if row is not None and "updated_on" in data.columns and "updated_from" in data.columns:
            new: dict[str, Value] = {"updated_on": context.today, "updated_from": BY_HAND}
            stamps += [set_cell(data, row, name, value) for name, value in new.items() if row[name] != value]
    return stamps


def _typed(tracker: Tracker, context: Context, ids: Sequence[Edit]) -> list[LoggedChange]:
    """What was typed since the last verb: with the window of time it can have happened in, since nobody saw the hour."""
    if tracker.last is None:
        return []
    named = apply_edits(tracker, ids)
    filled = {(edit.table, str(edit.value)) for edit in ids if isinstance(edit, SetCell)}
    since = tracker.meta.get(SAVED_AT) or tracker.meta.get("created", "")
    window = f"typed between {since} and {context.now.astimezone(UTC).isoformat(timespec='seconds')}"
    return [
        LoggedChange(change.table, change.key, change.field, change.before, change.after, window)
        for change in by_hand(named)
        if not ((change.table, change.key) in filled and change.field == tracker[change.table].schema.key)
    ]


def _fills_an_id(tracker: Tracker, edit: Edit) -> bool:
    return (
        isinstance(edit, SetCell) and edit.field == tracker[edit.table].schema.key and edit.expected is None
    )
