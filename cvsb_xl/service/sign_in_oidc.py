"""Signing in at the organisation: off to its page, and back with a code."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection, delete, insert, select

from cvsb_xl.service import accounts, audit, sessions
from cvsb_xl.service.database import account, invitation, now, sign_in_flow, writing
from cvsb_xl.service.depends import anyone
from cvsb_xl.service.oidc import Identity, Provider, refused
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import Problem, not_found
from cvsb_xl.service.sign_in import complete, looks_like_email, safe_next
from cvsb_xl.service.state import State, state_of

router = APIRouter()
Visitor = Annotated[Person | None, Depends(anyone)]
FLOW = "__Host-cvsb-flow"
CALLBACK = "/sign-in/callback"
_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in that has begun and not come back."""

    nonce: str
    verifier: str
    next: str
    invitation_id: str | None
    email: str


@router.get("/sign-in/organisation")
def begin(request: Request, _: Visitor, next: Annotated[str, Query(max_length=1000)] = "/") -> Response:  # noqa: A002
    """Off to the organisation's sign-in page."""
    return _off(request, Flow("", "", safe_next(next), None, ""))


@router.get("/invitation/{secret}/organisation")
def begin_with_invitation(
    request: Request, _: Visitor, secret: str, email: Annotated[str, Query(max_length=254)] = ""
) -> Response:
    """Off to the organisation's sign-in page, to bind who signs in there to the account of a one-time link."""
    with writing(state_of(request).engine) as conn:
        given = accounts.invitation_of(conn, secret)
    if given is None or not looks_like_email(given.email or email):
        return RedirectResponse(f"/invitation/{secret}", HTTPStatus.SEE_OTHER)
    return _off(request, Flow("", "", "/", given.id, given.email or email))


def _off(request: Request, flow: Flow) -> Response:
    state = state_of(request)
    provider = _provider(state)
    secret, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    url = provider.address(_redirect_uri(state), secret, nonce, verifier)
    with writing(state.engine) as conn:
        conn.execute(delete(sign_in_flow).where(sign_in_flow.c.made_at < now() - timedelta(minutes=_MINUTES)))
        conn.execute(
            insert(sign_in_flow).values(
                state_hash=sessions.digest(secret),
                nonce=nonce,
                verifier=verifier,
                next=flow.next,
                invitation_id=flow.invitation_id,
                email=flow.email,
                made_at=now(),
            )
        )
    answer = RedirectResponse(url, HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        FLOW, secret, max_age=_MINUTES * 60, path="/", secure=True, httponly=True, samesite="lax"
    )
    return answer


@router.get(CALLBACK)
def back(
    request: Request,
    _: Visitor,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Back from the organisation's sign-in page."""
    service = state_of(request)
    provider = _provider(service)
    cookie = request.cookies.get(FLOW, "")
    if not state or not hmac.compare_digest(cookie.encode(), state.encode()):
        raise refused("another browser's state")
    flow = _taken(service, state)
    if flow is None:
        raise refused("a state that was used or is too old")
    if not code:
        raise refused("no code")
    identity = provider.redeem(_redirect_uri(service), code, flow.verifier, flow.nonce)
    with writing(service.engine) as conn:
        account_id = _bound(conn, flow, identity) if flow.invitation_id else _account_of(conn, identity)
        if account_id is not None:
            answer = complete(request, conn, account_id, "organisation", flow.next)
            answer.delete_cookie(FLOW, path="/", secure=True, httponly=True, samesite="lax")
            return answer
    raise Problem(
        "unknown-person",
        HTTPStatus.FORBIDDEN,
        "You signed in at your organisation, but this service does not know you yet. Ask the Review Manager for an invitation, "
        "and open its link.",
        audited=("anonymous", "none", "sign-in-failed", "provider: unknown identity"),
    )


def _taken(state: State, secret: str) -> Flow | None:
    """Return the flow of a state, and forget it: it is good once."""
    with writing(state.engine) as conn:
        wanted = sign_in_flow.c.state_hash == sessions.digest(secret)
        row = conn.execute(select(sign_in_flow).where(wanted)).first()
        if row is None or conn.execute(delete(sign_in_flow).where(wanted)).rowcount != 1:
            return None
        if row.made_at + timedelta(minutes=_MINUTES) <= now():
            return None
        return Flow(row.nonce, row.verifier, row.next, row.invitation_id, row.email)


def _account_of(conn: Connection, identity: Identity) -> str | None:
    wanted = (account.c.issuer == identity.issuer, account.c.subject == identity.subject)
    return conn.execute(select(account.c.id).where(*wanted)).scalar()


def _bound(conn: Connection, flow: Flow, identity: Identity) -> str | None:
    """Bind an identity to the account of an invitation."""
    row = conn.execute(select(invitation).where(invitation.c.id == flow.invitation_id)).first()
    if row is None or row.used_at is not None or row.expires_at <= now():
        return None
    given = accounts.Invitation(row.id, row.email or "", row.founder, row.expires_at)
    pair = (identity.issuer, identity.subject)
    account_id = accounts.accept(conn, given, flow.email, identity.name or flow.email, identity=pair)
    if account_id is not None:
        sessions.end_all(conn, account_id)
        audit.append(conn, account_id, "none", "invitation-used", f"account {account_id}")
    return account_id


def _provider(state: State) -> Provider:
    if state.provider is None:
        raise not_found()
    return state.provider


def _redirect_uri(state: State) -> str:
    return state.settings.base_url + CALLBACK
