"""Take back the newest run, cell by cell; leave alone and name each cell that has changed since."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.schema import Table
from cvsb_xl.merge.conflicts import CONFLICTS, DECIDED, OPEN, REPLACED, links
from cvsb_xl.merge.working import Source, Working
from cvsb_xl.tracker.edits import ReplaceRows, ShowSheet
from cvsb_xl.tracker.log import LOG, LoggedChange, is_redacted, says_the_same
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text, parse
from cvsb_xl.verbs.finish import BY_HAND, finish
from cvsb_xl.verbs.log import REDACT
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.publish import PUBLISH
from cvsb_xl.verbs.ratification_sheet import BODY, TYPED
from cvsb_xl.verbs.resolve import DECISION
from cvsb_xl.verbs.withhold import WAIVED

UNDO = "undo"
_SOURCE = "undo of "
_OF_THE_RETURN = (
    "returned_on", "reviewed_by", "file", "digest", "read", "applied", "unchanged", "conflicts", "rejected",
)  # fmt: skip
"""Fields of Returns that a merge fills."""
_STAMPS = ("updated_on", "updated_from")
"""Computed fields that say when somebody changed a row, and so go back with what was changed."""


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

    What was typed by hand is nobody's run and is not taken back; nor is what the tool works out by itself, which follows
    from the rest. A row that the run added is emptied, its id too when nothing else is left in it. What the run wrote in
    Returns and Conflicts goes back with it, so that the same return can be merged again as if for the first time; decisions
    of the Delivery Group go back to where they were typed.

    Raises:
        CannotDo: when there is no run to take back.
    """
    run, rows = _newest(tracker)
    work = Working(tracker)
    papers = tracker[CONFLICTS].schema.sheet
    cells = [
        _open_again(tracker, row) if row["table"] == papers else _take_back(work, row, f"{_SOURCE}{run}")
        for row in reversed(rows)
    ]
    _take_back_papers(work, rows)
    first = rows[0]
    report = UndoReport(run, first.text("verb"), first.text("at"), first.text("by"), tuple(reversed(cells)))
    logged = [
        LoggedChange(CONFLICTS, item.key, item.field, row["after"], None, f"{_SOURCE}{run}")
        for item, row in zip(report.cells, rows, strict=True)
        if item.table == papers and item.done
    ]
    return Outcome(finish(tracker, work.edits, context, UNDO, work.sources, logged), report=report)


def _newest(tracker: Tracker) -> tuple[str, Sequence[Row]]:
    """Return the newest run that is not undone and in which somebody, not the tool alone, changed something."""
    runs: dict[str, list[Row]] = {}
    undone: set[str] = set()
    for row in tracker[LOG]:
        if row["verb"] == UNDO and row.text("source").startswith(_SOURCE):
            undone.add(row.text("source").removeprefix(_SOURCE))
        elif row["verb"] not in (UNDO, BY_HAND, REDACT, PUBLISH, WAIVED):
            runs.setdefault(row.text("run"), []).append(row)
    for run, rows in reversed(runs.items()):
        if run not in undone:
            chosen = _chosen(tracker, rows)
            if chosen:
                return run, chosen
    raise CannotDo(f"{tracker.name} has no run that could be taken back.")


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


def _take_back_papers(work: Working, rows: Sequence[Row]) -> None:
    """Put Returns and Conflicts back to where they stood before a merge, or before conflicts were settled."""
    tracker = work.tracker
    verb = rows[0].text("verb")
    places = {(row.text("table"), row.text("key"), row.text("field")) for row in rows}
    sources = [source for row in rows if (source := Source.read(row.text("source")))]
    sheets = {source.sheet_id for source in sources}
    # Another return of the same sheet keeps its conflicts; so does one that does not say when it was saved.
    returns = {(source.sheet_id, source.modified) for source in sources if source.modified}
    kept: list[dict[str, Value]] = []
    for row in tracker[CONFLICTS]:
        values = dict(row.values)
        place = (row.text("table"), row.text("key"), row.text("field"))
        decided = (tracker[CONFLICTS].schema.sheet, row.text("conflict_id"), DECISION) in places
        if verb == "resolve" and row["state"] == DECIDED and (decided or place in places):
            values |= {"state": OPEN, "decided_by": None, "decided_on": None}
        returned = (row.text("sheet_id"), row.text("returned_at"))
        if verb == "merge" and row["state"] == OPEN and returned in returns:
            places.add(place)
            continue
        kept.append(values)
    if verb == "merge":
        _open_replaced(kept, places)
    if kept != [dict(row.values) for row in tracker[CONFLICTS]]:
        shown = any(values["state"] == OPEN for values in kept)
        work.edits += [
            ReplaceRows(CONFLICTS, kept, links(tracker, kept)),
            ShowSheet(CONFLICTS, visible=shown),
        ]
    if verb == "ratify":
        _back_to_the_sheet(work, dict.fromkeys(row.text("key") for row in rows))
    if verb == "merge":
        for sheet_id in sheets & set(tracker["returns"].by_key):
            held = tracker["returns"].by_key[sheet_id]
            for name in _OF_THE_RETURN:
                if held[name] is not None:
                    work.set("returns", sheet_id, name, None)
            if held["state"] == "Returned":
                work.set("returns", sheet_id, "state", "Issued")


def _open_replaced(conflicts: Sequence[dict[str, Value]], places: Container[tuple[str, str, str]]) -> None:
    """Open the newest conflict that stood on a cell before what is taken back replaced it: its words wait again."""
    seen = set()
    for values in reversed(conflicts):
        place = (as_text(values["table"]), as_text(values["key"]), as_text(values["field"]))
        if place in places and place not in seen and values["state"] != DECIDED:
            seen.add(place)
            if values["state"] == REPLACED:
                values["state"] = OPEN


def _open_again(tracker: Tracker, row: Row) -> Undone:
    """Say what becomes of a decision on a conflict."""
    held = tracker[CONFLICTS].by_key.get(row.text("key"))
    done = held is not None and held["state"] == DECIDED
    words = "open again, its decision still in its cell" if done else "the conflict is no longer there"
    return Undone(row.text("table"), row.text("key"), row.text("field"), "", done, words)


def _back_to_the_sheet(work: Working, keys: Iterable[str]) -> None:
    """Put decisions that were taken back where they were typed, in Ratification: a wrong date is mended there, nothing typed anew."""
    tracker = work.tracker
    typed: list[dict[str, Value]] = [
        {name: held[name] for name in ("action_id", "proposal", *TYPED)}
        for key in keys
        if (held := tracker["decisions"].by_key.get(key)) is not None
        and held["body"] == BODY
        and (work.row("decisions", key) or {}).get("decision") is None
    ]
    if typed:
        others = [dict(row.values) for row in tracker["ratification"] if not row.is_blank]
        work.edits.append(ReplaceRows("ratification", [*others, *typed]))


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
