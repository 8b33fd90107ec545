"""An export holds every cell of every table, runs nothing in a spreadsheet, and never holds the key."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsb_xl.errors import CannotSave
from cvsb_xl.hosts.export_folder import write_export
from cvsb_xl.outputs.csvs import csv_bytes, export_files
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import as_text
from cvsb_xl.verbs.export import csv_cell, csv_table, export
from cvsb_xl.verbs.outcome import Context
from tests.markdown import tracker_from

TRACKER = """
## Agencies
| agency | name               |
|--------|--------------------|
| SWP    | South Wales Police |
## Actions
| action_id | action                        | measure     | due_on     | lead_agency | area       |
|-----------|-------------------------------|-------------|------------|-------------|------------|
| A-0001    | Train "all" staff,<br>at once | =1+1        | 2027-03-31 | SWP         | caerdydd.  |
| A-0002    | - list the rota               | '=quoted    | On going   | SWP         | Cardiff    |
"""
CONTEXT = Context(datetime(2027, 3, 1, 9, tzinfo=UTC), "tester")


def exported(tracker: Tracker) -> dict[str, bytes]:
    return export_files(export(tracker, CONTEXT).documents)


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def test_every_table_is_a_csv_under_its_field_names_and_the_package_lists_them_all() -> None:
    tracker = tracker_from(TRACKER)
    files = exported(tracker)
    package = json.loads(files["datapackage.json"])
    assert set(files) == {f"{name}.csv" for name in tracker.tables} | {"datapackage.json"}
    assert [resource["path"] for resource in package["resources"]] == [
        f"{name}.csv" for name in tracker.tables
    ]
    assert list(read(files["actions.csv"])[0]) == list(tracker["actions"].schema.by_name)


def test_dates_are_iso_lists_are_tidy_and_what_could_not_be_read_stays_as_it_was_typed() -> None:
    first, second = read(exported(tracker_from(TRACKER))["actions.csv"])
    assert (first["due_on"], first["area"], second["due_on"]) == ("2027-03-31", "Cardiff", "On going")
    assert first["action"] == 'Train "all" staff,\nat once'


def test_text_that_a_spreadsheet_would_run_has_an_apostrophe_and_the_report_counts_them() -> None:
    tracker = tracker_from(TRACKER)
    first, second = read(exported(tracker)["actions.csv"])
    assert (first["measure"], second["action"], second["measure"]) == (
        "'=1+1",
        "'- list the rota",
        "''=quoted",
    )
    assert export(tracker, CONTEXT).report.apostrophes == 3


def from_csv_cell(text: str) -> str:
    """Take away the apostrophe, as datapackage.json tells whoever reads the files to."""
    return text[1:] if re.match(r"'+[=+\-@\t\r]", text) else text


@given(st.text())
def test_the_apostrophe_can_always_be_taken_away_again_and_no_cell_begins_with_a_formula(text: str) -> None:
    cell = csv_cell(text)
    assert from_csv_cell(cell) == as_text(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=1, max_size=5
    )
)
def test_any_text_comes_back_from_the_file_as_it_went_in(texts: list[str]) -> None:
    rows = "\n".join(f"| AG{number} | x |" for number in range(len(texts)))
    data = tracker_from(f"## Agencies\n| agency | name |\n|--|--|\n{rows}")["agencies"]
    for row, text in zip(data.rows, texts, strict=True):
        row.values["name"] = as_text(text) or None  # type: ignore[index]
    back = read(csv_bytes(csv_table(data)))
    assert [from_csv_cell(row["name"]) for row in back] == [as_text(text) for text in texts]


def test_numbers_below_nought_are_numbers_and_get_no_apostrophe() -> None:
    assert csv_cell(-5) == "-5"


def test_the_key_is_in_no_file() -> None:
    secret = "5ec2e7" * 10
    tracker = tracker_from(TRACKER, meta={"key": secret, "tracker_id": "T1"})
    assert not any(secret.encode() in data for data in exported(tracker).values())


def test_foreign_keys_that_allow_more_are_left_out_and_the_reason_is_given() -> None:
    package = json.loads(exported(tracker_from(TRACKER))["datapackage.json"])
    schema = next(item["schema"] for item in package["resources"] if item["name"] == "dissemination")
    assert [key["fields"] for key in schema["foreignKeys"]] == [["review_id"]]
    assert schema["foreign_keys_left_out"][0]["field"] == "agency"
    assert "BOARD" in schema["foreign_keys_left_out"][0]["reason"]


def test_an_export_goes_into_a_new_folder_or_over_an_earlier_export_only(tmp_path: Path) -> None:
    files = exported(tracker_from(TRACKER))
    folder = tmp_path / "out"
    write_export(folder, {**files, "gone.csv": b""})
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"].append({"path": "gone.csv"})
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (folder / "mine.txt").write_text("kept", encoding="utf-8")
    write_export(folder, files)
    assert {path.name for path in folder.iterdir()} == {*files, "mine.txt"}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.docx").write_text("x", encoding="utf-8")
    with pytest.raises(CannotSave, match="holds other files"):
        write_export(tmp_path / "other", files)
    with pytest.raises(CannotSave, match="is a file, not a folder"):
        write_export(tmp_path / "other" / "thesis.docx", files)
