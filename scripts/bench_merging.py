"""How fast merging is: 50 returns of 200 rows into a tracker of 10,000 assignments, side by side in one run.

Run: python scripts/bench_merging.py [--repeat N]

    cvsb merge             the whole process: preflight, children with limits, signatures, decisions, log, Today, saving
    ... with receipts      and a workbook and a text for each agency
    openpyxl               the same merge written plainly, without what makes it safe: plain_merge.py

Medians of wall time and of processor time are shown: where others work on the machine, only the second says much. Both
programs must end with the same cells, statuses, rows of Returns and of the log; that is looked at first. Then the floor:
what libraries in Rust and C alone take to read those workbooks and to pack the tracker's parts again. Then what the history
of hand edits costs on that tracker, what issuing its 50 sheets takes, and how long `cvsb --help` takes.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AGENCIES, ROWS, ANSWERS, SHARED = 50, 200, 20, 4
NOW = datetime(2027, 3, 31, 9, tzinfo=UTC)
WORDS = (
    "review panel agency action owner measure evidence barrier update learning board children adults".split()
)


def build(folder: Path) -> None:
    """Make the tracker, issue its sheets, and answer a part of each: the same each time."""
    from cvsb_xl.books.agency_book import build_agency_sheet
    from cvsb_xl.books.tracker_book import build_tracker
    from cvsb_xl.framework.load import load_framework
    from cvsb_xl.hosts.file import open_tracker, save_edits
    from cvsb_xl.tracker.tables import tracker_of
    from cvsb_xl.verbs.issue import issue
    from cvsb_xl.verbs.outcome import Context

    dice = random.Random(7)

    def text(count: int) -> str:
        return " ".join(dice.choices(WORDS, k=count)).capitalize() + "."

    codes = [f"AG{number:02d}" for number in range(AGENCIES)]
    first = date(2027, 1, 1)
    rows = {
        "agencies": [
            {"agency": code, "name": f"Agency {code}", "areas": "Cardiff", "board_partner": "No"}
            for code in codes
        ],
        "reviews": [
            {
                "review_id": f"RV-{number:04d}",
                "title": text(4),
                "review_type": "SUSR",
                "started_on": date(2026, 1, 1),
                "stage": "Monitoring",
            }
            for number in range(1, 41)
        ],
        "actions": [
            {
                "action_id": f"A-{number:05d}",
                "review_id": f"RV-{1 + number % 40:04d}",
                "action": text(12),
                "measure": text(6),
                "due_on": first + timedelta(days=dice.randrange(700)),
                "lead_agency": codes[number % AGENCIES],
                "contributing": "; ".join(codes[(number + at) % AGENCIES] for at in range(1, SHARED)),
                "area": "Cardiff",
            }
            for number in range(AGENCIES * ROWS // SHARED)
        ],
        "assignments": [
            {
                "assignment_id": f"AS-{number:05d}",
                "action_id": f"A-{number // SHARED:05d}",
                "agency": codes[(number // SHARED + number % SHARED) % AGENCIES],
                "area": "Cardiff",
                "role": "Contributing" if number % SHARED else "Lead",
                "progress": "Not started",
                "evidence": text(8) if number % 3 else None,
            }
            for number in range(AGENCIES * ROWS)
        ],
    }
    meta = {
        "tracker_id": "T-BENCH",
        "key": "0f" * 32,
        "language": "en",
        "schema_version": "1",
        "created": NOW.isoformat(),
    }
    framework = load_framework()
    path = folder / "Tracker.xlsx"
    path.write_bytes(build_tracker(tracker_of(framework, rows, meta), NOW.date()))
    opened = open_tracker(path)
    outcome = issue(opened.tracker, Context(NOW, "bench"))
    save_edits(opened, outcome.edits)
    returns = folder / "returns"
    returns.mkdir()
    for sheet in outcome.documents:
        (returns / sheet.file_name).write_bytes(_answered(build_agency_sheet(sheet), dice, text))
    shutil.copy(path, folder / "Issued.xlsx")


def _answered(data: bytes, dice: random.Random, text: Callable[[int], str]) -> bytes:
    from cvsb_xl.tracker.tables import column_letters
    from cvsb_xl.xlsx.change import WorkbookChange
    from cvsb_xl.xlsx.patch import change_workbook
    from cvsb_xl.xlsx.read import read_book

    grid = read_book(data).sheets["Assignments"].grid
    head = next(at for at, row in enumerate(grid) if row[0] == "Assignment ID")
    columns = {str(cell): at + 1 for at, cell in enumerate(grid[head]) if cell}
    cells = {}
    for number in dice.sample(range(head + 2, head + 2 + ROWS), ANSWERS):
        cells["Assignments", f"{column_letters(columns['Progress'])}{number}"] = "In progress"
        for name in ("Progress update", "Evidence", "Barriers"):
            cells["Assignments", f"{column_letters(columns[name])}{number}"] = text(10)
    return change_workbook(data, WorkbookChange(cells))


Seconds = tuple[float, float]
"""Of wall time, and of processor time of a process and its children."""


def process(*words: object) -> Seconds:
    """Run a process from its start to its end."""
    environment = {**os.environ, "CVSB_NOW": NOW.isoformat(), "CVSB_USER": "bench", "PYTHONPATH": str(ROOT)}
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *map(str, words)], env=environment, capture_output=True, text=True, check=False
    )
    took, after = time.perf_counter() - start, os.times()
    if done.returncode > 1 or (done.returncode and "Traceback" in done.stderr):
        raise SystemExit(done.stderr)
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return took, used


def run_merge(folder: Path, *options: object) -> Seconds:
    """`cvsb merge`, all safety on."""
    shutil.copy(folder / "Issued.xlsx", folder / "Tracker.xlsx")
    shutil.rmtree(folder / ".cvsb-backups", ignore_errors=True)
    return process("-m", "cvsb_xl", "merge", folder / "Tracker.xlsx", folder / "returns", *options)


def run_plain(folder: Path) -> Seconds:
    """The same with openpyxl alone."""
    shutil.copy(folder / "Issued.xlsx", folder / "Plain.xlsx")
    script = Path(__file__).with_name("plain_merge.py")
    return process(script, folder / "Plain.xlsx", folder / "returns", NOW.isoformat())


def run_issue(folder: Path) -> Seconds:
    """`cvsb issue` of every sheet."""
    shutil.copy(folder / "Issued.xlsx", folder / "Tracker.xlsx")
    return process("-m", "cvsb_xl", "issue", folder / "Tracker.xlsx", "--out", folder / "again")


def differences(folder: Path) -> list[str]:
    """Return where the two programs' trackers differ; not in what the plain one does not have (chains, digests, runs)."""
    from cvsb_xl.hosts.file import open_tracker

    ours, plain = (open_tracker(folder / name).tracker for name in ("Tracker.xlsx", "Plain.xlsx"))
    found = []
    for table in ("assignments", "actions", "conflicts", "returns"):
        left = {"digest", *(item.name for item in ours[table].schema.fields if item.live)}
        rows = [
            [{n: v for n, v in row.values.items() if n not in left} for row in data]
            for data in (ours[table], plain[table])
        ]
        if rows[0] != rows[1]:
            found.append(table)
    parts = ("at", "verb", "table", "key", "field", "before", "after", "source")
    logs = [
        sorted([row.text(part) for part in parts] for row in data["change-log"] if row["field"] != "digest")
        for data in (ours, plain)
    ]
    return [*found, *(["change log"] if logs[0] != logs[1] else [])]


def hand_edits(folder: Path, repeat: int) -> float:
    """Seconds that finding what was typed by hand adds to a save of the tracker."""
    from cvsb_xl.hosts.file import open_tracker
    from cvsb_xl.tracker.memory import by_hand

    took = []
    for _ in range(repeat):
        opened = open_tracker(folder / "Issued.xlsx")  # anew: what was worked out once is kept
        start = time.process_time()
        list(by_hand(opened.tracker))
        took.append(time.process_time() - start)
    return statistics.median(took)


def floor(folder: Path, repeat: int) -> float:
    """Seconds of processor that reading the workbooks and packing the merged tracker take, nothing else done."""
    from python_calamine import load_workbook

    from cvsb_xl.xlsx.deflate import LEVEL

    took = []
    for _ in range(repeat):
        start = time.process_time()
        for path in (folder / "Issued.xlsx", *(folder / "returns").iterdir()):
            book = load_workbook(path)
            for number in range(len(book.sheet_names)):
                book.get_sheet_by_index(number).to_python()
        with zipfile.ZipFile(folder / "Tracker.xlsx") as archive:
            for name in archive.namelist():
                zlib.compress(archive.read(name), LEVEL)
        took.append(time.process_time() - start)
    return statistics.median(took)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        run_plain(folder)
        run_merge(folder)
        odd = differences(folder)
        runs = {
            "openpyxl, written plainly": lambda: run_plain(folder),
            "cvsb merge, whole process": lambda: run_merge(folder),
            "... with receipts": lambda: run_merge(folder, "--receipts", folder / "receipts"),
            "cvsb issue, 50 sheets": lambda: run_issue(folder),
        }
        took = {name: [run() for _ in range(options.repeat)] for name, run in runs.items()}
        wall, used = (
            {name: statistics.median(seconds[at] for seconds in found) for name, found in took.items()}
            for at in (0, 1)
        )
        theirs, ours, both, _ = runs
        print(
            f"{AGENCIES} returns of {ROWS} rows into {AGENCIES * ROWS:,} assignments, four cells typed in {ANSWERS} rows of each"
        )
        same = f"other {', '.join(odd)}" if odd else "the same cells, statuses, Returns and log"
        print(f"both programs end with {same}")
        print(f"{'':<28}{'wall':>8}{'processor':>12}   times as fast (aim: 15)")
        for run in runs:
            ratio = f"{wall[theirs] / wall[run]:7.1f} {used[theirs] / used[run]:7.1f}"
            print(f"  {run:<26}{wall[run]:6.2f} s{used[run]:10.2f} s {ratio if run in (ours, both) else ''}")
        print(
            f"receipts: {wall[both] / wall[ours]:.2f} times the wall time, {used[both] / used[ours]:.2f} times the processor's (aim: under 2)"
        )
        print(f"floor: Rust and C alone {floor(folder, 5):.3f} s of processor")
        print(f"history of hand edits {hand_edits(folder, 5):.3f} s (aim: under 0.333)")
        helps = statistics.median(process("-m", "cvsb_xl", "--help")[1] for _ in range(5 * options.repeat))
        print(f"cvsb --help {helps:.3f} s of processor (aim: under 0.15)")


if __name__ == "__main__":
    main()
