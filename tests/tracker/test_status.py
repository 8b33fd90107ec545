"""The status of an action, line by line, and what goes with it.

An assignment is written in short as "C 2027-01-10": its progress (C proposed complete, S proposed step-down, P in progress,
N not started, - blank) and the day its row was updated; "C! ..." is one not needed for sign-off. A decision is written
"Complete Ratified 2027-02-01".
"""

from __future__ import annotations

from datetime import date

import pytest

from cvsb_xl.tracker.status import (
    Standing,
    extension_asked,
    is_mixed,
    last_update_on,
    lateness,
    latest_update,
    ratified_on,
    standings,
    timeliness,
    waiting_on,
    was_refused,
)
from tests.markdown import tables, tracker_from

TODAY = date(2027, 4, 1)
PROGRESS = {
    "C": "Proposed complete",
    "S": "Proposed step-down",
    "P": "In progress",
    "N": "Not started",
    "-": "",
}


def standing(assignments: str, decisions: str = "", signoff: str = "", due: str = "2027-03-01") -> Standing:
    """Return how the action stands that the short notation describes."""
    agencies = iter("SWP CC CAV VOG PROB".split())
    rows = []
    for text in filter(None, (part.strip() for part in assignments.split(";"))):
        mark, _, day = text.partition(" ")
        rows.append(
            f"| A-1 | {next(agencies)} | {PROGRESS[mark[0]]} | {'No' if '!' in mark else ''} | {day} |"
        )
    held = []
    for text in filter(None, (part.strip() for part in decisions.split(";"))):
        words = text.split()
        until = words.pop() if words[-1].startswith("to") else ""
        met = words.pop() if words[-1][0].isdigit() else ""
        proposal = next(
            name
            for name in ("Complete", "Stepped down", "Extension", "Reopen", "Other")
            if text.startswith(name)
        )
        held.append(
            f"| A-1 | {met} | {proposal} | {' '.join(words).removeprefix(proposal).strip()} | {until[2:]} |"
        )
    tracker = tracker_from(
        "\n".join(
            [
                "## Actions",
                "| action_id | signoff_required | due_on |",
                "|-|-|-|",
                f"| A-1 | {signoff} | {due} |",
                "## Assignments",
                "| action_id | agency | progress | needed_for_signoff | updated_on |",
                "|-|-|-|-|-|",
                *rows,
                "## Decisions",
                "| action_id | meeting_on | proposal | decision | new_due_on |",
                "|-|-|-|-|-|",
                *held,
            ]
        )
    )
    return standings(tracker, TODAY)["A-1"]


STATUS = tables(
    """
    ## Status
    | case                                               | assignments                 | signoff | decisions                                                                      | status                |
    |----------------------------------------------------|-----------------------------|---------|--------------------------------------------------------------------------------|-----------------------|
    | nothing at all                                     |                             |         |                                                                                | Not started           |
    | nobody has begun                                   | -; N                        |         |                                                                                | Not started           |
    | said outright: not started, only the lead named    | N 2027-01-10                |         |                                                                                | Not started           |
    | one has begun                                      | P; N                        |         |                                                                                | In progress           |
    | one was updated                                    | - 2027-01-10; N             |         |                                                                                | In progress           |
    | one that is not needed has begun                   | N; P!                       |         |                                                                                | In progress           |
    | one of two proposes                                | C 2027-01-10; P 2027-01-10  |         |                                                                                | In progress           |
    | all propose complete                               | C 2027-01-10; C 2027-01-12  |         |                                                                                | Awaiting ratification |
    | all propose to step down                           | S 2027-01-10; S 2027-01-12  |         |                                                                                | Awaiting ratification |
    | all needed propose, one not needed lags            | C 2027-01-10; N!            |         |                                                                                | Awaiting ratification |
    | only one that is not needed proposes               | N; C! 2027-01-10            |         |                                                                                | In progress           |
    | none is needed: every of none says nothing         | C! 2027-01-10               |         |                                                                                | In progress           |
    | none is needed and sign-off is not required        | C! 2027-01-10               | No      |                                                                                | In progress           |
    | a proposal typed into the tracker, no update       | C                           |         |                                                                                | Awaiting ratification |
    | proposals of both kinds                            | C 2027-01-10; S 2027-01-10  |         |                                                                                | In progress           |
    | sign-off not required, all propose complete        | C 2027-01-10; C 2027-01-10  | No      |                                                                                | Complete              |
    | sign-off not required, one lags                    | C 2027-01-10; P 2027-01-10  | No      |                                                                                | In progress           |
    | stepping down always needs ratification            | S 2027-01-10                | No      |                                                                                | Awaiting ratification |
    | sign-off said to be required                       | C 2027-01-10                | Yes     |                                                                                | Awaiting ratification |
    | ratified complete                                  | C 2027-01-10                |         | Complete Ratified 2027-02-01                                                   | Complete              |
    | ratified stepped down                              | S 2027-01-10                |         | Stepped down Ratified 2027-02-01                                               | Stepped down          |
    | ratified without any assignment                    |                             |         | Complete Ratified 2027-02-01                                                   | Complete              |
    | the latest ratified decision counts                | S 2027-01-10                |         | Complete Ratified 2027-01-05; Stepped down Ratified 2027-02-01                 | Stepped down          |
    | the latest by meeting, not by row                  | C 2027-01-10                |         | Stepped down Ratified 2027-02-01; Complete Ratified 2027-01-05                 | Stepped down          |
    | of one meeting, the later row                      | C 2027-01-10                |         | Complete Ratified 2027-02-01; Stepped down Ratified 2027-02-01                 | Stepped down          |
    | deferred stays as it is                            | C 2027-01-10                |         | Complete Deferred 2027-02-01                                                   | Awaiting ratification |
    | deferred after a refusal stays refused             | C 2027-01-10                |         | Complete Not ratified 2027-02-01; Complete Deferred 2027-03-01                 | In progress           |
    | refused                                            | C 2027-01-10                |         | Complete Not ratified 2027-02-01                                               | In progress           |
    | refused though sign-off is not required            | C 2027-01-10                | No      | Complete Not ratified 2027-02-01                                               | In progress           |
    | proposed again after the refusal                   | C 2027-02-02                |         | Complete Not ratified 2027-02-01                                               | Awaiting ratification |
    | one of two proposed again                          | C 2027-02-02; C 2027-01-10  |         | Complete Not ratified 2027-02-01                                               | In progress           |
    | updated on the day of the refusal: the one refused | C 2027-02-01                |         | Complete Not ratified 2027-02-01                                               | In progress           |
    | no update day known since the refusal              | C                           |         | Complete Not ratified 2027-02-01                                               | In progress           |
    | refused once, proposed again, ratified             | C 2027-02-10                |         | Complete Not ratified 2027-02-01; Complete Ratified 2027-03-01                 | Complete              |
    | of the old kind refused, of the other proposed     | S 2027-02-02; C 2027-01-10  |         | Complete Not ratified 2027-02-01                                               | In progress           |
    | a refused extension refuses no proposal            | C 2027-01-10                |         | Extension Not ratified 2027-02-01                                              | Awaiting ratification |
    | a ratified extension closes nothing                | P 2027-01-10                |         | Extension Ratified 2027-02-01 to2027-06-30                                     | In progress           |
    | reopened: the proposal was answered                | C 2027-01-10                |         | Complete Ratified 2027-02-01; Reopen Ratified 2027-03-01                       | In progress           |
    | reopened and proposed again                        | C 2027-03-02                |         | Complete Ratified 2027-02-01; Reopen Ratified 2027-03-01                       | Awaiting ratification |
    | reopened and ratified again                        | C 2027-03-02                |         | Complete Ratified 2027-02-01; Reopen Ratified 2027-03-01; Complete Ratified 2027-03-20 | Complete      |
    | reopening was refused                              | C 2027-01-10                |         | Complete Ratified 2027-02-01; Reopen Not ratified 2027-03-01                   | Complete              |
    | reopening was deferred                             | C 2027-01-10                |         | Complete Ratified 2027-02-01; Reopen Deferred 2027-03-01                       | Complete              |
    | a meeting still to come decides nothing            | C 2027-01-10                |         | Complete Ratified 2027-04-02                                                   | Awaiting ratification |
    | today's meeting has decided                        | C 2027-01-10                |         | Complete Ratified 2027-04-01                                                   | Complete              |
    | a decision without a meeting decides nothing       | C 2027-01-10                |         | Complete Ratified                                                              | Awaiting ratification |
    """
)["status"]


@pytest.mark.parametrize("row", STATUS, ids=lambda row: str(row["case"]))
def test_the_status_table_line_by_line(row: dict[str, str]) -> None:
    found = standing(row.get("assignments", ""), row.get("decisions", ""), row.get("signoff", ""))
    assert found.status == row["status"]


def test_only_live_proposals_of_both_kinds_are_mixed() -> None:
    assert is_mixed(standing("C 2027-01-10; S 2027-01-10"))
    assert is_mixed(standing("C 2027-01-10; S 2027-01-10; P"))
    assert not is_mixed(standing("C 2027-01-10; C 2027-01-10"))
    assert not is_mixed(standing("C 2027-01-10; S! 2027-01-10"))
    assert not is_mixed(standing("C 2027-01-10; S 2027-02-02", "Complete Not ratified 2027-02-01"))


@pytest.mark.parametrize(
    "row",
    tables(
        """
        ## Waiting
        | case                         | assignments                            | decisions                        | waiting on     |
        |------------------------------|----------------------------------------|----------------------------------|----------------|
        | all agencies needed          | N; P 2027-01-10                        |                                  | SWP, CC        |
        | those that have not proposed | C 2027-01-10; P 2027-01-10; N!         |                                  | CC             |
        | the meeting                  | C 2027-01-10                           |                                  | Delivery Group |
        | the refused agency           | C 2027-01-10                           | Complete Not ratified 2027-02-01 | SWP            |
        | contradicting proposals      | C 2027-01-10; S 2027-01-10             |                                  | Review Manager |
        | nobody is assigned           |                                        |                                  | Review Manager |
        | nobody is needed             | P! 2027-01-10                          |                                  | Review Manager |
        | closed                       | C 2027-01-10                           | Complete Ratified 2027-02-01     |                |
        """
    )["waiting"],
    ids=lambda row: str(row["case"]),
)
def test_who_has_to_move_next(row: dict[str, str]) -> None:
    assert waiting_on(standing(row.get("assignments", ""), row.get("decisions", ""))) == row.get(
        "waiting_on", ""
    )


@pytest.mark.parametrize(
    "row",
    tables(
        """
        ## Timeliness
        | case                         | status                | due        | revised    | timeliness            |
        |------------------------------|-----------------------|------------|------------|-----------------------|
        | far off                      | In progress           | 2027-06-30 |            | On track              |
        | one day beyond the soon days | Not started           | 2027-05-02 |            | On track              |
        | the last of the soon days    | Not started           | 2027-05-01 |            | Due soon              |
        | today                        | In progress           | 2027-04-01 |            | Due soon              |
        | yesterday                    | In progress           | 2027-03-31 |            | Overdue               |
        | extended                     | In progress           | 2027-03-31 | 2027-06-30 | On track              |
        | extended and late again      | In progress           | 2027-01-31 | 2027-03-31 | Overdue               |
        | an extension that is earlier | In progress           | 2027-06-30 | 2027-03-31 | Overdue               |
        | no date                      | In progress           |            |            | No date               |
        | text for a date              | In progress           | On going   |            | No date               |
        | text, but extended           | In progress           | On going   | 2027-06-30 | On track              |
        | proposed                     | Awaiting ratification | 2027-03-31 |            | Awaiting ratification |
        | proposed without a date      | Awaiting ratification |            |            | Awaiting ratification |
        | complete                     | Complete              | 2027-03-31 |            | Done                  |
        | stepped down                 | Stepped down          |            |            | Done                  |
        """
    )["timeliness"],
    ids=lambda row: str(row["case"]),
)
def test_timeliness_on_1_april_2027_with_30_soon_days(row: dict[str, object]) -> None:
    status = row["status"]
    assert timeliness(status, row.get("due"), row.get("revised"), TODAY, 30) == row["timeliness"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("decisions", "revised"),
    [
        ("Extension Ratified 2027-02-01 to2027-06-30", date(2027, 6, 30)),
        (
            "Extension Ratified 2027-03-01 to2027-05-31; Extension Ratified 2027-02-01 to2027-06-30",
            date(2027, 5, 31),
        ),
        ("Extension Ratified 2027-02-01 to2027-06-30; Extension Ratified 2027-03-01", date(2027, 6, 30)),
        ("Extension Ratified 2027-02-01", None),
        ("Extension Not ratified 2027-02-01 to2027-06-30", None),
        ("Extension Deferred 2027-02-01 to2027-06-30", None),
        ("Complete Not ratified 2027-02-01 to2027-06-30", None),
    ],
)
def test_a_revised_date_comes_only_from_the_latest_ratified_extension_that_gives_one(
    decisions: str, revised: date | None
) -> None:
    assert standing("P", decisions).revised_due_on == revised


def test_overdue_is_told_against_the_original_and_the_revised_date() -> None:
    late = lateness(standing("P", "Extension Ratified 2027-02-01 to2027-03-22"), TODAY)
    assert (late.original, late.revised) == (31, 10)


def test_the_overdue_clock_stops_at_the_last_proposal_and_runs_on_when_it_is_refused() -> None:
    proposed = "C 2027-03-05; C 2027-03-11"
    assert lateness(standing(proposed), TODAY).revised == 10
    assert lateness(standing(proposed, "Complete Ratified 2027-03-20"), TODAY).revised == 10
    assert lateness(standing(proposed, "Complete Not ratified 2027-03-20"), TODAY).revised == 31


def test_an_action_ratified_without_a_known_proposal_is_late_until_the_meeting() -> None:
    assert lateness(standing("C", "Complete Ratified 2027-03-21"), TODAY).revised == 20


def test_nothing_is_late_before_its_date_or_without_one() -> None:
    assert lateness(standing("P", due="2027-04-01"), TODAY).revised == 0
    assert lateness(standing("P", due="On going"), TODAY).original == 0


def test_the_meeting_that_ratified_is_told_until_it_is_reopened() -> None:
    assert ratified_on(standing("C", "Complete Ratified 2027-02-01")) == date(2027, 2, 1)
    assert ratified_on(standing("C", "Complete Ratified 2027-02-01; Reopen Ratified 2027-03-01")) is None


def test_an_action_is_refused_until_it_is_proposed_again() -> None:
    assert was_refused(standing("C 2027-01-10", "Complete Not ratified 2027-02-01"))
    assert was_refused(
        standing("P 2027-02-10", "Complete Not ratified 2027-02-01; Complete Deferred 2027-03-01")
    )
    assert not was_refused(standing("C 2027-02-10", "Complete Not ratified 2027-02-01"))
    assert not was_refused(standing("P 2027-02-10", "Extension Not ratified 2027-02-01"))


def test_the_latest_update_is_the_newest_told_by_any_agency() -> None:
    tracker = tracker_from(
        """
        ## Actions
        | action_id |
        |-----------|
        | A-1       |
        | A-2       |
        | A-3       |

        ## Assignments
        | assignment_id | action_id | agency | progress_update   | updated_on |
        |---------------|-----------|--------|-------------------|------------|
        | AS-1          | A-1       | SWP    | Policy drafted    | 2027-01-10 |
        | AS-2          | A-1       | CC     | Staff told        | 2027-02-10 |
        | AS-3          | A-1       | CAV    |                   | 2027-03-10 |
        | AS-4          | A-2       | CC     |                   | 2027-03-10 |
        | AS-5          | A-3       | SWP    | From the old plan |            |
        | AS-6          | A-3       | CC     | Later in the list |            |
        """
    )
    found = standings(tracker, TODAY)
    newest = {key: latest_update(item.assignments) for key, item in found.items()}
    assert {key: row and row["assignment_id"] for key, row in newest.items()} == {
        "A-1": "AS-2",
        "A-2": None,
        "A-3": "AS-6",
    }
    assert {key: last_update_on(item.assignments) for key, item in found.items()} == {
        "A-1": date(2027, 2, 10),
        "A-2": date(2027, 3, 10),
        "A-3": None,
    }


@pytest.mark.parametrize(
    ("requested", "updated", "decisions", "asked"),
    [
        ("2027-06-30", "2027-02-10", "", date(2027, 6, 30)),
        ("2027-02-28", "2027-02-10", "", None),
        ("2027-06-30", "2027-02-10", "Extension Not ratified 2027-03-01", None),
        ("2027-06-30", "2027-03-10", "Extension Not ratified 2027-03-01", date(2027, 6, 30)),
        ("2027-06-30", "2027-02-10", "Extension Deferred 2027-03-01", date(2027, 6, 30)),
        ("2027-06-30", "2027-03-10", "Extension Ratified 2027-03-01 to2027-07-31", None),
    ],
)
def test_an_extension_is_asked_until_a_meeting_has_answered_it(
    requested: str, updated: str, decisions: str, asked: date | None
) -> None:
    base = standing(f"P {updated}", decisions)
    row = base.assignments[0]
    values = {**row.values, "extension_requested_to": date.fromisoformat(requested)}
    found = extension_asked(Standing(base.action, (type(row)(row.number, values),), base.decisions))
    assert found == (("SWP", asked) if asked else None)
