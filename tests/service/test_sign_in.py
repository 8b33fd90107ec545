"""Signing in with a local account."""

from __future__ import annotations

import json
import re
import time

import pyotp
import pytest
from sqlalchemy import select

from cvsb_xl.service import accounts, sessions
from cvsb_xl.service.database import audit, reading, writing
from tests.service.running import PASSWORD, Service, Visitor


def first_link(service: Service) -> str:
    with writing(service.state.engine) as conn:
        return "/invitation/" + accounts.invite(conn, "", None, 72, founder=True)


def made(service: Service) -> Visitor:
    visitor = service.visitor()
    form = {"email": "ann@example.org", "name": "Ann", "password": PASSWORD}
    answer = visitor.post(first_link(service), form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/two-step")
    return visitor


def test_the_first_link_makes_the_review_managers_account_and_asks_for_a_second_step(
    service: Service,
) -> None:
    visitor = made(service)
    page = visitor.get("/account/two-step")
    secret = re.search(r'name="secret" value="(\w+)"', page.text)
    assert secret is not None
    done = visitor.post("/account/two-step", {"secret": secret[1], "code": pyotp.TOTP(secret[1]).now()})
    assert done.status_code == 200
    assert len(re.findall(r"<code>[a-z2-7-]{19}</code>", done.text)) == 8

    again = service.visitor()
    assert again.post("/sign-in", {"email": "Ann@Example.org", "password": PASSWORD}).status_code == 200
    assert again.get("/account").status_code == 303, "a password alone opens nothing"
    used = {"code": pyotp.TOTP(secret[1]).at(int(time.time()))}
    assert again.post("/sign-in/code", used).status_code in (
        401,
        303,
    )  # 401 when the step of setting up is not over
    later = {"code": pyotp.TOTP(secret[1]).at(int(time.time()) + 30)}
    assert again.post("/sign-in/code", later).status_code == 303
    assert again.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("member", "why"),
    [
        ({"email": "ann@example.org", "board": "Yes", "active": "No"}, "inactive in Members"),
        ({"email": "ann@example.org"}, "no role in Members"),
        ({"email": "someone.else@example.org", "board": "Yes"}, "not in Members"),
    ],
)
def test_the_audit_says_why_a_right_password_let_nobody_in(
    service: Service, member: dict[str, str], why: str
) -> None:
    service.publish_members(member)
    service.with_password("ann@example.org")
    visitor = service.visitor()
    assert visitor.post("/sign-in", {"email": "ann@example.org", "password": PASSWORD}).status_code == 403
    assert visitor.get("/account").status_code == 303
    with reading(service.state.engine) as conn:
        row = conn.execute(select(audit).order_by(audit.c.seq.desc()).limit(1)).mappings().one()
    assert row["action"] == "sign-in-refused"
    assert json.loads(row["about"]) == {"how": "password", "why": why}


def test_a_link_works_once(service: Service) -> None:
    link = first_link(service)
    form = {"email": "ann@example.org", "name": "Ann", "password": PASSWORD}
    assert service.visitor().post(link, form).status_code == 303
    assert service.visitor().post(link, {**form, "email": "eve@example.org"}).status_code == 410
    assert service.visitor().get(link).status_code == 410


def test_signing_out_ends_the_session_on_the_server(service: Service) -> None:
    visitor = service.signed_in("ann@example.org")
    service.publish_members({"email": "ann@example.org", "board": "Yes"})
    kept = dict(visitor.cookies)
    assert visitor.get("/account").status_code == 200
    assert visitor.post("/sign-out").status_code == 303
    assert sessions.COOKIE not in visitor.cookies
    visitor.cookies = kept
    assert visitor.get("/account").status_code == 303
