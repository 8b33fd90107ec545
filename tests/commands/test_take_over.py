"""`cvsb import` on files: shows before it writes, writes all or nothing, and the tracker then works like any other."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from cvsb_xl.cli import main
from cvsb_xl.hosts.file import open_tracker

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"


class Told:
    """What a command printed, and the code it left with."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


Cvsb = Callable[..., Told]


@pytest.fixture
def cvsb(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cvsb:
    """A command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CVSB_NOW", "2027-03-01T09:00")
    monkeypatch.setenv("CVSB_USER", "tester")

    def run(*arguments: object) -> Told:
        monkeypatch.setattr(sys, "argv", ["cvsb", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Told(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A small plan as somebody typed it: a title, merged cells, a due date that is none."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["DHR 4 action plan"],
        [],
        ["No.", "Recommendation", "Action to be taken", "Lead agency", "Target date", "RAG"],
        [1, "Share alerts", "Write a protocol", "South Wales Police", "On going", "Amber"],
        [None, None, "=cmd", "Cardiff Council | South Wales Police", "31 January 2020", None],
    ):
        sheet.append(row)
    sheet["C5"].data_type = "s"
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("A4:A5")
    sheet.merge_cells("B4:B5")
    book.save(tmp_path / "old.xlsx")
    return tmp_path / "old.xlsx"


def test_without_a_yes_the_mapping_is_shown_and_nothing_is_written(
    cvsb: Cvsb, old: Path, tmp_path: Path
) -> None:
    cvsb("new", "t.xlsx")
    before = (tmp_path / "t.xlsx").read_bytes()
    for extra in ((), ("--dry-run",), ("--dry-run", "--yes"), ("--format", "json")):
        told = cvsb("import", "t.xlsx", old, *extra)
        assert told.code == 1
        assert "actions.action" in told.out
        assert (tmp_path / "t.xlsx").read_bytes() == before
    assert json.loads(told.out)["written"] is False
    assert json.loads(told.out)["added"] == {
        "reviews": 1, "recommendations": 1, "actions": 2, "assignments": 3, "agencies": 2,
    }  # fmt: skip


def test_with_a_yes_every_row_is_in_the_file_and_logged_and_a_second_time_is_refused(
    cvsb: Cvsb, old: Path
) -> None:
    cvsb("new", "t.xlsx")
    told = cvsb("import", "t.xlsx", old, "--yes")
    assert told.code == 1, "the due date wants a person"
    assert "old.xlsx:Sheet!E4: S502" in told.out
    tracker = open_tracker(Path("t.xlsx")).tracker
    assert [row["action"] for row in tracker["actions"]] == ["Write a protocol", "=cmd"]
    assert [row["recommendation_id"] for row in tracker["actions"]] == ["RC-0001", "RC-0001"]
    assert [row.text("due_on") for row in tracker["actions"]] == ["On going", "2020-01-31"]
    assert tracker["reviews"].rows[0]["review_type"] == "DHR"
    assert {row["verb"] for row in tracker["change-log"]} == {"import"}
    again = cvsb("import", "t.xlsx", old, "--yes")
    assert (again.code, "taken over already" in again.err) == (2, True)


def test_a_written_map_is_read_back_and_never_overwritten(cvsb: Cvsb, old: Path) -> None:
    cvsb("new", "t.xlsx")
    assert cvsb("import", "t.xlsx", old, "--write-map", "map.yaml").code == 1
    assert cvsb("import", "t.xlsx", old, "--write-map", "map.yaml").code == 2
    text = Path("map.yaml").read_text(encoding="utf-8")
    assert "South Wales Police: SWP" in text
    Path("map.yaml").write_text(text.replace("RAG: notes", "RAG: actions.measure"), encoding="utf-8")
    cvsb("import", "t.xlsx", old, "--map", "map.yaml", "--yes")
    assert open_tracker(Path("t.xlsx")).tracker["actions"].rows[0]["measure"] == "Amber"


def test_a_map_may_be_a_csv(cvsb: Cvsb, old: Path) -> None:
    cvsb("new", "t.xlsx")
    Path("map.csv").write_text("heading,field\nRAG,actions.measure\n", encoding="utf-8")
    assert "actions.measure (as the map says)" in cvsb("import", "t.xlsx", old, "--map", "map.csv").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.xlsx"], "no such old plan"),
        (["."], "is a folder"),
        (["t.xlsx"], "is a tracker or an agency sheet already"),
        (["text.xlsx"], "text.xlsx"),
        (["old.xlsx", "--map", "none.yaml"], "no such map"),
        (["old.xlsx", "--map", "bad.yaml"], "columns:"),
        (["old.xlsx", "--map", "bad.csv"], "line 1"),
        (["old.xlsx", "--review", "RV-0099"], "no review RV-0099"),
        (["old.xlsx", "--review-type", "XYZ"], "not on the list"),
        (["old.xlsx", "--area", "Barry"], "not on the list"),
        (["old.xlsx", "--agency", "Head of Care"], "names no one agency"),
    ],
)
def test_what_cannot_be_done_is_said_in_words_and_nothing_is_written(
    cvsb: Cvsb,
    old: Path,
    tmp_path: Path,
    arguments: list[str],
    words: str,
) -> None:
    cvsb("new", "t.xlsx")
    Path("text.xlsx").write_text("Action,Lead\nWrite,SWP\n", encoding="utf-8")
    Path("bad.yaml").write_text("- a list\n", encoding="utf-8")
    Path("bad.csv").write_text("only one cell\n", encoding="utf-8")
    before = (tmp_path / "t.xlsx").read_bytes()
    told = cvsb("import", "t.xlsx", *arguments, "--yes")
    assert told.code == 2
    assert words in told.err
    assert "Traceback" not in told.err
    assert (tmp_path / "t.xlsx").read_bytes() == before


@pytest.mark.slow
def test_both_real_plans_are_taken_over_checked_issued_answered_and_merged(cvsb: Cvsb) -> None:
    cvsb("new", "t.xlsx")
    assert cvsb("import", "t.xlsx", REAL / "dhr_recommendations.xlsx", "--yes").code == 1
    plan = REAL / "mental_health_trust_action_plan.xlsx"
    assert cvsb("import", "t.xlsx", plan, "--agency", "KMPT", "--area", "Regional", "--yes").code == 0
    tracker = open_tracker(Path("t.xlsx")).tracker
    assert [len(tracker[name]) for name in ("reviews", "recommendations", "actions")] == [9, 29, 36]
    assert cvsb("check", "t.xlsx").code == 1
    counts = json.loads(cvsb("update", "t.xlsx", "--dry-run", "--format", "json").out)["counts"]
    assert {kind: number for kind, number in counts.items() if number and kind != "sheets"} == {}
    assert cvsb("issue", "t.xlsx", "--out", "out").code == 0
    sheets = sorted(Path("out").glob("*.xlsx"))
    assert len(sheets) == 13
    book = openpyxl.load_workbook("out/KMPT.xlsx")
    sheet = book["Assignments"]
    heading = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "Evidence")
    sheet.cell(heading.row + 1, heading.column, "Minutes of the panel")
    book.save("out/KMPT.xlsx")
    merged = json.loads(cvsb("merge", "t.xlsx", "out", "--format", "json").out)
    assert (merged["applied"], merged["conflicts"], merged["rejected"]) == (1, 0, 0)
    assert merged["read"] == merged["applied"] + merged["unchanged"]
