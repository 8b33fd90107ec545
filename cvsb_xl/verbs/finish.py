"""What every verb that saves does at its end: bring the tracker up to date, and log each changed cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cvsb_xl.tracker.edits import Edit, apply_edits, fold
from cvsb_xl.tracker.log import Place, log_rows
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.update import update


def finish(
    tracker: Tracker,
    edits: Sequence[Edit],
    context: Context,
    verb: str,
    sources: Mapping[Place, str] | None = None,
) -> list[Edit]:
    """Return the edits, those that `update` adds after them, and their rows in the change log.

    An empty list means that there is nothing to save.

    Args:
        sources: where a value came from, by (table, key, field).
    """
    after = apply_edits(tracker, edits)
    every = fold(tracker.tables, [*edits, *update(after, context).edits])
    run = f"R-{context.new_id()}"
    return [*every, *log_rows(tracker, every, run=run, at=context.now, by=context.user, verb=verb, sources=sources)]
