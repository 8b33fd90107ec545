"""`cvsb update` and `cvsb due` on a real file: what they print, what they save, and how they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cvsb_xl.cli import cvsb
from cvsb_xl.hosts.file import open_tracker, save_edits
from cvsb_xl.tracker.edits import AppendRow, SetCell

NOW = {"CVSB_NOW": "2027-04-01T09:00", "CVSB_USER": "rm"}
LATER = {**NOW, "CVSB_NOW": "2027-09-01T09:00"}


def run(*args: object, env: dict[str, str] = NOW) -> Result:
    """Run cvsb as a person would, on 1 April 2027 unless told otherwise."""
    return CliRunner().invoke(cvsb, [str(arg) for arg in args], env=env)


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


def test_a_new_tracker_is_up_to_date_and_update_leaves_its_bytes_alone(tracker: Path) -> None:
    before = tracker.read_bytes()
    result = run("update", tracker)
    assert (result.exit_code, result.stdout) == (0, "The tracker is up to date: nothing to change.\n")
    assert tracker.read_bytes() == before


def test_update_fills_what_a_person_left_blank_and_says_so(tracker: Path) -> None:
    add_action(tracker)
    result = run("update", tracker)
    assert result.exit_code == 0
    assert "Action ID is A-0049." in result.stdout
    assert "made for A-0049 (SWP, Lead, Cardiff)." in result.stdout
    after = open_tracker(tracker).tracker
    assert after["actions"].by_key["A-0049"]["status"] == "Not started"
    assert [row["agency"] for row in after["assignments"].where("action_id", "A-0049")] == ["SWP"]
    assert run("update", tracker).stdout == "The tracker is up to date: nothing to change.\n"


def test_a_dry_run_tells_the_same_and_changes_nothing(tracker: Path) -> None:
    add_action(tracker)
    before = tracker.read_bytes()
    dry = json.loads(run("update", tracker, "--dry-run", "--format", "json").stdout)
    assert tracker.read_bytes() == before
    real = json.loads(run("update", tracker, "--format", "json").stdout)
    assert (dry.pop("dry_run"), real.pop("dry_run")) == (True, False)
    assert dry == real
    assert real["counts"]["ids"] == 1


def test_every_changed_cell_is_logged(tracker: Path) -> None:
    before = len(open_tracker(tracker).tracker["change-log"])
    counts = json.loads(run("update", tracker, "--format", "json", env=LATER).stdout)["counts"]
    log = open_tracker(tracker).tracker["change-log"].rows[before:]
    assert counts["actions"] == len([row for row in log if row["table"] == "Actions"]) > 0
    assert {row["verb"] for row in log} == {"update"}


def test_due_lists_the_dates_with_the_sentences_they_stand_on(tracker: Path) -> None:
    result = run("due", tracker)
    assert result.exit_code == 0
    assert "Due dates as at 1 April 2027." in result.stdout
    assert '"MAPFS will be completed within 3 months of initiation"' in result.stdout
    assert "awaiting publication of the report and the action plan" in result.stdout
    assert " - done" not in result.stdout
    assert " - done" in run("due", tracker, "--all").stdout


def test_due_as_at_another_day_writes_no_other_day_into_the_tracker(tracker: Path) -> None:
    before = tracker.read_bytes()
    result = run("due", tracker, "--as-at", "2029-01-01")
    assert "Due dates as at 1 January 2029." in result.stdout
    assert tracker.read_bytes() == before


def test_due_writes_the_dates_unless_it_is_a_dry_run(tracker: Path) -> None:
    opened = open_tracker(tracker)
    row = next(row for row in opened.tracker["reviews"] if row["completion_due"] is not None)
    key, right = row.text("review_id"), row["completion_due"]
    save_edits(opened, [SetCell("reviews", key, "completion_due", right, None, row.number)])
    dry = run("due", tracker, "--dry-run")
    assert "1 due date would be written" in dry.stderr
    assert open_tracker(tracker).tracker["reviews"].by_key[key]["completion_due"] is None
    assert "1 due date written" in run("due", tracker).stderr
    assert open_tracker(tracker).tracker["reviews"].by_key[key]["completion_due"] == right


def test_due_as_json_has_every_date_also_the_done_ones(tracker: Path) -> None:
    found = json.loads(run("due", tracker, "--format", "json").stdout)
    assert found["as_at"] == "2027-04-01"
    assert {"done", "overdue"} <= {item["state"] for item in found["dates"]}
    assert {item["table"] for item in found["dates"]} == {"reviews", "actions"}


def test_an_empty_tracker_has_nothing_to_change_and_no_dates(tmp_path: Path) -> None:
    path = tmp_path / "Tracker.xlsx"
    assert run("new", path).exit_code == 0
    assert "nothing to change" in run("update", path).stdout
    assert "There is no due date yet" in run("due", path).stdout


@pytest.mark.parametrize("verb", ["update", "due"])
def test_a_file_that_is_not_there_is_no_traceback(verb: str, tmp_path: Path) -> None:
    result = run(verb, tmp_path / "nowhere.xlsx")
    assert result.exit_code != 0
    assert "there is no such tracker" in str(result.exception)


def add_action(tracker: Path) -> None:
    """Add an action as a person would: at the end, without an ID."""
    row = {"review_id": "RV-0003", "action": "Train", "lead_agency": "SWP", "area": "Cardiff"}
    save_edits(open_tracker(tracker), [AppendRow("actions", row)])
