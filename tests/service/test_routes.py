"""Every address of the service, by everybody: nobody, each role, and programs with tokens. What is not in the table fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from cvsb_xl.errors import CannotDo
from cvsb_xl.service import app as service_app
from cvsb_xl.service.app import build_app, open_state, routers
from tests.service.running import Service, Visitor, served, settings_for

TABLE = """
| address                          | who may call it                                        |
|----------------------------------|--------------------------------------------------------|
| GET /sign-in                     | anybody                                                |
| POST /sign-in                    | anybody                                                |
| POST /sign-in/code               | anybody                                                |
| GET /sign-in/organisation        | anybody                                                |
| GET /sign-in/callback            | anybody                                                |
| GET /invitation/*                | anybody                                                |
| POST /invitation/*               | anybody                                                |
| GET /help                        | anybody                                                |
| GET /accessibility               | anybody                                                |
| GET /static/*                    | anybody                                                |
| GET /paper.css                   | anybody                                                |
| GET /office/*                    | anybody                                                |
| POST /sign-out                   | manager board delivery crg lead                        |
| GET /                            | manager board delivery crg lead                        |
| GET /account*                    | manager board delivery crg lead                        |
| POST /account*                   | manager board delivery crg lead                        |
| GET /dashboard*                  | manager board delivery crg lead                        |
| GET /agency*                     | manager lead                                           |
| POST /agency*                    | manager lead                                           |
| GET /manage*                     | manager                                                |
| POST /manage*                    | manager                                                |
| GET /api/me                      | manager-publish                                        |
| GET /api/publications/latest     | manager-publish                                        |
| POST /api/publications           | manager-publish                                        |
| GET /api/returns                 | manager-publish                                        |
| GET /api/returns/*/file          | manager-publish                                        |
| PUT /api/returns/*/receipt       | manager-publish                                        |
| POST /api/returns                | manager lead manager-return lead-return                |
| GET /api/verbs                   | manager-verbs                                          |
| POST /api/verbs/*                | manager-verbs                                          |
"""
# An agency lead's /dashboard is the agency's own page; tests/service of that page hold what stands on it.

MEMBERS = {
    "manager": {"review_manager": "Yes"},
    "board": {"board": "Yes"},
    "delivery": {"delivery_group": "Yes"},
    "crg": {"crg": "Yes"},
    "lead": {"agency_lead": "Yes", "agency": "SWP"},
    "left": {"review_manager": "Yes", "board": "Yes", "agency_lead": "Yes", "agency": "SWP", "active": "No"},
    "none": {"agency": "SWP"},
}
TOKENS = [
    f"{who}-{scope}"
    for who in ("manager", "board", "lead", "left")
    for scope in ("publish", "return", "verbs")
]
EVERYBODY = ["nobody", *MEMBERS, *TOKENS]


def rows() -> list[tuple[re.Pattern[str], set[str]]]:
    found = []
    for line in TABLE.strip().splitlines()[2:]:
        address, who = (cell.strip() for cell in line.strip("|").split("|"))
        pattern = re.compile(re.escape(address).replace(r"\*", ".*") + "$")
        found.append((pattern, set(EVERYBODY) if who == "anybody" else set(who.split())))
    return found


ROWS = rows()


def addresses() -> Iterator[tuple[str, str]]:
    for router in routers():
        for route in router.routes:
            assert isinstance(route, APIRoute), f"{route} is no route with a guard"
            for method in sorted(route.methods or ()):
                yield method, route.path


ADDRESSES = list(addresses())


def allowed(method: str, path: str) -> set[str]:
    matching = [who for pattern, who in ROWS if pattern.match(f"{method} {path}")]
    assert matching, f"{method} {path} stands in no row of the table: say who may call it"
    return matching[0]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served(settings_for(tmp_path_factory.mktemp("routes") / "data")) as running:
        agencies = [{"agency": "SWP", "name": "South Wales Police"}]
        members = ({"email": f"{who}@example.org", **roles} for who, roles in MEMBERS.items())
        running.publish_members(*members, agencies=agencies)
        yield running


_KEPT: dict[tuple[str, str], Visitor] = {}


def browser(service: Service, who: str, *, new: bool = False) -> Visitor:
    """Return somebody's browser or program; the same one each time, unless a new one is asked for."""
    place = (service.url, who)
    if new:
        return _browser(service, who)
    if place not in _KEPT:
        _KEPT[place] = _browser(service, who)
    return _KEPT[place]


def _browser(service: Service, who: str) -> Visitor:
    if who == "nobody":
        return service.visitor()
    name, _, scope = who.partition("-")
    email = f"{name}@example.org"
    return service.with_token(email, scope) if scope else service.signed_in(email)


def outcome(answer: httpx2.Response) -> str:
    """Return "out" when nobody is taken to be signed in, "refused" when the role is, else "in"."""
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    if answer.status_code == 401 or to_sign_in:
        return "out"
    assert answer.status_code < 500, answer.text
    return "refused" if answer.status_code == 403 else "in"


@pytest.mark.parametrize(
    ("method", "path"), ADDRESSES, ids=[f"{method} {path}" for method, path in ADDRESSES]
)
def test_each_address_lets_in_those_of_the_table_and_nobody_else(
    service: Service, method: str, path: str
) -> None:
    may = allowed(method, path)
    # These two say 401 or 303 to everybody who comes without a form, which is not what this test is about.
    says_no_to_all = path in ("/sign-in", "/sign-in/code")
    address = re.sub(r"\{[^}]+\}", "no-such-thing", path)
    wrong = []
    for who in EVERYBODY:
        ends = path == "/sign-out" or path.startswith("/account/")
        got = outcome(browser(service, who, new=ends).request(method, address))
        if may == set(EVERYBODY):
            expected = got if says_no_to_all else "in"
        elif who in may:
            expected = "in"
        else:
            person = who in ("manager", "board", "delivery", "crg", "lead") and any(
                "-" not in one for one in may
            )
            known = person or _token_fits(method, path, who)
            expected = "refused" if known else "out"
        if ends:
            _KEPT.clear()  # it may have ended the sessions of others of the same account
        if path == "/sign-out" and expected == "in":
            got = "in" if got == "out" else got  # it leads to the sign-in page
        if got != expected:
            wrong.append(f"{who}: {got}, not {expected}")
    assert not wrong, "; ".join(wrong)


def _token_fits(method: str, path: str, who: str) -> bool:
    """Tell whether a token is good for an address by its scope, so that only the role refuses it."""
    name, _, scope = who.partition("-")
    scopes = {pattern_who.partition("-")[2] for pattern_who in allowed(method, path)} - {""}
    return name not in ("left", "none") and scope in scopes


def test_a_cookie_does_not_open_what_is_for_programs_and_a_token_opens_no_page(service: Service) -> None:
    manager = browser(service, "manager")
    assert manager.get("/account").status_code == 200
    assert manager.get("/api/publications/latest").status_code == 401
    program = service.with_token("manager@example.org")
    assert program.get("/account").status_code == 303


def test_an_app_with_an_address_that_says_not_who_may_call_it_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loose = APIRouter()
    loose.get("/loose")(lambda: "anything")
    monkeypatch.setattr(service_app, "routers", lambda: [*routers(), loose])
    state = open_state(settings_for(tmp_path / "data", base_url="http://127.0.0.1:1"))
    with pytest.raises(CannotDo, match="/loose"):
        build_app(state)
    state.engine.dispose()


def test_everything_that_the_app_answers_goes_through_a_guard(service: Service) -> None:
    """Nothing but the routers' own routes and the static files: no docs, no OpenAPI, nothing mounted."""
    for path in (
        "/docs",
        "/redoc",
        "/openapi.json",
        "/api/openapi.json",
        "/service.db",
        "/files",
        "/keys/audit.key",
    ):
        assert service.visitor().get(path).status_code == 404, path
    for path in (
        "/static/../service.toml",
        "/static/%2e%2e/app.py",
        "/office/..%2f..%2fapp.py",
        "/static//etc/passwd",
    ):
        assert service.visitor().get(path).status_code in (404, 400), path
