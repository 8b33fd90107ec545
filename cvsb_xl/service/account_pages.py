"""One's own account: its password, its second step, where it is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from sqlalchemy import Connection, select

from cvsb_xl.service import accounts, audit, sessions, two_step
from cvsb_xl.service.answers import go
from cvsb_xl.service.database import account
from cvsb_xl.service.depends import Conn, signed_in
from cvsb_xl.service.pages.common import page
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import not_found
from cvsb_xl.service.state import state_of

router = APIRouter(prefix="/account")
Self = Annotated[Person, Depends(signed_in)]
Text = Annotated[str, Form(max_length=1000)]
_BOARD = "Action tracker"
_NOT_YOURS = "This is not your password now, or the account is locked for a while after too many tries."
_WRONG = "This code is wrong or was used already, or the account is locked for a while after too many tries."
_WRONG_CODE = "This code is not the one that the app shows now. Try the next one."


def _account(request: Request, conn: Connection, person: Person, status: int = 200, **words: Any) -> Response:
    """Return the page. words: `fault` as (the field's id, what is wrong with it); `done` as what was done."""
    state, here = state_of(request), request.state.session.id_hash
    live = sessions.live_of(conn, state.settings, person.account_id)
    held = {
        "fault": "",
        "done": "",
        "sessions": [{**row, "here": row["id_hash"] == here} for row in live],
        "local": state.settings.sign_in == "local",
        **words,
    }
    return page(request, conn, person, "account.html", status, me=person, **held)


@router.get("")
def account_page(request: Request, conn: Conn, person: Self) -> Response:
    """One's own account: what one may see, the second step, where one is signed in."""
    return _account(request, conn, person)


@router.post("/password")
def change_password(request: Request, conn: Conn, person: Self, old: Text = "", new: Text = "") -> Response:
    """Change the password, with the one that stands; every other session ends."""
    row = _own(request, conn, person)
    answer, _ = accounts.check_password(conn, row["email"], old)
    if answer != "right":
        _note(conn, person, "password-not-changed")
        return _account(request, conn, person, 422, fault=("old", _NOT_YOURS))
    fault = accounts.password_fault(new, person.email, person.name)
    if fault:
        return _account(request, conn, person, 422, fault=("new", fault))
    accounts.set_password(conn, person.account_id, new)
    sessions.end_all(conn, person.account_id, but=request.state.session.id_hash)
    _note(conn, person, "password-changed")
    done = "Your password is changed. Wherever else you were signed in, you are not any more."
    return _account(request, conn, person, done=done)


@router.get("/two-step")
def two_step_page(request: Request, conn: Conn, person: Self) -> Response:
    """The page to set up the second step on."""
    _own(request, conn, person)
    return go("/account") if person.two_step else _two_step(request, conn, person, two_step.new_secret())


def _two_step(
    request: Request, conn: Connection, person: Person, secret: str, status: int = 200, fault: str = ""
) -> Response:
    picture = two_step.picture(secret, person.email, _BOARD)
    words = {"secret": secret, "picture": picture, "fault": fault}
    return page(request, conn, person, "two_step.html", status, me=person, **words)


@router.post("/two-step")
def set_up_two_step(request: Request, conn: Conn, person: Self, secret: Text, code: Text) -> Response:
    """Set up the second step, once a code shows that the app has it."""
    _own(request, conn, person)
    if person.two_step:
        return go("/account")
    if not two_step.is_secret(secret):
        return _two_step(
            request, conn, person, two_step.new_secret(), HTTPStatus.UNPROCESSABLE_ENTITY, _WRONG_CODE
        )
    step = two_step.matching_step(secret, code, None)
    if step is None:
        return _two_step(request, conn, person, secret, HTTPStatus.UNPROCESSABLE_ENTITY, _WRONG_CODE)
    codes = two_step.set_up(conn, state_of(request).secrets_key, person.account_id, secret, step)
    sessions.end_all(conn, person.account_id, but=request.state.session.id_hash)
    _note(conn, person, "second-step-set-up")
    return page(request, conn, person, "recovery_codes.html", codes=codes, new=True)


@router.post("/two-step/off")
def take_off_two_step(request: Request, conn: Conn, person: Self, code: Text) -> Response:
    """Take the second step off, with one of its codes: to set it up on another phone. A manager must set it up again."""
    if not _with_code(request, conn, person, code):
        return _account(request, conn, person, 422, fault=("off", _WRONG))
    two_step.take_away(conn, person.account_id)
    _note(conn, person, "second-step-taken-off")
    return go("/account/two-step")


@router.post("/recovery-codes")
def new_recovery_codes(request: Request, conn: Conn, person: Self, code: Text) -> Response:
    """Replace the recovery codes, with a code of the second step."""
    if not _with_code(request, conn, person, code):
        return _account(request, conn, person, 422, fault=("recovery", _WRONG))
    codes = two_step.new_recovery_codes(conn, person.account_id)
    _note(conn, person, "recovery-codes-made")
    return page(request, conn, person, "recovery_codes.html", codes=codes, new=False)


@router.post("/sessions/end")
def end_session(request: Request, conn: Conn, person: Self, which: Text) -> Response:
    """End one of one's own sessions."""
    if not sessions.end_own(conn, person.account_id, which):
        raise not_found()
    _note(conn, person, "sessions-ended")
    return go("/account")


@router.post("/sign-out-elsewhere")
def sign_out_elsewhere(request: Request, conn: Conn, person: Self) -> Response:
    """End every other session of this account."""
    sessions.end_all(conn, person.account_id, but=request.state.session.id_hash)
    _note(conn, person, "sessions-ended")
    return go("/account")


def _own(request: Request, conn: Connection, person: Person) -> Mapping[Any, Any]:
    """Return one's own row; only where accounts are local."""
    if state_of(request).settings.sign_in != "local":
        raise not_found()
    return conn.execute(select(account).where(account.c.id == person.account_id)).mappings().one()


def _with_code(request: Request, conn: Connection, person: Person, code: str) -> bool:
    row = _own(request, conn, person)
    if row["totp_secret"] is None or accounts.is_locked(row):
        return False
    if two_step.check(conn, state_of(request).secrets_key, row, code):
        accounts.forgive(conn, person.account_id)
        return True
    accounts.failed(conn, person.account_id)
    _note(conn, person, "second-step-wrong")
    return False


def _note(conn: Connection, person: Person, action: str) -> None:
    audit.append(conn, person.account_id, person.role, action, f"account {person.account_id}")
