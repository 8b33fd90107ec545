"""`cvsb check` and `cvsb rule` on a real file: what they print, how they end, what --mark and --fix write."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from cvsb_xl.cli import cvsb
from cvsb_xl.errors import CannotDo, UnusableFile
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.rules.registry import rules
from cvsb_xl.verbs.sample import natural_findings, planted_faults
from cvsb_xl.xlsx.patch import patch_workbook

NOW = {"CVSB_NOW": "2027-04-01T09:00", "CVSB_USER": "rm"}


def run(*args: object) -> Result:
    """Run cvsb as a person would, on 1 April 2027."""
    return CliRunner().invoke(cvsb, [str(arg) for arg in args], env=NOW)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tracker with the worked example, built once."""
    path = tmp_path_factory.mktemp("sample") / "Tracker.xlsx"
    assert run("new", path, "--sample").exit_code == 0
    return path


@pytest.fixture
def tracker(sample: Path, tmp_path: Path) -> Path:
    """Return a copy of it to change."""
    return Path(shutil.copy(sample, tmp_path / "Tracker.xlsx"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "Empty.xlsx"
    assert run("new", path).exit_code == 0
    return path


def test_every_planted_fault_is_found_in_the_file_at_the_cell_that_holds_it(sample: Path) -> None:
    result = run("check", sample, "--format", "json")
    assert result.exit_code == 1
    findings = json.loads(result.stdout)
    places = {
        (item["code"], item["table"], item["key"], item["field"])
        for item in findings
        if item["code"] not in natural_findings()
    }
    assert places == {
        (item.code, item.table.replace("-", " ").capitalize(), item.key, item.field)
        for item in planted_faults()
    }
    book = load_workbook(sample)
    for item in findings:
        if item["code"] == "S502":
            assert isinstance(book[item["sheet"]][item["cell"]].value, str)
        assert item["cell"]


def test_a_tracker_without_errors_ends_well(empty: Path) -> None:
    result = run("check", empty)
    assert result.exit_code == 0
    assert result.stdout.startswith("Nothing found in ")


def test_hints_and_warnings_alone_end_well(sample: Path) -> None:
    assert run("check", sample, "--select", "W104,W105").exit_code == 0
    assert run("check", sample, "--select", "W1", "--ignore", "W101,W102,W103").exit_code == 0


def test_a_check_changes_nothing(tracker: Path) -> None:
    before = tracker.read_bytes()
    for output in ("text", "json", "sarif", "junit", "github"):
        assert run("check", tracker, "--format", output).exit_code == 1
    assert tracker.read_bytes() == before


def test_a_code_or_a_file_that_is_not_there_is_refused_in_words(sample: Path, tmp_path: Path) -> None:
    assert isinstance(run("check", sample, "--select", "Z1").exception, CannotDo)
    assert isinstance(run("check", tmp_path / "none.xlsx").exception, UnusableFile)


def test_marks_stand_in_the_findings_sheet_worst_first_with_links(tracker: Path) -> None:
    result = run("check", tracker, "--mark")
    assert result.exit_code == 1
    rows = open_tracker(tracker).tracker["findings"].rows
    order = ["Error", "Warning", "Hint"]
    severities = [order.index(row.text("severity")) for row in rows]
    assert severities == sorted(severities)
    assert f"{len(rows)} findings written" in result.stderr
    sheet = load_workbook(tracker)["Findings"]
    assert sheet.sheet_state == "visible"
    links = [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink and cell.row > 4]
    assert len([link for link in links if link.location]) == len(rows)
    assert run("check", tracker, "--mark").exit_code == 1
    assert len(open_tracker(tracker).tracker["findings"].rows) == len(rows)


def test_marks_of_a_clean_tracker_hide_the_sheet_again(empty: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(empty, tmp_path / "t.xlsx"))
    assert run("check", path, "--mark").exit_code == 0
    assert load_workbook(path)["Findings"].sheet_state == "hidden"


SLOPPY = {
    ("Actions", "J9"): "31 March 2027",
    ("Actions", "M10"): " cardiff ",
    ("Actions", "L11"): "swp",
    ("Assignments", "L9"): "In  Progress.",
}


@pytest.fixture
def sloppy(tracker: Path, tmp_path: Path) -> Path:
    """Return a tracker in which four cells are clear, and not as they are stored."""
    book = load_workbook(tracker)
    places = {key: book[key[0]][key[1]].value for key in SLOPPY}
    assert places
    path = tmp_path / "Sloppy.xlsx"
    patch_workbook(tracker, path, SLOPPY)
    return path


def test_fix_rewrites_what_is_clear_and_nothing_else(sloppy: Path) -> None:
    before = open_tracker(sloppy).tracker
    result = run("check", sloppy, "--fix", "--select", "D108")
    assert "4 cells rewritten." in result.stderr
    sheets = load_workbook(sloppy)
    held = [sheets[sheet][cell].value for sheet, cell in SLOPPY]
    assert str(held[0])[:10] == "2027-03-31"
    assert held[1:] == ["Cardiff", "SWP", "In progress"]
    after = open_tracker(sloppy).tracker
    assert [row["due_on"] for row in after["actions"]] == [row["due_on"] for row in before["actions"]]
    again = run("check", sloppy, "--fix", "--select", "D108")
    assert "rewritten" not in again.stderr


def test_every_cell_that_fix_rewrites_is_logged_with_what_it_held(sloppy: Path) -> None:
    told = run("check", sloppy, "--fix", "--dry-run").stderr
    assert run("check", sloppy, "--fix").stderr == told.replace("would be ", "")
    log = [row for row in open_tracker(sloppy).tracker["change-log"] if row.text("verb") == "check"]
    fixed = {(row.text("before"), row.text("after")) for row in log}
    assert {
        ("31 March 2027", "2027-03-31"),
        (" cardiff", "Cardiff"),
        ("In  Progress.", "In progress"),
    } <= fixed
    assert ("swp", "SWP") in fixed
    assert all(before in told and after in told for before, after in fixed if before)


def test_a_formula_where_people_type_is_told_at_its_cell_and_the_trackers_own_are_not(tracker: Path) -> None:
    book = load_workbook(tracker)
    book["Actions"]["J10"] = "=TODAY()+30"
    book.save(tracker)
    findings = json.loads(run("check", tracker, "--select", "D111", "--format", "json").stdout)
    assert [(item["sheet"], item["cell"], item["field"]) for item in findings] == [
        ("Actions", "J10", "due_on")
    ]


def test_a_dry_run_of_fix_and_mark_tells_the_same_and_changes_nothing(sloppy: Path) -> None:
    before = sloppy.read_bytes()
    result = run("check", sloppy, "--fix", "--mark", "--dry-run")
    assert "4 cells would be rewritten." in result.stderr
    assert "findings would be written" in result.stderr
    assert sloppy.read_bytes() == before


def test_what_can_be_read_in_two_ways_is_never_fixed(tracker: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    patch_workbook(tracker, path, {("Actions", "J9"): "03/04/2027"})
    run("check", path, "--fix")
    assert load_workbook(path)["Actions"]["J9"].value == "03/04/2027"


def test_a_welsh_tracker_is_told_by_the_sheet_names_its_file_has(tmp_path: Path) -> None:
    path = tmp_path / "Traciwr.xlsx"
    assert run("new", path, "--sample", "--lang", "cy").exit_code == 0
    findings = json.loads(run("check", path, "--format", "json", "--mark").stdout)
    sheets = load_workbook(path).sheetnames
    assert findings
    assert {item["sheet"] for item in findings} <= set(sheets)


@pytest.mark.parametrize("code", ["S101", "s101", "vague-wording"])
def test_rule_prints_the_page_of_a_code_or_a_name(code: str) -> None:
    result = run("rule", code)
    assert result.exit_code == 0
    assert result.stdout.strip() == rules()["S101"].page.strip()


def test_rule_lists_every_rule_under_its_family() -> None:
    result = run("rule")
    assert result.exit_code == 0
    assert all(f"  {code}  " in result.stdout for code in rules())
    assert "S  SMART" in result.stdout


def test_rule_of_a_beginning_lists_those_rules() -> None:
    assert run("rule", "S5").stdout.count("  S5") == 2


def test_rule_as_json_has_the_parts_of_the_page() -> None:
    [rule] = json.loads(run("rule", "S101", "--format", "json").stdout)
    assert rule["name"] == "vague-wording"
    assert set(rule["sections"]) == {
        "What it does",
        "Why it matters",
        "Example",
        "Better",
        "How to settle it",
    }


def test_a_rule_that_is_none_is_refused_in_words() -> None:
    assert isinstance(run("rule", "Z1").exception, CannotDo)
