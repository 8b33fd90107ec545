"""One's own account page."""

from __future__ import annotations

import re

import pyotp
import pytest

from cvsb_xl.service import accounts, sessions, two_step
from cvsb_xl.service.database import writing
from tests.service.running import PASSWORD, Service

EMAIL = "ann@example.org"
NEW = "four brisk owls gardening"


@pytest.fixture
def ann(service: Service) -> str:
    service.publish_members({"email": EMAIL, "name": "Ann Price", "board": "Yes"})
    return service.with_password(EMAIL)


def test_a_new_password_wants_the_old_one_and_ends_every_other_session(service: Service, ann: str) -> None:
    here, elsewhere = service.signed_in(EMAIL, two_step=False), service.signed_in(EMAIL, two_step=False)
    assert here.post("/account/password", {"old": "wrong", "new": NEW}).status_code == 422
    assert here.post("/account/password", {"old": PASSWORD, "new": "short"}).status_code == 422
    assert elsewhere.get("/account").status_code == 200
    assert "Your password is changed" in here.post("/account/password", {"old": PASSWORD, "new": NEW}).text
    assert elsewhere.get("/account").status_code == 303
    assert service.visitor().post("/sign-in", {"email": EMAIL, "password": PASSWORD}).status_code == 401
    assert service.visitor().post("/sign-in", {"email": EMAIL, "password": NEW}).status_code == 303


def test_guessing_the_old_password_there_locks_the_account_too(service: Service, ann: str) -> None:
    here = service.signed_in(EMAIL, two_step=False)
    for _ in range(accounts.FAILURES):
        assert here.post("/account/password", {"old": "wrong", "new": NEW}).status_code == 422
    assert here.post("/account/password", {"old": PASSWORD, "new": NEW}).status_code == 422


def test_one_sees_where_one_is_signed_in_and_can_end_each(service: Service, ann: str) -> None:
    here, elsewhere = service.signed_in(EMAIL, two_step=False), service.signed_in(EMAIL, two_step=False)
    page = here.get("/account").text
    assert page.count(">Chrome") == 2
    other = sessions.digest(elsewhere.cookies[sessions.COOKIE])
    assert here.post("/account/sessions/end", {"which": other}).status_code == 303
    assert elsewhere.get("/account").status_code == 303
    third = service.signed_in(EMAIL, two_step=False)
    assert here.post("/account/sign-out-elsewhere").status_code == 303
    assert third.get("/account").status_code == 303
    assert here.get("/account").status_code == 200


def test_nobody_ends_somebody_elses_session(service: Service, ann: str) -> None:
    service.publish_members({"email": EMAIL, "board": "Yes"}, {"email": "bob@example.org", "board": "Yes"})
    bob = service.signed_in("bob@example.org", two_step=False)
    here = service.signed_in(EMAIL, two_step=False)
    of_bob = sessions.digest(bob.cookies[sessions.COOKIE])
    assert here.post("/account/sessions/end", {"which": of_bob}).status_code == 404
    assert bob.get("/account").status_code == 200


def test_the_second_step_is_taken_off_and_codes_are_made_with_a_code_alone(
    service: Service, ann: str
) -> None:
    here = service.signed_in(EMAIL, two_step=False)
    secret = two_step.new_secret()
    with writing(service.state.engine) as conn:
        old = two_step.set_up(conn, service.state.secrets_key, ann, secret, 0)
    assert here.post("/account/recovery-codes", {"code": "000000"}).status_code == 422
    made = here.post("/account/recovery-codes", {"code": pyotp.TOTP(secret).now()})
    new = re.findall(r"<code>([a-z2-7-]{19})</code>", made.text)
    assert len(new) == two_step.RECOVERY_CODES
    assert not set(new) & set(old)
    assert here.post("/account/two-step/off", {"code": old[0]}).status_code == 422, "the old ones are gone"
    assert here.post("/account/two-step/off", {"code": new[0]}).status_code == 303
    assert here.get("/account/two-step").status_code == 200, "it can be set up anew"


def test_setting_up_a_second_step_wants_a_code_that_the_app_shows(service: Service, ann: str) -> None:
    here = service.signed_in(EMAIL, two_step=False)
    secret = two_step.new_secret()
    assert here.post("/account/two-step", {"secret": secret, "code": "000000"}).status_code == 422
    assert here.post("/account/two-step", {"secret": "A" * 31, "code": "000000"}).status_code == 422
    assert (
        here.post("/account/two-step", {"secret": secret, "code": pyotp.TOTP(secret).now()}).status_code
        == 200
    )
    assert "take the second step off" in here.get("/account").text.lower()


def test_a_second_step_that_stands_is_not_replaced_by_who_finds_an_open_browser(
    service: Service, ann: str
) -> None:
    here = service.signed_in(EMAIL)
    mine = two_step.new_secret()
    answer = here.post("/account/two-step", {"secret": mine, "code": pyotp.TOTP(mine).now()})
    assert answer.headers["location"] == "/account"
    assert here.get("/account/two-step").status_code == 303
