"""The merge's report as a Review Manager reads it, and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from cvsb_xl.merge.result import MergeReport
from cvsb_xl.outputs.merge_json import merge_json
from cvsb_xl.outputs.merge_text import merge_text
from tests.merge.tracker import TRACKER
from tests.rounds import answered, by_hand, grids, issued, merged, settled

WITH_SWP, SWP = issued(settled(TRACKER), "SWP")
START, CC = issued(WITH_SWP, "CC")


def _report(*returns) -> MergeReport:
    return merged(by_hand(START, "assignments", "AS-0003", "barriers", "The manager's words"), *returns)[1]


def _text(*returns, dry_run: bool = False, receipts: str = "") -> str:
    return merge_text(_report(*returns), "Tracker.xlsx", dry_run=dry_run, receipts=receipts)


def test_it_says_in_which_rows_an_agency_wrote_and_what_it_asks_of_the_board():
    text = _text(
        answered(
            SWP,
            {
                ("AS-0001", "progress"): "Proposed complete",
                ("AS-0001", "evidence"): "Protocol v1",
                ("AS-0003", "help_needed"): "Yes",
                ("AS-0003", "extension_requested_to"): "31 May 2027",
            },
        )
    )
    assert "taken over in 2 rows: AS-0001 (proposed complete) and AS-0003 (" in text
    assert "asks for help" in text
    assert "asks for more time, to 31 May 2027" in text
    assert "Help is asked for in AS-0003" in text
    assert "New for the Delivery Group: AS-0001" in text
    assert "Next: cvsb ratify Tracker.xlsx --out" in text


def test_an_emptied_cell_that_was_taken_over_is_named_with_what_it_held():
    text = _text(answered(SWP, {("AS-0003", "progress"): None}))
    assert 'emptied 1 cell: AS-0003 progress, was "In progress"' in text
    assert "1 cell emptied that held something" in text.partition("Look at first")[2]


def test_a_reason_stands_once_for_the_cells_of_a_row_with_what_each_side_holds():
    text = _text(
        answered(
            SWP, {("AS-0003", "barriers"): "Theirs", ("AS-0001", "area"): "Moon", ("AS-0001", "role"): "Boss"}
        )
    )
    assert (
        text.count("This cell is not the agency's to change.") == 2
    )  # with the row, and in what to look at first
    assert 'area: "Moon" returned' in text
    assert 'barriers: "Theirs" returned, the tracker holds "The manager\'s words"' in text
    assert "save it, close it, then: cvsb resolve Tracker.xlsx" in text


def test_five_things_are_named_first_by_weight_and_the_rest_counted():
    def rename(found):
        found["Assignments"][0][found["Assignments"][0].index("Impact")] = "Result"

    cells = {
        ("AS-0001", "area"): "Moon",
        ("AS-0001", "expected_on"): "soon",
        ("AS-0003", "barriers"): "Theirs",
        ("AS-0003", "progress"): None,
        ("AS-0003", "evidence"): None,
        ("AS-0001", "help_needed"): "Yes",
    }
    refused = answered(CC, carrier={**CC.carrier, "signature": "0"}, file="broken.xlsx")
    text = _text(refused, answered(SWP, cells, edit=rename))
    first = text.partition("Look at first:\n")[2].partition("\n\n")[0].splitlines()
    assert len(first) == 6
    assert first[0].startswith("  1. broken.xlsx was refused: the hidden sheet")
    assert "heading" in first[1]
    assert "not accepted" in first[2]
    assert "not accepted" in first[3]
    assert "waits for a decision" in first[4]
    assert first[5].startswith("  and ")
    assert first[5].endswith("more, above")


def test_a_row_that_is_not_used_shows_what_stands_in_it_so_that_nothing_is_hidden():
    def add(found):
        row = [None] * len(found["Assignments"][0])
        row[found["Assignments"][0].index("Barriers")] = "Please ring me about AS-0001"
        found["Assignments"].append(row)

    text = _text(answered(SWP, edit=add))
    assert "rejected 1 cell of a row without ID: " in text
    assert '"Please ring me about AS-0001"' in text


def test_the_receipts_folder_is_named_where_there_is_one_and_offered_where_there_is_none():
    answer = answered(SWP, {("AS-0001", "area"): "Moon"})
    assert "the receipts in out tell each agency" in _text(answer, receipts="out")
    assert "--receipts FOLDER writes receipts" in _text(answer)


def test_a_dry_run_says_so_and_nothing_of_what_comes_next():
    text = _text(answered(SWP, {("AS-0003", "barriers"): "Theirs"}), dry_run=True)
    assert text.endswith("Dry run: nothing was changed.")


def test_the_json_has_the_fields_of_the_contract_and_says_what_a_value_may_have_meant():
    report = json.loads(
        json.dumps(merge_json(_report(answered(SWP, {("AS-0001", "expected_on"): "03/04/27"}))))
    )
    assert list(report) == ["read", "applied", "unchanged", "conflicts", "rejected", "returns"]
    (item,) = report["returns"]
    assert list(item) == [
        "file", "sheet_id", "agency", "state", "read", "applied", "unchanged", "conflicts", "rejected", "findings", "cells",
    ]  # fmt: skip
    (cell,) = item["cells"]
    assert cell == {
        "table": "Assignments", "key": "AS-0001", "field": "expected_on", "outcome": "rejected", "reason": "bad-value",
        "code": "D101", "base": None, "tracker": None, "returned": "03/04/27", "returned_cell": cell["returned_cell"],
        "tracker_cell": cell["tracker_cell"], "detail": '"03/04/27" can be read as more than one date', "proposal": "2027-04-03",
    }  # fmt: skip
    assert cell["returned_cell"].startswith("Assignments!")
    assert len(grids(SWP)["Assignments"]) == 3


def test_rows_that_did_not_come_back_are_told_in_one_line():
    text = _text(answered(SWP, edit=lambda found: found["Assignments"].__delitem__(slice(1, None))))
    assert text.count("R301") == 1
    assert (
        text.count("nothing of it was changed (AS-0001 and AS-0003)") == 2
    )  # with the file, and under what to look at first


def test_a_nil_return_says_who_signed_it_off():
    text = _text(replace(answered(SWP), reviewed_by="Pat Sample"))
    assert "reviewed by Pat Sample, says its first page" in text


def test_an_older_answer_that_is_set_aside_is_shown():
    newer = answered(
        SWP, {("AS-0001", "barriers"): "Newer words"}, modified="2027-03-31T11:00:00Z", file="b.xlsx"
    )
    older = answered(
        SWP, {("AS-0001", "barriers"): "Older words"}, modified="2027-03-31T10:00:00Z", file="a.xlsx"
    )
    tracker, _ = merged(START, newer)
    text = merge_text(merged(tracker, older)[1], "Tracker.xlsx", dry_run=False)
    assert "set aside 1 cell, since a newer return of SWP stands" in text
    assert '(AS-0001 barriers) "Older words"' in text
    assert (
        "No action changed: the tracker already holds the rest; what is set aside above has a newer answer."
        in text
    )


def test_many_refused_files_take_one_line_so_that_what_else_there_is_can_be_seen():
    refused = [
        answered(CC, carrier={**CC.carrier, "signature": "0"}, file=f"broken {n}.xlsx") for n in range(7)
    ]
    text = _text(*refused, answered(SWP, {("AS-0001", "expected_on"): "03/04/27"}))
    first = text.split("Look at first:\n")[1].splitlines()
    assert first[0].startswith(
        "  1. 7 files were refused, each with its reason above: broken 0.xlsx, broken 1.xlsx,"
    )
    assert first[0].endswith("and 2 more")
    assert first[1].startswith("  2. SWP.xlsx: 1 cell was not accepted.")
