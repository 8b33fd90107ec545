"""A child process sends an agency's answers alone: nothing that a merge says or does may hang on what it leaves out."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from cvsb_xl.framework.load import load_framework
from cvsb_xl.merge.returned import Return
from cvsb_xl.tracker.values import RawValue
from cvsb_xl.xlsx.return_wire import issued_columns, return_from_json, return_to_json
from tests.properties.test_merge import BOTH, SWP, answers, edited, manager_edits, many
from tests.rounds import answered, merged, tables_of

COLUMNS = issued_columns(load_framework())
Grids = dict[str, list[list[RawValue]]]


def sent(ret: Return) -> Return:
    """The return as it reaches the parent."""
    return return_from_json(return_to_json(ret), ret.file, COLUMNS)


def moved(ways: list[str]) -> Callable[[Grids], None]:
    """Rows missing, twice, without a key, or under another row's key; a column gone."""

    def edit(grids: Grids) -> None:
        for way in ways:
            rows = grids["Assignments"]
            if way == "missing":
                del rows[-1]
            elif way == "twice":
                rows.append(list(rows[1]))
            elif way == "no key":
                rows[1][0] = None
            elif way == "swapped" and len(rows) > 2:
                rows[1][0], rows[2][0] = rows[2][0], rows[1][0]
            elif way == "column gone":
                for row in rows:
                    del row[3]

    return edit


WAYS = st.lists(st.sampled_from(["missing", "twice", "no key", "swapped", "column gone"]), max_size=2)
FORMULAS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 20)), max_size=2)


@given(answers("SWP"), manager_edits, WAYS, FORMULAS)
@many
def test_answers_alone_merge_as_the_whole_return_does(typed, edits, ways, formulas):
    start = edited(BOTH, edits)
    said = {"edit": moved(ways), "formulas": {"Assignments": formulas}}
    tracker, report = merged(start, answered(SWP, typed, **said))
    other_tracker, other_report = merged(start, sent(answered(SWP, typed, answers_alone=True, **said)))
    assert other_report == report
    assert tables_of(other_tracker) == tables_of(tracker)
    assert [row["digest"] for row in other_tracker["returns"]] == [
        row["digest"] for row in tracker["returns"]
    ]


@given(answers("SWP"))
@many
def test_a_return_comes_through_the_wire_as_it_went(typed):
    ret = answered(SWP, typed)
    assert sent(ret) == ret


def test_an_untouched_return_sends_no_cell_of_an_issued_row():
    rows = answered(SWP, {}, answers_alone=True).tables["assignments"].rows
    assert rows
    assert not any(row.cells for row in rows)


def test_a_return_whose_base_is_gone_or_damaged_is_sent_whole():
    for lost in (
        {"base-1": "null"},
        {"base-1": "[1"},
        {"base-1": '{"columns": {}, "base": {"assignments": {}}}'},
        {"parts": "x"},
    ):
        carrier = {**SWP.carrier, **lost}
        assert answered(SWP, {}, carrier=carrier, answers_alone=True) == answered(SWP, {}, carrier=carrier)
    assert answered(SWP, {}, carrier={}, answers_alone=True) == answered(SWP, {}, carrier={})
