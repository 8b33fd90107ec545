"""Ids that people leave blank: the table's prefix and the next free number (A-0001, AS-0001)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cvsb_xl.tracker.tables import TableData


def free_ids(data: TableData) -> Iterator[str]:
    """Yield ids that no row of the table has, counting on from the highest number in use."""
    prefix = data.schema.id_prefix
    if prefix is None:
        return
    pattern = re.compile(rf"{re.escape(prefix)}-(\d+)", re.IGNORECASE)
    used = [int(found[1]) for key in data.by_key if (found := pattern.fullmatch(key))]
    number = max(used, default=0)
    while True:
        number += 1
        yield f"{prefix}-{number:04d}"


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key under which "9.1" stands before "10.2a" and "R2" before "R10"."""
    parts = re.findall(r"\d+|\D+", text.casefold())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
