"""The acceptance page says what is true: its figures come about, and its buttons and commands are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvsb_xl.addin.build import ribbon_xml
from cvsb_xl.cli import COMMANDS, cvsb
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.xlsx.patch import patch_workbook
from cvsb_xl.xlsx.read import read_book

PAGE = (Path(__file__).parents[2] / "workbook" / "ACCEPTANCE.md").read_text(encoding="utf-8")
LABELS = re.findall(r'<button [^>]*label="([^"]+)"', ribbon_xml().decode())


def step(number: int) -> str:
    return next(line for line in PAGE.splitlines() if line.startswith(f"| {number} |"))


def run(*words: str) -> str:
    result = CliRunner().invoke(cvsb, list(words))
    assert result.exit_code in (0, 1), (result.output, result.exception)
    return result.output


def test_its_buttons_and_commands_are_there_and_its_steps_are_numbered() -> None:
    numbers = [int(found) for found in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    pressed = set(re.findall(r"[Pp]ress(?:ed)? (?:every|\*\*([^*]+)\*\*)", PAGE)) - {""}
    assert pressed
    assert pressed <= {*LABELS, "Merge files..."}
    assert set(re.findall(r"`cvsb ([a-z]+)", PAGE)) <= set(COMMANDS)


def test_issuing_and_merging_come_to_the_figures_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "Made Tracker.xlsx" in run("new", "Tracker.xlsx", "--sample")
    said = run("issue", "Tracker.xlsx", "--out", "Agency sheets")
    count = len(list(Path("Agency sheets").iterdir()))
    assert f"{count} files in *Agency sheets*" in step(8)
    assert "must not leave the board: VALE" in said
    assert len(open_tracker(Path("Tracker.xlsx")).tracker["returns"].where("state", "Issued")) == count

    sheet = Path("Agency sheets") / "SWP.xlsx"
    grid = read_book(sheet.read_bytes(), name=sheet.name).sheets["Assignments"].grid
    head = next(at for at, row in enumerate(grid) if "Progress" in row)
    number = next(at for at, row in enumerate(grid, 1) if row and row[0] == "AS-0026")
    typed = {
        "Progress update": "'Tis begun",
        "Lead name": "1/2",
        "Impact": "+44 people",
        "Barriers": "theirs",
    }
    for heading, text in typed.items():
        assert f"{heading} " in step(9)
        assert f"`{text}`" in step(9)
    cells = {
        ("Assignments", f"{column_letters(grid[head].index(name) + 1)}{number}"): text
        for name, text in typed.items()
    }
    patch_workbook(sheet, sheet, cells)
    data = open_tracker(Path("Tracker.xlsx")).tracker["assignments"]
    cell = data.cell(data.by_key["AS-0026"], "barriers")
    assert cell
    patch_workbook("Tracker.xlsx", "Tracker.xlsx", {("Assignments", cell): "ours"})
    said = run("merge", "Tracker.xlsx", str(sheet), "--receipts", "Receipts")
    assert re.search(r"applied 3 .*conflicts 1 ", said)
    assert "applied 3 ... conflicts 1" in step(9)
    row = open_tracker(Path("Tracker.xlsx")).tracker["assignments"].by_key["AS-0026"]
    assert [row[name] for name in ("progress_update", "lead_name", "impact", "barriers")] == [
        "'Tis begun", "1/2", "+44 people", "ours",
    ]  # fmt: skip
