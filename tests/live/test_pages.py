"""The dashboard's page in a real Chromium: axe finds nothing, it asks the network for nothing, and it works without a mouse or a script."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cvsb_xl.framework.load import load_framework
from cvsb_xl.outputs.html import html_bytes
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.dashboard import dashboard
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sample import sample_rows

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.live, pytest.mark.slow]
MADE = datetime(2026, 11, 23, 9, tzinfo=UTC)
WIDE, NARROW = 1280, 320
"""Pixels; the narrow one is what WCAG 1.4.10 asks a page to fit into."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.fail("this test needs Chromium; scripts/test installs it")
    with sync_playwright() as playwright:
        # Without the sandbox: CI runs as root, and the page is our own.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    framework = load_framework()
    sample = tracker_of(framework, sample_rows(framework, MADE.date()))
    folder = tmp_path_factory.mktemp("pages")
    pages: dict[str, tuple[Tracker, str]] = {
        "members": (sample, ""),
        "agency": (sample, "SWP"),
        "empty": (tracker_of(framework, {}), ""),
    }
    written = {}
    for name, (tracker, agency) in pages.items():
        written[name] = folder / f"{name}.html"
        page = dashboard(tracker, Context(now=MADE), agency=agency).documents[0]
        written[name].write_bytes(html_bytes(page))
    return written


def opened(
    browser: Browser, path: Path, width: int = WIDE, *, scripts: bool = True, axe: bool = False
) -> Page:
    """Open a page. Its own Content-Security-Policy would keep axe out, so it is set aside for axe alone."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, bypass_csp=axe
    )
    page = context.new_page()
    page.asked, page.said = [], []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
    page.on("console", lambda message: page.said.append(message.text))  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.said.append(str(error)))  # type: ignore[attr-defined]
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", ["members", "agency", "empty"])
def test_axe_finds_no_violation(name: str, width: int, browser: Browser, files: dict[str, Path]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(opened(browser, files[name], width, axe=True))
    assert [(item["id"], item["nodes"][0]["html"]) for item in found.response["violations"]] == []
    assert len(found.response["passes"]) > 15


@pytest.mark.parametrize("name", ["members", "agency"])
def test_nothing_is_asked_of_the_network_and_nothing_goes_wrong(
    name: str, browser: Browser, files: dict[str, Path]
) -> None:
    page = opened(browser, files[name])
    page.wait_for_load_state("networkidle")
    assert page.asked == [files[name].as_uri()]  # type: ignore[attr-defined]
    assert page.said == []  # type: ignore[attr-defined]


def test_filters_work_by_keyboard_and_say_what_they_left(browser: Browser, files: dict[str, Path]) -> None:
    """Tab to the first list, choose with an arrow key; fewer rows are shown, a live region says so, and Show all undoes it."""
    page = opened(browser, files["members"])
    shown = "document.querySelectorAll('.listing tbody > tr:not([hidden]), .listing article:not([hidden])').length"
    all_rows = page.evaluate(shown)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "review":
            break
    assert page.evaluate("document.activeElement.name") == "review"
    page.keyboard.press("ArrowDown")
    left = page.evaluate(shown)
    told = page.locator("#told")
    assert 0 < left < all_rows
    assert "Filtered by" in told.inner_text()
    assert told.get_attribute("role") == "status" or told.get_attribute("aria-live")
    page.get_by_role("button", name="Show all").press("Enter")
    page.wait_for_function(f"{shown} === {all_rows}")


def test_without_a_script_everything_is_shown(browser: Browser, files: dict[str, Path]) -> None:
    """All tables stand, with their rows; the filters, which would do nothing, do not."""
    page = opened(browser, files["members"], scripts=False)
    assert page.locator("table:visible").count() == page.locator("table").count() > 5
    assert page.locator("[hidden]:visible").count() == 0
    assert not page.locator("#filters").is_visible()


@pytest.mark.parametrize("name", ["members", "agency"])
def test_a_narrow_window_needs_no_sideways_scrolling(
    name: str, browser: Browser, files: dict[str, Path]
) -> None:
    page = opened(browser, files[name], NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW + 1


def test_every_picture_has_its_table_and_is_named(browser: Browser, files: dict[str, Path]) -> None:
    page = opened(browser, files["members"])
    pictures = page.locator("figure svg, svg[role=img]")
    assert pictures.count() >= 4
    for at in range(pictures.count()):
        picture = pictures.nth(at)
        assert (
            picture.get_attribute("aria-hidden") == "true"
            or picture.get_attribute("aria-label")
            or picture.get_attribute("aria-labelledby")
        )
