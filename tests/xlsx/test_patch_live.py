"""LibreOffice opens what was patched, and shows the same as before but for the edit."""

import csv
import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import sheets, workbook_part
from cvsb_xl.xlsx.patch import AppendRows, ReplaceRows, WorkbookChange, change_workbook
from cvsb_xl.xlsx.refs import cell_ref
from tests.xlsx.lossless import by_calamine, by_openpyxl
from tests.xlsx.test_patch_corpus import FILES
from tests.xlsx.test_patch_rows import NEW, tracker

pytestmark = [pytest.mark.live, pytest.mark.slow]
ALL_SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
EDIT = "AB40"


def convert(files: Sequence[Path], to: str, folder: Path) -> None:
    """Have LibreOffice convert files, with a profile of its own."""
    soffice = shutil.which("soffice") or shutil.which("libreoffice")
    assert soffice, "these tests need LibreOffice; scripts/test installs it"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", to, "--outdir", str(folder), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)


def shown(folder: Path, stem: str) -> dict[str, dict[str, str]]:
    """Every cell LibreOffice shows something in, by sheet."""
    found = {}
    for path in folder.glob("*.csv"):
        if path.name.startswith(stem + "-"):
            with path.open(encoding="utf-8", newline="") as lines:
                found[path.name] = {
                    cell_ref(r, c): text
                    for r, row in enumerate(csv.reader(lines), 1)
                    for c, text in enumerate(row, 1)
                    if text
                }
    return found


def is_steady(data: bytes) -> bool:
    """Whether it shows the same twice: nothing random, nothing that asks for the time."""
    package = Package(data)
    return not any(
        re.search(rb"RAND|NOW\(|TODAY\(|OFFSET\(|CELL\(", package.part(name))
        for name in package
        if "sheet" in name.casefold()
    )


def patched(data: bytes) -> tuple[str, bytes] | None:
    try:
        package = Package(data)
        first = next(sheet for sheet in sheets(package, workbook_part(package)) if sheet.kind == "worksheet")
        return first.name, change_workbook(data, WorkbookChange(cells={(first.name, EDIT): "edited"}))
    except UnsupportedWorkbook:
        return None


def test_thirty_real_workbooks_show_the_same_in_libreoffice(tmp_path: Path) -> None:
    """Both files opened, every sheet as CSV: equal but for the one cell edited."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    chosen: list[str] = []
    for path in FILES[::3] + FILES[1::3]:
        data = path.read_bytes()
        done = patched(data)
        if done is None or not is_steady(data) or len(chosen) == 30:
            continue
        chosen.append(f"w{len(chosen):02d}")
        (before / f"{chosen[-1]}{path.suffix}").write_bytes(data)
        (after / f"{chosen[-1]}{path.suffix}").write_bytes(done[1])
    assert len(chosen) == 30
    for folder in (before, after):
        convert(sorted(folder.iterdir()), ALL_SHEETS, folder)
    edited = 0
    for stem in chosen:
        old, new = shown(before, stem), shown(after, stem)
        assert old, f"{stem} was not opened"
        assert set(old) == set(new)
        edited += sum(cells.get(EDIT) == "edited" for cells in new.values())
        for name, cells in new.items():
            cells.pop(EDIT, None)
            old[name].pop(EDIT, None)
            assert cells == old[name], name
    assert edited == 30


def test_a_tracker_saved_by_libreoffice_takes_rows_and_is_recalculated(tmp_path: Path) -> None:
    """LibreOffice drops the calculated column's formula from the table; new rows get it all the same."""
    (tmp_path / "in").mkdir()
    (tmp_path / "again").mkdir()
    first = tmp_path / "in" / "tracker.xlsx"
    first.write_bytes(tracker(3))
    convert([first], "xlsx", tmp_path)
    saved = (tmp_path / "tracker.xlsx").read_bytes()
    late = {**NEW, "Action": "late", "Due on": dt.date(2020, 1, 1)}
    far = {**NEW, "Action": "far", "Due on": dt.date(2999, 1, 1)}
    new = change_workbook(saved, WorkbookChange(appends=[AppendRows("Actions", [late, far])]))
    (tmp_path / "tracker.xlsx").write_bytes(new)
    convert([tmp_path / "tracker.xlsx"], "xlsx", tmp_path / "again")
    again = (tmp_path / "again" / "tracker.xlsx").read_bytes()
    cells = by_calamine(again)["Actions"]
    assert [cells[f"D{n}"] for n in (5, 6)] == ["Overdue", "On track"]
    assert cells["C5"] == dt.date(2020, 1, 1)
    assert by_openpyxl(again)["Dashboard"]["A1"] == "=SUM(Actions!$E$2:$E$6)+SUM(Actions!E2:E6)+Actions!E2"
    assert 'ref="A1:E6"' in Package(again).part("xl/tables/table1.xml").decode()
    fewer = change_workbook(again, WorkbookChange(replaces=[ReplaceRows("Actions", [late])]))
    assert by_openpyxl(fewer)["Actions"]["D2"] == by_openpyxl(again)["Actions"]["D2"]
    assert 'ref="A1:E2"' in Package(fewer).part("xl/tables/table1.xml").decode()
