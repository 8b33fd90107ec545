"""Edits as steps for a live workbook: what is expected, which rows a table takes in, what is never written over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.errors import CannotDo, NotATracker, UnsupportedWorkbook
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.book import BookTracker, tracker_in
from cvsb_xl.hosts.steps import Expect, Grow, LinkCell, Put, Show, Shrink, Unlink, steps_of
from cvsb_xl.tracker.edits import AppendRow, Edit, Link, ReplaceRows, ShowSheet, set_cell
from cvsb_xl.xlsx.read import Book, Sheet, read_book
from tests.markdown import tracker_from
from tests.merge.tracker import TRACKER
from tests.rounds import META


def opened(change: dict[str, Sheet] | None = None) -> tuple[Book, BookTracker]:
    data = build_tracker(tracker_from(TRACKER, META), date(2027, 3, 31))
    book = read_book(data)
    book = Book({**book.sheets, **(change or {})})
    return book, tracker_in(book, "Tracker.xlsx", load_framework())


def steps(*edits: Edit) -> list[object]:
    """The steps of the tables themselves; the hidden sheets follow in every save."""
    book, tracker = opened()
    found = steps_of(book, tracker, edits)
    hidden = [step for step in found if step.sheet in ("_cvsb", "_last")]
    assert hidden
    return [step for step in found if step not in hidden]


def test_no_edits_are_no_steps() -> None:
    book, tracker = opened()
    assert steps_of(book, tracker, []) == []


def test_a_cell_is_expected_to_hold_what_was_read_and_then_written() -> None:
    _, tracker = opened()
    data = tracker.tracker["actions"]
    edit = set_cell(data, data.by_key["A-0002"], "measure", "Report read")
    column = data.columns["measure"]
    assert steps(edit) == [
        Expect("Actions", 6, column, "Audit report"),
        Put("Actions", 6, column, (("Report read",),)),
    ]


def test_a_table_grows_by_the_rows_that_do_not_fit_and_formulas_are_left_to_the_table() -> None:
    found = steps(*(AppendRow("actions", {"action_id": f"A-{number}", "action": "New"}) for number in (8, 9)))
    book, tracker = opened()
    data = tracker.tracker["actions"]
    width = len(data.columns)
    assert Grow("Actions", "Actions", 6, 1, width, 4, 6, 8) in found
    assert [step for step in found if isinstance(step, Expect)] == [
        Expect("Actions", 7, 1, None),
        Expect("Actions", 8, 1, None),
    ]
    written = {
        step.column + at for step in found if isinstance(step, Put) for at in range(len(step.values[0]))
    }
    live = {data.columns[item.name] for item in data.schema.fields if item.live}
    assert live
    assert written == set(range(1, width + 1)) - live
    assert book.sheets["Actions"].formulas


def test_an_empty_table_takes_its_first_row_into_its_blank_one() -> None:
    found = steps(AppendRow("learning", {"learning_id": "L-1"}))
    assert not any(isinstance(step, Grow) for step in found)
    assert Expect("Learning", 5, 1, None) in found


def test_a_generated_sheet_grows_shrinks_and_gets_its_links() -> None:
    rows = [{"number": number, "message": "m"} for number in (1, 2, 3)]
    found = steps(
        ReplaceRows("findings", rows, {(1, "where"): Link("Actions", "F6")}),
        ShowSheet("findings", visible=True),
    )
    assert [type(step) for step in found if not isinstance(step, Expect)] == [
        Grow,
        Put,
        Unlink,
        LinkCell,
        Show,
    ]
    assert LinkCell("Findings", 6, 4, "'Actions'!F6") in found
    fewer = steps(ReplaceRows("actions", [{"action_id": "A-1"}]))
    assert any(isinstance(step, Shrink) and (step.last_row, step.new_last_row) == (6, 5) for step in fewer)


def test_what_stands_below_a_table_is_never_written_over() -> None:
    book, _ = opened()
    sheet = book.sheets["Actions"]
    note: list[object] = ["a note", *[None] * (len(sheet.grid[0]) - 1)]
    book, tracker = opened({"Actions": replace(sheet, grid=[*sheet.grid, note])})  # type: ignore[list-item]
    with pytest.raises(
        UnsupportedWorkbook, match="Something stands below the table on the sheet Actions, in A7"
    ):
        steps_of(book, tracker, [AppendRow("actions", {"action_id": "A-9"})])


def test_a_row_that_would_lose_a_value_and_a_sheet_that_is_gone_are_refused() -> None:
    book, _ = opened()
    sheet = book.sheets["Actions"]
    head = [None if cell == "Success measure" else cell for cell in sheet.grid[3]]
    book, tracker = opened({"Actions": replace(sheet, grid=[*sheet.grid[:3], head, *sheet.grid[4:]])})
    with pytest.raises(CannotDo, match="'Success measure' is missing"):
        steps_of(book, tracker, [AppendRow("actions", {"action_id": "A-9", "measure": "lost"})])
    book, tracker = opened()
    tracker = replace(
        tracker, sheets={name: own for name, own in tracker.sheets.items() if name != "learning"}
    )
    with pytest.raises(NotATracker, match="the sheet Learning is missing"):
        steps_of(book, tracker, [AppendRow("learning", {"learning_id": "L-9"})])
