"""How fast a check is: 10,000 actions with 20,000 assignments, side by side in one run.

Run: python scripts/bench_checking.py [--repeat N] [--actions N]

    cvsb check             the whole process: reading, every rule, the text
    ... with a gap         the same with one required cell blank
    ... 2,000 faults       the same with blanks, texts that are no date, values on no list, unknown and twice-used ids, progress
                           without evidence, people named, texts too long: what a tracker of some years has, so that pandera is loaded
    openpyxl alone         a process that reads the same workbook cell by cell and does nothing with it

Medians of wall time and of processor time are shown (where others work on the machine only the second says much), and where
the time of a check goes. Then how the wording rules judge the published actions that stand beside
the checkout, with the mistakes by name.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PUBLISHED = ROOT.parent / "shared" / "real" / "actions_dev.jsonl"
NOW = datetime(2027, 3, 31, 9, tzinfo=UTC)
OPENINGS = (
    "Publish a protocol on", "Consider the use of", "Train 40 practitioners in", "Ensure all relevant staff know about", "Audit 20 cases of",
    "Improve", "Write a leaflet on", "Explore whether there is a need for", "Add a question to the assessment form on",
)  # fmt: skip
SUBJECTS = "discharge bruising transport supervision interpreters self-neglect transitions missing tenancies carers recording chairing".split()
PEOPLE = "children adults families carers tenants patients pupils residents students officers midwives nurses".split()
PLACES = "ward clinic school hostel office station college surgery hospital court home street".split()


FAULTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("actions", {"lead_agency": None}),
    ("actions", {"area": None, "action": None}),
    ("actions", {"due_on": "On going"}),
    ("actions", {"due_on": "31 September 2027"}),
    ("actions", {"lead_agency": "AG01; AG02"}),
    ("actions", {"review_id": "RV-9999"}),
    ("actions", {"achievable": "Probably", "realistic": None}),
    ("actions", {"measure": "The audit found it in each file that was looked at. " * 40}),
    ("actions", {"measure": "Mrs Harris of CF10 4UW, 029 2018 4213, is content."}),
    ("assignments", {"agency": "AG99"}),
    ("assignments", {"assignment_id": "AS-00001"}),
    ("assignments", {"progress": "Nearly there"}),
    ("assignments", {"progress": "Proposed complete", "evidence": None}),
    ("assignments", {"progress": "Proposed step-down", "step_down_reason": None}),
    ("assignments", {"evidence": "His mother, Carol, has NHS number 943 476 5919."}),
    ("assignments", {"help_needed": "Yes", "lead_name": None}),
    ("assignments", {"updated_on": "last week"}),
)
"""What can be wrong with a row: the table, and the cells that make it so. None of the people is real; the number is the published example."""


def spoil(rows: dict[str, list[dict[str, object]]], number: int) -> None:
    """Put that many faults of all kinds into rows, each into a row of its own."""
    dice = random.Random(12)
    order = {
        table: dice.sample(range(len(rows[table])), len(rows[table])) for table in ("actions", "assignments")
    }
    for table, cells in itertools.islice(itertools.cycle(FAULTS), number):
        rows[table][order[table].pop()].update(cells)


def build(path: Path, actions: int, *, gap: bool = False, faults: int = 0) -> None:
    """Make the tracker: the same each time. With a gap, one action has no lead agency; or with so many faults of all kinds."""
    from cvsb_xl.books.tracker_book import build_tracker
    from cvsb_xl.framework.load import load_framework
    from cvsb_xl.tracker.tables import tracker_of

    dice = random.Random(11)

    def text() -> str:
        return (
            f"{dice.choice(OPENINGS)} {dice.choice(SUBJECTS)} for {dice.choice(PEOPLE)} at the {dice.choice(PLACES)}, with "
            f"{dice.choice(SUBJECTS)} and {dice.choice(SUBJECTS)} for {dice.choice(PEOPLE)} {dice.randrange(10_000)}."
        )

    codes = [f"AG{number:02d}" for number in range(20)]
    rows = {
        "agencies": [{"agency": code, "name": f"Agency {code}", "areas": "Cardiff"} for code in codes],
        "reviews": [
            {
                "review_id": f"RV-{number:04d}",
                "title": f"Review {number}",
                "review_type": "SUSR",
                "started_on": date(2024, 1, 1) + timedelta(days=3 * number),
            }
            for number in range(200)
        ],
        "actions": [
            {
                "action_id": f"A-{number:05d}",
                "review_id": f"RV-{number % 200:04d}",
                "action": text(),
                "measure": text() if number % 3 else None,
                "achievable": "Yes",
                "realistic": "Yes",
                "due_on": date(2027, 1, 1) + timedelta(days=dice.randrange(700)),
                "lead_agency": dice.choice(codes),
                "area": "Cardiff",
            }
            for number in range(actions)
        ],
        "assignments": [
            {
                "assignment_id": f"AS-{number:05d}",
                "action_id": f"A-{number // 2:05d}",
                "agency": codes[number % 20],
                "area": "Cardiff",
                "role": "Contributing" if number % 2 else "Lead",
                "lead_name": f"Head of {dice.choice(PLACES)} services",
                "progress": "In progress" if number % 4 else "Not started",
                "progress_update": text() if number % 4 else None,
                "updated_on": date(2027, 3, 1) if number % 4 else None,
            }
            for number in range(2 * actions)
        ],
    }
    if gap:
        rows["actions"][0]["lead_agency"] = None
    spoil(rows, min(faults, actions))
    tracker = tracker_of(
        load_framework(),
        rows,
        meta={"tracker_id": "BENCH234", "key": "00" * 32, "language": "en", "schema_version": "bench"},
    )
    path.write_bytes(build_tracker(tracker, NOW.date()))


def whole_process(*words: str) -> Callable[[], None]:
    """Return a run of a process, from its start to its end."""

    def run() -> None:
        env = {**os.environ, "CVSB_NOW": NOW.isoformat(), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, env=env
        )
        assert done.returncode in (0, 1), done.stderr.decode()

    return run


def medians(runs: list[Callable[[], None]], repeat: int) -> list[tuple[float, float]]:
    """Return the median wall and processor time of each run, in seconds. They take turns, so that all meet the same noise."""
    times: list[list[tuple[float, float]]] = [[] for _ in runs]
    for _ in range(repeat):
        for run, found in zip(runs, times, strict=True):
            wall, before = time.perf_counter(), os.times()
            run()
            after = os.times()
            used = after.children_user + after.children_system - before.children_user - before.children_system
            found.append((time.perf_counter() - wall, used))
    return [
        (statistics.median(wall for wall, _ in found), statistics.median(used for _, used in found))
        for found in times
    ]


def parts(path: Path) -> list[tuple[str, float]]:
    """Return where the time of a check goes: reading, then each look that takes longer than a twentieth of a second."""
    from cvsb_xl.hosts.file import open_tracker
    from cvsb_xl.rules.facts import Facts
    from cvsb_xl.rules.registry import looks

    gc.set_threshold(1_000_000, 50, 50)  # as the command line does
    start = time.process_time()
    tracker = open_tracker(path, to_save=False).tracker
    found = [("reading the workbook", time.process_time() - start)]
    facts = Facts(tracker, NOW.date())
    for look, codes in looks().items():
        start = time.process_time()
        number = len(list(look(facts)))
        took = time.process_time() - start
        if took > 0.05:
            found.append((f"{look.__name__} ({', '.join(codes[:3])}): {number:,} findings", took))
    return found


def judged() -> list[str]:
    """Return the figures of the wording rules on the published actions, with the mistakes."""
    from cvsb_xl.rules.measurable import is_stated
    from cvsb_xl.rules.phrases import Words
    from cvsb_xl.rules.wording import load_wording

    wording = load_wording()
    rows = [json.loads(line) for line in PUBLISHED.read_text(encoding="utf-8").splitlines()]
    lines = []
    for code in ("S101", "S102", "S201"):
        tally: dict[tuple[bool, bool], list[str]] = {(t, p): [] for t in (True, False) for p in (True, False)}
        for row in rows:
            words, measure = Words(row["text"]), row.get("success_measure") or ""
            truth, said = {
                "S101": (bool(row["vague"]), bool(wording.vague(words))),
                "S102": (not row["deliverable_in_text"], wording.deliverable(words) is None),
                "S201": (not row["measurable"], wording.measure(words) is None and not is_stated(measure)),
            }[code]
            tally[truth, said].append(row["id"])
        hit, missed, false, clear = (
            len(tally[pair]) for pair in ((True, True), (True, False), (False, True), (False, False))
        )
        balanced = (hit / (hit + missed) + clear / (clear + false)) / 2
        lines.append(
            f"{code}: F1 {2 * hit / (2 * hit + false + missed):.3f}, balanced accuracy {balanced:.3f}; "
            f"missed {tally[True, False]}, false alarms {tally[False, True]}"
        )
    return lines


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--actions", type=int, default=10_000)
    options = parser.parse_args()
    reading = "import sys, openpyxl\nfor s in openpyxl.load_workbook(sys.argv[1], read_only=True):\n    for r in s.iter_rows(): pass"
    with tempfile.TemporaryDirectory() as folder:
        path, gap, faulty = (Path(folder) / name for name in ("Tracker.xlsx", "Gap.xlsx", "Faulty.xlsx"))
        build(path, options.actions)
        build(gap, options.actions, gap=True)
        build(faulty, options.actions, faults=2_000)
        print(
            f"{options.actions:,} actions, {2 * options.actions:,} assignments, {path.stat().st_size / 1e6:.1f} MB"
        )
        runs = {
            "cvsb check": whole_process("-m", "cvsb_xl", "check", str(path)),
            "... with a gap": whole_process("-m", "cvsb_xl", "check", str(gap)),
            "... 2,000 faults": whole_process("-m", "cvsb_xl", "check", str(faulty)),
            "openpyxl alone": whole_process("-c", reading, str(path)),
        }
        figures = dict(zip(runs, medians(list(runs.values()), options.repeat), strict=True))
        alone = figures["openpyxl alone"]
        print(f"{'':<18}{'wall':>8}{'processor':>13}   of openpyxl alone")
        for name, (wall, used) in figures.items():
            print(f"{name:<18}{wall:6.2f} s{used:11.2f} s{used / alone[1]:10.2f}")
        print("Where the time of a check goes:")
        for name, took in parts(path):
            print(f"  {took:6.2f} s  {name}")
    if PUBLISHED.is_file():
        print("Wording, judged on published actions:")
        for line in judged():
            print(f"  {line}")


if __name__ == "__main__":
    main()
