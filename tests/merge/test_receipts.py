"""A receipt says what became of each cell, why, and how to put it right - and nobody else's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cvsb_xl.books.receipt_book import build_receipt
from cvsb_xl.commands.merge import receipt_files
from cvsb_xl.merge.reasons import REASONS
from cvsb_xl.merge.receipt import APPLIED, REFUSED, SETTLED, THERE, WAITING, Receipt
from cvsb_xl.merge.result import ReturnResult
from cvsb_xl.outputs.receipt_text import receipt_text, summary
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.verbs.log import verify
from cvsb_xl.verbs.merge import merge
from cvsb_xl.xlsx.read import read_book
from tests.merge.tracker import TRACKER
from tests.rounds import answered, by_hand, column_of, context, grids, issued, settled
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
    assert "Did you mean 3 April 2027?" in line.cure


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
    assert REASONS["bad-signature"].sentence in text
    assert REASONS["bad-signature"].cure in text


def test_a_file_that_could_not_be_read_at_all_is_addressed_to_nobody():
    finding = Finding("X105", "damaged-file", "error", "A.xlsx is damaged", file="A.xlsx")
    outcome = merge(START, context(), [ReturnResult("A.xlsx", state="refused", findings=[finding])])
    text = receipt_text(outcome.documents[0])
    assert "To: whom it concerns" in text
    assert "A.xlsx is damaged." in text


@pytest.mark.parametrize(
    "name", [name for name, reason in REASONS.items() if not reason.code.startswith("R9")]
)
def test_every_reason_says_what_the_agency_can_do_and_be_it_nothing(name):
    assert REASONS[name].cure.endswith(".")


def test_a_receipt_says_when_and_for_whom():
    made, _ = receipt()
    assert made.at == datetime(2027, 3, 31, 9, tzinfo=UTC)
    assert "To: South Wales Police (sample)" in receipt_text(made)


def test_what_was_found_of_a_file_is_told_to_the_agency_not_in_the_words_for_the_review_manager():
    made, _ = receipt(
        {("AS-0001", "barriers"): "No venue"},
        edit=lambda grids: grids["Assignments"][0].__setitem__(0, "Ref"),
    )
    text = receipt_text(made)
    assert "Assignments, Assignment ID: A heading is missing or was renamed" in text
    assert "Put the heading back as it was issued and send the sheet again." in text
    assert "ask the agency" not in text
    assert "merge the file again" not in text


@pytest.mark.parametrize(
    ("cells", "begins"),
    [
        ({}, "Thank you. Nothing was new in it"),
        ({("AS-0001", "barriers"): "No venue"}, "Thank you. All of it has been taken over"),
        ({("AS-0003", "barriers"): "Theirs"}, "Thank you. Nothing more is needed from you now"),
        ({("AS-0001", "area"): "Moon"}, "1 cell could not be accepted: please see below"),
    ],
)
def test_it_begins_with_what_matters_to_the_agency(cells, begins):
    made, _ = receipt(cells)
    assert summary(made).startswith(begins)
    counts = made.counts
    assert (
        f"{counts.applied} taken over, {counts.unchanged} unchanged, {counts.conflicts} waiting for a decision and "
        f"{counts.rejected} not accepted." in summary(made)
    )


def test_dates_are_in_words_and_a_formula_is_called_one():
    column = column_of(SHEET, "Assignments", "barriers") + 1
    row = next(at for at, line in enumerate(grids(SHEET)["Assignments"], 1) if line[0] == "AS-0001")
    made, _ = receipt(
        {("AS-0001", "barriers"): 7, ("AS-0003", "expected_on"): "31 Mawrth 2027"},
        formulas={"Assignments": [(row, column)]},
    )
    assert {(line.key, line.returned) for line in made.lines} == {
        ("AS-0001", "a formula, showing 7"),
        ("AS-0003", "31 March 2027"),
    }


def test_a_welsh_sheets_receipt_names_its_columns_and_list_values_as_the_sheet_does():
    tracker, sheet = issued(replace(TRACKER_, meta=TRACKER_.meta | {"language": "cy"}), "SWP")
    answer = answered(sheet, {("AS-0001", "progress"): "ar y gweill", ("AS-0001", "help_needed"): "Oes"})
    (made,) = merge(tracker, context(), [answer]).documents
    assert {(line.column, line.returned) for line in made.lines} == {
        ("Cynnydd", "Ar y gweill"),
        ("Angen cymorth", "Ydy"),
    }


def test_a_receipt_is_never_replaced_by_a_later_one(tmp_path):
    made, _ = receipt()
    first = receipt_files(tmp_path, [made, made])
    assert sorted(path.name for path in first) == [
        "SWP-receipt-2027-03-31-0900-2.txt",
        "SWP-receipt-2027-03-31-0900-2.xlsx",
        "SWP-receipt-2027-03-31-0900.txt",
        "SWP-receipt-2027-03-31-0900.xlsx",
    ]
    for path, data in first.items():
        path.write_bytes(data)
    assert not first.keys() & receipt_files(tmp_path, [made]).keys()


def test_rows_that_did_not_come_back_are_told_in_one_line():
    made, _ = receipt({}, edit=lambda found: found["Assignments"].__delitem__(slice(1, None)))
    (note, _), *_rest = made.notes
    assert note.startswith("Assignments, AS-0001 and AS-0003: A row that was issued did not come back.")


def test_a_nil_return_is_thanked_for_by_name_and_remarks_are_pointed_at():
    answer = replace(answered(SHEET), reviewed_by="Pat Sample")
    (made,) = merge(START, context(), [answer]).documents
    assert summary(made).startswith(
        "Thank you. Pat Sample looked through it and nothing has changed: that is noted."
    )
    made, _ = receipt({}, edit=lambda found: found["Assignments"].__delitem__(slice(1, None)))
    assert "Please read the remarks below." in summary(made)


def test_cells_refused_for_one_reason_stand_together_and_the_reason_once():
    made, _ = receipt({("AS-0001", "area"): "Moon", ("AS-0001", "role"): "Boss", ("AS-0003", "area"): "Mars"})
    assert receipt_text(made).count(REASONS["not-yours"].sentence) == 1


def test_an_older_answer_is_not_said_to_be_there_when_a_newer_one_stands():
    newer = answered(SHEET, {("AS-0001", "barriers"): "Newer words"}, modified="2027-03-31T11:00:00Z")
    tracker = saved(START, merge(START, context(), [newer]).edits)
    older = answered(SHEET, {("AS-0001", "barriers"): "Older words"}, modified="2027-03-31T10:00:00Z")
    (made,) = merge(tracker, context(), [older]).documents
    (line,) = made.lines
    assert (line.outcome, line.returned, line.why) == (SETTLED, "Older words", REASONS["superseded"].sentence)
    assert "where you have said something else since, that stands" in summary(made)
    assert "Settled before (1)" in receipt_text(made)
