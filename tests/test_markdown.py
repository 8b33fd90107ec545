"""The helper that lets tests show spreadsheets as Markdown."""

from datetime import date

import pytest

from tests.markdown import tables, tracker_from


def test_each_heading_gives_one_table_under_its_resource_name() -> None:
    found = tables(
        """
        ## Actions
        | action_id | Due on     |
        |-----------|:----------:|
        | A-0001    | 2027-03-31 |
        | A-0002    | On going   |

        ## Change log
        | seq |
        |-----|
        """
    )
    assert found == {
        "actions": [
            {"action_id": "A-0001", "due_on": date(2027, 3, 31)},
            {"action_id": "A-0002", "due_on": "On going"},
        ],
        "change-log": [],
    }


def test_empty_cells_are_left_out_and_bars_and_line_breaks_can_be_written() -> None:
    found = tables("## Actions\n| action_id | action | measure |\n|-|-|-|\n| | one<br>two \\| three | |")
    assert found == {"actions": [{"action": "one\ntwo | three"}]}


def test_a_row_with_a_cell_too_many_is_a_fault_of_the_test() -> None:
    with pytest.raises(ValueError, match="2 columns but 3 cells"):
        tables("## Actions\n| action_id | action |\n|-|-|\n| A-1 | b | c |")


def test_a_table_without_a_heading_is_a_fault_of_the_test() -> None:
    with pytest.raises(ValueError, match="heading"):
        tables("| action_id |\n|-|\n| A-1 |")


def test_a_tracker_is_made_of_the_rows_and_a_wrong_column_is_named() -> None:
    tracker = tracker_from("## Actions\n| action_id | due_on |\n|-|-|\n| A-0001 | 2027-03-31 |")
    assert tracker["actions"].by_key["A-0001"]["due_on"] == date(2027, 3, 31)
    with pytest.raises(ValueError, match="actions has no field du_on"):
        tracker_from("## Actions\n| du_on |\n|-|\n| 2027-03-31 |")
