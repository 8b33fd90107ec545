"""Adding a column is one edit in one YAML file: it is then in the workbook, the agency sheet, the check, the merge and the export."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import openpyxl
import pytest

from cvsb_xl.books.agency_book import build_agency_sheet
from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.file import open_tracker, save_edits
from cvsb_xl.hosts.returns import read_returns
from cvsb_xl.outputs.csvs import export_files
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.export import export
from cvsb_xl.verbs.issue import issue
from cvsb_xl.verbs.merge import merge
from tests.markdown import tables
from tests.rounds import META, TODAY, context

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"
BEFORE = "  - name: barriers\n"
COLUMN = """\
  - name: confidence
    title: Confidence
    title_cy: Hyder
    type: string
    constraints: {enum: [High, Low]}
    enum_cy: [Uchel, Isel]
    owner: agency
    group: now
    width: 12
    help: How sure you are that it will be done in time.
"""
ROWS = """
## Agencies
| agency | name               |
|--------|--------------------|
| SWP    | South Wales Police |
## Reviews
| review_id | title | review_type | started_on |
|-----------|-------|-------------|------------|
| RV-0001   | One   | SUSR        | 2027-01-11 |
## Actions
| action_id | review_id | action               | due_on     | lead_agency | area    |
|-----------|-----------|----------------------|------------|-------------|---------|
| A-0001    | RV-0001   | Train forty officers | 2027-06-30 | SWP         | Cardiff |
| A-0002    | RV-0001   | Write the protocol   | 2027-06-30 | SWP         | Cardiff |
## Assignments
| assignment_id | action_id | agency | area    | role |
|---------------|-----------|--------|---------|------|
| AS-0001       | A-0001    | SWP    | Cardiff | Lead |
| AS-0002       | A-0002    | SWP    | Cardiff | Lead |
"""


@pytest.fixture
def framework(tmp_path: Path) -> Framework:
    """The framework with one column more, by one edit of a copy of one file."""
    folder = tmp_path / "schemas"
    shutil.copytree(SCHEMAS, folder)
    file = folder / "assignments.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(BEFORE) == 1
    file.write_text(text.replace(BEFORE, COLUMN + BEFORE), encoding="utf-8")
    return load_framework(folder)


@pytest.fixture
def tracker(framework: Framework) -> Tracker:
    return tracker_of(framework, tables(ROWS), META)


def headings(sheet: openpyxl.worksheet.worksheet.Worksheet) -> dict[str, tuple[int, int]]:
    """Return heading -> (row, column) for every text of a sheet's first rows; a heading's last place counts."""
    return {
        cell.value: (cell.row, cell.column)
        for row in sheet.iter_rows(max_row=15)
        for cell in row
        if isinstance(cell.value, str)
    }


def test_the_column_is_in_the_workbook_with_its_list(tracker: Tracker) -> None:
    book = openpyxl.load_workbook(io.BytesIO(build_tracker(tracker, TODAY)))
    sheet = book["Assignments"]
    assert "Confidence" in headings(sheet)
    assert "Confidence" in [column.name for column in sheet.tables["Assignments"].tableColumns]
    _, column = headings(sheet)["Confidence"]
    covered = [
        area
        for rule in sheet.data_validations.dataValidation
        for area in rule.sqref.ranges
        if area.min_col <= column <= area.max_col
    ]
    assert covered


def test_the_check_knows_its_list(framework: Framework) -> None:
    rows = tables(ROWS)
    rows["assignments"][0]["confidence"] = "Fairly"
    outcome = check(tracker_of(framework, rows, META), context())
    assert ("D102", "AS-0001", "confidence") in [
        (item.code, item.key, item.field) for item in outcome.findings
    ]


def test_the_agency_fills_it_in_and_the_merge_brings_it_back(
    tracker: Tracker, framework: Framework, tmp_path: Path
) -> None:
    path = tmp_path / "tracker.xlsx"
    path.write_bytes(build_tracker(tracker, TODAY))
    opened = open_tracker(path, framework)
    outcome = issue(opened.tracker, context(), ["SWP"])
    save_edits(opened, outcome.edits)

    book = openpyxl.load_workbook(io.BytesIO(build_agency_sheet(outcome.documents[0])))
    sheet = book["Assignments"]
    row, column = headings(sheet)["Confidence"]
    assert not sheet.cell(row + 1, column).protection.locked
    sheet.cell(row + 1, column, "isel")
    sheet.cell(row + 2, column, "Fairly")
    book.save(tmp_path / "SWP.xlsx")

    opened = open_tracker(path, framework)
    outcome = merge(opened.tracker, context(), read_returns(framework, [tmp_path / "SWP.xlsx"]))
    save_edits(opened, outcome.edits)
    assert (outcome.report.counts.applied, outcome.report.counts.rejected) == (1, 1)
    merged = open_tracker(path, framework).tracker["assignments"]
    assert sorted(row.text("confidence") for row in merged) == ["", "Low"]


def test_it_is_exported_with_its_list(tracker: Tracker) -> None:
    files = export_files(export(tracker, context()).documents)
    package = json.loads(files["datapackage.json"])
    schema = next(item["schema"] for item in package["resources"] if item["name"] == "assignments")
    field = next(item for item in schema["fields"] if item["name"] == "confidence")
    assert field["constraints"]["enum"] == ["High", "Low"]
    assert "confidence" in files["assignments.csv"].decode().splitlines()[0].split(",")
