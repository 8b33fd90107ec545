"""schemas/ says every table once: each field with a heading in both languages, an owner, help, and no name twice."""

from __future__ import annotations

import re

import pytest

from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Field, Table
from cvsb_xl.tracker.locate import heading_key

FRAMEWORK = load_framework()
TABLES = list(FRAMEWORK.tables.values())
FIELDS = [
    pytest.param(table, field, id=f"{table.name}.{field.name}") for table in TABLES for field in table.fields
]
SETTINGS = {item["setting"]: item["value"] for item in FRAMEWORK["settings"].defaults}


@pytest.mark.parametrize(("table", "field"), FIELDS)
def test_every_field_has_headings_in_both_languages_help_and_a_width(table: Table, field: Field) -> None:
    written = next(item for item in table.descriptor["fields"] if item["name"] == field.name)  # type: ignore[index,union-attr,attr-defined]
    assert written.get("title"), "an English heading is written in the file"
    assert written.get("title_cy"), "a Welsh heading is written in the file"
    assert field.help.endswith((".", "?")), "help is a sentence"
    assert len(field.help) <= 255, "Excel shows no more of a cell's input message"
    assert 5 <= field.width <= 80


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_heading_means_one_field_of_its_table_in_either_language(table: Table) -> None:
    owners: dict[str, str] = {}
    for field in table.fields:
        for heading in {heading_key(field.title), heading_key(field.title_cy), heading_key(field.name)}:
            assert owners.setdefault(heading, field.name) == field.name, f"{heading!r} means two fields"


def test_sheets_have_unique_names_that_excel_takes_and_both_languages_tell_apart() -> None:
    names: dict[str, str] = {}
    for table in TABLES:
        for sheet in {table.sheet, table.sheet_cy}:
            assert names.setdefault(sheet.casefold(), table.name) == table.name
            assert len(sheet) <= 31
            assert not re.search(r"[\[\]:*?/\\]", sheet)
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", table.excel_name)


@pytest.mark.parametrize(("table", "field"), FIELDS)
def test_list_values_are_told_apart_in_either_language_and_fit_excels_lists(
    table: Table, field: Field
) -> None:
    meanings: dict[str, str] = {}
    for english, welsh in zip(field.enum, field.enum_cy or field.enum, strict=True):
        for word in {english.casefold(), welsh.casefold()}:
            assert meanings.setdefault(word, english) == english
    same_in_both = (table.name, field.name) == ("members", "language")
    assert bool(field.enum) == bool(field.enum_cy) or same_in_both, "a list is given in Welsh too"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_ids_have_prefixes_that_no_other_table_has(table: Table) -> None:
    others = {other.id_prefix for other in TABLES if other.name != table.name}
    assert table.id_prefix is None or table.id_prefix not in others
    assert (
        table.kind == "generated"
        or table.id_prefix
        or table.name in ("agencies", "members", "waivers", "settings")
    )


def test_agencies_own_cells_only_where_sheets_are_issued() -> None:
    for table in TABLES:
        assert bool(table.agency_fields) == table.issued
        assert not table.insertable or table.issued


def test_only_computed_fields_are_live_formulas() -> None:
    live = {(table.name, field.name) for table in TABLES for field in table.fields if field.live}
    assert live == {
        ("actions", "timeliness"),
        ("reviews", "next_milestone"),
        ("reviews", "next_milestone_due"),
    }
    assert all(FRAMEWORK[table][field].owner == "computed" for table, field in live)


def test_each_clock_stands_on_a_sentence_and_only_those_with_a_source_are_there() -> None:
    assert [(item.review_type, item.milestone, item.months, item.strength) for item in FRAMEWORK.clocks] == [
        ("SUSR", "First panel meeting", 2, "target"),
        ("SUSR", "Completion of the review", 12, "expected"),
        ("SUSR", "Progress report", 12, "required"),
        ("MAPF", "Completion of the review", 3, "required"),
    ]
    for clock in FRAMEWORK.clocks:
        assert len(clock.sentence) > 30
        assert clock.passed == ("overdue" if clock.strength == "required" else "past target")
        assert clock.awaiting.startswith("awaiting ")
        assert FRAMEWORK["reviews"][clock.due].owner == "computed"
        assert clock.from_decision_setting is None or clock.from_decision_setting in SETTINGS
