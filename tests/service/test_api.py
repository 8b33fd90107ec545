"""The API lets in who may, takes what is whole, and does a button's work in a process of its own."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from cvsb_xl.commands import apart
from cvsb_xl.errors import CannotDo
from cvsb_xl.hosts.book import wanted_sheets
from cvsb_xl.hosts.json import value_to
from cvsb_xl.service.models import Publication
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.xlsx.read import read_book
from tests.service.rounds import LEADS, MANAGER, token_of
from tests.service.running import Service, Visitor

MEMBERS = (
    {"email": MANAGER, "name": "Manager", "review_manager": "Yes"},
    {"email": LEADS["SWP"], "name": "Police lead", "agency": "SWP", "agency_lead": "Yes"},
    {"email": "sample.chair@example.org", "name": "Chair", "board": "Yes"},
)
MINE = ["/api/me", "/api/publications/latest", "/api/returns", f"/api/returns/{'0' * 36}/file"]


def body(**changes: Any) -> dict[str, Any]:
    """A publication."""
    whole: dict[str, Any] = {
        "format": 1,
        "tracker_id": "T-TEST",
        "name": "Tracker.xlsx",
        "language": "en",
        "schema_version": "1",
        "as_at": "2027-03-31T09:00:00+00:00",
        "log": {"seq": 1, "head": "ab" * 16},
        "previous": None,
        "tables": {"agencies": [{"agency": "SWP", "name": "Police", "active_from": {"date": "2020-01-01"}}]},
        "sheets": [
            {
                "sheet_id": "S-1",
                "agency": "SWP",
                "issued_at": "2027-03-31T09:00:00+00:00",
                "due_back_on": None,
                "base_digest": "0" * 64,
                "file": base64.b64encode(b"PK\x03\x04 a workbook").decode(),
            }
        ],
    }
    return {**whole, **changes}


def manager(service: Service) -> Visitor:
    service.account(MANAGER, founder=True)
    return service.visitor(token_of(service, MANAGER, "publish", "verbs"))


def publish(who: Visitor, given: dict[str, Any], key: str = "key-00001") -> Any:
    return who.request("POST", "/api/publications", json=given, headers={"Idempotency-Key": key})


def test_only_the_review_managers_token_for_publishing_is_let_in(service: Service) -> None:
    service.publish_members(*MEMBERS)
    ok = token_of(service, MANAGER, "publish")
    refused = {
        "": 401,
        "cvsb_wrong": 401,
        token_of(service, MANAGER, "return", "verbs"): 401,
        token_of(service, LEADS["SWP"], "publish", "return", "verbs"): 403,
        token_of(service, "sample.chair@example.org", "publish"): 403,
        token_of(service, "stranger@example.org", "publish"): 401,
    }
    for path in MINE:
        assert service.visitor(ok).get(path).status_code in (200, 404)
        for secret, status in refused.items():
            answer = service.visitor(secret).get(path)
            assert answer.status_code == status, (path, secret[:9])
            assert set(answer.json()) >= {"code", "message"}
    assert service.signed_in(MANAGER).get("/api/returns").status_code == 401, "a browser's cookie is no token"


def test_the_same_key_is_the_same_publication_and_another_body_under_it_is_refused(service: Service) -> None:
    who = manager(service)
    first = publish(who, body())
    assert first.status_code == 201, first.text
    again = publish(who, body())
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    other = publish(who, body(name="Other.xlsx"))
    assert (other.status_code, other.json()["code"]) == (409, "key-used")


def test_a_publication_follows_on_the_newest_or_is_told_whose_is_newer(service: Service) -> None:
    who = manager(service)
    first = publish(who, body()).json()["id"]
    for wrong in (None, "0" * 36):
        stale = publish(who, body(previous=wrong, name="x"), "key-00002")
        assert (stale.status_code, stale.json()["code"]) == (409, "stale")
        assert "published a newer state of this tracker on" in stale.json()["message"]
    older = publish(who, body(previous=first, log={"seq": 0, "head": ""}), "key-00003")
    assert older.json()["code"] == "stale"
    foreign = publish(who, body(previous=first, tracker_id="T-OTHER"), "key-00004")
    assert foreign.json()["code"] == "other-tracker"
    sheets = [{**body()["sheets"][0], "sheet_id": "S-2"}]
    assert publish(who, body(previous=first, sheets=sheets), "key-00005").status_code == 201
    assert who.get("/api/publications/latest").json()["number"] == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"more": 1},
        {"tables": {"no-such-table": [{"a": 1}]}},
        {"tables": {"agencies": [{"no_such_field": 1}]}},
        {"tables": {"agencies": [{"agency": {"date": "yesterday"}}]}},
        {"tables": {"agencies": [{"agency": ["x"]}]}},
        {"tables": {"agencies": [{"agency": "a\u0000b"}]}},
        {"log": {"seq": -1, "head": ""}},
        {"log": {"seq": 2**40, "head": ""}},
        {"as_at": "2027-03-31T09:00:00"},
        {"tracker_id": "T 1\n"},
        {"sheets": [{**body()["sheets"][0], "file": "%%%%"}]},
        {"sheets": [{**body()["sheets"][0], "file": base64.b64encode(b"<html>").decode()}]},
        {"sheets": [body()["sheets"][0], body()["sheets"][0]]},
    ],
)
def test_what_is_not_whole_is_refused_and_nothing_of_it_kept(
    service: Service, changes: dict[str, Any]
) -> None:
    who = manager(service)
    answer = publish(who, body(**changes))
    assert answer.status_code == 422, answer.text
    assert who.get("/api/publications/latest").json()["code"] == "none-published"
    assert publish(who, body()).status_code == 201, "the key is still free"


def test_the_openapi_names_every_part_of_a_publication() -> None:
    assert set(Publication.model_json_schema()["required"]) == set(body())


def test_a_button_is_pressed_in_a_process_of_its_own(service: Service, tmp_path: Path) -> None:
    """The answer is that of the JSON door; who is signed in stands in the log as who did it."""
    from tests.service.rounds import Manager

    tracker = Manager(tmp_path, service).new().tracker
    request = {"workbook": workbook(tracker)}
    said = json.loads(apart.verbs(None)("update", {**request, "user": "Ann Example"}, False))
    assert said["failed"] == ""
    assert said["steps"]
    assert "Ann Example" in json.dumps(said["steps"])
    told = said["words"] + said["output"] + said["redo"]
    assert tempfile.gettempdir() not in told, "a place on the service's own disk means nothing to anybody"
    assert "cvsb update Tracker of Ann.xlsx" in told.replace('"', "")


def test_a_process_that_takes_too_much_is_ended_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cvsb_xl.commands import apart as module

    press = apart.verbs(None)
    with pytest.raises(CannotDo, match="holds no workbook"):
        press("update", {"workbook": 3, "user": "x"}, False)
    with pytest.raises(CannotDo, match="not as it should be"):
        press("update", {"workbook": {"name": "..", "sheets": [{"rows": "x"}]}, "user": "x"}, False)
    monkeypatch.setattr(module, "WALL_SECONDS", 0.05)
    with pytest.raises(CannotDo, match="took longer than"):
        press("update", {"workbook": {"name": "x", "sheets": []}, "user": "x"}, False)


def test_no_folder_of_the_service_is_merged_and_no_unknown_button_is_pressed(service: Service) -> None:
    """returns_folder in Settings names a folder on the manager's own computer, not on the service's."""
    service.publish_members(*MEMBERS)
    who = manager(service)
    given = {"workbook": {"name": "T.xlsx", "sheets": []}}
    assert who.request("POST", "/api/verbs/merge", json=given).json()["code"] in (
        "no-returns",
        "no-such-verb",
    )
    for verb in ("publish", "pull", "doctor", "..%2Fserve", "import"):
        assert who.request("POST", f"/api/verbs/{verb}", json=given).status_code == 404


def workbook(path: Path) -> dict[str, Any]:
    """A file's tables as a client sends them."""
    from cvsb_xl.framework.load import load_framework

    book = read_book(path.read_bytes(), name=path.name, only=wanted_sheets(load_framework()))
    return {
        "name": path.name,
        "sheets": [
            {
                "name": sheet.name,
                "visible": sheet.state == "visible",
                "rows": [[value_to(value) for value in row] for row in sheet.grid],
                "tables": [{"name": ref.name, "ref": ref.ref} for ref in sheet.tables],
                "formulas": [f"{column_letters(column)}{row}" for row, column in sheet.formulas],
            }
            for sheet in book.sheets.values()
        ],
    }


def test_a_text_that_postgresql_does_not_hold_is_a_wrong_form_and_no_fault(service: Service) -> None:
    """NUL: SQLite takes it, PostgreSQL does not, and no page or route need say so itself."""
    service.publish_members(*MEMBERS)
    answer = service.signed_in(MANAGER).post("/account/sessions/end", {"which": "a\0b"})
    assert answer.status_code in (404, 422)
