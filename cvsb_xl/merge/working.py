"""The tracker while returns are merged into it: what it held, what this run has changed, and who put a value there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from cvsb_xl.merge.cells import Newer
from cvsb_xl.merge.envelope import Envelope
from cvsb_xl.tracker.edits import AppendRow, Edit, SetCell
from cvsb_xl.tracker.log import LOG, Place
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text

CLOSED = ("Complete", "Stepped down")


@dataclass(frozen=True, slots=True)
class Source:
    """Which return a value came from, as the change log writes it: "S-7KQ2M4XN 2027-03-31T10:00:00Z Assignments!F12"."""

    sheet_id: str
    modified: str
    cell: str

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.modified or '-'} {self.cell}"

    @classmethod
    def read(cls, text: str) -> Source | None:
        """Return the source that a log row names; None when it names no return."""
        parts = text.split(" ", 2)
        if len(parts) != 3 or not parts[0].startswith("S-"):
            return None
        return cls(parts[0], "" if parts[1] == "-" else parts[1], parts[2])


def _moment(saved: str) -> datetime | None:
    """A time as text, with its zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(saved)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


@dataclass
class Working:
    """One run's working copy.

    Attributes:
        edits: what the run has changed so far, in order.
        sources: where each changed value came from.
    """

    tracker: Tracker
    edits: list[Edit] = field(default_factory=list)
    sources: dict[Place, str] = field(default_factory=dict)
    _changed: dict[tuple[str, str], dict[str, Value]] = field(default_factory=dict)
    _sources: dict[Place, tuple[str, Source]] = field(default_factory=dict)

    def row(self, table: str, key: str) -> Mapping[str, Value] | None:
        """Return a row's values as they stand now; None when there is no such row."""
        changed = self._changed.get((table, key))
        if changed is not None:
            return changed
        row = self.tracker[table].by_key.get(key)
        return row.values if row else None

    def place(self, table: str, key: str, name: str) -> str | None:
        """Return the tracker's cell of a field, such as "F17"."""
        data = self.tracker[table]
        row = data.by_key.get(key)
        return data.cell(row, name) if row else None

    def set(self, table: str, key: str, name: str, value: Value, source: Source | None = None) -> None:
        """Change one field of a row that stands."""
        held = dict(self.row(table, key) or {})
        row = self.tracker[table].by_key.get(key)
        self.edits.append(SetCell(table, key, name, held.get(name), value, row.number if row else 0))
        held[name] = value
        self._changed[table, key] = held
        self._remember((table, key, name), value, source)

    def append(
        self, table: str, key: str, values: Mapping[str, Value], sources: Mapping[str, Source]
    ) -> None:
        """Add a row."""
        self.edits.append(AppendRow(table, values))
        self._changed[table, key] = {name: values.get(name) for name in self.tracker[table].schema.by_name}
        for name, source in sources.items():
            self._remember((table, key, name), values.get(name), source)

    def _remember(self, place: Place, value: Value, source: Source | None) -> None:
        if source is not None:
            self.sources[place] = str(source)
            self._sources[place] = (as_text(value), source)

    def is_closed(self, table: str, row: Mapping[str, Value]) -> bool:
        """Tell whether the row's action is closed."""
        context = self.tracker[table].schema.context
        if context is None or context.table != "actions":
            return False
        action = self.tracker["actions"].by_key.get(as_text(row.get(context.by)))
        return action is not None and action["status"] in CLOSED

    @cached_property
    def order_of_sheets(self) -> Mapping[str, tuple[int, str]]:
        """sheet_id -> (order of issue, agency)."""
        return {
            row.text("sheet_id"): (at, row.text("agency")) for at, row in enumerate(self.tracker["returns"])
        }

    def later_sheet(self, sheet_id: str) -> str | None:
        """Return the newest sheet of the same agency that was issued after this one; None when there is none."""
        issued = self.order_of_sheets.get(sheet_id)
        if issued is None:
            return None
        later = [
            name
            for name, (at, agency) in self.order_of_sheets.items()
            if at > issued[0] and agency == issued[1]
        ]
        return later[-1] if later else None

    @cached_property
    def _log(self) -> Mapping[tuple[str, str, str], Row]:
        """The newest log row of each cell, by sheet name, key and field."""
        newest: dict[tuple[str, str, str], Row] = {}
        for row in self.tracker[LOG]:
            newest[row.text("table"), row.text("key"), row.text("field")] = row
        return newest

    def put_there_by(self, table: str, key: str, name: str, value: Value) -> Source | None:
        """Return the return that put the tracker's value there; None when something else did, or a person."""
        known = self._sources.get((table, key, name))
        if known is None:
            row = self._log.get((self.tracker[table].schema.sheet, key, name))
            source = Source.read(row.text("source")) if row else None
            known = (row.text("after"), source) if row and source else None
        if known is None or known[0] != as_text(value):
            return None
        return known[1]

    def compare(self, envelope: Envelope, modified: str, other_sheet: str, other_modified: str) -> Newer:
        """Tell whether a return is newer than another of the same agency: later issued, then later saved."""
        mine = self.order_of_sheets.get(envelope.sheet_id)
        theirs = self.order_of_sheets.get(other_sheet)
        if mine is None or theirs is None:
            return "unclear"
        if mine[0] != theirs[0]:
            return "newer" if mine[0] > theirs[0] else "older"
        this, other = _moment(modified), _moment(other_modified)
        if this is None or other is None or this == other:
            return "unclear"
        return "newer" if this > other else "older"

    def earlier(
        self, envelope: Envelope, modified: str, table: str, key: str, name: str, value: Value
    ) -> Newer | None:
        """Tell whether the tracker's value came from another return of this agency, and which of the two is newer."""
        source = self.put_there_by(table, key, name, value)
        if source is None:
            return None
        issued = self.order_of_sheets.get(source.sheet_id)
        if issued is None or issued[1] != envelope.agency:
            return None
        return self.compare(envelope, modified, source.sheet_id, source.modified)
