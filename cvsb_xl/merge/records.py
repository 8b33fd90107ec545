"""What a merge writes in Returns and Conflicts, as rows of the change log: so that each merge is a run, and can be taken back.

A merge that only raised conflicts, or only rejected, changes no cell of an input table; it has changed the tracker all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cvsb_xl.merge.conflicts import CONFLICTS
from cvsb_xl.merge.working import Source
from cvsb_xl.tracker.edits import Edit, ShowSheet, apply_edits
from cvsb_xl.tracker.log import LoggedChange
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import same

RETURNS = "returns"
_OF_A_CONFLICT = ("tracker_value", "kind", "decision", "value", "state")
"""Fields of a conflict that a later merge may change; of a new one, only its state is logged: its words stand in Conflicts."""


def records_changed(
    tracker: Tracker, edits: Iterable[Edit], source: str | None = None
) -> Iterator[LoggedChange]:
    """Yield each cell of Returns, and what became of each conflict, that edits change in a tracker as it stood before.

    Args:
        source: where the change comes from; for a conflict, else, the returned cell.
    """
    own = [edit for edit in edits if edit.table in (RETURNS, CONFLICTS) and not isinstance(edit, ShowSheet)]
    if not own:
        return
    after = apply_edits(tracker, own)
    for key, row in after[RETURNS].by_key.items():
        held = tracker[RETURNS].by_key.get(key)
        yield from _cells(RETURNS, key, held, row, tuple(row.values), source)
    for key, row in after[CONFLICTS].by_key.items():
        held = tracker[CONFLICTS].by_key.get(key)
        cell = str(Source(row.text("sheet_id"), row.text("returned_at"), row.text("returned_cell")))
        yield from _cells(CONFLICTS, key, held, row, _OF_A_CONFLICT if held else ("state",), source or cell)
    for key in tracker[CONFLICTS].by_key.keys() - after[CONFLICTS].by_key.keys():
        yield LoggedChange(CONFLICTS, key, "state", tracker[CONFLICTS].by_key[key]["state"], None, source)


def _cells(
    table: str, key: str, before: Row | None, after: Row, fields: Iterable[str], source: str | None
) -> Iterator[LoggedChange]:
    for name in fields:
        old = before[name] if before is not None else None
        if not same(old, after[name]):
            yield LoggedChange(table, key, name, old, after[name], source)
