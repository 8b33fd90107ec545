"""A check never stops on a tracker that people have worked in: sheets and headings missing, cells holding anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvsb_xl.framework.load import load_framework
from cvsb_xl.tracker.tables import TableData, Tracker, tracker_of
from cvsb_xl.tracker.values import CellError, RawValue
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.fix import edits_of, fixes
from cvsb_xl.verbs.new import new_tracker
from cvsb_xl.verbs.outcome import Context

FRAMEWORK = load_framework()
CONTEXT = Context(now=datetime(2027, 1, 15, 9, tzinfo=UTC))
SAMPLE = new_tracker(FRAMEWORK, CONTEXT, sample=True)
INPUT = [name for name, table in FRAMEWORK.tables.items() if table.kind == "input"]


@pytest.mark.parametrize("name", FRAMEWORK.tables)
def test_a_missing_sheet_is_one_finding_and_stops_no_other_rule(name: str) -> None:
    tracker = SAMPLE.with_table(name, TableData(FRAMEWORK[name], found=False))
    found = check(tracker, CONTEXT).findings
    assert [item.table for item in found if item.code == "F101"] == [name]


@pytest.mark.parametrize("name", INPUT)
def test_missing_headings_are_named_and_stop_no_other_rule(name: str) -> None:
    data = SAMPLE[name]
    bare = replace(
        data,
        columns={},
        rows=tuple(replace(row, values={}, faults={}, untidy={}) for row in data.rows),
    )
    found = check(SAMPLE.with_table(name, bare), CONTEXT).findings
    missing = {item.field for item in found if item.code in ("F102", "F104") and item.table == name}
    assert missing == set(FRAMEWORK[name].by_name)


CELLS: st.SearchStrategy[RawValue] = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.integers(-10, 10**10),
    st.floats(allow_nan=True),
    st.booleans(),
    st.dates(date(1890, 1, 1), date(2200, 1, 1)),
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - a cell has no zone
    st.sampled_from(
        [CellError("#REF!"), "SWP", "A-0001", "Yes", "Proposed complete", "Ratified", "Complete", "RV-0001"]
    ),
)


@st.composite
def trackers(draw: st.DrawFn) -> Tracker:
    """Return a tracker whose input tables hold anything."""
    rows = {}
    for name in draw(st.lists(st.sampled_from(INPUT), unique=True, max_size=5)):
        fields = [item.name for item in FRAMEWORK[name].fields]
        row = st.dictionaries(st.sampled_from(fields), CELLS, max_size=8)
        rows[name] = draw(st.lists(row, max_size=3))
    return tracker_of(FRAMEWORK, rows)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trackers())
def test_whatever_the_cells_hold_each_finding_has_a_place_and_words(tracker: Tracker) -> None:
    for item in check(tracker, CONTEXT).findings:
        what, _, ways = item.message.partition("\n")
        assert what
        assert ways
        assert item.sheet
        assert item.cell


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trackers())
def test_fixes_touch_no_cell_that_could_not_be_read_and_no_computed_one(tracker: Tracker) -> None:
    for edit in edits_of(fixes(tracker)):
        row = next(row for row in tracker[edit.table] if row.number == edit.row)
        assert edit.field not in row.faults
        assert tracker[edit.table].schema[edit.field].owner != "computed"
        assert row[edit.field] is not None
