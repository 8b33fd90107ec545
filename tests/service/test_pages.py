"""The pages over HTTP, on SQLite and PostgreSQL: what the Review Manager can do to whom, and one's own account."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from cvsb_xl.hosts.agency_sheet import open_sheet
from cvsb_xl.service.database import audit, reading
from cvsb_xl.tracker.edits import apply_edits, set_cell
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import as_text
from tests.service.running import PASSWORD, Service
from tests.service.town import BOARD, FRAMEWORK, LEAD, MANAGER, NOBODY, OTHER_LEAD, OWN, Town


@pytest.fixture
def here(service: Service) -> Town:
    found = Town(service)
    found.publish()
    return found


def _row_of(page: str, email: str) -> str:
    """Return somebody's row of the page People."""
    return next(row for row in page.split("<tr") if email in row and "rowheader" in row)


def test_people_are_those_of_members_with_what_each_account_is(here: Town) -> None:
    here.service.signed_in(LEAD)
    page = here.visitor(MANAGER).get("/manage/people").text
    assert "Has an account" in _row_of(page, LEAD)
    assert "1 session" in _row_of(page, LEAD)
    assert "Agency lead" in _row_of(page, LEAD)
    assert "None: not in Members, or inactive" in _row_of(page, NOBODY)
    assert "This is you" in _row_of(page, MANAGER)


def test_an_invitation_is_shown_once_and_lets_in_who_was_invited(here: Town) -> None:
    manager = here.visitor(MANAGER)
    answer = manager.post("/manage/people/invite", {"email": " New.Person@example.org "})
    found = re.search(r'id="invitation-link"[^>]*value="([^"]+)"', answer.text)
    assert found is not None
    link = found[1]
    assert "sets the password of this account" in answer.text
    assert link.startswith(f"{here.url}/invitation/")
    again = manager.get("/manage/people").text
    assert link.rpartition("/")[2] not in again
    assert "Invited" in _row_of(again, "new.person@example.org")
    made = here.service.visitor().post(
        link.removeprefix(here.url), {"name": "New Person", "password": PASSWORD}
    )
    assert made.status_code == 403, "there is an account, and Members gives it no role yet"
    assert "no role" in made.text


@pytest.mark.parametrize("typed", ["", "no address", "a b@example.org", "x@y", "x" * 300 + "@example.org"])
def test_what_is_no_address_is_not_invited(here: Town, typed: str) -> None:
    answer = here.visitor(MANAGER).post("/manage/people/invite", {"email": typed})
    assert answer.status_code == 422
    assert "Give an e-mail address" in answer.text


def test_who_is_blocked_is_out_at_once_until_unblocked_and_nobody_blocks_themselves(here: Town) -> None:
    manager, lead = here.visitor(MANAGER), here.visitor(LEAD)
    lead_id, own_id = here.service.account(LEAD), here.service.account(MANAGER)
    assert lead.get("/agency").status_code == 200
    assert manager.post(f"/manage/people/{lead_id}/block").status_code == 303
    assert lead.get("/agency").headers["location"].startswith("/sign-in")
    assert "Blocked" in _row_of(manager.get("/manage/people").text, LEAD)
    assert manager.post(f"/manage/people/{lead_id}/unblock").status_code == 303
    assert lead.get("/agency").status_code == 303, "the session that was ended stays ended"
    assert here.visitor(LEAD).get("/agency").status_code == 200
    assert manager.post(f"/manage/people/{own_id}/block").status_code == 409
    for what in ("block", "unblock", "sign-out"):
        assert manager.post(f"/manage/people/00000000-0000-4000-8000-000000000000/{what}").status_code == 404


def test_a_link_that_was_open_when_its_person_was_blocked_lets_nobody_in(here: Town) -> None:
    manager, lead_id = here.visitor(MANAGER), here.service.account(LEAD)
    shown = manager.post("/manage/people/invite", {"email": LEAD}).text
    link = re.search(r"/invitation/[\w-]+", shown)
    assert link is not None
    assert here.service.visitor().get(link[0]).status_code == 200
    manager.post(f"/manage/people/{lead_id}/block")
    assert here.service.visitor().get(link[0]).status_code == 410
    form = {"name": "Lead", "password": PASSWORD}
    assert here.service.visitor().post(link[0], form).status_code == 410
    assert "Blocked" in _row_of(manager.get("/manage/people").text, LEAD)


def test_the_review_manager_ends_every_session_of_somebody(here: Town) -> None:
    manager, one, other = here.visitor(MANAGER), here.visitor(BOARD), here.visitor(BOARD)
    manager.post(f"/manage/people/{here.service.account(BOARD)}/sign-out")
    assert {one.get("/dashboard").status_code, other.get("/dashboard").status_code} == {303}


def test_a_token_is_shown_once_and_can_be_ended(here: Town) -> None:
    manager = here.visitor(MANAGER)
    assert "Give the token a name" in manager.post("/manage/tokens", {"scope": "publish"}).text
    assert "Say what the token is for" in manager.post("/manage/tokens", {"name": "laptop"}).text
    made = manager.post("/manage/tokens", {"name": "office laptop", "scope": ["publish"]})
    found = re.search(r'value="(cvsb_[\w-]+)"', made.text)
    assert found is not None
    page = manager.get("/manage/tokens").text
    assert found[1] not in page
    program = here.service.visitor(found[1])
    assert program.get("/api/publications/latest").status_code == 200
    rows = [row for row in page.split("<tr") if "office laptop" in row]
    path = re.search(r'action="(/manage/tokens/[\w-]+/end)"', rows[0])
    assert path is not None
    assert manager.post(path[1]).status_code == 303
    assert program.get("/api/publications/latest").status_code == 401


def test_the_audit_says_who_did_what_without_addresses_and_secrets(here: Town) -> None:
    manager = here.visitor(MANAGER)
    link = manager.post("/manage/people/invite", {"email": "new.person@example.org"}).text
    secret = re.search(r"/invitation/([\w-]+)", link)
    assert secret is not None
    manager.post(f"/manage/people/{here.service.account(BOARD)}/block")
    page = manager.get("/manage/audit").text
    for words in ("Mair Manager", "Invited", "Blocked", "account of Bryn Board", "Published"):
        assert words in page, words
    with reading(here.service.state.engine) as conn:
        held = " ".join(" ".join(map(str, row)) for row in conn.execute(select(audit)))
    for word in ("@", secret[1], "cvsb_"):
        assert word not in held.replace(here.publication, ""), word
    assert (
        "No." in manager.get("/manage/audit?page=999").text
        or "Nothing" in manager.get("/manage/audit?page=999").text
    )


def test_ones_own_account_shows_sessions_and_ends_the_others(here: Town) -> None:
    one, other = here.visitor(BOARD), here.visitor(BOARD)
    page = one.get("/account").text
    assert "Bryn Board" in page
    assert page.count("(this one)") == 1
    assert one.post("/account/sign-out-elsewhere").status_code == 303
    assert (one.get("/account").status_code, other.get("/account").status_code) == (200, 303)


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(here: Town) -> None:
    here.service.with_password(BOARD)
    one, other = here.visitor(BOARD), here.visitor(BOARD)
    new = "quiet green kettles singing"
    assert (
        "This is not your password now"
        in one.post("/account/password", {"old": "wrong one", "new": new}).text
    )
    assert "12 characters" in one.post("/account/password", {"old": PASSWORD, "new": "short"}).text
    assert "Your password is changed" in one.post("/account/password", {"old": PASSWORD, "new": new}).text
    assert (one.get("/account").status_code, other.get("/account").status_code) == (200, 303)
    signed = here.service.visitor()
    assert signed.post("/sign-in", {"email": BOARD, "password": PASSWORD}).status_code == 401


def test_every_page_says_board_marking_and_day_also_before_signing_in_and_where_something_is_wrong(
    here: Town,
) -> None:
    board, marking = here.tracker.setting("board_name"), here.tracker.setting("marking")
    for email, address in (
        ("", "/sign-in"),
        ("", "/help"),
        (LEAD, "/agency"),
        (LEAD, "/manage"),
        (LEAD, "/nowhere"),
        (MANAGER, "/manage"),
    ):
        page = here.visitor(email).get(address).text
        assert board in page, address
        assert marking in page, address
        assert ("As at " in page) == bool(email) or address in ("/sign-in", "/help"), address


def test_the_dashboard_takes_only_filters_that_it_offers(here: Town) -> None:
    board = here.visitor(BOARD)
    assert "Filtered by South Wales Police" in board.get("/dashboard?agency=SWP").text
    for query in ("agency=NONE", "review=<script>", "area=Mars"):
        assert "Nothing is filtered." in board.get(f"/dashboard?{query}").text, query


def test_what_was_just_sent_stands_on_the_pages_of_members_and_of_its_own_agency_alone(here: Town) -> None:
    here.hand_in(OTHER_LEAD, here.answered("CARDIFF", progress_update="The new pathway is in use."))
    board = here.visitor(BOARD)
    assert 'id="received"' in board.get("/dashboard").text
    assert 'id="received"' not in here.visitor(LEAD).get("/dashboard").text
    own = here.visitor(OTHER_LEAD).get("/dashboard").text
    assert 'id="received"' in own
    assert "The new pathway is in use." in own
    assert OWN not in own.split("What they say")[1].split("</table>")[0]


def test_a_lead_whose_agency_has_no_sheet_is_told_so(here: Town) -> None:
    here.service.publish_members({"email": "odd@example.org", "agency": "NOPE", "agency_lead": "Yes"})
    page = here.visitor("odd@example.org").get("/agency")
    assert page.status_code == 200
    assert "No sheet is published for you at present" in page.text
    assert here.visitor("odd@example.org").get("/agency/sheet").status_code == 404
    page = here.visitor("odd@example.org").get("/dashboard")
    assert page.status_code == 409
    assert "Members says that you answer for NOPE, which Agencies does not have" in page.text


def test_words_that_may_name_a_person_are_asked_about_before_they_are_sent(here: Town) -> None:
    """They are not repeated beyond their own box, and a lead who says that nobody is named is believed."""
    lead = here.visitor(LEAD)
    row = open_sheet(FRAMEWORK, "x.xlsx", here.issued()).rows["assignments"][0]
    address = f"/agency/rows/assignments/{row.key}"
    typed = {
        "progress_update": "Seen at home; NHS number 943 476 5919.",
        "progress": row["progress"],
        "key": "one",
    }
    sheet = open_sheet(FRAMEWORK, "x.xlsx", here.issued())
    form = {
        column.name: as_text(row[column.name]) for column in sheet.inputs(row) if column.field.type != "date"
    }
    for column in sheet.inputs(row):
        day = row[column.name]
        if isinstance(day, date):
            form |= {f"{column.name}-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
    form |= {name: str(value) for name, value in typed.items()}
    asked = lead.post(address, form)
    assert asked.status_code == 422
    assert "The text holds an NHS number" in asked.text
    assert asked.text.count("943 476 5919") == 1
    assert 'name="names-nobody"' in asked.text
    sent = lead.post(address, {**form, "names-nobody": "yes"})
    assert sent.status_code == 303
    plain = lead.post(
        address, {**form, "progress_update": "Forty of sixty staff were trained.", "key": "two"}
    )
    assert plain.status_code == 303


def test_words_of_a_file_that_may_name_a_person_are_pointed_out_to_both_sides(here: Town) -> None:
    """The service cannot ask before a file is sent; what it finds it says on the return's page, without repeating it there."""
    sent = here.hand_in(LEAD, here.answered(progress_update="NHS number 943 476 5919."))
    key = open_sheet(FRAMEWORK, "x.xlsx", here.issued()).rows["assignments"][0].key
    for email, base in ((LEAD, "/agency/sent"), (MANAGER, "/manage/returns")):
        notes = (
            here.visitor(email)
            .get(f"{base}/{sent}")
            .text.partition("About the file")[2]
            .partition("</ul>")[0]
        )
        assert f"{key}, Progress update: The text holds an NHS number" in notes
        assert "send the sheet again with other words" in notes
        assert "943 476 5919" not in notes
    plain = here.hand_in(LEAD, here.answered(progress_update="Sixty officers have answered."))
    assert "may name" not in here.visitor(LEAD).get(f"/agency/sent/{plain}").text
    assert "The text holds" not in here.visitor(LEAD).get(f"/agency/sent/{plain}").text


def test_an_agencys_page_that_would_carry_a_childs_number_is_held_back(here: Town) -> None:
    """Its sheet is not issued either; the one from before stays."""
    key = open_sheet(FRAMEWORK, "x.xlsx", here.issued()).rows["assignments"][0].key

    def slips(tracker: Tracker) -> Tracker:
        data = tracker["assignments"]
        return apply_edits(tracker, [set_cell(data, data.by_key[key], "evidence", "NHS number 943 476 5919")])

    before = here.issued()
    here.publish(slips)
    page = here.visitor(LEAD).get("/dashboard")
    assert "This page is held back" in page.text
    assert "943 476" not in page.text
    assert here.issued() == before
    assert here.visitor(LEAD).get("/agency").status_code == 200
    assert "This page is held back" not in here.visitor(BOARD).get("/dashboard").text


def test_an_agency_that_members_writes_in_small_letters_is_still_itself(here: Town) -> None:
    here.service.publish_members(
        {"email": "small@example.org", "agency": " swp", "agency_lead": "Yes"},
        agencies=[{"agency": "SWP", "name": "South Wales Police"}],
    )
    page = here.visitor("small@example.org").get("/agency")
    assert page.status_code == 200
    assert "South Wales Police" in page.text
    assert here.visitor("small@example.org").get("/agency/sheet").status_code == 200


def test_before_a_return_is_taken_in_its_page_never_says_that_the_tracker_holds_it(here: Town) -> None:
    sent = here.hand_in(LEAD, here.answered(progress_update="Sixty officers have answered."))
    for page in (
        here.visitor(LEAD).get(f"/agency/sent/{sent}").text,
        here.visitor(MANAGER).get(f"/manage/returns/{sent}").text,
    ):
        assert "Would be taken over" in page
        assert "It will stand in the tracker when it is taken in" in page
        assert "It stands in the tracker now" not in page


def test_an_agency_whose_first_sheet_is_held_back_is_named_to_the_review_manager(service: Service) -> None:
    """Nobody tells its lead that nothing is asked; once the words are out of the tracker it has its sheet."""
    here = Town(service)

    def slips(tracker: Tracker) -> Tracker:
        data = tracker["assignments"]
        row = next(row for row in data.rows if row["agency"] == OWN)
        return apply_edits(tracker, [set_cell(data, row, "evidence", "NHS number 943 476 5919")])

    def mended(tracker: Tracker) -> Tracker:
        data = tracker["assignments"]
        row = next(row for row in data.rows if "943 476" in row.text("evidence"))
        return apply_edits(tracker, [set_cell(data, row, "evidence", "Minutes of 3 March")])

    here.publish(slips)
    assert "South Wales Police" in _without_sheet(here)
    assert "or your sheet was held back" in here.visitor(LEAD).get("/agency").text
    here.publish(mended)
    assert "South Wales Police" not in _without_sheet(here)
    assert "held back" not in here.visitor(LEAD).get("/agency").text


def test_an_old_sheet_says_that_the_newest_publication_brought_none(service: Service) -> None:
    """A later sheet that is held back leaves the one before where it is; its lead and the Review Manager are told so."""
    here = Town(service)
    here.publish()
    manager, lead = here.visitor(MANAGER), here.visitor(LEAD)
    assert "earlier publication, because" not in manager.get("/manage").text
    assert "from an earlier publication" not in lead.get("/agency").text

    def slips(tracker: Tracker) -> Tracker:
        data = tracker["assignments"]
        row = next(row for row in data.rows if row["agency"] == OWN)
        return apply_edits(tracker, [set_cell(data, row, "evidence", "NHS number 943 476 5919")])

    before = here.issued()
    here.publish(slips)
    assert here.issued() == before
    told = manager.get("/manage").text.partition("because the newest brought none: ")[2]
    assert told.startswith("South Wales Police. Either")
    assert "This sheet is from an earlier publication" in lead.get("/agency").text
    assert "from an earlier publication" not in here.visitor(OTHER_LEAD).get("/agency").text


def _without_sheet(here: Town) -> str:
    page = here.visitor(MANAGER).get("/manage").text
    return page.partition("and without a sheet here: ")[2].partition("Why, and what to do")[0]
