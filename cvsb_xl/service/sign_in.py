"""Signing in and out with a local account, and the one-time link that makes one."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection, select

from cvsb_xl.service import accounts, audit, sessions, two_step
from cvsb_xl.service.answers import go
from cvsb_xl.service.database import account
from cvsb_xl.service.depends import Conn, anyone, signed_in
from cvsb_xl.service.frames import frame_for
from cvsb_xl.service.people import Person, standing_of
from cvsb_xl.service.problems import not_found
from cvsb_xl.service.state import State, state_of
from cvsb_xl.service.templating import rendered

router = APIRouter()
Visitor = Annotated[Person | None, Depends(anyone)]
Text = Annotated[str, Form(max_length=1000)]
_WRONG = "The e-mail address or the password is wrong, or the account is locked for a while. Try again in 15 minutes."
_WRONG_CODE = "This code is wrong or was used already. Wait for the next one in the app."


def _page(request: Request, template: str, status: int = 200, **words: Any) -> HTMLResponse:
    state = state_of(request)
    return HTMLResponse(rendered(state.templates, template, frame_for(request), **words), status)


def safe_next(address: str) -> str:
    """Return an address of this service to go on to; the first page for anything else."""
    ok = address.startswith("/") and not address.startswith(("//", "/\\")) and "\\" not in address
    return address if ok and address.isprintable() else "/"


def with_session(answer: Response, secret: str) -> Response:
    """Put a session's cookie on an answer."""
    answer.set_cookie(sessions.COOKIE, secret, path="/", secure=True, httponly=True, samesite="lax")
    return answer


def _begin(request: Request, conn: Connection, account_id: str, stage: sessions.Stage) -> str:
    """Begin a session, and end the one that this browser had."""
    state = state_of(request)
    old = sessions.find(conn, state.settings, request.cookies.get(sessions.COOKIE, ""))
    if old is not None:
        sessions.end(conn, old.id_hash)
    about = sessions.browser_family(request.headers.get("user-agent", ""))
    return sessions.start(conn, state.settings, account_id, about, stage)


def complete(request: Request, conn: Connection, account_id: str, how: str, then: str) -> Response:
    """Finish a sign-in: audit it, begin a full session, and go on. Somebody without a role is told so."""
    state = state_of(request)
    person, what = standing_of(conn, state.files, account_id), f"account {account_id}"
    if not isinstance(person, Person):
        audit.append(conn, account_id, "none", "sign-in-refused", what, {"how": how, "why": person})
        return _page(request, "no_role.html", HTTPStatus.FORBIDDEN)
    audit.append(conn, account_id, person.role, "signed-in", what, {"how": how})
    return with_session(go(safe_next(then)), _begin(request, conn, account_id, "full"))


@router.get("/sign-in")
def sign_in_page(request: Request, visitor: Visitor, next: str = "/") -> Response:  # noqa: A002 - its name in the address
    """The page to sign in on."""
    if visitor is not None:
        return go(safe_next(next))
    template = (
        "sign_in.html" if state_of(request).settings.sign_in == "local" else "sign_in_organisation.html"
    )
    return _page(request, template, next=safe_next(next), fault="", email="")


@router.post("/sign-in")
def sign_in(
    request: Request,
    conn: Conn,
    _: Visitor,
    email: Text,
    password: Text,
    next: Text = "/",  # noqa: A002 - its name in the form
) -> Response:
    """Check e-mail and password."""
    _local(request)
    answer, row = accounts.check_password(conn, email, password)
    if answer != "right" or row is None:
        who = row["id"] if row else "anonymous"
        audit.append(
            conn,
            who,
            "none",
            "sign-in-failed",
            f"account {row['id']}" if row else "account -",
            {"why": answer},
        )
        words = {"next": safe_next(next), "fault": _WRONG, "email": email}
        return _page(request, "sign_in.html", HTTPStatus.UNAUTHORIZED, **words)
    if row["totp_secret"] is not None:
        half = _begin(request, conn, row["id"], "code")
        return with_session(_page(request, "code.html", next=safe_next(next), fault=""), half)
    return complete(request, conn, row["id"], "password", next)


@router.post("/sign-in/code")
def second_step(
    request: Request,
    conn: Conn,
    _: Visitor,
    code: Text,
    next: Text = "/",  # noqa: A002 - its name in the form
) -> Response:
    """Check the code of the second step."""
    state = _local(request)
    half = sessions.find(conn, state.settings, request.cookies.get(sessions.COOKIE, ""))
    row = _account_of(conn, half)
    if half is None or row is None or half.stage != "code" or row["totp_secret"] is None:
        return go("/sign-in")
    how = "" if accounts.is_locked(row) else two_step.check(conn, state.secrets_key, row, code)
    if not how:
        audit.append(conn, row["id"], "none", "sign-in-failed", f"account {row['id']}", {"why": "code"})
        if accounts.failed(conn, row["id"]) == "locked":
            sessions.end(conn, half.id_hash)
            words = {"next": safe_next(next), "fault": _WRONG, "email": ""}
            return _page(request, "sign_in.html", HTTPStatus.UNAUTHORIZED, **words)
        return _page(request, "code.html", HTTPStatus.UNAUTHORIZED, next=safe_next(next), fault=_WRONG_CODE)
    accounts.forgive(conn, row["id"])
    return complete(request, conn, row["id"], f"password+{how}", next)


def _account_of(conn: Connection, live: sessions.Session | None) -> Mapping[Any, Any] | None:
    if live is None:
        return None
    return conn.execute(select(account).where(account.c.id == live.account_id)).mappings().first()


@router.post("/sign-out")
def sign_out(request: Request, conn: Conn, person: Annotated[Person, Depends(signed_in)]) -> Response:
    """End this session."""
    sessions.end(conn, request.state.session.id_hash)
    audit.append(conn, person.account_id, person.role, "signed-out", f"account {person.account_id}")
    answer = go("/sign-in")
    answer.delete_cookie(sessions.COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.get("/invitation/{secret}")
def invitation_page(request: Request, conn: Conn, _: Visitor, secret: str, email: str = "") -> Response:
    """The page that a one-time link opens."""
    given = accounts.invitation_of(conn, secret)
    if given is None:
        return _page(request, "invitation_gone.html", HTTPStatus.GONE)
    local = state_of(request).settings.sign_in == "local"
    template = "invitation.html" if local else "invitation_organisation.html"
    shown = given.email or (email if looks_like_email(email) else "")
    return _page(request, template, given=given, email=shown, called="", faults={}, secret=secret)


@router.post("/invitation/{secret}")
def accept_invitation(
    request: Request,
    conn: Conn,
    _: Visitor,
    secret: str,
    name: Text = "",
    password: Text = "",
    email: Text = "",
) -> Response:
    """Make the account of a one-time link, and sign it in."""
    _local(request)
    given = accounts.invitation_of(conn, secret)
    if given is None:
        return _page(request, "invitation_gone.html", HTTPStatus.GONE)
    email = given.email or email.strip()
    faults = {
        "email": "" if looks_like_email(email) else "Give an e-mail address, such as name@example.org.",
        "name": "" if name.strip() else "Give your name, as your colleagues know it.",
        "password": accounts.password_fault(password, email, name),
    }
    if any(faults.values()):
        words = {"given": given, "email": email, "called": name, "faults": faults}
        return _page(request, "invitation.html", HTTPStatus.UNPROCESSABLE_ENTITY, **words)
    account_id = accounts.accept(conn, given, email, name, password=password)
    if account_id is None:
        return _page(request, "invitation_gone.html", HTTPStatus.GONE)
    sessions.end_all(conn, account_id)
    audit.append(conn, account_id, "none", "invitation-used", f"account {account_id}")
    row = conn.execute(select(account.c.totp_secret).where(account.c.id == account_id)).first()
    if (
        row is not None and row.totp_secret is not None
    ):  # a new password alone does not get past the second step
        half = _begin(request, conn, account_id, "code")
        return with_session(_page(request, "code.html", next="/", fault=""), half)
    return complete(request, conn, account_id, "invitation", "/account/two-step")


def looks_like_email(text: str) -> bool:
    """Tell whether a text has the shape of an e-mail address."""
    local, _, domain = text.partition("@")
    return bool(local) and "." in domain and " " not in text and len(text) <= 254


def _local(request: Request) -> State:
    state = state_of(request)
    if state.settings.sign_in != "local":
        raise not_found()
    return state
