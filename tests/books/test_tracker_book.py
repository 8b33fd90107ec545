"""A tracker built from nothing: real tables in the house style, that Excel, LibreOffice and our own reader all take whole."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from openpyxl.worksheet.datavalidation import DataValidation

from cvsb_xl.books import style
from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.file import open_tracker, save_edits
from cvsb_xl.tracker.edits import AppendRow
from cvsb_xl.tracker.tables import HEADER_ROW, Tracker, column_letters, tracker_of
from cvsb_xl.verbs.sample import sample_rows
from tests.markdown import tracker_from
from tests.office import recalculated

FRAMEWORK = load_framework()
TODAY = date(2027, 3, 31)
META = {"tracker_id": "T-TEST", "key": "0f" * 32, "language": "en"}


def _book(tracker: Tracker) -> Any:
    return openpyxl.load_workbook(io.BytesIO(build_tracker(tracker, TODAY)))


@cache
def _sample() -> bytes:
    return build_tracker(tracker_of(FRAMEWORK, sample_rows(FRAMEWORK, TODAY), META), TODAY)


@cache
def _sample_book() -> Any:
    return openpyxl.load_workbook(io.BytesIO(_sample()))


def _part(book: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(book)) as file:
        return file.read(name)


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_table_is_a_real_table_of_its_own_with_the_schemas_headings(language: str) -> None:
    book = _book(tracker_of(FRAMEWORK, {}, {**META, "language": language}))
    for table in FRAMEWORK.tables.values():
        sheet = book[table.sheet]
        drawn = sheet.tables[table.excel_name]
        assert drawn.ref == f"A{HEADER_ROW}:{column_letters(len(table.fields))}{HEADER_ROW + 1}"
        assert [cell.value for cell in sheet[HEADER_ROW]] == [
            field.heading(language) for field in table.fields
        ]  # type: ignore[arg-type]
        assert [column.name for column in drawn.tableColumns] == [cell.value for cell in sheet[HEADER_ROW]]
        assert sheet.max_row == HEADER_ROW + 1, "an empty table has one blank row and nothing below"
        assert sheet["A1"].value == (table.sheet_cy if language == "cy" else table.sheet)
        assert sheet["A2"].value == table.description
        assert sheet["A3"].hyperlink.location == "'Guide'!A1"


def test_the_sheets_stand_in_order_and_only_those_of_daily_work_are_shown() -> None:
    book = _book(tracker_of(FRAMEWORK, {}, META))
    names = [table.sheet for table in FRAMEWORK.tables.values() if table.name != "today"]
    assert book.sheetnames == ["Today", "Dashboard", *names, "Guide", "_cvsb", "_last"]
    states = {
        state: [sheet.title for sheet in book if sheet.sheet_state == state]
        for state in ("visible", "veryHidden")
    }
    assert states["visible"] == [
        "Today", "Dashboard", "Referrals", "Reviews", "Recommendations", "Actions", "Assignments", "Decisions", "Escalations", "Guide",
    ]  # fmt: skip
    assert states["veryHidden"] == ["_cvsb", "_last"]
    assert book.active.title == "Today"


def test_conflicts_and_findings_are_shown_while_they_hold_something() -> None:
    book = _book(tracker_from("""
    ## Conflicts
    | conflict_id | state |
    |-------------|-------|
    | C-1         | Open  |

    ## Findings
    | number | code |
    |--------|------|
    | 1      | S101 |
    """, META))  # fmt: skip
    assert book["Conflicts"].sheet_state == "visible"
    assert book["Findings"].sheet_state == "visible"
    assert book["Waivers"].sheet_state == "hidden"


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    """Every value of the worked example, faults and all, through our own reader."""
    tracker = tracker_of(FRAMEWORK, sample_rows(FRAMEWORK, TODAY), META)
    path = tmp_path / "Tracker.xlsx"
    path.write_bytes(_sample())
    read = open_tracker(path, FRAMEWORK).tracker
    assert read.meta == META
    for table in FRAMEWORK.tables.values():
        stored = [field.name for field in table.fields if not field.live]
        wrote = [[row[name] for name in stored] for row in tracker[table.name]]
        assert [[row[name] for name in stored] for row in read[table.name]] == wrote


def test_text_that_starts_like_a_formula_stays_text() -> None:
    tracker = tracker_of(FRAMEWORK, {"actions": [
        {"action_id": "A-1", "action": "=1+1", "measure": "-done", "ownership_notes": "@SWP", "contributing": "+CAR"},
    ], "recommendations": [{"recommendation_id": "RC-1", "number": "3.140"}, {"recommendation_id": "RC-2", "number": "1-2"}]}, META)  # fmt: skip
    book = _book(tracker)
    cells = {cell.value: cell for cell in book["Actions"][HEADER_ROW + 1]}
    for text in ("=1+1", "-done", "@SWP", "+CAR"):
        assert cells[text].data_type == "s"
        assert cells[text].quotePrefix
    numbers = [book["Recommendations"].cell(HEADER_ROW + row, 3) for row in (1, 2)]
    assert [(cell.value, cell.number_format) for cell in numbers] == [("3.140", "@"), ("1-2", "@")]


def test_only_live_columns_and_the_marking_are_formulas() -> None:
    for table in FRAMEWORK.tables.values():
        sheet = _sample_book()[table.sheet]
        found = {
            cell.column
            for row in sheet.iter_rows(min_row=HEADER_ROW)
            for cell in row
            if cell.data_type == "f"
        }
        live = {position for position, field in enumerate(table.fields, 1) if field.live}
        assert found == live
        assert sheet["B3"].data_type == "f"
        for position, field in enumerate(table.fields):
            column = sheet.tables[table.excel_name].tableColumns[position]
            assert bool(column.calculatedColumnFormula) is field.live


def test_computed_cells_are_told_apart_by_more_than_colour() -> None:
    """Italic cells under an italic heading; the Review Manager's own cells and headings are upright; keys are bold."""
    for table in FRAMEWORK.tables.values():
        if table.kind == "generated":
            continue
        sheet = _sample_book()[table.sheet]
        for position, field in enumerate(table.fields, 1):
            heading, cell = sheet.cell(HEADER_ROW, position), sheet.cell(HEADER_ROW + 1, position)
            assert heading.font.italic is (field.owner == "computed"), f"{table.name}.{field.name}"
            assert cell.font.italic is (field.owner == "computed"), f"{table.name}.{field.name}"
            assert cell.font.bold is (field.name in table.primary_key), f"{table.name}.{field.name}"


def test_one_typeface_and_no_theme_font_that_would_replace_it() -> None:
    fonts = etree.fromstring(_part(_sample(), "xl/styles.xml")).find("{*}fonts")
    assert {font.find("{*}name").get("val") for font in fonts} == {style.FONT}
    assert {font.find("{*}scheme") for font in fonts} == {None}


def test_titles_and_headings_carry_real_cell_styles() -> None:
    for sheet in _sample_book():
        if not sheet.title.startswith("_"):
            assert sheet["A1"].style == "Title", sheet.title
    actions = _sample_book()["Actions"]
    assert actions["A4"].style == "Heading 3"
    assert actions["R5"].style == "Calculation"


def test_no_cell_is_merged_and_the_headings_and_the_key_stay_in_view() -> None:
    for sheet in _sample_book():
        assert not sheet.merged_cells.ranges
    for table in FRAMEWORK.tables.values():
        assert _sample_book()[table.sheet].freeze_panes == f"B{HEADER_ROW + 1}"


def test_every_sheet_prints_landscape_as_wide_as_pages_with_its_headings_on_each() -> None:
    for sheet in _sample_book():
        if sheet.title.startswith("_"):
            continue
        # The Guide is a text to read: two upright pages.
        assert sheet.page_setup.orientation == ("portrait" if sheet.title == "Guide" else "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == (None if sheet.title == "Dashboard" else 0), (
            "None is 1: a single page"
        )
        assert sheet.print_area
        assert not sheet.oddHeader.center.text
        assert not sheet.oddFooter.center.text
    for table in FRAMEWORK.tables.values():
        sheet = _sample_book()[table.sheet]
        assert sheet.print_title_rows == f"${HEADER_ROW - 1}:${HEADER_ROW}", "the marking and the headings"
        assert sheet.oddFooter.right.text == "Page &P of &N"


def test_the_title_of_a_sheet_that_prints_over_two_pages_stands_whole_on_each() -> None:
    for table in FRAMEWORK.tables.values():
        sheet = _sample_book()[table.sheet]
        over_two = (sheet.page_setup.fitToWidth or 1) > 1
        assert (sheet.oddHeader.left.text == table.sheet) == over_two
        first = sheet.print_area.split("!")[1].split(":")[0]
        assert first == (f"$A${HEADER_ROW - 1}" if over_two else "$A$1"), "the cell's own would be cut off"


def _checks(sheet: Any) -> dict[str, DataValidation]:
    headings = {cell.column_letter: cell.value for cell in sheet[HEADER_ROW]}
    return {
        headings[re.match(r"[A-Z]+", str(item.sqref))[0]]: item
        for item in sheet.data_validations.dataValidation
    }  # type: ignore[index]


def test_lists_dates_numbers_and_lengths_are_checked_and_help_is_shown() -> None:
    checks = _checks(_sample_book()["Actions"])
    assert checks["Area"].formula1 == '"Cardiff,Vale of Glamorgan,Both,Regional,National"'
    assert (checks["Due on"].type, checks["Due on"].errorStyle) == ("date", None)
    assert (checks["Action"].type, checks["Action"].formula1) == ("textLength", "8000")
    assert (checks["Lead agency"].formula1, checks["Lead agency"].errorStyle) == ("Keys_Agencies", "warning")
    assert _checks(_sample_book()["Dissemination"])["Reach"].type == "whole"
    assert _sample_book().defined_names["Keys_Agencies"].attr_text == "Agencies[Agency]"
    for table in FRAMEWORK.tables.values():
        for field in table.fields:
            check = _checks(_sample_book()[table.sheet])[field.title]
            assert check.prompt == field.help or (check.prompt.endswith("…") and len(check.prompt) <= 255)
            assert len(check.promptTitle) <= 32


def test_checks_and_colours_grow_with_the_table(tmp_path: Path) -> None:
    """A row appended by a verb is checked, formatted and calculated as the rows above it."""
    path = tmp_path / "Tracker.xlsx"
    path.write_bytes(build_tracker(tracker_from("""
    ## Actions
    | action_id | action |
    |-----------|--------|
    | A-0001    | First  |
    """, META), TODAY))  # fmt: skip
    save_edits(
        open_tracker(path, FRAMEWORK), [AppendRow("actions", {"action_id": "A-0002", "action": "Second"})]
    )
    sheet = openpyxl.load_workbook(path)["Actions"]
    assert sheet.tables["Actions"].ref == "A4:Y6"
    assert {str(item.sqref).rpartition(":")[2][-1] for item in sheet.data_validations.dataValidation} == {"6"}
    assert {str(item.sqref)[-1] for item in sheet.conditional_formatting} == {"6"}
    timeliness = FRAMEWORK["actions"].fields.index(FRAMEWORK["actions"]["timeliness"]) + 1
    assert sheet.cell(6, timeliness).value == sheet.cell(5, timeliness).value
    assert sheet.cell(6, timeliness).font.italic


def test_the_tool_finds_itself_again_in_the_very_hidden_sheets() -> None:
    book = _sample_book()
    assert {row[0].value: row[1].value for row in book["_cvsb"].iter_rows()} == META
    assert {item.name: item.value for item in book.custom_doc_props.props} == {"cvsb_tracker_id": "T-TEST"}
    assert "tracker" in book.properties.title


def test_a_record_of_the_trackers_own_that_no_cell_holds_is_refused() -> None:
    with pytest.raises(CannotDo, match=r"40,000 characters"):
        build_tracker(tracker_of(FRAMEWORK, {}, {"key": "x" * 40_000}), TODAY)


def test_places_that_today_names_are_links() -> None:
    book = _book(tracker_from("""
    ## Today
    | order | what  | where        |
    |-------|-------|--------------|
    | 1     | Chase | Actions!J10  |
    | 2     | Put   | Ratification |
    | 3     | Look  | somewhere    |
    """, META))  # fmt: skip
    cells = [book["Today"].cell(HEADER_ROW + row, 5) for row in (1, 2, 3)]
    assert [cell.hyperlink.location if cell.hyperlink else None for cell in cells] == [
        "Actions!J10",
        "'Ratification'!A1",
        None,
    ]
    assert [cell.value for cell in cells] == ["Actions!J10", "Ratification", "somewhere"]


def test_the_dashboards_charts_are_native_and_described() -> None:
    drawing = etree.fromstring(_part(_sample(), "xl/drawings/drawing1.xml"))
    described = [item.get("descr") for item in drawing.iter("{*}cNvPr")]
    assert len(described) == 7
    assert all(text.startswith("Bar chart: ") and " of this sheet." in text for text in described)
    for number in range(1, 8):
        chart = _part(_sample(), f"xl/charts/chart{number}.xml").decode()
        assert "Dashboard" in chart
        assert 'typeface="Arial"' in chart


def test_the_guide_names_every_sheet_every_clock_and_the_departures() -> None:
    guide = _sample_book()["Guide"]
    cells = [cell.value for row in guide.iter_rows() for cell in row if cell.value]
    links = {cell.hyperlink.location for row in guide.iter_rows() for cell in row if cell.hyperlink}
    for table in FRAMEWORK.tables.values():
        assert f"'{table.sheet}'!A1" in links
    for clock in FRAMEWORK.clocks:
        assert any(clock.sentence in str(text) for text in cells)
    assert any("Unhide" in str(text) for text in cells)
    assert any("frozen panes" in str(text) for text in cells)
    assert cells.count("Hidden") == sum(sheet.sheet_state == "hidden" for sheet in _sample_book())


def test_words_in_colour_can_be_read() -> None:
    """Contrast of at least 4.5 to 1 (WCAG 2.2 AA) for every tone, and for headings on the accent colour."""
    pairs = [(str(tone["font_color"]), str(tone["bg_color"])) for tone in style.TONES.values()]
    pairs += [(style.WHITE, style.ACCENT), (style.ACCENT, style.ACCENT_PALE), (style.QUIET, style.COMPUTED_FILL),
              (style.INK, style.AGENCY_FILL), (style.ACCENT, style.WHITE)]  # fmt: skip
    for ink, ground in pairs:
        assert _contrast(ink, ground) >= 4.5, f"{ink} on {ground}"


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.live
@pytest.mark.slow
def test_libreoffice_opens_the_sample_without_loss(tmp_path: Path) -> None:
    """Opened and saved again: tables, checks, names, charts, hidden sheets and every value are still there.

    Frozen panes are left out: they belong to a view, and a LibreOffice without a window has none to save.
    """
    path = recalculated(_sample(), tmp_path)
    before, after = openpyxl.load_workbook(io.BytesIO(_sample())), openpyxl.load_workbook(path)
    assert after.sheetnames == before.sheetnames
    for sheet in before:
        other = after[sheet.title]
        assert other.sheet_state.replace("veryHidden", "hidden") == sheet.sheet_state.replace(
            "veryHidden", "hidden"
        )
        assert dict(other.tables.items()) == dict(sheet.tables.items())
        assert _covered(other.data_validations.dataValidation) == _covered(
            sheet.data_validations.dataValidation
        )
        assert len(other._charts) == len(sheet._charts)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    assert other[cell.coordinate].value == cell.value, f"{sheet.title}!{cell.coordinate}"
    assert {name for name in before.defined_names if name.startswith("Keys_")} <= set(after.defined_names)


def _covered(checks: list[DataValidation]) -> int:
    return sum(area.size["rows"] * area.size["columns"] for check in checks for area in check.sqref.ranges)
