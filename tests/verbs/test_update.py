"""`update` fills ids, rows, dates, statuses and sheets; twice is once; nothing is lost and nothing guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvsb_xl.framework.load import load_framework
from cvsb_xl.tracker.edits import AppendRow, ReplaceRows, SetCell, apply_edits
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.tracker.values import same
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.update import KINDS, update
from tests.markdown import tracker_from

CONTEXT = Context(now=datetime(2027, 4, 1, 9, tzinfo=UTC), user="rm")
AGENCIES = """
## Agencies
| agency | name                      | areas                       | board_partner | active_from | active_to  |
|--------|---------------------------|-----------------------------|---------------|-------------|------------|
| SWP    | South Wales Police        | Cardiff; Vale of Glamorgan  | Yes           |             |            |
| CC     | Cardiff Council           | Cardiff                     | Yes           |             |            |
| VOG    | Vale of Glamorgan Council | Bro Morgannwg               | Yes           | 2027-04-01  |            |
| WAST   | Welsh Ambulance           | Regional                    | Yes           | 2027-04-02  |            |
| OLD    | A trust that ended        |                             | Yes           |             | 2027-03-31 |
| CHAR   | A charity                 |                             | No            |             |            |
| ODD    | Nobody knows since when   |                             | Yes           | last spring |            |
"""


def updated(text: str) -> Tracker:
    """Return the tracker of a Markdown text after one update."""
    tracker = tracker_from(AGENCIES + text)
    return apply_edits(tracker, update(tracker, CONTEXT).edits)


def column(tracker: Tracker, table: str, *names: str) -> list[tuple[str, ...]]:
    """Return some fields of every row, as text."""
    return [tuple(row.text(name) for name in names) for row in tracker[table]]


def test_blank_ids_are_filled_with_the_next_free_numbers_in_the_order_of_the_rows() -> None:
    after = updated(
        """
        ## Actions
        | action_id | action  |
        |-----------|---------|
        |           | Train   |
        | A-0007    | Audit   |
        | old 3(a)  | Rewrite |
        |           | Publish |
        ## Decisions
        | decision_id | body  |
        |-------------|-------|
        |             | Board |
        """
    )
    assert column(after, "actions", "action_id") == [("A-0008",), ("A-0007",), ("old 3(a)",), ("A-0009",)]
    assert column(after, "decisions", "decision_id") == [("D-0001",)]


def test_a_row_that_holds_nothing_but_what_the_tool_wrote_gets_no_id() -> None:
    tracker = tracker_from("## Actions\n| timeliness | status |\n|-|-|\n| No date | Not started |")
    assert column(apply_edits(tracker, update(tracker, CONTEXT).edits), "actions", "action_id") == [("",)]


def test_an_action_makes_its_assignments() -> None:
    after = updated(
        """
        ## Actions
        | action_id | lead_agency | area     | contributing           |
        |-----------|-------------|----------|------------------------|
        | A-0001    | SWP         | Cardiff  | CC; VOG ; ; CC         |
        | A-0002    | SWP         | Both     | CC;VOG;WAST;CHAR;SWP   |
        | A-0003    | CC          | Regional |                        |
        | A-0004    | swp         | National | ZZZ; cc                |
        """
    )
    assert column(after, "assignments", "action_id", "agency", "area", "role") == [
        ("A-0001", "SWP", "Cardiff", "Lead"),
        ("A-0001", "CC", "Cardiff", "Contributing"),
        ("A-0001", "VOG", "Cardiff", "Contributing"),
        ("A-0002", "SWP", "Cardiff", "Lead"),
        ("A-0002", "SWP", "Vale of Glamorgan", "Lead"),
        ("A-0002", "CC", "Cardiff", "Contributing"),
        ("A-0002", "VOG", "Vale of Glamorgan", "Contributing"),
        ("A-0002", "WAST", "Regional", "Contributing"),
        ("A-0002", "CHAR", "", "Contributing"),
        ("A-0003", "CC", "Regional", "Lead"),
        ("A-0004", "SWP", "National", "Lead"),
        ("A-0004", "CC", "National", "Contributing"),
    ]


@pytest.mark.parametrize(
    ("lead", "area"),
    [("", "Cardiff"), ("ZZZ", "Cardiff"), ("SWP; CC", "Cardiff"), ("SWP", ""), ("SWP", "Everywhere")],
    ids=["no lead", "unknown lead", "several leads", "no area", "an area that is none"],
)
def test_where_lead_or_area_cannot_be_told_no_assignment_is_made(lead: str, area: str) -> None:
    after = updated(
        f"""
        ## Actions
        | action_id | lead_agency | area   | contributing |
        |-----------|-------------|--------|--------------|
        | A-0001    | {lead}      | {area} | CC           |
        """
    )
    assert len(after["assignments"]) == 0
    assert after["actions"].by_key["A-0001"]["waiting_on"] == "Review Manager"


def test_an_assignment_that_stands_is_never_doubled_or_deleted() -> None:
    after = updated(
        """
        ## Actions
        | action_id | lead_agency | area | contributing |
        |-----------|-------------|------|--------------|
        | A-0001    | SWP         | Both | CC; VOG      |
        ## Assignments
        | assignment_id | action_id | agency | area    | role         |
        |---------------|-----------|--------|---------|--------------|
        | AS-0004       | A-0001    | SWP    | Cardiff | Contributing |
        | AS-0009       | A-0001    | CC     |         | Lead         |
        | AS-0002       | A-0001    | vog    | Penarth |              |
        | AS-0001       | A-0001    | WAST   | Cardiff | Contributing |
        """
    )
    assert column(after, "assignments", "assignment_id", "agency", "area", "role") == [
        ("AS-0004", "SWP", "Cardiff", "Contributing"),
        ("AS-0009", "CC", "", "Lead"),
        ("AS-0002", "vog", "Penarth", ""),
        ("AS-0001", "WAST", "Cardiff", "Contributing"),
        ("AS-0010", "SWP", "Vale of Glamorgan", "Lead"),
    ]


def test_an_action_whose_id_stands_twice_is_left_alone() -> None:
    after = updated(
        """
        ## Actions
        | action_id | lead_agency | area    |
        |-----------|-------------|---------|
        | A-0001    | SWP         | Cardiff |
        | A-0001    | CC          | Cardiff |
        """
    )
    assert len(after["assignments"]) == 0
    assert column(after, "actions", "status") == [("",), ("",)]


def test_a_published_review_makes_a_row_for_each_partner_active_today() -> None:
    after = updated(
        """
        ## Reviews
        | review_id | review_type | started_on | report_published_on |
        |-----------|-------------|------------|---------------------|
        | RV-0001   | SUSR        | 2026-01-10 | 2027-03-01          |
        | RV-0002   | SUSR        | 2026-01-10 | 2027-04-02          |
        | RV-0003   | SUSR        | 2026-01-10 | in the spring       |
        | RV-0004   | CPR         | 2020-01-10 | 2021-04-02          |
        ## Acknowledgements
        | acknowledgement_id | review_id | agency |
        |--------------------|-----------|--------|
        | AK-0003            | RV-0004   | SWP    |
        """
    )
    assert column(after, "acknowledgements", "acknowledgement_id", "review_id", "agency") == [
        ("AK-0003", "RV-0004", "SWP"),
        ("AK-0004", "RV-0001", "SWP"),
        ("AK-0005", "RV-0001", "CC"),
        ("AK-0006", "RV-0001", "VOG"),
        ("AK-0007", "RV-0004", "CC"),
        ("AK-0008", "RV-0004", "VOG"),
    ]


def test_due_dates_of_reviews_are_filled_moved_and_cleared_but_never_guessed() -> None:
    after = updated(
        """
        ## Reviews
        | review_id | review_type | started_on | report_published_on | plan_published_on | first_panel_due | completion_due | progress_due |
        |-----------|-------------|------------|---------------------|-------------------|-----------------|----------------|--------------|
        | RV-0001   | SUSR        | 2026-12-31 |                     |                   |                 |                |              |
        | RV-0002   | SUSR        | 2026-12-31 | 2027-01-31          | 2027-02-28        | 2027-01-01      | 2027-12-31     | 2028-01-31   |
        | RV-0003   | MAPF        | 2027-01-31 |                     |                   | 2027-03-31      |                |              |
        | RV-0004   | CPR         | 2020-01-31 |                     |                   |                 | 2021-01-31     |              |
        | RV-0005   | SUSR        | On going   |                     |                   | 2027-01-01      | 2027-01-02     | 2027-01-03   |
        | RV-0006   | Something   | 2020-01-31 |                     |                   | 2027-01-01      |                |              |
        """
    )
    assert column(after, "reviews", "review_id", "first_panel_due", "completion_due", "progress_due") == [
        ("RV-0001", "2027-02-28", "2027-12-31", ""),
        ("RV-0002", "2027-02-28", "2027-12-31", "2028-02-28"),
        ("RV-0003", "", "2027-04-30", ""),
        ("RV-0004", "", "", ""),
        (
            "RV-0005",
            "2027-01-01",
            "2027-01-02",
            "",
        ),  # what stands on the unreadable date stays; the rest is known
        ("RV-0006", "2027-01-01", "", ""),
    ]


def test_with_the_setting_on_decision_the_first_panel_counts_from_the_decision_of_the_case_review_group() -> (
    None
):
    after = updated(
        """
        ## Settings
        | setting          | value    |
        |------------------|----------|
        | first_panel_from | decision |
        ## Reviews
        | review_id | review_type | started_on |
        |-----------|-------------|------------|
        | RV-0001   | SUSR        | 2026-12-31 |
        | RV-0002   | SUSR        | 2026-12-31 |
        ## Referrals
        | referral_id | crg_met_on | crg_decision     | review_id |
        |-------------|------------|------------------|-----------|
        | R-1         | 2027-01-10 | More information | RV-0001   |
        | R-2         | 2027-01-31 | SUSR             | RV-0001   |
        | R-3         | 2027-02-20 | SUSR             | RV-0001   |
        | R-4         | 2027-02-20 |                  | RV-0002   |
        """
    )
    assert column(after, "reviews", "first_panel_due") == [("2027-03-31",), ("",)]


def test_actions_get_status_and_what_goes_with_it_but_never_the_live_column() -> None:
    after = updated(
        """
        ## Actions
        | action_id | lead_agency | area    | due_on     | timeliness | status |
        |-----------|-------------|---------|------------|------------|--------|
        | A-0001    | SWP         | Cardiff | 2027-01-31 | On track   | done!! |
        | A-0002    | CC          | Cardiff | 2027-01-31 |            |        |
        ## Assignments
        | assignment_id | action_id | agency | area    | progress          | progress_update | updated_on |
        |---------------|-----------|--------|---------|-------------------|-----------------|------------|
        | AS-0001       | A-0001    | SWP    | Cardiff | Proposed complete | All trained     | 2027-02-01 |
        | AS-0002       | A-0002    | CC     | Cardiff | In progress       | Half way        | 2027-02-02 |
        | AS-0003       | A-0002    | SWP    | Cardiff | Proposed complete |                 | 2027-02-01 |
        ## Decisions
        | decision_id | body           | meeting_on | action_id | proposal  | decision | new_due_on |
        |-------------|----------------|------------|-----------|-----------|----------|------------|
        | D-0001      | Delivery Group | 2027-03-01 | A-0001    | Complete  | Ratified |            |
        | D-0002      | Delivery Group | 2027-03-01 | A-0002    | Extension | Ratified | 2027-06-30 |
        """
    )
    fields = (
        "status",
        "waiting_on",
        "latest_update",
        "last_update_on",
        "ratified_on",
        "revised_due_on",
        "timeliness",
    )
    assert column(after, "actions", *fields) == [
        ("Complete", "", "All trained", "2027-02-01", "2027-03-01", "", "On track"),
        ("In progress", "CC", "CC: Half way", "2027-02-02", "", "2027-06-30", ""),
    ]


def test_progress_counts_the_actions_of_each_published_review_in_natural_order() -> None:
    after = updated(
        """
        ## Reviews
        | review_id | title | review_type | started_on | report_published_on | plan_published_on |
        |-----------|-------|-------------|------------|---------------------|-------------------|
        | SUSR 10   | Ten   | SUSR        | 2025-01-10 | 2026-03-01          | 2026-03-31        |
        | SUSR 9    | Nine  | SUSR        | 2025-01-10 | 2026-03-01          |                   |
        | SUSR 11   | New   | SUSR        | 2027-01-10 |                     |                   |
        ## Actions
        | action_id | review_id | due_on     |
        |-----------|-----------|------------|
        | A-0001    | SUSR 10   | 2027-01-31 |
        | A-0002    | SUSR 10   | 2027-01-31 |
        | A-0003    | SUSR 10   | 2027-12-31 |
        | A-0004    | SUSR 11   | 2027-12-31 |
        ## Assignments
        | assignment_id | action_id | agency | progress           |
        |---------------|-----------|--------|--------------------|
        | AS-0001       | A-0001    | SWP    | In progress        |
        | AS-0002       | A-0003    | SWP    | Proposed step-down |
        ## Decisions
        | decision_id | meeting_on | action_id | proposal | decision |
        |-------------|------------|-----------|----------|----------|
        | D-0001      | 2027-03-01 | A-0002    | Complete | Ratified |
        """
    )
    counts = (
        "actions",
        "complete",
        "stepped_down",
        "awaiting_ratification",
        "in_progress",
        "not_started",
        "overdue",
    )
    assert column(after, "progress", "review_id", "progress_due", *counts) == [
        ("SUSR 9", "", "0", "0", "0", "0", "0", "0", "0"),
        ("SUSR 10", "2027-03-31", "3", "1", "0", "1", "1", "0", "1"),
    ]


def test_ratification_says_what_is_proposed_and_what_is_missing() -> None:
    after = updated(
        """
        ## Actions
        | action_id | review_id | action        |
        |-----------|-----------|---------------|
        | A-0010    | RV-0001   | Train         |
        | A-0009    | RV-0001   | Step it down  |
        | A-0008    | RV-0001   | Still running |
        ## Assignments
        | assignment_id | action_id | agency | progress           | evidence  | impact | step_down_reason |
        |---------------|-----------|--------|--------------------|-----------|--------|------------------|
        | AS-0001       | A-0010    | SWP    | Proposed complete  | A list    |        |                  |
        | AS-0002       | A-0010    | CC     | Proposed complete  |           |        |                  |
        | AS-0003       | A-0009    | VOG    | Proposed step-down |           |        | Law has changed  |
        | AS-0004       | A-0008    | VOG    | In progress        |           |        |                  |
        """
    )
    assert column(after, "ratification", "action_id", "proposal", "evidence", "impact", "missing") == [
        ("A-0009", "Stepped down", "Law has changed", "", ""),
        (
            "A-0010",
            "Complete",
            "SWP: A list",
            "",
            "Evidence from CC; impact from SWP and CC; nobody is recorded as having seen the evidence from SWP",
        ),
    ]


def test_joined_evidence_fits_a_cell_and_says_where_the_rest_is() -> None:
    long = "word " * 1500
    rows = "\n".join(
        f"| AS-{number:04d} | A-0001 | X{number} | Proposed complete | {long} |" for number in range(6)
    )
    after = updated(
        "## Actions\n| action_id |\n|-|\n| A-0001 |\n## Assignments\n"
        f"| assignment_id | action_id | agency | progress | evidence |\n|-|-|-|-|-|\n{rows}"
    )
    evidence = after["ratification"].rows[0].text("evidence")
    assert len(evidence) < 32_767
    assert evidence.endswith("(the rest stands in Assignments)")


def test_each_setting_says_what_it_is_for_and_a_persons_own_stays_as_it_is() -> None:
    after = updated(
        """
        ## Settings
        | setting       | value | about            |
        |---------------|-------|------------------|
        | due_soon_days | 45    | typed over       |
        | severity S101 | off   | Agreed in June   |
        """
    )
    assert column(after, "settings", "about") == [
        ("An action due within so many days reads Due soon.",),
        ("Agreed in June",),
    ]
    assert after.setting("due_soon_days") == "45"


def test_a_tracker_built_before_settings_were_explained_goes_without() -> None:
    tracker = tracker_from(
        AGENCIES
        + """
        ## Settings
        | setting       | value |
        |---------------|-------|
        | due_soon_days | 45    |
        """
    )
    data = tracker["settings"]
    older = replace(data, columns={name: at for name, at in data.columns.items() if name != "about"})
    assert update(tracker.with_table("settings", older), CONTEXT).edits == []
    assert len(update(tracker, CONTEXT).edits) == 1


def test_the_report_counts_each_kind_and_tells_each_change_in_words() -> None:
    tracker = tracker_from(
        AGENCIES
        + """
        ## Actions
        | action_id | lead_agency | area    | action |
        |-----------|-------------|---------|--------|
        |           | SWP         | Cardiff | Train  |
        """
    )
    report = update(tracker, CONTEXT).report
    assert dict(report.counts) == {
        "ids": 1,
        "assignments": 1,
        "acknowledgements": 0,
        "dates": 0,
        "settings": 0,
        "actions": 2,
        "sheets": 1,
    }
    assert list(report.counts) == list(KINDS)
    assert [change.words for change in report.changes] == [
        "Actions row 5: Action ID is A-0001.",
        "Assignments AS-0001: made for A-0001 (SWP, Lead, Cardiff).",
        'Actions A-0001: Status was blank, is now "Not started".',
        'Actions A-0001: Waiting on was blank, is now "SWP".',
        "Today: written anew, 1 row.",
    ]


def test_an_empty_tracker_says_where_to_begin_and_wants_no_other_edit() -> None:
    (edit,) = update(tracker_from(""), CONTEXT).edits
    assert edit.table == "today"


def test_a_missing_sheet_or_column_is_left_to_check() -> None:
    tracker = tracker_from(
        """
        ## Actions
        | action_id | lead_agency | area    |
        |-----------|-------------|---------|
        | A-0001    | SWP         | Cardiff |
        """
    )
    actions = tracker["actions"]
    columns = {name: place for name, place in actions.columns.items() if name != "status"}
    tracker = tracker.with_table("actions", replace(actions, columns=columns))
    for name in ("assignments", "today", "progress", "ratification"):
        tracker = tracker.with_table(name, replace(tracker[name], columns={}, header_row=0, found=False))
    edits = update(tracker, CONTEXT).edits
    assert [(edit.table, edit.field) for edit in edits if isinstance(edit, SetCell)] == [
        ("actions", "waiting_on")
    ]
    assert len(edits) == 1


# Properties --------------------------------------------------------------------------------------------------------

FRAMEWORK = load_framework()
DATES = st.none() | st.dates(date(2025, 1, 1), date(2028, 12, 31)) | st.just("On going")
CODES = st.sampled_from([None, "SWP", "CC", "VOG", "ZZZ", "SWP; CC", "cc"])
ACTIONS = st.sampled_from([None, "A-0001", "A-0002", "A-0003", "B 1(a)"])
REVIEWS = st.sampled_from([None, "RV-0001", "RV-0002"])
TEXTS = st.sampled_from(
    [None, "Some words", " stray blanks  ", "line\r\nbreak", "cafe\u0301", "=1+1", "x" * 9000]
)


def listed_in(table: str, field: str) -> st.SearchStrategy[object]:
    """Return any value of a list, blank, or a word that is not on it."""
    return st.sampled_from([None, "no such word", *FRAMEWORK[table][field].enum])


def rows_of(table: str, **given: st.SearchStrategy[object]) -> st.SearchStrategy[list[dict[str, object]]]:
    """Return up to six rows: the fields that are named by what is given, dates and lists of the others by their type."""
    fields = {}
    for field in FRAMEWORK[table].fields:
        if field.name in given:
            fields[field.name] = given[field.name]
        elif field.enum:
            fields[field.name] = listed_in(table, field.name)
        elif field.type == "date":
            fields[field.name] = DATES
    return st.lists(st.fixed_dictionaries(fields), max_size=6)


TRACKERS = st.fixed_dictionaries(
    {
        "agencies": st.just(
            [
                {"agency": "SWP", "areas": "Cardiff; Vale of Glamorgan", "board_partner": "Yes"},
                {"agency": "CC", "areas": "Cardiff", "board_partner": "Yes"},
                {"agency": "VOG", "board_partner": "No"},
            ]
        ),
        "reviews": rows_of("reviews", review_id=REVIEWS, title=TEXTS),
        "referrals": rows_of("referrals", review_id=REVIEWS),
        "actions": rows_of(
            "actions",
            action_id=ACTIONS,
            review_id=REVIEWS,
            action=TEXTS,
            lead_agency=CODES,
            contributing=CODES,
        ),
        "assignments": rows_of(
            "assignments",
            action_id=ACTIONS,
            agency=CODES,
            progress_update=TEXTS,
            evidence=TEXTS,
            impact=TEXTS,
        ),
        "decisions": rows_of("decisions", action_id=ACTIONS),
        "escalations": rows_of("escalations", action_id=ACTIONS),
        "conflicts": rows_of("conflicts"),
        "returns": rows_of("returns", agency=CODES),
    }
)
EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@EXAMPLES
@given(rows=TRACKERS)
def test_a_second_update_right_after_has_nothing_to_do(rows: dict[str, list[dict[str, object]]]) -> None:
    tracker = tracker_of(FRAMEWORK, rows)  # type: ignore[arg-type]
    once = apply_edits(tracker, update(tracker, CONTEXT).edits)
    assert update(once, CONTEXT).edits == []


@EXAMPLES
@given(rows=TRACKERS)
def test_what_people_and_agencies_wrote_stays_and_no_row_goes(
    rows: dict[str, list[dict[str, object]]],
) -> None:
    tracker = tracker_of(FRAMEWORK, rows)  # type: ignore[arg-type]
    after = apply_edits(tracker, update(tracker, CONTEXT).edits)
    for name, data in tracker.tables.items():
        if data.schema.kind == "generated" and name not in ("conflicts", "returns"):
            continue
        for old, new in zip(data, after[name], strict=False):
            for field in data.schema.fields:
                filled = field.name == data.schema.key and old[field.name] is None
                if (field.owner != "computed" and not filled) or field.live:
                    assert same(old[field.name], new[field.name])
        assert len(after[name]) >= len(data)


@EXAMPLES
@given(rows=TRACKERS)
def test_no_id_is_given_twice_and_no_assignment_made_twice(rows: dict[str, list[dict[str, object]]]) -> None:
    tracker = tracker_of(FRAMEWORK, rows)  # type: ignore[arg-type]
    edits = update(tracker, CONTEXT).edits
    made = [edit.values for edit in edits if isinstance(edit, AppendRow)]
    ids = [(edit.table, edit.value) for edit in edits if isinstance(edit, SetCell) and edit.expected is None]
    given_ids = [item for item in ids if str(item[1]).startswith(("A-", "AS-", "RV-", "D-", "E-", "R-"))]
    assert len(given_ids) == len(set(given_ids))
    places = [(row.get("action_id"), row.get("review_id"), row["agency"], row.get("area")) for row in made]
    assert len(places) == len(set(places))


def test_ten_thousand_assignments_are_updated_each_by_its_own_action() -> None:
    """A tracker of ten thousand assignments gets a status for each of its five thousand actions."""
    today = CONTEXT.today
    actions = [
        {
            "action_id": f"A-{number:04d}",
            "review_id": f"RV-{number % 40:04d}",
            "action": "Train every officer in the new procedure",
            "due_on": today + timedelta(days=number % 500 - 250),
            "lead_agency": f"AG{number % 12}",
            "area": "Cardiff",
        }
        for number in range(5000)
    ]
    assignments = [
        {
            "assignment_id": f"AS-{number:05d}",
            "action_id": f"A-{number % 5000:04d}",
            "agency": f"AG{(number % 5000) % 12}",
            "area": "Cardiff" if number < 5000 else "Vale of Glamorgan",
            "progress": ["In progress", "Proposed complete", "Not started"][number % 3],
            "updated_on": today - timedelta(days=number % 90),
        }
        for number in range(10_000)
    ]
    agencies = [
        {"agency": f"AG{number}", "name": f"Agency {number}", "areas": "Cardiff"} for number in range(12)
    ]
    tracker = tracker_of(
        FRAMEWORK,
        {"actions": actions, "assignments": assignments, "agencies": agencies},  # type: ignore[dict-item]
    )
    edits = update(tracker, CONTEXT).edits
    assert any(isinstance(edit, ReplaceRows) for edit in edits)
    assert len([edit for edit in edits if isinstance(edit, SetCell)]) > 5000
