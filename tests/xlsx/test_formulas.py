"""The live formulas say what Python says, on the day the file is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cvsb_xl.books.dashboard import DASHBOARD
from cvsb_xl.books.live_formulas import column, here, live_formula, setting
from cvsb_xl.books.live_values import due_soon_days
from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.framework.clocks import next_milestone
from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Language
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.status import Status, timeliness
from cvsb_xl.tracker.tables import HEADER_ROW, Tracker, tracker_of
from cvsb_xl.tracker.values import as_text
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.update import review_dates
from tests.office import recalculated

FRAMEWORK = load_framework()
STATUSES: tuple[Status, ...] = (
    "Not started",
    "In progress",
    "Awaiting ratification",
    "Complete",
    "Stepped down",
)


def _actions(today: date, soon: int) -> list[dict[str, Any]]:
    """Every status against every kind of date: none, text, before, on and after today and the edge of "due soon"."""
    dates = [
        None,
        "On going",
        *(today + timedelta(days=days) for days in (-400, -1, 0, 1, soon - 1, soon, soon + 1, 400)),
    ]
    revisions = [
        None,
        today - timedelta(days=1),
        today + timedelta(days=soon),
        today + timedelta(days=soon + 1),
    ]
    return [
        {"action_id": f"A-{number:04d}", "action": f"Do {number}", "status": status, "due_on": due, "revised_due_on": revised,
         "lead_agency": ("SWP", "CAR", "swp", "VALE")[number % 4], "area": "Both"}
        for number, (status, due, revised) in enumerate(product(STATUSES, dates, revisions), 1)
    ]  # fmt: skip


def _reviews(today: date) -> list[dict[str, Any]]:
    """Every type of review, started never, at no date, or so that each clock has passed, falls today, or lies ahead."""
    starts = [
        None,
        "soon",
        today,
        today - timedelta(days=1),
        *(_back(today, months) for months in (2, 3, 12, 13)),
    ]
    done = [
        (),
        ("first_panel_on",),
        ("completed_on",),
        ("first_panel_on", "completed_on"),
        ("progress_reported_on",),
    ]
    published = [
        (None, None),
        (_back(today, 12), None),
        (_back(today, 12), _back(today, 13)),
        (_back(today, 13), _back(today, 14)),
        (today, "tbc"),
    ]
    rows: list[dict[str, Any]] = []
    for review_type in FRAMEWORK["reviews"]["review_type"].enum:
        for start, happened, (report, plan) in product(starts, done, published):
            rows.append({
                "review_id": f"RV-{len(rows) + 1:04d}", "title": "A review", "review_type": review_type, "started_on": start,
                "report_published_on": report, "plan_published_on": plan,
                **dict.fromkeys(happened, today - timedelta(days=3)),
                "stage": FRAMEWORK["reviews"]["stage"].enum[len(rows) % 8],
            })  # fmt: skip
    return rows


def _back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))


def _tracker(today: date, language: Language, settings: Mapping[str, str]) -> Tracker:
    rows = {
        "actions": _actions(today, int(settings["due_soon_days"])),
        "reviews": _reviews(today),
        "referrals": [
            {"referral_id": f"RF-{number:04d}", "review_id": f"RV-{number * 3:04d}", "crg_decision": "SUSR",
             "crg_met_on": today - timedelta(days=20 * number)}
            for number in range(1, 40)
        ],
        "agencies": [{"agency": code, "name": code} for code in ("CAR", "SWP", "IDLE", "VALE")],
        "escalations": [
            {"escalation_id": "E-0001", "description": "Stuck"},
            {"escalation_id": "E-0002", "description": "Was stuck", "closed_on": today},
        ],
        "returns": [
            {"sheet_id": f"S-{number}", "state": state, "due_back_on": today + timedelta(days=number - 2)}
            for number, state in enumerate(["Issued", "Issued", "Issued", "Returned", "Superseded"])
        ],
        "acknowledgements": [
            {"acknowledgement_id": f"AK-{number}", "agency": "SWP", "acknowledged_on": on}
            for number, on in enumerate([None, today, "last Tuesday", None, None])
        ],
        "dissemination": [
            {"dissemination_id": f"DI-{number}", "agency": "SWP", "delivered_on": on}
            for number, on in enumerate([None, today, today + timedelta(days=1), "soon", today - timedelta(days=9)])
        ],
        "conflicts": [{"conflict_id": f"C-{state}", "state": state} for state in ("Open", "Decided", "Replaced")],
        "settings": [{"setting": name, "value": value} for name, value in settings.items()],
    }  # fmt: skip
    tracker = tracker_of(FRAMEWORK, rows, {"tracker_id": "T-1", "language": language})
    context = Context(now=datetime(today.year, today.month, today.day, 12, tzinfo=UTC))
    return apply_edits(tracker, review_dates(tracker, context))


def _column(sheet: Any, heading: str) -> list[Any]:
    headings = [cell.value for cell in sheet[HEADER_ROW]]
    at = headings.index(heading) + 1
    return [sheet.cell(row, at).value for row in range(HEADER_ROW + 1, sheet.max_row + 1)]


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "settings"),
    [
        ("en", {"due_soon_days": "30"}),
        ("cy", {"due_soon_days": "0", "first_panel_from": " Decision "}),
    ],
)
def test_every_live_cell_and_dashboard_figure_is_what_python_says(
    language: Language, settings: Mapping[str, str], tmp_path: Path
) -> None:
    """LibreOffice works out a tracker whose cached values were wiped; each row and each figure is compared."""
    today = date.today()  # noqa: DTZ011 - what TODAY() is in LibreOffice
    tracker = _tracker(today, language, settings)
    book = build_tracker(tracker, today)
    opened = openpyxl.load_workbook(recalculated(book, tmp_path), data_only=True)
    actions, reviews = FRAMEWORK["actions"], FRAMEWORK["reviews"]
    said = _column(opened["Actions"], actions["timeliness"].heading(language))
    wanted = [
        timeliness(row["status"], row["due_on"], row["revised_due_on"], today, due_soon_days(tracker))  # type: ignore[arg-type]
        for row in tracker["actions"]
    ]
    assert said == wanted
    assert set(wanted) == set(actions["timeliness"].enum)
    milestones = [next_milestone(found, today) for found in review_milestones(tracker).values()]
    assert len(milestones) == 1400
    words = [text or "" for text in _column(opened["Reviews"], reviews["next_milestone"].heading(language))]
    assert words == [text for text, _ in milestones]
    dues = _column(opened["Reviews"], reviews["next_milestone_due"].heading(language))
    assert [due.date() if due else None for due in dues] == [due for _, due in milestones]
    told = [[cell.value or "" for cell in row] for row in opened[DASHBOARD].iter_rows()]
    cached = openpyxl.load_workbook(_saved(book, tmp_path), data_only=True)[DASHBOARD]
    assert told == [[cell.value or "" for cell in row] for row in cached.iter_rows()]
    assert sum(isinstance(value, int) and value > 0 for row in told for value in row) > 25


def _saved(book: bytes, folder: Path) -> Path:
    path = folder / "as-built.xlsx"
    path.write_bytes(book)
    return path


@pytest.mark.live
@pytest.mark.slow
def test_an_empty_tracker_shows_blank_rows_and_noughts(tmp_path: Path) -> None:
    tracker = tracker_of(FRAMEWORK, {}, {"tracker_id": "T-1"})
    book = build_tracker(tracker, date.today())  # noqa: DTZ011 - what TODAY() is in LibreOffice
    opened = openpyxl.load_workbook(recalculated(book, tmp_path), data_only=True)
    assert [cell.value or "" for cell in opened["Actions"][HEADER_ROW + 1]] == [""] * len(
        FRAMEWORK["actions"].fields
    )
    assert [cell.value or "" for cell in opened["Reviews"][HEADER_ROW + 1]] == [""] * len(
        FRAMEWORK["reviews"].fields
    )
    figures = [cell.value for cell in opened[DASHBOARD][6]] + [cell.value for cell in opened[DASHBOARD][9]]
    assert [value for value in figures if value is not None] == [0] * 16
    errors = [
        f"{sheet.title}!{cell.coordinate}: {cell.value}"
        for sheet in opened for row in sheet.iter_rows() for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("#")
    ]  # fmt: skip
    assert errors == []


def test_cached_values_are_pythons_answers_for_the_day(tmp_path: Path) -> None:
    """A program that does not calculate, such as a preview, shows what was true on the day the file was built."""
    today = date(2027, 3, 31)
    tracker = _tracker(today, "en", {"due_soon_days": "30"})
    sheet = openpyxl.load_workbook(_saved(build_tracker(tracker, today), tmp_path), data_only=True)["Actions"]
    said = _column(sheet, "Timeliness")
    assert said == [
        timeliness(row["status"], row["due_on"], row["revised_due_on"], today, 30)  # type: ignore[arg-type]
        for row in tracker["actions"]
    ]


def test_references_name_their_table_and_escape_what_a_heading_may_hold() -> None:
    """LibreOffice destroys `[@[Due on]]`, and an apostrophe in a Welsh heading would end the reference."""
    assert here(FRAMEWORK["actions"], "due_on", "en") == "Actions[[#This Row],[Due on]]"
    assert here(FRAMEWORK["actions"], "due_on", "cy") == "Actions[[#This Row],[I''w gwblhau erbyn]]"
    assert column(FRAMEWORK["change-log"], "seq", "en") == "Change_log[Seq]"


def test_formulas_fit_into_a_cell_and_use_only_functions_that_all_programs_share() -> None:
    known = {"IF", "AND", "OR", "NOT", "ISNUMBER", "TODAY", "IFERROR", "INDEX", "MATCH", "VALUE", "TRIM"}
    for language in ("en", "cy"):
        for table, field in (
            ("actions", "timeliness"),
            ("reviews", "next_milestone"),
            ("reviews", "next_milestone_due"),
        ):
            formula = live_formula(FRAMEWORK, table, field, language)  # type: ignore[arg-type]
            assert formula is not None
            assert len(formula) < 8192
            assert _functions(formula) <= known


def _functions(formula: str) -> set[str]:
    return set(re.findall(r"([A-Z]+)\(", re.sub(r'"[^"]*"|\[[^\]]*\]', "", formula)))


def test_a_clock_of_a_boards_own_gets_its_formula_from_the_data() -> None:
    """The formula is made from the clocks: nothing in it is written by hand for a SUSR."""
    own = replace(FRAMEWORK.clocks[-1], review_type="DHR", milestone="Home Office", months=6)
    formula = live_formula(
        replace(FRAMEWORK, clocks=(*FRAMEWORK.clocks, own)), "reviews", "next_milestone", "en"
    )
    assert formula is not None
    assert '="DHR"' in formula
    assert '"Home Office - overdue"' in formula


def test_a_setting_that_is_blank_reads_as_its_default() -> None:
    formula = setting(FRAMEWORK, "due_soon_days", "en", number=True)
    assert formula.startswith("IFERROR(VALUE(")
    assert formula.endswith(",30)")
    assert (
        as_text(
            due_soon_days(
                tracker_of(FRAMEWORK, {"settings": [{"setting": "due_soon_days", "value": "soon"}]})
            )
        )
        == "30"
    )
