"""The audit as a page: who did what, newest first."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import select

from cvsb_xl.service import audit
from cvsb_xl.service.database import account
from cvsb_xl.service.database import audit as rows_of_audit
from cvsb_xl.service.depends import Conn, needs
from cvsb_xl.service.pages.common import PER_PAGE, AtPage, page
from cvsb_xl.service.people import Person

router = APIRouter(prefix="/manage/audit")
_LONG = 40


@router.get("")
def audit_page(
    request: Request, conn: Conn, person: Annotated[Person, Depends(needs("read", "audit"))], at: AtPage = 1
) -> Response:
    """A page of the audit."""
    found = (
        select(rows_of_audit).order_by(rows_of_audit.c.seq.desc()).limit(PER_PAGE).offset(PER_PAGE * (at - 1))
    )
    names = {row.id: row.name for row in conn.execute(select(account.c.id, account.c.name))}
    rows = [
        {
            "seq": row["seq"],
            "at": row["at"],
            "who": f"{names.get(row['actor'], row['actor'])}{_role(row['role'])}",
            "action": row["action"].replace("-", " ").capitalize(),
            "object": _object(row["object_key"], names),
            "about": _about(row["about"]),
        }
        for row in conn.execute(found).mappings()
    ]
    total = audit.count(conn)
    return page(
        request,
        conn,
        person,
        "audit.html",
        rows=rows,
        head=audit.head(conn),
        page=at,
        pages=max(1, -(-total // PER_PAGE)),
    )


def _role(role: str) -> str:
    words = role.replace("_", " ").replace("+", ", ")
    return f" ({words})" if role not in ("none", "service") else ""


def _object(key: str, names: dict[str, str]) -> str:
    """Return an object's key, with the name of an account beside its id."""
    kind, _, row_id = key.partition(" ")
    return f"account of {names[row_id]}" if kind == "account" and row_id in names else key


def _about(text: str) -> str:
    told = json.loads(text)
    return "; ".join(f"{name.replace('_', ' ')} {_cut(value)}" for name, value in told.items())


def _cut(value: str | int) -> str:
    """Return a fact; of a long digest the beginning, which is enough to tell it by."""
    text = str(value)
    return text if len(text) <= _LONG else f"{text[:16]}…"
