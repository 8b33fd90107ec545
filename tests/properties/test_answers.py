"""A child process sends an agency's answers alone: nothing that a merge says or does may hang on what it leaves out."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cvsb_xl.framework.load import load_framework
from cvsb_xl.merge.answers import answers_alone
from cvsb_xl.merge.returned import Return
from cvsb_xl.xlsx.return_wire import issued_columns, return_from_json, return_to_json
from tests.properties.test_merge import BOTH, SWP, answers, edited, manager_edits, many
from tests.rounds import answered, merged, tables_of

COLUMNS = issued_columns(load_framework())


def sent(ret: Return) -> Return:
    """The return as it reaches the parent."""
    return return_from_json(return_to_json(answers_alone(ret)), ret.file, COLUMNS)


def rows_moved(ret: Return, ways: list[str]) -> Return:
    """The return with rows missing, twice, without a key, or under another row's key."""
    table = ret.tables["assignments"]
    rows = list(table.rows)
    for way in ways:
        if way == "missing":
            rows = rows[:-1]
        elif way == "twice" and rows:
            rows.append(rows[0])
        elif way == "no key" and rows:
            rows[0] = replace(rows[0], key="")
        elif way == "swapped" and len(rows) > 1:
            rows[:2] = [replace(rows[0], key=rows[1].key), replace(rows[1], key=rows[0].key)]
    return replace(ret, tables={**ret.tables, "assignments": replace(table, rows=tuple(rows))})


@given(
    answers("SWP"),
    manager_edits,
    st.lists(st.sampled_from(["missing", "twice", "no key", "swapped"]), max_size=2),
)
@many
def test_answers_alone_merge_as_the_whole_return_does(typed, edits, ways):
    ret = rows_moved(answered(SWP, typed), ways)
    start = edited(BOTH, edits)
    tracker, report = merged(start, ret)
    other_tracker, other_report = merged(start, sent(ret))
    assert other_report == report
    assert tables_of(other_tracker) == tables_of(tracker)


@given(answers("SWP"))
@many
def test_a_return_comes_through_the_wire_as_it_went(typed):
    ret = answered(SWP, typed)
    assert return_from_json(return_to_json(ret), ret.file, COLUMNS) == ret


def test_an_untouched_return_sends_no_cell_of_an_issued_row():
    rows = sent(answered(SWP, {})).tables["assignments"].rows
    assert rows
    assert not any(row.cells for row in rows)


def test_a_return_whose_base_is_gone_or_damaged_is_sent_whole():
    whole = answered(SWP, {})
    for carrier in (
        {},
        {**whole.carrier, "base-1": "null"},
        {**whole.carrier, "base-1": "[1"},
        {**whole.carrier, "parts": "x"},
    ):
        damaged = replace(whole, carrier=carrier)
        assert answers_alone(damaged) == damaged
