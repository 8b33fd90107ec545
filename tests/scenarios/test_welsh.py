"""A round in Welsh: headings, lists and dates as a Welsh-speaking agency sees and types them; what is stored is the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.markdown import tracker_from
from tests.merge.tracker import TRACKER
from tests.scenarios.rig import META, Rig, workbook_of

HEADINGS_ROW = 5


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    rig.tracker.write_bytes(workbook_of(replace(tracker_from(TRACKER, META), meta=META | {"language": "cy"})))
    rig.issue()
    return rig


def _type(book: Workbook, key: str, cells: dict[str, object]) -> None:
    sheet = book["Assignments"]
    headings = {cell.value: cell.column for cell in sheet[HEADINGS_ROW]}
    row = next(row for row in range(HEADINGS_ROW + 1, 20) if sheet.cell(row, 1).value == key)
    for heading, value in cells.items():
        sheet.cell(row, headings[heading]).value = value


def test_a_sheet_answered_in_welsh_is_taken_over_as_the_same_values(rig: Rig) -> None:
    def answer(book: Workbook) -> None:
        _type(
            book,
            "AS-0003",
            {
                "Cynnydd": "cynigir wedi\u2019i gwblhau.",
                "Cwblhawyd ar": "31ain o Fawrth 2027",
                "Tystiolaeth": "Adroddiad ŵ",
                "Angen cymorth": "Oes",
            },
        )
        _type(book, "AS-0001", {"Disgwylir ar": "03/04/27"})

    rig.reshape("SWP", answer)
    report = rig.merge(exits=1)
    assert (report["applied"], report["rejected"]) == (4, 1)
    row = rig.open()["assignments"].by_key["AS-0003"]
    assert (row["progress"], row["completed_on"], row["help_needed"]) == (
        "Proposed complete",
        date(2027, 3, 31),
        "Yes",
    )
    (receipt,) = rig.receipts.glob("SWP*.txt")
    text = receipt.read_text(encoding="utf-8")
    assert "Cynnydd" in text
    assert "Cynigir wedi'i gwblhau" in text
    assert "Disgwylir ar" in text


def test_a_sheet_that_comes_back_untouched_changes_nothing(rig: Rig) -> None:
    rig.reshape("SWP", lambda book: None)
    report = rig.merge(exits=0)
    assert report["unchanged"] == report["read"] > 0


def test_ids_that_were_swapped_are_found_though_the_lists_stand_in_welsh(rig: Rig) -> None:
    def swap(book: Workbook) -> None:
        sheet = book["Assignments"]
        one, other = sheet.cell(HEADINGS_ROW + 1, 1), sheet.cell(HEADINGS_ROW + 2, 1)
        one.value, other.value = other.value, one.value

    rig.reshape("SWP", swap)
    report = rig.merge(exits=1)
    assert report["applied"] == 0
    assert {cell["reason"] for cell in report["returns"][0]["cells"]} == {"key-altered"}


def test_what_was_not_accepted_is_told_with_the_list_as_the_sheet_has_it(rig: Rig) -> None:
    rig.reshape("SWP", lambda book: _type(book, "AS-0003", {"Angen cymorth": "efallai"}))
    rig.merge(exits=1)
    (receipt,) = rig.receipts.glob("SWP*.txt")
    assert 'Angen cymorth "efallai" is not on the list (Ydy, Nac ydy).' in receipt.read_text(encoding="utf-8")


def test_the_overview_and_the_agencys_name_are_in_welsh_where_the_tracker_has_the_words(rig: Rig) -> None:
    rig.type("agencies", "SWP", "name_cy", "Heddlu De Cymru (sampl)")
    rig.issue()
    book = load_workbook(rig.sheets / "SWP.xlsx")
    rows = [[cell.value for cell in row] for row in book["Overview"].iter_rows(min_row=4)]
    assert rows[0] == [
        "ID adolygiad", "Teitl", "Argymhelliad", "ID cam gweithredu", "Cam gweithredu", "Asiantaeth arweiniol", "Ardal",
        "I'w gwblhau erbyn", "Statws",
    ]  # fmt: skip
    assert ("Heddlu De Cymru (sampl)", "Caerdydd", "Ar y gweill") in {
        (row[5], row[6], row[8]) for row in rows
    }
    assert book["Start here"]["A1"].value == "Heddlu De Cymru (sampl): your part in the Board's actions"
    rig.merge(rig.sheets / "SWP.xlsx")
    (receipt,) = rig.receipts.glob("SWP*.txt")
    assert "To: Heddlu De Cymru (sampl)" in receipt.read_text(encoding="utf-8")
