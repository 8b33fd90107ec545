"""Apply what people decided in Conflicts; leave the rest open, and say why a decision could not be carried out."""

from __future__ import annotations

from dataclasses import dataclass

from cvsb_xl.merge.conflicts import CONFLICTS, DECIDED, OPEN, links
from cvsb_xl.merge.working import Source, Working
from cvsb_xl.tracker.edits import Edit, ReplaceRows, ShowSheet, apply_edits
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text, parse
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.update import update

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
    """
    fresh = list(update(tracker, context).edits)
    work = Working(apply_edits(tracker, fresh))
    rows: list[dict[str, Value]] = []
    settled: list[Settled] = []
    undecided = 0
    for row in work.tracker[CONFLICTS]:
        values = dict(row.values)
        rows.append(values)
        if row["state"] != OPEN:
            continue
        if row["decision"] is None:
            undecided += 1
            continue
        result = _settle(work, row)
        settled.append(result)
        if result.done:
            values |= {"state": DECIDED, "decided_by": context.user, "decided_on": context.today}
    report = ResolveReport(tuple(settled), undecided)
    if not any(item.done for item in settled):
        return Outcome(finish(tracker, fresh, context, "resolve"), report=report)
    still_open = any(row["state"] == OPEN for row in rows)
    book: list[Edit] = [
        ReplaceRows(CONFLICTS, rows, links(work.tracker, rows)),
        ShowSheet(CONFLICTS, visible=still_open),
    ]
    edits = [*fresh, *work.edits, *book]
    return Outcome(finish(tracker, edits, context, "resolve", work.sources), report=report)


def _settle(work: Working, row: Row) -> Settled:
    table = work.tracker.framework.by_sheet.get(row.text("table"))
    decision, key, name = row.text("decision"), row.text("key"), row.text("field")

    def said(words: str, *, done: bool = False) -> Settled:
        return Settled(row.text("conflict_id"), row.text("table"), key, name, decision, done, words)

    if table is None or name not in table.by_name:
        return said("there is no such column any more; set the decision to Keep tracker to close it")
    if "decision" in row.faults:
        return said(f"the decision {row.faults['decision'].message}")
    if decision == KEEP:
        return said("kept as it is", done=True)
    held = work.row(table.name, key)
    if held is None:
        return said(
            f"{key} is no longer in {table.sheet}. Keep tracker closes the conflict; to use the words, type them where "
            "they belong"
        )
    now = as_text(held.get(name))
    if now != row.text("tracker_value"):
        return said(
            f'the cell has changed since: it was "{row.text("tracker_value")}" and is now "{now}". Look at it, then '
            "merge the return again, or keep the tracker's value"
        )
    meant = row["value"] if decision == USE else row["returned_value"]
    if decision == USE and meant is None:
        return said("Use this value needs a value in the Value column")
    parsed = parse(table[name], meant)
    if parsed.fault:
        return said(
            f"{table[name].title} {parsed.fault.message}; type a value that fits, with Use this value"
        )
    source = Source(row.text("sheet_id"), row.text("returned_at"), row.text("returned_cell"))
    work.set(table.name, key, name, parsed.value, source if decision == TAKE else None)
    return said(f'set to "{as_text(parsed.value)}"', done=True)
