"""Tokens for `cvsb publish`, `cvsb pull` and the Excel pane: one person's, for named purposes, kept as hashes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from cvsb_xl.service.database import new_id, now, token
from cvsb_xl.service.sessions import digest

SCOPES = ("publish", "return", "verbs")
"""publish: send tables and fetch returns. return: hand a return in. verbs: the Excel pane."""
PREFIX = "cvsb_"
_TOUCH_AFTER = timedelta(minutes=10)


def make(
    conn: Connection, account_id: str, name: str, scopes: tuple[str, ...], days: int = 365
) -> tuple[str, str]:
    """Make a token; return its id and the secret, which is shown once and not kept."""
    secret = PREFIX + secrets.token_urlsafe(32)
    row_id = new_id()
    at = now()
    conn.execute(
        insert(token).values(
            id=row_id,
            hash=digest(secret),
            account_id=account_id,
            name=name,
            scopes=" ".join(scopes),
            made_at=at,
            expires_at=at + timedelta(days=days),
        )
    )
    return row_id, secret


@dataclass(frozen=True, slots=True)
class Token:
    """A live token. stale: its `used_at` should be written anew."""

    id: str
    account_id: str
    stale: bool


def find(conn: Connection, secret: str, scope: str) -> Token | None:
    """Return a live token that is good for this scope."""
    row = conn.execute(select(token).where(token.c.hash == digest(secret))).mappings().first()
    at = now()
    if row is None or row["revoked_at"] is not None or row["expires_at"] <= at:
        return None
    if scope not in row["scopes"].split():
        return None
    return Token(row["id"], row["account_id"], row["used_at"] is None or at - row["used_at"] > _TOUCH_AFTER)


def touch(conn: Connection, token_id: str) -> None:
    """Write that a token was used."""
    conn.execute(update(token).where(token.c.id == token_id).values(used_at=now()))


def is_live(conn: Connection, secret: str) -> bool:
    """Tell whether a token is good for anything at all."""
    wanted = (token.c.hash == digest(secret), token.c.revoked_at.is_(None), token.c.expires_at > now())
    return conn.execute(select(token.c.id).where(*wanted)).first() is not None


def revoke(conn: Connection, token_id: str) -> None:
    """End a token."""
    conn.execute(
        update(token).where(token.c.id == token_id, token.c.revoked_at.is_(None)).values(revoked_at=now())
    )


def bearer_of(header: str) -> str:
    """Return the token of an Authorization header; "" where there is none."""
    kind, _, secret = header.partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""
