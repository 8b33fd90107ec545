"""The log tells one row's story, shows when it was tampered with, and can lose a name without losing its proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvsb_xl.errors import CannotDo
from cvsb_xl.tracker.log import LOG
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import parse
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.issue import issue
from cvsb_xl.verbs.log import redact, story, verify
from cvsb_xl.verbs.merge import merge
from cvsb_xl.verbs.resolve import resolve
from cvsb_xl.verbs.undo import undo
from tests.merge.tracker import TRACKER
from tests.rounds import answered, by_hand, context, issued, settled
from tests.scenarios.rig import Rig
from tests.verbs.kept import saved
from tests.verbs.test_resolve import decide

PLACE = ("AS-0003", "barriers")
ISSUED, SHEET = issued(settled(TRACKER), "SWP")
START = saved(ISSUED)
CELLS = {PLACE: "No venue", ("AS-0001", "barriers"): "No trainer", ("AS-0001", "impact"): "More asked"}
MERGED = saved(START, merge(START, context(), [answered(SHEET, CELLS)]).edits)


def faults(tracker: Tracker, against: tuple[int, str] | None = None) -> tuple[str, ...]:
    return verify(tracker, against).report.faults


def with_log(tracker: Tracker, rows: list[Row]) -> Tracker:
    return tracker.with_table(LOG, replace(tracker[LOG], rows=tuple(rows)))


def changed(row: Row, **values: object) -> Row:
    return replace(row, values={**row.values, **values})


def test_a_log_that_nobody_touched_holds():
    assert len(MERGED[LOG]) > 5
    assert faults(MERGED) == ()


def test_sorting_the_sheet_is_not_tampering():
    assert faults(with_log(MERGED, list(reversed(MERGED[LOG].rows)))) == ()


@pytest.mark.parametrize(
    "part", ["run", "at", "by", "verb", "table", "key", "field", "before", "after", "source"]
)
def test_a_changed_part_of_any_row_is_found(part):
    rows = list(MERGED[LOG].rows)
    rows[2] = changed(rows[2], **{part: "Forged"})
    (fault,) = faults(with_log(MERGED, rows))
    assert fault.startswith("row 3 (")


TAMPERING: dict[str, tuple[Callable[[list[Row]], list[Row]], str]] = {
    "a row taken out": (lambda rows: rows[:2] + rows[3:], "row 3 is missing"),
    "two rows swapped": (
        lambda rows: [*rows[:1], changed(rows[2], seq=2), changed(rows[1], seq=3), *rows[3:]],
        "row 2 (",
    ),
    "a row copied": (lambda rows: [*rows, rows[1]], "row 2 stands twice"),
    "a number taken away": (
        lambda rows: [changed(rows[0], seq=None), *rows[1:]],
        "a row has lost its number",
    ),
    "the first rows cut off": (lambda rows: rows[2:], "row 1 is missing (to 2)"),
    "the last row cut off": (lambda rows: rows[:-1], "the log's end was cut off"),
    "the whole log cut off": (lambda rows: [], "the log's end was cut off"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_with_rows_is_found(name):
    tamper, words = TAMPERING[name]
    found = faults(with_log(MERGED, tamper(list(MERGED[LOG].rows))))
    assert any(words in fault for fault in found)


def test_a_log_made_anew_under_another_key_does_not_hold():
    assert faults(replace(MERGED, meta={**MERGED.meta, "key": "11" * 32})) != ()


# One key's story


def test_the_story_of_an_action_has_its_assignments_and_nothing_else():
    keys = {row["key"] for row in story(MERGED, "A-0002").report.rows}
    assert "AS-0003" in keys
    assert keys <= {"A-0002", "AS-0003"}


def test_the_story_of_an_assignment_is_in_order_whatever_the_sheet_is_sorted_by():
    again = saved(
        MERGED,
        merge(
            MERGED, context(), [answered(SHEET, {PLACE: "Venue found"}, modified="2027-03-31T12:00:00Z")]
        ).edits,
    )
    shuffled = with_log(again, list(reversed(again[LOG].rows)))
    told = [row["after"] for row in story(shuffled, "AS-0003").report.rows if row["field"] == "barriers"]
    assert told == ["No venue", "Venue found"]


def test_a_key_that_nobody_knows_is_an_error_in_words():
    with pytest.raises(CannotDo, match="A-9999 is no id in"):
        story(MERGED, "A-9999")


# Taking words out


def _seq(tracker: Tracker, after: str) -> int:
    return next(int(str(row["seq"])) for row in tracker[LOG] if row["after"] == after)


def test_words_can_be_taken_out_and_the_log_still_holds_and_says_who_and_why():
    seq = _seq(MERGED, "No venue")
    outcome = redact(MERGED, context(), seq, "a child's\n name")
    after = saved(MERGED, outcome.edits)
    row = next(row for row in after[LOG] if row["seq"] == seq)
    assert "No venue" not in row.text("after")
    assert row.text("after").startswith("[taken out: a child's name; sha256:")
    assert faults(after) == ()
    logged = after[LOG].rows[-1]
    assert (
        logged["verb"],
        logged["by"],
        logged["table"],
        logged["key"],
        logged["field"],
        logged["before"],
        logged["after"],
    ) == (
        "redact",
        "tester",
        "Change log",
        str(seq),
        "after",
        None,
        "taken out: a child's name",
    )
    assert outcome.report.also == ("Assignments AS-0003 barriers",)


def test_taking_words_out_hides_no_tampering():
    after = saved(MERGED, redact(MERGED, context(), _seq(MERGED, "No venue"), "a name").edits)
    rows = list(after[LOG].rows)
    at = next(number for number, row in enumerate(rows) if row.text("after").startswith("[taken out"))
    rows[at] = changed(rows[at], after=rows[at].text("after")[:-5] + "0000]")
    assert faults(with_log(after, rows)) != ()


@pytest.mark.parametrize(("seq", "reason", "words"), [(999, "x", "no row 999"), (3, "  ", "Say why")])
def test_what_cannot_be_taken_out_is_refused_in_words(seq, reason, words):
    with pytest.raises(CannotDo, match=words):
        redact(MERGED, context(), seq, reason)


def test_the_same_words_are_taken_out_once():
    seq = _seq(MERGED, "No venue")
    after = saved(MERGED, redact(MERGED, context(), seq, "a name").edits)
    with pytest.raises(CannotDo, match="holds no words"):
        redact(after, context(), seq, "again")


# Replaying


def replayed(start: Tracker, log: Tracker) -> dict[str, dict[str, dict[str, object]]]:
    """Do every change of the log, in order, to the tables as they stood at the start."""
    tables = stored(start)
    by_sheet = log.framework.by_sheet
    for row in sorted(log[LOG], key=lambda row: int(str(row["seq"]))):
        table = by_sheet[row.text("table")]
        if table.kind == "generated":
            continue
        held = tables[table.name].setdefault(row.text("key"), {})
        name = row.text("field")
        value = parse(table[name], row["after"]).value
        assert (str(held.get(name)) if name in held else "") == str(
            parse(table[name], row["before"]).value or ""
        )
        if value is None:
            held.pop(name, None)
        else:
            held[name] = value
        if not held:
            del tables[table.name][row.text("key")]
    return tables


def stored(tracker: Tracker) -> dict[str, dict[str, dict[str, object]]]:
    """Return every input table as key -> field -> value, without what Excel works out live."""
    return {
        name: {
            key: {
                item.name: row[item.name]
                for item in data.schema.fields
                if row[item.name] is not None and not item.live
            }
            for key, row in data.by_key.items()
        }
        for name, data in tracker.tables.items()
        if data.schema.kind != "generated"
    }


EMPTY = saved(settled("## Settings\n| setting | value |\n|---|---|\n| due_soon_days | 28 |\n"))


def typed_in(tracker: Tracker) -> Tracker:
    """Everything typed into an empty tracker by hand, as a Review Manager starts."""
    full = settled(TRACKER)
    tables = {
        name: replace(tracker[name], rows=data.rows)
        if data.schema.kind != "generated" and len(data)
        else tracker[name]
        for name, data in full.tables.items()
        if name != "settings"
    }
    return replace(tracker, tables={**tracker.tables, **tables})


def kept(tracker: Tracker, verb: str = "update") -> Tracker:
    return saved(tracker, finish(tracker, [], context(), verb))


texts = st.sampled_from([None, "In progress", "Words", "Other words", "2027-05-01"])
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("type"),
            st.sampled_from(["AS-0001", "AS-0002", "AS-0003"]),
            st.sampled_from(["barriers", "evidence"]),
            texts,
        ),
        st.tuples(
            st.just("answer"),
            st.sampled_from(["AS-0001", "AS-0003"]),
            st.sampled_from(["barriers", "evidence"]),
            texts,
        ),
        st.tuples(st.just("delete"), st.sampled_from(["AS-0002", "A-0002"]), st.none(), st.none()),
        st.tuples(st.sampled_from(["undo", "resolve", "issue"]), st.none(), st.none(), st.none()),
    ),
    max_size=8,
)


def step(
    tracker: Tracker, sheet: object, what: str, key: str, name: str, value: str | None, at: int
) -> tuple[Tracker, object]:
    if what == "type":
        if key in tracker["assignments"].by_key:
            tracker = by_hand(tracker, "assignments", key, name, value)
        return kept(tracker), sheet
    if what == "delete":
        table = "actions" if key.startswith("A-") else "assignments"
        data = tracker[table]
        rows = tuple(row for row in data if data.key_of(row) != key)
        return kept(tracker.with_table(table, replace(data, rows=rows))), sheet
    if what == "issue":
        outcome = issue(tracker, context(), ["SWP"])
        return saved(tracker, outcome.edits), outcome.documents[0]
    if what == "answer":
        if not any(row["assignment_id"] == key for row in sheet.tables[0].rows):
            return tracker, sheet
        answer = answered(sheet, {(key, name): value}, modified=f"2027-03-31T{at:02d}:00:00Z")
        return saved(tracker, merge(tracker, context(), [answer]).edits), sheet
    if what == "resolve":
        return saved(tracker, resolve(decide(tracker, "Take return"), context()).edits), sheet
    try:
        return saved(tracker, undo(tracker, context()).edits), sheet
    except CannotDo:
        return tracker, sheet


@given(steps)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_replaying_the_log_on_an_empty_tracker_rebuilds_every_input_table(done):
    tracker = kept(typed_in(EMPTY))
    outcome = issue(tracker, context(), ["SWP"])
    tracker, sheet = saved(tracker, outcome.edits), outcome.documents[0]
    for at, (what, key, name, value) in enumerate(done):
        tracker, sheet = step(tracker, sheet, what, key, name, value, at)
    assert faults(tracker) == ()
    assert replayed(EMPTY, tracker) == stored(tracker)


# On files, through the command line


def test_a_paper_that_left_the_house_proves_the_log(tmp_path: Path):
    rig = Rig.issued(tmp_path)
    rig.answer("SWP", {PLACE: "No venue"})
    rig.merge(exits=0)
    papers = [
        rig.receipts / "SWP-receipt-2027-03-31-0900.txt",
        rig.receipts / "SWP-receipt-2027-03-31-0900.xlsx",
        rig.sheets / "CC.xlsx",
    ]
    for paper in papers:
        assert "holds" in rig.cvsb("log", rig.tracker, "verify", "--against", paper, exits=0).output
    (tmp_path / "older").mkdir()
    older = Rig.issued(tmp_path / "older")
    told = older.cvsb("log", older.tracker, "verify", "--against", papers[0], exits=1).output
    assert "which had been written when that paper was made, is missing" in told


def test_a_file_without_a_head_proves_nothing_and_says_so(tmp_path: Path):
    rig = Rig.issued(tmp_path)
    note = tmp_path / "note.txt"
    note.write_text("hello", encoding="utf-8")
    assert "carries no head" in rig.cvsb("log", rig.tracker, "verify", "--against", note, exits=2).output


def test_a_row_cut_off_in_the_file_is_found(tmp_path: Path):
    rig = Rig.issued(tmp_path)
    rig.answer("SWP", {PLACE: "No venue"})
    rig.merge(exits=0)
    data = rig.open()[LOG]
    last = data.key_of(data.rows[-1])
    for name in [name for name in data.columns if name != "seq"]:
        rig.type(LOG, last, name, None)
    rig.type(LOG, last, "seq", None)
    result = rig.cvsb("log", rig.tracker, "verify", exits=1)
    assert "the log's end was cut off" in result.output


def test_the_command_line_takes_words_out_and_says_where_else_they_stand(tmp_path: Path):
    rig = Rig.issued(tmp_path)
    rig.answer("SWP", {PLACE: "Sam Sample is ill"})
    rig.merge(exits=0)
    seq = _seq(rig.open(), "Sam Sample is ill")
    told = rig.cvsb("log", rig.tracker, "redact", seq, "--reason", "a name", exits=0).output
    assert "Assignments AS-0003 barriers" in told
    log = rig.cvsb("log", rig.tracker, exits=0).output
    assert "Sam Sample" not in log
    assert "taken out: a name" in log
    rig.cvsb("log", rig.tracker, "verify", exits=0)
