"""The change log: one row for each changed cell, each chained to the one before it.

A row's chain is an HMAC, under the tracker's key, over the digests of the row's parts and the chain of the row before, by
`seq`. It shows a change by anyone who does not hold the key. Since it covers digests of the parts and not the parts, a part
can be taken out later and the rest still verifies.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from cvsb_xl.tracker.edits import AppendRow, Edit, SetCell
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text

LOG = "change-log"
PARTS = ("run", "at", "by", "verb", "table", "key", "field", "before", "after", "source")
Place = tuple[str, str, str]
"""(table, key, field)."""


def chain_value(secret: str, previous: str, seq: int, parts: Mapping[str, Value]) -> str:
    """Return a row's chain value: 32 hexadecimal characters."""
    digests = [hashlib.sha256(as_text(parts.get(name)).encode()).hexdigest() for name in PARTS]
    message = "\n".join([previous, str(seq), *digests]).encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:32]


def head(tracker: Tracker) -> tuple[int, str]:
    """Return the newest row's seq and chain; (0, "") for an empty log."""
    rows = [row for row in tracker[LOG] if isinstance(row["seq"], int)]
    newest = max(rows, key=_seq, default=None)
    return (_seq(newest), newest.text("chain")) if newest else (0, "")


def _seq(row: Row) -> int:
    value = row["seq"]
    return value if isinstance(value, int) else 0


def log_rows(
    tracker: Tracker,
    edits: Iterable[Edit],
    *,
    run: str,
    at: datetime,
    by: str,
    verb: str,
    sources: Mapping[Place, str] | None = None,
) -> list[AppendRow]:
    """Return the log rows for edits to a tracker as it stood before them.

    Generated tables are not logged: they are made anew from the others. A row appended is logged cell by cell.

    Args:
        sources: where a value came from, by place, such as a cell of a return.
    """
    seq, previous = head(tracker)
    secret = tracker.meta.get("key", "")
    stamp = at.astimezone(UTC).isoformat(timespec="seconds")
    rows = []
    for table, key, field, before, after in _changes(tracker, edits):
        parts: dict[str, Value] = {
            "run": run,
            "at": stamp,
            "by": by,
            "verb": verb,
            "table": tracker[table].schema.sheet,
            "key": key,
            "field": field,
            "before": as_text(before) or None,
            "after": as_text(after) or None,
            "source": (sources or {}).get((table, key, field)),
        }
        seq += 1
        previous = chain_value(secret, previous, seq, parts)
        rows.append(AppendRow(LOG, {"seq": seq, **parts, "chain": previous}))
    return rows


def _changes(tracker: Tracker, edits: Iterable[Edit]) -> Iterable[tuple[str, str, str, Value, Value]]:
    for edit in edits:
        if isinstance(edit, SetCell | AppendRow) and tracker[edit.table].schema.kind == "generated":
            continue
        if isinstance(edit, SetCell):
            yield edit.table, edit.key, edit.field, edit.expected, edit.value
        elif isinstance(edit, AppendRow):
            data = tracker[edit.table]
            key = data.key_of(Row(0, dict(edit.values)))
            for name, value in edit.values.items():
                if value is not None:
                    yield edit.table, key, name, None, value
