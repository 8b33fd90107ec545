"""How fast, how light and how faithful saving is, side by side in one run.

Run: python scripts/bench_saving.py [--corpus DIR] [--repeat N]

The workbook is a tracker of 10,000 rows x 30 columns with a table, validations and conditional formats; 500 cells
are changed and it is saved. Each run is a process of its own, imports not counted; medians are shown.

    openpyxl   load, change, save
    patch      change_workbook and save_bytes: owner check, backup, fsync, read back, checked, renamed
    floor      the least any editor must do: unzip the sheet, find its rows, deflate it once (level 6), write
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))
if TYPE_CHECKING:
    from cvsb_xl.xlsx.parts import SheetEntry

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


EDITED = "AB40"
HOLDS = ("saved", "no part lost", "other parts byte-identical", "no other value changed")


def edited_by_openpyxl(data: bytes, sheet: str) -> bytes:
    """One cell changed as users of openpyxl do it."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), keep_vba=True)
    book[sheet][EDITED] = "edited"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def edited_by_patch(data: bytes, sheet: str) -> bytes:
    """The same cell changed in place."""
    from cvsb_xl.xlsx.patch import WorkbookChange, change_workbook

    return change_workbook(data, WorkbookChange(cells={(sheet, EDITED): "edited"}))


def what_holds(data: bytes, new: bytes, sheet: SheetEntry) -> set[str]:
    """Which of HOLDS is so of an edited workbook."""
    from cvsb_xl.xlsx.package import Package
    from tests.xlsx.lossless import MAY_CHANGE, by_calamine, changed_parts

    holds = {"saved"}
    before, after = ({name.casefold().lstrip("/") for name in Package(one)} for one in (data, new))
    if all("calcchain" in name or "sharedstrings" in name for name in before - after):
        holds.add("no part lost")
    with contextlib.suppress(AssertionError):  # the order of the parts is not what it was
        own = sheet.part.casefold()
        if all(
            MAY_CHANGE.search(name) or name.casefold().lstrip("/") == own for name in changed_parts(data, new)
        ):
            holds.add("other parts byte-identical")
    with contextlib.suppress(Exception):  # calamine cannot read the source, or not the result
        old_cells, new_cells = by_calamine(data), by_calamine(new)
        for cells in (old_cells, new_cells):
            cells.get(sheet.name, {}).pop(EDITED, None)
        if old_cells == new_cells:
            holds.add("no other value changed")
    return holds


def faithful(corpus: Path) -> None:
    """Print what became of each workbook of the corpus, edited with openpyxl and with the patch."""
    from cvsb_xl.errors import UnsupportedWorkbook
    from cvsb_xl.xlsx.package import Package
    from cvsb_xl.xlsx.parts import sheets, workbook_part

    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda _: None  # openpyxl leaves half-written archives behind where it fails
    ways = {"openpyxl": edited_by_openpyxl, "patch": edited_by_patch}
    counts = {way: Counter[str]() for way in ways}
    reasons = Counter[str]()
    files = 0
    for path in sorted(corpus.glob("*.xl*")):
        data = path.read_bytes()
        try:
            package = Package(data)
            first = next(
                sheet for sheet in sheets(package, workbook_part(package)) if sheet.kind == "worksheet"
            )
        except UnsupportedWorkbook as error:
            reasons[str(error)[:90]] += 1
            continue
        files += 1
        for way, edit in ways.items():
            try:
                counts[way].update(what_holds(data, edit(data, first.name), first))
            except Exception as error:
                counts[way]["refused or failed"] += 1
                reasons[str(error)[:90]] += way == "patch"
    print(f"\nOne cell edited in each of {files} workbooks of {corpus.name}/")
    print(f"{'':30}" + "".join(f"{way:>12}" for way in ways))
    for row in (*HOLDS, "refused or failed"):
        print(f"{row:30}" + "".join(f"{counts[way][row]:>12}" for way in ways))
    print("Refused by the patch, and why:")
    for reason, number in (+reasons).most_common():
        print(f"{number:4} {reason}...")


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
    if options.corpus.is_dir():
        faithful(options.corpus)
    return 0


if __name__ == "__main__":
    sys.exit(main())
