"""A board with many agencies, all of whom hand their sheets in at once: for the test of it, and for its figures."""

from __future__ import annotations

import dataclasses
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx2

from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.service.app import open_state
from cvsb_xl.service.settings import read_settings
from tests.markdown import tracker_from
from tests.rounds import META
from tests.service.rounds import MANAGER, Manager, issued_sheet, token_of, typed
from tests.service.running import Service

LONGEST = 400.0
"""Seconds after which an agency gives up; no test takes as long."""


def tracker_file(agencies: int) -> bytes:
    """Return a tracker in which each of so many invented agencies has one assignment, and somebody to answer for it."""
    lines = ["## Agencies", "| agency | name | areas |", "|---|---|---|"]
    lines += [f"| AG{at:02d} | Agency {at} (invented) | Cardiff |" for at in range(agencies)]
    lines += [
        "## Members",
        "| email | name | agency | agency_lead | review_manager | active |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {email(at)} | Lead {at} | AG{at:02d} | Yes | | Yes |" for at in range(agencies)]
    lines += [f"| {MANAGER} | Manager | | | Yes | Yes |"]
    lines += [
        "## Reviews",
        "| review_id | title | review_type | started_on | stage |",
        "|---|---|---|---|---|",
    ]
    lines += ["| RV-0001 | Sample review | SUSR | 2026-06-01 | Monitoring |"]
    lines += [
        "## Actions",
        "| action_id | review_id | action | due_on | lead_agency | area |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| A-{at:04d} | RV-0001 | Print {at} cards | 2027-06-30 | AG{at:02d} | Cardiff |"
        for at in range(agencies)
    ]
    lines += [
        "## Assignments",
        "| assignment_id | action_id | agency | area | role |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| AS-{at:04d} | A-{at:04d} | AG{at:02d} | Cardiff | Lead |" for at in range(agencies)]
    return build_tracker(tracker_from("\n".join(lines), META), date(2027, 3, 31))


def email(at: int) -> str:
    """Return the address of an agency's lead."""
    return f"lead{at}@example.org"


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Town:
    """A service's data, looked at beside the service's own process.

    Attributes:
        environment: what the processes of the service are started with.
        tokens: of each agency's lead, in order.
    """

    folder: Path
    port: int
    service: Service
    environment: Mapping[str, str]
    tokens: list[str]

    @property
    def data(self) -> Path:
        """The service's data folder."""
        return self.folder / "data"


def town(folder: Path, database_url: str, agencies: int) -> tuple[Town, Manager]:
    """Prepare a service (accounts, tokens) and a Review Manager with a tracker; nothing runs yet."""
    port = free_port()
    environment = {"CVSB_SERVICE_REQUESTS_PER_MINUTE": "1000000"}
    if database_url:
        environment["CVSB_SERVICE_DATABASE_URL"] = database_url
    settings = read_settings(folder / "data", environment)
    state = open_state(dataclasses.replace(settings, base_url=f"http://127.0.0.1:{port}"))
    service = Service(state, port)
    found = [token_of(service, email(at), "return") for at in range(agencies)]
    manager = Manager(folder, service)
    manager.tracker.write_bytes(tracker_file(agencies))
    return Town(folder, port, service, environment, found), manager


def answers(place: Town) -> list[bytes]:
    """Return each agency's sheet, answered."""
    return [
        typed(issued_sheet(place.service, f"AG{at:02d}"), {"Barriers": f"Word of agency {at}"})
        for at in range(len(place.tokens))
    ]


def hand_in_all(place: Town, sheets: list[bytes], *, threads: int = 50) -> list[tuple[str, float, int]]:
    """Hand all sheets in at once; whoever is not answered tries again with the same key.

    Returns:
        For each, the upload's id, the seconds until it was taken, and the attempts.
    """

    def one(at: int) -> tuple[str, float, int]:
        began, attempts = time.monotonic(), 0
        headers = {"Authorization": f"Bearer {place.tokens[at]}", "Idempotency-Key": f"round-1-{at:04d}"}
        while time.monotonic() - began < LONGEST:
            attempts += 1
            try:
                answer = client.post(
                    "/api/returns",
                    files={"file": (f"AG{at:02d}.xlsx", sheets[at])},
                    headers=headers,
                )
                if answer.status_code == 202:
                    return answer.json()["id"], time.monotonic() - began, attempts
                assert answer.status_code == 503, answer.text
            except httpx2.TransportError:
                pass
            time.sleep(0.5)
        raise AssertionError(f"agency {at} was not answered")

    # One client for all: each of its own would spend its time on reading certificates.
    limits = httpx2.Limits(max_connections=threads, max_keepalive_connections=0)
    with (
        httpx2.Client(base_url=place.service.url, timeout=60, trust_env=False, limits=limits) as client,
        ThreadPoolExecutor(threads) as pool,
    ):
        return list(pool.map(one, range(len(sheets))))
