"""Publish, hand in, pull: a round over a real service and real files, and what goes wrong on the way."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.hosts.heads import audit_head_in
from cvsb_xl.service.audit import verify
from cvsb_xl.service.database import audit, publication, reading, sheet, upload
from tests.service.rounds import Manager, hand_in, issued_sheet, lead, states, typed
from tests.service.running import Service


@pytest.fixture
def manager(tmp_path: Path, service: Service) -> Manager:
    return Manager(tmp_path, service).new()


def checked(service: Service, count: int = 1) -> dict[str, tuple[str, str]]:
    """Wait until that many uploads have left quarantine; on PostgreSQL do the worker's work here."""
    from cvsb_xl.service.uploads import settle, waiting

    until = time.monotonic() + 60
    while time.monotonic() < until:
        if service.state.engine.dialect.name == "postgresql":
            with reading(service.state.engine) as conn:
                ids = waiting(conn)
            assert settle(service.state, ids) == []
        found = states(service)
        if len(found) >= count and all(state != "quarantined" for state, _ in found.values()):
            return found
        time.sleep(0.05)
    raise AssertionError(f"still being checked: {states(service)}")


def counted(service: Service, table: object) -> int:
    with reading(service.state.engine) as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def test_a_round(manager: Manager, service: Service) -> None:
    """Publish; an agency finds its sheet, answers, hands it in; pull merges it as merge would, and the receipt goes back."""
    said = manager.run("publish")
    assert said.exit_code == 1, said.output
    assert "Held back, because it would carry what must not leave the board: VALE" in said.output
    assert f"is published at {service.url}, with" in said.output
    assert "South Wales Police" in said.output
    answer = typed(issued_sheet(service, "SWP"), {"Barriers": "The lead has left (invented)"})
    taken = hand_in(lead(service, "SWP"), answer)
    assert taken.status_code == 202, taken.text
    ((state, reason),) = checked(service).values()
    assert (state, reason) == ("received", "")
    with reading(service.state.engine) as conn:
        row = conn.execute(select(upload)).mappings().one()
    assert row["counts"]["applied"] == 1
    assert row["counts"]["read"] == sum(
        row["counts"][name] for name in ("applied", "unchanged", "conflicts", "rejected")
    )

    pulled = manager.run("pull", "--receipts", str(manager.folder / "receipts"))
    assert pulled.exit_code == 0, pulled.output
    assert "applied 1" in pulled.output
    assert any(
        row["barriers"] == "The lead has left (invented)"
        for row in open_tracker(manager.tracker).tracker["assignments"]
    )
    assert list((manager.folder / "receipts").glob("SWP-receipt*.xlsx"))
    with reading(service.state.engine) as conn:
        row = conn.execute(select(upload)).mappings().one()
    assert row["state"] == "accepted"
    receipt = manager.folder / "receipt.xlsx"
    receipt.write_bytes(service.state.files.get(row["receipt_key"]))
    heads = {audit_head_in(path) for path in (receipt, *(manager.folder / "receipts").iterdir())}
    assert len(heads) == 1, "both receipts carry the audit's head, as workbook and as text"
    with reading(service.state.engine) as conn:
        assert verify(conn, heads.pop()) == []
    text = service.state.files.get(row["receipt_text_key"]).decode()
    assert "Taken over (1)" in text
    assert "Audit head: " in text
    (kept,) = (manager.folder / "receipts").glob("SWP-receipt*.txt")
    assert kept.read_text() == text, "the receipt kept beside the tracker carries the audit's head, too"

    assert "No return waits" in manager.run("pull").output
    manager.run("publish")
    with reading(service.state.engine) as conn:
        row = conn.execute(select(upload)).mappings().one()
        numbers = conn.execute(select(publication.c.number)).scalars().all()
    assert sorted(numbers) == [1, 2]
    assert row["accepted_publication"] is not None, "the publication that shows it is known"


def test_what_the_plan_says_is_what_pull_does(manager: Manager, service: Service) -> None:
    """Applied, rejected and conflicting cells are foretold as they then come."""
    manager.run("publish")
    sent = typed(
        issued_sheet(service, "SWP"),
        {"Barriers": "x", "Progress": "half done", "Expected on": "03/04/27"},
    )
    hand_in(lead(service, "SWP"), sent)
    checked(service)
    with reading(service.state.engine) as conn:
        before = dict(conn.execute(select(upload.c.counts)).scalar_one())
    assert before["rejected"] == 2
    manager.run("pull")
    with reading(service.state.engine) as conn:
        assert dict(conn.execute(select(upload.c.counts)).scalar_one()) == before


def test_the_plan_knows_an_earlier_return_from_a_change_by_hand(manager: Manager, service: Service) -> None:
    """Of the change log only that is published which tells them apart; the plan's reasons are then the merge's."""
    from cvsb_xl.service.uploads import plan_kept

    manager.run("publish")
    old = issued_sheet(service, "SWP")
    hand_in(lead(service, "SWP"), typed(old, {"Barriers": "first (invented)"}))
    checked(service)
    manager.run("pull")
    manager.run("publish")
    hand_in(lead(service, "SWP"), typed(old, {"Barriers": "second (invented)"}))
    checked(service, 2)
    with reading(service.state.engine) as conn:
        key = conn.execute(select(upload.c.plan_key).where(upload.c.state == "received")).scalar_one()
    (cell,) = plan_kept(service.state, key)["cells"]
    assert (cell["outcome"], cell["reason"]) == ("conflict", "which-is-newer")
    assert "tracker" not in cell, "the tracker's own words are not the agency's to see"
    said = json.loads(manager.run("pull", "--format", "json").stdout)
    (merged,) = said["returns"]
    assert [(one["key"], one["reason"]) for one in merged["cells"]] == [(cell["key"], cell["reason"])]


def test_after_an_undo_what_was_taken_in_can_be_pulled_again(manager: Manager, service: Service) -> None:
    """The service keeps every return; the tracker takes it in again, and the agency gets no second receipt."""
    manager.run("publish")
    hand_in(lead(service, "SWP"), typed(issued_sheet(service, "SWP"), {"Barriers": "first (invented)"}))
    checked(service)
    manager.run("pull")
    manager.run("undo")
    barriers = [row["barriers"] for row in open_tracker(manager.tracker).tracker["assignments"]]
    assert "first (invented)" not in barriers
    assert "No return waits" in manager.run("pull").output
    said = manager.run("pull", "--again")
    assert "0, and 1 that were taken in before" in said.output
    assert "applied 1" in said.output
    assert "Receipts on the agencies' pages: 0." in said.output
    assert "applied 0" in manager.run("pull", "--again").output, "taken in twice it is taken in once"


def test_a_dry_run_sends_and_changes_nothing(manager: Manager, service: Service) -> None:
    held = manager.tracker.read_bytes()
    said = manager.run("publish", "--dry-run")
    assert "Dry run: nothing was sent or changed." in said.output
    assert manager.tracker.read_bytes() == held
    assert counted(service, publication) == 0
    manager.run("publish")
    hand_in(lead(service, "SWP"), typed(issued_sheet(service, "SWP"), {"Barriers": "x"}))
    checked(service)
    held = manager.tracker.read_bytes()
    said = manager.run("pull", "--dry-run")
    assert "Dry run: nothing was changed." in said.output
    assert "applied 1" in said.output
    assert manager.tracker.read_bytes() == held
    assert [state for state, _ in states(service).values()] == ["received"]


def test_publishing_again_what_has_not_changed_does_nothing(manager: Manager, service: Service) -> None:
    first = manager.run("publish")
    held = manager.tracker.read_bytes()
    said = manager.run("publish")
    assert "nothing has changed since. Nothing was sent." in said.output
    at = first.output.index("Nothing to send to: ") if "Nothing to send to: " in first.output else 0
    told = first.output[at or first.output.index("Held back") :].partition("When agencies have sent")[0]
    assert told in said.output, "what was held back the first time is held back still"
    assert said.exit_code == first.exit_code == 1
    assert list(json.loads(manager.run("publish", "--format", "json").stdout)["held_back"]) == ["VALE"]
    assert manager.tracker.read_bytes() == held
    assert counted(service, publication) == 1


def test_an_older_copy_is_told_who_published_what(manager: Manager, service: Service, tmp_path: Path) -> None:
    manager.run("publish")
    other = Manager(tmp_path, service, name="Ben")
    other.tracker.write_bytes(manager.tracker.read_bytes())
    assert "nothing has changed since" in other.run("publish").output
    manager.run("publish", "--due-back", "2027-05-01")
    held = other.tracker.read_bytes()
    for command in ("publish", "pull"):
        said = other.run(command)
        assert said.exit_code == 1, said.output
        assert "published a newer state of this tracker on" in str(said.exception)
    assert other.tracker.read_bytes() == held
    assert counted(service, publication) == 2


def test_another_tracker_is_refused(manager: Manager, service: Service, tmp_path: Path) -> None:
    manager.run("publish")
    other = Manager(tmp_path, service, name="Ben").new()
    said = other.run("publish")
    assert "serves another tracker" in str(said.exception)
    assert counted(service, publication) == 1


def test_two_publishers_at_once_one_wins_and_the_other_is_told(
    manager: Manager, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ben's publish is between asking for the newest state and sending when Ann's arrives."""
    from cvsb_xl.hosts.remote import Remote

    manager.run("publish")
    other = Manager(tmp_path, service, name="Ben")
    other.tracker.write_bytes(manager.tracker.read_bytes())
    send = Remote.publish

    def first_ann(self: Remote, key: str, body: dict[str, object]) -> object:
        monkeypatch.setattr(Remote, "publish", send)
        assert manager.run("publish", "--due-back", "2027-05-01").exit_code == 1
        return send(self, key, body)

    monkeypatch.setattr(Remote, "publish", first_ann)
    said = other.run("publish", "--due-back", "2027-06-01")
    assert said.exit_code == 1
    assert "But it is not at the service." in said.output
    assert "published a newer state of this tracker" in said.output
    assert counted(service, publication) == 2
    again = other.run("publish")
    assert "published a newer state" in str(again.exception), "nothing of Ben's waits to be sent any more"


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_lost_connection_is_made_good_by_running_it_again(
    manager: Manager, service: Service, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """Neither a request that never arrived nor an answer that was lost loses or doubles anything."""
    from cvsb_xl.hosts.remote import Remote, Unreachable

    send = Remote._call

    def broken(self: Remote, method: str, *rest: object) -> bytes:
        if method in ("POST", "PUT"):
            if lost == "answer":
                send(self, method, *rest)  # type: ignore[arg-type]
            raise Unreachable("The connection broke.")
        return send(self, method, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Remote, "_call", broken)
    said = manager.run("publish", "--due-back", "2027-05-01")
    assert said.exit_code == 1
    assert "is saved, and 11 sheets are issued in it" in said.output
    assert "But it is not at the service. The connection broke." in said.output
    monkeypatch.setattr(Remote, "_call", send)
    saved = manager.tracker.read_bytes()
    again = manager.run("publish", "--due-back", "2027-05-01")
    assert again.exit_code == 1, "what was held back is held back still"
    assert "must not leave the board: VALE" in again.output
    assert "had been waiting, and is sent now" in again.output
    assert "is published at" in again.output
    assert "Nothing was sent" not in again.output
    assert manager.tracker.read_bytes() == saved
    assert counted(service, publication) == 1
    issued = {
        row.text("sheet_id")
        for row in open_tracker(manager.tracker).tracker["returns"]
        if row["state"] == "Issued"
    }
    with reading(service.state.engine) as conn:
        there = set(conn.execute(select(sheet.c.sheet_id).where(sheet.c.current.is_(True))).scalars())
    assert there <= issued

    hand_in(lead(service, "SWP"), typed(issued_sheet(service, "SWP"), {"Barriers": "x"}))
    checked(service)
    monkeypatch.setattr(Remote, "_call", broken)
    said = manager.run("pull")
    assert said.exit_code == 1
    assert "The tracker is saved, but 1 receipt could not be sent yet. The connection broke." in said.output
    monkeypatch.setattr(Remote, "_call", send)
    saved = manager.tracker.read_bytes()
    again = manager.run("pull")
    assert "The receipt of SWP for SWP.xlsx had been waiting, and is sent now." in again.output
    assert "No return waits" in again.output
    assert manager.tracker.read_bytes() == saved
    assert [state for state, _ in states(service).values()] == ["accepted"]


def test_killed_before_the_tracker_was_saved_nothing_is_said_that_was_not_done(
    manager: Manager, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits to be sent tells of a state that never came to be: it is dropped, and made anew."""
    from cvsb_xl.hosts import file

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    manager.run("publish")
    hand_in(lead(service, "SWP"), typed(issued_sheet(service, "SWP"), {"Barriers": "x"}))
    checked(service)
    save = file.save_edits
    monkeypatch.setattr(file, "save_edits", killed)
    manager.run("pull")
    monkeypatch.setattr(file, "save_edits", save)
    assert [state for state, _ in states(service).values()] == ["received"]
    said = manager.run("pull")
    assert "was not sent: the tracker was not saved then" in said.output
    assert "applied 1" in said.output
    assert [state for state, _ in states(service).values()] == ["accepted"]


def test_the_same_bytes_from_the_same_agency_are_the_same_upload(manager: Manager, service: Service) -> None:
    manager.run("publish")
    police = lead(service, "SWP")
    data = typed(issued_sheet(service, "SWP"), {"Barriers": "x"})
    first = hand_in(police, data, key="key-00001").json()
    assert first["again"] is False
    assert hand_in(police, data, key="key-00001").json() == {**first, "again": True}
    checked(service)
    again = hand_in(police, data, name="copy.xlsx", key="key-00002").json()
    assert (again["id"], again["again"], again["state"]) == (first["id"], True, "received")
    manager.run("pull")
    assert hand_in(police, data).json()["state"] == "accepted"
    assert counted(service, upload) == 1


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("another agency's", "another agency's sheet"),
        ("tracker", "is a tracker, not an agency sheet"),
        ("no workbook", "is a web page (HTML)"),
        ("changed base", "changed or damaged"),
        ("other rows", "not your agency's"),
    ],
)
def test_what_is_no_return_of_this_agency_is_refused_in_words(
    manager: Manager, service: Service, what: str, words: str
) -> None:
    manager.run("publish")
    own, other = issued_sheet(service, "SWP"), issued_sheet(service, "CVUHB")
    data = {
        "another agency's": other,
        "tracker": manager.tracker.read_bytes(),
        "no workbook": b"<html>my answers</html>",
        "changed base": _carrier_changed(own),
        "other rows": _without_carrier(other),
    }[what]
    assert hand_in(lead(service, "SWP"), data).status_code == 202
    ((state, reason),) = checked(service).values()
    assert state == "refused"
    assert words in reason
    assert "CVUHB" not in reason
    assert "No return waits" in manager.run("pull").output


def test_a_sheet_without_its_base_is_received_and_waits_in_conflicts(
    manager: Manager, service: Service
) -> None:
    manager.run("publish")
    data = _without_carrier(typed(issued_sheet(service, "SWP"), {"Barriers": "x"}))
    hand_in(lead(service, "SWP"), data)
    ((state, _),) = checked(service).values()
    assert state == "received"
    with reading(service.state.engine) as conn:
        assert conn.execute(select(upload.c.counts)).scalar_one()["applied"] == 0
    said = manager.run("pull")
    assert "applied 0" in said.output
    assert [state for state, _ in states(service).values()] == ["accepted"]


def test_no_cell_value_name_or_token_is_in_the_log_or_the_audit(
    manager: Manager, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="cvsb.service")
    secret = "Gwenllian of Harbour Street (invented)"
    manager.run("publish")
    hand_in(
        lead(service, "SWP"),
        typed(issued_sheet(service, "SWP"), {"Barriers": secret}),
        name=f"{secret}.xlsx",
    )
    checked(service)
    manager.run("pull")
    with reading(service.state.engine) as conn:
        kept = json.dumps([tuple(map(str, row)) for row in conn.execute(select(audit)).all()])
    for text in (caplog.text, kept):
        assert text
        for hidden in (secret, "Sample Contact", "example.org", manager.token):
            assert hidden not in text


def test_the_key_of_the_tracker_the_words_of_its_log_and_referrals_never_leave_it(
    manager: Manager, service: Service
) -> None:
    secret = "Gwenllian of Harbour Street (invented)"
    tracker = open_tracker(manager.tracker).tracker
    manager.run("publish")
    with reading(service.state.engine) as conn:
        key = conn.execute(select(publication.c.tables_key)).scalar_one()
    import gzip

    sent = gzip.decompress(service.state.files.get(key)).decode()
    assert tracker.meta["key"] not in sent
    assert secret not in sent
    subjects = {row.text("subject_ref") for row in tracker["referrals"]} - {""}
    rationales = {row.text("rationale") for row in tracker["referrals"]} - {""}
    assert subjects
    assert rationales
    for words in subjects | rationales:
        assert json.dumps(words)[1:-1] not in sent


def _without_carrier(data: bytes) -> bytes:
    """The sheet's rows pasted into a new workbook."""
    import io

    import openpyxl

    from cvsb_xl.xlsx.read import read_book

    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Assignments"
    for row in read_book(data, name="x.xlsx").sheets["Assignments"].grid:
        page.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _carrier_changed(data: bytes) -> bytes:
    from cvsb_xl.xlsx.change import WorkbookChange
    from cvsb_xl.xlsx.patch import change_workbook
    from cvsb_xl.xlsx.read import read_book

    book = read_book(data, name="x.xlsx")
    grid = book.sheets["_cvsb"].grid
    at = next(number for number, row in enumerate(grid, 1) if row[0] == "base-1")
    text = str(grid[at - 1][1])
    return change_workbook(data, WorkbookChange(cells={("_cvsb", f"B{at}"): text.replace("null", "true", 1)}))
