"""The dashboard in a real Chromium: sound by axe, filtered by keyboard, whole without JavaScript, silent to the network."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from cvsb_xl.framework.load import load_framework
from cvsb_xl.outputs.html import html_bytes
from cvsb_xl.papers.dashboard import dashboard
from cvsb_xl.papers.page import Cards, Count, Listing, Page, Place, Tiles
from cvsb_xl.tracker.tables import tracker_of
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sample import sample_rows
from tests.browser import chromium, watched
from tests.outputs.test_html import many_actions

pytestmark = [pytest.mark.live, pytest.mark.slow]

TODAY = date(2026, 11, 23)
CONTEXT = Context(now=datetime(2026, 11, 23, 9, tzinfo=UTC))
FRAMEWORK = load_framework()
SAMPLE = tracker_of(FRAMEWORK, sample_rows(FRAMEWORK, TODAY))
WIDTHS = {"desktop": 1280, "tablet": 800, "phone": 390, "narrow": 320}
"""Pixels; the narrow one is what WCAG 1.4.10 asks a page to fit into."""


def _page(which: str) -> Page:
    tracker = {
        "empty": tracker_of(FRAMEWORK, {}),
        "welsh": tracker_of(FRAMEWORK, sample_rows(FRAMEWORK, TODAY), {"language": "cy"}),
    }
    page: Page = dashboard(
        tracker.get(which, SAMPLE), CONTEXT, agency="SWP" if which == "agency" else ""
    ).documents[0]
    return page


PAGES = {which: _page(which) for which in ("full", "agency", "welsh", "empty")}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """The addresses of the pages on disk."""
    for which, page in PAGES.items():
        (tmp_path / f"{which}.html").write_bytes(html_bytes(page))
    return {which: (tmp_path / f"{which}.html").as_uri() for which in PAGES}


def _opened(browser: Browser, address: str, width: int = 1280) -> Tab:
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.goto(address)
    return tab


@pytest.mark.parametrize(
    ("which", "width"),
    [("full", 1280), ("full", 320), ("agency", 1280), ("agency", 320), ("welsh", 1280), ("empty", 1280)],
)
def test_axe_finds_no_violation(browser: Browser, files: dict[str, str], which: str, width: int) -> None:
    tab = _opened(browser, files[which], width)
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 15
    tab.close()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("which", PAGES)
def test_nothing_is_wider_than_the_screen(
    browser: Browser, files: dict[str, str], which: str, width: int
) -> None:
    tab = _opened(browser, files[which], width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()


@pytest.mark.parametrize("which", ["full", "agency"])
def test_no_request_leaves_the_page_and_no_other_script_runs(
    browser: Browser, files: dict[str, str], which: str
) -> None:
    """What is put into the page later, as by a fault in it, is stopped by its policy."""
    tab = browser.new_page()
    said = watched(tab)
    tab.goto(files[which])
    tab.select_option("#by-agency", index=1)
    assert said == [f"request: {files[which]}"]
    for attack in (
        "const s = document.createElement('script'); s.textContent = 'window.hit = 1'; document.body.append(s)",
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hit = 1\">')",
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"background:url(http://127.0.0.1:9/x)\">')",
        "fetch('http://127.0.0.1:9/x').catch(() => 0)",
    ):
        tab.evaluate(f"() => {{ {attack}; return 0 }}")
    tab.wait_for_timeout(200)
    assert tab.evaluate("window.hit") is None
    assert not [item for item in said if item.startswith("request: http")]
    tab.close()


def _tab_to(tab: Tab, wanted: str) -> None:
    for _ in range(40):
        if tab.evaluate("document.activeElement.id") == wanted:
            return
        tab.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {wanted}")


def _fits(page: Page, place: Place, review: str, agency: str, area: str) -> bool:
    return (
        (not review or place.review is None or place.review == review)
        and (not agency or place.agencies is None or agency in place.agencies)
        and (not area or place.areas is None or area in place.areas)
    )


def _counted(page: Page, count: Count, *chosen: str) -> int:
    return sum(
        fact.kind == count.kind and set(count.marks) <= fact.marks and _fits(page, fact.place, *chosen)
        for fact in page.facts
    )


@pytest.mark.parametrize("which", ["full", "agency"])
def test_filters_are_set_by_keyboard_count_again_and_say_how_many_rows_are_left(
    browser: Browser, files: dict[str, str], which: str
) -> None:
    """For every agency in turn: rows, figures and the line that is read out; then an area beside it; then all again."""
    page = PAGES[which]
    tab = _opened(browser, files[which])
    assert tab.locator("#told").get_attribute("role") == "status"
    places = {
        block.id: [item.place for item in (block.lines if isinstance(block, Listing) else block.cards)]
        for block in page.blocks()
        if isinstance(block, Listing | Cards)
    }
    total = sum(map(len, places.values()))

    def check(agency: str = "", area: str = "") -> None:
        kept = {
            key: sum(_fits(page, place, "", agency, area) for place in held) for key, held in places.items()
        }
        for key, number in kept.items():
            rows = tab.locator(f"#{key} tbody > tr:visible, #{key} article:visible")
            assert rows.count() == number, key
        for block in page.blocks():
            if isinstance(block, Tiles):
                for tile in block.tiles:
                    shown = (
                        tab.locator("dl.tiles > div")
                        .filter(has=tab.get_by_text(tile.label, exact=True))
                        .locator("dd")
                    )
                    assert shown.inner_text() == f"{_counted(page, tile.count, '', agency, area):,}", (
                        tile.label
                    )
        said = tab.locator("#told").inner_text()
        assert (
            f"{sum(kept.values())} of {total} rows shown." in said
            or said == f"Nothing is filtered: all {total} rows shown."
        )

    check()
    _tab_to(tab, "by-agency")
    for code, name in page.agencies:
        tab.keyboard.press("ArrowDown")
        assert name in tab.locator("#told").inner_text()
        check(code)
    _tab_to(tab, "by-area")
    tab.keyboard.press("ArrowDown")
    check(page.agencies[-1][0], page.areas[0])
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    check()
    tab.close()


def test_a_filter_moves_the_bars_with_their_numbers_and_tables(
    browser: Browser, files: dict[str, str]
) -> None:
    tab = _opened(browser, files["full"])
    tab.select_option("#by-review", index=3)
    bars = tab.evaluate("""() => [...document.querySelectorAll('figure')].map(figure => {
        const numbers = [...figure.querySelectorAll('svg text[data-n]')].map(item => Number(item.textContent));
        const cells = [...figure.querySelectorAll('td')].map(item => Number(item.textContent));
        const bars = [...figure.querySelectorAll('rect[data-n]')].map(item => Number(item.getAttribute('width')) / item.dataset.w);
        return [numbers, cells, bars.map(Math.round)];
    })""")
    assert bars
    for numbers, cells, lengths in bars:
        assert numbers == cells == lengths
    assert sum(bars[0][0]) == PAGES["full"].value(Count("action", (), PAGES["full"].reviews[2][0]))
    tab.close()


def test_every_picture_is_named_and_has_its_table_beside_it(browser: Browser, files: dict[str, str]) -> None:
    tab = _opened(browser, files["full"])
    pictures = tab.locator("svg")
    assert pictures.count() == tab.locator("figure").count() == tab.locator("figure table").count() == 6
    for picture in pictures.all():
        title, description = str(picture.get_attribute("aria-labelledby")).split()
        assert tab.locator(f"#{title}").text_content()
        assert "table beside it" in str(tab.locator(f"#{description}").text_content())
    tab.close()


def test_a_filter_that_nothing_fits_says_so(browser: Browser, files: dict[str, str]) -> None:
    tab = _opened(browser, files["full"])
    tab.select_option("#by-area", label="National")
    assert tab.locator("#overdue .nothing").inner_text() == "No row fits the filters."
    assert not tab.locator("#overdue table").is_visible()
    assert Axe().run(tab).violations_count == 0
    tab.close()


@pytest.mark.parametrize("which", ["full", "agency"])
def test_without_javascript_every_row_is_there_and_no_filter_is_offered(
    browser: Browser, files: dict[str, str], which: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(files[which])
    for block in PAGES[which].blocks():
        if isinstance(block, Listing):
            assert tab.locator(f"#{block.id} tbody > tr:visible").count() == len(block.lines)
        if isinstance(block, Cards):
            assert tab.locator(f"#{block.id} article:visible").count() == len(block.cards)
    assert not tab.locator("#filters").is_visible()
    assert tab.get_by_text("Filters need JavaScript. Without it, every row is shown.").is_visible()
    context.close()


def test_on_paper_every_page_carries_the_marking_and_tables_keep_their_headings(
    browser: Browser, files: dict[str, str], tmp_path: Path
) -> None:
    import subprocess

    tab = _opened(browser, files["full"])
    tab.pdf(path=str(tmp_path / "d.pdf"), prefer_css_page_size=True)
    told = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "d.pdf"), "-"], check=True, capture_output=True, text=True
    )
    sheets = told.stdout.rstrip("\f\n").split("\f")
    assert len(sheets) < 30
    for number, sheet in enumerate(sheets, 1):
        assert "SAMPLE - INVENTED DATA" in sheet
        assert f"As at 23 November 2026. Page {number} of {len(sheets)}" in sheet
    assert "Action ID" in sheets[-1]
    tab.close()


def test_ten_thousand_actions_open_and_filter_in_moderate_time(browser: Browser, tmp_path: Path) -> None:
    page = dashboard(many_actions(10_000), CONTEXT).documents[0]
    (tmp_path / "many.html").write_bytes(html_bytes(page))
    tab = _opened(browser, (tmp_path / "many.html").as_uri())
    assert "all 3,0" in tab.locator("#told").inner_text()
    took = tab.evaluate("""() => {
        const start = performance.now();
        const field = document.getElementById('by-agency');
        field.selectedIndex = 1;
        field.dispatchEvent(new Event('change', { bubbles: true }));
        document.body.offsetHeight;
        return performance.now() - start;
    }""")
    assert took < 5_000
    assert tab.locator("dl.tiles dd").first.inner_text() == "500"
    tab.close()
