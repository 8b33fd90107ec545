"""What the Review Manager's Excel has published: kept as it came, each following on the one before."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, text, update

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.publication import tracker_from
from cvsb_xl.service import audit
from cvsb_xl.service.database import account, new_id, now, publication, sheet, upload
from cvsb_xl.service.files import Files
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import Problem
from cvsb_xl.service.templating import WALES
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.wording import day_in_words

_LOCK = 0x7075626C
"""A number of our own for PostgreSQL's advisory locks: "publ"."""
_ABOUT = "_about"
"""Beside the kept tables: what else is to be known of the tracker."""
_MOST_KEPT = 2


@dataclass(frozen=True, slots=True)
class Published:
    """A publication, without its tables.

    Attributes:
        as_at: when the Review Manager's Excel made it (ISO); at: when it came here.
    """

    id: str
    number: int
    at: datetime
    by: str
    as_at: str
    tracker_id: str
    log_seq: int
    log_head: str
    tables_key: str


def latest(conn: Connection) -> Published | None:
    """Return the newest publication; None before the first."""
    row = conn.execute(_select().order_by(publication.c.number.desc()).limit(1)).mappings().first()
    return _published(row) if row else None


def accept(
    conn: Connection, files: Files, framework: Framework, person: Person, key: str, body: Mapping[str, Any]
) -> tuple[Published, bool]:
    """Keep a publication, in the transaction of the request.

    Args:
        key: chosen by the sender; the same key again is the same publication.
        body: as hosts/publication.py says, its form checked already.

    Returns:
        The publication, and whether it is new.

    Raises:
        Problem: "stale", "other-tracker", "key-used" or "bad-tables", with what to do; nothing is kept then.
    """
    if conn.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    # Of all that was sent: the same key with anything else is not the same publication.
    digest = hashlib.sha256(_json(body)).hexdigest()
    before = conn.execute(_select().where(publication.c.key == key)).mappings().first()
    if before is not None:
        if before["digest"] != digest:
            raise Problem("key-used", 409, "This key was used for another publication. Publish again.")
        return _published(before), False
    newest = latest(conn)
    _require_follows(newest, body)
    try:
        _tracker(framework, body["tables"], body, str(body["name"]))
    except (CannotDo, ValueError, TypeError, OverflowError) as error:
        said = (
            str(error)
            if isinstance(error, CannotDo)
            else "The publication's tables are not as they should be."
        )
        raise Problem("bad-tables", 422, said) from error
    sheets = {item["sheet_id"]: _workbook(item) for item in body["sheets"]}
    row_id = new_id()
    kept_tables = {
        _ABOUT: {name: body[name] for name in ("tracker_id", "language", "name")},
        **body["tables"],
    }
    conn.execute(
        insert(publication).values(
            id=row_id,
            number=(newest.number if newest else 0) + 1,
            key=key,
            by_account=person.account_id,
            at=now(),
            as_at=body["as_at"],
            tracker_id=body["tracker_id"],
            log_seq=body["log"]["seq"],
            log_head=body["log"]["head"],
            previous=newest.id if newest else None,
            digest=digest,
            tables_key=files.put(gzip.compress(_json(kept_tables), 6, mtime=0)),
        )
    )
    _keep_sheets(conn, files, row_id, body, sheets)
    conn.execute(
        update(upload)
        .where(upload.c.state == "accepted", upload.c.accepted_publication.is_(None))
        .values(accepted_publication=row_id)
    )
    kept = latest(conn)
    assert kept is not None  # noqa: S101 - it was put there a moment ago
    about: dict[str, str | int] = {
        "number": kept.number,
        "sheets": len(sheets),
        "log_seq": kept.log_seq,
        "log_head": kept.log_head,
    }
    audit.append(conn, person.account_id, person.role, "published", f"publication {row_id}", about)
    return kept, True


def _require_follows(newest: Published | None, body: Mapping[str, Any]) -> None:
    if newest is None:
        if body["previous"] is not None:
            raise Problem(
                "stale", 409, "Nothing has been published here yet. Check the address, then publish again."
            )
        return
    if newest.tracker_id != body["tracker_id"]:
        raise Problem(
            "other-tracker",
            409,
            "This service serves another tracker; one service serves one tracker. Check the address.",
        )
    if newest.id != body["previous"] or newest.log_seq > body["log"]["seq"]:
        raise Problem(
            "stale",
            409,
            f"{newest.by} published a newer state of this tracker on {_when(newest.at)} (up to change {newest.log_seq} of "
            "its log). Nothing of this one was kept. If your tracker has that change, publish again; if not, work on in the "
            f"file that {newest.by} published from.",
        )


def _keep_sheets(
    conn: Connection, files: Files, publication_id: str, body: Mapping[str, Any], sheets: Mapping[str, bytes]
) -> None:
    """Keep each agency's sheet; it takes the place of the agency's earlier one."""
    known = conn.execute(select(sheet.c.sheet_id).where(sheet.c.sheet_id.in_(list(sheets)))).first()
    agencies = [item["agency"] for item in body["sheets"]]
    if known is not None or len(sheets) < len(body["sheets"]) or len(set(agencies)) < len(agencies):
        raise Problem("bad-sheets", 422, "A sheet was published twice. Publish again.")
    if not sheets:
        return
    conn.execute(update(sheet).where(sheet.c.agency.in_(agencies)).values(current=False))
    rows = [
        {
            "sheet_id": item["sheet_id"],
            "publication_id": publication_id,
            "agency": item["agency"],
            "issued_at": item["issued_at"],
            "due_back_on": item["due_back_on"],
            "base_digest": item["base_digest"],
            "file_key": files.put(sheets[item["sheet_id"]]),
            "current": True,
        }
        for item in body["sheets"]
    ]
    conn.execute(insert(sheet), rows)


def _workbook(item: Mapping[str, Any]) -> bytes:
    try:
        data = base64.b64decode(item["file"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem(
            "bad-sheets", 422, "A published sheet did not come through whole. Publish again."
        ) from error
    if not data.startswith(b"PK\x03\x04"):
        raise Problem("bad-sheets", 422, "A published sheet is no workbook. Publish again.")
    return data


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def tracker_of_latest(conn: Connection, files: Files, framework: Framework) -> Tracker | None:
    """Return the newest publication's tables as a tracker without a key; None before the first. Kept in memory."""
    newest = latest(conn)
    return tracker_of(files, framework, newest) if newest else None


def tracker_of(files: Files, framework: Framework, published: Published) -> Tracker:
    """Return one publication's tables as a tracker without a key."""
    with _KEPT_LOCK:
        found = _KEPT.get(published.tables_key)
    if found is None:
        held = json.loads(gzip.decompress(files.get(published.tables_key)))
        about = held.pop(_ABOUT, {"tracker_id": published.tracker_id})
        found = _tracker(framework, held, about, str(about.get("name", "The tracker")))
        with _KEPT_LOCK:
            while len(_KEPT) >= _MOST_KEPT:
                _KEPT.pop(next(iter(_KEPT)))
            _KEPT[published.tables_key] = found
    return found


_KEPT: dict[str, Tracker] = {}
"""The newest publications' tables in memory, by the random name of their file."""
_KEPT_LOCK = Lock()


def _tracker(framework: Framework, tables: Mapping[str, Any], about: Mapping[str, Any], name: str) -> Tracker:
    meta = {
        "tracker_id": str(about["tracker_id"]),
        "language": str(about.get("language", "en")),
        "schema_version": framework.version,
    }
    return tracker_from(framework, tables, meta, name)


def _when(at: datetime) -> str:
    here = at.astimezone(WALES)
    return f"{day_in_words(here.date())} at {here:%H:%M}"


def _select() -> Any:
    return select(publication, account.c.name.label("by")).join(
        account, account.c.id == publication.c.by_account
    )


def _published(row: RowMapping) -> Published:
    names = ("id", "number", "at", "by", "as_at", "tracker_id", "log_seq", "log_head", "tables_key")
    return Published(*(row[name] for name in names))
