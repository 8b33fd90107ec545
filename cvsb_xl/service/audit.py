"""Who did what: rows that are only ever added, each chained to the one before it.

A row's chain is an HMAC-SHA256, under a key that is not in the database, over its parts and the chain before. It names the
first row that somebody changed, and shows a row taken out. It cannot show by itself that the end was cut off: that is what
the heads in receipts and publications are for. The database refuses UPDATE and DELETE by triggers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text

from cvsb_xl.service.database import audit, now

KEY = "cvsb_audit_key"
_LOCK = 0x61756469
"""A number of our own for PostgreSQL's advisory locks: "audi"."""
START = "0" * 64


def keyed(engine: Engine, key: str) -> Engine:
    """Return the engine with the audit's key on its connections."""
    return engine.execution_options(**{KEY: key})


def append(
    conn: Connection,
    actor: str,
    role: str,
    action: str,
    object_key: str,
    about: Mapping[str, str | int] | None = None,
) -> tuple[int, str]:
    """Add a row; it is kept if, and only if, the rest of the transaction is.

    Args:
        actor: an account's id, or "service", "anonymous", "command line".
        action: a short name such as "signed-in", "published", "upload-received".
        object_key: what it was done to, such as "upload 3f2a...".
        about: further facts: counts, states, digests. Never a cell's value, a name, an e-mail or a token.

    Returns:
        The row's seq and chain: the audit's head, until the next row.
    """
    if conn.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    seq, previous = head(conn)
    row: dict[str, Any] = {
        "seq": seq + 1,
        "at": now(),
        "actor": actor,
        "role": role,
        "action": action,
        "object_key": object_key,
        "about": json.dumps(dict(about or {}), sort_keys=True, separators=(",", ":")),
        "previous": previous or START,
    }
    row["chain"] = _chain(conn.get_execution_options()[KEY], row)
    conn.execute(insert(audit), row)
    return seq + 1, row["chain"]


def head(conn: Connection) -> tuple[int, str]:
    """Return the newest row's seq and chain; (0, "") for an empty audit."""
    row = conn.execute(select(audit.c.seq, audit.c.chain).order_by(audit.c.seq.desc()).limit(1)).first()
    return (row.seq, row.chain) if row else (0, "")


def verify(conn: Connection, against: tuple[int, str] | None = None) -> list[str]:
    """Return what is wrong with the audit, the first bad row first; nothing when it holds.

    Args:
        against: a head (seq, chain) that left the service earlier, in a receipt or a publication.
    """
    key = conn.get_execution_options()[KEY]
    faults: list[str] = []
    expected, previous = 1, START
    seen = against is None or against[0] == 0
    for row in conn.execute(select(audit).order_by(audit.c.seq)).mappings():
        if row["seq"] != expected:
            rows = (
                f"row {expected} is"
                if row["seq"] == expected + 1
                else f"rows {expected} to {row['seq'] - 1} are"
            )
            faults.append(f"{rows} missing")
        elif row["previous"] != previous:
            faults.append(f"row {row['seq']} does not follow on the row before it")
        if not hmac.compare_digest(_chain(key, row), row["chain"]):
            faults.append(f"row {row['seq']} is not as it was written")
        if against and row["seq"] == against[0]:
            seen = True
            if row["chain"] != against[1]:
                faults.append(f"row {row['seq']} is not the one that the given head was made of")
        expected, previous = row["seq"] + 1, row["chain"]
    if not seen and against:
        faults.append(f"the end is cut off: it had a row {against[0]}, and now ends at {expected - 1}")
    return faults


def count(conn: Connection) -> int:
    """Return how many rows there are."""
    return conn.execute(select(func.count()).select_from(audit)).scalar_one()


def _chain(key: str, row: Mapping[Any, Any]) -> str:
    at: datetime = row["at"]
    parts = [
        row["previous"],
        str(row["seq"]),
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        *(str(row[name]) for name in ("actor", "role", "action", "object_key", "about")),
    ]
    return hmac.new(bytes.fromhex(key), json.dumps(parts).encode(), hashlib.sha256).hexdigest()
