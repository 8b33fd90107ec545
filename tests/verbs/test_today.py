"""Today says what wants doing, in order, with its reason, its date and where to go."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from cvsb_xl.cli import COMMANDS
from cvsb_xl.framework.load import load_framework
from cvsb_xl.tracker.edits import Link
from cvsb_xl.tracker.status import standings
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.sample import sample_rows
from cvsb_xl.verbs.task import BOARD, CHASE, CRG, DUE, ISSUE, MAPF, PROGRESS, RATIFY, RESOLVE, UPDATE, Task
from cvsb_xl.verbs.today import LONGEST, tasks, today_rows
from tests.markdown import tracker_from

TODAY = date(2027, 4, 1)
AGENCIES = """
## Agencies
| agency | name               |
|--------|--------------------|
| SWP    | South Wales Police |
| CC     | Cardiff Council    |
"""


def today(text: str) -> list[Task]:
    """Return what wants doing in the tracker of a Markdown text."""
    tracker = tracker_from(AGENCIES + text)
    return tasks(tracker, TODAY, standings(tracker, TODAY))


def said(text: str) -> list[tuple[str, str]]:
    """Return what and why."""
    return [(task.what, task.why) for task in today(text)]


def test_nothing_to_do_is_an_empty_list() -> None:
    assert today("") == []


def test_a_tracker_in_which_nothing_stands_says_where_to_begin() -> None:
    found = tasks(tracker_of(load_framework(), {}), TODAY, {})
    assert [(task.what, task.table) for task in found] == [
        ("Begin: enter the agencies", "agencies"),
        ("Look through the Board's own choices", "settings"),
        ("Enter the first review, and its actions", "reviews"),
    ]


def test_an_overdue_action_names_whom_to_chase_by_how_many_days_and_when_it_was_last_heard_of() -> None:
    (task,) = today(
        """
        ## Actions
        | action_id | due_on     |
        |-----------|------------|
        | A-0014    | 2027-03-09 |
        ## Assignments
        | action_id | agency | progress    | updated_on |
        |-----------|--------|-------------|------------|
        | A-0014    | SWP    | In progress | 2027-02-03 |
        """
    )
    assert task == Task(
        "Chase South Wales Police: A-0014 is 23 days overdue",
        "Due on 9 March 2027; last heard of on 3 February 2027.",
        date(2027, 3, 9),
        "actions",
        "A-0014",
        "due_on",
        "Chase (cvsb chase)",
    )


def test_several_overdue_actions_of_an_agency_are_one_line_and_each_agency_waited_for_is_chased() -> None:
    assert said(
        """
        ## Actions
        | action_id | due_on     |
        |-----------|------------|
        | A-0010    | 2027-03-31 |
        | A-0009    | 2027-03-01 |
        | A-0008    | 2027-04-01 |
        ## Assignments
        | action_id | agency | progress          |
        |-----------|--------|-------------------|
        | A-0009    | SWP    | Proposed complete |
        | A-0009    | CC     | In progress       |
        | A-0010    | CC     |                   |
        | A-0010    | SWP    |                   |
        | A-0008    | CC     |                   |
        """
    ) == [
        ("Chase Cardiff Council: 2 actions are overdue, the longest by 31 days", "A-0009 and A-0010"),
        ("Chase South Wales Police: A-0010 is 1 day overdue", "Due on 31 March 2027; no update yet."),
        ("Remind Cardiff Council: A-0008 is due on 1 April 2027", "Due on 1 April 2027; no update yet."),
    ]


def test_an_extended_action_is_told_with_both_dates() -> None:
    (line,) = said(
        """
        ## Actions
        | action_id | due_on     |
        |-----------|------------|
        | A-0001    | 2027-01-31 |
        ## Assignments
        | action_id | agency |
        |-----------|--------|
        | A-0001    | SWP    |
        ## Decisions
        | meeting_on | action_id | proposal  | decision | new_due_on |
        |------------|-----------|-----------|----------|------------|
        | 2027-02-01 | A-0001    | Extension | Ratified | 2027-03-30 |
        """
    )
    assert line == (
        "Chase South Wales Police: A-0001 is 2 days overdue",
        "Extended to 30 March 2027, first agreed for 31 January 2027; no update yet.",
    )


def test_refused_and_overdue_stands_before_merely_overdue() -> None:
    lines = said(
        """
        ## Actions
        | action_id | due_on     |
        |-----------|------------|
        | A-0001    | 2027-01-31 |
        | A-0002    | 2027-03-30 |
        ## Assignments
        | action_id | agency | progress          | updated_on |
        |-----------|--------|-------------------|------------|
        | A-0001    | CC     | In progress       | 2027-03-01 |
        | A-0002    | SWP    | Proposed complete | 2027-03-01 |
        ## Decisions
        | meeting_on | action_id | proposal | decision     |
        |------------|-----------|----------|--------------|
        | 2027-03-20 | A-0002    | Complete | Not ratified |
        """
    )
    assert [what for what, _ in lines] == [
        "Chase South Wales Police: A-0002 was not ratified and is 2 days overdue",
        "Chase Cardiff Council: A-0001 is 60 days overdue",
    ]


def test_an_overdue_action_that_waits_for_no_agency_is_told_as_such() -> None:
    (line,) = said("## Actions\n| action_id | due_on |\n|-|-|\n| A-0001 | 2027-03-31 |")
    assert line[0] == "Say who is to move: A-0001 is 1 day overdue"


def test_reviews_past_their_dates_are_told_in_the_words_of_their_strength() -> None:
    lines = said(
        """
        ## Reviews
        | review_id | title   | review_type | started_on | first_panel_on | completed_on | overrun_reason  | report_published_on | plan_published_on |
        |-----------|---------|-------------|------------|----------------|--------------|-----------------|---------------------|-------------------|
        | RV-0001   | Child A | SUSR        | 2027-01-15 |                |              |                 |                     |                   |
        | RV-0002   | Child B | SUSR        | 2026-03-10 | 2026-04-01     |              |                 |                     |                   |
        | RV-0003   | Adult C | SUSR        | 2026-03-15 | 2026-04-01     |              | Criminal trial  |                     |                   |
        | RV-0004   | Adult D | MAPF        | 2026-12-15 |                |              |                 |                     |                   |
        | RV-0005   | Child E | SUSR        | 2024-01-15 |                | 2025-01-10   |                 | 2025-02-01          | 2025-03-10        |
        """
    )
    assert lines == [
        (
            "Give the progress report on RV-0005: it is 387 days overdue",
            "Child E: 12 months from 10 March 2025 (required).",
        ),
        (
            "Complete RV-0004: this MAPF is 17 days overdue",
            "Adult D: 3 months from 15 December 2026 (required).",
        ),
        (
            "Complete RV-0002, or say why it takes longer: 22 days past target",
            "Child B: 12 months from 10 March 2026 (not normally longer).",
        ),
        (
            "Hold the first panel meeting of RV-0001: 17 days past target",
            "Child A: 2 months from 15 January 2027 (a target, where possible).",
        ),
    ]


def test_no_word_of_breach_is_used_for_a_target() -> None:
    lines = said(
        """
        ## Reviews
        | review_id | review_type | started_on |
        |-----------|-------------|------------|
        | RV-0001   | SUSR        | 2025-01-15 |
        """
    )
    assert len(lines) == 2
    assert not any("overdue" in part for line in lines for part in line)


def test_a_clock_that_waits_for_a_date_says_which_where_the_review_has_come_that_far() -> None:
    lines = said(
        """
        ## Reviews
        | review_id | title   | review_type | started_on | first_panel_on | completed_on | report_published_on |
        |-----------|---------|-------------|------------|----------------|--------------|---------------------|
        | RV-0001   | Running | SUSR        | 2027-01-15 | 2027-02-01     |              |                     |
        | RV-0002   | Done    | SUSR        | 2026-05-15 | 2026-06-01     | 2027-03-01   | 2027-03-15          |
        | RV-0003   | No date | MAPF        |            |                |              |                     |
        """
    )
    awaiting = "awaiting publication of the report and the action plan: without it no date can be worked out."
    assert lines == [
        ('Fill in "Plan published on" for RV-0002', f"Progress report - {awaiting}"),
        (
            'Fill in "Clock starts on" for RV-0003',
            "Completion of the review - awaiting initiation: without it no date can be worked out.",
        ),
    ]


def test_milestones_and_actions_within_the_soon_days_come_last() -> None:
    lines = said(
        """
        ## Settings
        | setting       | value |
        |---------------|-------|
        | due_soon_days | 10    |
        ## Reviews
        | review_id | title   | review_type | started_on |
        |-----------|---------|-------------|------------|
        | RV-0001   | Adult D | MAPF        | 2027-01-11 |
        | RV-0002   | Adult E | MAPF        | 2027-01-12 |
        ## Actions
        | action_id | due_on     |
        |-----------|------------|
        | A-0001    | 2027-04-11 |
        | A-0002    | 2027-04-12 |
        | A-0003    |            |
        | A-0004    | On going   |
        ## Assignments
        | action_id | agency |
        |-----------|--------|
        | A-0001    | SWP    |
        | A-0002    | SWP    |
        """
    )
    assert [what for what, _ in lines] == [
        "Agree a due date for 2 actions",
        "Prepare for the completion of the review of RV-0001, due on 11 April 2027",
        "Remind South Wales Police: A-0001 is due on 11 April 2027",
    ]


def test_actions_that_will_miss_their_reviews_12_month_report_are_named_while_there_is_time() -> None:
    """By an agency's own expectation or by the due date; not what is proposed, in time, or of a review whose report is late."""
    reviews = """
        ## Reviews
        | review_id | title | review_type | completed_on | report_published_on | plan_published_on | progress_reported_on |
        |-----------|-------|-------------|--------------|---------------------|-------------------|----------------------|
        | RV-0001   | One   | SUSR        | 2026-08-01   | 2026-09-01          | 2026-09-01        |                      |
        | RV-0002   | Two   | SUSR        | 2026-08-01   | 2026-09-01          | 2026-09-01        | 2027-03-01           |
        | RV-0003   | Three | MAPF        | 2026-08-01   |                     |                   |                      |
        """
    (task,) = [
        item
        for item in today(
            reviews
            + """
        ## Actions
        | action_id | review_id | due_on     |
        |-----------|-----------|------------|
        | A-0001    | RV-0001   | 2027-10-01 |
        | A-0002    | RV-0001   | 2027-09-01 |
        | A-0003    | RV-0001   | 2027-08-01 |
        | A-0004    | RV-0001   | 2027-10-01 |
        | A-0005    | RV-0002   | 2027-10-01 |
        | A-0006    | RV-0003   | 2027-10-01 |
        | A-0007    | RV-0001   | On going   |
        ## Assignments
        | action_id | agency | progress          | expected_on |
        |-----------|--------|-------------------|-------------|
        | A-0001    | SWP    |                   | 2027-08-01  |
        | A-0002    | SWP    | In progress       |             |
        | A-0003    | SWP    | Proposed complete | 2027-12-01  |
        | A-0003    | CC     |                   | 2027-11-01  |
        | A-0004    | CC     | Proposed complete |             |
        """
        )
        if "miss" in item.what
    ]
    assert task == Task(
        "Bring forward, or explain: 2 actions of RV-0001 will miss its 12-month progress report",
        "The report is due on 1 September 2027; A-0003 (Cardiff Council expects 1 November 2027) and A-0001 (due on 1 October 2027).",
        date(2027, 9, 1),
        "actions",
        "A-0003",
        "due_on",
        "Progress report (cvsb progress)",
    )


def test_every_task_of_the_sample_names_a_button_and_a_command_that_exist() -> None:
    """The button by its label on the ribbon, the command by its name."""
    tracker = tracker_of(load_framework(), sample_rows(load_framework(), TODAY))
    ribbon = Path(__file__).parents[2].joinpath("workbook/ribbon/customUI14.xml").read_text("utf-8")
    hows = {task.how for task in tasks(tracker, TODAY, standings(tracker, TODAY))}
    assert len(hows) > 6
    for how in [*hows, UPDATE, RESOLVE, CHASE, ISSUE, RATIFY, BOARD, CRG, PROGRESS, MAPF, DUE]:
        label, command = re.fullmatch(r"(?:Type it in; )?(.+) \(cvsb (\w+)\)", how).groups()  # type: ignore[union-attr]
        assert f'label="{label}"' in ribbon
        assert command in COMMANDS


def test_decisions_lack_the_chairs_sign_off_or_the_notice_until_both_are_dated() -> None:
    assert said(
        """
        ## Referrals
        | referral_id | crg_met_on | crg_decision       | chair_signed_off_on | wg_notified_on |
        |-------------|------------|--------------------|---------------------|----------------|
        | R-1         | 2027-03-02 | MAPF               |                     |                |
        | R-2         | 2027-03-02 | No further action  | 2027-03-05          |                |
        | R-3         | 2027-03-02 | SUSR               | 2027-03-05          | 2027-03-06     |
        | R-4         | 2027-03-02 | More information   |                     |                |
        | R-5         |            |                    |                     |                |
        """
    ) == [
        (
            "Get the chair's sign-off and the notice to Welsh Government for R-1",
            'The Case Review Group decided "MAPF" on 2 March 2027. Every decision needs both.',
        ),
        (
            "Get the notice to Welsh Government for R-2",
            'The Case Review Group decided "No further action" on 2 March 2027. Every decision needs both.',
        ),
    ]


def test_what_the_delivery_group_must_decide_is_gathered_and_contradictions_are_settled_first_by_a_person() -> (
    None
):
    assert said(
        """
        ## Actions
        | action_id | due_on     |
        |-----------|------------|
        | A-0001    | 2027-01-31 |
        | A-0002    | 2027-09-30 |
        | A-0003    | 2027-09-30 |
        | A-0004    | 2027-09-30 |
        ## Assignments
        | action_id | agency | progress           | extension_requested_to |
        |-----------|--------|--------------------|------------------------|
        | A-0001    | SWP    | Proposed complete  |                        |
        | A-0002    | CC     | Proposed step-down |                        |
        | A-0003    | CC     | Proposed complete  |                        |
        | A-0003    | SWP    | Proposed step-down |                        |
        | A-0004    | SWP    | In progress        | 2027-12-31             |
        """
    ) == [
        (
            "Put 2 actions to the Delivery Group for ratification",
            "A-0001 and A-0002: every agency needed proposes to close them.",
        ),
        (
            "Put the extension of A-0004 to the Delivery Group",
            "South Wales Police asks for time until 31 December 2027; it is due on 30 September 2027.",
        ),
        (
            "Settle A-0003: complete, or step down?",
            "Its agencies propose both, so nothing can be put to the Delivery Group.",
        ),
    ]


def test_escalations_wait_for_the_board_until_it_has_answered_or_they_are_closed() -> None:
    assert said(
        """
        ## Escalations
        | escalation_id | action_id | kind    | raised_on  | board_met_on | board_response | closed_on  |
        |---------------|-----------|---------|------------|--------------|----------------|------------|
        | E-0001        | A-0001    | Barrier | 2027-02-01 | 2027-03-15   |                |            |
        | E-0002        |           | Risk    | 2027-01-01 |              |                |            |
        | E-0003        |           | Risk    | 2027-01-01 | 2027-03-15   | Agreed         |            |
        | E-0004        |           | Risk    | 2027-01-01 |              |                | 2027-02-01 |
        """
    ) == [
        ("Put E-0002 to the Board", "Risk, raised on 1 January 2027; not answered."),
        (
            "Record the Board's answer on E-0001",
            "Barrier on A-0001, raised on 1 February 2027; the Board met on 15 March 2027.",
        ),
    ]


def test_help_asked_for_wants_a_decision_unless_it_is_escalated_or_the_action_closed() -> None:
    lines = said(
        """
        ## Actions
        | action_id | due_on     |
        |-----------|------------|
        | A-0001    | 2027-09-30 |
        | A-0002    | 2027-09-30 |
        | A-0003    | 2027-09-30 |
        ## Assignments
        | action_id | agency | help_needed |
        |-----------|--------|-------------|
        | A-0001    | SWP    | Yes         |
        | A-0002    | SWP    | Yes         |
        | A-0003    | SWP    | Yes         |
        ## Escalations
        | escalation_id | action_id | kind    | raised_on  | board_response |
        |---------------|-----------|---------|------------|----------------|
        | E-0001        | A-0002    | Barrier | 2027-02-01 | We will see    |
        ## Decisions
        | meeting_on | action_id | proposal | decision |
        |------------|-----------|----------|----------|
        | 2027-02-01 | A-0003    | Complete | Ratified |
        """
    )
    assert [what for what, _ in lines] == [
        "Decide whether to escalate A-0001: South Wales Police asked for help"
    ]


def test_returns_past_their_day_are_chased_and_open_conflicts_come_first_of_all() -> None:
    lines = said(
        """
        ## Returns
        | sheet_id | agency | issued_on  | due_back_on | state      |
        |----------|--------|------------|-------------|------------|
        | S-1      | SWP    | 2027-03-01 | 2027-03-21  | Issued     |
        | S-2      | CC     | 2027-03-01 | 2027-04-01  | Issued     |
        | S-3      | CC     | 2027-02-01 | 2027-02-21  | Superseded |
        | S-4      | CC     | 2027-02-01 | 2027-02-21  | Returned   |
        ## Conflicts
        | conflict_id | key     | state   |
        |-------------|---------|---------|
        | C-1         | AS-0004 | Open    |
        | C-2         | AS-0004 | Open    |
        | C-3         | AS-0009 | Decided |
        """
    )
    assert lines == [
        ("Decide 2 conflicts, then run resolve", "Returned values that the tracker has not taken: AS-0004."),
        (
            "Chase South Wales Police: its sheet is 11 days late",
            "Issued on 1 March 2027, due back on 21 March 2027.",
        ),
    ]


def test_a_long_list_of_one_kind_is_cut_and_its_last_line_counts_the_rest() -> None:
    rows = "\n".join(f"| R-{number:02d} | MAPF |" for number in range(20))
    found = today(f"## Referrals\n| referral_id | crg_decision |\n|-|-|\n{rows}")
    assert len(found) == LONGEST + 1
    assert found[-1].what == "And 12 more like these"
    assert "R-08" in found[-1].why
    assert found[-1].key == "R-08"


def rows_and_links(tracker: Tracker) -> tuple[list[dict[str, object]], dict[tuple[int, str], Link]]:
    """Return the rows of Today with their links."""
    rows, links = today_rows(tracker, TODAY, standings(tracker, TODAY))
    return [dict(row) for row in rows], links


def test_rows_are_numbered_and_link_to_the_cell_they_are_about() -> None:
    rows, links = rows_and_links(
        tracker_from(
            """
            ## Actions
            | action_id | due_on     |
            |-----------|------------|
            | A-0001    | 2027-12-31 |
            | A-0002    | 2027-03-31 |
            ## Assignments
            | action_id | agency | progress          |
            |-----------|--------|-------------------|
            | A-0001    | SWP    | Proposed complete |
            """
        )
    )
    assert [row["order"] for row in rows] == [1, 2]
    assert [row["where"] for row in rows] == ["Actions!J6", "Ratification"]
    assert links == {(0, "where"): Link("Actions", "J6"), (1, "where"): Link("Ratification", "A4")}


@pytest.mark.parametrize("table", ["ratification", "actions"])
def test_a_missing_sheet_still_has_somewhere_to_go(table: str) -> None:
    tracker = tracker_from("## Actions\n| action_id | due_on |\n|-|-|\n| A-0001 | 2027-03-31 |")
    bare = type(tracker[table])(tracker[table].schema, tracker[table].rows, {}, 0, found=False)
    rows, links = rows_and_links(tracker.with_table(table, bare))
    assert len(rows) == len(links) == 1
