"""The agency sheet: what was issued is all there, only the agency's own cells are open, and it answers back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cvsb_xl.books.agency_book import build_agency_sheet
from cvsb_xl.books.agency_checks import check_value
from cvsb_xl.books.agency_table import BANNER_ROW, HEADINGS_ROW
from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Language
from cvsb_xl.hosts.returns import read_returns
from cvsb_xl.merge.columns import sheet_columns
from cvsb_xl.merge.sheet import AgencySheet, SheetTable, past_due
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import Value
from cvsb_xl.verbs.issue import issue
from cvsb_xl.verbs.merge import merge
from tests.office import recalculated
from tests.rounds import META, context, settled

FRAMEWORK = load_framework()
TRACKER = """
## Agencies
| agency | name                | areas   | board_partner |
|--------|---------------------|---------|---------------|
| SWP    | South Wales Police  | Cardiff | Yes           |
| CC     | Cardiff Council     | Cardiff | Yes           |

## Reviews
| review_id | title          | review_type | started_on | report_published_on | plan_published_on | stage      |
|-----------|----------------|-------------|------------|---------------------|-------------------|------------|
| RV-0001   | Missed visits  | SUSR        | 2025-06-01 | 2026-06-01          | 2026-06-01        | Monitoring |

## Recommendations
| recommendation_id | review_id | recommendation      |
|-------------------|-----------|---------------------|
| RC-0001           | RV-0001   | See the child       |

## Actions
| action_id | review_id | recommendation_id | action             | measure           | due_on     | lead_agency | area    | contributing |
|-----------|-----------|-------------------|--------------------|-------------------|------------|-------------|---------|--------------|
| A-0001    | RV-0001   | RC-0001           | Write the protocol | Protocol in force | 2027-06-30 | SWP         | Cardiff | CC           |
| A-0002    | RV-0001   | RC-0001           | =Audit 20 files    | Audit report      | 2027-01-31 | SWP         | Cardiff |              |

## Assignments
| assignment_id | action_id | agency | area    | role         | progress          | evidence    | impact           | progress_update     | completed_on |
|---------------|-----------|--------|---------|--------------|-------------------|-------------|------------------|---------------------|--------------|
| AS-0001       | A-0001    | SWP    | Cardiff | Lead         | Not started       |             |                  |                     |              |
| AS-0002       | A-0001    | CC     | Cardiff | Contributing | In progress       | Council log | Council impact   | Council words alone |              |
| AS-0003       | A-0002    | SWP    | Cardiff | Lead         | Proposed complete | Draft audit |                  | Half the files read | 2027-03-01   |

## Dissemination
| dissemination_id | review_id | agency | method   | delivered_on | reach |
|------------------|-----------|--------|----------|--------------|-------|
| DI-0001          | RV-0001   | SWP    | Training | 2027-02-01   | 40    |
"""


def _issued(language: Language = "en") -> tuple[Tracker, AgencySheet]:
    return _issued_in(language)


@cache
def _issued_in(language: Language) -> tuple[Tracker, AgencySheet]:
    tracker = settled(TRACKER)
    tracker = replace(tracker, meta={**META, "language": language})
    outcome = issue(tracker, context(), ["SWP"], date(2027, 4, 30))
    return apply_edits(tracker, outcome.edits), outcome.documents[0]


@cache
def _built(language: Language = "en") -> bytes:
    return build_agency_sheet(_issued(language)[1])


@cache
def _book(language: Language = "en") -> Any:
    return openpyxl.load_workbook(io.BytesIO(_built(language)))


def _rows(sheet: Any) -> list[dict[str, Any]]:
    headings = [cell.value for cell in sheet[HEADINGS_ROW]]
    return [dict(zip(headings, row, strict=True)) for row in sheet.iter_rows(min_row=HEADINGS_ROW + 1)]


def test_everything_that_was_issued_stands_under_its_heading() -> None:
    for table in _issued()[1].tables:
        drawn = _rows(_book()[table.table.sheet])
        assert len(drawn) == len(table.rows) + len(table.spare)
        for row, wanted in zip(drawn, table.rows, strict=False):
            for column in table.columns:
                value = row[column.field.title].value
                assert (value.date() if hasattr(value, "date") else value) == wanted.get(column.name)


def test_the_five_columns_that_matter_are_seen_first_and_the_rest_stands_under_what_it_is_for() -> None:
    sheet = _book()["Assignments"]
    headings = [cell.value for cell in sheet[HEADINGS_ROW]]
    assert headings[:6] == [
        "Assignment ID", "Action", "Due on", "Progress", "Progress update", "Ready for the Delivery Group?",
    ]  # fmt: skip
    banners = {cell.value: headings[cell.column - 1] for cell in sheet[BANNER_ROW] if cell.value}
    assert banners == {
        "What was agreed": "Action", "Now": "Progress", "If complete": "Evidence", "If stuck": "Barriers",
        "Who leads on it": "Lead name", "More about it": "Review ID",
    }  # fmt: skip
    assert sum(sheet.column_dimensions[letter].width for letter in "ABCDEF") < 165
    assert sheet.freeze_panes == f"C{HEADINGS_ROW + 1}"
    assert headings[6] == "Your last update"  # beside the update that is asked for anew


def test_a_refusal_and_a_revised_date_move_up_to_where_they_are_seen() -> None:
    tracker = settled(TRACKER + """
## Decisions
| decision_id | body           | meeting_on | action_id | proposal  | decision     | reason           | new_due_on |
|-------------|----------------|------------|-----------|-----------|--------------|------------------|------------|
| D-0001      | Delivery Group | 2027-03-02 | A-0002    | Extension | Ratified     |                  | 2027-05-31 |
| D-0002      | Delivery Group | 2027-03-20 | A-0002    | Complete  | Not ratified | No audit was seen |           |
""")  # fmt: skip
    book = openpyxl.load_workbook(
        io.BytesIO(build_agency_sheet(issue(tracker, context(), ["SWP"]).documents[0]))
    )
    row = _rows(book["Assignments"])[0]
    assert list(row)[:5] == ["Assignment ID", "Action", "Due on", "Revised due on", "Delivery Group said"]
    assert row["Delivery Group said"].value == "Not ratified on 20 March 2027: No audit was seen"


def test_only_the_agencys_own_cells_are_unlocked_on_protected_sheets_without_a_password() -> None:
    open_cells = set()
    for sheet in _book():
        if sheet.title == "Start here":
            continue
        assert sheet.protection.sheet, sheet.title
        assert sheet.protection.password is None
        open_cells |= {
            (sheet.title, cell.coordinate)
            for row in sheet.iter_rows()
            for cell in row
            if not cell.protection.locked
        }
    wanted = set()
    for table in _issued()[1].tables:
        rows = _rows(_book()[table.table.sheet])
        for number, row in enumerate(rows):
            for column in table.columns:
                spare = number >= len(table.rows) and column.name == "review_id"
                if column.kind == "input" or spare:
                    wanted.add((table.table.sheet, row[column.field.title].coordinate))
    assert open_cells == wanted
    start = _book()["Start here"]
    unlocked = [cell for row in start.iter_rows() for cell in row if not cell.protection.locked]
    assert [start.cell(cell.row, 1).value for cell in unlocked] == ["Reviewed by", "Reviewed on"]


def test_open_cells_have_their_list_their_check_and_their_help() -> None:
    for table in _issued()[1].tables:
        sheet = _book()[table.table.sheet]
        first = _rows(sheet)[0]
        for column in table.columns:
            if column.kind != "input":
                continue
            cell = first[column.field.title]
            check = next(
                item for item in sheet.data_validations.dataValidation if cell.coordinate in item.sqref
            )
            assert check.prompt.startswith(column.field.help[:60])
            if column.field.enum:
                assert check.formula1 == f'"{",".join(column.field.enum)}"'
            elif column.field.type == "date":
                assert check.type == "date"


def test_a_spare_row_offers_the_reviews_that_were_issued() -> None:
    sheet = _book()["Dissemination"]
    rows = _rows(sheet)
    assert [bool(row["Review ID"].value) for row in rows] == [True, False, False, False, False, False]
    check = next(
        item
        for item in sheet.data_validations.dataValidation
        if rows[1]["Review ID"].coordinate in item.sqref
    )
    assert check.formula1 == "Lists!$A$2:$A$2"
    assert rows[0]["Review ID"].coordinate not in check.sqref
    assert [cell.value for cell in _book()["Lists"]["A"]] == ["Review ID", "RV-0001"]
    assert _book()["Lists"].sheet_state == "hidden"


def test_progress_update_is_blank_beside_what_was_said_last_time() -> None:
    row = next(row for row in _rows(_book()["Assignments"]) if row["Assignment ID"].value == "AS-0003")
    assert row["Progress update"].value is None
    assert row["Your last update"].value == "Half the files read"


def test_nothing_of_another_agency_is_in_the_file_but_the_overview() -> None:
    with zipfile.ZipFile(io.BytesIO(_built())) as file:
        everything = b"".join(file.read(name) for name in file.namelist())
    for words in (b"Council words alone", b"Council log", b"Council impact", b"AS-0002"):
        assert words not in everything
    overview = [[cell.value for cell in row] for row in _book()["Overview"].iter_rows(min_row=4)]
    assert overview[0][:5] == ["Review ID", "Review", "Recommendation", "Action ID", "Action"]
    assert [row[3] for row in overview[1:]] == ["A-0001", "A-0002"]


def test_the_carrier_is_very_hidden_and_word_for_word() -> None:
    sheet = _book()["_cvsb"]
    assert sheet.sheet_state == "veryHidden"
    held = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert {name: held[name] for name in held if not name.startswith("printed-")} == dict(
        _issued()[1].carrier
    )
    assert {item.name: item.value for item in _book().custom_doc_props.props} == {
        "cvsb_sheet_id": _issued()[1].sheet_id
    }


def test_a_text_that_starts_like_a_formula_stays_text() -> None:
    row = next(row for row in _rows(_book()["Assignments"]) if row["Assignment ID"].value == "AS-0003")
    assert (row["Action"].value, row["Action"].data_type, row["Action"].quotePrefix) == (
        "=Audit 20 files",
        "s",
        True,
    )


def test_the_first_sheet_says_what_to_do_and_how_far_one_is() -> None:
    start = _book()["Start here"]
    texts = [cell.value for row in start.iter_rows() for cell in row if cell.value]
    assert texts[0] == "South Wales Police: your part in the Board's actions"
    assert "30 April 2027" in texts
    assert any(str(text).startswith("1. Assignments") for text in texts)
    assert start["A1"].style == "Title"
    assert _book().sheetnames == [
        "Start here",
        "Assignments",
        "Acknowledgements",
        "Dissemination",
        "Overview",
        "Lists",
        "_cvsb",
    ]
    assert not any(sheet.merged_cells.ranges for sheet in _book())


def test_dissemination_counts_the_rows_that_were_filled_in_and_those_with_gaps() -> None:
    start = _book()["Start here"]
    counted = {row[0].value: str(row[1].value) for row in start.iter_rows() if row[0].value}
    assert counted["Dissemination"].startswith("=(COUNTIF(")
    assert counted["Dissemination"].endswith('&" filled in"')


def test_in_welsh_a_check_names_what_is_missing_by_the_sheets_own_headings() -> None:
    sheet = _issued("cy")[1]
    row = {"progress": "Proposed complete", "completed_on": date(2027, 3, 1)}
    columns = next(table.columns for table in sheet.tables if table.table.name == "assignments")
    assert check_value("assignments", columns, row, "cy") == "Missing: tystiolaeth; effaith"
    formulas = [
        cell.value for cell in next(_book("cy")["Assignments"].iter_rows(min_row=6)) if cell.data_type == "f"
    ]
    assert "; tystiolaeth" in formulas[0]


def test_an_agency_with_no_assignment_is_told_so() -> None:
    sheet = _issued()[1]
    tables = tuple(replace(table, rows=(), spare=()) for table in sheet.tables)
    book = openpyxl.load_workbook(
        io.BytesIO(build_agency_sheet(replace(sheet, tables=tables, overview=(), reviews=())))
    )
    assert book["Assignments"]["A2"].value == "There is nothing here for you this time."
    assert book["Overview"]["A2"].value == "No review is published at present."
    assert all(cell.protection.locked for row in book["Assignments"].iter_rows() for cell in row)


@pytest.mark.parametrize("language", ["en", "cy"])
def test_a_sheet_that_comes_back_untouched_merges_as_unchanged(language: Language, tmp_path: Path) -> None:
    """In Welsh too, where list values are shown in Welsh and read back as what is stored."""
    _merges_unchanged(_built(language), language, tmp_path / "SWP.xlsx")
    if language == "cy":
        words = {cell.value for row in _book("cy")["Assignments"].iter_rows() for cell in row}
        assert {"Heb ddechrau", "Cynigir wedi'i gwblhau", "Caerdydd"} <= words
        assert not {"Not started", "Proposed complete"} & words


@pytest.mark.live
@pytest.mark.slow
def test_a_sheet_that_libreoffice_saved_merges_as_unchanged(tmp_path: Path) -> None:
    _merges_unchanged(recalculated(_built(), tmp_path).read_bytes(), "en", tmp_path / "SWP.xlsx")


def _merges_unchanged(built: bytes, language: Language, path: Path) -> None:
    path.write_bytes(built)
    tracker, _ = _issued(language)
    report = merge(tracker, context(), read_returns(FRAMEWORK, [path])).report
    counts = report.returns[0].counts
    assert (counts.applied, counts.conflicts, counts.rejected) == (0, 0, 0)
    assert counts.read == counts.unchanged > 50
    named = [finding.message for finding in report.returns[0].findings]
    assert len(named) == 1, "the one thing to say is that nobody has signed it off"
    assert "Reviewed by" in named[0]


def _every_state() -> AgencySheet:
    """A sheet whose rows hold every mixture of what the checks look at."""
    sheet = _issued()[1]
    progress = [None, *FRAMEWORK["assignments"]["progress"].enum]
    past, ahead = date(2020, 1, 1), date(2090, 1, 1)
    dates = [
        {"due_on": past},
        {"due_on": past, "revised_due_on": ahead},
        {"due_on": ahead, "revised_due_on": past},
        {"due_on": "On going"},
    ]
    said = [None, "Not ratified on 9 May 2027: Bring the list", "Deferred on 9 May 2027"]
    rows: Mapping[str, list[dict[str, Value]]] = {
        "assignments": [
            {"assignment_id": f"AS-{number:04d}", "progress": at, "progress_update": update, "evidence": evidence,
             "impact": impact, "completed_on": done, "step_down_reason": reason, **dates[number % 4],
             "last_decision": said[number % 3]}
            for number, (at, update, evidence, impact, done, reason) in enumerate(
                product(progress, (None, "Done", "  "), (None, "A log"), (None, "Less harm"), (None, date(2027, 1, 1)), (None, "Not needed"))
            )
        ],
        "acknowledgements": [
            {"acknowledgement_id": f"AK-{number}", "acknowledged_by": by, "acknowledged_on": on, "relevance": words}
            for number, (by, on, words) in enumerate(product((None, "A Name"), (None, date(2027, 1, 1)), (None, "Much")))
        ],
        "dissemination": [
            {"dissemination_id": f"DI-{number}", "review_id": review, "method": method, "delivered_on": on, "reach": reach}
            for number, (review, method, on, reach) in enumerate(
                product((None, "RV-0001"), (None, "Training"), (None, date(2027, 1, 1)), (None, 0, 12))
            )
        ],
    }  # fmt: skip
    tables = tuple(
        SheetTable(table.table, sheet_columns(table.table, FRAMEWORK), tuple(rows[table.table.name]))
        for table in sheet.tables
    )
    return replace(sheet, tables=tables)


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_check_says_in_libreoffice_what_python_says(language: Language, tmp_path: Path) -> None:
    sheet = replace(_every_state(), language=language)
    book = openpyxl.load_workbook(recalculated(build_agency_sheet(sheet), tmp_path), data_only=True)
    headings = {
        "assignments": "Ready for the Delivery Group?",
        "acknowledgements": "Answered?",
        "dissemination": "Anything missing?",
    }
    answered = {}
    for table in sheet.tables:
        said = [row[headings[table.table.name]].value or "" for row in _rows(book[table.table.sheet])]
        wanted = [check_value(table.table.name, table.columns, row, language) for row in table.rows]
        assert said == wanted
        assert len(set(wanted)) >= 5
        if not table.table.insertable:
            answered[table.table.sheet] = (
                f"{len(wanted) - wanted.count('Not answered yet')} of {len(wanted)} answered"
            )
    told = {row[0].value: row[1].value for row in book["Start here"].iter_rows()}
    assert {name: told[name] for name in answered} == answered
    today = date.today()  # noqa: DTZ011 - what TODAY() is in LibreOffice
    assert told["    past their due date"] == past_due(sheet.tables[0].rows, today) > 20
    missing = sum(text.startswith("Missing") for text in wanted)
    assert (
        told["    with something missing"] == missing > 5
    )  # the last line of that name is that of the last table
    assert told["Dissemination"] == f"{sum(map(bool, wanted))} filled in"


def test_the_checks_name_what_is_missing_and_say_when_nothing_is() -> None:
    columns = sheet_columns(FRAMEWORK["assignments"], FRAMEWORK)
    full: dict[str, Value] = {
        "progress": "Proposed complete",
        "evidence": "Log",
        "impact": "Less",
        "completed_on": date(2027, 1, 1),
    }
    assert check_value("assignments", columns, full) == "Ready for the Delivery Group"
    assert check_value("assignments", columns, {**full, "evidence": None}) == "Missing: evidence"
    assert (
        check_value("assignments", columns, {**full, "impact": " ", "completed_on": None})
        == "Missing: completed on; impact"
    )
    assert (
        check_value("assignments", columns, {"progress": "Proposed step-down"}) == "Missing: step down reason"
    )
    refused: dict[str, Value] = {**full, "last_decision": "Not ratified on 9 May 2027: Bring the list"}
    assert check_value("assignments", columns, refused).startswith("Missing: what has changed since")
    assert check_value("assignments", columns, {**refused, "progress_update": "Here it is"}).startswith(
        "Ready"
    )
    for other in (
        "Deferred on 9 May 2027",
        "You proposed it again on 10 May 2027. Before: Not ratified on 9 May 2027",
    ):
        assert check_value("assignments", columns, {**full, "last_decision": other}).startswith("Ready")
    assert check_value("assignments", columns, {"progress": "In progress"}) == "Not answered yet"
    assert check_value("assignments", columns, {"progress_update": "Half done"}) == "Answered"


def test_formulas_are_plain_enough_for_every_spreadsheet_program() -> None:
    """No structured references, no newer functions: Google Sheets has to work them out as well."""
    known = {"IF", "AND", "NOT", "OR", "LEFT", "TRIM", "MID", "COUNTIF", "COUNTIFS", "TODAY"}
    formulas = [
        cell.value for sheet in _book() for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
    ]
    assert len(formulas) > 10
    for formula in formulas:
        assert set(re.findall(r"([A-Z]+)\(", re.sub(r'"[^"]*"', "", formula))) <= known
        assert "[" not in formula
        assert len(formula) < 8192


def test_a_tracker_without_agency_columns_of_its_own_still_draws() -> None:
    """A board's own issued table has no check column: the sheet is drawn all the same."""
    sheet = _issued()[1]
    own = replace(FRAMEWORK["acknowledgements"], name="visits", sheet="Visits")
    table = SheetTable(own, sheet_columns(own, FRAMEWORK), ({"acknowledgement_id": "AK-1"},))
    book = openpyxl.load_workbook(io.BytesIO(build_agency_sheet(replace(sheet, tables=(table,)))))
    assert "Answered?" not in [cell.value for cell in book["Visits"][HEADINGS_ROW]]
