"""How fast merging is: 50 returns of 200 rows into a tracker of 10,000 assignments, side by side in one run.

Run: python scripts/bench_merging.py [--repeat N]

    cvsb merge             the whole process: preflight, children with limits, signatures, decisions, log, Today, saving
    ... with receipts      and a workbook and a text for each agency
    openpyxl               the same merge written plainly: load each return, compare by key, write cells, save

Medians are shown. Then what the history of hand edits costs on that tracker, and how long `cvsb --help` takes.
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
    from cvsb_xl.framework.load import load_framework
    from cvsb_xl.hosts.file import open_tracker, save_edits
    from cvsb_xl.tracker.tables import tracker_of
    from cvsb_xl.verbs.issue import issue
    from cvsb_xl.verbs.outcome import Context
    from cvsb_xl.xlsx.agency_book import build_agency_sheet
    from cvsb_xl.xlsx.tracker_book import build_tracker

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


def cvsb(*arguments: object) -> float:
    """Run a command as its own process; return the seconds it took."""
    environment = {**os.environ, "CVSB_NOW": NOW.isoformat(), "CVSB_USER": "bench", "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "cvsb_xl", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - start
    if done.returncode > 1:
        raise SystemExit(done.stderr)
    return took


def run_merge(folder: Path, *options: object) -> float:
    """`cvsb merge`, all safety on."""
    shutil.copy(folder / "Issued.xlsx", folder / "Tracker.xlsx")
    shutil.rmtree(folder / ".cvsb-backups", ignore_errors=True)
    return cvsb("merge", folder / "Tracker.xlsx", folder / "returns", *options)


def run_plain(folder: Path) -> float:
    """Start this file as a process that merges with openpyxl."""
    shutil.copy(folder / "Issued.xlsx", folder / "Tracker.xlsx")
    start = time.perf_counter()
    subprocess.run([sys.executable, __file__, "--plain", str(folder)], check=True)
    return time.perf_counter() - start


def plain(folder: Path) -> None:
    """The merge as somebody would write it in an afternoon: no base, no signature, no log, no limits."""
    import openpyxl

    book = openpyxl.load_workbook(folder / "Tracker.xlsx")
    sheet = book["Assignments"]
    columns, places = _by_key(sheet)
    for path in sorted((folder / "returns").glob("*.xlsx")):
        returned = openpyxl.load_workbook(path)["Assignments"]
        names, rows = _by_key(returned)
        for key, number in rows.items():
            for name in ("Progress", "Progress update", "Evidence", "Barriers"):
                value = returned.cell(number, names[name]).value
                held = sheet.cell(places[key], columns[name])
                if value is not None and value != held.value:
                    held.value = value
    book.save(folder / "Tracker.xlsx")


def _by_key(sheet: object) -> tuple[dict[str, int], dict[str, int]]:
    rows = list(sheet.iter_rows(values_only=True))  # type: ignore[attr-defined]
    head = next(at for at, row in enumerate(rows) if row[0] == "Assignment ID")
    columns = {str(cell): at + 1 for at, cell in enumerate(rows[head]) if cell}
    return columns, {str(row[0]): at for at, row in enumerate(rows[head + 1 :], head + 2) if row[0]}


def hand_edits(folder: Path, repeat: int) -> float:
    """Seconds that finding what was typed by hand adds to a save of the tracker."""
    from cvsb_xl.hosts.file import open_tracker
    from cvsb_xl.tracker.memory import by_hand

    opened = open_tracker(folder / "Issued.xlsx")
    took = []
    for _ in range(repeat):
        start = time.perf_counter()
        list(by_hand(opened.tracker))
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--plain", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.plain:
        plain(options.plain)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        merge: list[float] = []
        receipts: list[float] = []
        openpyxl: list[float] = []
        for _ in range(options.repeat):
            merge.append(run_merge(folder))
            receipts.append(run_merge(folder, "--receipts", folder / "receipts"))
            openpyxl.append(run_plain(folder))
        helps = statistics.median(cvsb("--help") for _ in range(5 * options.repeat))
        ours, both, theirs = (statistics.median(took) for took in (merge, receipts, openpyxl))
        print(
            f"{AGENCIES} returns of {ROWS} rows into {AGENCIES * ROWS:,} assignments, four cells typed in {ANSWERS} rows of each"
        )
        print(f"  openpyxl, written plainly   {theirs:7.2f} s")
        print(f"  cvsb merge, whole process   {ours:7.2f} s   {theirs / ours:5.1f} times as fast (aim: 15)")
        print(
            f"  ... with receipts           {both:7.2f} s   {both / ours:5.2f} times the time (aim: under 2)"
        )
        print(f"history of hand edits         {hand_edits(folder, 5):7.3f} s   (aim: under 0.333)")
        print(f"cvsb --help                   {helps:7.3f} s   (aim: under 0.15)")


if __name__ == "__main__":
    main()
