"""Take back the newest run, cell by cell; leave alone and name each cell that has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.schema import Table
from cvsb_xl.merge.records import records_changed
from cvsb_xl.merge.working import Working
from cvsb_xl.tracker.edits import Edit, ReplaceRows
from cvsb_xl.tracker.log import LOG, is_redacted, says_the_same
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text, parse
from cvsb_xl.verbs.finish import BY_HAND, finish
from cvsb_xl.verbs.issue import ISSUE
from cvsb_xl.verbs.log import REDACT
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.publish import PUBLISH
from cvsb_xl.verbs.ratification_sheet import BODY, TYPED
from cvsb_xl.verbs.undo_conflicts import ConflictsBack, Undone
from cvsb_xl.verbs.withhold import WAIVED

UNDO = "undo"
_SOURCE = "undo of "
_STAMPS = ("updated_on", "updated_from")
"""Computed fields that say when somebody changed a row, and so go back with what was changed."""
_STAYS = (BY_HAND, ISSUE, PUBLISH)
"""What is never taken back: what people typed, and what was given out."""


@dataclass(frozen=True)
class UndoReport:
    """The run that was taken back.

    Attributes:
        stays: what was done after that run and is not taken back, such as "issue by Sam Sample at ...".
    """

    run: str
    verb: str
    at: str
    by: str
    cells: tuple[Undone, ...]
    stays: tuple[str, ...] = ()


def undo(tracker: Tracker, context: Context) -> Outcome:
    """Take back the newest run that is not undone.

    What was typed by hand is nobody's run and is not taken back; nor are sheets that were given out, nor what the tool works
    out by itself, which follows from the rest. A row that the run added is emptied, its id too when nothing else is left in it.
    What the run wrote in Returns and Conflicts goes back with it, so that the same return can be merged again as if for the
    first time; decisions of the Delivery Group go back to where they were typed.

    Raises:
        CannotDo: when there is no run to take back.
    """
    run, rows, stays = _newest(tracker)
    work = Working(tracker)
    conflicts = ConflictsBack(tracker)
    source = f"{_SOURCE}{run}"
    cells = []
    for row in reversed(rows):
        back = conflicts.take_back(row) if row["table"] == conflicts.sheet else _take_back(work, row, source)
        cells.append(back)
    edits = [*work.edits, *conflicts.edits()]
    if rows[0]["verb"] == "ratify":
        edits += _back_to_the_sheet(work, dict.fromkeys(row.text("key") for row in rows))
    first = rows[0]
    report = UndoReport(
        run, first.text("verb"), first.text("at"), first.text("by"), tuple(reversed(cells)), stays
    )
    logged = [*conflicts.reopened(source), *records_changed(tracker, edits, source)]
    return Outcome(finish(tracker, edits, context, UNDO, work.sources, logged), report=report)


def _newest(tracker: Tracker) -> tuple[str, Sequence[Row], tuple[str, ...]]:
    """Return the newest run that is not undone and in which somebody, not the tool alone, changed something; and what came after it."""
    runs: dict[str, list[Row]] = {}
    undone: set[str] = set()
    for row in tracker[LOG]:
        if row["verb"] == UNDO and row.text("source").startswith(_SOURCE):
            undone.add(row.text("source").removeprefix(_SOURCE))
        elif row["verb"] not in (UNDO, REDACT, WAIVED):
            runs.setdefault(row.text("run"), []).append(row)
    stays = []
    for run, rows in reversed(runs.items()):
        if run in undone:
            continue
        if rows[0]["verb"] in _STAYS:
            stays.append(_in_words(rows))
            continue
        chosen = _chosen(tracker, rows)
        if chosen:
            return run, chosen, tuple(reversed(stays))
    raise CannotDo(
        f"{tracker.name} has no run that could be taken back. What was typed by hand and sheets that were given out stay."
    )


def _in_words(rows: Sequence[Row]) -> str:
    first = rows[0]
    cells = f"{len(rows)} {'cell' if len(rows) == 1 else 'cells'}"
    if first["verb"] == BY_HAND:
        return f"{cells} typed by hand, found at {first.text('at')}"
    sheets = f"{len(rows)} {'sheet' if len(rows) == 1 else 'sheets'}"
    what = f"issue of {sheets}" if first["verb"] == ISSUE else "publication"
    return f"{what} by {first.text('by') or 'unknown'} at {first.text('at')}"


def _chosen(tracker: Tracker, rows: Sequence[Row]) -> list[Row]:
    """Leave out what the tool worked out: computed fields, and rows that it made because another row asks for them."""
    by_sheet = tracker.framework.by_sheet
    made: set[tuple[str, str]] = set()
    for row in rows:
        table = by_sheet.get(row.text("table"))
        if table is not None and row["field"] == table.key and row["before"] is None:
            made.add((table.name, row.text("key")))
    chosen = []
    for row in rows:
        table = by_sheet.get(row.text("table"))
        field = table.by_name.get(row.text("field")) if table else None
        if table is not None and table.kind == "generated":
            chosen.append(row)
            continue
        if field is not None and field.owner == "computed" and field.name not in _STAMPS:
            continue
        if table is None or not _follows(tracker, table, row.text("key"), made):
            chosen.append(row)
    changed = {(row["table"], row["key"]) for row in chosen if row["field"] not in _STAMPS}
    return [row for row in chosen if (row["table"], row["key"]) in changed]


def _follows(tracker: Tracker, table: Table, key: str, made: set[tuple[str, str]]) -> bool:
    """Tell whether a row was made in this run for a row that stood before: `update` would only make it again."""
    if (table.name, key) not in made or table.name not in ("assignments", "acknowledgements"):
        return False
    row = tracker[table.name].by_key.get(key)
    parents = [
        (item.table, row.text(item.field)) for item in table.foreign_keys if row and item.table != "agencies"
    ]
    return bool(parents) and not any(parent in made for parent in parents)


def _is_emptied(work: Working, table: Table, key: str) -> bool:
    """Tell whether a row holds nothing any more but its id and what the tool works out."""
    held = work.row(table.name, key) or {}
    return all(
        held.get(item.name) is None
        for item in table.fields
        if item.name not in table.primary_key and item.owner != "computed"
    )


def _back_to_the_sheet(work: Working, keys: Iterable[str]) -> list[Edit]:
    """Put decisions that were taken back where they were typed, in Ratification: a wrong date is mended there, nothing typed anew."""
    tracker = work.tracker
    typed: list[dict[str, Value]] = [
        {name: held[name] for name in ("action_id", "proposal", *TYPED)}
        for key in keys
        if (held := tracker["decisions"].by_key.get(key)) is not None
        and held["body"] == BODY
        and (work.row("decisions", key) or {}).get("decision") is None
    ]
    if not typed:
        return []
    others = [dict(row.values) for row in tracker["ratification"] if not row.is_blank]
    return [ReplaceRows("ratification", [*others, *typed])]


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
    if name in table.primary_key and (row["before"] is not None or not _is_emptied(work, table, key)):
        return said("an id stays while its row holds something")
    now = as_text(held.get(name))
    if not says_the_same(row.text("after"), now):
        return said(f'it has changed since, to "{now}"')
    if is_redacted(row.text("before")):
        return said("its earlier words were taken out of the log")
    back: Value = parse(table[name], row["before"]).value
    work.set(table.name, key, name, back)
    work.sources[table.name, key, name] = source
    return said("taken back", done=True)
