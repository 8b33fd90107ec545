"""The figures of every progress report of the worked example, recomputed from its rows with pandas, agree."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsb_xl.framework.load import load_framework
from cvsb_xl.papers.paper import Figure, TableBlock, plain_text
from cvsb_xl.papers.progress import progress
from cvsb_xl.papers.progress_due import progress_due
from cvsb_xl.tracker.tables import tracker_of
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sample import sample_rows
from tests.papers.figures import dates, effective_due, frame, statuses

TODAY = date(2026, 11, 23)
CONTEXT = Context(now=datetime(2026, 11, 23, 9, tzinfo=UTC))
SAMPLE = tracker_of(load_framework(), sample_rows(load_framework(), TODAY))
REVIEWS = sorted(SAMPLE["reviews"].by_key)


@pytest.mark.parametrize("review_id", REVIEWS)
@pytest.mark.parametrize("as_at", [TODAY, TODAY - timedelta(days=200), TODAY + timedelta(days=90)])
def test_counts_agree_with_pandas(review_id: str, as_at: date) -> None:
    """Statuses, lateness and dates that are missing, for every review as at three days."""
    report = progress(SAMPLE, CONTEXT, review_id, as_at=as_at, draft=True).report
    actions = frame(SAMPLE, "actions").drop_duplicates("action_id").set_index("action_id")
    own = actions.index[actions["review_id"] == review_id]
    told = statuses(SAMPLE, as_at).loc[own]
    due = effective_due(SAMPLE, as_at).loc[own]
    first = dates(actions["due_on"]).loc[own]
    running = told.isin(["In progress", "Not started"])
    past = due.map(lambda day: isinstance(day, date) and day < as_at)
    past_first = first.map(lambda day: isinstance(day, date) and day < as_at)
    revised = due.map(str) != first.map(str)
    expected = {
        "actions": len(own),
        "complete": (told == "Complete").sum(),
        "stepped_down": (told == "Stepped down").sum(),
        "awaiting_ratification": (told == "Awaiting ratification").sum(),
        "in_progress": (told == "In progress").sum(),
        "not_started": (told == "Not started").sum(),
        "overdue": (running & past).sum(),
        "past_due": (running & (past | past_first)).sum(),
        "past_revised": (running & past & revised).sum(),
        "no_date": (running & ~due.map(lambda day: isinstance(day, date))).sum(),
    }
    counts = asdict(report.position)
    assert {name: counts[name] for name in expected} == {
        name: int(number) for name, number in expected.items()
    }


@pytest.mark.parametrize("review_id", REVIEWS)
def test_table_chart_and_sentences_tell_the_same_figures(review_id: str) -> None:
    """The table's rows, the chart's segments and the position are one set of figures, and the reach adds up."""
    outcome = progress(SAMPLE, CONTEXT, review_id, as_at=TODAY, draft=True)
    paper, counts = outcome.documents[0], outcome.report.position
    by_status = {
        "Complete": counts.complete,
        "Stepped down": counts.stepped_down,
        "Awaiting ratification": counts.awaiting_ratification,
        "In progress": counts.in_progress,
        "Not started": counts.not_started,
    }
    assert sum(by_status.values()) == counts.actions
    if counts.actions:
        table = next(block for block in paper.blocks if isinstance(block, TableBlock))
        figure = next(block for block in paper.blocks if isinstance(block, Figure))
        shown = pd.Series([row[4].split("\n")[0] for row in table.rows]).value_counts()
        assert {name: int(shown.get(name, 0)) for name in by_status} == by_status
        assert {part.name: sum(part.counts) for part in figure.chart.segments} == by_status
    shared = frame(SAMPLE, "dissemination")
    shared = shared[
        (shared["review_id"] == review_id) & shared["reach"].map(lambda value: isinstance(value, int))
    ]
    held = shared[~dates(shared["delivered_on"]).map(lambda day: isinstance(day, date) and day > TODAY)]
    if len(held):
        assert f"{held['reach'].sum():,} people were reached" in plain_text(paper)


@pytest.mark.parametrize("days", [-500, 0, 240, 400])
def test_the_reports_owed_are_those_pandas_finds(days: int) -> None:
    """Twelve calendar months from the later of both dates of publication, and the due-soon days ahead; none that was given."""
    as_at = TODAY + timedelta(days=days)
    reviews = frame(SAMPLE, "reviews").set_index("review_id")
    both = pd.DataFrame(
        {name: dates(reviews[name]) for name in ("report_published_on", "plan_published_on")}
    ).dropna()
    both = both[reviews.loc[both.index, "review_type"] == "SUSR"].apply(pd.to_datetime)
    due = both.max(axis=1) + pd.DateOffset(months=12)
    given = pd.to_datetime(dates(reviews["progress_reported_on"]).loc[due.index])
    told_on = pd.Timestamp(as_at)
    owed = (due <= told_on + pd.Timedelta(days=30)) & (both.max(axis=1) <= told_on) & ~(given <= told_on)
    found = progress_due(SAMPLE, CONTEXT, as_at=as_at)
    assert {review: due_on for review, due_on, _ in found.report.reports} == due[owed].dt.date.to_dict()
    assert len(found.documents) == owed.sum()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "Not started", "In progress", "Proposed complete", "Proposed step-down"]),
            st.sampled_from([None, "Complete", "Stepped down", "Extension", "Reopen"]),
            st.sampled_from(["Ratified", "Not ratified", "Deferred"]),
            st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.just("On going")),
        ),
        max_size=12,
    )
)
def test_whatever_stands_in_the_rows_every_action_is_told_once(
    drawn: list[tuple[str | None, str | None, str, date | str | None]],
) -> None:
    """No mix of progress, decision and date loses an action, counts one twice, or stops the paper."""
    rows: dict[str, list[dict[str, object]]] = {
        "reviews": [{
            "review_id": "RV-1", "title": "T", "review_type": "SUSR", "started_on": date(2025, 1, 1),
            "report_published_on": date(2026, 1, 1), "plan_published_on": date(2026, 1, 1),
        }],
        "actions": [], "assignments": [], "decisions": [],
    }  # fmt: skip
    for number, (done, proposal, decision, due) in enumerate(drawn):
        key = f"A-{number}"
        rows["actions"].append(
            {"action_id": key, "review_id": "RV-1", "action": "Do", "lead_agency": "X", "due_on": due}
        )
        rows["assignments"].append(
            {"assignment_id": f"AS-{number}", "action_id": key, "agency": "X", "progress": done}
        )
        if proposal:
            rows["decisions"].append({
                "decision_id": f"D-{number}", "action_id": key, "body": "Delivery Group", "meeting_on": date(2026, 6, 1),
                "proposal": proposal, "decision": decision, "new_due_on": date(2026, 10, 1),
            })  # fmt: skip
    tracker = tracker_of(load_framework(), rows)  # type: ignore[arg-type]
    outcome = progress(tracker, CONTEXT, "RV-1", as_at=TODAY)
    counts = outcome.report.position
    assert counts.actions == len(drawn)
    assert (
        counts.complete
        + counts.stepped_down
        + counts.awaiting_ratification
        + counts.in_progress
        + counts.not_started
        == counts.actions
    )
    told = plain_text(outcome.documents[0])
    assert all(f"\nA-{number} | " in told for number in range(len(drawn)))
