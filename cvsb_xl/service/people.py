"""Who somebody is: read from the Members sheet of the newest publication, at each request.

An account says that somebody can sign in; Members alone says what they may do. So a member made inactive is out at the next
request after the Review Manager has published, and nothing has to be changed here.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Connection, select

from cvsb_xl.service.database import account, publication
from cvsb_xl.service.files import Files

Role = Literal["review_manager", "board", "delivery_group", "crg", "agency_lead"]
ROLES: tuple[Role, ...] = ("review_manager", "board", "delivery_group", "crg", "agency_lead")
Kept = Literal["blocked", "inactive in Members", "no role in Members", "not in Members"]
"""What keeps an account out."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, as of this request.

    Attributes:
        agency: the code of their agency in Members; "" where there is none.
        language: "en" or "cy".
        two_step: whether a second step stands at their sign-in.
    """

    account_id: str
    email: str
    name: str
    agency: str
    roles: frozenset[Role]
    language: Literal["en", "cy"] = "en"
    two_step: bool = False

    @property
    def role(self) -> str:
        """Their roles in one word, for the audit."""
        return "+".join(role for role in ROLES if role in self.roles) or "none"


@dataclass(frozen=True, slots=True)
class Member:
    """A row of Members."""

    email: str
    name: str
    agency: str
    roles: frozenset[Role]
    language: Literal["en", "cy"]
    active: bool


def fold(email: str) -> str:
    """Return an e-mail address as it is compared."""
    return email.strip().casefold()


def members_of(conn: Connection, files: Files) -> Mapping[str, Member] | None:
    """Return the Members of the newest publication by e-mail; None before the first."""
    row = conn.execute(
        select(publication.c.tables_key).order_by(publication.c.number.desc()).limit(1)
    ).first()
    return _members(files, row.tables_key) if row else None


@lru_cache(maxsize=4)
def _members(files: Files, tables_key: str) -> Mapping[str, Member]:
    tables = json.loads(gzip.decompress(files.get(tables_key)))
    codes = [str(row["agency"]) for row in tables.get("agencies", []) if row.get("agency")]
    folded = {code.casefold(): code for code in codes}
    rows = [row for row in tables.get("members", []) if row.get("email")]
    return {fold(str(row["email"])): _member(row, codes, folded) for row in rows}


def _member(row: Mapping[str, Any], codes: Collection[str], folded: Mapping[str, str]) -> Member:
    agency = str(row.get("agency") or "").strip()
    if agency not in codes:  # "swp" is SWP, as everywhere else
        agency = folded.get(agency.casefold(), agency)
    roles = frozenset(role for role in ROLES if row.get(role) == "Yes" and (role != "agency_lead" or agency))
    return Member(
        email=fold(str(row["email"])),
        name=str(row.get("name") or ""),
        agency=agency,
        roles=roles,
        language="cy" if row.get("language") == "Cymraeg" else "en",
        active=row.get("active") != "No",
    )


def person_of(conn: Connection, files: Files, account_id: str) -> Person | None:
    """Return who an account is now; None when it may not come in."""
    found = standing_of(conn, files, account_id)
    return found if isinstance(found, Person) else None


def standing_of(conn: Connection, files: Files, account_id: str) -> Person | Kept:
    """Return who an account is now, or what keeps it out.

    The first account, made from the link of the first start, is the Review Manager's until Members says otherwise: until its
    e-mail stands in Members, or another active Review Manager of Members has an account.
    """
    row = conn.execute(select(account).where(account.c.id == account_id)).mappings().first()
    if row is None or row["disabled"]:
        return "blocked"
    members = members_of(conn, files)
    member = (members or {}).get(row["email"])
    two_step = row["totp_secret"] is not None or row["subject"] is not None
    if member is not None:
        if not member.active:
            return "inactive in Members"
        if not member.roles:
            return "no role in Members"
        return Person(
            row["id"],
            row["email"],
            member.name or row["name"],
            member.agency,
            member.roles,
            member.language,
            two_step,
        )
    if row["founder"] and not _another_manager(conn, members):
        return Person(row["id"], row["email"], row["name"], "", frozenset({"review_manager"}), "en", two_step)
    return "not in Members"


def _another_manager(conn: Connection, members: Mapping[str, Member] | None) -> bool:
    managers = [one.email for one in (members or {}).values() if one.active and "review_manager" in one.roles]
    if not managers:
        return False
    found = select(account.c.id).where(account.c.email.in_(managers), account.c.disabled.is_(False)).limit(1)
    return conn.execute(found).first() is not None
