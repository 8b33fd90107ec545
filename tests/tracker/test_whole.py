"""A tracker that lost a sheet or a column is not changed: what is worked out from there would be wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cvsb_xl.errors import NotATracker
from cvsb_xl.tracker.tables import TableData
from cvsb_xl.tracker.whole import require_whole
from cvsb_xl.verbs.finish import finish
from tests.merge.tracker import TRACKER
from tests.rounds import context, settled


def test_a_whole_tracker_may_be_changed():
    require_whole(settled(TRACKER))


def test_a_missing_sheet_is_named_and_no_status_is_worked_out_without_it():
    tracker = settled(TRACKER)
    tracker = tracker.with_table("decisions", TableData(tracker["decisions"].schema, found=False))
    with pytest.raises(NotATracker, match="the sheet Decisions is missing"):
        finish(tracker, [], context(), "update")


def test_a_missing_column_of_the_tables_that_statuses_hang_on_is_named():
    tracker = settled(TRACKER)
    data = tracker["actions"]
    columns = {name: at for name, at in data.columns.items() if name != "due_on"}
    tracker = tracker.with_table("actions", replace(data, columns=columns))
    with pytest.raises(NotATracker, match='the column "Due on" of Actions is missing'):
        require_whole(tracker)


def test_a_missing_column_elsewhere_stops_nothing():
    tracker = settled(TRACKER)
    data = tracker["learning"]
    columns = {name: at for name, at in data.columns.items() if name != "theme"}
    require_whole(tracker.with_table("learning", replace(data, columns=columns)))
