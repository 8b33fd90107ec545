"""`changes`: the log in sentences, net, by weight; hand edits among them."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from cvsb_xl.errors import CannotDo
from cvsb_xl.papers.change_words import GROUPS, told_fields
from cvsb_xl.papers.changed_rows import changed_between
from cvsb_xl.papers.changes import ChangesReport, changes
from cvsb_xl.papers.paper import plain_text
from cvsb_xl.tracker.edits import SetCell, apply_edits
from cvsb_xl.tracker.memory import lines
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.ratify import record
from tests.papers.figures import frame
from tests.rounds import TODAY, by_hand, context, settled
from tests.verbs.test_ratify import ASKED, typed

DAY = timedelta(days=1)


def remembered(tracker: Tracker) -> Tracker:
    """Return the tracker as a verb left it: what is typed from now on is seen."""
    return Tracker(tracker.framework, tracker.tables, tracker.meta, tracker.name, lines(tracker))


def saved(tracker: Tracker, day: date, *edits: SetCell, verb: str = "merge") -> Tracker:
    return remembered(apply_edits(tracker, finish(tracker, edits, context(day), verb)))


def set_to(tracker: Tracker, table: str, key: str, name: str, value: object) -> SetCell:
    row = tracker[table].by_key[key]
    return SetCell(table, key, name, row[name], value, row.number)  # type: ignore[arg-type]


def told(tracker: Tracker, since: date | str = TODAY, **asked: object) -> ChangesReport:
    report: ChangesReport = changes(tracker, context(TODAY + 9 * DAY), since, **asked).report  # type: ignore[arg-type]
    return report


def worked_on() -> Tracker:
    """A tracker in which a meeting decided, an agency reported, and somebody typed."""
    tracker = remembered(settled(ASKED))
    tracker = typed(tracker, "A-1", meeting_on=date(2027, 3, 20), decision="Ratified")
    tracker = remembered(apply_edits(tracker, record(tracker, context(TODAY)).edits))
    edit = set_to(tracker, "assignments", "AS-3", "progress_update", "The desk opens in June.")
    tracker = saved(tracker, TODAY + DAY, edit)
    tracker = by_hand(tracker, "actions", "A-2", "due_on", date(2027, 4, 30))
    return saved(tracker, TODAY + 2 * DAY, verb="update")


def test_sentences_come_in_order_of_weight_and_tell_hand_edits() -> None:
    report = told(worked_on())
    assert [(change.group, change.about, change.words) for change in report.changes] == [
        (
            GROUPS[0],
            "A-1 (Train 40 staff):",
            "The Delivery Group of 20 March 2027 ratified that it is complete.",
        ),
        (
            GROUPS[3],
            "A-2 (Print a card):",
            "Due on was 1 March 2027, is now 30 April 2027. (Typed by hand.)",
        ),
        (
            GROUPS[5],
            "A-3 (Open a desk), Cardiff Council (Cardiff):",
            "Progress update: \u201cThe desk opens in June.\u201d",
        ),
    ]
    assert [change.by_hand for change in report.changes] == [False, True, False]


def test_what_was_typed_this_morning_is_told_before_any_verb_has_logged_it() -> None:
    """Up to today alone: when it was typed, only the window since the last save is known."""
    tracker = by_hand(worked_on(), "actions", "A-3", "measure", "40 of 40")
    report = told(tracker)
    assert [change.words for change in report.changes if change.key == "A-3"] == [
        "Success measure: \u201c40 of 40\u201d. (Typed by hand.)"
    ]
    assert not [change for change in told(tracker, as_at=TODAY + 8 * DAY).changes if change.key == "A-3"]
    logged = saved(tracker, TODAY + 9 * DAY, verb="update")
    assert told(logged).changes == report.changes


def test_an_address_is_told_only_where_nothing_else_changed_and_never_printed() -> None:
    """Papers are circulated: they say who leads, not where that person is reached."""
    tracker = worked_on()
    for name, value in (("lead_name", "Ann Example"), ("lead_email", "ann@example.org")):
        tracker = by_hand(tracker, "assignments", "AS-3", name, value)
    tracker = by_hand(tracker, "agencies", "SWP", "contact_email", "swp@example.org")
    words = [change.words for change in told(tracker).changes if change.key in ("AS-3", "SWP")]
    assert "@" not in "".join(words)
    assert any("ead name is now \u201cAnn Example\u201d" in text for text in words)
    assert "Contact email was changed. (Typed by hand.)" in words


def test_what_was_changed_back_is_not_told() -> None:
    tracker = remembered(settled(ASKED))
    tracker = saved(tracker, TODAY, set_to(tracker, "actions", "A-2", "due_on", date(2027, 9, 1)))
    tracker = saved(tracker, TODAY + DAY, set_to(tracker, "actions", "A-2", "due_on", date(2027, 3, 1)))
    assert told(tracker).changes == ()
    assert "No change is recorded" in plain_text(changes(tracker, context(TODAY + DAY), TODAY).documents[0])


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({"agency": "swp"}, {"D-0001"}),
        ({"agency": "CC"}, {"A-2", "AS-3"}),
        ({"review": "RV-1"}, {"D-0001", "A-2", "AS-3"}),
        ({"since": TODAY + DAY}, {"A-2", "AS-3"}),
        ({"as_at": TODAY}, {"D-0001"}),
    ],
)
def test_it_can_be_told_for_one_agency_one_review_or_a_stretch_of_days(
    asked: dict[str, object], keys: set[str]
) -> None:
    tracker = worked_on()
    since = asked.pop("since", TODAY)
    assert {change.key for change in told(tracker, since, **asked).changes} == keys  # type: ignore[arg-type]


def test_since_the_last_board_is_known_from_settings_decisions_or_escalations() -> None:
    tracker = settled(
        """
        ## Decisions
        | decision_id | body  | meeting_on | proposal | decision |
        |-------------|-------|------------|----------|----------|
        | D-1         | Board | 2027-02-01 | Other    | Ratified |
        | D-2         | Board | 2027-12-01 | Other    | Ratified |
        ## Escalations
        | escalation_id | kind | description | raised_on  | board_met_on |
        |---------------|------|-------------|------------|--------------|
        | E-1           | Risk | Storms      | 2027-01-01 | 2027-03-02   |
        """
    )
    assert told(tracker, "last-board").since == date(2027, 3, 2)
    with_setting = settled("## Settings\n| setting | value |\n|-|-|\n| last_board_on | 2027-03-09 |\n")
    assert told(with_setting, "last-board").since == date(2027, 3, 9)
    with pytest.raises(CannotDo, match="no meeting of the Board"):
        told(settled(""), "last-board")


def test_what_is_not_there_is_refused_and_what_the_log_does_not_reach_is_said() -> None:
    for asked in ({"review": "RV-9"}, {"agency": "NOPE"}):
        with pytest.raises(CannotDo, match=r"RV-9|NOPE"):
            told(worked_on(), **asked)  # type: ignore[arg-type]
    with pytest.raises(CannotDo, match="is after"):
        told(worked_on(), date(2030, 1, 1))
    paper = changes(worked_on(), context(TODAY + DAY), date(2026, 1, 1)).documents[0]
    assert "change log begins on 31 March 2027" in plain_text(paper)
    assert "change log is empty" in plain_text(changes(settled(""), context(), TODAY).documents[0])


def test_every_changed_row_of_the_log_is_told_or_counted() -> None:
    """Recomputed with pandas: rows whose first value differs from their last, told or counted as consequences."""
    tracker = worked_on()
    log = frame(tracker, "change-log").sort_values("seq")
    report = told(tracker)
    period = changed_between(tracker, TODAY, TODAY + 9 * DAY, context().now)
    firsts = log.drop_duplicates(["table", "key", "field"], keep="first").set_index(
        ["table", "key", "field"]
    )["before"]
    lasts = log.drop_duplicates(["table", "key", "field"], keep="last").set_index(["table", "key", "field"])[
        "after"
    ]
    net = pd.DataFrame({"before": firsts, "after": lasts}).fillna("")
    rows = net[net["before"] != net["after"]].reset_index()[["table", "key"]].drop_duplicates()
    assert len(rows) == report.rows == len(period.rows)
    assert len(report.changes) + report.consequences == report.rows
    by_a_meeting = [
        item for item in period.rows if item.key == "A-1" and set(told_fields(item)) == {"status"}
    ]
    assert len(by_a_meeting) == 1, "its decision is told; that its status followed is not"
    assert report.consequences == sum(not told_fields(item) for item in period.rows) + 1
