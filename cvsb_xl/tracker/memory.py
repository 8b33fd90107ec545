"""What the last verb left: one JSON line for each row of each input table, kept in the tracker's very hidden `_last`.

Before a verb saves, the tables are compared with it, and what differs was typed by hand: the Review Manager works straight
in the cells, and a history that leaves that out is false.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from cvsb_xl.tracker.log import LoggedChange
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value

LAST_SHEET = "_last"
SAVED_AT = "saved_at"
"""The name, in the tracker's meta, of the time at which a verb last saved it (ISO, UTC)."""

_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_LONGEST = 32_000
_DIGEST = "sha256:"
Lines = Mapping[tuple[str, str], str]
"""(table, key) -> the row's line."""


def lines(tracker: Tracker, known: Mapping[int, str] | None = None) -> dict[tuple[str, str], str]:
    """Return the line of each row that has a key; of rows that share a key, the first one's.

    Args:
        known: id(row) -> line of rows that have not changed, so that they are not written again.
    """
    known = known or {}
    found: dict[tuple[str, str], str] = {}
    for name, data in tracker.tables.items():
        if data.schema.kind == "generated":
            continue
        names = [item.name for item in data.schema.fields if not item.live]
        for key, row in data.by_key.items():
            found[name, key] = known.get(id(row)) or _line(names, row)
    return found


def _line(names: list[str], row: Row) -> str:
    values = row.values
    held = {
        name: value if value.__class__ is str else _plain(value)
        for name in names
        if (value := values.get(name)) is not None
    }
    text = _AS_JSON(held)
    return text if len(text) <= _LONGEST else _DIGEST + hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def _read(line: str) -> dict[str, Value]:
    held = json.loads(line)
    return {
        name: (
            date.fromisoformat(value["date"]) if "date" in value else datetime.fromisoformat(value["time"])
        )
        if isinstance(value, dict)
        else value
        for name, value in held.items()
    }


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
    if _DIGEST in (before or "")[: len(_DIGEST)] or _DIGEST in (after or "")[: len(_DIGEST)]:
        what = "(a row too long to keep its earlier words)"
        yield LoggedChange(table, key, tracker[table].schema.key, what, what)
        return
    old = _read(before) if before else {}
    new = _read(after) if after else {}
    for name in tracker[table].schema.by_name:
        if old.get(name) != new.get(name):
            yield LoggedChange(table, key, name, old.get(name), new.get(name))
