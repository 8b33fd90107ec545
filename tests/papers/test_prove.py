"""`prove`: everything about one action or review in one paper; nothing that people wrote when it is for release."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import load_framework
from cvsb_xl.papers.paper import plain_text
from cvsb_xl.papers.prove import prove
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.sample import sample_rows
from tests.papers.test_changes import remembered, saved, set_to
from tests.rounds import META, TODAY, answered, by_hand, context, issued, merged, settled
from tests.verbs.test_ratify import ASKED

SAMPLE = tracker_of(load_framework(), sample_rows(load_framework(), TODAY), META)
WORDS = ("Kept in the third drawer", "Nurse Example saw it", "The earlier wording of A-1")


def lived_through() -> Tracker:
    """A tracker whose A-1 was reworded, answered by a return and then typed into."""
    tracker = remembered(
        settled(ASKED.replace("| Proposed complete  | Register  |", "| In progress        | Register  |"))
    )
    tracker = saved(
        tracker,
        TODAY,
        set_to(tracker, "actions", "A-1", "action", "The earlier wording of A-1"),
        verb="resolve",
    )
    tracker = saved(
        tracker, TODAY, set_to(tracker, "actions", "A-1", "action", "Train 60 staff"), verb="resolve"
    )
    tracker, sheet = issued(tracker, "SWP")
    tracker, _ = merged(remembered(tracker), answered(sheet, {("AS-1", "evidence"): WORDS[0]}))
    tracker = by_hand(remembered(tracker), "assignments", "AS-1", "impact", WORDS[1])
    return saved(tracker, TODAY, verb="update")


def test_an_action_is_told_with_sources_digest_and_chain() -> None:
    """Every log row of the action and its parts, the sheet each came from, the return's digest, and that the chain holds."""
    tracker = lived_through()
    outcome = prove(tracker, context(), "A-1")
    told = plain_text(outcome.documents[0])
    rows = [row for row in tracker["change-log"] if row.text("key") in ("A-1", "AS-1")]
    assert outcome.report.entries == len(rows) > 4
    assert all(row.text("chain") in told and row.text("source") in told for row in rows)
    back = next(row for row in tracker["returns"] if row["state"] == "Returned")
    assert outcome.report.receipts == 1
    assert back.text("digest") in told
    assert all(words in told for words in WORDS)
    assert "holds; its head is" in told


def test_redacted_no_word_of_people_is_left_and_the_paper_says_what_is_missing() -> None:
    outcome = prove(lived_through(), context(), "A-1", redact=True)
    told = plain_text(outcome.documents[0])
    assert not any(words in told for words in (*WORDS, "Register", "38 ask", "The manager", "tester"))
    assert "Train 60 staff" in told
    assert "What is left out" in told
    assert outcome.report.left_out["Evidence"] == 2
    assert f"Evidence ({outcome.report.left_out['Evidence']})" in told


@pytest.mark.parametrize("key", ["RV-0003", "RV-0004", "A-0013"])
def test_redacted_nothing_of_the_samples_free_text_is_left(key: str) -> None:
    """Searched for: every agency-written text, name and e-mail of the sample."""
    told = plain_text(prove(SAMPLE, context(), key, redact=True).documents[0])
    secret = [
        row.text(name)
        for table, names in (
            ("assignments", ("progress_update", "evidence", "impact", "barriers", "step_down_reason", "lead_name", "lead_email", "evidence_seen_by")),
            ("decisions", ("reason", "recorded_by")),
            ("members", ("name", "email")),
            ("agencies", ("contact_name", "contact_email")),
            ("reviews", ("chair", "reviewer", "notes", "key_findings")),
            ("escalations", ("description", "asked_of_board", "board_response")),
        )
        for row in SAMPLE[table]
        for name in names
        if len(row.text(name)) > 12
    ]  # fmt: skip
    assert len(secret) > 100
    assert [text for text in secret if text in told] == []


def test_a_log_that_was_changed_is_said_on_top_of_it() -> None:
    tracker = lived_through()
    log = tracker["change-log"]
    rows = list(log.rows)
    rows[0] = replace(rows[0], values={**rows[0].values, "after": "Something else"})
    outcome = prove(tracker.with_table("change-log", replace(log, rows=tuple(rows))), context(), "A-1")
    assert not outcome.report.log_holds
    assert "does NOT hold" in plain_text(outcome.documents[0])


def test_what_is_typed_and_not_yet_logged_is_said() -> None:
    tracker = by_hand(lived_through(), "assignments", "AS-1", "impact", "Typed this morning")
    outcome = prove(tracker, context(), "A-1")
    told = plain_text(outcome.documents[0])
    assert outcome.report.unlogged == 1
    assert "1 cell of it was typed since the tracker was last saved by a command" in told
    assert prove(lived_through(), context(), "A-1").report.unlogged == 0


def test_an_action_without_anything_and_an_unknown_key() -> None:
    tracker = settled("## Actions\n| action_id | action |\n|-|-|\n| A-1 | Train |\n")
    told = plain_text(prove(tracker, context(), "A-1").documents[0])
    for words in (
        "No agency's part is recorded.",
        "No meeting has decided on it.",
        "No impact check is recorded.",
        "holds nothing about it",
    ):
        assert words in told
    with pytest.raises(CannotDo, match="no action and no review"):
        prove(tracker, context(), "A-9")
