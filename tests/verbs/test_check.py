"""check: what it finds, in what order, and how a board changes what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import load_framework
from cvsb_xl.rules.examples import tracker_from as example_tracker
from cvsb_xl.rules.registry import selected
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.fix import fixes
from cvsb_xl.verbs.new import new_tracker
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sample import natural_findings, planted_faults
from tests.markdown import tracker_from

CONTEXT = Context(now=datetime(2027, 1, 15, 9, tzinfo=UTC))
AGENCIES = """
## Agencies
| agency | name               |
|--------|--------------------|
| SWP    | South Wales Police |
"""
ACTION = """
## Reviews
| review_id | title   | review_type | started_on |
|-----------|---------|-------------|------------|
| RV-0001   | Child A | SUSR        | 2026-03-02 |

## Actions
| action_id | review_id | action                    | measure      | achievable | realistic | due_on     | lead_agency | area    |
|-----------|-----------|---------------------------|--------------|------------|-----------|------------|-------------|---------|
| A-0014    | RV-0001   | Publish the protocol.     | The protocol | Yes        | Yes       | {due}      | SWP         | Cardiff |
"""


def found(tracker: Tracker, **how: tuple[str, ...]) -> list[Finding]:
    return list(check(tracker, CONTEXT, **how).findings)


def codes(tracker: Tracker, **how: tuple[str, ...]) -> list[str]:
    return [item.code for item in found(tracker, **how)]


def action(due: str = "2027-03-31", more: str = "") -> Tracker:
    return tracker_from(AGENCIES + ACTION.replace("{due}", due) + more)


def test_a_sound_tracker_has_no_findings() -> None:
    assert found(action()) == []


def test_an_empty_tracker_has_no_findings() -> None:
    assert found(new_tracker(load_framework(), CONTEXT)) == []


def test_a_finding_stands_at_its_cell_and_ends_with_the_key_and_the_agency() -> None:
    [item] = found(action("On going"))
    assert item.as_json() == {
        "code": "S502",
        "name": "due-date-not-a-date",
        "severity": "error",
        "message": item.message,
        "sheet": "Actions",
        "cell": "J5",
        "table": "Actions",
        "key": "A-0014",
        "field": "due_on",
    }
    what, ways = item.message.split("\n")
    assert what == 'due date "On going" is not a date (action A-0014, South Wales Police)'
    assert ways.startswith("Give the day it is to be done by")


def test_an_ambiguous_date_is_proposed_and_not_taken() -> None:
    [item] = found(action("03/04/2027"))
    assert item.code == "D101"
    assert "Is 2027-04-03 meant? It is not taken unasked." in item.message


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2027, 2, 28), date(2028, 2, 29)])
def test_the_sample_has_the_faults_that_were_planted_and_no_others(day: date) -> None:
    context = Context(now=datetime(day.year, day.month, day.day, 9, tzinfo=UTC))
    sample = new_tracker(load_framework(), context, sample=True)
    places = {
        (item.code, item.table, item.key, item.field)
        for item in check(sample, context).findings
        if item.code not in natural_findings()
    }
    assert places == {(item.code, item.table, item.key, item.field) for item in planted_faults()}


def test_findings_come_by_sheet_then_row_then_code() -> None:
    sample = new_tracker(load_framework(), CONTEXT, sample=True)
    order = list(sample.tables)
    places = [
        (order.index(item.table or ""), int("".join(filter(str.isdigit, item.cell or "0"))), item.code)
        for item in found(sample)
    ]
    assert places == sorted(places)


def test_a_blank_cell_is_told_once_by_the_rule_that_says_most() -> None:
    tracker = tracker_from(
        AGENCIES + ACTION.replace("{due}", "2027-03-31").replace("| SWP         |", "|             |")
    )
    assert codes(tracker) == ["O101"]
    assert codes(tracker, select=("D103",)) == ["D103"]


def test_one_bad_cell_hides_no_other() -> None:
    tracker = action(
        "On going",
        "\n## Learning\n| learning_id | stream | received_on | summary |\n|--|--|--|--|\n| L-1 | Rumour | soon | |\n",
    )
    assert sorted(codes(tracker)) == ["D101", "D102", "D103", "S502"]


@pytest.mark.parametrize(
    ("select", "ignore", "wanted"),
    [
        ((), (), {"S101", "S102", "W105"}),
        (("S",), (), {"S101", "S102"}),
        (("S",), ("S1",), set()),
        (("S101",), ("S",), {"S101"}),
        ((), ("S101",), {"S102", "W105"}),
        (("W", "S102"), (), {"S102", "W105"}),
    ],
)
def test_select_and_ignore_take_codes_or_beginnings_and_the_longer_counts(
    select: tuple[str, ...], ignore: tuple[str, ...], wanted: set[str]
) -> None:
    assert {code for code in ("S101", "S102", "W105") if selected(code, select, ignore)} == wanted


def test_a_code_that_is_no_rule_is_refused_in_words() -> None:
    with pytest.raises(CannotDo, match="Z9 is no rule"):
        found(action(), select=("Z9",))


WAIVER = """
## Waivers
| rule | table | key | field | reason | granted_by | until |
|------|-------|-----|-------|--------|------------|-------|
| {rule} | {table} | A-0014 | {field} | {reason} | Delivery Group | {until} |
"""


def waived(
    rule: str = "S501",
    table: str = "Actions",
    field: str = "",
    reason: str = "Agreed",
    until: str = "2027-12-31",
) -> list[str]:
    waiver = WAIVER.format(rule=rule, table=table, field=field, reason=reason, until=until)
    return codes(action("", waiver))


@pytest.mark.parametrize(
    ("how", "left"),
    [
        ({}, []),
        ({"rule": "s501"}, []),
        ({"table": "actions"}, []),
        ({"table": "Camau gweithredu"}, []),
        ({"field": "Due on"}, []),
        ({"field": "due_on"}, []),
        ({"until": "2027-01-15"}, []),  # its last day
        ({"until": "2027-01-14"}, ["F201", "S501"]),
        ({"field": "Area"}, ["F202", "S501"]),
        ({"rule": "S101"}, ["F202", "S501"]),
        ({"rule": "S999"}, ["F203", "S501"]),
        ({"table": "Nowhere"}, ["F203", "S501"]),
        ({"reason": ""}, ["D103", "S501"]),
    ],
)
def test_a_waiver_covers_its_rule_row_and_field_until_its_day(how: dict[str, str], left: list[str]) -> None:
    assert sorted(waived(**how)) == left


def test_a_waiver_of_a_rule_that_was_not_asked_for_is_not_unused() -> None:
    assert (
        codes(
            action("", WAIVER.format(rule="S501", table="Actions", field="", reason="x", until="2027-12-31")),
            ignore=("S5",),
        )
        == []
    )


def test_what_is_waived_is_in_the_report() -> None:
    tracker = action(
        "", WAIVER.format(rule="S501", table="Actions", field="", reason="x", until="2027-12-31")
    )
    [item] = check(tracker, CONTEXT).report.waived
    assert (item.finding.code, item.waiver["granted_by"]) == ("S501", "Delivery Group")


SETTINGS = "\n## Settings\n| setting | value |\n|--|--|\n"


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ("| severity S501 | hint |", [("S501", "hint")]),
        ("| severity S5 | error |", [("S501", "error")]),
        ("| severity S5 | error |\n| severity S501 | hint |", [("S501", "hint")]),
        ("| Severity s501 | Hint |", [("S501", "hint")]),
        ("| severity S501 | off |", []),
        ("| severity S501 | low |", [("S501", "warning"), ("F301", "warning")]),
        ("| severity Z1 | hint |", [("S501", "warning"), ("F301", "warning")]),
    ],
)
def test_settings_change_a_severity_or_switch_a_rule_off(rows: str, left: list[tuple[str, str]]) -> None:
    assert [(item.code, item.severity) for item in found(action("", SETTINGS + rows))] == left


def test_rules_tell_status_from_the_rows_not_from_what_update_last_wrote() -> None:
    tracker = tracker_from(
        AGENCIES
        + ACTION.replace("{due}", "2026-12-01")
        .replace("| area    |", "| area    | status |")
        .replace("| Cardiff |", "| Cardiff | Complete |")
        .replace("|---------|\n| A-", "|---------|--|\n| A-")
    )
    assert codes(tracker) == ["W105"]


def test_a_welsh_action_is_told_once_and_not_taken_for_vague_english() -> None:
    welsh = "Bydd y Bwrdd yn trefnu hyfforddiant ar gyfer yr holl staff."
    tracker = tracker_from(
        AGENCIES + ACTION.replace("Publish the protocol.", welsh).replace("{due}", "2027-03-31")
    )
    [item] = found(tracker)
    assert (item.code, item.severity) == ("S105", "hint")
    assert "A-0014" in item.message


def test_a_renamed_heading_is_told_once_and_not_again_for_each_blank_it_seems_to_leave() -> None:
    tracker = action()
    data = tracker["actions"]
    columns = {name: column for name, column in data.columns.items() if name != "due_on"}
    rows = tuple(replace(row, values={**row.values, "due_on": None}) for row in data)
    tracker = tracker.with_table("actions", replace(data, columns=columns, rows=rows))
    assert codes(tracker) == ["F102"]
    assert codes(tracker, ignore=("F",)) == ["S501"]


def test_an_id_is_proposed_where_only_its_writing_differs_and_never_the_next_number() -> None:
    one = action(more="\n## Decisions\n| decision_id | body | meeting_on | action_id | proposal | decision |\n|--|--|--|--|--|--|\n"
                 "| D-1 | Board | 2026-12-01 | {id} | Other | Deferred |\n")  # fmt: skip
    texts = {}
    for written in ("a14", "A-0015"):
        row = replace(
            one["decisions"].rows[0], values={**one["decisions"].rows[0].values, "action_id": written}
        )
        [item] = found(one.with_table("decisions", replace(one["decisions"], rows=(row,))), select=("K102",))
        texts[written] = item.message
    assert "Is A-0014 meant?" in texts["a14"]
    assert "meant" not in texts["A-0015"]


@pytest.mark.parametrize(("cell", "fixed"), [("swp", ["SWP"]), ('=LOWER("SWP") (swp)', [])])
def test_what_a_formula_shows_is_never_fixed(cell: str, fixed: list[str]) -> None:
    example = f"Actions\n\n| Action ID | Lead agency |\n|---|---|\n| A-0001 | {cell} |\n"
    assert [item.edit.value for item in fixes(example_tracker(example, load_framework()))] == fixed
