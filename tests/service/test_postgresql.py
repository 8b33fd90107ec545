"""The tests' own PostgreSQL ends with the tests, also when they are killed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

_HOLD = """
import time
from tests.service.postgres import postgres
with postgres() as cluster:
    print(cluster.socket, flush=True)
    time.sleep(600)
"""


def test_it_ends_when_the_tests_are_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLD], stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout is not None
        home = Path(tests.stdout.readline().strip())
        try:
            server = Path("/proc") / (home / "data" / "postmaster.pid").read_text().split()[0]
            assert server.exists()
        finally:
            tests.kill()
    until = time.monotonic() + 60
    while home.exists() or server.exists():
        assert time.monotonic() < until, "PostgreSQL outlived the tests"
        time.sleep(0.1)
