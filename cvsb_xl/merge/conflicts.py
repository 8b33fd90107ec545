"""Conflicts as rows: base, tracker and returned values side by side, until a person has decided."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cvsb_xl.tracker.edits import Edit, Link, ReplaceRows, ShowSheet
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import Value, as_text

CONFLICTS = "conflicts"
OPEN, DECIDED, REPLACED = "Open", "Decided", "Replaced"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One returned value that a person has to decide on."""

    sheet_id: str
    agency: str
    table: str
    key: str
    field: str
    base: Value
    tracker: Value
    returned: Value
    returned_cell: str
    returned_at: str
    kind: str

    @property
    def id(self) -> str:
        """The same for the same value of the same sheet, so that a second merge finds it again."""
        parts = "\n".join([self.sheet_id, self.table, self.key, self.field, as_text(self.returned)])
        return "C-" + hashlib.sha256(parts.encode()).hexdigest()[:10].upper()


class ConflictBook:
    """The Conflicts sheet while returns are merged."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._before = [dict(row.values) for row in tracker[CONFLICTS]]
        self.rows = {str(row["conflict_id"]): dict(row) for row in self._before}
        self._by_place: dict[tuple[str, str, str], list[str]] = {}
        for key, row in self.rows.items():
            self._by_place.setdefault(_place(row), []).append(key)

    def state(self, conflict: Conflict) -> str | None:
        """Return the state under which this conflict already stands; None when it is new."""
        row = self.rows.get(conflict.id)
        return as_text(row["state"]) if row else None

    def open_at(self, table: str, key: str, field: str) -> list[Mapping[str, Value]]:
        """Return the open conflicts of a cell."""
        place = (self._tracker[table].schema.sheet, key, field)
        return [self.rows[name] for name in self._by_place.get(place, ()) if self.rows[name]["state"] == OPEN]

    def add(self, conflict: Conflict, state: str = OPEN) -> None:
        """Write a conflict down.

        Where it stands already and the tracker's cell has changed since, it shows what the cell holds now, and a decision
        that was taken on what it held before is asked for anew.
        """
        held = self.rows.get(conflict.id)
        if held is not None:
            now = as_text(conflict.tracker) or None
            if held["state"] == OPEN and held["tracker_value"] != now:
                held |= {"tracker_value": now, "kind": conflict.kind, "decision": None, "value": None}
            return
        row: dict[str, Value] = {
            "conflict_id": conflict.id,
            "sheet_id": conflict.sheet_id,
            "agency": conflict.agency,
            "table": self._tracker[conflict.table].schema.sheet,
            "key": conflict.key,
            "field": conflict.field,
            "base": as_text(conflict.base) or None,
            "tracker_value": as_text(conflict.tracker) or None,
            "returned_value": as_text(conflict.returned) or None,
            "returned_cell": conflict.returned_cell,
            "returned_at": conflict.returned_at or None,
            "kind": conflict.kind,
            "state": state,
        }
        self.rows[conflict.id] = row
        self._by_place.setdefault(_place(row), []).append(conflict.id)

    def replace(self, row: Mapping[str, Value]) -> None:
        """Mark an older open conflict: a newer return stands in its place."""
        self.rows[str(row["conflict_id"])]["state"] = REPLACED

    def edits(self) -> list[Edit]:
        """Return what changed on the sheet: nothing when nothing did. It is shown while a conflict is open."""
        rows = list(self.rows.values())
        if rows == self._before:
            return []
        shown = any(row["state"] == OPEN for row in rows)
        return [ReplaceRows(CONFLICTS, rows, links(self._tracker, rows)), ShowSheet(CONFLICTS, visible=shown)]


def links(tracker: Tracker, rows: list[dict[str, Value]]) -> dict[tuple[int, str], Link]:
    """Return the links from each conflict's key to the tracker's cell."""
    found = {}
    by_sheet = tracker.framework.by_sheet
    for index, row in enumerate(rows):
        table = by_sheet.get(as_text(row["table"]))
        if table is None:
            continue
        data = tracker[table.name]
        target = data.by_key.get(as_text(row["key"]))
        cell = data.cell(target, as_text(row["field"])) if target else None
        if cell:
            found[index, "key"] = Link(table.sheet, cell)
    return found


def _place(row: Mapping[str, Value]) -> tuple[str, str, str]:
    return as_text(row["table"]), as_text(row["key"]), as_text(row["field"])
