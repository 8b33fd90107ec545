"""The export, judged by the frictionless package: it finds the same faults as `cvsb check`, and none once they are mended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package, system

from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Field
from cvsb_xl.hosts.export_folder import write_export
from cvsb_xl.outputs.csvs import export_files
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.ids import free_ids
from cvsb_xl.tracker.tables import HEADER_ROW, TableData, Tracker
from cvsb_xl.tracker.values import Value
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.export import export
from cvsb_xl.verbs.new import new_tracker
from cvsb_xl.verbs.outcome import Context
from tests.markdown import tracker_from

CONTEXT = Context(datetime(2027, 3, 1, 9, tzinfo=UTC), "tester")
Fault = tuple[str, str, int, str]
"""(what is wrong, table, row counted from 1, field)."""

_BY_CODE = {
    **dict.fromkeys(("D101", "S502", "D104"), "type"),
    "D102": "list",
    **dict.fromkeys(("D103", "O101", "O104", "K104"), "required"),
    **dict.fromkeys(("D105", "D106", "D107"), "bounds"),
    "K101": "key",
    **dict.fromkeys(("K102", "O102", "O103"), "reference"),
}
_BY_CONSTRAINT = {"required": "required", "enum": "list", "unique": "key"}


def validated(tracker: Tracker, folder: Path) -> tuple[bool, set[Fault]]:
    """Export a tracker, let frictionless validate it, and return whether it is valid and what is wrong."""
    write_export(folder, export_files(export(tracker, CONTEXT).documents))
    with system.use_context(trusted=True):
        report = Package(str(folder / "datapackage.json")).validate()
    faults: set[Fault] = set()
    for task in report.tasks:
        for error in task.errors:
            found: dict[str, Any] = error.to_descriptor()
            table = tracker[task.name].schema
            number = found["rowNumber"] - 1
            if error.type == "primary-key":
                blank = not tracker[task.name].rows[number - 1].text(table.key)
                faults.add(("required" if blank else "key", task.name, number, table.key))
            elif error.type == "foreign-key":
                faults.add(("reference", task.name, number, found["fieldNames"][0]))
            elif error.type == "type-error":
                kind = "bounds" if table[found["fieldName"]].type == "integer" else "type"
                faults.add((kind, task.name, number, found["fieldName"]))
            elif error.type == "unique-error":
                faults.add(("key", task.name, number, found["fieldName"]))
            else:
                assert error.type == "constraint-error", found
                name = next((name for name in _BY_CONSTRAINT if f'"{name}" is' in found["note"]), "")
                faults.add((_BY_CONSTRAINT.get(name, "bounds"), task.name, number, found["fieldName"]))
    return report.valid, faults


def checked(tracker: Tracker) -> set[Fault]:
    """Return what `cvsb check` finds of the kinds that a table schema can express, waived or not."""
    outcome = check(tracker, CONTEXT)
    findings: Iterable[Finding] = [*outcome.findings, *(item.finding for item in outcome.report.waived)]
    faults: set[Fault] = set()
    for finding in findings:
        kind = _BY_CODE.get(finding.code)
        if kind is None or finding.table is None or finding.field is None or finding.cell is None:
            continue
        table = tracker.framework[finding.table]
        links = {link.field for link in table.foreign_keys if not link.also_allowed}
        if kind == "reference" and finding.field not in links:
            continue  # such as codes joined by ";": no table schema can say that
        number = int("".join(filter(str.isdigit, finding.cell))) - HEADER_ROW
        faults.add((kind, finding.table, number, finding.field))
    return faults


def mended(tracker: Tracker, faults: set[Fault]) -> Tracker:
    """Return the tracker with a right value in each faulty cell."""
    for kind, table, number, name in sorted(faults):
        data = tracker[table]
        row = data.rows[number - 1]
        value = next(free_ids(data)) if kind == "key" else right_value(tracker, data, data.schema[name])
        new = replace(row, values={**row.values, name: value}, faults={})
        rows = (*data.rows[: number - 1], new, *data.rows[number:])
        tracker = tracker.with_table(table, replace(data, rows=rows))
    return tracker


def right_value(tracker: Tracker, data: TableData, field: Field) -> Value:
    link = next((link for link in data.schema.foreign_keys if link.field == field.name), None)
    if link:
        return next(iter(tracker[link.table].by_key))
    if field.type == "date":
        return date(2027, 3, 31)
    if field.type == "integer":
        return 1
    return field.enum[0] if field.enum else "Mended"


@pytest.fixture(scope="module")
def sample() -> Tracker:
    return new_tracker(load_framework(), CONTEXT, sample=True)


@pytest.mark.slow
def test_frictionless_and_check_find_the_same_faults_in_the_sample_cell_by_cell(
    sample: Tracker, tmp_path: Path
) -> None:
    valid, faults = validated(sample, tmp_path / "out")
    assert not valid
    assert {kind for kind, *_ in faults} >= {"type", "list", "key", "reference", "required"}
    assert faults == checked(sample)


@pytest.mark.slow
def test_the_sample_is_valid_once_its_faults_are_mended(sample: Tracker, tmp_path: Path) -> None:
    _, faults = validated(sample, tmp_path / "out")
    assert validated(mended(sample, faults), tmp_path / "out") == (True, set())


def test_every_kind_of_fault_is_found_by_both(tmp_path: Path) -> None:
    tracker = tracker_from("""
        ## Agencies
        | agency | name               | succeeded_by |
        |--------|--------------------|--------------|
        | SWP    | South Wales Police | GONE         |
        | a b    | Spaced             |              |
        ## Reviews
        | review_id | title | review_type | started_on   |
        |-----------|-------|-------------|--------------|
        | RV-0001   | One   | SUSR        | last Tuesday |
        | RV-0001   | Two   | Audit       | 2026-01-01   |
        |           | Three | MAPF        |              |
        ## Actions
        | action_id | review_id | action | due_on   | lead_agency | area    |
        |-----------|-----------|--------|----------|-------------|---------|
        | A-0001    | RV-0009   | Train  | On going | SWP; CDF    | Cardiff |
        | A-0002    | RV-0001   |        | 03/04/27 |             | Barry   |
        ## Dissemination
        | dissemination_id | review_id | agency | reach |
        |------------------|-----------|--------|-------|
        | DI-0001          | RV-0001   | BOARD  | many  |
    """)
    valid, faults = validated(tracker, tmp_path / "out")
    assert not valid
    assert faults == checked(tracker)


def test_a_text_that_gets_an_apostrophe_is_valid_too(tmp_path: Path) -> None:
    tracker = tracker_from("""
        ## Agencies
        | agency | name  | contact_name |
        |--------|-------|--------------|
        | SWP    | =1+1  | @home        |
    """)
    assert validated(tracker, tmp_path / "out") == (True, set())
