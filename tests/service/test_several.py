"""Several processes of one service: what one of them does holds for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cvsb_xl.service import accounts, audit
from cvsb_xl.service.database import reading, writing
from tests.service.running import PASSWORD, Service, Visitor, served, settings_for

EMAIL = "ann@example.org"


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[tuple[Service, Service]]:
    settings = settings_for(tmp_path / "data", database_url)
    with served(settings) as one, served(settings) as other:
        one.publish_members({"email": EMAIL, "board": "Yes"})
        one.with_password(EMAIL)
        yield one, other


def on(service: Service, visitor: Visitor) -> Visitor:
    """Return the same browser as it comes to another process."""
    found = service.visitor()
    found.cookies = dict(visitor.cookies)
    return found


def test_a_session_is_good_in_each_and_ended_in_all(both: tuple[Service, Service]) -> None:
    one, other = both
    visitor = one.visitor()
    assert visitor.post("/sign-in", {"email": EMAIL, "password": PASSWORD}).status_code == 303
    assert on(other, visitor).get("/account").status_code == 200
    assert on(other, visitor).post("/sign-out").status_code == 303
    assert visitor.get("/account").status_code == 303


def test_wrong_passwords_count_together(both: tuple[Service, Service]) -> None:
    for number in range(accounts.FAILURES):
        both[number % 2].visitor().post("/sign-in", {"email": EMAIL, "password": "wrong"})
    for service in both:
        assert service.visitor().post("/sign-in", {"email": EMAIL, "password": PASSWORD}).status_code == 401


def test_a_link_works_once_in_all(both: tuple[Service, Service]) -> None:
    one, other = both
    with writing(one.state.engine) as conn:
        link = "/invitation/" + accounts.invite(conn, "bob@example.org", None, 72)
    form = {"name": "Bob", "password": PASSWORD}
    assert other.visitor().post(link, form).status_code in (
        303,
        403,
    )  # 403: made, and Members has no role for him
    assert one.visitor().post(link, form).status_code == 410


def test_what_is_published_through_one_holds_in_the_other_at_once(both: tuple[Service, Service]) -> None:
    one, other = both
    visitor = other.signed_in(EMAIL)
    assert visitor.get("/account").status_code == 200
    one.publish_members({"email": EMAIL, "board": "Yes", "active": "No"})
    assert visitor.get("/account").status_code == 303


def test_their_audit_is_one(both: tuple[Service, Service]) -> None:
    for number in range(6):
        both[number % 2].visitor().post("/sign-in", {"email": EMAIL, "password": "wrong"})
    with reading(both[0].state.engine) as conn:
        assert audit.verify(conn) == []
        assert audit.head(conn)[0] == 6
