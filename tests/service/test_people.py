"""Who somebody is: Members of the newest publication says so, at each request."""

from __future__ import annotations

from sqlalchemy import select, update

from cvsb_xl.service.database import account, reading, token, writing
from cvsb_xl.service.people import Person, person_of
from tests.service.running import Service

ANN = {"email": "Ann@Example.org", "name": "Ann Price", "board": "Yes"}


def who(service: Service, account_id: str) -> Person | None:
    with reading(service.state.engine) as conn:
        return person_of(conn, service.state.files, account_id)


def test_a_member_made_inactive_is_out_at_the_next_request(service: Service) -> None:
    service.publish_members(ANN)
    visitor = service.signed_in("ann@example.org")
    assert visitor.get("/account").status_code == 200
    service.publish_members({**ANN, "active": "No"})
    assert visitor.get("/account").status_code == 303
    assert visitor.get("/dashboard").headers["location"].startswith("/sign-in")
    service.publish_members(ANN)
    assert visitor.get("/account").status_code == 200, "and in again, should the manager have been mistaken"


def test_so_is_one_whose_row_or_last_role_is_taken_away_and_one_who_is_blocked(service: Service) -> None:
    service.publish_members(ANN)
    visitor = service.signed_in("ann@example.org")
    account_id = service.account("ann@example.org")
    for rows in ([], [{**ANN, "board": None}]):
        service.publish_members(*rows)
        assert visitor.get("/account").status_code == 303
    service.publish_members(ANN)
    with writing(service.state.engine) as conn:
        conn.execute(update(account).where(account.c.id == account_id).values(disabled=True))
    assert visitor.get("/account").status_code == 303


def test_a_token_of_somebody_who_left_is_worth_nothing(service: Service) -> None:
    manager = {"email": "boss@example.org", "review_manager": "Yes"}
    service.publish_members(manager)
    program = service.with_token("boss@example.org", "publish")
    assert program.get("/api/publications/latest").status_code == 200
    service.publish_members({**manager, "active": "No"})
    assert program.get("/api/publications/latest").status_code == 401


def test_when_a_token_was_last_used_is_known(service: Service) -> None:
    service.publish_members({"email": "boss@example.org", "review_manager": "Yes"})
    program = service.with_token("boss@example.org", "publish")

    def used() -> object:
        with reading(service.state.engine) as conn:
            return conn.execute(select(token.c.used_at)).scalar_one()

    assert used() is None
    program.get("/api/publications/latest")
    assert used() is not None


def test_roles_agency_and_language_are_those_of_members(service: Service) -> None:
    account_id = service.account("ann@example.org", name="As she typed it")
    row = {**ANN, "crg": "Yes", "agency_lead": "Yes", "agency": "SWP", "language": "Cymraeg"}
    service.publish_members(row)
    person = who(service, account_id)
    assert person is not None
    assert person.roles == {"board", "crg", "agency_lead"}
    assert (person.name, person.agency, person.language) == ("Ann Price", "SWP", "cy")


def test_an_agency_lead_without_an_agency_leads_none(service: Service) -> None:
    account_id = service.account("ann@example.org")
    service.publish_members({"email": "ann@example.org", "agency_lead": "Yes"})
    assert who(service, account_id) is None


def test_the_first_account_is_the_managers_until_members_says_otherwise(service: Service) -> None:
    first = service.account("first@example.org", founder=True)
    manager = {"email": "boss@example.org", "review_manager": "Yes"}
    assert who(service, first).roles == {"review_manager"}, "before the first publication"  # type: ignore[union-attr]
    service.publish_members(manager)
    assert who(service, first).roles == {"review_manager"}, "the other one has no account yet"  # type: ignore[union-attr]
    service.account("boss@example.org")
    assert who(service, first) is None, "somebody else keeps the tracker now"
    service.publish_members(manager, {"email": "first@example.org", "board": "Yes"})
    assert who(service, first).roles == {"board"}  # type: ignore[union-attr]
    service.publish_members({"email": "first@example.org", "review_manager": "Yes", "active": "No"})
    assert who(service, first) is None


def test_a_review_manager_goes_nowhere_without_a_second_step(service: Service) -> None:
    service.publish_members({"email": "boss@example.org", "review_manager": "Yes"})
    visitor = service.signed_in("boss@example.org", two_step=False)
    for path in ("/", "/dashboard", "/manage", "/manage/people"):
        assert visitor.get(path).headers["location"] == "/account/two-step", path
    assert visitor.get("/account/two-step").status_code == 200
    sheet = {"file": ("sheet.xlsx", b"x")}
    assert visitor.request("POST", "/api/returns", files=sheet).json()["code"] == "two-step"
    assert service.signed_in("boss@example.org").get("/manage").status_code == 200
