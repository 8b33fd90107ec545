"""Every Field's constraints hold by pandera, each failure at its cell, and no cell is told twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Field, Table
from cvsb_xl.rules.beside import validating
from cvsb_xl.rules.typed import KEY, Doubt, Failure, column_for, doubts, in_doubt, validated
from cvsb_xl.tracker.tables import Row, TableData
from cvsb_xl.tracker.values import Fault, Value


def failures(data: TableData) -> list[Failure]:
    """Return what a table's columns do not allow."""
    doubt = in_doubt(data)
    return validated(doubt) if doubt else []


ID = Field("key", "Key", "Allwedd", "string", "manager", required=True, unique=True)


def told(field: Field, *values: Value, faults: dict[int, Fault] | None = None) -> list[tuple[int, str]]:
    """Return (row, code) of each failure in a table that has this field."""
    fields = (ID, field)
    table = Table("t", "T", "T", "", "input", True, fields, ("key",))
    rows = tuple(
        Row(
            5 + number,
            {"key": f"R-{number}", field.name: value},
            {field.name: (faults or {})[number]} if number in (faults or {}) else {},
        )
        for number, value in enumerate(values)
    )
    return [
        (item.position, item.code) for item in failures(TableData(table, rows, {"key": 1, field.name: 2}, 4))
    ]


TEXT = Field("f", "F", "F", "string", "manager")


@pytest.mark.parametrize(
    ("field", "values", "wanted"),
    [
        (TEXT, ("a", None), []),
        (replace(TEXT, required=True), ("a", None), [(1, "D103")]),
        (replace(TEXT, enum=("Yes", "No")), ("Yes", "Maybe", None), [(1, "D102")]),
        (replace(TEXT, maximum_length=3), ("abc", "abcd"), [(1, "D105")]),
        (replace(TEXT, pattern="[A-Z]{2,3}"), ("SWP", "S W P", "SWPX"), [(1, "D106"), (2, "D106")]),
        (replace(TEXT, type="date"), (date(2027, 3, 31), "On going", None), [(1, "D101")]),
        (replace(TEXT, type="integer", minimum=0), (40, -1, None), [(1, "D107")]),
        (replace(TEXT, type="integer", minimum=0, required=True), (40, None), [(1, "D103")]),
    ],
)
def test_a_constraint_of_a_field_is_held_by_its_column(
    field: Field, values: tuple[Value, ...], wanted: list[tuple[int, str]]
) -> None:
    assert told(field, *values) == wanted


def test_a_cell_with_a_fault_of_its_own_is_not_told_again_and_hides_no_other() -> None:
    field = replace(TEXT, required=True, enum=("Yes", "No"))
    assert told(field, "Maybe", None, faults={0: Fault("D102", "is not on the list")}) == [(1, "D103")]


def test_a_key_that_stands_twice_is_told_at_each_later_row_whatever_its_letters() -> None:
    table = Table("t", "T", "T", "", "input", True, (ID,), ("key",))
    rows = tuple(
        Row(5 + number, {"key": key}) for number, key in enumerate(["A-1", "a-1", None, None, "A-1"])
    )
    found = [
        (item.position, item.code)
        for item in failures(TableData(table, rows, {"key": 1}, 4))
        if item.field == KEY
    ]
    assert found == [(1, "K101"), (4, "K101")]


def test_every_field_of_every_table_has_a_column() -> None:
    for table in load_framework().tables.values():
        for field in table.fields:
            assert column_for(field).nullable is not field.required


FIELDS = (
    TEXT,
    replace(TEXT, required=True),
    replace(TEXT, maximum_length=3),
    replace(TEXT, pattern="[A-Z]{2}"),
    replace(TEXT, enum=("Yes", "No")),
    replace(TEXT, type="date"),
    replace(TEXT, type="integer", minimum=1.0),
)
CELLS = st.one_of(
    st.none(),
    st.sampled_from(["Yes", "No", "AB", "Yes ", "long text", "A\n"]),
    st.integers(-2, 3),
    st.just(date(2027, 3, 31)),
)


@settings(deadline=None, max_examples=150)
@given(field=st.sampled_from(FIELDS), cells=st.lists(CELLS, min_size=1, max_size=5))
def test_the_quick_look_lets_nothing_pass_that_pandera_would_tell(field: Field, cells: list[Value]) -> None:
    if not doubts(field, cells):
        every = dict(enumerate(cells))
        assert validated(Doubt([field], {field.name: every, KEY: {at: str(at) for at in every}})) == []


def test_pandera_is_not_asked_of_blank_ids_and_of_cells_that_are_faulty_already() -> None:
    faulty = Row(
        6,
        {"action_id": None, "action": "Consider", "lead_agency": None},
        {"lead_agency": Fault("X201", "odd")},
    )
    columns = {"action_id": 1, "action": 2, "lead_agency": 3}
    assert in_doubt(TableData(load_framework()["actions"], (faulty,), columns, 4)) is None


def test_a_second_process_tells_the_same_and_so_does_this_one_where_it_cannot_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    field = replace(TEXT, enum=("Yes", "No"))
    doubts_of = {"t": Doubt([field], {"f": {7: "Maybe", 9: "No"}, KEY: {7: "a", 9: "a"}})}
    here = validating(doubts_of, beside=False)()
    assert [(item.position, item.code) for item in here["t"]] == [(7, "D102"), (9, "K101")]
    assert validating(doubts_of, beside=True)() == here
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert validating(doubts_of, beside=True)() == here
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    assert validating(doubts_of, beside=True)() == here
