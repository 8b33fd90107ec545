"""One's own account: its second step, its password, where it is signed in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from cvsb_xl.service import audit, two_step
from cvsb_xl.service.depends import Conn, signed_in
from cvsb_xl.service.people import Person
from cvsb_xl.service.sign_in import go
from cvsb_xl.service.state import state_of
from cvsb_xl.service.templating import Frame, rendered

router = APIRouter(prefix="/account")
Self = Annotated[Person, Depends(signed_in)]
Text = Annotated[str, Form(max_length=1000)]


def _page(request: Request, person: Person, template: str, status: int = 200, **words: Any) -> HTMLResponse:
    frame = Frame(here=request.url.path, person=person.name)
    return HTMLResponse(rendered(state_of(request).templates, template, frame, me=person, **words), status)


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
