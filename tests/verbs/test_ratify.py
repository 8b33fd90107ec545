"""`ratify`: what the Delivery Group is asked, and how its typed decisions get into Decisions without one being lost."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsb_xl.framework.load import load_framework
from cvsb_xl.papers.paper import TableBlock, plain_text
from cvsb_xl.papers.ratify_pack import PackReport, ratify
from cvsb_xl.tracker.edits import ShowSheet, apply_edits
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.tracker.values import Value
from cvsb_xl.verbs.issue import issue
from cvsb_xl.verbs.ratification_sheet import TYPED
from cvsb_xl.verbs.ratify import RecordReport, record
from cvsb_xl.verbs.sample import sample_rows
from cvsb_xl.verbs.undo import undo
from cvsb_xl.verbs.update import update
from tests.markdown import tracker_from
from tests.papers.figures import frame, statuses
from tests.rounds import META, TODAY, by_hand, context, settled

AGENCIES = """
## Agencies
| agency | name               | board_partner |
|--------|--------------------|---------------|
| SWP    | South Wales Police | Yes           |
| CC     | Cardiff Council    | Yes           |
"""
ASKED = (
    AGENCIES
    + """
## Reviews
| review_id | title    | review_type | started_on |
|-----------|----------|-------------|------------|
| RV-1      | A review | SUSR        | 2026-01-04 |
## Actions
| action_id | review_id | action         | due_on     | lead_agency | area    |
|-----------|-----------|----------------|------------|-------------|---------|
| A-1       | RV-1      | Train 40 staff | 2027-02-01 | SWP         | Cardiff |
| A-2       | RV-1      | Print a card   | 2027-03-01 | CC          | Cardiff |
| A-3       | RV-1      | Open a desk    | 2027-03-15 | CC          | Cardiff |
## Assignments
| assignment_id | action_id | agency | area    | role | progress           | evidence  | evidence_seen_by | evidence_seen_on | impact | step_down_reason | barriers | extension_requested_to | updated_on |
|---------------|-----------|--------|---------|------|--------------------|-----------|------------------|------------------|--------|------------------|----------|------------------------|------------|
| AS-1          | A-1       | SWP    | Cardiff | Lead | Proposed complete  | Register  | The manager      | 2027-02-20       | 38 ask |                  |          |                        | 2027-02-11 |
| AS-2          | A-2       | CC     | Cardiff | Lead | Proposed step-down |           |                  |                  |        | Not needed       |          |                        | 2027-02-11 |
| AS-3          | A-3       | CC     | Cardiff | Lead | In progress        |           |                  |                  |        |                  | No room  | 2027-06-30             | 2027-02-11 |
"""
)


def typed(tracker: Tracker, key: str, **cells: Value) -> Tracker:
    """Return the tracker after somebody typed into a row of Ratification, as Excel would leave it."""
    rows = {name: [dict(row.values) for row in data] for name, data in tracker.tables.items()}
    for row in rows["ratification"]:
        if row["action_id"] == key:
            row.update(cells)
    made = tracker_of(tracker.framework, rows, tracker.meta)
    return Tracker(made.framework, made.tables, made.meta, made.name, tracker.last)


def recorded(tracker: Tracker) -> tuple[Tracker, RecordReport]:
    outcome = record(tracker, context())
    return apply_edits(tracker, outcome.edits), outcome.report


def pack(text: str) -> tuple[PackReport, str]:
    outcome = ratify(settled(text), context())
    return outcome.report, plain_text(outcome.documents[0])


def test_the_sheet_holds_each_ask_with_what_a_decision_needs() -> None:
    """Evidence and who has seen it, impact, what is missing, and the extension asked for."""
    rows = {row.text("action_id"): row for row in settled(ASKED)["ratification"]}
    assert list(rows) == ["A-1", "A-2", "A-3"]
    assert rows["A-1"].text("evidence_seen") == "The manager, 20 February 2027"
    assert (rows["A-1"].text("proposal"), rows["A-1"]["missing"]) == ("Complete", None)
    assert rows["A-2"].text("evidence") == "Not needed"
    assert (rows["A-3"].text("proposal"), rows["A-3"]["extension_to"]) == ("Extension", date(2027, 6, 30))
    assert rows["A-3"].text("still_to_finish") == "CC"


def test_recorded_decisions_move_the_status_and_leave_the_sheet() -> None:
    tracker = typed(settled(ASKED), "A-1", meeting_on=date(2027, 3, 20), decision="Ratified")
    tracker = typed(
        tracker,
        "A-3",
        meeting_on=date(2027, 3, 20),
        decision="Ratified",
        new_due_on=date(2027, 6, 1),
        reason="Room found",
    )
    after, report = recorded(tracker)
    assert [(item.action_id, item.done) for item in report.settled] == [("A-1", True), ("A-3", True)]
    assert report.undecided == 1
    assert [row.text("decision_id") for row in after["decisions"]] == ["D-0001", "D-0002"]
    assert after["decisions"].rows[0].text("recorded_by") == "tester"
    assert after["actions"].by_key["A-1"]["status"] == "Complete"
    assert after["actions"].by_key["A-3"]["revised_due_on"] == date(2027, 6, 1)
    assert [row.text("action_id") for row in after["ratification"]] == ["A-2"]
    again, second = recorded(after)
    assert second.settled == ()
    assert len(again["decisions"]) == 2


def test_undo_takes_recorded_decisions_back_to_where_they_were_typed() -> None:
    """A wrong date is mended in the sheet and recorded again: no decision has to be typed anew, and statuses go back too."""
    start = settled(ASKED)
    tracker = typed(start, "A-1", meeting_on=date(2027, 3, 20), decision="Ratified")
    tracker = typed(
        tracker, "A-2", meeting_on=date(2027, 3, 20), decision="Not ratified", reason="Say who takes it on"
    )
    tracker = typed(tracker, "A-3", decision="Ratified")  # without a date: it stays as it was typed
    after, _ = recorded(tracker)
    assert after["actions"].by_key["A-1"]["status"] == "Complete"
    outcome = undo(after, context())
    assert {item.table for item in outcome.report.cells} == {"Decisions"}
    assert all(item.done for item in outcome.report.cells)
    back = apply_edits(after, outcome.edits)
    assert [row for row in back["decisions"] if not row.is_blank] == []
    for key in ("A-1", "A-2", "A-3"):
        assert back["actions"].by_key[key]["status"] == start["actions"].by_key[key]["status"]
    held = {row.text("action_id"): row for row in back["ratification"]}
    assert [held["A-1"][name] for name in ("meeting_on", "decision")] == [date(2027, 3, 20), "Ratified"]
    assert held["A-1"].text("evidence") == "Register"
    assert held["A-2"].text("reason") == "Say who takes it on"
    assert held["A-3"].text("decision") == "Ratified"
    again, report = recorded(back)
    assert [(item.action_id, item.done) for item in report.settled] == [
        ("A-1", True),
        ("A-2", True),
        ("A-3", False),
    ]
    assert again["actions"].by_key["A-1"]["status"] == "Complete"


def test_a_decision_changed_since_is_left_alone_by_undo_and_is_not_typed_again() -> None:
    after, _ = recorded(typed(settled(ASKED), "A-1", meeting_on=date(2027, 3, 20), decision="Ratified"))
    after = by_hand(after, "decisions", "D-0001", "decision", "Deferred")
    outcome = undo(after, context())
    back = apply_edits(after, outcome.edits)
    assert back["decisions"].by_key["D-0001"].text("decision") == "Deferred"
    assert not any(row["decision"] for row in back["ratification"])


def test_what_is_not_ratified_goes_out_again_with_its_reason() -> None:
    tracker = typed(
        settled(ASKED),
        "A-1",
        meeting_on=date(2027, 3, 20),
        decision="Not ratified",
        reason="Bring the survey.",
    )
    after, _ = recorded(tracker)
    assert after["actions"].by_key["A-1"]["status"] == "In progress"
    sheet = issue(after, context(), ["SWP"]).documents[0]
    shown = [str(value) for table in sheet.tables for row in table.rows for value in row.values()]
    assert "Not ratified on 20 March 2027: Bring the survey." in shown
    rows = {name: [dict(row.values) for row in data] for name, data in after.tables.items()}
    rows["assignments"][0]["updated_on"] = date(2027, 3, 28)  # a return with the survey
    sheet = issue(tracker_of(after.framework, rows, after.meta), context(), ["SWP"]).documents[0]
    shown = [str(value) for table in sheet.tables for row in table.rows for value in row.values()]
    assert (
        "You proposed it again on 28 March 2027. Before: Not ratified on 20 March 2027: Bring the survey."
        in shown
    )


@pytest.mark.parametrize(
    ("key", "cells", "words"),
    [
        ("A-1", {"decision": "Ratified"}, "date of the meeting is missing"),
        ("A-1", {"meeting_on": date(2027, 3, 20)}, "no decision is picked"),
        ("A-1", {"meeting_on": date(2027, 4, 20), "decision": "Ratified"}, "has not been held yet"),
        ("A-1", {"meeting_on": date(2027, 3, 20), "decision": "Not ratified"}, "needs a reason"),
        ("A-1", {"meeting_on": "On going", "decision": "Ratified"}, "is not a date"),
        ("A-3", {"meeting_on": date(2027, 3, 20), "decision": "Ratified"}, "needs its new date"),
        (
            "A-3",
            {"meeting_on": date(2027, 3, 20), "decision": "Ratified", "new_due_on": date(2027, 3, 1)},
            "is not after the date the action is due now, 15 March 2027",
        ),
        (
            "A-1",
            {"meeting_on": date(2027, 3, 20), "decision": "Ratified", "new_due_on": date(2027, 6, 1)},
            "only an extension",
        ),
    ],
)
def test_what_cannot_be_recorded_stays_where_it_was_typed(
    key: str, cells: dict[str, Value], words: str
) -> None:
    """Refused in words; nothing reaches Decisions, and the typed cells still stand after the run."""
    tracker = typed(settled(ASKED), key, **cells)
    after, report = recorded(tracker)
    assert words in report.settled[0].words
    assert not report.settled[0].done
    assert len(after["decisions"]) == 0
    row = next(row for row in after["ratification"] if row["action_id"] == key)
    assert {name: row[name] for name in cells} == cells


def test_a_decision_on_a_proposal_that_was_withdrawn_is_kept_and_not_recorded() -> None:
    """The agency went back to work between the meeting and the recording: a person says what was decided."""
    tracker = typed(settled(ASKED), "A-1", meeting_on=date(2027, 3, 20), decision="Ratified")
    rows = {name: [dict(row.values) for row in data] for name, data in tracker.tables.items()}
    rows["assignments"][0]["progress"] = "In progress"
    changed = tracker_of(tracker.framework, rows, META)
    changed = apply_edits(changed, update(changed, context()).edits)
    held = changed["ratification"].rows[-1]
    assert (held.text("action_id"), held.text("decision")) == ("A-1", "Ratified")
    assert held.text("missing").startswith("Not proposed any more")
    after, report = recorded(changed)
    assert not report.settled[0].done
    assert len(after["decisions"]) == 0


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["A-1", "A-2", "A-3"]),
        st.fixed_dictionaries(
            {
                "meeting_on": st.sampled_from([None, date(2027, 3, 20), date(2028, 1, 1), "soon"]),
                "decision": st.sampled_from([None, "Ratified", "Not ratified", "Deferred", "maybe"]),
                "reason": st.sampled_from([None, "Because"]),
                "new_due_on": st.sampled_from([None, date(2027, 9, 1)]),
            }
        ),
    )
)
def test_no_typed_decision_is_ever_lost(decisions: dict[str, dict[str, Value]]) -> None:
    """After any number of updates and recordings each typed decision stands in Decisions or where it was typed."""
    tracker = settled(ASKED)
    for key, cells in decisions.items():
        tracker = typed(tracker, key, **cells)
    tracker = apply_edits(tracker, update(tracker, context()).edits)
    assert update(tracker, context()).edits == []
    after, report = recorded(tracker)
    after, _ = recorded(after)
    for key, cells in decisions.items():
        if not any(value is not None for value in cells.values()):
            continue
        told = [item for item in report.settled if item.action_id == key]
        assert len(told) == 1
        table = "decisions" if told[0].done else "ratification"
        rows = [row for row in after[table] if row["action_id"] == key]
        assert any(all(row[name] == value for name, value in cells.items()) for row in rows)


def test_the_sheet_is_shown_while_something_is_asked_in_it() -> None:
    """Excel follows no link to a hidden sheet; an update that changes nothing else does not show or hide it again."""
    tracker = tracker_from(ASKED, META)
    shown = [edit for edit in update(tracker, context()).edits if isinstance(edit, ShowSheet)]
    assert shown == [ShowSheet("ratification", visible=True)]
    tracker = settled(ASKED)
    rows = {name: [dict(row.values) for row in data] for name, data in tracker.tables.items()}
    for row in rows["assignments"]:
        row |= {"progress": "In progress", "extension_requested_to": None}
    nothing = update(tracker_of(tracker.framework, rows, META), context()).edits
    assert [edit for edit in nothing if isinstance(edit, ShowSheet)] == [
        ShowSheet("ratification", visible=False)
    ]


def test_an_older_tracker_without_the_typed_columns_is_still_brought_up_to_date() -> None:
    tracker = settled(ASKED)
    data = tracker["ratification"]
    columns = {name: at for name, at in data.columns.items() if name not in (*TYPED, "evidence_seen")}
    from dataclasses import replace

    old = tracker.with_table("ratification", replace(data, columns=columns, rows=()))
    edit = next(edit for edit in update(old, context()).edits if edit.table == "ratification")
    assert not set(edit.rows[0]) & {"evidence_seen", *TYPED}


@pytest.mark.parametrize(
    ("drop", "words"),
    [
        (("A-1", "A-2", "A-3"), "No action awaits ratification, and no agency asks for more time."),
        (("A-2", "A-3"), "The Delivery Group is asked to ratify 1 action, 1 proposed as complete."),
        (("A-1", "A-2"), "The Delivery Group is asked to answer 1 request for more time."),
        (
            (),
            "The Delivery Group is asked to ratify 2 actions, 1 proposed as complete and 1 proposed as stepped down and to "
            "answer 1 request for more time. A stepped-down action is not counted as complete.",
        ),
    ],
)
def test_the_pack_asks_in_words_that_fit_none_one_and_many(drop: tuple[str, ...], words: str) -> None:
    text = "\n".join(line for line in ASKED.splitlines() if not any(f"| {key} " in line for key in drop))
    assert words in pack(text)[1]


def test_the_pack_shows_evidence_who_saw_it_and_what_was_decided_before() -> None:
    report, told = pack(
        ASKED
        + """
        ## Decisions
        | decision_id | body           | meeting_on | action_id | proposal | decision | reason             |
        |-------------|----------------|------------|-----------|----------|----------|--------------------|
        | D-1         | Delivery Group | 2027-02-12 | A-1       | Complete | Deferred | The list was late. |
        """
    )
    assert "South Wales Police | Register.; Seen by The manager on 20 February 2027. | 38 ask." in told
    assert "Earlier decision: Deferred by the Delivery Group on 12 February 2027. The list was late." in told
    assert "A-3 | Cardiff Council | 15 March 2027 | 30 June 2027 | No room." in told
    assert (report.complete, report.stepped_down, report.extensions) == (1, 1, 1)


def test_figures_of_the_sample_agree_with_pandas() -> None:
    tracker = tracker_of(load_framework(), sample_rows(load_framework(), TODAY), META)
    report: PackReport = ratify(tracker, context()).report
    told = statuses(tracker, TODAY)
    waiting = told[told == "Awaiting ratification"].index
    parts = frame(tracker, "assignments")
    kinds = parts[parts["action_id"].isin(waiting) & parts["needed_for_signoff"].ne("No")]
    kinds = kinds.groupby("action_id")["progress"].first()
    assert report.complete == (kinds == "Proposed complete").sum()
    assert report.stepped_down == (kinds == "Proposed step-down").sum()


@pytest.mark.slow
def test_ten_thousand_actions_are_grouped_by_review() -> None:
    rows = {
        "actions": [
            {"action_id": f"A-{at}", "review_id": f"RV-{at % 40}", "action": "Do", "lead_agency": "X", "area": "Cardiff"}
            for at in range(10_000)
        ],
        "assignments": [
            {"assignment_id": f"AS-{at}", "action_id": f"A-{at}", "agency": "X", "progress": "Proposed complete"}
            for at in range(10_000)
        ],
    }  # fmt: skip
    outcome = ratify(tracker_of(load_framework(), rows), context())
    assert outcome.report.complete == 10_000
    tables = [block for block in outcome.documents[0].blocks if isinstance(block, TableBlock)]
    assert len(tables) == 41
    assert sum(len(table.rows) for table in tables[1:]) == 10_000


def test_an_empty_tracker_asks_nothing() -> None:
    assert ratify(tracker_from(""), context()).report == PackReport(TODAY, 0, 0, 0, 0)
    assert record(tracker_from(""), context()).report == RecordReport((), 0)
