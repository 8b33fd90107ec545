"""Journeys through the pages in a real Chromium, against a real server: each kind of person does what they came for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from cvsb_xl.cli import cvsb
from cvsb_xl.hosts.agency_sheet import open_sheet
from cvsb_xl.hosts.connections import keep_token
from cvsb_xl.service import accounts
from cvsb_xl.service.database import writing
from cvsb_xl.tracker.edits import apply_edits, set_cell
from cvsb_xl.tracker.tables import Tracker
from tests.browser import chromium
from tests.service.running import PASSWORD
from tests.service.town import BOARD, FRAMEWORK, LEAD, NOBODY, OTHER_LEAD, STRANGER, Town, town

pytestmark = [pytest.mark.live, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as found:
        found.publish()
        yield found


def _settled(tab: Page) -> None:
    """Wait until a return is checked: the page looks again by itself."""
    tab.wait_for_url("**/agency/sent/*")
    tab.wait_for_load_state()
    expect(tab.locator("h1")).not_to_contain_text("being checked", timeout=60_000)


def _sound(tab: Page) -> None:
    """Hold a page to axe in a state that has no address of its own: an error, something shown once."""
    found = Axe().run(tab)
    assert found.violations_count == 0, f"{tab.url}: {found.generate_report()}"


def test_a_review_manager_goes_from_the_first_link_to_publishing_and_back(
    tmp_path: Path, browser: Browser
) -> None:
    """First link, password, second step, token, publish, invite; the agency lead answers; pull; the receipt stands on its page."""
    with town(tmp_path) as here:
        service = here.service
        with writing(service.state.engine) as conn:
            link = accounts.invite(conn, "", None, 72, founder=True)
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(f"{here.url}/invitation/{link}")
        tab.fill("#email", "sample.manager@example.org")
        tab.fill("#name", "Mair Manager")
        tab.fill("#password", PASSWORD)
        tab.get_by_role("button", name="Make the account").click()
        secret = "".join(tab.locator("code").first.inner_text().split())
        tab.fill("#code", pyotp.TOTP(secret).now())
        tab.get_by_role("button", name="Turn it on").click()
        assert tab.locator("li code").count() == 8
        _sound(tab)
        tab.get_by_role("button", name="I have kept them").click()
        expect(tab.locator("h1")).to_have_text("Overview")
        assert tab.get_by_text("Nothing is published from the tracker yet.").is_visible()

        _sound(tab)
        tab.get_by_role("link", name="Where things stand").click()
        expect(tab.locator("h1")).to_have_text("Nothing is published yet")
        _sound(tab)
        tab.goto(f"{here.url}/manage")
        tab.get_by_role("link", name="Make a token").click()
        tab.fill("#name", "office laptop")
        tab.get_by_role("button", name="Make the token").click()
        token = tab.input_value("#token")
        assert token.startswith("cvsb_")
        _sound(tab)
        tab.reload()
        tab.goto(f"{here.url}/manage/tokens")
        assert token not in tab.content(), "a token is shown once"

        tracker, home = tmp_path / "Tracker.xlsx", tmp_path / "home"
        environment = {"CVSB_HOME": str(home), "CVSB_USER": "Mair"}
        keep_token(home, here.url, token)

        def cli(*words: str) -> str:
            result = CliRunner().invoke(cvsb, list(words), env=environment)
            assert result.exit_code in (0, 1), (words, result.output, result.exception)
            return result.output

        cli("new", str(tracker), "--sample")
        cli("publish", str(tracker), "--to", here.url, "--due-back", "2027-12-01")
        tab.goto(f"{here.url}/manage")
        row = tab.locator("#sheets tbody tr").filter(has_text="South Wales Police")
        expect(row).to_contain_text("Issued")

        tab.get_by_role("link", name="People").click()
        tab.locator("#people tbody tr").filter(has_text="sample.contact3@example.org").get_by_role(
            "button", name="Invite"
        ).click()
        address = tab.input_value("#invitation-link")
        _sound(tab)
        other = browser.new_context()
        lead = other.new_page()
        lead.goto(address)
        lead.fill("#name", "Lee Lead")
        lead.fill("#password", PASSWORD)
        lead.get_by_role("button", name="Make the account").click()
        lead.get_by_role("link", name="Not now").click()
        expect(lead.locator("h1")).to_have_text("South Wales Police")
        assert lead.get_by_text("Your sheet is due back on 1 December 2027").is_visible()
        lead.locator("#assignments ~ ul a").first.click()
        lead.fill("#progress_update", "The survey went to all 60 officers.")
        lead.get_by_role("button", name="Save and send").click()
        _settled(lead)
        expect(lead.locator("h1")).to_have_text("Received, not yet accepted")

        tab.goto(f"{here.url}/manage/returns")
        expect(tab.locator("#returns tbody tr")).to_have_count(1)
        said = cli("pull", str(tracker), "--from", here.url)
        assert "1 applied" in said or "applied" in said
        lead.reload()
        expect(lead.locator("h1")).to_have_text("Accepted")
        _sound(lead)
        assert (
            "Taken over (1)" in lead.locator("pre").inner_text()
            or "The survey went" in lead.locator("pre").inner_text()
        )
        with lead.expect_download() as download:
            lead.get_by_role("button", name="Download the receipt").click()
        assert download.value.suggested_filename == "Receipt SWP.xlsx"
        assert Path(download.value.path()).read_bytes().startswith(b"PK")

        tab.goto(f"{here.url}/manage/people")
        tab.locator("#people tbody tr").filter(has_text="sample.contact3@example.org").get_by_role(
            "button", name="Block"
        ).click()
        lead.goto(f"{here.url}/agency")
        assert lead.url.startswith(f"{here.url}/sign-in"), "who is blocked is out at the next click"
        tab.get_by_role("link", name="Audit").click()
        told = tab.locator("#audit").inner_text()
        for action in ("Token made", "Invited", "Published", "Handed in", "Receipt", "Blocked"):
            assert action in told, action
        context.close()
        other.close()


def test_an_agency_lead_answers_by_file_and_sees_what_could_not_be_read(
    here: Town, browser: Browser, tmp_path: Path
) -> None:
    context = here.context(browser, LEAD)
    tab = context.new_page()
    tab.goto(here.url)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download the sheet").click()
    assert download.value.suggested_filename == "SWP.xlsx"
    assert Path(download.value.path()).read_bytes() == here.issued()
    tab.get_by_role("button", name="Send it back").click()
    tab.get_by_role("button", name="Send", exact=True).click()
    expect(tab.get_by_role("alert")).to_contain_text("Choose your filled-in sheet first")
    _sound(tab)

    (tmp_path / "Our answers (final).xlsx").write_bytes(
        here.answered(progress_update="Workshops planned.", expected_on="soon")
    )
    tab.set_input_files("#file", tmp_path / "Our answers (final).xlsx")
    tab.get_by_role("button", name="Send", exact=True).click()
    _settled(tab)
    expect(tab.locator("h1")).to_have_text("Received, not yet accepted")
    expect(tab.locator("#outcome-1")).to_contain_text('"soon" is not a date')
    assert tab.get_by_text("Our answers (final).xlsx").is_visible()
    tab.get_by_role("link", name="Your sheet", exact=True).first.click()
    assert tab.get_by_text("Received, not yet accepted").first.is_visible()

    (tmp_path / "letter.xlsx").write_bytes(b"Dear Board, we did it all.")
    tab.goto(f"{here.url}/agency/send")
    tab.set_input_files("#file", tmp_path / "letter.xlsx")
    tab.get_by_role("button", name="Send", exact=True).click()
    _settled(tab)
    expect(tab.locator("h1")).to_have_text("This file could not be taken in")
    tab.get_by_role("link", name="What you sent").first.click()
    expect(tab.locator("#returns tbody tr")).to_have_count(2)
    context.close()


def test_an_agency_lead_answers_on_the_page_and_goes_on_to_the_next_row(here: Town, browser: Browser) -> None:
    """What is wrong is named and what was typed stays; what was sent stands in the form; it cannot be taken back unseen."""
    context = here.context(browser, LEAD)
    tab = context.new_page()
    tab.goto(f"{here.url}/agency")
    first = tab.locator("#assignments ~ ul a").first
    title, row = first.inner_text(), first.get_attribute("href")
    first.click()
    expect(tab.locator("h1")).to_contain_text(title[:60])
    tab.get_by_role("button", name="Save and send").click()
    expect(tab.get_by_role("alert")).to_contain_text("You have changed nothing here")

    tab.fill("#progress_update", "Line one\nLine two")
    tab.fill("#completed_on-day", "31")
    tab.fill("#completed_on-month", "9")
    tab.fill("#completed_on-year", "2026")
    tab.get_by_role("button", name="Save and send").click()
    expect(tab.get_by_role("alert")).to_contain_text("Completed on must be a real date")
    _sound(tab)
    assert tab.input_value("#progress_update") == "Line one\nLine two"
    assert tab.evaluate("document.activeElement.className").startswith("govuk-error-summary")
    tab.get_by_role("alert").get_by_role("link").click()
    assert tab.evaluate("document.activeElement.id") == "completed_on-day"
    tab.fill("#completed_on-month", "Awst")
    tab.get_by_label("Proposed complete").check()
    tab.get_by_role("button", name="Save and send").click()
    address = tab.url
    _settled(tab)
    expect(tab.locator("h1")).to_have_text("Received, not yet accepted")
    rows = tab.locator("#outcome-1 tbody tr")
    expect(rows).to_have_count(3)
    for said in ("Line two", "31 August 2026", "Proposed complete"):
        assert said in rows.all_inner_texts()[0] + rows.all_inner_texts()[1] + rows.all_inner_texts()[2], said
    tab.get_by_role("button", name=re.compile("Next: AS-")).click()
    assert tab.url != address

    tab.goto(f"{here.url}/agency")
    tab.locator(f'a[href="{row}"]').click()
    assert tab.input_value("#progress_update") == "Line one\nLine two"
    assert tab.get_by_text("not yet accepted").first.is_visible()
    tab.get_by_label("In progress").check()
    tab.get_by_role("button", name="Save and send").click()
    expect(tab.get_by_role("alert")).to_contain_text('You sent "Proposed complete" here')

    tab.goto(f"{here.url}/agency/send")
    tab.get_by_role("button", name="We looked at every row and nothing has changed").click()
    _settled(tab)
    expect(tab.locator(".tiles")).to_contain_text("Would be taken over0")
    context.close()


def test_an_agency_lead_adds_how_learning_was_shared(here: Town, browser: Browser) -> None:
    context = here.context(browser, LEAD)
    tab = context.new_page()
    tab.goto(f"{here.url}/agency")
    tab.get_by_role("button", name="Add how you shared a review's learning").click()
    tab.select_option("#method", "Training")
    tab.get_by_role("button", name="Save and send").click()
    expect(tab.get_by_role("alert")).to_contain_text("Pick the review whose learning was shared")
    tab.select_option("#review_id", index=1)
    tab.fill("#reach", "forty")
    tab.get_by_role("button", name="Save and send").click()
    expect(tab.get_by_role("alert")).to_contain_text('"forty" is not a whole number')
    tab.fill("#reach", "40")
    tab.get_by_role("button", name="Save and send").click()
    _settled(tab)
    expect(tab.locator("#outcome-1 tbody tr")).to_have_count(3)
    tab.goto(f"{here.url}/agency")
    assert tab.locator("#dissemination ~ ul").get_by_text("Received, not yet accepted").is_visible()
    context.close()


def test_on_a_phone_everything_fits_and_an_answer_is_sent(here: Town, browser: Browser) -> None:
    context = here.context(
        browser, LEAD, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    tab = context.new_page()
    tab.goto(f"{here.url}/agency")
    tab.locator("#assignments ~ ul a").nth(1).tap()
    tab.wait_for_url("**/agency/rows/assignments/*")
    tab.wait_for_load_state()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.fill("#barriers", "No trainer until May.")
    tab.get_by_label("Yes").tap()
    button = tab.get_by_role("button", name="Save and send")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    button.tap()
    _settled(tab)
    expect(tab.locator("#outcome-1 tbody tr")).to_have_count(2)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.wait_for_load_state()
    assert tab.evaluate("getComputedStyle(document.querySelector('#outcome-1 thead')).position") == "absolute"
    context.close()


def _press_until(tab: Page, test: str, key: str = "Tab") -> None:
    for _ in range(80):
        if tab.evaluate(f"(() => {{ const e = document.activeElement; return {test} }})()"):
            return
        tab.keyboard.press(key)
    pytest.fail(f"the keyboard does not reach {test}")


def test_by_keyboard_alone_an_answer_is_sent_and_the_focus_is_always_seen(
    here: Town, browser: Browser
) -> None:
    context = here.context(browser, LEAD)
    tab = context.new_page()
    tab.goto(f"{here.url}/agency")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main-content"
    _press_until(tab, "(e.getAttribute('href') || '').startsWith('/agency/rows/assignments/')")
    seen = tab.evaluate(
        "(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.boxShadow + s.backgroundColor })()"
    )
    assert "none" not in seen.split("rgb")[0] or "rgb(255, 221, 0)" in seen
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/agency/rows/assignments/*")
    _press_until(tab, "e.id === 'progress_update'")
    tab.keyboard.type("Sent by keyboard.")
    _press_until(tab, "e.tagName === 'BUTTON' && e.textContent.includes('Save and send')")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/agency/sent/*")
    _settled(tab)
    expect(tab.locator("#outcome-1")).to_contain_text("Sent by keyboard.")
    context.close()


def test_without_javascript_an_answer_is_sent_and_the_dashboard_is_filtered(
    here: Town, browser: Browser
) -> None:
    context = here.context(browser, LEAD, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{here.url}/agency")
    tab.locator("#assignments ~ ul a").first.click()
    tab.fill("#progress_update", "Without a script.")
    tab.get_by_role("button", name="Save and send").click()
    here.checked(tab.url.rpartition("/")[2])
    if tab.get_by_role("link", name="Look again").count():
        tab.get_by_role("link", name="Look again").click()
    expect(tab.locator("#outcome-1")).to_contain_text("Without a script.")
    tab.get_by_role("link", name="Where things stand").click()
    rows = tab.locator("#assignments article").count()
    tab.select_option("#by-area", "Cardiff")
    tab.get_by_role("button", name="Show", exact=True).click()
    assert "area=Cardiff" in tab.url
    assert tab.get_by_text("Filtered by Cardiff.").is_visible()
    assert 0 < tab.locator("#assignments article").count() < rows
    tab.get_by_role("link", name="Show all").click()
    assert tab.locator("#assignments article").count() == rows
    context.close()


def test_a_form_that_is_sent_twice_is_one_return(here: Town) -> None:
    lead = here.visitor(LEAD)
    row = open_sheet(FRAMEWORK, "x.xlsx", here.issued()).rows["acknowledgements"][0]
    form = {"acknowledged_by": "Lee Lead", "relevance": "We train all staff.", "key": "one-form"}
    first, second = (lead.post(f"/agency/rows/acknowledgements/{row.key}", form) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]


def test_a_board_member_sees_at_once_what_an_agency_has_just_sent(here: Town, browser: Browser) -> None:
    """Beside the tracker's own as at; counted nowhere else; gone from there when it is accepted is the pull's own test."""
    context = here.context(browser, BOARD)
    tab = context.new_page()
    tab.goto(here.url)
    expect(tab.locator("h1")).to_have_text("Where reviews and actions stand")
    assert tab.locator("#received").count() == 0
    tiles = tab.locator("dl.tiles").all_inner_texts()
    here.hand_in(
        OTHER_LEAD, here.answered("CARDIFF", progress_update="The new pathway is in use."), "cardiff.xlsx"
    )
    tab.reload()
    part = tab.locator("section").filter(has=tab.locator("#received"))
    expect(part).to_contain_text("Received, not yet accepted")
    expect(part).to_contain_text("The new pathway is in use.")
    expect(part).to_contain_text("Cardiff Council")
    assert tab.locator("dl.tiles").all_inner_texts() == tiles
    tab.select_option("#by-agency", "SWP")
    tab.get_by_role("button", name="Show", exact=True).click()
    assert not tab.get_by_text("The new pathway is in use.").count()
    for address in ("/agency", "/manage", "/manage/people", "/agency/sent"):
        assert here.visitor(BOARD).get(address).status_code in (403, 404), address
    context.close()


def test_a_member_who_is_made_inactive_is_out_at_the_next_click(here: Town, browser: Browser) -> None:
    context = here.context(browser, BOARD)
    tab = context.new_page()
    tab.goto(f"{here.url}/dashboard")
    expect(tab.locator("h1")).to_have_text("Where reviews and actions stand")

    def leaves(tracker: Tracker) -> Tracker:
        data = tracker["members"]
        return apply_edits(tracker, [set_cell(data, data.by_key[BOARD], "active", "No")])

    here.publish(leaves)
    tab.reload()
    assert "Where reviews and actions stand" not in tab.content()
    assert tab.url.startswith(f"{here.url}/sign-in")
    context.close()


@pytest.mark.parametrize("email", [NOBODY, STRANGER])
def test_a_member_of_nothing_is_told_so_and_sees_nothing(here: Town, browser: Browser, email: str) -> None:
    here.service.with_password(email)
    tab = browser.new_context().new_page()
    tab.goto(f"{here.url}/dashboard")
    tab.fill("#email", email)
    tab.fill("#password", PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.locator("h1")).to_have_text("You have an account, but no role")
    _sound(tab)
    tab.goto(f"{here.url}/dashboard")
    assert tab.url.startswith(f"{here.url}/sign-in")
    tab.context.close()


def test_on_paper_a_page_has_board_marking_and_day_and_no_buttons(
    here: Town, browser: Browser, tmp_path: Path
) -> None:
    import subprocess

    context = here.context(browser, LEAD)
    tab = context.new_page()
    tab.goto(f"{here.url}/agency")
    tab.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
    told = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"], check=True, capture_output=True, text=True
    ).stdout
    for words in (
        "Sample Safeguarding Board (invented)",
        "SAMPLE - INVENTED DATA",
        "As at",
        "South Wales Police",
        "Assignments",
    ):
        assert words in told, words
    for words in ("Sign out", "Download the sheet", "Send it back"):
        assert words not in told, words
    context.close()
