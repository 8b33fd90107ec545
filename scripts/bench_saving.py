"""How fast, how light and how faithful saving is, side by side in one run.

Run: python scripts/bench_saving.py [--corpus DIR] [--repeat N]

The workbook is a tracker of 10,000 rows x 30 columns with a table, validations and conditional formats; 500 cells
are changed and it is saved. Each run is a process of its own, imports not counted; medians are shown.

    openpyxl   load, change, save
    patch      change_workbook and save_bytes: owner check, backup, fsync, read back, checked, renamed
    floor      the least any editor must do: unzip the sheet, find its rows, deflate it once (level 6), write
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS, COLUMNS, CHANGES = 10_000, 30, 500
SHEET = "Actions"
WORDS = (
    "review panel agency action owner measure evidence barrier update learning board children adults".split()
)


def build(path: Path) -> None:
    """A tracker-like workbook, the same each time."""
    import xlsxwriter

    dice = random.Random(7)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": False})
    sheet = book.add_worksheet(SHEET)
    date = book.add_format({"num_format": "dd/mm/yyyy"})
    wrap = book.add_format({"text_wrap": True})
    for row in range(1, ROWS + 1):
        for column in range(COLUMNS):
            if column % 5 == 0:
                sheet.write_string(row, column, f"A-{row:05d}-{column}")
            elif column % 5 == 1:
                sheet.write_number(row, column, 45_000 + dice.randrange(2000), date)
            elif column % 5 == 2:
                sheet.write_number(row, column, dice.randrange(1000))
            else:
                sheet.write_string(row, column, " ".join(dice.choices(WORDS, k=5)), wrap)
    headings = [{"header": f"Column {n}"} for n in range(COLUMNS)]
    sheet.add_table(0, 0, ROWS, COLUMNS - 1, {"name": SHEET, "columns": headings})
    for column in range(0, COLUMNS, 5):
        sheet.data_validation(1, column, ROWS, column, {"validate": "length", "criteria": "<", "value": 999})
    sheet.conditional_format(1, 2, ROWS, 2, {"type": "cell", "criteria": ">", "value": 500, "format": date})
    book.add_worksheet("Today").write("A1", "Today")
    book.close()


def changes() -> dict[tuple[str, str], object]:
    """500 cells spread over the sheet: text, numbers."""
    from cvsb_xl.xlsx.refs import cell_ref

    dice = random.Random(11)
    cells: dict[tuple[str, str], object] = {}
    while len(cells) < CHANGES:
        row, column = dice.randrange(2, ROWS + 2), dice.randrange(1, COLUMNS + 1)
        cells[SHEET, cell_ref(row, column)] = f"changed {row}" if row % 2 else row * 1.5
    return cells


def run_openpyxl(path: Path) -> float:
    """Load, change, save."""
    import openpyxl

    cells = changes()
    start = time.perf_counter()
    book = openpyxl.load_workbook(path)
    for (sheet, ref), value in cells.items():
        book[sheet][ref] = value
    book.save(path)
    return time.perf_counter() - start


def run_patch(path: Path) -> float:
    """The product's own way, all of it."""
    from cvsb_xl.xlsx.patch import patch_workbook

    cells = changes()
    start = time.perf_counter()
    patch_workbook(path, path, cells)  # type: ignore[arg-type]
    return time.perf_counter() - start


def run_floor(path: Path) -> float:
    """Unzip, scan, deflate at the same level, write."""
    import re
    import zipfile
    import zlib

    start = time.perf_counter()
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith("sheet1.xml"))
        sheet = archive.read(name)
    rows = [match.start() for match in re.finditer(rb"<row[ >]", sheet)]
    packed = zlib.compress(sheet, 6)
    path.with_suffix(".floor").write_bytes(packed)
    assert len(rows) == ROWS + 1
    return time.perf_counter() - start


RUNS = {"openpyxl": run_openpyxl, "patch": run_patch, "floor": run_floor}


def peak_megabytes() -> float:
    """The most memory this process has held. (On Linux ru_maxrss starts at what the parent held; VmHWM does not.)"""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name: str, source: Path, repeat: int) -> tuple[float, float, float]:
    """(seconds, peak MB, size MB): medians over fresh processes."""
    results = []
    for _ in range(repeat):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "Tracker.xlsx"
            copy.write_bytes(source.read_bytes())
            root = str(Path(__file__).parent.parent)
            done = subprocess.run(
                [sys.executable, __file__, "--one", name, str(copy)],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": root},
            )
            results.append([*json.loads(done.stdout), copy.stat().st_size / 1e6])
    seconds, memory, size = (statistics.median(column) for column in zip(*results, strict=True))
    return seconds, memory, size


def speed(repeat: int) -> None:
    """Print the table of speeds."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.xlsx"
        build(source)
        print(
            f"{CHANGES} of {ROWS:,} x {COLUMNS} cells changed and saved ({source.stat().st_size / 1e6:.2f} MB), medians of {repeat}"
        )
        found = {name: measure(name, source, repeat) for name in RUNS}
    base, floor = found["openpyxl"][0], found["floor"][0]
    print(f"{'':10}{'seconds':>9}{'peak MB':>9}{'file MB':>9}{'x openpyxl':>12}{'x floor':>9}")
    for name, (seconds, memory, size) in found.items():
        print(f"{name:10}{seconds:9.3f}{memory:9.0f}{size:9.2f}{base / seconds:12.1f}{seconds / floor:9.2f}")


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument(
        "--corpus", type=Path, default=Path(__file__).parent.parent.parent / "shared" / "corpus"
    )
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, path = options.one
        seconds = RUNS[name](Path(path))
        print(json.dumps([seconds, peak_megabytes()]))
        return 0
    speed(options.repeat)
    return 0


if __name__ == "__main__":
    sys.exit(main())
