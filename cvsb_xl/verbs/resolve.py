"""Apply what people decided in Conflicts; leave the rest open, and say why a decision could not be carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cvsb_xl.framework.schema import Table
from cvsb_xl.merge.conflicts import CONFLICTS, DECIDED, OPEN, links
from cvsb_xl.merge.working import Source, Working
from cvsb_xl.tracker.edits import Edit, ReplaceRows, ShowSheet, apply_edits
from cvsb_xl.tracker.log import LoggedChange
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text, parse
from cvsb_xl.verbs.finish import BY_HAND, finish
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.update import update

DECISION = "decision"
KEEP, TAKE, USE = "Keep tracker", "Take return", "Use this value"


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one conflict.

    Attributes:
        done: whether the decision was carried out.
        words: what was done, or why not and what to do.
    """

    conflict_id: str
    table: str
    key: str
    field: str
    decision: str
    done: bool
    words: str


@dataclass(frozen=True)
class ResolveReport:
    """Every decided conflict, and how many are still open without a decision."""

    settled: tuple[Settled, ...]
    undecided: int


def resolve(tracker: Tracker, context: Context) -> Outcome:
    """Carry out the decisions typed into Conflicts.

    "Keep tracker" leaves the cell; "Take return" puts the returned value there; "Use this value" puts what stands in the
    Value column. A decision whose cell has changed since the conflict was written down is refused, saying what it is now.
    A row that is not there is added, where agencies may add rows, as soon as its review is decided on.
    """
    fresh = list(update(tracker, context).edits)
    settling = _Settling(Working(apply_edits(tracker, fresh)), context)
    work = settling.work
    before = [dict(row.values) for row in work.tracker[CONFLICTS]]
    decided = [row for row in work.tracker[CONFLICTS] if row["state"] == OPEN and row["decision"] is not None]
    undecided = sum(row["state"] == OPEN for row in before) - len(decided)
    # A new row begins with its review; the order on the sheet is kept in the report.
    results = {
        id(row): settling.settle(row)
        for row in sorted(decided, key=lambda row: row["field"] not in settling.first(row))
    }
    settled = tuple(results[id(row)] for row in decided)
    report = ResolveReport(settled, undecided)
    done = {item.conflict_id for item in settled if item.done}
    if not done:
        return Outcome(finish(tracker, fresh, context, "resolve"), report=report)
    now: dict[str, Value] = {"state": DECIDED, "decided_by": context.user, "decided_on": context.today}
    rows = [row | now if row["conflict_id"] in done and row["state"] == OPEN else row for row in before]
    book: list[Edit] = [
        ReplaceRows(CONFLICTS, rows, links(work.tracker, rows)),
        ShowSheet(CONFLICTS, visible=any(row["state"] == OPEN for row in rows)),
    ]
    edits = [*fresh, *work.edits, *book]
    # A decision to keep changes no cell, and is one all the same: the log says who took it.
    logged = [
        LoggedChange(CONFLICTS, item.conflict_id, DECISION, None, item.decision)
        for item in settled
        if item.done
    ]
    return Outcome(finish(tracker, edits, context, "resolve", work.sources, logged), report=report)


class _Settling:
    """Carries decisions out, one after the other."""

    def __init__(self, work: Working, context: Context) -> None:
        self.work = work
        self.context = context

    def first(self, row: Row) -> set[str]:
        """Return the fields without which a row of the conflict's table cannot be there."""
        table = self.work.tracker.framework.by_sheet.get(row.text("table"))
        return {item.field for item in table.foreign_keys} - {"agency"} if table else set()

    def settle(self, row: Row) -> Settled:
        """Carry out one decision, or say why not."""
        words, done = self._settle(row)
        return Settled(
            row.text("conflict_id"),
            row.text("table"),
            row.text("key"),
            row.text("field"),
            row.text("decision"),
            done,
            words,
        )

    def _settle(self, row: Row) -> tuple[str, bool]:
        decision, key, name = row.text("decision"), row.text("key"), row.text("field")
        if "decision" in row.faults:
            return f"the decision {row.faults['decision'].message}", False
        if decision == KEEP:
            return "kept as it is", True
        table = self.work.tracker.framework.by_sheet.get(row.text("table"))
        if table is None or name not in table.by_name:
            return "there is no such column any more; set the decision to Keep tracker to close it", False
        meant = row["value"] if decision == USE else row["returned_value"]
        if decision == USE and meant is None:
            return "Use this value needs a value in the Value column", False
        parsed = parse(table[name], meant)
        if parsed.fault:
            return (
                f"{table[name].title} {parsed.fault.message}; type a value that fits, with Use this value",
                False,
            )
        held = self.work.row(table.name, key)
        if held is None:
            return self._add(table, row, parsed.value)
        now = as_text(held.get(name))
        if now == as_text(parsed.value):
            return f'it is already "{now}"', True
        if now != row.text("tracker_value"):
            return (
                f'the cell has changed since: it was "{row.text("tracker_value")}" and is now "{now}". Look at it, then '
                "merge the return again, or keep the tracker's value"
            ), False
        self.work.set(table.name, key, name, parsed.value, _source(row) if decision == TAKE else None)
        self._stamp(table, key, row.text("sheet_id") if decision == TAKE else BY_HAND)
        return f'set to "{as_text(parsed.value)}"', True

    def _add(self, table: Table, row: Row, value: Value) -> tuple[str, bool]:
        """Add a row that agencies may add and that is not there; its first cell says what it belongs to."""
        key, name = row.text("key"), row.text("field")
        if not table.insertable:
            return (
                f"{key} is no longer in {table.sheet}. Keep tracker closes the conflict; to use the words, type them where "
                "they belong"
            ), False
        needed = self.first(row)
        if name not in needed:
            titles = ", ".join(table[item].title for item in table.by_name if item in needed)
            return (
                f"the row {key} is not in {table.sheet} yet: decide on its {titles} too, and it is added",
                False,
            )
        if not self._exists(table, name, value):
            return (
                f'{table[name].title} "{as_text(value)}" is not in this tracker, so the row cannot be added',
                False,
            )
        values: Mapping[str, Value] = {table.key: key, "agency": row["agency"], name: value}
        self.work.append(table.name, key, values, {name: _source(row)} if row["decision"] == TAKE else {})
        return f'the row was added, with "{as_text(value)}"', True

    def _exists(self, table: Table, name: str, value: Value) -> bool:
        keys = [item for item in table.foreign_keys if item.field == name]
        return all(as_text(value) in self.work.tracker[item.table].by_key for item in keys)

    def _stamp(self, table: Table, key: str, source: str) -> None:
        """Date the row as a return does: a proposal is told from its day."""
        held = self.work.row(table.name, key) or {}
        stamps: dict[str, Value] = {"updated_on": self.context.today, "updated_from": source}
        for name, value in stamps.items():
            if name in table.by_name and held.get(name) != value:
                self.work.set(table.name, key, name, value)


def _source(row: Row) -> Source:
    return Source(row.text("sheet_id"), row.text("returned_at"), row.text("returned_cell"))
