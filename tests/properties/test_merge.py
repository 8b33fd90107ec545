"""What holds of every merge, over random trackers, manager's edits and returns."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.merge.tracker import TRACKER
from tests.rounds import answered, by_hand, issued, merged, outcomes, settled, tables_of

SETTLED = settled(TRACKER)
WITH_SWP, SWP = issued(SETTLED, "SWP")
BOTH, CC = issued(WITH_SWP, "CC")

FIELDS = (
    "progress",
    "progress_update",
    "evidence",
    "impact",
    "barriers",
    "help_needed",
    "expected_on",
    "completed_on",
)
READ_ONLY = ("action", "due_on", "area", "role", "review_id")
OWN = {"SWP": ("AS-0001", "AS-0003"), "CC": ("AS-0002",)}

words = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "In progress",
            "proposed complete",
            "Yes",
            "31 March 2027",
            "03/04/27",
            "On going",
            "Done it",
            "Done it ",
            "a\r\nb",
            "=1+1",
        ]
    ),
    st.text(max_size=12),
    st.dates(date(2026, 1, 1), date(2029, 1, 1)),
    st.integers(-5, 50000),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
)


def answers(agency: str):
    """(key, column) -> what was typed, over own and locked columns."""
    return st.dictionaries(
        st.tuples(st.sampled_from(OWN[agency]), st.sampled_from(FIELDS + READ_ONLY)), words, max_size=8
    )


manager_edits = st.lists(
    st.tuples(
        st.sampled_from(("AS-0001", "AS-0002", "AS-0003")),
        st.sampled_from(("evidence", "impact", "barriers", "progress_update")),
        st.sampled_from((None, "The manager's words", "Done it")),
    ),
    max_size=3,
)
many = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def edited(tracker, edits):
    for key, name, value in edits:
        tracker = by_hand(tracker, "assignments", key, name, value)
    return tracker


def agency_values(tracker, key):
    row = tracker["assignments"].by_key[key]
    return {name: row[name] for name in FIELDS}


@given(answers("SWP"), manager_edits)
@many
def test_every_cell_read_is_applied_unchanged_a_conflict_or_rejected(typed, edits):
    _, report = merged(edited(BOTH, edits), answered(SWP, typed))
    counts = report.counts
    assert report.read == counts.applied + counts.unchanged + counts.conflicts + counts.rejected
    assert len(report.returns[0].cells) == counts.applied + counts.conflicts + counts.rejected


@given(answers("SWP"), manager_edits)
@many
def test_merging_twice_is_merging_once(typed, edits):
    answer = answered(SWP, typed)
    once, _ = merged(edited(BOTH, edits), answer)
    twice, report = merged(once, answer)
    assert report.counts.applied == 0
    assert {name: data.rows for name, data in twice.tables.items()} == {
        name: data.rows for name, data in once.tables.items()
    }


@given(answers("SWP"), manager_edits)
@many
def test_no_cell_that_is_not_the_agencys_ever_changes(typed, edits):
    before = edited(BOTH, edits)
    after, _ = merged(before, answered(SWP, typed))
    assert agency_values(after, "AS-0002") == agency_values(before, "AS-0002")
    for name in ("action", "due_on", "lead_agency", "area", "measure"):
        assert [row[name] for row in after["actions"]] == [row[name] for row in before["actions"]]
    for name in ("agency", "area", "role", "action_id", "evidence_seen_on"):
        assert [row[name] for row in after["assignments"]] == [row[name] for row in before["assignments"]]


@given(answers("SWP"), answers("CC"), manager_edits)
@many
def test_returns_of_different_agencies_can_come_in_any_order(police, council, edits):
    start = edited(BOTH, edits)
    first, second = answered(SWP, police), answered(CC, council)
    one_way, _ = merged(merged(start, first)[0], second)
    other_way, _ = merged(merged(start, second)[0], first)
    together, _ = merged(start, second, first)
    assert tables_of(one_way) == tables_of(other_way) == tables_of(together)


@given(answers("SWP"), answers("SWP"), manager_edits)
@many
def test_two_returns_of_one_agency_end_the_same_in_any_order(early, late, edits):
    start = edited(BOTH, edits)
    first = answered(SWP, early, modified="2027-03-31T10:00:00Z", file="first.xlsx")
    second = answered(SWP, late, modified="2027-03-31T11:00:00Z", file="second.xlsx")
    one_way, _ = merged(merged(start, first)[0], second)
    other_way, _ = merged(merged(start, second)[0], first)
    for key in OWN["SWP"]:
        assert agency_values(one_way, key) == agency_values(other_way, key)


@given(manager_edits)
@many
def test_an_unanswered_sheet_never_undoes_what_the_manager_did(edits):
    start = edited(BOTH, edits)
    after, report = merged(start, answered(SWP))
    assert report.counts.unchanged == report.read
    for key in ("AS-0001", "AS-0002", "AS-0003"):
        assert agency_values(after, key) == agency_values(start, key)


@given(answers("SWP"), manager_edits, st.randoms(use_true_random=False))
@many
def test_the_order_of_rows_and_columns_in_a_return_does_not_matter(typed, edits, dice):
    def shuffle(grids):
        for name, grid in grids.items():
            columns = list(range(len(grid[0])))
            dice.shuffle(columns)
            head, *rows = [[row[at] for at in columns] for row in grid]
            dice.shuffle(rows)
            grids[name] = [head, *rows]

    start = edited(BOTH, edits)
    plain, one = merged(start, answered(SWP, typed))
    shuffled, other = merged(start, answered(SWP, typed, edit=shuffle))
    assert tables_of(shuffled) == tables_of(plain)
    assert (other.counts, other.read) == (one.counts, one.read)
    assert outcomes(other) == outcomes(one)


@given(answers("SWP"), st.permutations(OWN["SWP"]))
@many
def test_whatever_is_typed_no_answer_lands_beside_another_action_when_ids_have_moved(typed, keys):
    """IDs given out anew: either they stand where they stood, or not one cell of those rows is taken over."""

    def renumber(grids):
        rows = [row for row in grids["Assignments"] if row[0] in OWN["SWP"]]
        for row, key in zip(rows, keys, strict=True):
            row[0] = key

    own = {place: value for place, value in typed.items() if place[1] in FIELDS}
    _, report = merged(BOTH, answered(SWP, own, edit=renumber))
    issued_order = [row["assignment_id"] for row in SWP.tables[0].rows]
    if list(keys) != issued_order:
        assert report.counts.applied == 0
        assert {cell.reason for cell in report.returns[0].cells} == {"key-altered"}
