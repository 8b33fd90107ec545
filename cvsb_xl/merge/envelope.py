"""What an agency sheet carries of itself: who issued it to whom, and the base - every value as it was issued.

The whole is canonical ASCII JSON, signed with the tracker's own key, so that no server has to remember what was sent and
nobody can change it unseen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cvsb_xl.tracker.values import Value

CHUNK = 29_000
"""Characters in one cell: Excel holds 32,767, and LibreOffice and Google Sheets a little more."""

BaseRows = Mapping[str, Mapping[str, Value]]
"""Key -> column name -> the value as issued."""


class BadEnvelope(ValueError):
    """The carrier is incomplete, is no JSON, or its signature does not match."""


@dataclass(frozen=True)
class Envelope:
    """What one sheet carries.

    Attributes:
        base: table -> rows as issued.
        columns: table -> the issued columns, key first.
        spare: table -> ids reserved for new rows.
        reviews: the ids of reviews that a new row may name.
        log_seq, log_head: the change log's head when the sheet was issued.
    """

    sheet_id: str
    tracker_id: str
    agency: str
    issued_at: str
    schema_version: str
    log_seq: int = 0
    log_head: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    base: Mapping[str, BaseRows] = field(default_factory=dict)
    spare: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reviews: tuple[str, ...] = ()


def seal(envelope: Envelope, secret: str) -> dict[str, str]:
    """Return the rows of the carrier sheet, name -> value."""
    text = _payload(envelope)
    chunks = _chunks(text)
    rows = {
        "sheet_id": envelope.sheet_id,
        "agency": envelope.agency,
        "tracker_id": envelope.tracker_id,
        "issued_at": envelope.issued_at,
        "parts": str(len(chunks)),
    }
    rows |= {f"base-{number}": chunk for number, chunk in enumerate(chunks, 1)}
    rows["signature"] = sign(text, secret)
    return rows


def open_seal(carrier: Mapping[str, str], secret: str) -> Envelope:
    """Return what a carrier sheet holds.

    Raises:
        BadEnvelope: when anything in it is missing or was changed.
    """
    text = _carried(carrier)
    if "signature" not in carrier:
        raise BadEnvelope("the signature is missing")
    if not hmac.compare_digest(sign(text, secret), carrier["signature"]):
        raise BadEnvelope("the signature does not match")
    raw: dict[str, Any] = json.loads(text)
    about = raw["about"]
    envelope = Envelope(
        **about,
        columns={table: tuple(names) for table, names in raw["columns"].items()},
        base=_base(raw),
        spare={table: tuple(ids) for table, ids in raw["spare"].items()},
        reviews=tuple(raw["reviews"]),
    )
    for name in ("sheet_id", "agency", "tracker_id"):
        if carrier.get(name) != getattr(envelope, name):
            raise BadEnvelope(f"{name} was changed")
    return envelope


def base_in(carrier: Mapping[str, str]) -> Mapping[str, BaseRows]:
    """Return the base that a carrier sheet holds, whoever wrote it: its signature is not looked at.

    Raises:
        BadEnvelope: when a part is missing.
        AttributeError, KeyError, TypeError, ValueError: when it is none.
    """
    return _base(json.loads(_carried(carrier)))


def _carried(carrier: Mapping[str, str]) -> str:
    try:
        return "".join(carrier[f"base-{number}"] for number in range(1, int(carrier["parts"]) + 1))
    except (KeyError, ValueError) as error:
        raise BadEnvelope("a part is missing") from error


def _base(raw: Mapping[str, Any]) -> dict[str, BaseRows]:
    columns = raw["columns"]
    return {table: _IssuedRows(columns[table][1:], rows) for table, rows in raw["base"].items()}


class _IssuedRows(Mapping[str, Mapping[str, Value]]):
    """The rows of one table as issued, each read when it is asked for: most are asked for once, in a child process."""

    def __init__(self, names: Sequence[str], rows: Mapping[str, Sequence[Any]]) -> None:
        if any(len(values) != len(names) for values in rows.values()):
            raise BadEnvelope("a row of the base is not as long as its columns")
        self._names = names
        self._rows = rows

    def __getitem__(self, key: str) -> Mapping[str, Value]:
        return dict(zip(self._names, map(decode, self._rows[key]), strict=True))

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def sign(text: str, secret: str) -> str:
    """Return the HMAC-SHA256 of a text under the tracker's key, in hexadecimal."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def canonical(value: object) -> str:
    """Return canonical ASCII JSON: sorted names, no blanks, and no "_x" that a spreadsheet might read as an escape."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).replace(
        "_x", "\\u005fx"
    )


def encode(value: Value) -> object:
    """Return a value as JSON; dates are told apart from text."""
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def decode(value: Any) -> Value:
    """Return the value that `encode` made."""
    if isinstance(value, dict):
        return date.fromisoformat(value["date"]) if "date" in value else datetime.fromisoformat(value["time"])
    return value  # type: ignore[no-any-return]


def _payload(envelope: Envelope) -> str:
    about = {
        name: getattr(envelope, name)
        for name in ("sheet_id", "tracker_id", "agency", "issued_at", "schema_version", "log_seq", "log_head")
    }
    base = {
        table: {
            key: [encode(row.get(name)) for name in envelope.columns[table][1:]] for key, row in rows.items()
        }
        for table, rows in envelope.base.items()
    }
    return canonical(
        {
            "about": about,
            "columns": envelope.columns,
            "base": base,
            "spare": envelope.spare,
            "reviews": list(envelope.reviews),
        }
    )


def _chunks(text: str) -> Sequence[str]:
    """Cut the text so that no part begins or ends with a blank, which a spreadsheet may take away."""
    chunks = []
    start = 0
    while start < len(text):
        end = min(start + CHUNK, len(text))
        while end < len(text) and (text[end] == " " or text[end - 1] == " "):
            end -= 1
        chunks.append(text[start:end])
        start = end
    return chunks
