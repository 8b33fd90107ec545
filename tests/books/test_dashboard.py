"""The Dashboard's figures, read back from the workbook, are what pandas counts in the rows; its tables add up; it prints on one page."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from typing import Any

import openpyxl
import pandas as pd
import pytest

from cvsb_xl.books.dashboard import DASHBOARD
from cvsb_xl.books.dashboard_figures import AGENCIES_SHOWN
from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.framework.clocks import next_milestone
from cvsb_xl.framework.load import load_framework
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.new import new_tracker
from tests.papers.figures import effective_due, frame, statuses
from tests.rounds import TODAY, context

FRAMEWORK = load_framework()
SAMPLE = new_tracker(FRAMEWORK, context(), sample=True)
OPEN = ["Not started", "In progress", "Awaiting ratification"]


def sheet_of(tracker: Tracker) -> Any:
    return openpyxl.load_workbook(io.BytesIO(build_tracker(tracker, TODAY)), data_only=True)[DASHBOARD]


def tiles(sheet: Any) -> dict[str, int]:
    """The figures on top, by the words above them."""
    cells = [
        (sheet.cell(row, column), sheet.cell(row + 1, column)) for row in (5, 8) for column in range(1, 17, 2)
    ]
    return {above.value: below.value for above, below in cells}


def table(sheet: Any, title: str) -> dict[str, list[int]]:
    """The rows of a small table, by their label; those that name nobody are left out."""
    found = next(cell for row in sheet.iter_rows(min_row=11) for cell in row if cell.value == title)
    rows = {}
    for row in range(found.row + 1, sheet.max_row + 1):
        label, *rest = (sheet.cell(row, found.column + at).value for at in (0, 2, 3, 4))
        if label is None and title != "Actions by lead agency":
            break
        if label:
            rows[label] = [value for value in rest if isinstance(value, int)]
        if label == "All others":
            break
    return rows


def actions_of(tracker: Tracker) -> pd.DataFrame:
    actions = frame(tracker, "actions").drop_duplicates("action_id").set_index("action_id")
    actions["status"] = statuses(tracker, TODAY)
    due = effective_due(tracker, TODAY)
    actions["left"] = due.map(lambda day: (day - TODAY).days if isinstance(day, date) else None)
    actions["open"] = actions["status"].isin(OPEN)
    actions["running"] = actions["status"].isin(["Not started", "In progress"])
    actions["overdue"] = actions["running"] & (actions["left"] < 0)
    return actions


def test_the_figures_on_top_are_what_pandas_counts() -> None:
    actions, shown = actions_of(SAMPLE), tiles(sheet_of(SAMPLE))
    reviews, learnt = frame(SAMPLE, "reviews"), frame(SAMPLE, "acknowledgements")
    dues = [due for _, due in (next_milestone(found, TODAY) for found in review_milestones(SAMPLE).values())]
    due_in = {
        days: int((actions["running"] & actions["left"].between(0, days)).sum()) for days in (30, 60, 90)
    }
    assert shown == {
        "Open actions": actions["open"].sum(),
        "Overdue": actions["overdue"].sum(),
        **{f"Due in the next {days} days": number for days, number in due_in.items()},
        "With no due date": (actions["running"] & actions["left"].isna()).sum(),
        "Awaiting ratification": (actions["status"] == "Awaiting ratification").sum(),
        "Closed actions": (~actions["open"]).sum(),
        "Open reviews": (reviews["stage"] != "Closed").sum(),
        "Review dates passed": sum(due is not None and due < TODAY for due in dues),
        "Open barriers and risks": frame(SAMPLE, "escalations")["closed_on"].isna().sum(),
        "Returns outstanding": 0,
        "Returns late": 0,
        "Conflicts to decide": 0,
        "Learning acknowledged": learnt["acknowledged_on"].notna().sum(),
        "Not yet acknowledged": learnt["acknowledged_on"].isna().sum(),
    }
    assert due_in[30] < due_in[90]


def test_the_small_tables_are_what_pandas_counts_and_add_up() -> None:
    actions, sheet = actions_of(SAMPLE), sheet_of(SAMPLE)
    for title, field, held in (
        ("Actions by status", "status", actions),
        ("Reviews by stage", "stage", frame(SAMPLE, "reviews")),
    ):
        counted = held[field].value_counts()
        assert table(sheet, title) == {word: [counted.get(word, 0)] for word in table(sheet, title)}
        assert sum(number for (number,) in table(sheet, title).values()) == len(held)
    timeliness = {word: number for word, (number,) in table(sheet, "Actions by timeliness").items()}
    assert sum(timeliness.values()) == len(actions)
    assert timeliness["Due soon"] == (actions["running"] & actions["left"].between(0, 30)).sum()
    known = {code.casefold() for code in frame(SAMPLE, "agencies")["agency"]}
    for title, field, other in (
        ("Actions by lead agency", "lead_agency", "All others"),
        ("Actions by area", "area", "No known area"),
    ):
        rows = table(sheet, title)
        named = actions[field].where(actions[field].isin(rows), other)
        for label, numbers in rows.items():
            own = actions[named == label]
            assert numbers == [own["open"].sum(), own["overdue"].sum()], label
        assert sum(numbers[0] for numbers in rows.values()) == actions["open"].sum()
    assert {code.casefold() for code in table(sheet, "Actions by lead agency")} - known == {"all others"}


def test_every_review_stands_at_one_milestone_or_at_none() -> None:
    rows = table(sheet_of(SAMPLE), "Reviews by next milestone")
    found = [next_milestone(clocks, TODAY) for clocks in review_milestones(SAMPLE).values()]
    for name, (ahead, passed, waiting) in list(rows.items())[:-1]:
        own = [(words, due) for words, due in found if words.split(" - ")[0] == name]
        assert ahead == sum(due is not None and due >= TODAY for _, due in own)
        assert passed == sum(due is not None and due < TODAY for _, due in own)
        assert waiting == sum(due is None for _, due in own)
    assert sum(map(sum, rows.values())) == len(SAMPLE["reviews"].by_key)


@pytest.mark.parametrize("agencies", [0, 1, AGENCIES_SHOWN, AGENCIES_SHOWN + 3])
def test_however_many_agencies_lead_the_sum_of_the_rest_is_said(agencies: int) -> None:
    """The first twelve are named; actions of the rest, of nobody and of codes that Agencies does not know stand in one line."""
    rows = [
        {"action_id": f"A-{at}", "lead_agency": f"X{at}", "due_on": TODAY - timedelta(days=1)}
        for at in range(agencies)
    ]
    rows += [{"action_id": "B-1"}, {"action_id": "B-2", "lead_agency": "NOBODY", "status": "Complete"}]
    known = [{"agency": f"X{at}", "name": "Somebody"} for at in range(agencies)]
    tracker = tracker_of(FRAMEWORK, {"actions": rows, "agencies": known})  # type: ignore[dict-item]
    told = table(sheet_of(tracker), "Actions by lead agency")
    rest = max(0, agencies - AGENCIES_SHOWN)
    assert told.pop("All others") == [rest + 1, rest]
    assert told == {f"X{at}": [1, 1] for at in range(min(agencies, AGENCIES_SHOWN))}


def test_every_chart_has_words_for_those_who_do_not_see_it_and_the_page_is_one_landscape_sheet() -> None:
    with zipfile.ZipFile(io.BytesIO(build_tracker(SAMPLE, TODAY))) as book:
        charts = [name for name in book.namelist() if name.startswith("xl/charts/chart")]
        drawing = book.read("xl/drawings/drawing1.xml").decode()
        book_xml = openpyxl.load_workbook(io.BytesIO(build_tracker(SAMPLE, TODAY)))
    sheet = book_xml[DASHBOARD]
    assert len(charts) == drawing.count('descr="Bar chart: ') == 7
    for title in ("Actions by status", "Reviews by next milestone", "Learning of reviews"):
        assert f'descr="Bar chart: {title.lower()}. The figures stand in cells ' in drawing
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.fitToWidth in (None, 1), "None is Excel's own word for one page"
    assert sheet.page_setup.fitToHeight in (None, 1)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
