"""What is handed in is kept as it came, out of reach, under a name that says nothing, before anybody looks into it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from cvsb_xl.service.database import reading, upload
from cvsb_xl.service.jobs import check_waiting
from cvsb_xl.service.uploads import plain_name
from tests.service.rounds import LEADS, MANAGER, hand_in, lead, states, token_of
from tests.service.running import Service, served, settings_for

POLICE = {"email": LEADS["SWP"], "name": "Lead", "agency": "SWP", "agency_lead": "Yes"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("SWP.xlsx", "SWP.xlsx"),
        (r"C:\Users\ann\SWP.xlsx", "SWP.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("", "return.xlsx"),
        ("...", "return.xlsx"),
        (".xlsx", "return.xlsx"),
        ("a\u202excod.exe", "axcod.exe"),
        ("line\r\nbreak\0.xlsx", "linebreak.xlsx"),
        ("ŵyl 😀.xlsx", "ŵyl 😀.xlsx"),
        (f"{'x' * 400}.xlsx", f"{'x' * 114}.xlsx"),
        ("y" * 400, "y" * 120),
        ("half \ud83d.xlsx", "half.xlsx"),
    ],
)
def test_a_name_is_kept_as_words_alone(given: str, kept: str) -> None:
    assert plain_name(given) == kept
    assert len(plain_name(given)) <= 120


def test_it_lies_read_only_under_a_random_name_that_no_address_leads_to(service: Service) -> None:
    service.publish_members(POLICE)
    assert hand_in(lead(service, "SWP"), b"PK not really a workbook", name="../SWP.xlsx").status_code == 202
    with reading(service.state.engine) as conn:
        row = conn.execute(select(upload)).mappings().one()
    assert row["file_name"] == "SWP.xlsx"
    (path,) = [
        one
        for one in (service.state.settings.data / "files").rglob("*")
        if one.is_file() and one.read_bytes() == b"PK not really a workbook"
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert "SWP" not in str(path.relative_to(service.state.settings.data))
    assert service.visitor(token_of(service, LEADS["SWP"], "publish", "return", "verbs")).get(
        f"/api/returns/{row['id']}/file"
    ).status_code in (401, 403)


def test_empty_and_oversized_files_are_refused_in_words(tmp_path: Path) -> None:
    with served(settings_for(tmp_path / "data", upload_limit=2_000_000)) as service:
        service.publish_members(POLICE)
        empty = hand_in(lead(service, "SWP"), b"")
        assert (empty.status_code, empty.json()["code"]) == (422, "empty")
        large = hand_in(lead(service, "SWP"), b"PK" + b"x" * 2_000_000)
        assert (large.status_code, large.json()["code"]) == (413, "too-large")
        assert states(service) == {}


def test_nobody_hands_in_for_an_agency_that_is_not_theirs(service: Service) -> None:
    """A Review Manager answers for no agency; whoever is inactive is nobody at the next request."""
    service.publish_members({"email": MANAGER, "name": "Manager", "review_manager": "Yes"}, POLICE)
    manager = service.visitor(token_of(service, MANAGER, "return"))
    assert hand_in(manager, b"PK").json()["code"] == "no-agency"
    police = lead(service, "SWP")
    assert hand_in(police, b"PK 1").status_code == 202
    service.publish_members({**POLICE, "active": "No"})
    assert hand_in(police, b"PK 2").status_code in (401, 403)


def test_a_check_that_fails_again_and_again_is_given_up_in_words_and_the_file_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours must not keep an agency waiting for ever, nor lose what it sent."""
    from collections import Counter

    from cvsb_xl.service import uploads

    def fault(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(uploads, "plan_of", fault)
    monkeypatch.setattr("cvsb_xl.service.jobs.Embedded._run", lambda _: None)
    with served(settings_for(tmp_path / "data")) as service:
        service.publish_members(POLICE)
        hand_in(lead(service, "SWP"), b"PK 1")
        failed: Counter[str] = Counter()
        for _ in range(3):
            assert set(states(service).values()) == {("quarantined", "")}
            check_waiting(service.state, failed)
        ((state, reason),) = states(service).values()
        assert state == "refused"
        assert "through a fault of the service. Send the file to the Review Manager" in reason
        with reading(service.state.engine) as conn:
            key = conn.execute(select(upload.c.file_key)).scalar_one()
        assert service.state.files.get(key) == b"PK 1"
