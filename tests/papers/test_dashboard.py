"""The dashboard's figures are the rows' own, recomputed with pandas; an agency's page holds nothing that is not its to read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import load_framework
from cvsb_xl.outputs.html import html_bytes
from cvsb_xl.papers.dashboard import dashboard
from cvsb_xl.papers.page import Cards, Chart, Count, Listing, Page, Tiles
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sample import sample_rows
from tests.markdown import tracker_from
from tests.merge.tracker import TRACKER
from tests.papers.figures import dates, effective_due, frame, statuses
from tests.rounds import by_hand, settled

TODAY = date(2026, 11, 23)
CONTEXT = Context(now=datetime(2026, 11, 23, 9, tzinfo=UTC))
FRAMEWORK = load_framework()
SAMPLE = tracker_of(FRAMEWORK, sample_rows(FRAMEWORK, TODAY))
DAYS = [TODAY, TODAY - timedelta(days=200), TODAY + timedelta(days=90)]


def page_of(tracker: Tracker, as_at: date | None = None, agency: str = "") -> Page:
    """Return the page; every page can be written."""
    page: Page = dashboard(tracker, CONTEXT, as_at=as_at, agency=agency).documents[0]
    assert html_bytes(page).startswith(b"<!doctype html>")
    return page


def listing(page: Page, key: str) -> Listing:
    """Return one list of the page."""
    return next(block for block in page.blocks() if isinstance(block, Listing) and block.id == key)


def tiles(page: Page) -> dict[str, int]:
    """Return every figure at a glance by its words."""
    found = [tile for block in page.blocks() if isinstance(block, Tiles) for tile in block.tiles]
    return {tile.label: page.value(tile.count) for tile in found}


def chart(page: Page, key: str) -> dict[str, tuple[int, ...]]:
    """Return a chart's figures by the words they stand beside."""
    found = next(block for block in page.blocks() if isinstance(block, Chart) and block.id == key)
    return {bar.label: tuple(map(page.value, bar.counts)) for bar in found.bars}


@pytest.mark.parametrize("as_at", DAYS)
def test_figures_of_actions_agree_with_pandas(as_at: date) -> None:
    page = page_of(SAMPLE, as_at)
    actions = frame(SAMPLE, "actions").drop_duplicates("action_id").set_index("action_id")
    told, due = statuses(SAMPLE, as_at), effective_due(SAMPLE, as_at)
    is_open = ~told.isin(["Complete", "Stepped down"])
    running = told.isin(["Not started", "In progress"])
    dated = due.map(lambda day: isinstance(day, date))
    overdue = running & due.map(lambda day: isinstance(day, date) and day < as_at)
    shown = tiles(page)
    assert shown["Open"] == is_open.sum()
    assert shown["Overdue"] == overdue.sum() == len(listing(page, "overdue").lines)
    assert shown["Awaiting ratification"] == (told == "Awaiting ratification").sum()
    assert shown["With no due date"] == (running & ~dated).sum()
    for days in (30, 60, 90):
        until = as_at + timedelta(days=days)
        soon = running & due.map(lambda day, until=until: isinstance(day, date) and as_at <= day <= until)
        assert shown[f"Due in the next {days} days"] == soon.sum()
    assert {word: count for word, (count,) in chart(page, "chart-status").items() if count} == dict(
        told.value_counts()
    )
    for key, column in (("chart-area", "area"), ("chart-agency", "lead_agency")):
        names = page_names(page) if column == "lead_agency" else {}
        for word, (opens, late) in chart(page, key).items():
            blank = actions[column].isna()
            here = (
                blank
                if word in ("No area given", "No agency")
                else actions[column].map(lambda value, names=names: names.get(value, value)) == word
            )
            assert (opens, late) == ((is_open & here).sum(), (overdue & here).sum()), word
    assert [line.cells[0] for line in listing(page, "overdue").lines] == list(
        due[overdue].sort_values(kind="stable").index
    )


def page_names(page: Page) -> dict[str, str]:
    """Agency code -> its name, as the page says it."""
    return dict(page.agencies)


@pytest.mark.parametrize("as_at", DAYS)
def test_figures_of_reviews_partners_and_themes_agree_with_pandas(as_at: date) -> None:
    page = page_of(SAMPLE, as_at)
    reviews, recommendations = frame(SAMPLE, "reviews"), frame(SAMPLE, "recommendations")
    acknowledgements, escalations = frame(SAMPLE, "acknowledgements"), frame(SAMPLE, "escalations")
    stages = {word: count for word, (count,) in chart(page, "chart-stage").items() if count}
    assert stages == dict(reviews["stage"].value_counts())
    assert tiles(page)["Open reviews"] == (reviews["stage"] != "Closed").sum()
    raised = dates(escalations["raised_on"]).map(lambda day: day is None or day <= as_at)
    closed = dates(escalations["closed_on"]).map(lambda day: day is not None and day <= as_at)
    assert tiles(page)["Barriers and risks with the Board"] == (raised & ~closed).sum()
    # One that came with words instead of a date counts as done, as on the sheet Dashboard; cvsb check names the date.
    said = acknowledgements["acknowledged_on"]
    done = said.notna() & dates(said).map(lambda day: day is None or day <= as_at)
    assert tiles(page)["Learning not yet acknowledged"] == (~done).sum()
    for line in listing(page, "acknowledgements").lines:
        own = acknowledgements["review_id"] == str(line.cells[0]).split(",")[0]
        counts = [page.value(cell) for cell in line.cells if isinstance(cell, Count)]
        assert counts == [(own & done).sum(), (own & ~done).sum()]
    actions = frame(SAMPLE, "actions").drop_duplicates("action_id").set_index("action_id")
    is_open = ~statuses(SAMPLE, as_at).isin(["Complete", "Stepped down"])
    theme_of = recommendations.set_index("recommendation_id")["theme"]
    for theme, counts in chart(page, "chart-theme").items():
        of_theme = actions["recommendation_id"].map(theme_of) == theme
        assert counts == ((recommendations["theme"] == theme).sum(), (is_open & of_theme).sum())


def test_returns_not_back_are_outstanding_and_late_after_the_day_they_were_asked_for() -> None:
    tracker = tracker_from("""
    ## Agencies
    | agency | name |
    |---|---|
    | SWP | South Wales Police (sample) |

    ## Returns
    | sheet_id | agency | issued_on | due_back_on | state |
    |---|---|---|---|---|
    | S-1 | SWP | 2026-10-01 | 2026-11-20 | Issued |
    | S-2 | SWP | 2026-10-01 | 2026-11-23 | Issued |
    | S-3 | SWP | 2026-10-01 | 2026-11-20 | Returned |
    | S-4 | SWP | 2026-09-01 | 2026-09-20 | Superseded |
    """)
    page = page_of(tracker)
    assert (tiles(page)["Returns outstanding"], tiles(page)["Returns late"]) == (2, 1)
    assert [(line.cells[0], line.cells[-1]) for line in listing(page, "returns").lines] == [
        ("S-1", "3"),
        ("S-2", ""),
    ]


def test_an_action_for_both_areas_belongs_to_each_and_to_every_agency_that_has_a_part() -> None:
    tracker = by_hand(settled(TRACKER), "actions", "A-0001", "area", "Both")
    places = {
        line.cells[0]: line.place for line in listing(page_of(tracker, date(2027, 3, 31)), "actions").lines
    }
    assert places["A-0001"].areas == ("Cardiff", "Vale of Glamorgan")
    assert places["A-0001"].agencies == ("SWP", "CC")
    assert places["A-0002"].agencies == ("SWP",)


def test_an_empty_tracker_gives_a_page_of_noughts_that_says_what_is_not_there() -> None:
    page = page_of(tracker_of(FRAMEWORK, {}))
    assert set(tiles(page).values()) == {0}
    assert {block.nothing for block in page.blocks() if isinstance(block, Listing)} >= {
        "No action is overdue.",
        "No review is in the tracker yet.",
        "No action is in the tracker yet.",
    }


def test_an_agency_that_is_not_in_agencies_is_refused_and_those_there_are_named() -> None:
    with pytest.raises(CannotDo, match=r"XYZ is not in Agencies\. The codes there are: CC, SWP, TP\."):
        dashboard(settled(TRACKER), CONTEXT, agency="XYZ")


def test_an_agencys_page_shows_all_its_own_fields_under_whatever_case_the_code_is_given() -> None:
    page = page_of(settled(TRACKER), agency="swp")
    cards = next(block for block in page.blocks() if isinstance(block, Cards)).cards
    told = {text for card in cards for _, text in card.fields}
    assert {"Draft audit", "Staff ask earlier", "Half the files read", "In progress"} <= told
    assert page.agency == "South Wales Police (sample)"


def test_a_number_that_must_not_leave_the_board_holds_an_agencys_page_back_and_not_the_members() -> None:
    tracker = by_hand(settled(TRACKER), "actions", "A-0002", "action", "Ring 999 000 0018 back")
    held = dashboard(tracker, CONTEXT, agency="CC")
    assert not held.documents
    assert [item.severity for item in held.findings] == ["error"]
    full = dashboard(tracker, CONTEXT)
    assert full.documents
    assert [item.key for item in full.findings] == ["A-0002"]


_KEYS = {
    "agency",
    "lead_agency",
    "contributing",
    "succeeded_by",
    "review_id",
    "action_id",
    "referral_id",
    "learning_id",
}
_KEYS |= {"recommendation_id", "table", "key", "rule", "field", "setting", "area", "areas"}
_SHOWN_OF_PUBLISHED = {"title", "recommendation", "theme", "action", "number"}
_AGENCY = "SWP"


def _free_text(table: str) -> list[str]:
    schema = SAMPLE.framework[table]
    return [
        item.name
        for item in schema.fields
        if item.type == "string"
        and not item.enum
        and item.name not in _KEYS
        and item.name not in schema.primary_key
    ]


def _own_actions(tracker: Tracker) -> set[str]:
    held = {row.text("action_id") for row in tracker["assignments"] if row["agency"] == _AGENCY}
    for row in tracker["actions"]:
        if _AGENCY in (row.text("lead_agency"), *row.text("contributing").replace(" ", "").split(";")):
            held.add(row.text("action_id"))
    return held


def _may_show(tracker: Tracker, table: str, row_number: int, name: str) -> bool:
    """Tell whether the design lets an agency read this cell: written apart from the code that decides it."""
    row = tracker[table].rows[row_number]
    public = {
        item.text("review_id")
        for item in tracker["reviews"]
        if type(item["report_published_on"]) is date and item["report_published_on"] <= TODAY
    }
    if table in ("assignments", "acknowledgements", "dissemination", "returns"):
        return row["agency"] == _AGENCY
    if table in ("reviews", "recommendations"):
        return row["review_id"] in public and name in _SHOWN_OF_PUBLISHED
    if table == "actions":
        own = row.text("action_id") in _own_actions(tracker)
        return (name == "action" and (own or row["review_id"] in public)) or (name == "measure" and own)
    return (table == "agencies" and name == "name") or table == "settings"


def _marked(tracker: Tracker, chosen: set[tuple[str, int, str]]) -> tuple[Tracker, set[str]]:
    """Write a word of its own into each chosen cell; return those words that the page may not hold."""
    secret = set()
    for table in {table for table, _, _ in chosen}:
        data = tracker[table]
        rows = list(data.rows)
        for place, (_, number, name) in enumerate(sorted(item for item in chosen if item[0] == table)):
            word = f"Zq{table.replace('-', '')}{place}x{number}Xq"
            rows[number] = replace(rows[number], values={**rows[number].values, name: word})
            if not _may_show(SAMPLE, table, number, name):
                secret.add(word)
        tracker = tracker.with_table(table, replace(data, rows=tuple(rows)))
    return tracker, secret


# What decides the page itself is left alone; who may see a row must not change with the words in it.
_CELLS = [
    (table, number, name)
    for table, data in SAMPLE.tables.items()
    if table not in ("settings", "waivers")
    for number in range(len(data))
    for name in _free_text(table)
]


def test_no_word_of_other_agencies_rows_and_unpublished_reviews_is_anywhere_in_an_agencys_page() -> None:
    """A word in every free-text cell of the tracker at once."""
    tracker, secret = _marked(SAMPLE, set(_CELLS))
    assert len(secret) > 500
    page = html_bytes(page_of(tracker, agency=_AGENCY)).decode()
    assert not {word for word in secret if word in page}
    assert "Zqassignments" in page, "its own words are there"


@settings(max_examples=25, deadline=None)
@given(chosen=st.sets(st.sampled_from(_CELLS), min_size=1, max_size=40))
def test_whichever_cells_hold_the_words_none_gets_out(chosen: set[tuple[str, int, str]]) -> None:
    tracker, secret = _marked(SAMPLE, chosen)
    page = html_bytes(page_of(tracker, agency=_AGENCY)).decode()
    assert not {word for word in secret if word in page}


def test_other_agencies_contacts_and_updates_of_the_sample_are_not_in_an_agencys_page() -> None:
    """The sample's own words, not only planted ones."""
    page = html_bytes(page_of(SAMPLE, agency=_AGENCY)).decode()
    others = frame(SAMPLE, "assignments")
    others = others[others["agency"] != _AGENCY]
    own = set(frame(SAMPLE, "assignments").query("agency == @_AGENCY")["lead_email"].dropna())
    for name in ("progress_update", "evidence", "impact", "barriers", "lead_email"):
        for words in set(others[name].dropna()) - own:
            assert len(words) < 8 or words not in page, words
    reviews = frame(SAMPLE, "reviews")
    for title in reviews[pd.isna(reviews["report_published_on"])]["title"]:
        assert title not in page
