"""Every rule has a page, and its example and better version are tried out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cvsb_xl.errors import SchemaError
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.returns import UNREADABLE
from cvsb_xl.merge.reasons import REASONS
from cvsb_xl.rules.examples import EXAMPLE_DAY, tracker_from
from cvsb_xl.rules.registry import FAMILIES, Rule, looks, read_page, rules
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.xlsx.preflight import REFUSALS

CONTEXT = Context(now=datetime(EXAMPLE_DAY.year, EXAMPLE_DAY.month, EXAMPLE_DAY.day, 9, tzinfo=UTC))
CHECKED = [rule for rule in rules().values() if rule.reported_by == "check"]
FIXED = (
    "S101 S102 S103 S201 S301 S401 S501 S502 O101 O102 O103 O104 O105 O106 O107 O108 W101 W102 W103 W104 W105 W106 W107 "
    "W108 W109 W110 W111 W112 K101 K102 D101 D102 P101 P102 P103 P104"
).split()


def found_in(markdown: str, code: str) -> list[Finding]:
    tracker = tracker_from(markdown, load_framework())
    return [item for item in check(tracker, CONTEXT).findings if item.code == code]


@pytest.mark.parametrize("rule", CHECKED, ids=lambda rule: rule.code)
def test_the_example_of_a_page_trips_its_rule_at_a_cell_and_says_what_to_do(rule: Rule) -> None:
    found = found_in(rule.sections["Example"], rule.code)
    assert found
    for item in found:
        what, _, ways = item.message.partition("\n")
        assert what
        assert ways.endswith(".")
        assert item.sheet
        assert item.table
        assert (item.name, item.severity) == (rule.name, rule.severity)
        assert item.cell or rule.code == "F101"


@pytest.mark.parametrize("rule", CHECKED, ids=lambda rule: rule.code)
def test_the_better_version_of_a_page_does_not_trip_its_rule(rule: Rule) -> None:
    assert found_in(rule.sections["Better"], rule.code) == []


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.code)
def test_every_rule_has_a_page_that_says_what_it_stands_on(rule: Rule) -> None:
    assert rule.code[0] in FAMILIES
    assert len(rule.stands_on) > 30
    assert all(len(text) > 10 for text in rule.sections.values())


def test_every_rule_is_looked_for_or_says_who_reports_it() -> None:
    looked_for = {code for codes in looks().values() for code in codes} | {"F201", "F202", "F203", "F301"}
    from_files = {
        "F105",
        "F106",
    }  # a table in memory has no end and no hidden sheets: tests/hosts/test_file.py trips them
    assert {rule.code for rule in CHECKED} == looked_for - from_files


def test_the_codes_that_the_design_fixes_are_all_there() -> None:
    assert [code for code in FIXED if code not in rules()] == []


def test_no_two_rules_share_a_name() -> None:
    names = [rule.name for rule in rules().values() if rule.reported_by == "check"]
    assert sorted(names) == sorted(set(names))


def test_every_reason_that_a_merge_gives_as_a_finding_has_its_page() -> None:
    told = {
        reason.code: (reason.name, reason.severity) for reason in REASONS.values() if reason.code[:2] != "R9"
    }
    pages = {
        rule.code: (rule.name, rule.severity) for rule in rules().values() if rule.reported_by == "merge"
    }
    assert pages == told


def test_every_reason_to_refuse_a_file_has_its_page() -> None:
    told = {code: name for code, (name, _) in REFUSALS.items()} | {UNREADABLE: "unreadable-file"}
    assert {rule.code: rule.name for rule in rules().values() if rule.reported_by == "reading"} == told


def test_a_page_that_lacks_a_part_is_refused_by_name(tmp_path: Path) -> None:
    page = rules()["S101"].page
    path = tmp_path / "S101.md"
    path.write_text(page.replace("## Better", "## Worse"), encoding="utf-8")
    with pytest.raises(SchemaError, match=r"S101\.md: lacks Better"):
        read_page(path)
    path.write_text(page.replace("# S101", "# S102"), encoding="utf-8")
    with pytest.raises(SchemaError, match="should begin with"):
        read_page(path)
