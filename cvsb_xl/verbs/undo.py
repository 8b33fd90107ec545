"""Take back the newest run, cell by cell; leave alone and name each cell that has changed since."""

from __future__ import annotations

from dataclasses import dataclass

from cvsb_xl.errors import CannotDo
from cvsb_xl.merge.working import Working
from cvsb_xl.tracker.log import LOG
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text, parse
from cvsb_xl.verbs.finish import BY_HAND, finish
from cvsb_xl.verbs.outcome import Context, Outcome

UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Undone:
    """One logged change, and whether it could be taken back."""

    table: str
    key: str
    field: str
    back_to: str
    done: bool
    words: str


@dataclass(frozen=True)
class UndoReport:
    """The run that was taken back."""

    run: str
    verb: str
    at: str
    by: str
    cells: tuple[Undone, ...]


def undo(tracker: Tracker, context: Context) -> Outcome:
    """Take back the newest run that is not undone.

    What was typed by hand is nobody's run and is not taken back. A row that the run added is emptied field by field; its
    id stays, so that nothing that points at it is left hanging.

    Raises:
        CannotDo: when there is no run to take back.
    """
    run = _newest(tracker)
    rows = [row for row in tracker[LOG] if row.text("run") == run]
    work = Working(tracker)
    cells = [_take_back(work, row, f"undo of {run}") for row in reversed(rows)]
    first = rows[0]
    report = UndoReport(run, first.text("verb"), first.text("at"), first.text("by"), tuple(reversed(cells)))
    return Outcome(finish(tracker, work.edits, context, UNDO, work.sources), report=report)


def _newest(tracker: Tracker) -> str:
    undone: set[str] = set()
    for row in tracker[LOG]:
        if row["verb"] == UNDO and row.text("source").startswith("undo of "):
            undone.add(row.text("source").removeprefix("undo of "))
    for row in reversed(tracker[LOG].rows):
        if row["verb"] not in (UNDO, BY_HAND) and row.text("run") not in undone:
            return row.text("run")
    raise CannotDo(f"{tracker.name} has no run that could be taken back.")


def _take_back(work: Working, row: Row, source: str) -> Undone:
    key, name = row.text("key"), row.text("field")
    table = work.tracker.framework.by_sheet.get(row.text("table"))

    def said(words: str, *, done: bool = False) -> Undone:
        return Undone(row.text("table"), key, name, row.text("before"), done, words)

    if table is None or name not in table.by_name:
        return said("there is no such column any more")
    held = work.row(table.name, key)
    if held is None:
        return said("the row is no longer there")
    if name in table.primary_key:
        return said("an id is never taken back")
    now = as_text(held.get(name))
    if now != row.text("after"):
        return said(f'it has changed since, to "{now}"')
    back: Value = parse(table[name], row["before"]).value
    work.set(table.name, key, name, back)
    work.sources[table.name, key, name] = source
    return said("taken back", done=True)
