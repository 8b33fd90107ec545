"""An old plan is taken over whole: every row arrives, every cell is somewhere, and nothing is guessed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsb_xl.errors import CannotDo, SchemaError
from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.synonyms import fold, load_synonyms
from cvsb_xl.hosts.old_plan import read_map, read_old_workbook, write_map
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import RawValue, as_text, normalise
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.take_over import OldWorkbook, take_over
from cvsb_xl.verbs.taking_over.matching import Choices
from cvsb_xl.verbs.taking_over.old_plan import OldSheet
from cvsb_xl.verbs.taking_over.owners import made_code
from tests.markdown import tracker_from

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
AGENCIES = """
## Agencies
| agency | name                     | name_cy          | former_names                     |
|--------|--------------------------|------------------|----------------------------------|
| SWP    | South Wales Police       | Heddlu De Cymru  |                                  |
| CDF    | Cardiff Council          | Cyngor Caerdydd  | City and County of Cardiff       |
| PROB   | Probation Service        |                  | National Probation Service; Wales Probation Trust |
"""


def context() -> Context:
    numbers = itertools.count(1)
    return Context(datetime(2027, 3, 1, 9, tzinfo=UTC), "tester", lambda: f"{next(numbers):08d}")


def plan(text: str, merged: Iterable[tuple[int, int, int, int]] = (), name: str = "Plan") -> OldSheet:
    """Read a Markdown grid as a sheet: each line is a row, "=" in a cell is a blank one; "1." to "9." are numbers."""
    grid: list[list[RawValue]] = []
    for line in (raw.strip() for raw in text.strip().splitlines()):
        cells = [cell.strip().replace("\\n", "\n").replace("¦", "|") for cell in line.strip("|").split("|")]
        grid.append([None if cell in ("", "=") else cell for cell in cells])
    return OldSheet(name, grid, tuple(merged))


def take(
    sheet: OldSheet | list[OldSheet], choices: Choices | None = None, tracker: Tracker | None = None
) -> tuple[Tracker, Outcome]:
    tracker = tracker or tracker_from(AGENCIES)
    sheets = sheet if isinstance(sheet, list) else [sheet]
    outcome = take_over(
        tracker, context(), OldWorkbook("old.xlsx", sheets, "abcd1234"), load_synonyms(), choices
    )
    return apply_edits(tracker, outcome.edits), outcome


def codes(outcome: Outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def held(tracker: Tracker) -> str:
    """Return every value that the import may write, folded, as one text."""
    names = ("reviews", "recommendations", "actions", "assignments", "agencies")
    return "\n".join(
        fold(as_text(value))
        for name in names
        for row in tracker[name]
        for value in row.values.values()
        if value is not None
    )


def assert_every_cell_is_somewhere(sheet: OldSheet, after: Tracker, outcome: Outcome) -> None:
    everything = held(after)
    heading_row = outcome.report.sheets[0].heading_row
    for number, row in enumerate(sheet.grid, 1):
        for cell in row:
            value = normalise(cell)
            if value is None or number == heading_row:
                continue
            dates = re.fullmatch(r"(\d{1,2}) (\w+) (\d{4})", as_text(value))
            text = as_text(datetime.strptime(dates[0], "%d %B %Y").date()) if dates else as_text(value)  # noqa: DTZ007
            assert fold(text) in everything, f"row {number}: {value!r} is nowhere in the tracker"


def test_headings_are_found_below_titles_and_known_by_their_synonyms() -> None:
    _, outcome = take(
        plan("""
        | Domestic Homicide Review 4 action plan | = | = | = | = |
        | Updated in May | = | = | = | = |
        | Recommendation | Action to be taken | Lead agency | Target Date | Key milestones |
        | Share alerts | Write a protocol | South Wales Police | 31 January 2020 | Draft in June |
        """)
    )
    sheet = outcome.report.sheets[0]
    assert sheet.heading_row == 3
    assert [item.target for item in sheet.placements] == [
        "recommendations.recommendation", "actions.action", "actions.lead_agency", "actions.due_on", None,
    ]  # fmt: skip


def test_welsh_headings_are_known_too() -> None:
    _, outcome = take(
        plan("""
        | Argymhelliad | Camau i'w cymryd | Asiantaeth gyfrifol | Dyddiad cwblhau | Cynnydd hyd yma |
        | Rhannu rhybuddion | Ysgrifennu protocol | Heddlu De Cymru | 31 Ionawr 2020 | Ar y gweill |
        """)
    )
    assert None not in [item.target for item in outcome.report.sheets[0].placements]


@pytest.mark.parametrize(
    ("headings", "in_notes"),
    [
        (
            "Recommendation; Scope (local/regional/national); Action to be taken; Lead agency; Key milestones; Target date; "
            "Progress indicator R/A/G; Agency response; Date of completion and outcome",
            {"Key milestones", "Progress indicator R/A/G", "Date of completion and outcome"},
        ),
        ("Recommendation; Action to take; Lead; Key milestones achieved", {"Key milestones achieved"}),
        (
            "Ref; Date added; Issue; Recommendation; Priority; Management action agreed; Executive/management lead; "
            "Original agreed date; Revised date; Status; Progress; Issues arising",
            {"Date added", "Issue", "Revised date"},
        ),
        ("Priority; Action; Target date; Revised target date", {"Revised target date"}),
        (
            "ID; Register ref; Area; Exception; Recommendation; Responsibility; Action taken; Status; Closed date",
            {"Register ref", "Exception"},
        ),
        ("Recommendation; Responsible officer; Update; Achieved; On target", {"On target"}),
    ],
)
def test_the_columns_of_published_plans_are_known(headings: str, in_notes: set[str]) -> None:
    names = headings.split("; ")
    _, outcome = take(OldSheet("Plan", [["A plan"], [*names], ["x" for _ in names]]))
    assert {
        item.column.heading for item in outcome.report.sheets[0].placements if item.target is None
    } == in_notes


def test_of_two_columns_that_tell_progress_the_one_on_the_list_is_the_progress() -> None:
    after, _ = take(
        plan(
            "| Action | Lead | Progress | Status |\n| Write | SWP | The protocol went to all teams | In progress |"
        )
    )
    lead = after["assignments"].rows[0]
    assert (lead["progress"], lead["progress_update"]) == ("In progress", "The protocol went to all teams")


def test_a_row_becomes_a_review_a_recommendation_an_action_and_assignments() -> None:
    after, outcome = take(
        plan("""
        | Review | No. | Recommendation | Action | Lead agency | Due date | Progress to date | Evidence provided | Area |
        | DHR 4 | 3.1(a) | Share alerts | Write a protocol | South Wales Police ¦ Cardiff Council | 31 January 2020 | In progress | Minutes | Cardiff |
        """)
    )
    review, recommendation = after["reviews"].rows[0], after["recommendations"].rows[0]
    action, (lead, helper) = after["actions"].rows[0], after["assignments"].rows
    assert (review["title"], review["review_type"]) == ("DHR 4", "DHR")
    assert (recommendation["review_id"], recommendation["number"]) == (review["review_id"], "3.1(a)")
    assert (action["recommendation_id"], action["due_on"]) == (
        recommendation["recommendation_id"],
        date(2020, 1, 31),
    )
    assert (action["lead_agency"], action["contributing"]) == ("SWP", "CDF")
    assert (lead["agency"], lead["role"], lead["progress"], lead["evidence"]) == (
        "SWP",
        "Lead",
        "In progress",
        "Minutes",
    )
    assert (helper["agency"], helper["role"], helper["progress"]) == ("CDF", "Contributing", None)
    assert codes(outcome) == ["F307"]  # when it began


def test_recommendations_stand_once_and_two_of_one_number_stay_two() -> None:
    after, _ = take(
        plan("""
        | No. | Recommendation | Action | Lead agency |
        | 1 | Share alerts | Write a protocol | SWP |
        | 1 | Share alerts | Train the night shift | CDF |
        | 1 | Ask about the home | Change the form | SWP |
        """)
    )
    assert [row["recommendation"] for row in after["recommendations"]] == [
        "Share alerts",
        "Ask about the home",
    ]
    assert [row["recommendation_id"] for row in after["actions"]] == ["RC-0001", "RC-0001", "RC-0002"]


def test_ids_count_on_from_those_of_the_tracker_and_a_review_it_has_is_used() -> None:
    tracker = tracker_from(
        AGENCIES
        + """
        ## Reviews
        | review_id | title | review_type | started_on |
        |-----------|-------|-------------|------------|
        | RV-0007   | DHR 4 | DHR         | 2020-01-01 |
        ## Actions
        | action_id | review_id | action |
        |-----------|-----------|--------|
        | A-0041    | RV-0007   | Old    |
        """
    )
    after, outcome = take(plan("| Review | Action | Lead |\n| dhr 4. | Write | SWP |"), tracker=tracker)
    assert (len(after["reviews"]), after["actions"].rows[-1]["action_id"]) == (1, "A-0042")
    assert after["actions"].rows[-1]["review_id"] == "RV-0007"
    assert outcome.report.added["reviews"] == 0


@pytest.mark.parametrize("due", ["By 31/12/2016", "On going", "31 September 2020", "2020"])
def test_a_due_date_that_is_none_stays_as_it_is_written_and_is_told(due: str) -> None:
    after, outcome = take(plan(f"| Action | Lead | Due date |\n| Write a protocol | SWP | {due} |"))
    assert after["actions"].rows[0]["due_on"] == due
    (finding,) = [item for item in outcome.findings if item.code == "S502"]
    assert (finding.file, finding.sheet, finding.cell) == ("old.xlsx", "Plan", "C2")


def test_a_date_that_can_be_read_two_ways_is_not_guessed() -> None:
    after, outcome = take(plan("| Action | Lead | Due date |\n| Write a protocol | SWP | 03/04/27 |"))
    assert after["actions"].rows[0]["due_on"] == "03/04/27"
    assert "D101" in codes(outcome)


@pytest.mark.parametrize(
    ("words", "lead", "contributing"),
    [
        ("South Wales Police", "SWP", None),
        ("heddlu de cymru", "SWP", None),
        ("swp", "SWP", None),
        ("National Probation Service", "PROB", None),
        ("City and County of Cardiff", "CDF", None),
        ("Cardiff Council; South Wales Police", "CDF", "SWP"),
        ("Cardiff Council\\nSWP", "CDF", "SWP"),
        ("Cardiff Council and South Wales Police", "CDF", "SWP"),
        ("SWP, CDF and Probation Service", "SWP", "CDF; PROB"),
        ("Kent Police", "KP", None),
        ("Kent and Medway CCG", "KMCCG", None),
    ],
)
def test_owners_are_matched_by_code_and_name_and_split_only_where_that_is_sure(
    words: str, lead: str, contributing: str | None
) -> None:
    after, _ = take(plan(f"| Action | Lead agency |\n| Write a protocol | {words} |"))
    action = after["actions"].rows[0]
    assert (action["lead_agency"], action["contributing"]) == (lead, contributing)


def test_an_unknown_agency_is_added_and_told_and_half_known_pairs_are_left_whole() -> None:
    after, outcome = take(plan("| Action | Lead agency |\n| Write | South Wales Police and Women's Aid |"))
    assert after["agencies"].rows[-1]["name"] == "South Wales Police and Women's Aid"
    assert {"F302", "F303"} <= set(codes(outcome))


def test_an_agency_that_is_like_one_is_asked_about_and_not_taken_for_it() -> None:
    after, outcome = take(plan("| Action | Lead agency |\n| Write | South Wales Polise |"))
    assert after["actions"].rows[0]["lead_agency"] != "SWP"
    assert "Is it SWP?" in next(item.message for item in outcome.findings if item.code == "F302")


@pytest.mark.parametrize("heading", ["Person responsible", "Lead agency"])
def test_people_and_roles_never_become_agencies(heading: str) -> None:
    after, outcome = take(
        plan(f"| Action | {heading} |\n| Write a protocol | Head of Patient Safety; SI Leads |")
    )
    assert len(after["agencies"]) == 3
    assert after["actions"].rows[0]["lead_agency"] is None
    assert after["assignments"].rows[0]["lead_name"] == "Head of Patient Safety; SI Leads"
    assert "O101" in codes(outcome)


def test_agency_says_whose_plan_it_is_where_rows_name_only_people() -> None:
    after, outcome = take(
        plan(
            "| Action | Person responsible |\n| Write | Head of Patient Safety |\n| Train | Cardiff Council |"
        ),
        Choices(agency="Heddlu De Cymru", area="cardiff"),
    )
    assert [row["lead_agency"] for row in after["actions"]] == ["SWP", "CDF"]
    assert [(row["agency"], row["area"], row["lead_name"]) for row in after["assignments"]] == [
        ("SWP", "Cardiff", "Head of Patient Safety"),
        ("CDF", "Cardiff", None),
    ]
    assert "O101" not in codes(outcome)


def test_words_that_name_nobody_in_particular_are_kept_and_told() -> None:
    after, outcome = take(plan("| Action | Lead agency |\n| Write a protocol | Multiple Agencies |"))
    action = after["actions"].rows[0]
    assert (action["lead_agency"], action["ownership_notes"]) == (None, "Lead agency: Multiple Agencies")
    assert "O101" in codes(outcome)


def test_a_sentence_under_an_owners_heading_is_no_agency() -> None:
    words = "The council will look at this together with its partners over the coming year"
    after, _ = take(plan(f"| Action | Lead agency |\n| Write a protocol | {words} |"))
    assert len(after["agencies"]) == 3
    assert after["actions"].rows[0]["ownership_notes"] == f"Lead agency: {words}"


def test_a_person_who_supports_is_kept_in_words_and_is_not_the_lead() -> None:
    after, _ = take(plan("| Action | Lead | Supported by |\n| Write | SWP | Head of Care |"))
    assert after["actions"].rows[0]["ownership_notes"] == "Supported by: Head of Care"
    assert after["assignments"].rows[0]["lead_name"] is None


def test_complete_is_no_progress_that_an_agency_can_report() -> None:
    after, outcome = take(
        plan("| Action | Lead | Status |\n| Write | SWP | Complete |\n| Train | SWP | in progress. |")
    )
    first, second = after["assignments"].rows
    assert (first["progress"], first["progress_update"]) == (None, "Complete")
    assert second["progress"] == "In progress"
    assert "F305" in codes(outcome)


def test_what_no_column_can_hold_is_kept_with_its_old_heading() -> None:
    after, _ = take(
        plan("""
        | Recommendation | Action | Lead | Key milestones | RAG | Priority |
        | Share alerts | Write a protocol | SWP | Draft in June | Green | 2 |
        | Ask again | = | = | Later | = | = |
        """)
    )
    assert (
        after["actions"].rows[0]["ownership_notes"]
        == "Priority: 2\nKey milestones: Draft in June\nRAG: Green"
    )
    assert after["recommendations"].rows[1]["notes"] == "Key milestones: Later"


def test_a_recommendation_with_an_owner_and_no_action_stands_as_the_action_and_is_told() -> None:
    after, outcome = take(
        plan("| # | Recommendation | Addressed to |\n| 1 | Share alerts | SWP |\n| 2 | Ask | = |")
    )
    assert [row["action"] for row in after["actions"]] == ["Share alerts", "Ask"]
    assert [row["agency"] for row in after["assignments"]] == ["SWP"]
    (finding,) = [item for item in outcome.findings if item.code == "F306"]
    assert finding.message.startswith("rows 2 to 3:")


def test_a_merged_cell_counts_in_each_row_it_covers_and_a_blank_one_does_not() -> None:
    text = """
    | Recommendation | Action | Lead |
    | Share alerts | Write | SWP |
    | = | Train | SWP |
    """
    merged, _ = take(plan(text, merged=[(2, 1, 3, 1)]))
    blank, outcome = take(plan(text))
    assert [row["recommendation_id"] for row in merged["actions"]] == ["RC-0001", "RC-0001"]
    assert [row["recommendation_id"] for row in blank["actions"]] == ["RC-0001", None]
    assert "F309" in codes(outcome)


def test_titles_sections_loose_cells_and_repeated_headings_are_kept_or_passed_over() -> None:
    sheet = plan(
        """
        | Plan of 2019 | = | = | = |
        | Owner: the partnership | = | = | = |
        | Recommendation | Action | Lead | RAG |
        | by June 2006 | = | = | = |
        | Share alerts | Write | SWP | = |
        | Recommendation | Action | Lead | RAG |
        | Ask again | Train | CDF | = |
        | = | = | = | Green means done |
        """,
        merged=[(4, 1, 4, 4)],
    )
    after, outcome = take(sheet)
    assert [row["ownership_notes"] for row in after["actions"]] == ["Section: by June 2006"] * 2
    assert after["reviews"].rows[0]["title"] == "Plan of 2019"
    assert "Owner: the partnership" in after["reviews"].rows[0].text("notes")
    assert "Row 8: RAG: Green means done" in after["reviews"].rows[0].text("notes")
    assert len(after["actions"]) == 2
    assert outcome.report.sheets[0].rows == 3


def test_every_sheet_with_headings_is_taken_and_the_others_are_named() -> None:
    _, outcome = take(
        [
            plan("| Action | Lead |\n| Write | SWP |", name="One"),
            plan("| Key | x |\n| G | done |", name="Key"),
        ]
    )
    assert [sheet.name for sheet in outcome.report.sheets] == ["One"]
    assert [(item.code, item.sheet) for item in outcome.findings if item.code == "F301"] == [("F301", "Key")]


def test_a_file_without_headings_is_refused_in_words() -> None:
    with pytest.raises(CannotDo, match=r"old\.xlsx: no sheet has a row of headings"):
        take(plan("| a | b |\n| c | d |"))


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("DHR Norfolk (Apr 2023)", "DHR"),
        ("Adult Practice Review 3", "APR"),
        ("Adolygiad Diogelu Unedig Sengl 2", "SUSR"),
        ("Homicide action plan", None),
        ("A DHR that became a SUSR", None),
    ],
)
def test_a_reviews_type_is_taken_from_its_own_words_only(title: str, kind: str | None) -> None:
    after, _ = take(plan(f"| Review | Action |\n| {title} | Write |"))
    assert after["reviews"].rows[0]["review_type"] == kind


def test_a_map_sets_columns_and_owners_and_its_mistakes_are_told() -> None:
    sheet = plan("| What | Wer | Action |\n| Minutes | KCC | Write |")
    after, _ = take(sheet, Choices({"What": "actions.measure", "Wer": "actions.lead_agency"}, {"KCC": "CDF"}))
    assert (after["actions"].rows[0]["measure"], after["actions"].rows[0]["lead_agency"]) == (
        "Minutes",
        "CDF",
    )
    for wrong in ({"What": "actions.mesure"}, {"What": "actions.status"}, {"Whta": "actions.measure"}):
        with pytest.raises(CannotDo, match="map"):
            take(sheet, Choices(wrong))


def test_the_written_map_reads_back_and_changes_nothing(tmp_path: Path) -> None:
    sheet = plan("| Recommendation | Action | Lead |\n| Share | Write | Kent Police; Head of Care |")
    before, outcome = take(sheet)
    write_map(tmp_path / "map.yaml", outcome.report)
    columns, owners = read_map(tmp_path / "map.yaml")
    after, _ = take(sheet, Choices(columns, owners))
    assert held(after) == held(before)


def test_the_same_file_is_known_again_and_taken_again_only_when_told() -> None:
    sheet = plan("| Review | Recommendation | Action | Lead |\n| DHR 4 | Share | Write | SWP |")
    once, _ = take(sheet)
    with pytest.raises(CannotDo, match="taken over already, on 2027-03-01"):
        take(sheet, tracker=once)
    twice, _ = take(sheet, Choices(again=True), tracker=once)
    assert [len(twice[name]) for name in ("reviews", "recommendations", "actions")] == [1, 1, 2]


def test_each_value_is_logged_with_the_cell_it_came_from() -> None:
    after, _ = take(plan("| Action | Lead | Due date |\n| Write | SWP | On going |"))
    (row,) = [row for row in after["change-log"] if row["field"] == "due_on"]
    assert (row["verb"], row["after"], row["source"]) == ("import", "On going", "old.xlsx [abcd1234] Plan!C2")


def test_codes_are_made_from_names() -> None:
    assert [made_code(name) for name in ("NHS England", "South Wales Police", "Cyngor Sir Gâr", "Barnardo's", "!")] == [
        "NHSE", "SWP", "CSG", "BARNARDO", "AGENCY",
    ]  # fmt: skip


def test_a_heading_stands_for_one_field_only(tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "schemas"
    shutil.copytree(Path(__file__).resolve().parents[2] / "schemas", folder)
    text = (folder / "synonyms.yaml").read_text(encoding="utf-8")
    (folder / "synonyms.yaml").write_text(
        text.replace("en: [Themes,", "en: [Deadline, Themes,"), encoding="utf-8"
    )
    with pytest.raises(SchemaError, match="Deadline"):
        load_synonyms(folder)


_HEADINGS = [*sorted(load_synonyms().fields), "key milestones", "rag", "something else"]
_CELL = st.one_of(
    st.none(),
    st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=30),
    st.integers(0, 99),
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    st.sampled_from(
        [
            "In progress",
            "Complete",
            "On going",
            "N/A",
            "SWP",
            "SWP; CDF",
            "Head of Care",
            "Cardiff",
            "1.",
            "DHR 4",
        ]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_filled_cell_of_any_plan_is_lost(data: st.DataObject) -> None:
    headings = data.draw(st.lists(st.sampled_from(_HEADINGS), min_size=2, max_size=7, unique=True))
    width = len(headings)
    rows = data.draw(st.lists(st.lists(_CELL, min_size=width, max_size=width), min_size=1, max_size=6))
    sheet = OldSheet(
        "Plan", [["A title"], ["Action", "Lead agency", *headings], *([None, None, *row] for row in rows)]
    )
    try:
        after, outcome = take(sheet)
    except CannotDo:
        assert all(normalise(cell) is None for row in rows for cell in row)
        return
    assert_every_cell_is_somewhere(sheet, after, outcome)


@pytest.mark.parametrize(
    ("file", "rows"), [("dhr_recommendations.xlsx", 27), ("mental_health_trust_action_plan.xlsx", 9)]
)
def test_a_real_plan_arrives_whole(file: str, rows: int) -> None:
    old = read_old_workbook(REAL / file)
    tracker = tracker_from(AGENCIES)
    outcome = take_over(tracker, context(), old, load_synonyms())
    after = apply_edits(tracker, outcome.edits)
    assert outcome.report.added["actions"] == rows
    assert len(after["actions"]) == rows
    assert_every_cell_is_somewhere(old.sheets[0], after, outcome)


def test_synonyms_name_only_fields_that_a_column_may_fill() -> None:
    from cvsb_xl.verbs.taking_over.matching import fillable

    assert set(load_synonyms().targets) <= set(fillable(load_framework()))
