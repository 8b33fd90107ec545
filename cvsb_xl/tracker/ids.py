"""Ids: those that people leave blank (A-0001, AS-0001), their order, and their place in the names of files."""

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


def in_file_names(key: str) -> str:
    """Return an id, or an agency's code, as it stands in the name of a file: whatever a cell holds, it leads to no other folder."""
    return re.sub(r"[^\w .()-]", "_", key).strip(" .") or "_"
