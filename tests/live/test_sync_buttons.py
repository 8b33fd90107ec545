"""Publish and Pull pressed in LibreOffice, against a real service."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cvsb_xl.addin.build import with_ribbon
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.service.database import publication, reading
from tests.live.desk import at_desk
from tests.service.rounds import Manager, hand_in, issued_sheet, lead, states, typed
from tests.service.running import served, settings_for

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_what_is_published_and_handed_in_goes_there_and_comes_back_by_two_buttons(tmp_path: Path) -> None:
    with served(settings_for(tmp_path / "data")) as service:
        manager = Manager(tmp_path, service).new()
        board = tmp_path / "Board"
        board.mkdir()
        with at_desk(with_ribbon(manager.tracker.read_bytes()), manager.home, board) as desk:
            data = open_tracker(desk.tracker).tracker["settings"]
            row = data.by_key["service_address"].number
            desk.office.ask("write", "Settings", row, data.columns["value"], [[service.url]])

            assert "Press Publish once more to send it" in desk.press("CvsbPublish")
            with reading(service.state.engine) as conn:
                assert conn.execute(select(func.count()).select_from(publication)).scalar_one() == 0
            assert "The publication of Tracker.xlsm had been waiting, and is sent now" in desk.press(
                "CvsbPublish"
            )
            with reading(service.state.engine) as conn:
                assert conn.execute(select(func.count()).select_from(publication)).scalar_one() == 1

            answer = typed(issued_sheet(service, "SWP"), {"Barriers": "The lead has left (invented)"})
            assert hand_in(lead(service, "SWP"), answer).status_code == 202
            until = time.monotonic() + 60
            while [state for state, _ in states(service).values()] != ["received"]:
                assert time.monotonic() < until, states(service)
                time.sleep(0.1)
            assert "applied 1" in desk.press("CvsbPull")
            assert any(
                one["barriers"] == "The lead has left (invented)"
                for one in open_tracker(desk.tracker).tracker["assignments"]
            )
            assert [state for state, _ in states(service).values()] == ["received"], (
                "the receipt waits for the save"
            )
            desk.press("CvsbPull")
            assert [state for state, _ in states(service).values()] == ["accepted"]
        with zipfile.ZipFile(desk.tracker) as package:
            assert not [name for name in package.namelist() if manager.token.encode() in package.read(name)]
