"""An issued sheet that passed through LibreOffice, openpyxl or XlsxWriter merges as if nothing had touched it but its reader."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import load_workbook

from cvsb_xl.tracker.values import CellError
from cvsb_xl.xlsx.read import read_book
from tests.scenarios.rig import Rig, addresses

pytestmark = pytest.mark.live

EDIT = {("AS-0001", "barriers"): "No venue – “until” spring ✅\nŵŷ"}


def _office(source: Path, kind: str, folder: Path) -> Path:
    """Convert a file with LibreOffice, under a profile of its own."""
    made = folder / f"{source.stem}.{kind}"
    profile = (folder.parent / "profile").resolve().as_uri()
    command = [
        "soffice",
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    assert made.exists()
    return made


def by_libreoffice(path: Path, folder: Path) -> None:
    shutil.copy(_office(path, "xlsx", folder), path)


def by_opendocument(path: Path, folder: Path) -> None:
    shutil.copy(_office(_office(path, "ods", folder), "xlsx", folder), path)


def by_openpyxl(path: Path, folder: Path) -> None:
    load_workbook(path).save(path)


def by_xlsxwriter(path: Path, folder: Path) -> None:
    """Write the values alone into a new workbook: what Google Sheets' export keeps, and less."""
    book = read_book(path.read_bytes())
    made = xlsxwriter.Workbook(
        str(path),
        {"strings_to_urls": False, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"},
    )
    for sheet in book.sheets.values():
        drawn = made.add_worksheet(sheet.name)
        for row, cells in enumerate(sheet.grid):
            for column, value in enumerate(cells):
                if value is not None:
                    drawn.write(row, column, str(value) if isinstance(value, CellError) else value)
        if sheet.state != "visible":
            drawn.very_hidden()
    made.close()


PROGRAMS = [by_libreoffice, by_opendocument, by_openpyxl, by_xlsxwriter]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    (tmp_path / "round").mkdir()
    (tmp_path / "converted").mkdir()
    return Rig.issued(tmp_path / "round")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_sheet_opened_and_saved_merges_as_all_unchanged(
    rig: Rig, tmp_path: Path, program: Callable[[Path, Path], None]
) -> None:
    before = rig.open()["assignments"].rows
    for agency in ("SWP", "CC"):
        program(rig.file(agency), tmp_path / "converted")
    report = rig.merge(exits=0)
    assert report["unchanged"] == report["read"] > 0
    assert {finding["name"] for item in report["returns"] for finding in item["findings"]} == {
        "nothing-reviewed"
    }
    assert rig.open()["assignments"].rows == before


@pytest.mark.parametrize("program", PROGRAMS)
def test_one_edit_between_two_programs_merges_as_exactly_that_edit(
    rig: Rig, tmp_path: Path, program: Callable[[Path, Path], None]
) -> None:
    path = rig.file("SWP")
    program(path, tmp_path / "converted")
    place = addresses(path.read_bytes())["AS-0001", "barriers"]
    book = load_workbook(path)
    book["Assignments"][place].value = EDIT["AS-0001", "barriers"]
    book.save(path)
    program(path, tmp_path / "converted")
    report = rig.merge(exits=0)
    cells = [
        (cell["key"], cell["field"], cell["outcome"], cell["returned"])
        for cell in report["returns"][0]["cells"]
    ]
    assert cells == [("AS-0001", "barriers", "applied", EDIT["AS-0001", "barriers"])]
    assert report["returns"][0]["findings"] == []
    assert rig.open()["assignments"].by_key["AS-0001"]["barriers"] == EDIT["AS-0001", "barriers"]


def test_the_sample_through_libreoffice_merges_as_all_unchanged(tmp_path: Path) -> None:
    """The worked example has every kind of value: long texts, dates, lists, Welsh, refused and overdue actions."""
    (tmp_path / "converted").mkdir()
    rig = Rig(tmp_path)
    rig.cvsb("new", rig.tracker, "--sample", exits=0)
    rig.cvsb("issue", rig.tracker, "--out", rig.sheets)
    for sheet in sorted(rig.sheets.iterdir())[:3]:
        by_libreoffice(rig.file(sheet.stem), tmp_path / "converted")
    report = rig.merge()
    assert len(report["returns"]) == 3
    assert report["unchanged"] == report["read"] > 0
