"""What stands around every request: headers, hosts, other sites' forms, limits, problems."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter, Depends

from cvsb_xl.service import app as service_app
from cvsb_xl.service import sessions
from cvsb_xl.service.app import routers
from cvsb_xl.service.depends import anyone
from cvsb_xl.service.middleware import SMALL
from tests.service.running import Service, served, settings_for

EMAIL = "ann@example.org"
SECRET_WORDS = "Child B of 4 Hafod Close"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    broken = APIRouter()

    @broken.get("/api/broken", dependencies=[Depends(anyone)])
    @broken.get("/broken", dependencies=[Depends(anyone)])
    def fails() -> None:
        raise RuntimeError(SECRET_WORDS)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service_app, "routers", lambda: [*routers(), broken])
        with served(settings_for(tmp_path_factory.mktemp("http") / "data")) as running:
            running.publish_members({"email": EMAIL, "board": "Yes"})
            yield running


def test_every_answer_carries_headers_that_keep_a_page_to_itself(service: Service) -> None:
    for path in ("/sign-in", "/nothing", "/static/service.css", "/api/publications/latest", "/broken"):
        headers = service.visitor().get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'", (
            "nothing inline, nothing from elsewhere"
        )
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert (
            headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        )
        assert len(headers["x-request-id"]) == 16
        assert "server" not in headers or "uvicorn" not in headers["server"]
        assert "strict-transport-security" not in headers, "only behind TLS"
    assert service.visitor().get("/sign-in").headers["cache-control"] == "no-store"


def test_behind_tls_browsers_are_told_to_stay_there_and_cookies_are_still_the_hosts_own(
    tmp_path: Path,
) -> None:
    settings = settings_for(tmp_path / "data", base_url="https://tracker.example.org", behind_proxy=True)
    with served(settings) as running, httpx2.Client(trust_env=False) as client:
        port = running.port
        answer = client.get(f"http://127.0.0.1:{port}/sign-in", headers={"Host": "tracker.example.org"})
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert client.get(f"http://127.0.0.1:{port}/sign-in").status_code == 421


def test_the_session_cookie_is_the_hosts_own_and_out_of_scripts_reach(service: Service) -> None:
    service.with_password(EMAIL)
    answer = service.visitor().post("/sign-in", {"email": EMAIL, "password": "seven grey otters asleep"})
    name, _, rest = answer.headers["set-cookie"].partition("=")
    parts = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == "__Host-cvsb" == sessions.COOKIE
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
    assert not any(part.startswith("domain") for part in parts)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example.org"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "SELF"}, 403),
        ({}, 403),
        ({"Origin": "SELF"}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
    ],
    ids=str,
)
def test_what_another_sites_page_makes_a_browser_send_is_refused(
    service: Service, headers: dict[str, str], status: int
) -> None:
    cookie = service.signed_in(EMAIL).cookies
    sent = {name: service.url if value == "SELF" else value for name, value in headers.items()}
    sent["Cookie"] = f"{sessions.COOKIE}={cookie[sessions.COOKIE]}"
    with httpx2.Client(trust_env=False) as client:
        assert client.post(service.url + "/account/sign-out-elsewhere", headers=sent).status_code == status
        if status == 403:
            assert client.post(service.url + "/sign-in", headers=sent, data={}).status_code == 403


def test_nothing_is_changed_by_looking(service: Service) -> None:
    """Whatever changes something is no GET: a link or a picture of another site's page can do nothing."""
    from fastapi.routing import APIRoute

    changing = ("invite", "block", "sign-out", "password", "end", "off", "revoke", "nothing-changed")
    for router in routers():
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if route.path.rsplit("/", 1)[-1] in changing:
                assert route.methods == {"POST"}, route.path


@pytest.mark.parametrize("host", ["evil.example.org", "localhost", "127.0.0.1", ""])
def test_another_host_is_not_answered(service: Service, host: str) -> None:
    with httpx2.Client(trust_env=False) as client:
        assert client.get(service.url + "/sign-in", headers={"Host": host}).status_code in (421, 400)


def test_somebody_who_is_not_signed_in_sends_little(service: Service) -> None:
    large = b"x=" + b"a" * (SMALL + 1)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert service.visitor().request("POST", "/sign-in", content=large, headers=form).status_code == 413
    program = service.visitor("cvsb_not-a-token")
    assert program.request("POST", "/api/publications", content=large, headers=form).status_code == 413


def test_a_body_without_a_length_is_counted_as_it_comes(service: Service) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(40):
            yield b"a" * 4096

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert service.visitor().request("POST", "/sign-in", content=parts(), headers=form).status_code == 413


def test_somebody_who_is_signed_in_sends_up_to_the_limit(tmp_path: Path) -> None:
    with served(settings_for(tmp_path / "data", upload_limit=200_000)) as running:
        running.publish_members({"email": EMAIL, "board": "Yes"})
        visitor = running.signed_in(EMAIL)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        sent = {
            size: visitor.request(
                "POST", "/account/sessions/end", content=b"which=" + b"a" * size, headers=form
            )
            for size in (150_000, 250_000)
        }
        assert [answer.status_code for answer in sent.values()] == [422, 413]


def test_one_address_asks_so_often_and_no_more(tmp_path: Path) -> None:
    settings = dataclasses.replace(settings_for(tmp_path / "data"), requests_per_minute=5)
    with served(settings) as running:
        assert [running.visitor().get("/sign-in").status_code for _ in range(7)] == [200] * 5 + [429] * 2


def test_a_fault_says_a_number_and_nothing_else(service: Service) -> None:
    page = service.visitor().get("/broken")
    assert page.status_code == 500
    assert page.headers["x-request-id"] in page.text
    program = service.visitor().get("/api/broken")
    assert program.status_code == 500
    assert program.json()["code"] == "fault"
    assert program.json()["request"] == program.headers["x-request-id"]
    for said in (page.text, program.text):
        assert SECRET_WORDS not in said
        assert "RuntimeError" not in said
        assert "Traceback" not in said


def test_what_is_wrong_with_a_form_is_not_repeated_back(service: Service) -> None:
    answer = service.visitor().post("/sign-in", {"email": SECRET_WORDS})
    assert answer.status_code == 422
    assert SECRET_WORDS not in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/help", "/static/service.css", "/nothing", "/api/nothing"]
)
def test_head_is_answered_as_get_without_the_body(service: Service, path: str) -> None:
    """A proxy or a monitor asks so whether the service is there."""
    whole, head = service.visitor().get(path), service.visitor().request("HEAD", path)
    assert head.status_code == whole.status_code
    assert head.content == b""
    same = ("content-type", "content-security-policy", "location")
    assert [head.headers.get(name) for name in same] == [whole.headers.get(name) for name in same]


def test_head_changes_nothing_that_get_does_not(service: Service) -> None:
    assert service.visitor().request("HEAD", "/sign-out").status_code == 405
    assert service.visitor().request("HEAD", "/agency/sheet").status_code == 303


def test_methods_and_addresses_that_are_not_there_are_said_so(service: Service) -> None:
    assert service.visitor().request("DELETE", "/sign-in").status_code == 405
    assert service.visitor().get("/api/nothing").json()["code"] == "not-found"
    assert "nothing at this address" in service.visitor().get("/nothing").text
