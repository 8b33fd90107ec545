"""Accounts: made by a one-time invitation, never by signing up. Passwords are kept as argon2id alone.

Invitations, lockout and recovery codes stand in the database, so that several processes agree on them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, insert, select, update

from cvsb_xl.service.database import account, invitation, new_id, now
from cvsb_xl.service.people import fold
from cvsb_xl.service.sessions import digest

SHORTEST, LONGEST = 12, 200
"""Of a password, in characters (ASVS 5.0 6.2.1 asks for 8 and recommends 15; the longest keeps hashing bounded)."""
FAILURES, LOCKED_MINUTES = 6, 15
"""So many wrong passwords or codes in a row lock an account for so long."""

_hasher = PasswordHasher()
Answer = Literal["right", "wrong", "locked"]


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that still works. email: "" for the founder's, who names it."""

    id: str
    email: str
    founder: bool
    expires_at: datetime


def invite(conn: Connection, email: str, made_by: str | None, hours: int, *, founder: bool = False) -> str:
    """Make an invitation; return the secret of its link. Earlier ones for the same person stop working."""
    secret = secrets.token_urlsafe(32)
    at = now()
    same = invitation.c.founder.is_(True) if founder else invitation.c.email == fold(email)
    conn.execute(update(invitation).where(same, invitation.c.used_at.is_(None)).values(expires_at=at))
    conn.execute(
        insert(invitation).values(
            id=new_id(),
            token_hash=digest(secret),
            email=None if founder else fold(email),
            founder=founder,
            made_by=made_by,
            made_at=at,
            expires_at=at + timedelta(hours=hours),
        )
    )
    return secret


def end_invitations(conn: Connection, account_id: str) -> None:
    """Let no link that is still open make or renew this account."""
    email = select(account.c.email).where(account.c.id == account_id).scalar_subquery()
    still_open = (
        invitation.c.email == email,
        invitation.c.used_at.is_(None),
        invitation.c.expires_at > now(),
    )
    conn.execute(update(invitation).where(*still_open).values(expires_at=now()))


def invitation_of(conn: Connection, secret: str) -> Invitation | None:
    """Return the invitation of a link, while it is neither used nor too old."""
    row = conn.execute(select(invitation).where(invitation.c.token_hash == digest(secret))).mappings().first()
    if row is None or row["used_at"] is not None or row["expires_at"] <= now():
        return None
    return Invitation(row["id"], row["email"] or "", row["founder"], row["expires_at"])


def accept(
    conn: Connection,
    given: Invitation,
    email: str,
    name: str,
    *,
    password: str = "",
    identity: tuple[str, str] | None = None,
) -> str | None:
    """Use an invitation: make its account, or give the one it has a new password or identity; return the account's id.

    A second step that an account has stays as it is: a new link alone does not get past it. Only the link that whoever runs the
    service prints takes it away, for a Review Manager who has lost it.

    Returns:
        None when the link was used a moment ago, or the identity is another account's.
    """
    email = given.email or fold(email)
    issuer, subject = identity or (None, None)
    if identity:
        holder = select(account.c.email).where(account.c.issuer == issuer, account.c.subject == subject)
        if conn.execute(holder).scalar() not in (None, email):
            return None
    used = (
        update(invitation)
        .where(invitation.c.id == given.id, invitation.c.used_at.is_(None))
        .values(used_at=now())
    )
    if conn.execute(used).rowcount != 1:
        return None
    values: dict[str, Any] = {
        "name": name.strip(),
        "password_hash": _hasher.hash(password) if password else None,
        "issuer": issuer,
        "subject": subject,
        "disabled": False,
        "failed": 0,
        "locked_until": None,
    }
    account_id = conn.execute(select(account.c.id).where(account.c.email == email)).scalar()
    if account_id is None:
        account_id = new_id()
        conn.execute(
            insert(account).values(
                id=account_id, email=email, founder=given.founder, created_at=now(), **values
            )
        )
    else:
        more = {"founder": True, "totp_secret": None, "recovery_hashes": None} if given.founder else {}
        conn.execute(update(account).where(account.c.id == account_id).values(**values, **more))
    conn.execute(update(invitation).where(invitation.c.id == given.id).values(account_id=account_id))
    return str(account_id)


def password_fault(password: str, *also_not: str) -> str:
    """Return what is wrong with a new password; "" when it will do.

    Length is what counts, as the ASVS has it: no rule about kinds of characters, nothing that expires.
    """
    if len(password) < SHORTEST:
        return f"Use {SHORTEST} characters or more. Three or four words that only you would put together do well."
    if len(password) > LONGEST:
        return f"Use {LONGEST} characters at most."
    from zxcvbn import zxcvbn

    also = [part for one in also_not for part in (one, *re.split(r"[^\w]+", one)) if len(part) > 2]
    if zxcvbn(password[:72], user_inputs=[*also, "cvsb", "safeguarding", "cardiff", "tracker"])["score"] < 3:
        return "This password would be guessed early. Three or four words that only you would put together do well."
    return ""


def check_password(conn: Connection, email: str, password: str) -> tuple[Answer, Mapping[Any, Any] | None]:
    """Check an e-mail and password; count failures; return the account's row when it is there.

    It takes as long for an account that does not exist, and says no more.
    """
    row = conn.execute(select(account).where(account.c.email == fold(email))).mappings().first()
    kept = row["password_hash"] if row is not None and not row["disabled"] else None
    right = _matches(kept or _dummy(), password[: LONGEST + 1]) and kept is not None
    if row is None:
        return "wrong", None
    if is_locked(row):
        return "locked", row
    if not right:
        return failed(conn, row["id"]), row
    values: dict[str, Any] = {"failed": 0, "locked_until": None}
    if _hasher.check_needs_rehash(row["password_hash"]):
        values["password_hash"] = _hasher.hash(password)
    conn.execute(update(account).where(account.c.id == row["id"]).values(values))
    return "right", row


def is_locked(row: Mapping[Any, Any]) -> bool:
    """Tell whether an account is locked now."""
    return row["locked_until"] is not None and row["locked_until"] > now()


def forgive(conn: Connection, account_id: str) -> None:
    """Forget the failures of an account that has signed in."""
    conn.execute(update(account).where(account.c.id == account_id).values(failed=0, locked_until=None))


def failed(conn: Connection, account_id: str) -> Answer:
    """Count a wrong password or code; lock the account when there were too many.

    The database counts, so that of many tries at the same moment each is one.
    """
    own = update(account).where(account.c.id == account_id)
    count = conn.execute(own.values(failed=account.c.failed + 1).returning(account.c.failed)).scalar_one()
    if count < FAILURES:
        return "wrong"
    conn.execute(own.values(failed=0, locked_until=now() + timedelta(minutes=LOCKED_MINUTES)))
    return "locked"


def set_password(conn: Connection, account_id: str, password: str) -> None:
    """Give an account a new password."""
    conn.execute(
        update(account).where(account.c.id == account_id).values(password_hash=_hasher.hash(password))
    )


def any_account(conn: Connection) -> bool:
    """Tell whether anybody has an account yet."""
    return conn.execute(select(account.c.id).limit(1)).first() is not None


def _matches(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _dummy() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))
