"""A receipt says what became of each cell, why, and how to put it right - and nobody else's words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cvsb_xl.merge.reasons import REASONS
from cvsb_xl.merge.receipt import APPLIED, REFUSED, THERE, WAITING, Receipt
from cvsb_xl.merge.result import ReturnResult
from cvsb_xl.outputs.receipt_text import receipt_text
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.verbs.log import verify
from cvsb_xl.verbs.merge import merge
from cvsb_xl.xlsx.read import read_book
from cvsb_xl.xlsx.receipt_book import build_receipt
from tests.merge.tracker import TRACKER
from tests.rounds import answered, by_hand, context, issued, settled
from tests.verbs.kept import saved

TRACKER_, SHEET = issued(settled(TRACKER), "SWP")
START = saved(TRACKER_)
CELLS = {
    ("AS-0001", "barriers"): "No venue",
    ("AS-0001", "area"): "Moon",
    ("AS-0001", "expected_on"): "03/04/27",
    ("AS-0003", "barriers"): "Theirs",
    ("AS-0003", "impact"): "The same",
}


def receipt(cells=CELLS, **options) -> tuple[Receipt, object]:
    tracker = by_hand(START, "assignments", "AS-0003", "barriers", "Secret words of the board")
    tracker = by_hand(tracker, "assignments", "AS-0003", "impact", "The same")
    tracker = by_hand(tracker, "assignments", "AS-0002", "barriers", "Secret words of the council")
    outcome = merge(tracker, context(), [answered(SHEET, cells, **options)])
    (made,) = outcome.documents
    return made, saved(tracker, outcome.edits)


def test_each_cell_stands_under_what_became_of_it_the_agencys_own_work_first():
    made, _ = receipt()
    assert {(line.key, line.column, line.outcome) for line in made.lines} == {
        ("AS-0001", "Barriers", APPLIED),
        ("AS-0001", "Area", REFUSED),
        ("AS-0001", "Expected on", REFUSED),
        ("AS-0003", "Barriers", WAITING),
        ("AS-0003", "Impact", THERE),
    }
    assert [line.outcome for line in made.lines] == [REFUSED, REFUSED, WAITING, APPLIED, THERE]
    assert made.read == made.counts.read


def test_it_names_the_cell_the_agency_typed_in_and_says_how_to_put_it_right():
    made, _ = receipt()
    line = next(line for line in made.lines if line.column == "Expected on")
    assert line.where.startswith("Assignments!")
    assert line.returned == "03/04/27"
    assert "more than one date" in line.why
    assert "Did you mean 2027-04-03?" in line.cure


def test_no_words_of_the_tracker_or_of_another_agency_are_in_it():
    made, _ = receipt()
    text = receipt_text(made)
    book = read_book(build_receipt(made, "Summary"))
    cells = " ".join(str(cell) for sheet in book.sheets.values() for row in sheet.grid for cell in row)
    for words in (text, cells):
        assert "Secret" not in words
        assert "Theirs" in words
        assert "No venue" in words


def test_its_log_head_proves_the_log_that_holds_this_merge():
    made, after = receipt()
    assert made.log_head[0] == len(after["change-log"])
    assert verify(after, made.log_head).report.faults == ()
    assert f"Log head: {made.log_head[0]} {made.log_head[1]}" in receipt_text(made)


def test_a_refused_file_gets_a_receipt_that_says_why_and_that_nothing_was_read():
    made, _ = receipt(carrier={**SHEET.carrier, "signature": "0"})
    assert made.refused
    text = receipt_text(made)
    assert "Nothing of it was read" in text
    assert "was changed or damaged" in text
    assert REASONS["bad-signature"].cure in text


def test_a_file_that_could_not_be_read_at_all_is_addressed_to_nobody():
    finding = Finding("X105", "damaged-file", "error", "A.xlsx is damaged", file="A.xlsx")
    outcome = merge(START, context(), [ReturnResult("A.xlsx", state="refused", findings=[finding])])
    text = receipt_text(outcome.documents[0])
    assert "To: whom it concerns" in text
    assert "A.xlsx is damaged." in text


REJECTING = ("R302", "R303", "R304", "R307", "R401", "R402", "X202")


@pytest.mark.parametrize("name", [name for name, reason in REASONS.items() if reason.code in REJECTING])
def test_every_reason_to_reject_says_how_to_put_it_right(name):
    assert REASONS[name].cure.endswith(".")


def test_a_receipt_says_when_and_for_whom():
    made, _ = receipt()
    assert made.at == datetime(2027, 3, 31, 9, tzinfo=UTC)
    assert "To: South Wales Police (sample)" in receipt_text(made)
