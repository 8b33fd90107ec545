"""What pages show, as data: an agency's work, forms and what is typed into them, what waits to be accepted, filters."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsb_xl.books.agency_book import build_agency_sheet
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.agency_sheet import OpenSheet, SheetRow, open_sheet
from cvsb_xl.papers.dashboard import dashboard
from cvsb_xl.papers.page import Cards, Filters, Listing, Page, Place, narrowed
from cvsb_xl.service.pages.form import form_of, read_form
from cvsb_xl.service.pages.position import parts_html, position
from cvsb_xl.service.pages.sent import Pending, Sent, pending
from cvsb_xl.service.pages.work import Work, work_of
from cvsb_xl.service.templating import Frame, environment, rendered
from cvsb_xl.tracker.status import standings
from cvsb_xl.tracker.tables import tracker_of
from cvsb_xl.verbs.sample import sample_rows
from tests.rounds import META, context, issued

FRAMEWORK = load_framework()
DAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TRACKER, _SHEET = issued(tracker_of(FRAMEWORK, sample_rows(FRAMEWORK, DAY), META), "SWP", DAY)
SHEET: OpenSheet = open_sheet(FRAMEWORK, "SWP.xlsx", build_agency_sheet(_SHEET))
FIRST = SHEET.rows["assignments"][0]
SPARE = next(row for row in SHEET.rows["dissemination"] if row.spare)


def _sent(
    *cells: tuple[str, str, object],
    state: str = "received",
    at: datetime = NOW,
    sheet_id: str = "",
    **more: Any,
) -> Sent:
    held = [
        {
            "table": "Assignments",
            "key": key,
            "field": name,
            "outcome": "applied",
            "reason": "applied",
            "returned": value,
        }
        for key, name, value in cells
    ]
    return Sent("u", "SWP", sheet_id, "Lee", at, "SWP.xlsx", 1, "file", state, plan={"cells": held}, **more)


def _work(*sent: Sent) -> Work:
    cells = pending(FRAMEWORK, sent, SHEET.sheet_id)
    return work_of(TRACKER, standings(TRACKER, DAY), SHEET, cells, DAY, 30)


def test_what_is_overdue_stands_first_then_what_was_not_ratified_then_by_date() -> None:
    order = [task.timeliness for task in _work().assignments]
    assert order[0] == "Overdue"
    assert "Overdue" not in order[order.count("Overdue") :]
    dates = [task.due_on or date.max for task in _work().assignments if task.timeliness != "Overdue"]
    assert dates == sorted(dates)


def test_what_was_sent_lies_over_what_was_issued_until_it_is_published() -> None:
    work = _work(_sent((FIRST.key, "progress_update", "Sent."), (FIRST.key, "progress", "Proposed complete")))
    task = work.task("assignments", FIRST.key)
    assert task is not None
    assert task.text("progress_update") == "Sent."
    assert task.sent_at == NOW
    assert task.check.startswith("Missing: ")
    assert work.unanswered == _work().unanswered - 1


def test_of_two_that_were_sent_the_later_is_shown_and_refused_ones_are_not() -> None:
    early, late = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    cells = pending(
        FRAMEWORK,
        [
            _sent((FIRST.key, "barriers", "late"), at=late),
            _sent((FIRST.key, "barriers", "early"), at=early),
            _sent((FIRST.key, "barriers", "refused"), state="refused"),
            _sent(
                (FIRST.key, "barriers", "accepted from an older sheet"), state="accepted", sheet_id="S-OLD"
            ),
        ],
        SHEET.sheet_id,
    )
    assert cells["assignments", FIRST.key]["barriers"].value == "late"


def test_what_was_accepted_is_told_to_members_until_a_publication_holds_it() -> None:
    said = (FIRST.key, "barriers", "No trainer until spring")
    waiting = _sent(said, state="accepted", unpublished=True)
    assert pending(FRAMEWORK, [waiting])["assignments", FIRST.key]["barriers"].value == said[2]
    assert pending(FRAMEWORK, [_sent(said, state="accepted", sheet_id="S-OLD")]) == {}
    page = position("p", TRACKER, NOW, "", [waiting])
    assert page is not None
    html = "".join(part for _, part in parts_html(page))
    assert "Accepted, not yet published" in html
    assert said[2] in html


def test_a_date_that_was_sent_is_a_date_in_the_form_again() -> None:
    cells = pending(FRAMEWORK, [_sent((FIRST.key, "completed_on", "2026-08-31"))])
    over = cells["assignments", FIRST.key]
    form = form_of(
        SHEET, FIRST, {**FIRST.values, "completed_on": over["completed_on"].value}, "en", sent=over
    )
    typed = next(item.typed for group in form.groups for item in group.fields if item.name == "completed_on")
    assert (typed["day"], typed["month"], typed["year"]) == ("31", "8", "2026")


def _typed(row: SheetRow, **changes: str) -> dict[str, str]:
    """What a browser sends when the form is opened and only this is changed."""
    form = form_of(SHEET, row, row.values, "en")
    fields: dict[str, str] = {}
    for item in (item for group in form.groups for item in group.fields):
        if item.kind == "date":
            fields |= {f"{item.name}-{part}": item.typed.get(part, "") for part in ("day", "month", "year")}
        else:
            fields[item.name] = item.value
    return {**fields, **changes}


@pytest.mark.parametrize(
    "row", [*SHEET.rows["assignments"], *SHEET.rows["acknowledgements"]], ids=lambda row: row.key
)
def test_a_form_that_nobody_changes_says_nothing(row: SheetRow) -> None:
    """But for a value that cannot be read: that is pointed out, and never sent on."""
    values, errors = read_form(SHEET, row, _typed(row))
    assert values == {}
    assert set(errors) <= {item.name for item in FRAMEWORK[row.table.name].agency_fields}


@pytest.mark.parametrize(
    ("typed", "value", "error"),
    [
        (("31", "8", "2026"), date(2026, 8, 31), ""),
        (("31", "Awst", "2026"), date(2026, 8, 31), ""),
        (("3", "4", "2027"), date(2027, 4, 3), ""),
        (("", "", ""), None, ""),
        (("31", "9", "2026"), None, "must be a real date"),
        (("31", "", "2026"), None, "must include a month"),
        (("", "", "2026"), None, "must include a day and a month"),
        (("1", "1", "26"), None, "must be a real date"),
        (("x", "y", "z"), None, "must be a real date"),
        (("1", "1", "99999"), None, "must be a real date"),
        (("٣", "4", "2027"), None, "must be a real date"),
    ],
)
def test_a_date_of_three_boxes_is_read_or_refused_in_words(
    typed: tuple[str, str, str], value: date | None, error: str
) -> None:
    day, month, year = typed
    fields = {"expected_on-day": day, "expected_on-month": month, "expected_on-year": year}
    values, errors = read_form(SHEET, FIRST, _typed(FIRST, **fields))
    assert values.get("expected_on") == value
    assert error in errors.get("expected_on", "") if error else "expected_on" not in errors


@pytest.mark.parametrize(
    ("name", "typed", "error"),
    [
        ("progress", "Done", "is not on the list"),
        ("lead_name", "x" * 201, "201 characters long"),
        ("barriers", "a\u202eb", "hidden control character"),
        ("evidence", "x" * 8001, "8,001 characters long"),
    ],
)
def test_what_a_sheet_would_not_take_the_form_does_not_take_either(name: str, typed: str, error: str) -> None:
    values, errors = read_form(SHEET, FIRST, _typed(FIRST, **{name: typed}))
    assert error in errors[name]
    assert name not in values


def test_what_was_sent_cannot_be_taken_back_unseen() -> None:
    over = {"progress": Pending("Proposed complete", _sent())}
    _, errors = read_form(SHEET, FIRST, _typed(FIRST), over)
    assert 'You sent "Proposed complete" here' in errors["progress"]


def test_an_added_row_names_one_of_the_reviews_of_the_sheet() -> None:
    values, errors = read_form(SHEET, SPARE, _typed(SPARE, method="Training"))
    assert errors == {"review_id": "Pick the review whose learning was shared"}
    _, errors = read_form(SHEET, SPARE, _typed(SPARE, method="Training", review_id="RV-9999"))
    assert "Pick one of the reviews" in errors["review_id"]
    values, errors = read_form(SHEET, SPARE, _typed(SPARE, method="Training", review_id=SHEET.reviews[0]))
    assert (values, errors) == ({"method": "Training", "review_id": SHEET.reviews[0]}, {})


@given(st.dictionaries(st.sampled_from(sorted(_typed(FIRST))), st.text(max_size=40)))
def test_whatever_is_typed_is_either_a_value_of_its_column_or_an_error(typed: dict[str, str]) -> None:
    values, errors = read_form(SHEET, FIRST, {**_typed(FIRST), **typed})
    assert not set(values) & set(errors)
    assert set(values) <= {column.name for column in SHEET.inputs(FIRST)}


def test_labels_and_lists_are_welsh_for_whom_it_is_their_language() -> None:
    form = form_of(SHEET, FIRST, FIRST.values, "cy")
    progress = next(item for group in form.groups for item in group.fields if item.name == "progress")
    assert progress.label == "Cynnydd"
    assert progress.options[1] == ("In progress", "Ar y gweill")
    page = rendered(
        environment(),
        "row.html",
        Frame(language="cy"),
        form=form,
        row_key="k",
        row_title="t",
        facts=[],
        key="",
    )
    assert '<span lang="cy">Cynnydd</span>' in page


def test_markup_in_a_cell_stays_text_on_every_page() -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    form = form_of(
        SHEET,
        FIRST,
        {**FIRST.values, "barriers": attack, "evidence": attack, "last_progress_update": attack},
        "cy",
    )
    page = rendered(
        environment(), "row.html", Frame(board=attack, marking=attack, language="cy"), form=form, row_key=attack,
        row_title=attack, facts=[(attack, attack)], key=attack,
    )  # fmt: skip
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;") >= 6
    sent = _sent((FIRST.key, "barriers", attack))
    made = position("x", TRACKER, NOW, "", [sent])
    assert made is not None
    html = "".join(part for _, part in parts_html(made))
    assert "&lt;script&gt;" in html
    assert "<script>alert" not in html


_PAGE: Page = dashboard(TRACKER, context(DAY)).documents[0]


@pytest.mark.parametrize(
    "filters",
    [
        Filters(agency="SWP"),
        Filters(area="Cardiff"),
        Filters(review="RV-0003"),
        Filters("RV-0003", "SWP", "Cardiff"),
    ],
)
def test_a_narrowed_page_holds_the_rows_that_fit_and_counts_them_by_the_same_rule(filters: Filters) -> None:
    small = narrowed(_PAGE, filters)
    for before, after in zip(_PAGE.blocks(), small.blocks(), strict=True):
        if isinstance(before, Listing) and isinstance(after, Listing):
            assert after.lines == tuple(line for line in before.lines if filters.fit(line.place))
        if isinstance(before, Cards) and isinstance(after, Cards):
            assert after.cards == tuple(card for card in before.cards if filters.fit(card.place))
    assert small.facts == tuple(fact for fact in _PAGE.facts if filters.fit(fact.place))
    assert small.reviews == _PAGE.reviews


def test_a_filter_leaves_alone_what_it_does_not_apply_to() -> None:
    assert Filters(review="RV-0001", area="Cardiff").fit(Place(agencies=("SWP",)))
    assert not Filters(agency="SWP").fit(Place(agencies=()))
