"""Looks at a service's audit from the command line, while it runs or not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cvsb_xl.errors import CannotDo
from cvsb_xl.hosts.heads import Head, audit_head_in
from cvsb_xl.service import audit, keys
from cvsb_xl.service.database import open_database, reading
from cvsb_xl.service.settings import FILE, read_settings


@dataclass(frozen=True, slots=True)
class Inspected:
    """What an audit comes to. faults: the first bad row first."""

    rows: int
    head: tuple[int, str]
    faults: tuple[str, ...]


def inspect(data: Path, against: Path | None = None) -> Inspected:
    """Verify the audit of a data folder.

    Args:
        against: a receipt that left the service earlier; it says "Audit head: SEQ CHAIN".

    Raises:
        CannotDo: there is no service there, its key is missing, or `against` carries no head.
    """
    if not (data / FILE).is_file():
        raise CannotDo(f"{data} holds no sync service ({FILE} is not there).")
    settings = read_settings(data)
    if not (settings.keys / keys.AUDIT).is_file():
        raise CannotDo(
            f"The audit's key {settings.keys / keys.AUDIT} is missing; without it nothing can be verified."
        )
    head = _head_in(against) if against else None
    engine = audit.keyed(open_database(settings), keys.key_in(settings.keys, keys.AUDIT))
    try:
        with reading(engine) as conn:
            return Inspected(audit.count(conn), audit.head(conn), tuple(audit.verify(conn, head)))
    finally:
        engine.dispose()


def _head_in(path: Path) -> Head:
    found = audit_head_in(path)
    if found is None:
        raise CannotDo(
            f"{path} carries no head of the service's audit. Give a receipt that came through the service, as a workbook or as text."
        )
    return found
