"""Findings as text, JSON, SARIF, JUnit and annotations: nothing lost, each valid in its own format."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Log

from cvsb_xl.outputs.findings_json import findings_json
from cvsb_xl.outputs.findings_text import address, findings_text
from cvsb_xl.outputs.github import findings_github
from cvsb_xl.outputs.junit import findings_junit
from cvsb_xl.outputs.sarif import findings_sarif, fingerprint
from cvsb_xl.tracker.findings import Finding

DUE = Finding(
    "S502", "due-date-not-a-date", "error",
    'due date "On going" is not a date (action A-0014, South Wales Police)\nGive the day; or leave it blank.',
    "Actions", "F17", "actions", "A-0014", "due_on",
)  # fmt: skip
HINT = Finding(
    "S301",
    "not-confirmed-achievable",
    "hint",
    "nobody has confirmed it\nAsk.",
    "Actions",
    "H17",
    "actions",
    "A-0014",
    "achievable",
)
SHEET = Finding(
    "F101",
    "missing-sheet",
    "error",
    'the sheet "Decisions" is not there\nPut it back.',
    "Decisions",
    None,
    "decisions",
)
WAIVER = Finding(
    "F201",
    "expired-waiver",
    "warning",
    "ran out: 100%, a < b\nSettle it.",
    "Waivers",
    "G5",
    "waivers",
    "S101 / Actions / A-1",
    "until",
)
ALL = [DUE, HINT, SHEET, WAIVER]


def test_a_line_begins_with_an_address_that_excel_understands() -> None:
    lines = list(findings_text([DUE], "Tracker.xlsx"))
    assert lines[1].strip() == (
        'Tracker.xlsx:Actions!F17: S502 due date "On going" is not a date (action A-0014, South Wales Police)'
    )
    assert lines[2].strip() == "Give the day; or leave it blank."


@pytest.mark.parametrize(
    ("sheet", "cell", "wanted"),
    [
        ("Actions", "F17", "T.xlsx:Actions!F17"),
        ("Change log", "A5", "T.xlsx:'Change log'!A5"),
        ("Camau gweithredu", "A5", "T.xlsx:'Camau gweithredu'!A5"),
        ("O'Neill", "A5", "T.xlsx:'O''Neill'!A5"),
        ("Decisions", None, "T.xlsx:Decisions"),
        (None, None, "T.xlsx"),
    ],
)  # fmt: skip
def test_a_sheet_name_with_blanks_is_quoted_as_excel_does(
    sheet: str | None, cell: str | None, wanted: str
) -> None:
    assert address(replace(DUE, sheet=sheet, cell=cell), "T.xlsx") == wanted


def test_the_text_ends_with_the_counts_and_the_next_step() -> None:
    *_, counts, following = findings_text(ALL, "T.xlsx", rows=1200, waived=1)
    assert counts == "2 errors, 1 warning, 1 hint in 1,200 rows. 1 more is waived."
    assert following.startswith("Next: settle the errors first. cvsb rule S502")


def test_a_clean_tracker_is_told_as_clean() -> None:
    assert list(findings_text([], "T.xlsx", rows=3)) == ["Nothing found in 3 rows."]


def test_a_fault_that_stands_in_many_rows_is_explained_once() -> None:
    many = [replace(DUE, cell=f"F{number}", key=f"A-{number}") for number in range(5, 40)]
    lines = list(findings_text(many, "T.xlsx"))
    assert sum(line.startswith("  T.xlsx:Actions!F") for line in lines) == 35
    assert not any(line.startswith("Most often") for line in lines)
    with_another = list(findings_text([*many, WAIVER], "T.xlsx"))
    assert (
        "Most often: S502 35 times. To see the others first: cvsb check T.xlsx --ignore S502" in with_another
    )
    assert sum("leave it blank" in line for line in lines) == 1


def test_json_has_the_names_of_the_contract() -> None:
    assert list(findings_json([DUE])[0]) == "code name severity message sheet cell table key field".split()


def test_sarif_names_tool_rules_places_and_levels() -> None:
    log = findings_sarif(ALL, "My tracker.xlsx")
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    driver = run["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == sorted({item.code for item in ALL})
    assert len(run["results"]) == len(ALL)
    for item, result in zip(ALL, run["results"], strict=True):
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == item.code
        assert result["level"] == {"error": "error", "warning": "warning", "hint": "note"}[item.severity]
        assert result["message"]["text"]
        [place] = result["locations"]
        assert place["physicalLocation"]["artifactLocation"] == {"uri": "My%20tracker.xlsx", "index": 0}
    logical = run["results"][0]["locations"][0]["logicalLocations"][0]
    assert logical == {"name": "F17", "fullyQualifiedName": "Actions!F17", "kind": "member"}
    json.dumps(log)


@pytest.mark.parametrize("findings", [ALL, []], ids=["findings", "none"])
def test_sarif_is_valid_against_the_published_schema_and_an_unknown_word_would_not_be(
    findings: list[Finding],
) -> None:
    log = findings_sarif(findings, "My tracker.xlsx")
    Log.model_validate_json(json.dumps(log))
    log["runs"][0]["tool"]["driver"]["ruels"] = []
    with pytest.raises(ValidationError, match="ruels"):
        Log.model_validate_json(json.dumps(log))


def test_a_fingerprint_stays_when_the_sheet_is_sorted_and_differs_by_rule_key_and_field() -> None:
    assert fingerprint(DUE) == fingerprint(replace(DUE, cell="F99", message="other words"))
    others = [replace(DUE, code="S501"), replace(DUE, key="A-0015"), replace(DUE, field="area")]
    assert len({fingerprint(item) for item in [DUE, *others]}) == 4


def test_junit_is_xml_with_a_failure_for_all_but_hints() -> None:
    root = ET.fromstring(findings_junit([*ALL, replace(DUE, message="a\x08b\ud800")], "T.xlsx"))
    assert (root.get("tests"), root.get("failures")) == ("5", "4")
    assert sum(int(suite.get("tests", "0")) for suite in root) == len(list(root.iter("testcase"))) == 5
    assert len(list(root.iter("failure"))) == 4


def test_junit_of_a_clean_tracker_is_one_case_that_passed() -> None:
    root = ET.fromstring(findings_junit([], "T.xlsx"))
    assert (root.get("tests"), root.get("failures"), len(list(root.iter("testcase")))) == ("1", "0", 1)


def test_an_annotation_is_one_line_with_its_signs_escaped() -> None:
    lines = list(findings_github(ALL, "T.xlsx"))
    assert [line.split(" ")[0] for line in lines] == ["::error", "::notice", "::error", "::warning"]
    assert all("\n" not in line for line in lines)
    assert "100%25, a < b%0ASettle it." in lines[3]
