"""The invented worked example: big enough, true to itself on any day, wrong only where it is meant to be."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsb_xl.errors import SchemaError
from cvsb_xl.framework.clocks import as_date
from cvsb_xl.framework.load import load_framework
from cvsb_xl.tracker.status import standings
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.new import new_tracker
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sample import Planted, natural_findings, on_weekday, planted_faults, sample_rows

FRAMEWORK = load_framework()
REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
ANY_DAY = st.dates(date(2024, 1, 1), date(2045, 12, 31))
# Every weekday, every month, and the days on which months are short; few enough to build each once.
BUILD_DAYS = st.sampled_from(
    [date(2026, 1, 1) + timedelta(days=41 * step) for step in range(28)]
    + [date(2028, 2, 29), date(2027, 2, 28), date(2027, 1, 31), date(2026, 12, 31), date(2040, 5, 31)]
)
HAPPENED = {
    "referrals": ("referred_on", "crg_met_on", "chair_signed_off_on", "wg_notified_on"),
    "reviews": (
        "started_on first_panel_on completed_on report_published_on plan_published_on plan_circulated_on "
        "progress_reported_on family_invited_on"
    ).split(),
    "recommendations": ("crg_considered_on",),
    "assignments": ("evidence_seen_on", "completed_on", "updated_on"),
    "decisions": ("meeting_on",),
    "escalations": ("raised_on", "board_met_on", "closed_on"),
    "acknowledgements": ("acknowledged_on",),
    "dissemination": ("delivered_on",),
    "learning": ("received_on", "fed_to_delivery_group_on"),
}
STAGES = "Referral, Panel, Learning event, Drafting, Sign-off, Published, Monitoring, Closed".split(", ")


@cache
def built_on(day: date) -> Tracker:
    now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return new_tracker(FRAMEWORK, Context(now=now, user="test"), sample=True)


def planted(*codes: str) -> set[tuple[str, str]]:
    return {(item.table, item.key) for item in planted_faults() if item.code in codes}


@pytest.fixture(scope="module")
def tracker() -> Tracker:
    return built_on(date(2027, 3, 31))


@pytest.mark.parametrize(
    ("table", "least"),
    [
        ("reviews", 6), ("actions", 40), ("assignments", 70), ("agencies", 12), ("referrals", 5), ("decisions", 12),
        ("escalations", 4), ("acknowledgements", 20), ("dissemination", 8), ("learning", 4), ("members", 8),
        ("recommendations", 12), ("waivers", 2), ("settings", 5), ("today", 5), ("progress", 5), ("ratification", 3),
    ],
)  # fmt: skip
def test_each_table_has_enough_rows_to_read_like_the_real_thing(
    tracker: Tracker, table: str, least: int
) -> None:
    assert len(tracker[table]) >= least


@pytest.mark.parametrize("table", ["conflicts", "returns", "change-log"])
def test_what_only_a_round_fills_is_empty(tracker: Tracker, table: str) -> None:
    assert len(tracker[table]) == 0


def test_there_is_a_single_review_in_every_stage_two_forums_and_an_older_review(tracker: Tracker) -> None:
    stages = {row["stage"] for row in tracker["reviews"].where("review_type", "SUSR")}
    assert stages == set(STAGES)
    types = Counter(row["review_type"] for row in tracker["reviews"])
    assert types["MAPF"] >= 2
    assert types["CPR"] == 1


def test_a_review_was_published_over_a_year_ago_and_owes_its_progress_report(tracker: Tracker) -> None:
    today = date(2027, 3, 31)
    owing = [
        row
        for row in tracker["reviews"]
        if (due := as_date(row["progress_due"])) and due < today and row["progress_reported_on"] is None
    ]
    assert [row["review_id"] for row in owing] == ["RV-0003"]


def test_every_state_an_action_can_be_in_has_a_healthy_share(tracker: Tracker) -> None:
    found = standings(tracker, date(2027, 3, 31)).values()
    status = Counter(item.status for item in found)
    timeliness = Counter(item.timeliness(date(2027, 3, 31), 30) for item in found)
    assert status["Awaiting ratification"] >= 4
    assert status["Stepped down"] >= 2
    assert status["Complete"] >= 8
    assert status["Not started"] >= 5
    assert timeliness["Overdue"] >= 6
    assert timeliness["Due soon"] >= 3
    blocked = [row for row in tracker["assignments"] if row["barriers"] is not None]
    assert len(blocked) >= 4


def test_every_kind_of_decision_is_there(tracker: Tracker) -> None:
    kinds = {(row["proposal"], row["decision"]) for row in tracker["decisions"]}
    assert kinds >= {
        ("Complete", "Ratified"), ("Complete", "Not ratified"), ("Complete", "Deferred"),
        ("Stepped down", "Ratified"), ("Extension", "Ratified"), ("Reopen", "Ratified"),
    }  # fmt: skip


def test_an_agency_has_ended_with_a_successor_and_one_waiver_runs_while_one_has_run_out(
    tracker: Tracker,
) -> None:
    ended = [row for row in tracker["agencies"] if row["active_to"] is not None]
    assert [row["succeeded_by"] for row in ended] == ["PROB"]
    untils = sorted(day for row in tracker["waivers"] if (day := as_date(row["until"])))
    assert untils[0] < date(2027, 3, 31) < untils[1]


def test_the_board_and_all_its_people_are_plainly_invented(tracker: Tracker) -> None:
    assert "invented" in tracker.setting("board_name")
    assert "INVENTED" in tracker.setting("marking")
    for table, name, mail in (
        ("assignments", "lead_name", "lead_email"),
        ("agencies", "contact_name", "contact_email"),
        ("members", "name", "email"),
    ):
        for row in tracker[table]:
            assert re.fullmatch(r"(Sample [A-Z].*|Vacant|)", row.text(name)), row
            assert re.fullmatch(r"(sample\.[a-z0-9]+@example\.org|)", row.text(mail)), row


@pytest.mark.parametrize("fault", planted_faults(), ids=lambda item: f"{item.code}-{item.key}")
def test_every_planted_fault_names_a_cell_that_is_there(tracker: Tracker, fault: Planted) -> None:
    data = tracker[fault.table]
    assert fault.key in data.by_key
    assert fault.field is None or fault.field in data.schema.by_name
    assert fault.why


def test_about_twenty_faults_or_more_of_many_families_are_planted() -> None:
    codes = {item.code for item in planted_faults()}
    assert len(codes) >= 20
    assert {code[0] for code in codes} >= set("SOWKDP")
    assert not codes & set(natural_findings())


@pytest.mark.parametrize("day", [date(2027, 3, 31), date(2026, 12, 26), date(2028, 2, 29)], ids=str)
def test_check_finds_every_planted_fault_and_nothing_else_that_matters(day: date) -> None:
    """A finding is either planted, at its very cell, or of a code that any living tracker has."""
    found = check(built_on(day), Context(now=datetime(day.year, day.month, day.day, 9, tzinfo=UTC))).findings
    wanted = {(item.code, item.table, item.key, item.field) for item in planted_faults()}
    at = {(item.code, item.table, item.key, item.field) for item in found}
    assert wanted - at == set()
    natural = natural_findings()
    assert {place for place in at if place[0] not in natural} == wanted
    assert set(natural) <= {item.code for item in found}


def test_only_planted_cells_cannot_be_read(tracker: Tracker) -> None:
    faulty = {
        (table, data.key_of(row), name)
        for table, data in tracker.tables.items()
        for row in data
        for name in row.faults
    }
    assert faulty == {
        (item.table, item.key, item.field)
        for item in planted_faults()
        if item.code in ("D101", "D102", "S502")
    }


def test_every_reference_resolves_but_for_the_planted_ones(tracker: Tracker) -> None:
    wrong = set()
    for name, data in tracker.tables.items():
        for link in data.schema.foreign_keys:
            for row in data:
                text = row.text(link.field)
                if text and text not in tracker[link.table].by_key and text not in link.also_allowed:
                    wrong.add((name, data.key_of(row)))
    assert wrong == planted("K102", "O102", "O103")


def test_every_id_stands_once_but_for_the_planted_one(tracker: Tracker) -> None:
    for name, data in tracker.tables.items():
        times = Counter(data.key_of(row) for row in data)
        assert {(name, key) for key, count in times.items() if count > 1} <= planted("K101")


def test_each_action_names_one_origin_and_its_recommendation_is_of_the_same_review(tracker: Tracker) -> None:
    for row in tracker["actions"]:
        origins = [row[name] for name in ("review_id", "referral_id", "learning_id") if row[name]]
        assert len(origins) == 1, row
        recommendation = tracker["recommendations"].by_key.get(row.text("recommendation_id"))
        assert recommendation is None or recommendation["review_id"] == row["review_id"], row


def test_update_makes_no_assignment_that_the_files_do_not_tell() -> None:
    """A row that only update knows of would have no update, no lead and no place in the story."""
    rows = sample_rows(FRAMEWORK, date(2027, 3, 31))
    built = built_on(date(2027, 3, 31))
    assert len(built["assignments"]) == len(rows["assignments"])
    assert len(built["acknowledgements"]) == len(rows["acknowledgements"])


@settings(max_examples=33, deadline=None)
@given(BUILD_DAYS)
def test_on_any_day_nothing_that_is_told_as_past_lies_in_the_future(day: date) -> None:
    future = {
        (table, data.key_of(row))
        for table, names in HAPPENED.items()
        for data in [built_on(day)[table]]
        for row in data
        for name in names
        if (told := as_date(row[name])) and told > day
    }
    assert future == planted("W103")


@settings(max_examples=33, deadline=None)
@given(BUILD_DAYS)
def test_on_any_day_reviews_and_actions_run_in_order(day: date) -> None:
    built = built_on(day)
    for row in built["reviews"]:
        assert_in_order(
            row,
            "started_on first_panel_on completed_on report_published_on plan_published_on plan_circulated_on "
            "progress_reported_on",
        )
    for row in built["referrals"]:
        assert_in_order(row, "referred_on crg_met_on chair_signed_off_on wg_notified_on")
        review = built["reviews"].by_key.get(row.text("review_id"))
        if review and review["review_type"] == "SUSR":
            assert review["started_on"] == row["referred_on"]
    for row in built["escalations"]:
        assert_in_order(row, "raised_on board_met_on closed_on")
    for row in built["assignments"]:
        assert_in_order(row, "completed_on updated_on evidence_seen_on")


@settings(max_examples=33, deadline=None)
@given(BUILD_DAYS)
def test_on_any_day_a_meeting_decides_on_what_was_done_before_it(day: date) -> None:
    found = standings(built_on(day), day)
    for standing in found.values():
        for decision in standing.decisions:
            if decision["proposal"] in ("Complete", "Stepped down") and decision["decision"] == "Ratified":
                finished = [row for row in standing.assignments if row["progress"] != "In progress"]
                met = as_date(decision["meeting_on"])
                assert all(
                    (done := as_date(row["completed_on"])) is None or (met and done <= met)
                    for row in finished
                )


@settings(max_examples=33, deadline=None)
@given(BUILD_DAYS)
def test_the_story_is_the_same_on_whatever_day_it_is_built(day: date) -> None:
    """Statuses, timeliness and passed milestones do not turn with the calendar: weekends and month lengths move dates a little."""
    assert story(day) == story(date(2027, 3, 31))


@given(ANY_DAY, st.integers(-3000, 3000), st.sampled_from("dwm"))
def test_dates_fall_on_weekdays_and_stay_on_their_side_of_today(day: date, count: int, unit: str) -> None:
    count = count // {"d": 1, "w": 7, "m": 30}[unit]
    found = on_weekday(f"{count:+d}{unit}", day)
    if count:
        assert found.weekday() < 5
        assert (found > day) == (count > 0)
    else:
        assert found == day


@given(ANY_DAY, st.integers(-2000, 2000), st.integers(-2000, 2000))
def test_what_comes_later_never_falls_earlier(day: date, one: int, other: int) -> None:
    first, second = sorted([one, other])
    assert on_weekday(f"{first:+d}d", day) <= on_weekday(f"{second:+d}d", day)


def test_dates_inside_a_text_are_told_in_words(tracker: Tracker) -> None:
    assert tracker["actions"].by_key["A-0034"]["due_on"] == "31 September 2028"
    texts = [text for data in tracker.tables.values() for row in data for text in row.values.values()]
    assert not [text for text in texts if isinstance(text, str) and re.search(r"[{}]", text)]


def test_nothing_in_the_sample_is_copied_from_a_real_plan() -> None:
    """No six words in a row are the same."""
    real = {run for text in real_texts() for run in runs(text, 6)}
    assert len(real) > 500
    rows = sample_rows(FRAMEWORK, date(2027, 3, 31))
    texts = [
        text for found in rows.values() for row in found for text in row.values() if isinstance(text, str)
    ]
    assert {run for text in texts for run in runs(text, 6)} & real == set()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("reviewz: []", "reviewz is no table"),
        ("reviews: [{review_id: RV-0001, titel: x}]", "reviews has no field titel"),
        ("- a list", "should hold one mapping"),
        ("reviews: [{review_id: RV-0001", "is not valid YAML"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong_in_it(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "01-wrong.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(SchemaError, match=said) as error:
        sample_rows(FRAMEWORK, date(2027, 3, 31), tmp_path)
    assert "01-wrong.yaml" in str(error.value)


def story(day: date) -> dict[str, object]:
    built = built_on(day)
    found = standings(built, day)
    actions = {key: (item.status, item.timeliness(day, 30)) for key, item in found.items()}
    passed = {
        (row.text("review_id"), name): due <= day
        for row in built["reviews"]
        for name in ("first_panel_due", "completion_due", "progress_due")
        if (due := as_date(row[name]))
    }
    return {"actions": actions, "passed": passed}


def assert_in_order(row: Row, names: str) -> None:
    dates = [(day, name) for name in names.split() if (day := as_date(row[name]))]
    assert [name for _, name in sorted(dates, key=lambda pair: pair[0])] == [name for _, name in dates], row


def runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9']+", text.casefold())
    return zip(*(words[start:] for start in range(length)), strict=False)


def real_texts() -> Iterator[str]:
    for path in REAL.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)["text"]
    for path in REAL.glob("*.xlsx"):
        for sheet in openpyxl.load_workbook(path, read_only=True):
            for cells in sheet.iter_rows(values_only=True):
                yield from (cell for cell in cells if isinstance(cell, str))
