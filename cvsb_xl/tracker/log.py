"""The change log: one row for each changed cell, each chained to the one before it.

A row's chain is an HMAC, under the tracker's key, over the digests of the row's parts and the chain of the row before, by
`seq`. It shows a change by anyone who does not hold the key. Since it covers digests of the parts and not the parts, a part
can be taken out later and the rest still verifies.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cvsb_xl.tracker.edits import AppendRow, Edit, SetCell
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text

LOG = "change-log"
PARTS = ("run", "at", "by", "verb", "table", "key", "field", "before", "after", "source")
LOG_HEAD = "log_head"
"""The name, in the tracker's meta, of the log's head as the last save left it: it shows a log whose end was cut off."""
Place = tuple[str, str, str]
"""(table, key, field)."""


_REDACTED = re.compile(r"\[taken out: .*; sha256:([0-9a-f]{64})\]", re.DOTALL)


def chain_value(secret: str, previous: str, seq: int, parts: Mapping[str, Value]) -> str:
    """Return a row's chain value: 32 hexadecimal characters."""
    digests = [_digest(as_text(parts.get(name))) for name in PARTS]
    message = "\n".join([previous, str(seq), *digests]).encode()
    return hmac.digest(secret.encode(), message, "sha256").hex()[:32]


def chain_of(secret: str, previous: str, seq: int, row: Row) -> str:
    """Return the chain value that a row of the log should have."""
    return chain_value(secret, previous, seq, {name: row[name] for name in PARTS})


@lru_cache(maxsize=4096)  # most parts of a run are the same in each of its rows
def _digest(text: str) -> str:
    taken_out = _REDACTED.fullmatch(text)
    return taken_out[1] if taken_out else hashlib.sha256(text.encode()).hexdigest()


def is_redacted(text: str) -> bool:
    """Tell whether a part's words have been taken out."""
    return _REDACTED.fullmatch(text) is not None


def says_the_same(logged: str, words: str) -> bool:
    """Tell whether a part of the log says these words, also where it has been taken out."""
    return _digest(logged) == _digest(words)


def digest_of(text: str, reason: str) -> str:
    """Return what stands in place of words that are taken out: why, and the digest that the chain was made over."""
    return f"[taken out: {' '.join(reason.split())}; sha256:{_digest(text)}]"


def head(tracker: Tracker) -> tuple[int, str]:
    """Return the newest row's seq and chain; (0, "") for an empty log."""
    rows = [row for row in tracker[LOG] if isinstance(row["seq"], int)]
    newest = max(rows, key=_seq, default=None)
    return (_seq(newest), newest.text("chain")) if newest else (0, "")


def head_text(tracker: Tracker) -> str:
    """Return the head as the meta holds it: "17 5f0c...", or "0 -" for an empty log."""
    seq, chain = head(tracker)
    return f"{seq} {chain or '-'}"


def _seq(row: Row) -> int:
    value = row["seq"]
    return value if isinstance(value, int) else 0


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """One changed cell."""

    table: str
    key: str
    field: str
    before: Value
    after: Value
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """The changes of one run of one verb, or of one stretch of work by hand."""

    verb: str
    run: str
    by: str | None
    changes: Sequence[LoggedChange]


def log_rows(tracker: Tracker, at: datetime, entries: Iterable[Entry]) -> list[AppendRow]:
    """Return the log rows of these entries, chained on to the log as it stands."""
    seq, previous = head(tracker)
    secret = tracker.meta.get("key", "")
    stamp = at.astimezone(UTC).isoformat(timespec="seconds")
    rows = []
    for entry in entries:
        for change in entry.changes:
            parts: dict[str, Value] = {
                "run": entry.run,
                "at": stamp,
                "by": entry.by,
                "verb": entry.verb,
                "table": tracker[change.table].schema.sheet,
                "key": change.key,
                "field": change.field,
                "before": as_text(change.before) or None,
                "after": as_text(change.after) or None,
                "source": change.source,
            }
            seq += 1
            previous = chain_value(secret, previous, seq, parts)
            rows.append(AppendRow(LOG, {"seq": seq, **parts, "chain": previous}))
    return rows


def changes_of(
    tracker: Tracker, edits: Iterable[Edit], sources: Mapping[Place, str] | None = None
) -> Iterator[LoggedChange]:
    """Yield what edits change in a tracker as it stood before them.

    Generated tables are left out: they are made anew from the others. A row appended counts cell by cell. Where only the writing
    changes ("in progress." is written "In progress"), what the cell held is told as it was written.

    Args:
        sources: where a value came from, by (table, key, field), such as a cell of a return.
    """
    sources = sources or {}
    new_keys: dict[tuple[str, int], str] = {}  # rows whose id was blank are logged under the id they get
    written = {
        (name, place, field): text
        for name, data in tracker.tables.items()
        for row in data
        if row.untidy
        for place in (row.number, data.key_of(row))
        for field, text in row.untidy.items()
    }
    for edit in edits:
        if not isinstance(edit, SetCell | AppendRow) or tracker[edit.table].schema.kind == "generated":
            continue
        if isinstance(edit, SetCell):
            key = edit.key
            if edit.row and edit.field == tracker[edit.table].schema.key:
                new_keys[edit.table, edit.row] = as_text(edit.value)
            key = key or new_keys.get((edit.table, edit.row), "")
            place = (edit.table, key, edit.field)
            before = edit.expected
            if before == edit.value:
                before = written.get((edit.table, edit.row or edit.key, edit.field), before)
            yield LoggedChange(*place, before, edit.value, sources.get(place))
        else:
            key = tracker[edit.table].key_of(Row(0, dict(edit.values)))
            for name, value in edit.values.items():
                if value is not None:
                    place = (edit.table, key, name)
                    yield LoggedChange(*place, None, value, sources.get(place))
