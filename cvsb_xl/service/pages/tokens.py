"""Tokens for Excel and the command line: the Review Manager's own, shown once; every one of them can be ended here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection, select

from cvsb_xl.service import audit, tokens
from cvsb_xl.service.answers import go
from cvsb_xl.service.database import account, now, token
from cvsb_xl.service.depends import Conn, needs
from cvsb_xl.service.pages.common import page
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import not_found
from cvsb_xl.service.state import state_of

router = APIRouter(prefix="/manage/tokens")
Reader = Annotated[Person, Depends(needs("read", "people"))]
Writer = Annotated[Person, Depends(needs("write", "people"))]
PURPOSES = {
    "publish": "Publish the tracker and fetch returns (Publish and Pull)",
    "verbs": "The buttons of the pane in Excel, where no Python is installed",
}
_LONGEST = 80


@router.get("")
def tokens_page(request: Request, conn: Conn, person: Reader) -> Response:
    """Every token, and a form for a new one."""
    return _page(request, conn, person)


def _page(request: Request, conn: Connection, person: Person, status: int = 200, **words: Any) -> Response:
    at = now()
    found = select(token, account.c.name.label("owner")).join(account, account.c.id == token.c.account_id)
    lines = [
        {
            **row,
            "purposes": [_short(scope) for scope in row["scopes"].split()],
            "ended": row["revoked_at"] is not None or row["expires_at"] <= at,
            "owner": row["owner"] if row["account_id"] != person.account_id else "",
        }
        for row in conn.execute(found.order_by(token.c.made_at.desc())).mappings()
    ]
    chosen = words.pop("chosen", ("publish",))
    scopes = [{"value": scope, "text": text, "checked": scope in chosen} for scope, text in PURPOSES.items()]
    held = {"made": None, "error": None, "typed": "", **words}
    address = state_of(request).settings.base_url
    return page(
        request, conn, person, "tokens.html", status, tokens=lines, scopes=scopes, address=address, **held
    )


def _short(scope: str) -> str:
    return {"publish": "Publish and Pull", "verbs": "Excel pane", "return": "Handing in returns"}.get(
        scope, scope
    )


async def _asked(request: Request) -> tuple[str, tuple[str, ...]]:
    form = await request.form(max_files=0, max_fields=10)
    name = form.get("name")
    scopes = tuple(scope for scope in PURPOSES if scope in form.getlist("scope"))
    return (name if isinstance(name, str) else "").strip()[:_LONGEST], scopes


@router.post("")
def make(
    request: Request,
    conn: Conn,
    person: Writer,
    asked: Annotated[tuple[str, tuple[str, ...]], Depends(_asked)],
) -> Response:
    """Make a token, and show it this once."""
    name, scopes = asked
    if not name:
        return _page(request, conn, person, 422, error=("name", "Give the token a name"), chosen=scopes)
    if not scopes:
        return _page(
            request, conn, person, 422, error=("scope", "Say what the token is for"), typed=name, chosen=()
        )
    row_id, secret = tokens.make(conn, person.account_id, name, scopes)
    audit.append(
        conn, person.account_id, person.role, "token-made", f"token {row_id}", {"scopes": " ".join(scopes)}
    )
    return _page(request, conn, person, made=SimpleNamespace(name=name, secret=secret))


@router.post("/{token_id}/end")
def end(conn: Conn, person: Writer, token_id: str) -> Response:
    """End a token."""
    if conn.execute(select(token.c.id).where(token.c.id == token_id)).first() is None:
        raise not_found()
    tokens.revoke(conn, token_id)
    audit.append(conn, person.account_id, person.role, "token-ended", f"token {token_id}")
    return go("/manage/tokens")
