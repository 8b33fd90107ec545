"""`due` lists every due date in order, each with what it stands on, and writes those of reviews."""

from __future__ import annotations

from datetime import UTC, date, datetime

from cvsb_xl.tracker.edits import SetCell
from cvsb_xl.verbs.due import SET_BY_PEOPLE, DueReport, due
from cvsb_xl.verbs.outcome import Context
from tests.markdown import tracker_from

CONTEXT = Context(now=datetime(2027, 4, 1, 9, tzinfo=UTC), user="rm")
TRACKER = tracker_from(
    """
    ## Reviews
    | review_id | title   | review_type | started_on | first_panel_on | completed_on | completion_due |
    |-----------|---------|-------------|------------|----------------|--------------|----------------|
    | RV-0010   | Child A | SUSR        | 2026-03-15 | 2026-05-01     |              | 2027-03-15     |
    | RV-0009   | Adult D | MAPF        | 2027-01-31 |                |              |                |
    | RV-0008   | Child T | CPR         | 2019-01-31 |                |              |                |
    ## Actions
    | action_id | review_id | action | due_on     |
    |-----------|-----------|--------|------------|
    | A-0001    | RV-0010   | Train  | 2027-04-30 |
    | A-0002    | RV-0010   | Audit  | 2027-01-31 |
    | A-0003    | RV-0010   | Talk   | On going   |
    | A-0004    | RV-0010   | Print  | 2027-02-01 |
    | A-0005    | RV-0010   | Think  |            |
    ## Decisions
    | decision_id | body           | meeting_on | action_id | proposal  | decision | new_due_on |
    |-------------|----------------|------------|-----------|-----------|----------|------------|
    | D-0001      | Delivery Group | 2027-01-20 | A-0002    | Extension | Ratified | 2027-05-31 |
    | D-0002      | Delivery Group | 2027-02-20 | A-0004    | Complete  | Ratified |            |
    """
)


def report_of(as_at: date | None = None) -> DueReport:
    """Return the report on the tracker above."""
    report = due(TRACKER, CONTEXT, as_at).report
    assert isinstance(report, DueReport)
    return report


def test_dates_come_in_order_reviews_before_actions_and_those_without_a_date_last() -> None:
    found = [(str(item.due_on), item.key, item.state, item.counted) for item in report_of().dates]
    assert found == [
        ("2026-05-15", "RV-0010", "done", "2 months from 15 March 2026"),
        ("2027-02-01", "A-0004", "done", "as first agreed"),
        ("2027-03-15", "RV-0010", "past target", "12 months from 15 March 2026"),
        ("2027-04-30", "RV-0009", "due", "3 months from 31 January 2027"),
        ("2027-04-30", "A-0001", "due soon", "as first agreed"),
        (
            "2027-05-31",
            "A-0002",
            "on track",
            "extended by the Delivery Group on 20 January 2027 (D-0001), first agreed for 31 January 2027",
        ),
        ("None", "RV-0010", "awaiting publication of the report and the action plan", "12 months from then"),
        ("None", "A-0003", "no date", 'reads "On going", which is no date'),
        ("None", "A-0005", "no date", "has no date"),
    ]


def test_each_date_of_a_review_stands_on_its_sentence_and_each_of_an_action_on_people() -> None:
    clocks = {(clock.review_type, clock.milestone): clock.sentence for clock in TRACKER.framework.clocks}
    for item in report_of().dates:
        if item.table == "reviews":
            assert item.stands_on == clocks["MAPF" if item.key == "RV-0009" else "SUSR", item.what]
        else:
            assert item.stands_on == SET_BY_PEOPLE


def test_each_date_names_the_cell_it_stands_in() -> None:
    cells = {(item.key, item.what): item.cell for item in report_of().dates}
    assert cells["RV-0010", "First panel meeting"] == "G5"
    assert cells["A-0001", "Train"] == "J5"
    assert cells["A-0002", "Audit"] == "K6"


def test_what_is_done_says_when() -> None:
    done = {item.key: item.done_on for item in report_of().dates if item.state == "done"}
    assert done == {"RV-0010": date(2026, 5, 1), "A-0004": date(2027, 2, 20)}


def test_on_another_day_other_dates_have_passed_but_the_dates_stay() -> None:
    before, after = report_of(), report_of(date(2027, 5, 1))
    assert {(item.key, item.what): item.due_on for item in before.dates} == {
        (item.key, item.what): item.due_on for item in after.dates
    }
    states = {(item.key, item.what): item.state for item in after.dates}
    assert states["RV-0009", "Completion of the review"] == "overdue"
    assert states["RV-0010", "Completion of the review"] == "past target"
    assert states["A-0001", "Train"] == "overdue"


def test_only_the_dates_of_reviews_that_differ_are_written() -> None:
    edits = due(TRACKER, CONTEXT, date(2030, 1, 1)).edits
    assert edits == [
        SetCell("reviews", "RV-0010", "first_panel_due", None, date(2026, 5, 15), 5),
        SetCell("reviews", "RV-0009", "completion_due", None, date(2027, 4, 30), 6),
    ]


def test_an_empty_tracker_has_no_dates() -> None:
    assert due(tracker_from(""), CONTEXT).report.dates == ()
