"""One typed value for each cell: what counts as the same, what is understood, what is left to a person."""

# ruff: noqa: DTZ001 - a cell has no time zone

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Field
from cvsb_xl.tracker.values import CellError, Fault, RawValue, Value, normalise, parse, same

TEXT = Field("evidence", "Evidence", "Tystiolaeth", "string", "agency", maximum_length=100)
DUE = Field("due_on", "Due on", "Dyddiad", "date", "manager", smart="T")
SEEN = Field("seen_on", "Seen on", "Dyddiad", "date", "manager")
REQUIRED = Field("meeting_on", "Meeting on", "Dyddiad", "date", "manager", required=True)
REACH = Field("reach", "Reach", "Cyrhaeddiad", "integer", "agency", minimum=0)
YES_NO = Field("help", "Help", "Help", "string", "agency", enum=("Yes", "No"), enum_cy=("Ydy", "Nac ydy"))
PROGRESS = load_framework()["assignments"]["progress"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (None, ""),
        (None, "  \n "),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\nb"),
        ("a\x0bb", "a\nb"),
        ("a\u2028b", "a\nb"),
        ("caf\u00e9", "cafe\u0301"),
        ("ŵy", "w\u0302y"),
        ("text ", "text"),
        ("text\u00a0", "text"),
        (date(2027, 3, 31), datetime(2027, 3, 31)),
        (-0.0, 0),
    ],
)
def test_what_does_not_matter_is_the_same(one: RawValue, other: RawValue) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, "1"),
        (1, True),
        (0, False),
        (0, None),
        (False, None),
        ("a", "A"),
        (" a", "a"),
        ("a  b", "a b"),
        (date(2027, 3, 31), "2027-03-31"),
        (datetime(2027, 3, 31, 9), date(2027, 3, 31)),
        (12345678901234567, 12345678901234568),
    ],
)
def test_what_a_person_could_see_is_a_difference(one: RawValue, other: RawValue) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (PROGRESS, "In progress", "In progress"),
        (PROGRESS, "in progress.", "In progress"),
        (PROGRESS, "  IN   PROGRESS ", "In progress"),
        (PROGRESS, "In-progress", "In progress"),
        (PROGRESS, "In progress\u200b", "In progress"),
        (PROGRESS, "In\u00a0progress", "In progress"),
        (PROGRESS, "Proposed step\u2013down", "Proposed step-down"),
        (PROGRESS, "proposed step down", "Proposed step-down"),
        (PROGRESS, "Ar y gweill", "In progress"),
        (PROGRESS, "Cynigir wedi\u2019i gwblhau", "Proposed complete"),
        (YES_NO, "y", "Yes"),
        (YES_NO, True, "Yes"),
        (YES_NO, "N", "No"),
        (YES_NO, False, "No"),
        (YES_NO, "ydy", "Yes"),
        (YES_NO, "Nac ydy", "No"),
        (YES_NO, "Oes", "Yes"),
        (DUE, "31 March 2027", date(2027, 3, 31)),
        (DUE, "31/3/2027", date(2027, 3, 31)),
        (DUE, "31\u20133\u20132027", date(2027, 3, 31)),
        (DUE, "31 Mawrth 2027", date(2027, 3, 31)),
        (DUE, date(2027, 3, 31), date(2027, 3, 31)),
        (DUE, datetime(2027, 3, 31), date(2027, 3, 31)),
        (SEEN, "N/A", None),
        (SEEN, "n / a", None),
        (SEEN, "n.a.", None),
        (SEEN, "Not applicable", None),
        (SEEN, "\u2014", None),
        (SEEN, "Amherthnasol", None),
        (REACH, "12", 12),
        (REACH, "1,200", 1200),
        (REACH, 12.0, 12),
        (TEXT, 3, "3"),
        (TEXT, date(2027, 3, 31), "2027-03-31"),
        (TEXT, "line\x0bline", "line\nline"),
        (TEXT, "  kept as typed", "  kept as typed"),
    ],
)
def test_sloppy_but_clear_is_understood(field: Field, raw: RawValue, value: Value) -> None:
    parsed = parse(field, raw)
    assert (parsed.value, parsed.fault) == (value, None)


@pytest.mark.parametrize(
    ("field", "raw", "code", "proposal"),
    [
        (DUE, "On going", "S502", None),
        (DUE, "31 September 2020", "S502", None),
        (SEEN, "By 31/12/2016", "D101", None),
        (DUE, "03/04/27", "D101", date(2027, 4, 3)),
        (SEEN, "03/04/2027", "D101", date(2027, 4, 3)),
        (SEEN, "Monday 31 March 2027", "D101", date(2027, 3, 31)),
        (SEEN, datetime(2027, 3, 31, 9, 30), "D101", date(2027, 3, 31)),
        (SEEN, 46_477, "D101", date(2027, 3, 31)),
        (SEEN, 7, "D101", None),
        (SEEN, date(1900, 1, 5), "D101", None),
        (SEEN, time(9, 30), "D101", None),
        (REQUIRED, "N/A", "D101", None),
        (PROGRESS, "Nearly", "D102", None),
        (PROGRESS, "In progress / Not started", "D102", None),
        (YES_NO, "Na", "D102", None),
        (YES_NO, "x", "D102", None),
        (TEXT, CellError("#REF!"), "D104", None),
        (TEXT, float("nan"), "D104", None),
        (REACH, float("inf"), "D104", None),
        (TEXT, "x" * 101, "D105", None),
        (REACH, "about 40", "D107", None),
        (REACH, 4.5, "D107", None),
        (REACH, -1, "D107", None),
        (REACH, True, "D107", None),
        (TEXT, "a\x07b", "X201", None),
        (TEXT, "safe \u202egnp.exe", "X201", None),
        (TEXT, "a\x9bb", "X201", None),
        (TEXT, "half \ud83d", "X201", None),
        (PROGRESS, "In progress\u2066", "X201", None),
    ],
)
def test_what_cannot_be_read_without_guessing_is_a_fault(
    field: Field, raw: RawValue, code: str, proposal: Value
) -> None:
    parsed = parse(field, raw)
    assert isinstance(parsed.fault, Fault)
    assert (parsed.fault.code, parsed.fault.proposal) == (code, proposal)
    assert parsed.fault.message


def test_a_value_that_cannot_be_read_stays_as_it_came() -> None:
    assert parse(DUE, "On going").value == "On going"
    assert parse(DUE, 46_477).value == 46_477


def test_text_over_what_a_cell_can_hold_is_refused_even_without_a_limit_of_its_own() -> None:
    unlimited = Field("notes", "Notes", "Nodiadau", "string", "manager")
    assert parse(unlimited, "x" * 32_767).fault is None
    fault = parse(unlimited, "x" * 40_000).fault
    assert fault is not None
    assert fault.message == "is 40,000 characters long; 32,767 fit"


def test_every_list_value_of_every_table_is_read_in_both_languages() -> None:
    for table in load_framework().tables.values():
        for field in table.fields:
            for english, welsh in zip(field.enum, field.enum_cy or field.enum, strict=True):
                for text in (english, welsh, english.upper(), f" {welsh.lower()}. "):
                    assert parse(field, text).value == english, (table.name, field.name, text)


def test_normalising_twice_changes_nothing_more() -> None:
    for raw in ("a\r\n\r b \u2028", "e\u0301 ", 2.0, datetime(2027, 1, 1), CellError("#N/A"), time(9)):
        assert normalise(normalise(raw)) == normalise(raw)
