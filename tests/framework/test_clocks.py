"""The clocks of the framework: calendar months from the original start, and what a review shows as its next milestone."""

from __future__ import annotations

import calendar
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsb_xl.framework.clocks import milestones, months_after, next_milestone
from cvsb_xl.framework.load import load_framework
from tests.markdown import tables

CLOCKS = load_framework().clocks
DATES = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))


def day(cell: object) -> date | None:
    return cell if isinstance(cell, date) else None


@pytest.mark.parametrize(
    "row",
    tables(
        """
        ## Dates
        | start      | months | due        | why                                              |
        |------------|--------|------------|--------------------------------------------------|
        | 2026-03-17 | 12     | 2027-03-17 | the same day of the month                        |
        | 2026-01-31 | 3      | 2026-04-30 | April has no 31st                                |
        | 2026-12-31 | 2      | 2027-02-28 | February has no 31st                             |
        | 2027-12-31 | 2      | 2028-02-29 | February of a leap year                          |
        | 2028-02-29 | 12     | 2029-02-28 | no 29 February a year on                         |
        | 2027-02-28 | 12     | 2028-02-28 | the day itself, not the month's end              |
        | 2027-11-30 | 2      | 2028-01-30 | the corresponding day, though January is longer  |
        """
    )["dates"],
    ids=lambda row: str(row["why"]),
)
def test_months_end_on_the_corresponding_day_or_the_months_last(row: dict[str, object]) -> None:
    start = day(row["start"])
    assert start is not None
    assert months_after(start, int(str(row["months"]))) == row["due"]


@given(start=DATES, months=st.integers(1, 60))
def test_the_due_date_lies_in_the_right_month_on_the_same_day_or_its_last(start: date, months: int) -> None:
    due = months_after(start, months)
    assert due is not None
    assert (due.year * 12 + due.month) - (start.year * 12 + start.month) == months
    assert due.day == min(start.day, calendar.monthrange(due.year, due.month)[1])


@given(one=DATES, other=DATES, months=st.integers(1, 60))
def test_a_later_start_is_never_due_earlier(one: date, other: date, months: int) -> None:
    first, second = sorted([one, other])
    assert (months_after(first, months) or date.min) <= (months_after(second, months) or date.min)


def test_a_date_beyond_the_calendar_is_no_date() -> None:
    assert months_after(date(9999, 6, 1), 12) is None


@pytest.mark.parametrize(
    "row",
    tables(
        """
        ## Next
        | case                            | type | started    | decided    | first      | completed  | report     | plan       | reported   | from     | text                                                                      | due        |
        |---------------------------------|------|------------|------------|------------|------------|------------|------------|------------|----------|---------------------------------------------------------------------------|------------|
        | a new SUSR                      | SUSR | 2027-01-31 |            |            |            |            |            |            |          | First panel meeting                                                       | 2027-03-31 |
        | its target day                  | SUSR | 2026-12-31 |            |            |            |            |            |            |          | First panel meeting - past target                                         | 2027-02-28 |
        | due today has not passed        | SUSR | 2027-01-01 |            |            |            |            |            |            |          | First panel meeting                                                       | 2027-03-01 |
        | counted from the decision       | SUSR | 2026-12-01 | 2027-01-15 |            |            |            |            |            | decision | First panel meeting                                                       | 2027-03-15 |
        | the setting in other letters    | SUSR | 2026-12-01 | 2027-01-15 |            |            |            |            |            | Decision | First panel meeting                                                       | 2027-03-15 |
        | no decision yet                 | SUSR | 2026-12-01 |            |            |            |            |            |            | decision | First panel meeting - awaiting the Case Review Group's decision           |            |
        | the decision plays no part      | SUSR | 2027-01-31 | 2027-02-15 |            |            |            |            |            | referral | First panel meeting                                                       | 2027-03-31 |
        | the panel has met               | SUSR | 2026-12-01 |            | 2027-01-20 |            |            |            |            |          | Completion of the review                                                  | 2027-12-01 |
        | expected, so no breach          | SUSR | 2026-01-10 |            | 2026-03-01 |            |            |            |            |          | Completion of the review - past target                                    | 2027-01-10 |
        | completed, first panel unknown  | SUSR | 2025-06-01 |            |            | 2026-05-20 |            |            |            |          | Progress report - awaiting publication of the report and the action plan |            |
        | only the report is published    | SUSR | 2025-06-01 |            | 2025-07-01 | 2026-05-20 | 2026-06-01 |            |            |          | Progress report - awaiting publication of the report and the action plan |            |
        | only the plan is published      | SUSR | 2025-06-01 |            | 2025-07-01 | 2026-05-20 |            | 2026-06-01 |            |          | Progress report - awaiting publication of the report and the action plan |            |
        | the later of both counts        | SUSR | 2025-06-01 |            | 2025-07-01 | 2026-05-20 | 2026-06-01 | 2026-08-31 |            |          | Progress report                                                           | 2027-08-31 |
        | the plan came first             | SUSR | 2025-06-01 |            | 2025-07-01 | 2026-05-20 | 2026-08-31 | 2026-06-01 |            |          | Progress report                                                           | 2027-08-31 |
        | required, so overdue            | SUSR | 2024-06-01 |            | 2024-07-01 | 2025-05-20 | 2025-06-01 | 2025-06-01 |            |          | Progress report - overdue                                                 | 2026-06-01 |
        | all done                        | SUSR | 2024-06-01 |            | 2024-07-01 | 2025-05-20 | 2025-06-01 | 2025-06-01 | 2026-05-30 |          |                                                                           |            |
        | a start that is no date         | SUSR | On going   |            |            |            |            |            |            |          | First panel meeting - awaiting the start of the review                    |            |
        | a MAPF                          | MAPF | 2027-01-31 |            |            |            |            |            |            |          | Completion of the review                                                  | 2027-04-30 |
        | a MAPF out of time              | MAPF | 2026-10-31 |            |            |            |            |            |            |          | Completion of the review - overdue                                        | 2027-01-31 |
        | a MAPF without a start          | MAPF |            |            |            |            |            |            |            |          | Completion of the review - awaiting initiation                            |            |
        | a MAPF that is done             | MAPF | 2026-10-31 |            |            | 2027-02-20 |            |            |            |          |                                                                           |            |
        | an older type                   | CPR  | 2020-01-01 |            |            |            |            |            |            |          |                                                                           |            |
        | no type                         |      | 2020-01-01 |            |            |            |            |            |            |          |                                                                           |            |
        """
    )["next"],
    ids=lambda row: str(row["case"]),
)
def test_the_next_milestone_on_1_march_2027(row: dict[str, object]) -> None:
    review = {
        "review_type": row.get("type"),
        "started_on": row.get("started"),
        "first_panel_on": row.get("first"),
        "completed_on": row.get("completed"),
        "report_published_on": row.get("report"),
        "plan_published_on": row.get("plan"),
        "progress_reported_on": row.get("reported"),
    }
    settings = {"first_panel_from": str(row.get("from", ""))}
    found = milestones(review, CLOCKS, decided_on=day(row.get("decided")), settings=settings)
    assert next_milestone(found, date(2027, 3, 1)) == (row.get("text", ""), row.get("due"))


def test_every_clock_counts_from_the_original_start_and_not_from_another_due_date() -> None:
    panel, completion, _ = milestones({"review_type": "SUSR", "started_on": date(2026, 12, 31)}, CLOCKS)
    assert panel.due == date(2027, 2, 28)
    assert completion.due == date(2027, 12, 31)


def test_a_start_with_a_time_of_day_is_a_fault_and_starts_nothing() -> None:
    (only,) = milestones({"review_type": "MAPF", "started_on": datetime(2027, 1, 5, 14, 30)}, CLOCKS)  # noqa: DTZ001
    assert only.start is None
    assert only.awaiting == "awaiting initiation"


def test_days_past_are_told_only_while_a_milestone_is_not_done() -> None:
    (running,) = milestones({"review_type": "MAPF", "started_on": date(2026, 10, 31)}, CLOCKS)
    (done,) = milestones(
        {"review_type": "MAPF", "started_on": date(2026, 10, 31), "completed_on": date(2027, 2, 20)}, CLOCKS
    )
    assert (running.days_past(date(2027, 2, 3)), done.days_past(date(2027, 2, 3))) == (3, 0)


@given(
    started=DATES | st.none(),
    report=DATES | st.none(),
    plan=DATES | st.none(),
    done=st.lists(DATES | st.none(), min_size=3, max_size=3),
    today=DATES,
)
def test_the_nested_ifs_of_the_docstring_say_the_same(
    started: date | None, report: date | None, plan: date | None, done: list[date | None], today: date
) -> None:
    review = {
        "review_type": "SUSR",
        "started_on": started,
        "report_published_on": report,
        "plan_published_on": plan,
        "first_panel_on": done[0],
        "completed_on": done[1],
        "progress_reported_on": done[2],
    }
    found = milestones(review, CLOCKS)
    texts = [
        item.clock.milestone
        + (
            (f" - {item.clock.passed}" if today > item.due else "")
            if item.due
            else f" - {item.clock.awaiting}"
        )
        for item in found
    ]
    chosen = None if done[2] else 2 if done[1] else 1 if done[0] else 0
    expected = ("", None) if chosen is None else (texts[chosen], found[chosen].due)
    assert next_milestone(found, today) == expected
