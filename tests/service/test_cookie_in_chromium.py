"""The session cookie in a real browser: `__Host-` wants HTTPS or a browser that trusts this computer's own address, as Chromium does."""

from __future__ import annotations

import pytest

from cvsb_xl.service import sessions
from tests.browser import chromium
from tests.service.running import PASSWORD, Service

pytestmark = pytest.mark.live


def test_chromium_keeps_the_cookie_on_loopback_out_of_scripts_reach_and_drops_it_on_signing_out(
    service: Service,
) -> None:
    service.publish_members({"email": "ann@example.org", "name": "Ann", "board": "Yes"})
    service.with_password("ann@example.org")
    with chromium() as browser:
        page = browser.new_page()
        page.goto(service.url + "/account")
        page.fill("#email", "ann@example.org")
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(service.url + "/account")
        (cookie,) = page.context.cookies()
        assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
            sessions.COOKIE,
            True,
            True,
            "Lax",
        )
        assert page.evaluate("document.cookie") == ""
        page.click("text=Sign out >> nth=0")
        page.wait_for_url("**/sign-in")
        assert page.context.cookies() == []


def test_a_form_on_another_sites_page_does_nothing_in_a_signed_in_browser(service: Service) -> None:
    service.publish_members({"email": "ann@example.org", "name": "Ann", "board": "Yes"})
    secret = service.signed_in("ann@example.org").cookies[sessions.COOKIE]
    with chromium() as browser:
        context = browser.new_context()
        context.add_cookies(
            [
                {
                    "name": sessions.COOKIE,
                    "value": secret,
                    "url": service.url.replace("http:", "https:"),
                    "secure": True,
                }
            ]
        )
        page = context.new_page()
        page.goto(service.url + "/account")
        assert "Your account" in page.title()
        page.route(
            "http://evil.example/",
            lambda route: route.fulfill(body=_FORM % service.url, content_type="text/html"),
        )
        page.goto("http://evil.example/")
        with page.expect_response("**/sign-out") as answered:
            page.click("button")
        assert answered.value.status == 403
        page.goto(service.url + "/account")
        assert "Your account" in page.title(), "still signed in"


_FORM = '<form method="post" action="%s/sign-out"><button>Win a prize</button></form>'
