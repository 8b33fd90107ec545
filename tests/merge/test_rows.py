"""The row table of the merge, line by line, and what happens to whole files."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cvsb_xl.merge.envelope import BadEnvelope, open_seal
from cvsb_xl.tracker.edits import ReplaceRows, fold
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.merge import merge
from tests.merge.tracker import TRACKER
from tests.rounds import (
    META,
    TODAY,
    answered,
    by_hand,
    column_of,
    context,
    issued,
    merged,
    outcomes,
    settled,
    tables_of,
)


@pytest.fixture
def round_() -> tuple[Tracker, object]:
    return issued(settled(TRACKER), "SWP")


def _names(report) -> set[str]:
    return {item.name for result in report.returns for item in result.findings}


def test_sorted_rows_moved_columns_and_extra_ones_merge_as_ever(round_):
    tracker, sheet = round_

    def shuffle(grids):
        grid = grids["Assignments"]
        grids["Assignments"] = [
            [*reversed(row), "my own note" if at else "My column"]
            for at, row in enumerate([grid[0], *reversed(grid[1:])])
        ]
        grids["Assignments"].insert(0, ["A title somebody added"])

    _, report = merged(tracker, answered(sheet, {("AS-0001", "barriers"): "No venue"}, edit=shuffle))
    assert outcomes(report) == {("AS-0001", "barriers", "applied", "applied")}
    (told,) = report.returns[0].findings
    assert (told.name, told.severity) == ("not-read", "hint")
    assert '"my own note"' in told.message


def test_a_row_that_did_not_come_back_is_never_a_deletion(round_):
    tracker, sheet = round_
    after, report = merged(tracker, answered(sheet, edit=lambda grids: grids["Assignments"].pop(1)))
    assert _names(report) == {"row-missing"}
    assert report.counts.unchanged == report.read
    assert tables_of(after)["assignments"] == tables_of(tracker)["assignments"]


def test_a_sheet_that_did_not_come_back_is_a_finding_and_its_rows_are_unchanged(round_):
    tracker, sheet = round_
    _, report = merged(tracker, answered(sheet, edit=lambda grids: grids.pop("Assignments")))
    assert _names(report) == {"sheet-missing"}
    assert report.counts.unchanged == report.read


def test_a_renamed_heading_is_a_finding_that_names_it_and_the_other_columns_merge(round_):
    tracker, sheet = round_

    def rename(grids):
        grids["Assignments"][0][column_of(sheet, "Assignments", "evidence")] = "Evidense"

    answer = answered(
        sheet, {("AS-0001", "barriers"): "No venue", ("AS-0001", "evidence"): "Lost?"}, edit=rename
    )
    _, report = merged(tracker, answer)
    assert outcomes(report) == {("AS-0001", "barriers", "applied", "applied")}
    found, told = report.returns[0].findings
    assert (found.name, told.name) == ("heading-missing", "not-read")
    assert '"Lost?"' in told.message
    assert '"Evidence"' in found.message
    assert '"Evidense"' in found.message


def test_a_renamed_id_heading_does_not_stop_the_rows_from_being_known_by_their_ids(round_):
    tracker, sheet = round_

    def rename(grids):
        grids["Assignments"][0][0] = "Ref"

    _, report = merged(tracker, answered(sheet, {("AS-0001", "barriers"): "No venue"}, edit=rename))
    assert outcomes(report) == {("AS-0001", "barriers", "applied", "applied")}
    assert _names(report) == {"heading-missing"}


def test_a_row_that_left_the_tracker_is_noted_and_its_edits_wait_for_a_person(round_):
    tracker, sheet = round_
    data = tracker["assignments"]
    kept = tuple(row for row in data if row["assignment_id"] != "AS-0003")
    # The action goes too, or `update` would make its assignment anew.
    actions = tracker["actions"]
    tracker = tracker.with_table("assignments", replace(data, rows=kept))
    tracker = tracker.with_table(
        "actions", replace(actions, rows=tuple(row for row in actions if row["action_id"] != "A-0002"))
    )
    _, report = merged(tracker, answered(sheet, {("AS-0003", "barriers"): "Still here"}))
    assert outcomes(report) == {("AS-0003", "barriers", "conflict", "edited-after-removal")}
    _, quiet = merged(tracker, answered(sheet))
    assert not outcomes(quiet)


def test_a_row_added_where_agencies_add_none_is_rejected_cell_by_cell(round_):
    tracker, sheet = round_

    def add(grids):
        row = [None] * len(grids["Assignments"][0])
        row[0], row[column_of(sheet, "Assignments", "barriers")] = "AS-9999", "Our own idea"
        grids["Assignments"].append(row)

    _, report = merged(tracker, answered(sheet, edit=add))
    assert outcomes(report) == {("AS-9999", "barriers", "rejected", "new-row")}


def test_a_row_whose_id_was_deleted_is_rejected_and_its_base_row_unchanged(round_):
    tracker, sheet = round_

    def blank(grids):
        grids["Assignments"][1][0] = None

    after, report = merged(tracker, answered(sheet, {("AS-0003", "barriers"): "Typed"}, edit=blank))
    assert {cell[2:] for cell in outcomes(report)} == {("rejected", "key-blank")}
    assert "row-missing" in _names(report)
    assert tables_of(after)["assignments"] == tables_of(tracker)["assignments"]


def test_a_row_that_stands_twice_is_rejected_both_times_with_each_address(round_):
    tracker, sheet = round_

    def copy(grids):
        again = list(grids["Assignments"][1])
        again[column_of(sheet, "Assignments", "barriers")] = "In the copy"
        grids["Assignments"].append(again)

    after, report = merged(tracker, answered(sheet, edit=copy))
    assert {cell[2:] for cell in outcomes(report)} == {("rejected", "key-twice")}
    places = {item.cell for item in report.returns[0].findings if item.name == "key-twice"}
    assert len(places) == 2
    assert tables_of(after)["assignments"] == tables_of(tracker)["assignments"]


def test_another_agencys_row_is_rejected_and_the_trackers_words_are_shown_to_nobody(round_):
    tracker, sheet = round_
    tracker = by_hand(tracker, "assignments", "AS-0002", "barriers", "Secret words of the council")

    def paste(grids):
        row = [None] * len(grids["Assignments"][0])
        row[0], row[column_of(sheet, "Assignments", "barriers")] = "AS-0002", "Meddling"
        grids["Assignments"].append(row)

    _, report = merged(tracker, answered(sheet, edit=paste))
    assert outcomes(report) == {("AS-0002", "barriers", "rejected", "not-yours")}
    assert report.returns[0].cells[0].tracker is None
    assert report.returns[0].cells[0].tracker_cell is None


def test_an_own_row_that_was_not_issued_is_nothing_when_equal_and_a_clash_when_not():
    closed = TRACKER + (
        "\n## Decisions\n| decision_id | body | meeting_on | action_id | proposal | decision |\n|---|---|---|---|---|---|\n"
        "| D-0001 | Delivery Group | 2027-03-01 | A-0002 | Complete | Ratified |\n"
    )
    tracker, sheet = issued(settled(closed), "SWP")
    assert "AS-0003" not in [row["assignment_id"] for row in sheet.tables[0].rows]

    def paste(grids, words):
        row = [None] * len(grids["Assignments"][0])
        row[0] = "AS-0003"
        row[column_of(sheet, "Assignments", "evidence")] = words
        grids["Assignments"].append(row)

    _, same = merged(tracker, answered(sheet, edit=lambda grids: paste(grids, "Draft audit")))
    assert not outcomes(same)
    _, other = merged(tracker, answered(sheet, edit=lambda grids: paste(grids, "Another audit")))
    assert outcomes(other) == {("AS-0003", "evidence", "conflict", "key-clash")}


# Rows that agencies may add


def _shared(sheet, **cells):
    spare = next(table.spare[0] for table in sheet.tables if table.spare)
    values = {
        "review_id": "RV-0001",
        "method": "Case study",
        "audience": "Response officers",
        "reach": 40,
    } | cells
    return spare, {(spare, name): value for name, value in values.items() if value is not None}


def test_a_spare_row_that_was_filled_becomes_a_row_of_the_agency_and_a_second_merge_finds_it(round_):
    tracker, sheet = round_
    spare, cells = _shared(sheet)
    answer = answered(sheet, cells, table="Dissemination")
    after, report = merged(tracker, answer)
    assert report.counts.applied == 4
    row = after["dissemination"].by_key[spare]
    assert (row["agency"], row["review_id"], row["reach"]) == ("SWP", "RV-0001", 40)
    again, report = merged(after, answer)
    assert report.counts.applied == 0
    assert report.returns[0].state == "repeated"
    assert tables_of(again) == tables_of(after)


def test_a_new_row_without_an_id_gets_one_and_a_second_merge_finds_it(round_):
    tracker, sheet = round_

    def add(grids):
        row = [None] * len(grids["Dissemination"][0])
        row[column_of(sheet, "Dissemination", "review_id")] = "RV-0001"
        row[column_of(sheet, "Dissemination", "method")] = "Training"
        grids["Dissemination"].append(row)

    answer = answered(sheet, edit=add)
    after, report = merged(tracker, answer)
    assert report.counts.applied == 2
    assert len(after["dissemination"]) == 1
    again, _ = merged(after, answer)
    assert len(again["dissemination"]) == 1


def test_a_new_row_that_names_no_issued_review_is_rejected_whole(round_):
    tracker, sheet = round_
    _, cells = _shared(sheet, review_id="RV-0999")
    after, report = merged(tracker, answered(sheet, cells, table="Dissemination"))
    assert {cell[2:] for cell in outcomes(report)} == {("rejected", "unknown-review")}
    assert not after["dissemination"].rows


def test_one_bad_cell_of_a_new_row_is_rejected_and_the_rest_of_it_added(round_):
    tracker, sheet = round_
    spare, cells = _shared(sheet, reach="lots")
    after, report = merged(tracker, answered(sheet, cells, table="Dissemination"))
    assert (spare, "reach", "rejected", "bad-value") in outcomes(report)
    assert after["dissemination"].by_key[spare]["method"] == "Case study"


# Whole files


def _refused(tracker, answer) -> str:
    after, report = merged(tracker, answer)
    (result,) = report.returns
    assert result.state == "refused"
    assert result.read == 0
    assert tables_of(after) == tables_of(tracker)
    return result.findings[0].name


def test_a_sheet_whose_base_was_changed_is_refused(round_):
    tracker, sheet = round_
    carrier = dict(sheet.carrier)
    carrier["base-1"] = carrier["base-1"].replace("Write the protocol", "Write a memo")
    assert carrier["base-1"] != sheet.carrier["base-1"]
    assert _refused(tracker, answered(sheet, carrier=carrier)) == "bad-signature"


@pytest.mark.parametrize("name", ["agency", "sheet_id", "issued_at"])
def test_what_stands_beside_the_base_is_not_believed_either(round_, name):
    _, sheet = round_
    carrier = dict(sheet.carrier) | {name: "CC"}
    if name == "issued_at":  # a label for people: the signed one counts
        assert open_seal(carrier, META["key"]).issued_at == sheet.carrier["issued_at"]
    else:
        with pytest.raises(BadEnvelope):
            open_seal(carrier, META["key"])


def test_another_trackers_sheet_is_refused(round_):
    tracker, sheet = round_
    other = replace(tracker, meta={**META, "tracker_id": "T-OTHER"})
    assert _refused(other, answered(sheet)) == "other-tracker"


def test_the_sheet_of_an_agency_that_is_gone_from_agencies_is_refused(round_):
    tracker, sheet = round_
    data = tracker["agencies"]
    tracker = tracker.with_table(
        "agencies", replace(data, rows=tuple(row for row in data if row["agency"] != "SWP"))
    )
    assert _refused(tracker, answered(sheet)) == "unknown-agency"


def test_rows_pasted_into_a_new_workbook_are_read_but_nothing_is_applied_unasked(round_):
    tracker, sheet = round_
    answer = answered(
        sheet, {("AS-0001", "barriers"): "Typed", ("AS-0003", "progress_update"): "Done"}, carrier={}
    )
    after, report = merged(tracker, answer)
    assert outcomes(report) == {
        ("AS-0001", "barriers", "conflict", "no-base"),
        ("AS-0003", "progress_update", "conflict", "no-base"),
    }
    assert tables_of(after)["assignments"] == tables_of(tracker)["assignments"]
    again, second = merged(after, answer)
    assert outcomes(second) == outcomes(report)
    assert [row.values for row in again["conflicts"]] == [row.values for row in after["conflicts"]]


def test_a_file_that_holds_none_of_the_trackers_rows_is_refused(round_):
    tracker, sheet = round_

    def rename(grids):
        for row in grids["Assignments"][1:]:
            row[0] = "X-" + str(row[0])
        for name in ("Acknowledgements", "Dissemination"):
            grids.pop(name)

    assert _refused(tracker, answered(sheet, carrier={}, edit=rename)) == "not-a-return"


def test_pasted_rows_of_two_agencies_are_refused(round_):
    tracker, sheet = round_

    def paste(grids):
        row = [None] * len(grids["Assignments"][0])
        row[0] = "AS-0002"
        grids["Assignments"].append(row)

    assert _refused(tracker, answered(sheet, carrier={}, edit=paste)) == "several-agencies"


def test_a_sheet_that_this_copy_of_the_tracker_never_issued_applies_nothing_unasked(round_):
    issued_later, sheet = round_
    restored = settled(TRACKER)
    assert not restored["returns"].rows
    assert issued_later["returns"].rows
    after, report = merged(restored, answered(sheet, {("AS-0001", "barriers"): "Typed"}))
    assert outcomes(report) == {("AS-0001", "barriers", "conflict", "other-copy")}
    assert "other-copy" in _names(report)
    assert after["assignments"].by_key["AS-0001"]["barriers"] is None


def test_a_superseded_sheet_is_still_merged_by_its_own_base(round_):
    tracker, early = round_
    tracker, _ = issued(tracker, "SWP")
    assert {row["state"] for row in tracker["returns"]} == {"Superseded", "Issued"}
    after, report = merged(tracker, answered(early, {("AS-0001", "barriers"): "Typed"}))
    assert outcomes(report) == {("AS-0001", "barriers", "applied", "applied")}
    assert after["returns"].by_key[early.sheet_id]["state"] == "Superseded"
    assert after["returns"].by_key[early.sheet_id]["applied"] == 1


def test_merging_the_same_return_again_changes_nothing_and_repeats_its_conflicts(round_):
    tracker, sheet = round_
    tracker = by_hand(tracker, "assignments", "AS-0003", "barriers", "The manager's words")
    answer = answered(
        sheet,
        {
            ("AS-0003", "barriers"): "The agency's words",
            ("AS-0001", "barriers"): "Typed",
            ("AS-0001", "area"): "X",
        },
    )
    once, first = merged(tracker, answer)
    twice, second = merged(once, answer)
    assert {name: data.rows for name, data in twice.tables.items()} == {
        name: data.rows for name, data in once.tables.items()
    }
    assert second.counts.applied == 0
    assert second.counts.conflicts == first.counts.conflicts == 1
    assert second.counts.rejected == first.counts.rejected == 1


def test_the_change_log_has_one_row_for_each_changed_cell_with_the_cell_it_came_from(round_):
    tracker, sheet = round_
    before = len(tracker["change-log"])
    after, _ = merged(tracker, answered(sheet, {("AS-0001", "barriers"): "Typed"}))
    rows = [row for row in after["change-log"].rows[before:] if row["field"] == "barriers"]
    (row,) = rows
    assert (row["table"], row["key"], row["before"], row["after"]) == (
        "Assignments",
        "AS-0001",
        None,
        "Typed",
    )
    assert sheet.sheet_id in row.text("source")
    assert "Assignments!" in row.text("source")


def test_a_return_that_comes_days_later_is_merged_though_today_has_moved_on(round_):
    """Both the verb and its end bring Today up to date; a host gets each generated sheet once."""
    tracker, sheet = round_
    later = TODAY + timedelta(days=9)
    outcome = merge(tracker, context(later), [answered(sheet, {("AS-0001", "barriers"): "Typed"})])
    replaced = [edit.table for edit in fold(tracker.tables, outcome.edits) if isinstance(edit, ReplaceRows)]
    assert "today" in replaced
    assert len(replaced) == len(set(replaced))


# Rows whose own answers were mixed up


def _three_rows() -> tuple[Tracker, object]:
    more = (
        TRACKER.replace(
            "\n## Assignments",
            "| A-0003 | RV-0001 | Hold a workshop | Notes | 2027-06-15 | SWP | Cardiff | |\n\n## Assignments",
        ).replace("\n\n| A-0003", "\n| A-0003")
        + "| AS-0004 | A-0003 | SWP | Cardiff | Lead | In progress | Workshop notes | Staff know more | |\n"
    )
    tracker = by_hand(settled(more), "assignments", "AS-0001", "evidence", "Protocol draft two")
    return issued(tracker, "SWP")


def _mix(names, keys):
    """Give the rows each other's cells in these columns, in a circle."""

    def edit(grids):
        rows = {row[0]: row for row in grids["Assignments"][1:]}
        for name in names:
            at = grids["Assignments"][0].index(name)
            held = [rows[key][at] for key in keys]
            for key, value in zip(keys, held[1:] + held[:1], strict=True):
                rows[key][at] = value

    return edit


def test_own_columns_sorted_without_their_ids_wait_for_a_person_all_of_them():
    tracker, sheet = _three_rows()
    keys = ["AS-0001", "AS-0003", "AS-0004"]
    answer = answered(
        sheet, {("AS-0001", "barriers"): "No venue"}, edit=_mix(["Progress", "Evidence", "Impact"], keys)
    )
    after, report = merged(tracker, answer)
    assert report.counts.applied == 0
    assert "rows-mixed" in _names(report)
    assert ("AS-0001", "barriers", "conflict", "rows-mixed") in outcomes(report)
    assert tables_of(after)["assignments"] == tables_of(tracker)["assignments"]


def test_the_same_words_for_two_rows_are_no_mix_up_nor_is_one_text_moved_to_its_right_row():
    tracker, sheet = _three_rows()
    copied = {
        ("AS-0001", "evidence"): "Draft audit of files",
        ("AS-0003", "evidence"): "Draft audit of files",
    }
    _, report = merged(tracker, answered(sheet, copied))
    assert "rows-mixed" not in _names(report)
    moved = {
        ("AS-0003", "evidence"): "Protocol draft two",
        ("AS-0001", "evidence"): "Another text of its own",
    }
    _, report = merged(tracker, answered(sheet, moved))
    assert report.counts.applied == 2
    assert "rows-mixed" not in _names(report)
