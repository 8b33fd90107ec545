"""Signing in at the organisation: against a provider that runs as a process of its own, and ID tokens that are made wrong one by one."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from sqlalchemy import select

from cvsb_xl.service import accounts, sessions
from cvsb_xl.service.database import account, audit, reading, writing
from cvsb_xl.service.oidc import identity_in
from cvsb_xl.service.problems import Problem
from cvsb_xl.service.settings import Oidc
from tests.browser import chromium
from tests.service.provider import ProviderProcess, provider
from tests.service.running import Service, Visitor, served, settings_for

TENANT = "11111111-aaaa-4bbb-8ccc-222222222222"


@pytest.fixture(scope="module")
def idp() -> Iterator[ProviderProcess]:
    with provider() as running:
        running.has("s-ann", name="Ann", email="ann@example.org", tid=TENANT)
        running.has(
            "s-eve", name="Eve", email="ann@example.org", tid=TENANT
        )  # the same address, another person
        running.has("s-far", name="Far", email="far@example.org", tid="another")
        yield running


@pytest.fixture
def oidc_service(tmp_path: Path, database_url: str, idp: ProviderProcess) -> Iterator[Service]:
    (tmp_path / "secret").write_text("s3cret")
    oidc = Oidc(idp.url, "cvsb", tmp_path / "secret", (TENANT,))
    with served(settings_for(tmp_path / "data", database_url, sign_in="oidc", oidc=oidc)) as running:
        yield running


def link(service: Service, email: str) -> str:
    with writing(service.state.engine) as conn:
        return "/invitation/" + accounts.invite(conn, email, None, 72, founder=not email)


def go(service: Service, idp: ProviderProcess, begin: str, subject: str) -> tuple[Visitor, Any]:
    """Follow a sign-in through; return the browser and the service's last answer."""
    visitor = service.visitor()
    off = visitor.get(begin)
    assert off.status_code == 303, off.text
    back = idp.signs_in(off.headers["location"], subject)
    assert back.startswith(service.url + "/sign-in/callback?")
    return visitor, visitor.get(back.removeprefix(service.url))


def failures(service: Service) -> list[str]:
    with reading(service.state.engine) as conn:
        rows = conn.execute(
            select(audit.c.object_key).where(audit.c.action == "sign-in-failed").order_by(audit.c.seq)
        )
        return list(rows.scalars())


def test_the_invitation_binds_who_signs_in_and_from_then_on_that_identity_comes_in(oidc_service, idp) -> None:
    oidc_service.publish_members({"email": "ann@example.org", "board": "Yes"})
    visitor, answer = go(oidc_service, idp, link(oidc_service, "ann@example.org") + "/organisation", "s-ann")
    assert answer.status_code == 303
    assert sessions.COOKIE in visitor.cookies
    assert visitor.get("/account").status_code == 200
    with reading(oidc_service.state.engine) as conn:
        row = conn.execute(select(account).where(account.c.email == "ann@example.org")).one()
    assert (row.issuer, row.subject, row.password_hash) == (idp.url, "s-ann", None)

    again, answer = go(oidc_service, idp, "/sign-in/organisation?next=/account", "s-ann")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert again.get("/account").status_code == 200


def test_somebody_else_with_the_same_e_mail_address_does_not_come_in(oidc_service, idp) -> None:
    oidc_service.publish_members({"email": "ann@example.org", "board": "Yes"})
    go(oidc_service, idp, link(oidc_service, "ann@example.org") + "/organisation", "s-ann")
    visitor, answer = go(oidc_service, idp, "/sign-in/organisation", "s-eve")
    assert answer.status_code == 403
    assert sessions.COOKIE not in visitor.cookies
    assert failures(oidc_service) == ["provider: unknown identity"]


def test_one_identity_cannot_be_bound_to_two_accounts(oidc_service, idp) -> None:
    go(oidc_service, idp, link(oidc_service, "ann@example.org") + "/organisation", "s-ann")
    _, answer = go(oidc_service, idp, link(oidc_service, "other@example.org") + "/organisation", "s-ann")
    assert answer.status_code == 403


def test_another_tenant_is_refused_though_its_token_is_right(oidc_service, idp) -> None:
    visitor, answer = go(oidc_service, idp, link(oidc_service, "far@example.org") + "/organisation", "s-far")
    assert answer.status_code == 401
    assert sessions.COOKIE not in visitor.cookies
    assert failures(oidc_service) == ["provider: another tenant"]


def test_the_first_account_is_made_by_its_link_and_the_e_mail_typed_there(oidc_service, idp) -> None:
    first = link(oidc_service, "")
    page = oidc_service.visitor().get(f"{first}?email=ann@example.org").text
    assert f"{first}/organisation?email=ann%40example.org" in page
    visitor, answer = go(oidc_service, idp, f"{first}/organisation?email=ann@example.org", "s-ann")
    assert answer.status_code == 303
    assert visitor.get("/account").status_code == 200


def test_the_way_back_counts_once_and_in_the_same_browser_alone(oidc_service, idp) -> None:
    oidc_service.publish_members({"email": "ann@example.org", "board": "Yes"})
    go(oidc_service, idp, link(oidc_service, "ann@example.org") + "/organisation", "s-ann")
    visitor = oidc_service.visitor()
    off = visitor.get("/sign-in/organisation")
    back = idp.signs_in(off.headers["location"], "s-ann").removeprefix(oidc_service.url)
    assert oidc_service.visitor().get(back).status_code == 401, "another browser, without the cookie"
    kept = dict(visitor.cookies)
    assert visitor.get(back).status_code == 303
    replay = oidc_service.visitor()
    replay.cookies = kept
    assert replay.get(back).status_code == 401
    assert failures(oidc_service) == [
        "provider: another browser's state",
        "provider: a state that was used or is too old",
    ]


def test_a_code_without_its_verifier_is_worth_nothing(oidc_service, idp) -> None:
    """The provider of the tests holds to PKCE; the flow's verifier is changed under the service's feet."""
    from sqlalchemy import update

    from cvsb_xl.service.database import sign_in_flow

    visitor = oidc_service.visitor()
    off = visitor.get("/sign-in/organisation")
    asked = parse_qs(urlsplit(off.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert len(asked["nonce"][0]) >= 32
    with writing(oidc_service.state.engine) as conn:
        conn.execute(update(sign_in_flow).values(verifier="x" * 43))
    back = idp.signs_in(off.headers["location"], "s-ann").removeprefix(oidc_service.url)
    assert visitor.get(back).status_code == 401
    assert failures(oidc_service) == ["provider: the code was not taken"]


def test_somebody_who_says_no_at_the_provider_is_told_to_start_again(oidc_service, idp) -> None:
    visitor = oidc_service.visitor()
    off = visitor.get("/sign-in/organisation")
    back = idp.signs_in(off.headers["location"], "s-ann", action="deny")
    state = parse_qs(urlsplit(off.headers["location"]).query)["state"][0]
    assert "error=access_denied" in back
    assert visitor.get(f"/sign-in/callback?error=access_denied&state={state}").status_code == 401


def test_there_is_no_password_where_the_organisation_signs_in_and_no_organisation_where_passwords_do(
    oidc_service, service
) -> None:
    form = {"email": "ann@example.org", "password": "seven grey otters asleep"}
    assert oidc_service.visitor().post("/sign-in", form).status_code == 404
    assert oidc_service.visitor().post(link(oidc_service, "a@example.org"), form).status_code == 404
    assert 'type="password"' not in oidc_service.visitor().get("/sign-in").text
    assert service.visitor().get("/sign-in/organisation").status_code == 404
    assert service.visitor().get("/sign-in/callback?state=x&code=y").status_code == 404


def test_a_provider_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    oidc = Oidc("http://localhost:9", "cvsb", tmp_path / "secret")
    with served(settings_for(tmp_path / "data", sign_in="oidc", oidc=oidc)) as running:
        answer = running.visitor().get("/sign-in/organisation")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


@pytest.mark.live
def test_in_a_real_browser_one_goes_there_and_comes_back(oidc_service, idp) -> None:
    """The policy lets the browser leave, and its cookies come back with it from another site."""
    oidc_service.publish_members({"email": "ann@example.org", "name": "Ann Price", "board": "Yes"})
    with chromium() as browser:
        page = browser.new_page()
        page.goto(oidc_service.url + link(oidc_service, "ann@example.org"))
        page.click("text=Go to my organisation's sign-in")
        assert page.url.startswith(idp.url)
        page.fill('input[name="sub"]', "s-ann")
        page.click('button:has-text("Authorize")')
        page.wait_for_url(oidc_service.url + "/**")
        page.goto(oidc_service.url + "/account")
        assert "Your account" in page.title()
        assert [cookie["name"] for cookie in page.context.cookies(oidc_service.url)] == [sessions.COOKIE]


# ID tokens, made wrong one by one

KEY = RSAKey.generate_key(2048, {"kid": "one"})
KEYS = KeySet([KEY])
OIDC = Oidc("https://id.example.org", "cvsb", Path("secret"), (TENANT,))


def claims(**changes: object) -> dict[str, object]:
    at = int(time.time())
    right = {
        "iss": OIDC.issuer,
        "aud": "cvsb",
        "sub": "s-ann",
        "tid": TENANT,
        "nonce": "n",
        "iat": at,
        "exp": at + 60,
    }
    return {name: value for name, value in {**right, **changes}.items() if value is not None}


def signed(given: dict[str, object], algorithm: str = "RS256", key: Any = KEY) -> str:
    return jwt.encode({"alg": algorithm, "kid": "one"}, given, key, algorithms=[algorithm])


def test_a_right_token_says_who_it_is() -> None:
    found = identity_in(signed(claims(name="Ann")), KEYS, OIDC.issuer, OIDC, "n")
    assert (found.issuer, found.subject, found.name) == (OIDC.issuer, "s-ann", "Ann")


def test_the_issuer_of_several_tenants_is_told_by_the_tokens_own_tenant() -> None:
    template = "https://id.example.org/{tenantid}/v2.0"
    token = signed(claims(iss=f"https://id.example.org/{TENANT}/v2.0"))
    assert identity_in(token, KEYS, template, OIDC, "n").subject == "s-ann"
    with pytest.raises(Problem):
        identity_in(signed(claims(iss="https://id.example.org/other/v2.0")), KEYS, template, OIDC, "n")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example.org"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["cvsb", "another"]},
        {"aud": ["cvsb", "another"], "azp": "another"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"nonce": "m"},
        {"nonce": None},
        {"tid": "another"},
        {"tid": None},
    ],
    ids=" ".join,
)
def test_a_token_with_one_thing_wrong_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Problem) as caught:
        identity_in(signed(claims(**changes)), KEYS, OIDC.issuer, OIDC, "n")
    assert caught.value.status == 401


def with_public_key_as_secret(given: dict[str, object]) -> str:
    """The old trick: HS256, with the public key as the secret. Made by hand, since joserfc will not."""
    parts = [{"alg": "HS256", "kid": "one"}, given]
    text = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    mark = hmac.new(KEY.as_pem(private=False), text, hashlib.sha256).digest()
    return (text + b"." + urlsafe_b64encode(mark).rstrip(b"=")).decode()


def test_a_token_that_is_unsigned_or_signed_otherwise_is_refused() -> None:
    other = RSAKey.generate_key(2048, {"kid": "one"})
    unsigned = jwt.encode({"alg": "none"}, claims(), OctKey.generate_key(), algorithms=["none"])
    for token in (
        unsigned,
        with_public_key_as_secret(claims()),
        signed(claims(), key=other),
        "not a token",
        "",
    ):
        with pytest.raises(Problem):
            identity_in(token, KEYS, OIDC.issuer, OIDC, "n")


def test_a_token_by_a_key_that_is_not_known_yet_says_so_that_the_keys_are_fetched_anew() -> None:
    newer = RSAKey.generate_key(2048, {"kid": "two"})
    token = jwt.encode({"alg": "RS256", "kid": "two"}, claims(), newer, algorithms=["RS256"])
    with pytest.raises(KeyError):
        identity_in(token, KEYS, OIDC.issuer, OIDC, "n")
