"""Sessions: kept on the server, so that they can be ended from there; the browser holds a random number and nothing else."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import Connection, RowMapping, insert, select, update

from cvsb_xl.service.database import now, session
from cvsb_xl.service.settings import Settings

COOKIE = "__Host-cvsb"
Stage = Literal["code", "full"]
_CODE_MINUTES = 10
_TOUCH_AFTER = timedelta(minutes=1)
_FAMILIES = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))


@dataclass(frozen=True, slots=True)
class Session:
    """A live session.

    Attributes:
        stage: "code" while the second step is still to come.
        stale: its `seen_at` should be written anew.
    """

    id_hash: str
    account_id: str
    stage: Stage
    stale: bool


def digest(secret: str) -> str:
    """Return what is stored of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def start(conn: Connection, settings: Settings, account_id: str, about: str, stage: Stage = "full") -> str:
    """Begin a session; return what the cookie holds. It is in no log and not in the database."""
    secret = secrets.token_urlsafe(32)
    at = now()
    life = timedelta(hours=settings.session_hours) if stage == "full" else timedelta(minutes=_CODE_MINUTES)
    conn.execute(
        insert(session).values(
            id_hash=digest(secret),
            account_id=account_id,
            stage=stage,
            made_at=at,
            seen_at=at,
            ends_at=at + life,
            about=about,
        )
    )
    return secret


def find(conn: Connection, settings: Settings, secret: str) -> Session | None:
    """Return the live session of a cookie: not ended, not idle for too long, not revoked."""
    row = conn.execute(select(session).where(session.c.id_hash == digest(secret))).mappings().first()
    at = now()
    if row is None or row["revoked_at"] is not None or row["ends_at"] <= at:
        return None
    if row["seen_at"] + timedelta(minutes=settings.session_idle_minutes) <= at:
        return None
    return Session(row["id_hash"], row["account_id"], row["stage"], at - row["seen_at"] > _TOUCH_AFTER)


def touch(conn: Connection, id_hash: str) -> None:
    """Write that a session was used."""
    conn.execute(update(session).where(session.c.id_hash == id_hash).values(seen_at=now()))


def end(conn: Connection, id_hash: str) -> None:
    """End one session."""
    live = session.c.revoked_at.is_(None)
    conn.execute(update(session).where(session.c.id_hash == id_hash, live).values(revoked_at=now()))


def end_all(conn: Connection, account_id: str, but: str = "") -> int:
    """End every session of an account, but for one; return how many."""
    wanted = (session.c.account_id == account_id, session.c.revoked_at.is_(None), session.c.id_hash != but)
    return conn.execute(update(session).where(*wanted).values(revoked_at=now())).rowcount


def end_own(conn: Connection, account_id: str, id_hash: str) -> bool:
    """End a session if it is this account's; tell whether it was."""
    wanted = (
        session.c.id_hash == id_hash,
        session.c.account_id == account_id,
        session.c.revoked_at.is_(None),
    )
    return conn.execute(update(session).where(*wanted).values(revoked_at=now())).rowcount == 1


def live_of(conn: Connection, settings: Settings, account_id: str) -> list[RowMapping]:
    """Return an account's live sessions, the last used first."""
    at = now()
    wanted = (
        session.c.account_id == account_id,
        session.c.stage == "full",
        session.c.revoked_at.is_(None),
        session.c.ends_at > at,
        session.c.seen_at > at - timedelta(minutes=settings.session_idle_minutes),
    )
    return list(conn.execute(select(session).where(*wanted).order_by(session.c.seen_at.desc())).mappings())


def browser_family(user_agent: str) -> str:
    """Return the browser's name alone: enough to tell one's own sessions apart, and nothing that follows a person."""
    return next((name for mark, name in _FAMILIES if mark in user_agent), "Another program")
