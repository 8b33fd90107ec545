"""The second step of signing in: a code of six digits from an app (TOTP, RFC 6238), or a recovery code that works once.

The secret is kept sealed, under a key that is not in the database. No code counts twice.
"""

from __future__ import annotations

import base64
import hmac
import io
import secrets
import time
from collections.abc import Mapping
from typing import Any

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, select, update

from cvsb_xl.errors import CannotDo
from cvsb_xl.service.database import account
from cvsb_xl.service.sessions import digest

STEP = 30
"""Seconds for which a code stands; the one before and the one after are taken too, since clocks differ."""
RECOVERY_CODES = 8


def new_secret() -> str:
    """Return a secret for an app: 32 letters, 160 bits."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Tell whether a text has the shape of a secret that `new_secret` makes."""
    return len(text) == 32 and all(letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" for letter in text)


def picture(secret: str, email: str, board: str) -> str:
    """Return the QR code that an app reads, as a data address for an <img>."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=board)
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=5, border=4, light="#fff")
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()


def matching_step(secret: str, code: str, after: int | None) -> int | None:
    """Return the time step whose code this is, if it is a later one than was used last; else None."""
    code = "".join(code.split())
    if len(code) != 6 or not code.isdecimal():
        return None
    current = int(time.time()) // STEP
    totp = pyotp.TOTP(secret)
    found = [
        step
        for step in (current - 1, current, current + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
    ]
    return found[0] if found and (after is None or found[0] > after) else None


def set_up(conn: Connection, key: str, account_id: str, secret: str, step: int) -> list[str]:
    """Give an account its second step; return its recovery codes, which are shown once."""
    values = {"totp_secret": _seal(key).encrypt(secret.encode()).decode(), "totp_step": step}
    conn.execute(update(account).where(account.c.id == account_id).values(values))
    return new_recovery_codes(conn, account_id)


def new_recovery_codes(conn: Connection, account_id: str) -> list[str]:
    """Replace an account's recovery codes; return them."""
    raw = [base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)]
    values = {"recovery_hashes": [digest(one) for one in raw]}
    conn.execute(update(account).where(account.c.id == account_id).values(values))
    return ["-".join(one[at : at + 4] for at in range(0, 16, 4)) for one in raw]


def take_away(conn: Connection, account_id: str) -> None:
    """Take the second step off an account, for somebody who has lost it."""
    values = {"totp_secret": None, "totp_step": None, "recovery_hashes": None}
    conn.execute(update(account).where(account.c.id == account_id).values(values))


def check(conn: Connection, key: str, row: Mapping[Any, Any], code: str) -> str:
    """Check a code for an account; use it up. Return "app", "recovery", or "" when it is wrong."""
    step = matching_step(_open(key, row["totp_secret"]), code, row["totp_step"])
    if step is not None:
        same = account.c.totp_step.is_(None) | (account.c.totp_step < step)
        used = update(account).where(account.c.id == row["id"], same).values(totp_step=step)
        return "app" if conn.execute(used).rowcount == 1 else ""
    hashed = digest("".join(letter for letter in code.lower() if letter.isalnum()))
    # Read once more, under a lock of the row: of two who give the same code at the same moment one comes in.
    kept = select(account.c.recovery_hashes).where(account.c.id == row["id"]).with_for_update()
    left = list(conn.execute(kept).scalar_one() or ())
    if hashed not in left:
        return ""
    left.remove(hashed)
    conn.execute(update(account).where(account.c.id == row["id"]).values(recovery_hashes=left))
    return "recovery"


def _seal(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(key)))


def _open(key: str, sealed: str) -> str:
    try:
        return _seal(key).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise CannotDo("keys/secrets.key is not the one that the second steps were kept under.") from error
