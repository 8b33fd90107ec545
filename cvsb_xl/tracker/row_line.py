"""A row as one JSON line: what the tracker keeps of each row that a verb has left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from cvsb_xl.tracker.values import Value

DIGEST = "sha256:"
"""What a line begins with that would be too long for a cell: it can be told from another, but not read."""

_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_LONGEST = 32_000


def row_line(names: Sequence[str], values: Mapping[str, Value]) -> str:
    """Return the line of these fields of a row; blank ones are left out."""
    held = {
        name: value if value.__class__ is str else _plain(value)
        for name in names
        if (value := values.get(name)) is not None
    }
    text = _AS_JSON(held)
    return text if len(text) <= _LONGEST else DIGEST + hashlib.sha256(text.encode()).hexdigest()


def read_line(line: str) -> dict[str, Value]:
    """Return the fields that a line holds."""
    held = json.loads(line)
    return {
        name: (
            date.fromisoformat(value["date"]) if "date" in value else datetime.fromisoformat(value["time"])
        )
        if isinstance(value, dict)
        else value
        for name, value in held.items()
    }


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value
