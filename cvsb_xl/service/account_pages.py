"""One's own account: its second step, its password, where it is signed in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection, select

from cvsb_xl.service import accounts, audit, sessions, two_step
from cvsb_xl.service.database import now, session
from cvsb_xl.service.depends import Conn, signed_in
from cvsb_xl.service.frames import frame_for
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import not_found
from cvsb_xl.service.sign_in import go
from cvsb_xl.service.state import state_of
from cvsb_xl.service.templating import rendered

router = APIRouter(prefix="/account")
Self = Annotated[Person, Depends(signed_in)]
Text = Annotated[str, Form(max_length=1000)]


def _page(request: Request, person: Person, template: str, status: int = 200, **words: Any) -> HTMLResponse:
    frame = frame_for(request, person)
    return HTMLResponse(rendered(state_of(request).templates, template, frame, me=person, **words), status)


@router.get("")
def account_page(request: Request, conn: Conn, person: Self) -> Response:
    """One's own account: what one may see, the second step, where one is signed in."""
    return _account(request, conn, person)


def _account(request: Request, conn: Connection, person: Person, status: int = 200, **words: Any) -> Response:
    live = (
        session.c.account_id == person.account_id,
        session.c.revoked_at.is_(None),
        session.c.ends_at > now(),
    )
    found = select(session).where(*live, session.c.stage == "full").order_by(session.c.seen_at.desc())
    state = state_of(request)
    here = request.state.session.id_hash
    rows = [{**row, "here": row["id_hash"] == here} for row in conn.execute(found).mappings()]
    held = {"fault": "", "done": "", **words}
    return _page(
        request,
        person,
        "account.html",
        status,
        sessions=rows,
        local=state.settings.sign_in == "local",
        **held,
    )


@router.post("/sign-out-elsewhere")
def sign_out_elsewhere(request: Request, conn: Conn, person: Self) -> Response:
    """End every other session of this account."""
    ended = sessions.end_all(conn, person.account_id, but=request.state.session.id_hash)
    audit.append(
        conn,
        person.account_id,
        person.role,
        "sessions-ended",
        f"account {person.account_id}",
        {"sessions": ended},
    )
    return go("/account")


@router.post("/password")
def change_password(request: Request, conn: Conn, person: Self, old: Text = "", new: Text = "") -> Response:
    """Change the password; every other session ends."""
    if state_of(request).settings.sign_in != "local":
        raise not_found()
    fault = accounts.password_fault(new, person.email, person.name)
    answer, _ = accounts.check_password(conn, person.email, old)
    if answer != "right":
        fault = "This is not your password now, or the account is locked for a while after too many tries."
    if fault:
        return _account(request, conn, person, 422, fault=("old" if answer != "right" else "new", fault))
    accounts.set_password(conn, person.account_id, new)
    sessions.end_all(conn, person.account_id, but=request.state.session.id_hash)
    audit.append(conn, person.account_id, person.role, "password-changed", f"account {person.account_id}")
    return _account(
        request,
        conn,
        person,
        done="Your password is changed. Wherever else you were signed in, you are not any more.",
    )


@router.get("/two-step")
def two_step_page(request: Request, person: Self) -> Response:
    """The page to set up the second step on."""
    secret = two_step.new_secret()
    picture = two_step.picture(secret, person.email, "Action tracker")
    return _page(request, person, "two_step.html", secret=secret, picture=picture, fault="")


@router.post("/two-step")
def set_up_two_step(request: Request, conn: Conn, person: Self, secret: Text, code: Text) -> Response:
    """Set up the second step, once a code shows that the app has it."""
    state = state_of(request)
    if person.two_step:
        return go("/account")
    step = two_step.matching_step(secret, code, None) if len(secret) == 32 and secret.isalnum() else None
    if step is None:
        picture = two_step.picture(secret, person.email, "Action tracker")
        fault = "This code is not the one that the app shows now. Try the next one."
        return _page(request, person, "two_step.html", 422, secret=secret, picture=picture, fault=fault)
    codes = two_step.set_up(conn, state.secrets_key, person.account_id, secret, step)
    audit.append(conn, person.account_id, person.role, "second-step-set-up", f"account {person.account_id}")
    return _page(request, person, "recovery_codes.html", codes=codes)
