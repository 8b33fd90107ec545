"""Returns that agencies hand in: first kept as they came, then checked, then fetched by the tracker, then answered.

quarantined   kept, and nobody has looked into it yet
received      it is a return; the tracker has not taken it in yet
refused       it is none, or the tracker refused it; `reason` says why
accepted      the tracker has taken it in; the receipt says what became of each cell
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import PureWindowsPath
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, text, update

from cvsb_xl.service import audit, logs
from cvsb_xl.service.database import account, new_id, now, reading, sheet, upload, writing
from cvsb_xl.service.people import Person
from cvsb_xl.service.plan import IssuedSheet, Plan, plan_of
from cvsb_xl.service.problems import Problem, not_found
from cvsb_xl.service.publications import tracker_of_latest
from cvsb_xl.service.state import State
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.xlsx.child import read_returned

_LONGEST_NAME = 120
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Received:
    """An upload as it was just taken.

    Attributes:
        again: the same had been sent before, and this is that one.
    """

    id: str
    state: str
    again: bool


def _check_quota(conn: Connection, most: int, agency: str) -> None:
    """One agency, or whoever took its account over, does not fill the disk."""
    today = (upload.c.agency == agency) & (upload.c.received_at > now() - timedelta(days=1))
    if conn.execute(select(func.count()).select_from(upload).where(today)).scalar_one() >= most:
        raise Problem(
            "too-many-returns",
            429,
            f"Your agency handed in {most} times within a day. Try again tomorrow, or tell the Review Manager.",
        )


def receive(
    conn: Connection,
    state: State,
    person: Person,
    file_name: str,
    data: bytes,
    key: str = "",
    source: str = "file",
) -> Received:
    """Keep what somebody hands in, without looking into it: in quarantine, read-only, under a random name.

    Args:
        key: chosen by the sender; the same key again is the same upload. The same bytes again are the same upload too.
        source: "file", or "page" for answers that were typed on the agency's page.

    Raises:
        Problem: it is empty or too large, or the sender has no agency.
    """
    if not person.agency:
        raise Problem(
            "no-agency", 403, "Members does not say which agency you answer for. Ask the Review Manager."
        )
    if not data:
        raise Problem(
            "empty", 422, "The file is empty. Save it again in your spreadsheet program, then send it."
        )
    limit = state.settings.upload_limit
    if len(data) > limit:
        raise Problem(
            "too-large", 413, f"The file is larger than {limit // 1_048_576} MB; no sheet is as large."
        )
    if conn.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        conn.execute(text("SELECT pg_advisory_xact_lock(hashtext(:agency))"), {"agency": person.agency})
    digest = hashlib.sha256(data).hexdigest()
    own_key = hashlib.sha256(f"{person.agency}\n{key or new_id()}".encode(errors="replace")).hexdigest()
    # A refused file that comes again is looked at again: it may have been refused for a state that is no more.
    same = (upload.c.sha256 == digest) & (upload.c.state != "refused")
    before = conn.execute(
        select(upload.c.id, upload.c.state)
        .where(upload.c.agency == person.agency, (upload.c.key == own_key) | same)
        .limit(1)
    ).first()
    if before is not None:
        return Received(before.id, before.state, again=True)
    _check_quota(conn, state.settings.returns_per_day, person.agency)
    row_id = new_id()
    conn.execute(
        insert(upload).values(
            id=row_id,
            key=own_key,
            agency=person.agency,
            by_account=person.account_id,
            received_at=now(),
            file_name=plain_name(file_name),
            size=len(data),
            sha256=digest,
            file_key=state.files.put(data),
            source=source,
            state="quarantined",
        )
    )
    about: dict[str, str | int] = {
        "agency": person.agency,
        "size": len(data),
        "sha256": digest,
        "source": source,
    }
    audit.append(conn, person.account_id, person.role, "handed-in", f"upload {row_id}", about)
    return Received(row_id, "quarantined", again=False)


def plain_name(name: str) -> str:
    """Return a file's name as it is shown: without folders and without characters that mislead, and never too long."""
    name = _UNSAFE.sub("", PureWindowsPath(name.replace("\0", "")).name).strip().rstrip(" .")
    stem, dot, suffix = name.rpartition(".")
    if dot and len(suffix) <= 5:
        return f"{stem.strip(' .')[: _LONGEST_NAME - 6] or 'return'}.{suffix}"
    return name.strip(" .")[:_LONGEST_NAME] or "return.xlsx"


def waiting(conn: Connection) -> list[str]:
    """Return the ids of uploads that are still in quarantine, oldest first."""
    found = (
        select(upload.c.id).where(upload.c.state == "quarantined").order_by(upload.c.received_at, upload.c.id)
    )
    return list(conn.execute(found).scalars())


def settle(state: State, ids: Sequence[str]) -> list[str]:
    """Check uploads that are in quarantine, and keep the plan of each.

    Done twice, or killed halfway and done again, it comes to the same: what a plan says depends on the file and on what was
    published, and only the first to come back is kept.

    Returns:
        The ids on which the check itself failed, through a fault of ours or of this computer; they stay in quarantine.
    """
    with reading(state.engine) as conn:
        found = select(upload).where(upload.c.id.in_(list(ids)), upload.c.state == "quarantined")
        rows = conn.execute(found).mappings().all()
        published = tracker_of_latest(conn, state.files, state.framework)
    if published is None or not rows:
        return []
    files = [(row["file_name"], state.files.get(row["file_key"])) for row in rows]
    failed = []
    for row, read in zip(rows, read_returned(files, state.framework), strict=True):
        try:
            plan = plan_of(
                published,
                read,
                agency=row["agency"],
                issued=partial(_issued, state),
                context=Context(user="service"),
                asked=row["source"] == "page",
            )
            _keep_plan(state, row["id"], plan)
        except Exception as error:  # one upload must not keep the others waiting
            logs.event("check-failed", upload=row["id"], kind=type(error).__name__)
            failed.append(row["id"])
    return failed


def _issued(state: State, sheet_id: str) -> IssuedSheet | None:
    with reading(state.engine) as conn:
        wanted = select(sheet.c.agency, sheet.c.base_digest).where(
            sheet.c.sheet_id == sheet_id.replace("\0", "")[:200]
        )
        found = conn.execute(wanted).first()
    return IssuedSheet(found.agency, found.base_digest) if found else None


def give_up(state: State, upload_id: str) -> None:
    """Refuse an upload on which the check itself fails again and again; its file is kept, for whoever looks into it."""
    reason = (
        "The check of this file failed, through a fault of the service. Send the file to the Review Manager in the usual "
        "way; they can merge it."
    )
    _keep_plan(state, upload_id, Plan("refused", reason))


def _keep_plan(state: State, upload_id: str, plan: Plan) -> None:
    plan_key = state.files.put(
        gzip.compress(json.dumps(plan.as_json(), default=str).encode("ascii"), 6, mtime=0)
    )
    with writing(state.engine) as conn:
        changed = conn.execute(
            update(upload)
            .where(upload.c.id == upload_id, upload.c.state == "quarantined")
            .values(
                state=plan.state,
                reason=plan.reason or None,
                sheet_id=plan.sheet_id or None,
                plan_key=plan_key,
                counts=dict(plan.counts) or None,
                decided_at=now() if plan.state == "refused" else None,
            )
        )
        if changed.rowcount:
            about: dict[str, str | int] = {"state": plan.state, **plan.counts}
            audit.append(conn, "service", "service", "checked", f"upload {upload_id}", about)


def plan_kept(state: State, plan_key: str) -> Mapping[str, Any]:
    """Return a plan as it was kept: see plan.Plan."""
    found: Mapping[str, Any] = json.loads(gzip.decompress(state.files.get(plan_key)))
    return found


def in_state(conn: Connection, wanted: str) -> Sequence[RowMapping]:
    """Return the uploads in a state, oldest first, each with the name of who sent it as `by`."""
    return (
        conn.execute(
            select(upload, account.c.name.label("by"))
            .join(account, account.c.id == upload.c.by_account)
            .where(upload.c.state == wanted)
            .order_by(upload.c.received_at, upload.c.id)
        )
        .mappings()
        .all()
    )


def one(conn: Connection, upload_id: str) -> RowMapping:
    """Return an upload.

    Raises:
        Problem: there is none of that id.
    """
    row = conn.execute(select(upload).where(upload.c.id == upload_id)).mappings().first()
    if row is None:
        raise not_found()
    return row


def answer(conn: Connection, state: State, person: Person, upload_id: str, body: Mapping[str, Any]) -> str:
    """Keep the tracker's receipt for an upload; told again it changes nothing. Returns the upload's state.

    Raises:
        Problem: there is no such upload, it is still being checked, or another receipt stands already.
    """
    row = one(conn, upload_id)
    try:
        workbook = base64.b64decode(body["receipt"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem("bad-receipt", 422, "The receipt did not come through whole. Pull again.") from error
    if row["state"] == "quarantined":
        raise Problem("not-checked", 409, "This return is still being checked. Pull again in a minute.")
    if row["receipt_key"] is not None:
        if hashlib.sha256(state.files.get(row["receipt_key"])).digest() == hashlib.sha256(workbook).digest():
            return str(row["state"])
        raise Problem("answered", 409, "This return has a receipt already, and it is kept.")
    if row["state"] != "received":
        raise Problem("answered", 409, "This return was refused here already.")
    changed = conn.execute(
        update(upload)
        .where(upload.c.id == upload_id, upload.c.state == "received", upload.c.receipt_key.is_(None))
        .values(
            state=body["state"],
            counts=dict(body["counts"]),
            receipt_key=state.files.put(workbook),
            receipt_text_key=state.files.put(str(body["text"]).encode("utf-8", errors="replace")),
            decided_at=now(),
        )
    )
    if not changed.rowcount:
        raise Problem("answered", 409, "This return has just been given a receipt, and it is kept.")
    about: dict[str, str | int] = {"state": body["state"], **body["counts"]}
    audit.append(conn, person.account_id, person.role, "receipt", f"upload {upload_id}", about)
    return str(body["state"])
