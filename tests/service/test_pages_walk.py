"""Every page, walked by its route: sound by axe, narrow enough, silent to other places, and without another agency's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute
from playwright.sync_api import Browser
from sqlalchemy import select

from cvsb_xl.service import accounts, tokens
from cvsb_xl.service.app import routers
from cvsb_xl.service.database import account, token, writing
from tests.browser import chromium, watched
from tests.service.town import BOARD, LEAD, MANAGER, OTHER_LEAD, OWN, STRANGER, Town, town

pytestmark = [pytest.mark.live, pytest.mark.slow]

PEOPLE = {"manager": MANAGER, "lead": LEAD, "board": BOARD, "stranger": STRANGER, "visitor": ""}
_QUERIES = {
    "/dashboard": ["", "?agency=SWP&area=Cardiff", "?review=RV-0003"],
    "/manage/returns": ["", "?state=received"],
}


def _paths() -> list[str]:
    """Every address that answers GET and is for people: not the API, not Excel's pane."""
    found = [
        route.path
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in route.methods
    ]
    return sorted({path for path in found if not path.startswith(("/api", "/office", "/sign-in/"))})


@dataclass(frozen=True)
class Place:
    """The town, and what stands for the parts of addresses that vary: of OWN, and of another agency.

    Attributes:
        said: words of the other agency's return that waits to be accepted.
    """

    town: Town
    own: dict[str, list[str]]
    others: dict[str, list[str]]
    said: str

    def addresses(self, values: dict[str, list[str]]) -> list[str]:
        """Return every address with its varying parts filled in."""
        found = []
        for path in _paths():
            names = re.findall(r"{(\w+)(?::\w+)?}", path)
            assert set(names) <= set(values), f"say in this test what may stand for {names} in {path}"
            filled = [path]
            for name in names:
                filled = [
                    re.sub(rf"{{{name}(:\w+)?}}", value, one) for one in filled for value in values[name]
                ]
            found += [address + query for address in filled for query in _QUERIES.get(path, [""])]
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with town(tmp_path_factory.mktemp("town")) as here:
        here.publish()
        words = "zq999w from another agency"
        other = here.hand_in(OTHER_LEAD, here.answered("CARDIFF", progress_update=words), "zq998w.xlsx")
        bad = here.hand_in(LEAD, b"PK\x03\x04 nothing", "broken.xlsx")
        own = here.hand_in(LEAD, here.answered(progress_update="Ours."), "ours.xlsx")
        assert {here.state_of(one) for one in (other, bad, own)} == {"received", "refused"}
        here.words += ["zq999w", "zq998w"]
        with writing(here.service.state.engine) as conn:
            secret = accounts.invite(conn, "new@example.org", None, 72)
            made, _ = tokens.make(
                conn,
                conn.execute(select(account.c.id).where(account.c.email == MANAGER)).scalar_one(),
                "laptop",
                ("publish",),
            )
            assert conn.execute(select(token.c.id).where(token.c.id == made)).first()
        rows = here.tracker["assignments"].rows
        mine = {
            "upload_id": [own, bad],
            "table": ["assignments"],
            "key": [next(r.text("assignment_id") for r in rows if r["agency"] == OWN)],
        }
        not_mine = {
            "upload_id": [other],
            "table": ["assignments"],
            "key": [next(r.text("assignment_id") for r in rows if r["agency"] == "CARDIFF")],
        }
        common = {"secret": [secret, "gone"], "token_id": [made]}
        yield Place(here, {**common, **mine}, {**common, **not_mine}, words)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_is_sound_narrow_and_silent(place: Place, browser: Browser, who: str) -> None:
    """axe finds nothing at 1280 and 390 pixels; nothing is wider than the screen; no request leaves; the console says nothing."""
    here, visitor = place.town, place.town.visitor(PEOPLE[who])
    answers = {address: visitor.get(address) for address in place.addresses(place.own)}
    assert not [address for address, answer in answers.items() if answer.status_code >= 500]
    pages = {
        address: answer.status_code
        for address, answer in answers.items()
        if "text/html" in answer.headers.get("content-type", "") and not answer.is_redirect
    }
    assert len(pages) >= {"manager": 12, "lead": 9, "board": 3}.get(who, 2)
    for width in (1280, 390):
        context = here.context(browser, PEOPLE[who], viewport={"width": width, "height": 900})
        for address, status in pages.items():
            tab = context.new_page()
            said = watched(tab)
            tab.goto(here.url + address)
            found = Axe().run(tab)
            assert found.violations_count == 0, f"{address} at {width}: {found.generate_report()}"
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, address
            assert tab.locator("h1").count() == 1, address
            refused = f"console: Failed to load resource: the server responded with a status of {status}"
            fine = (f"request: {here.url}", *([refused] if status >= 400 else []))
            assert not [one for one in said if not one.startswith(fine)], address
            tab.close()
        context.close()


def test_no_page_of_an_agency_lead_holds_a_word_of_another_agency(place: Place) -> None:
    """Every address, also those of the other agency's rows and returns; what a member reads shows that the words are there."""
    lead = place.town.visitor(LEAD)
    for address in {*place.addresses(place.own), *place.addresses(place.others)}:
        answer = lead.get(address)
        held = [word for word in place.town.words if word.encode() in answer.content]
        assert not held, f"{address} holds {held}"
    board = place.town.visitor(BOARD).get("/dashboard").text
    assert place.said in board
    assert sum(word in board for word in place.town.words) > 10


def test_another_agencys_rows_and_returns_are_as_if_they_were_not_there(place: Place) -> None:
    lead = place.town.visitor(LEAD)
    (key,), (upload_id,) = place.others["key"], place.others["upload_id"]
    missing = lead.get("/agency/sent/00000000-0000-4000-8000-000000000000")
    for address in (
        f"/agency/rows/assignments/{key}",
        f"/agency/sent/{upload_id}",
        f"/agency/sent/{upload_id}/file",
        f"/agency/sent/{upload_id}/receipt",
    ):
        answer = lead.get(address)
        assert answer.status_code == missing.status_code == 404, address
    assert lead.post(f"/agency/rows/assignments/{key}", {"progress": "In progress"}).status_code == 404


def test_pages_hold_neither_inline_script_nor_style(place: Place) -> None:
    """The policy would stop them; they are not there in the first place."""
    for email in (MANAGER, LEAD):
        visitor = place.town.visitor(email)
        for address in place.addresses(place.own):
            answer = visitor.get(address)
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            assert not re.search(r"<style|\sstyle=|<script(?! src)|\son\w+=", answer.text), address
            assert "default-src 'none'" in answer.headers["content-security-policy"], address
