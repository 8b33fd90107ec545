"""Whatever breaks, and however often, running it again ends where an unbroken run ends: nothing lost, nothing doubled."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from cvsb_xl.hosts import file as host
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.hosts.remote import Remote, Unreachable
from cvsb_xl.service import audit
from cvsb_xl.service.database import publication, reading, sheet, upload
from cvsb_xl.service.uploads import settle, waiting
from tests.service.crowd import email, tracker_file
from tests.service.rounds import Manager, hand_in, issued_sheet, states, token_of, typed
from tests.service.running import Service, served, settings_for

pytestmark = pytest.mark.slow

FATES = st.lists(
    st.sampled_from(["request lost", "answer lost", "killed before saving", "killed after saving"]),
    max_size=4,
)


def broken(patch: pytest.MonkeyPatch, fate: str) -> None:
    """Have the next command meet its fate."""
    call: Callable[..., bytes] = Remote._call
    save: Callable[..., None] = host.save_edits

    def through(self: Remote, method: str, *rest: Any) -> bytes:
        if method == "GET":
            return call(self, method, *rest)
        if fate == "killed after saving":
            raise KeyboardInterrupt
        if fate == "answer lost":
            call(self, method, *rest)
        raise Unreachable("The connection broke.")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    patch.setattr(Remote, "_call", through)
    if fate == "killed before saving":
        patch.setattr(host, "save_edits", killed)
        patch.setattr("cvsb_xl.hosts.connections.Outbox.take_out", lambda *_: None)  # a kill runs no clean-up
    assert save is not None


def run(manager: Manager, command: str, fates: list[str]) -> None:
    for fate in fates:
        with pytest.MonkeyPatch.context() as patch:
            broken(patch, fate)
            manager.run(command)
    done = manager.run(command)
    assert done.exit_code in (0, 1), (done.output, done.exception)
    assert "not at the service" not in done.output


@settings(max_examples=6, deadline=None)
@given(publishing=FATES, pulling=FATES)
def test_running_it_again_ends_where_an_unbroken_run_ends(publishing: list[str], pulling: list[str]) -> None:
    with tempfile.TemporaryDirectory() as made, served(settings_for(Path(made) / "data")) as service:
        manager = Manager(Path(made), service)
        manager.tracker.write_bytes(tracker_file(2))
        run(manager, "publish", publishing)
        police = service.visitor(token_of(service, email(0), "return"))
        hand_in(police, typed(issued_sheet(service, "AG00"), {"Barriers": "No room"}))
        _check(service)
        run(manager, "pull", pulling)
        run(manager, "publish", [])
        tracker = open_tracker(manager.tracker).tracker
        assert [row.text("barriers") for row in tracker["assignments"]] == ["No room", ""]
        assert [state for state, _ in states(service).values()] == ["accepted"]
        issued = {row.text("sheet_id") for row in tracker["returns"]}
        with reading(service.state.engine) as conn:
            numbers = list(
                conn.execute(select(publication.c.number).order_by(publication.c.number)).scalars()
            )
            assert numbers == list(range(1, len(numbers) + 1))
            assert conn.execute(select(func.count(publication.c.log_head.distinct()))).scalar_one() == len(
                numbers
            )
            assert set(conn.execute(select(sheet.c.sheet_id)).scalars()) <= issued, (
                "no sheet that the tracker does not know"
            )
            assert conn.execute(select(func.count()).select_from(upload)).scalar_one() == 1
            assert audit.verify(conn) == []
        assert "holds" in manager.said("log", str(manager.tracker), "verify")
        assert not list((manager.home / "to-send").rglob("*.json")), "nothing waits any more"


def _check(service: Service) -> None:
    with reading(service.state.engine) as conn:
        ids = waiting(conn)
    settle(service.state, ids)
    assert [state for state, _ in states(service).values()] == ["received"]
