"""Answers typed into an issued sheet by the program are merged as if the agency had typed them in Excel."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cvsb_xl.books.agency_book import build_agency_sheet
from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.agency_sheet import Answers, OpenSheet, answered, open_sheet
from cvsb_xl.merge.result import MergeReport
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.sample import sample_rows
from cvsb_xl.xlsx.read import read_book
from cvsb_xl.xlsx.returned_book import as_return
from tests.rounds import META, issued, merged

FRAMEWORK = load_framework()
DAY = date(2026, 11, 25)
AT = datetime(2026, 11, 25, 10, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sent() -> tuple[Tracker, bytes]:
    tracker = tracker_of(FRAMEWORK, sample_rows(FRAMEWORK, DAY), META)
    tracker, sheet = issued(tracker, "SWP", DAY)
    return tracker, build_agency_sheet(sheet)


def _opened(data: bytes) -> OpenSheet:
    return open_sheet(FRAMEWORK, "SWP.xlsx", data)


def _merged(tracker: Tracker, data: bytes) -> tuple[Tracker, MergeReport]:
    return merged(tracker, as_return(FRAMEWORK, "SWP.xlsx", read_book(data, name="SWP.xlsx")), day=DAY)


def _typed(data: bytes, answers: Answers, at: datetime = AT) -> bytes:
    return answered(FRAMEWORK, "SWP.xlsx", data, answers, by="Sam Invented", on=DAY, at=at)


def test_a_sheet_opens_with_its_rows_its_own_fields_and_spare_rows(sent: tuple[Tracker, bytes]) -> None:
    tracker, data = sent
    sheet = _opened(data)
    assert sheet.agency == "SWP"
    rows = sheet.rows["assignments"]
    assert rows
    assert {row.key for row in rows} <= set(tracker["assignments"].by_key)
    for row in rows:
        own = tracker["assignments"].by_key[row.key]
        for column in sheet.inputs(row):
            assert row[column.name] == (None if column.field.per_round else own[column.name])
    spare = [row for row in sheet.rows["dissemination"] if row.spare]
    assert len(spare) == 5
    assert next(column.name for column in sheet.inputs(spare[0])) == "review_id"
    assert sheet.reviews


def test_answers_are_applied_and_say_of_no_other_row_that_it_was_reviewed(
    sent: tuple[Tracker, bytes],
) -> None:
    tracker, data = sent
    sheet = _opened(data)
    first = sheet.rows["assignments"][0]
    spare = next(row for row in sheet.rows["dissemination"] if row.spare)
    said = {
        "progress": "Proposed complete",
        "progress_update": "=Done\nand checked",
        "completed_on": DAY,
        "evidence": "Audit of 3 May",
    }
    shared = {"review_id": sheet.reviews[0], "method": "Training", "delivered_on": DAY, "reach": 40}
    after, report = _merged(
        tracker, _typed(data, {("assignments", first.key): said, ("dissemination", spare.key): shared})
    )
    (result,) = report.returns
    assert result.reviewed_by is None
    assert not [item for item in result.findings if item.name == "nothing-reviewed"]
    assert {(cell.outcome, cell.reason) for cell in result.cells} <= {
        ("applied", "applied"),
        ("applied", "added"),
    }
    row = after["assignments"].by_key[first.key]
    assert {name: row[name] for name in said} == said
    assert {name: after["dissemination"].by_key[spare.key][name] for name in shared} == shared


def test_of_two_answers_to_one_cell_the_later_counts_in_either_order(sent: tuple[Tracker, bytes]) -> None:
    tracker, data = sent
    key = _opened(data).rows["assignments"][0].key
    older = _typed(data, {("assignments", key): {"progress_update": "first"}})
    newer = _typed(
        data, {("assignments", key): {"progress_update": "second"}}, AT + timedelta(microseconds=1)
    )
    for order in ((older, newer), (newer, older)):
        now = tracker
        for file in order:
            now, report = _merged(now, file)
            assert report.counts.conflicts == 0
        assert now["assignments"].by_key[key]["progress_update"] == "second"


def test_saying_that_nothing_changed_is_a_return_that_was_reviewed(sent: tuple[Tracker, bytes]) -> None:
    tracker, data = sent
    _, report = _merged(tracker, _typed(data, {}))
    (result,) = report.returns
    assert result.reviewed_by == "Sam Invented"
    assert result.counts.applied == result.counts.conflicts == result.counts.rejected == 0
    assert not [item for item in result.findings if item.name == "nothing-reviewed"]


@pytest.mark.parametrize(
    "answers",
    [
        {("assignments", "AS-9999"): {"progress": "In progress"}},
        {("assignments", "AS-0001"): {"no_such": "x"}},
    ],
)
def test_an_answer_to_what_was_not_issued_is_refused(sent: tuple[Tracker, bytes], answers: Answers) -> None:
    _, data = sent
    with pytest.raises(CannotDo):
        _typed(data, answers)
