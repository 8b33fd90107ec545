"""The sync service under load, on SQLite and on PostgreSQL side by side in one run. On this computer alone, and bounded.

Run: python scripts/bench_service.py [--agencies 50] [--reads 400]

    publish          `cvsb publish`: tables and one sheet for each agency, until the service has them
    hand in          every agency sends its answered sheet at the same moment
    checked          until each is checked and its plan kept
    latest           a small read by token, over and over, eight at a time
    pull             `cvsb pull`: fetch all of them, merge, save, send the receipts

Wall times include whatever else the computer does; processor seconds are those of the service (and its workers and readers),
not of the agencies or of PostgreSQL itself; with PostgreSQL the first
line has the worker's start in it. PostgreSQL writes with fsync off here, as the tests do: it is not a comparison of disks.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def processor(pids: list[int]) -> float:
    """Return the processor seconds of processes and of those of their children that have ended."""
    total = 0
    for pid in pids:
        parts = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += sum(int(parts[at]) for at in (11, 12, 13, 14))
    return total / _TICK


def measured(work: Callable[[], object], pids: list[int]) -> tuple[float, float, object]:
    """Return wall seconds, the service's processor seconds, and what came of it."""
    began, used = time.monotonic(), processor(pids)
    came = work()
    return time.monotonic() - began, processor(pids) - used, came


def one_run(folder: Path, database_url: str, agencies: int, reads: int) -> dict[str, str]:
    """Play the round on one database; return a line for each part."""
    import httpx2

    from tests.service.crowd import answers, hand_in_all, town
    from tests.service.process import started
    from tests.service.rounds import states

    said: dict[str, str] = {}
    place, manager = town(folder, database_url, agencies)
    with ExitStack() as stack:
        service = stack.enter_context(
            started(place.data, "--port", str(place.port), environment=place.environment)
        )
        pids = [service.process.pid]
        if database_url:
            worker = subprocess.Popen(
                [sys.executable, "-m", "cvsb_xl", "serve", "--data", str(place.data), "--worker"],
                env={**os.environ, **place.environment},
                stderr=subprocess.DEVNULL,
            )
            stack.callback(worker.wait)
            stack.callback(worker.terminate)
            pids.append(worker.pid)
        client = stack.enter_context(httpx2.Client(base_url=place.service.url, trust_env=False, timeout=60))
        while True:
            try:
                client.get("/office/pane.css")
                break
            except httpx2.TransportError:
                time.sleep(0.1)

        wall, used, _ = measured(lambda: manager.run("publish"), pids)
        said["publish"] = f"{wall:6.2f} s   service {used:5.2f} s"
        sheets = answers(place)
        wall, used, taken = measured(lambda: hand_in_all(place, sheets), pids)
        waits = [row[1] for row in taken]  # type: ignore[attr-defined]
        said["hand in"] = (
            f"{wall:6.2f} s   service {used:5.2f} s   one agency waits {statistics.median(waits):.2f} s, the last {max(waits):.2f} s"
        )
        wall, used, _ = measured(lambda: until_checked(place, states), pids)
        said["checked"] = f"{wall:6.2f} s   service {used:5.2f} s after the last was handed in"
        headers = {"Authorization": f"Bearer {manager.token}"}

        def read(_: int) -> float:
            began = time.monotonic()
            client.get("/api/publications/latest", headers=headers).raise_for_status()
            return time.monotonic() - began

        with ThreadPoolExecutor(8) as pool:
            wall, used, times = measured(lambda: sorted(pool.map(read, range(reads))), pids)
        late = times[int(0.95 * len(times))]  # type: ignore[index,arg-type]
        said["latest"] = (
            f"{reads / wall:6.0f} a second   service {1000 * used / reads:5.1f} ms each   95 % within {1000 * late:.0f} ms"
        )
        wall, used, _ = measured(lambda: manager.run("pull"), pids)
        said["pull"] = f"{wall:6.2f} s   service {used:5.2f} s"
        assert {state for state, _ in states(place.service).values()} == {"accepted"}
    place.service.state.engine.dispose()
    return said


def until_checked(place: object, states: Callable[[object], dict[str, tuple[str, str]]]) -> None:
    """Wait until nothing is in quarantine; at most three minutes."""
    end = time.monotonic() + 180
    while any(state == "quarantined" for state, _ in states(place.service).values()):  # type: ignore[attr-defined]
        if time.monotonic() > end:
            raise SystemExit("checking took more than three minutes")
        time.sleep(0.1)


def main() -> None:
    """Print both columns."""
    from tests.service.postgres import postgres

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agencies", type=int, default=50)
    parser.add_argument("--reads", type=int, default=400)
    given = parser.parse_args()
    agencies, reads = min(given.agencies, 99), min(given.reads, 5000)
    with tempfile.TemporaryDirectory(prefix="cvsb-bench-") as made, postgres() as cluster:
        found = {
            "SQLite": one_run(Path(made) / "one", "", agencies, reads),
            "PostgreSQL": one_run(Path(made) / "two", cluster.new_database(), agencies, reads),
        }
    print(f"{agencies} agencies, {reads} reads")
    for part in found["SQLite"]:
        for name, lines in found.items():
            print(f"  {part:9} {name:11} {lines[part]}")


if __name__ == "__main__":
    main()
