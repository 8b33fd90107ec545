"""Fifty agencies hand their sheets in at once while somebody publishes, and the service is killed in the middle of it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select

from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.service import audit
from cvsb_xl.service.database import publication, reading, upload
from tests.service.crowd import Town, answers, hand_in_all, town
from tests.service.process import Process, started
from tests.service.rounds import states

pytestmark = pytest.mark.slow

AGENCIES = 50


@contextmanager
def worker(place: Town) -> Iterator[subprocess.Popen[bytes]]:
    """A worker beside a service on PostgreSQL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cvsb_xl", "serve", "--data", str(place.data), "--worker"],
        env={**os.environ, **place.environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def serving(stack: ExitStack, place: Town) -> Process:
    found = stack.enter_context(started(place.data, "--port", str(place.port), environment=place.environment))
    _until(lambda: _answers(place))
    return found


def _answers(place: Town) -> bool:
    try:
        return httpx2.get(f"{place.service.url}/office/pane.css", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def kill(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(30)


def checked(place: Town, seconds: float = 400) -> None:
    until = time.monotonic() + seconds
    while any(state == "quarantined" for state, _ in states(place.service).values()):
        assert time.monotonic() < until, states(place.service)
        time.sleep(0.2)


def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path, database_url: str) -> None:
    place, manager = town(tmp_path, database_url, AGENCIES)
    postgresql = bool(database_url)
    with ExitStack() as stack:
        service = serving(stack, place)
        first = stack.enter_context(worker(place)) if postgresql else None
        said = manager.run("publish")
        assert "is published" in said.output, (said.output, said.exception)
        sheets = answers(place)
        taken: list[tuple[str, float, int]] = []
        crowd = threading.Thread(target=lambda: taken.extend(hand_in_all(place, sheets)))
        crowd.start()
        publishing = threading.Thread(target=lambda: manager.run("publish", "--due-back", "2027-05-01"))
        publishing.start()
        _until(lambda: len(states(place.service)) >= AGENCIES // 3)
        kill(service.process)
        if first is not None:
            kill(first)
        time.sleep(0.5)
        serving(stack, place)
        if postgresql:
            stack.enter_context(worker(place))
        crowd.join(450)
        publishing.join(120)
        again = manager.run("publish", "--due-back", "2027-05-01")  # a lost connection: run it again
        assert again.exit_code in (0, 1), again.exception
        checked(place)

        assert len({row[0] for row in taken}) == AGENCIES, "each agency has an upload of its own"
        found = states(place.service)
        assert set(found) == {row[0] for row in taken}
        assert set(found.values()) == {("received", "")}
        _intact(place, sheets)

        pulled = manager.run("pull")
        assert pulled.exit_code == 0, (pulled.output, pulled.exception)
        assert f"{AGENCIES} files: read " in pulled.output
        assert {state for state, _ in states(place.service).values()} == {"accepted"}
    said_there = {
        row.text("agency"): row.text("barriers")
        for row in open_tracker(manager.tracker).tracker["assignments"]
    }
    assert said_there == {f"AG{at:02d}": f"Word of agency {at}" for at in range(AGENCIES)}


def _intact(place: Town, sheets: list[bytes]) -> None:
    """Every byte that was handed in is kept, publications follow on one another, and the audit holds."""
    with reading(place.service.state.engine) as conn:
        rows = conn.execute(select(upload.c.sha256, upload.c.file_key)).all()
        numbers = conn.execute(select(publication.c.number).order_by(publication.c.number)).scalars().all()
        keys = conn.execute(select(func.count(publication.c.key.distinct()))).scalar_one()
        assert audit.verify(conn) == []
    kept = sorted(hashlib.sha256(place.service.state.files.get(row.file_key)).hexdigest() for row in rows)
    assert (
        kept
        == sorted(row.sha256 for row in rows)
        == sorted(hashlib.sha256(data).hexdigest() for data in sheets)
    )
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert keys == len(numbers)


def _until(done: object, seconds: float = 200) -> None:
    until = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.02)
