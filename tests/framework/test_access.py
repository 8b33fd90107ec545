"""Who may do what: one table, deny by default."""

from __future__ import annotations

import dataclasses

import pytest
import yaml

from cvsb_xl.errors import SchemaError
from cvsb_xl.framework.access import VERBS, Access
from cvsb_xl.framework.load import data_folder, load_framework
from tests.merge.tracker import TRACKER
from tests.rounds import answered, issued, merged, outcomes, settled

FRAMEWORK = load_framework()
RAW = yaml.safe_load((data_folder("schemas") / "access.yaml").read_text(encoding="utf-8"))
ROLES = ("review_manager", "board", "delivery_group", "crg", "agency_lead")


def test_the_roles_are_those_of_members() -> None:
    assert tuple(FRAMEWORK.access.roles) == ROLES
    assert set(ROLES) <= set(FRAMEWORK["members"].by_name)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", FRAMEWORK.tables.values(), ids=lambda table: table.name)
def test_each_field_is_written_by_whom_the_tables_own_file_says(role: str, table) -> None:
    """The oracle is the schema alone: agencies fill in their fields of issued tables, the manager what is not computed."""
    for field in table.fields:
        agency = table.issued and field.owner == "agency"
        manager = table.kind == "input" and field.owner != "computed"
        manager = manager or (table.name == "conflicts" and field.owner == "manager")
        expected = {
            "agency_lead": "own" if agency else None,
            "review_manager": "all" if manager else None,
        }.get(role)
        assert FRAMEWORK.access.of(role, "write", table.name, field.name) == expected, field.name


def test_nobody_but_the_manager_reads_referrals_members_settings_or_learning() -> None:
    for name in ("referrals", "members", "settings", "learning", "change-log", "conflicts", "waivers"):
        assert [role for role in ROLES if FRAMEWORK.access.can(role, "read", name)] == ["review_manager"], (
            name
        )


def test_the_dashboard_is_for_members_of_the_three_bodies_and_the_manager_alone() -> None:
    may = [role for role in ROLES if FRAMEWORK.access.can(role, "read", "dashboard")]
    assert may == ["review_manager", "board", "delivery_group", "crg"]


def test_an_agency_lead_writes_returns_of_its_own_agency_and_nothing_else_of_the_service() -> None:
    can = {
        (verb, thing): FRAMEWORK.access.of("agency_lead", verb, thing)
        for verb in VERBS
        for thing in RAW["things"]
    }
    assert {place: of for place, of in can.items() if of} == {
        ("read", "agency-page"): "own",
        ("read", "sheets"): "own",
        ("read", "returns"): "own",
        ("write", "returns"): "own",
    }


@pytest.mark.parametrize(
    "question", [("nobody", "read", "actions"), ("board", "delete", "actions"), ("board", "read", "x")]
)
def test_what_no_rule_names_is_refused(question: tuple[str, str, str]) -> None:
    assert not FRAMEWORK.access.can(*question)


def test_without_rules_nobody_may_do_anything() -> None:
    access = Access({**RAW, "rules": []}, FRAMEWORK.tables)
    assert not any(
        access.can(role, verb, table) for role in ROLES for verb in VERBS for table in FRAMEWORK.tables
    )


def test_the_widest_rule_holds_whichever_stands_first() -> None:
    rules = [
        {"roles": ["board"], "may": ["read"], "of": of, "tables": ["actions"]}
        for of in ("own", "all", "published")
    ]
    for order in (rules, rules[::-1]):
        assert (
            Access({**RAW, "rules": order}, FRAMEWORK.tables).of("board", "read", "actions", "action")
            == "all"
        )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"roles": ["boss"]}, "boss is no role"),
        ({"may": ["delete"]}, "delete is no verb"),
        ({"of": "some"}, "of is 'some'"),
        ({"tables": ["action"]}, "action is no table"),
        ({"tables": "every"}, "tables is 'every'"),
        ({"things": ["dashbord"]}, "dashbord is no thing"),
        ({"fields": ["agencies"]}, "agencies is no owner"),
        ({"but": 1}, "nothing else"),
    ],
)
def test_a_wrong_rule_is_named(change: dict[str, object], words: str) -> None:
    rule = {"roles": ["board"], "may": ["read"], "of": "all", "tables": ["actions"], **change}
    with pytest.raises(SchemaError, match=words):
        Access({**RAW, "rules": [rule]}, FRAMEWORK.tables)


def test_the_merge_asks_it_what_an_agency_may_write() -> None:
    tracker, sheet = issued(settled(TRACKER), "SWP")
    cells = {("AS-0001", "barriers"): "Waiting for a venue"}
    assert outcomes(merged(tracker, answered(sheet, cells))[1]) == {
        ("AS-0001", "barriers", "applied", "applied")
    }
    denied = dataclasses.replace(FRAMEWORK, access=Access())
    strict = dataclasses.replace(tracker, framework=denied)
    after, report = merged(strict, answered(sheet, cells, framework=denied))
    assert outcomes(report) == {("AS-0001", "barriers", "rejected", "not-yours")}
    assert after["assignments"].by_key["AS-0001"]["barriers"] is None


def test_the_merge_asks_it_where_an_agency_may_add_rows() -> None:
    tracker, sheet = issued(settled(TRACKER), "SWP")
    table = next(table for table in sheet.tables if table.spare)
    cells = {(table.spare[0], "review_id"): "RV-0001", (table.spare[0], "method"): "Case study"}
    rules = [rule for rule in RAW["rules"] if "add" not in rule["may"]]
    closed = dataclasses.replace(FRAMEWORK, access=Access({**RAW, "rules": rules}, FRAMEWORK.tables))
    strict = dataclasses.replace(tracker, framework=closed)
    after, report = merged(strict, answered(sheet, cells, table="Dissemination", framework=closed))
    assert {(outcome, reason) for _, _, outcome, reason in outcomes(report)} == {("rejected", "new-row")}
    assert not after["dissemination"].rows
