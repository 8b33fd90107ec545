"""`board`: every figure agrees with pandas; the words fit none, one and many; two pages and an annex."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from cvsb_xl.framework.load import load_framework
from cvsb_xl.papers.board import board, position_words
from cvsb_xl.papers.board_figures import BoardReport, Line, line
from cvsb_xl.papers.overall import overall
from cvsb_xl.papers.paper import Figure, PageBreak, TableBlock, plain_text
from cvsb_xl.tracker.tables import tracker_of
from cvsb_xl.verbs.sample import sample_rows
from tests.papers.figures import effective_due, frame, statuses
from tests.papers.test_changes import worked_on
from tests.rounds import META, TODAY, context, settled

SAMPLE = tracker_of(load_framework(), sample_rows(load_framework(), TODAY), META)
COLUMNS = {
    "complete": "Complete", "stepped_down": "Stepped down", "awaiting": "Awaiting ratification", "in_progress": "In progress",
    "not_started": "Not started",
}  # fmt: skip


def recomputed(as_at: date) -> pd.DataFrame:
    actions = frame(SAMPLE, "actions").drop_duplicates("action_id").set_index("action_id")
    told, due = statuses(SAMPLE, as_at), effective_due(SAMPLE, as_at)
    running = told.isin(["In progress", "Not started"])
    days = due.map(lambda day: (day - as_at).days if isinstance(day, date) else None)
    actions["status"] = told
    actions["overdue"] = running & days.map(lambda left: left == left and left is not None and left < 0)
    actions["due_soon"] = running & days.map(
        lambda left: left == left and left is not None and 0 <= left <= 30
    )
    actions["on_track"] = running & days.map(lambda left: left == left and left is not None and left > 30)
    actions["no_date"] = running & days.isna()
    return actions


def counts(rows: pd.DataFrame) -> dict[str, int]:
    found = {name: int((rows["status"] == status).sum()) for name, status in COLUMNS.items()}
    found |= {name: int(rows[name].sum()) for name in ("overdue", "due_soon", "on_track", "no_date")}
    return {"actions": len(rows), **found}


def as_dict(entry: Line) -> dict[str, int]:
    return {name: getattr(entry, name) for name in Line.__slots__ if name != "name"}


@pytest.mark.parametrize("as_at", [TODAY, TODAY - timedelta(days=300), TODAY + timedelta(days=200)])
def test_figures_agree_with_pandas(as_at: date) -> None:
    """The position, and every line by review, lead agency and area, as at three days."""
    report: BoardReport = board(SAMPLE, context(), as_at=as_at).report
    actions = recomputed(as_at)
    assert as_dict(report.position) == counts(actions)
    names = frame(SAMPLE, "agencies").set_index("agency")["name"]
    for lines, column in (
        (report.reviews, "review_id"),
        (report.agencies, "lead_agency"),
        (report.areas, "area"),
    ):
        assert sum(entry.actions for entry in lines) == len(actions)
        for value, rows in actions.groupby(column):
            wanted = {
                "review_id": lambda entry, value=value: entry.name.split(",")[0] == value,
                "lead_agency": lambda entry, value=value: (
                    entry.name in (names.get(value), f"{value} (not in Agencies)")
                ),
                "area": lambda entry, value=value: entry.name == ("Both areas" if value == "Both" else value),
            }[column]
            found = [entry for entry in lines if wanted(entry)]
            assert [as_dict(entry) for entry in found] == [counts(rows)], value


def test_themes_and_asks_agree_with_pandas() -> None:
    report: BoardReport = board(SAMPLE, context()).report
    made = frame(SAMPLE, "recommendations").dropna(subset=["theme"])
    reviews = made.groupby("theme")["review_id"].nunique()
    assert {
        theme.name: len(theme.reviews) for theme in report.themes if theme.recommendations
    } == reviews.to_dict()
    open_actions = (
        recomputed(TODAY)
        .query("status not in ['Complete', 'Stepped down']")["recommendation_id"]
        .value_counts()
    )
    by_theme = (
        made.assign(open=made["recommendation_id"].map(open_actions).fillna(0)).groupby("theme")["open"].sum()
    )
    assert {theme.name: theme.open for theme in report.themes if theme.recommendations} == by_theme.to_dict()
    asked = frame(SAMPLE, "escalations")
    asked = asked[
        asked["asked_of_board"].notna() & asked["board_response"].isna() & asked["closed_on"].isna()
    ]
    assert list(report.asks) == list(asked["escalation_id"])


def test_tables_and_chart_say_what_the_report_says() -> None:
    outcome = board(SAMPLE, context())
    blocks, report = outcome.documents[0].blocks, outcome.report
    tables = [block for block in blocks if isinstance(block, TableBlock)]
    for table, lines in zip(tables, (report.reviews, report.agencies, report.areas), strict=False):
        assert [int(row[1]) for row in table.rows] == [
            *(entry.actions for entry in lines),
            report.position.actions,
        ]
    chart = next(block for block in blocks if isinstance(block, Figure)).chart
    assert {part.name: sum(part.counts) for part in chart.segments} == {
        status: getattr(report.position, name) for name, status in COLUMNS.items()
    }
    assert sum(isinstance(block, PageBreak) for block in blocks) == 1


def test_what_changed_since_the_last_meeting_is_told_with_hand_edits() -> None:
    told = plain_text(board(worked_on(), context(TODAY + timedelta(days=9)), since=TODAY).documents[0])
    assert "A-2 (Print a card): Due on was 1 March 2027, is now 30 April 2027. (Typed by hand.)" in told
    assert (
        "3 changes are recorded between 31 March 2027 and 9 April 2027, 1 of them (partly) typed by hand."
        in told
    )


@pytest.mark.parametrize(
    ("status", "due", "number", "words"),
    [
        ("", "", 0, "The tracker holds no actions."),
        ("", "2027-03-01", 1, "Of 1 action, none is complete and 1 is not started. Of the 1 action still being worked on, 1 is overdue."),
        (
            "In progress", "2027-04-05", 2,
            "Of 2 actions, none is complete and 2 are in progress. Of the 2 actions still being worked on, 2 are due soon.",
        ),
        (
            "Proposed complete", "", 3, "Of 3 actions, none is complete and 3 await ratification.",
        ),
    ],
)  # fmt: skip
def test_words_fit_none_one_and_many(status: str, due: str, number: int, words: str) -> None:
    text = "## Actions\n| action_id | due_on |\n|-|-|\n" + "".join(
        f"| A-{at} | {due} |\n" for at in range(number)
    )
    text += "## Assignments\n| assignment_id | action_id | agency | progress |\n|-|-|-|-|\n"
    text += "".join(f"| AS-{at} | A-{at} | X | {status} |\n" for at in range(number))
    material = overall(settled(text), TODAY, context().now)
    assert position_words(line(material, "All", material.actions)) == words


def test_an_empty_tracker_gives_a_sensible_paper() -> None:
    told = plain_text(board(settled(""), context()).documents[0])
    for words in (
        "No decision of the Board is asked for",
        "holds no actions",
        "holds no reviews",
        "No themes",
    ):
        assert words in told
    assert "Annex" not in told, "a page of headings with nothing below them"


@pytest.mark.slow
def test_ten_thousand_actions_stay_a_paper() -> None:
    """The overdue list is cut where it is said, and the figures still count everything."""
    rows = {
        "actions": [
            {"action_id": f"A-{at}", "review_id": f"RV-{at % 50}", "action": "Do", "lead_agency": f"X{at % 30}",
             "area": "Cardiff", "due_on": date(2027, 1, 1)}
            for at in range(10_000)
        ],
    }  # fmt: skip
    outcome = board(tracker_of(load_framework(), rows), context())
    assert outcome.report.position.overdue == 10_000
    assert "And 9,800 more" in plain_text(outcome.documents[0])
    assert (
        sum(len(block.rows) for block in outcome.documents[0].blocks if isinstance(block, TableBlock)) < 400
    )
