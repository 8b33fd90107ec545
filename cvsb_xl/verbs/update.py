"""`update`: fill ids, rows, dates, statuses and Today. Every verb that saves does it too.

It writes only what differs, so a second update has nothing to do. It deletes nothing and guesses nothing: a row whose key
stands twice, or a field counted from one that cannot be read, stays as it is and `check` says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.tracker.assigning import missing_acknowledgements, missing_assignments
from cvsb_xl.tracker.edits import (
    AppendRow,
    Edit,
    Link,
    ReplaceRows,
    SetCell,
    ShowSheet,
    apply_edits,
    set_cell,
)
from cvsb_xl.tracker.ids import free_ids
from cvsb_xl.tracker.review_clocks import due_dates, review_milestones
from cvsb_xl.tracker.status import (
    Standing,
    last_update_on,
    latest_update,
    ratified_on,
    standings,
    waiting_on,
)
from cvsb_xl.tracker.tables import Row, TableData, Tracker
from cvsb_xl.tracker.values import Value, as_text, normalise, same
from cvsb_xl.tracker.wording import counted
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.ratification_sheet import ratification_rows
from cvsb_xl.verbs.summaries import progress_rows
from cvsb_xl.verbs.today import today_rows

Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Change:
    """One change, for a person and for a program.

    Attributes:
        kind: "ids", "assignments", "acknowledgements", "dates", "settings",
            "actions" or "sheets".
        field: None for a new row and for a rewritten sheet.
        words: the change as a sentence.
    """

    kind: str
    table: str
    key: str
    field: str | None
    before: Value
    after: Value
    words: str


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What update changed; `counts` has every kind, also those without a change."""

    counts: Mapping[str, int]
    changes: tuple[Change, ...]


KINDS = ("ids", "assignments", "acknowledgements", "dates", "settings", "actions", "sheets")


def update(tracker: Tracker, context: Context, *, sheets: bool = True) -> Outcome:
    """Return the edits that bring the tracker up to date, and an UpdateReport.

    Args:
        sheets: whether Today, Progress and Ratification are written too; not by a verb that has yet to do its own work.
    """
    edits: list[Edit] = []
    changes: list[Change] = []

    def take(kind: str, found: Iterable[Edit]) -> None:
        new = list(found)
        changes.extend(_told(tracker, kind, edit) for edit in new)
        edits.extend(new)

    for kind, step in _STEPS.items():
        before = len(edits)
        take(kind, step(tracker, context))
        tracker = apply_edits(tracker, edits[before:])
    # Nothing that these two read is changed by them, so how the actions stand is worked out once.
    found = standings(tracker, context.today)
    take("actions", _settle_actions(tracker, found))
    if sheets:
        take("sheets", _rewrite_sheets(tracker, found, context.today))
        edits += _shown_while_filled(tracker["ratification"], edits)
    counts = Counter(change.kind for change in changes)
    return Outcome(edits, report=UpdateReport({kind: counts[kind] for kind in KINDS}, tuple(changes)))


def fill_ids(tracker: Tracker) -> Iterator[Edit]:
    """Yield the edits that give each row typed without an id its own."""
    for data in tracker.tables.values():
        key = data.schema.key
        if data.schema.id_prefix is None or key not in data.columns:
            continue
        ids = free_ids(data)
        for row in data:
            # A row that is on no sheet yet can only be found by its key: verbs give their new rows ids themselves.
            if row[key] is None and row.number and not _is_blank(data, row):
                yield set_cell(data, row, key, next(ids))


def _is_blank(data: TableData, row: Row) -> bool:
    return all(row[item.name] is None for item in data.schema.fields if item.owner != "computed")


def _make_assignments(tracker: Tracker, _context: Context) -> Iterator[Edit]:
    data = tracker["assignments"]
    if "assignment_id" not in data.columns:
        return
    ids = free_ids(data)
    for item in missing_assignments(tracker, _rows_once(tracker["actions"])):
        yield AppendRow(
            "assignments",
            {
                "assignment_id": next(ids),
                "action_id": item.action_id,
                "agency": item.agency,
                "area": item.area,
                "role": item.role,
            },
        )


def _make_acknowledgements(tracker: Tracker, context: Context) -> Iterator[Edit]:
    data = tracker["acknowledgements"]
    if "acknowledgement_id" not in data.columns:
        return
    ids = free_ids(data)
    for review, agency in missing_acknowledgements(tracker, _rows_once(tracker["reviews"]), context.today):
        yield AppendRow(
            "acknowledgements", {"acknowledgement_id": next(ids), "review_id": review, "agency": agency}
        )


def review_dates(tracker: Tracker, _context: Context) -> Iterator[SetCell]:
    """Yield the edits that bring the due dates of reviews up to date."""
    data = tracker["reviews"]
    found = review_milestones(tracker)
    for row in _rows_once(data):
        yield from _differing(data, row, due_dates(tracker, row, found[data.key_of(row)]))


def _explain_settings(tracker: Tracker, _context: Context) -> Iterator[SetCell]:
    """Yield the edits that say beside each setting what it is for; a person's own settings stay as they are."""
    helps = {item["setting"]: item["help"] for item in tracker.framework["settings"].defaults}
    data = tracker["settings"]
    for row in _rows_once(data):
        if data.key_of(row) in helps:
            yield from _differing(data, row, {"about": helps[data.key_of(row)]})


def _settle_actions(tracker: Tracker, found: Mapping[str, Standing]) -> Iterator[Edit]:
    data = tracker["actions"]
    for row in _rows_once(data):
        yield from _differing(data, row, computed(found[data.key_of(row)]))


def computed(standing: Standing) -> dict[str, Value]:
    """Return what the computed fields of an action should hold, but for the live ones."""
    newest = latest_update(standing.assignments)
    words = newest.text("progress_update") if newest else None
    if newest and words and len({row["agency"] for row in standing.assignments}) > 1:
        words = f"{newest.text('agency')}: {words}"
    return {
        "revised_due_on": standing.revised_due_on,
        "status": standing.status,
        "waiting_on": waiting_on(standing) or None,
        "latest_update": words,
        "last_update_on": last_update_on(standing.assignments),
        "ratified_on": ratified_on(standing),
    }


def _rewrite_sheets(tracker: Tracker, found: Mapping[str, Standing], today: date) -> Iterator[Edit]:
    rows, links = today_rows(tracker, today, found)
    yield from _replaced(tracker["today"], rows, links)
    yield from _replaced(tracker["progress"], progress_rows(tracker, today, found))
    yield from _replaced(tracker["ratification"], ratification_rows(tracker, found))


def _shown_while_filled(data: TableData, edits: Iterable[Edit]) -> list[Edit]:
    """Show the sheet when something is asked in it, and hide it when nothing is: decisions are typed there, and Today links to it."""
    was_empty = all(row.is_blank for row in data)
    return [
        ShowSheet(edit.table, visible=bool(edit.rows))
        for edit in edits
        if isinstance(edit, ReplaceRows) and edit.table == data.schema.name and was_empty == bool(edit.rows)
    ]


def _replaced(
    data: TableData, rows: Sequence[Values], links: Mapping[tuple[int, str], Link] | None = None
) -> Iterator[ReplaceRows]:
    tidy = [{name: normalise(value) for name, value in row.items()} for row in rows]
    held = [row for row in data if not row.is_blank]
    differ = len(held) != len(tidy) or any(
        not same(old[name], new.get(name))
        for old, new in zip(held, tidy, strict=True)
        for name in data.columns
    )
    if data.columns and differ:
        # A tracker built before a column was added goes without it: nothing computed is lost that is not worked out anew.
        held_fields = [{name: value for name, value in row.items() if name in data.columns} for row in tidy]
        yield ReplaceRows(data.schema.name, held_fields, links or {})


def _differing(data: TableData, row: Row, values: Values) -> Iterator[SetCell]:
    for name, value in values.items():
        if name in data.columns and not same(row[name], value):
            yield set_cell(data, row, name, value)


def _rows_once(data: TableData) -> Iterable[Row]:
    """Return the rows with a key that can be read and stands once; what the others mean, nobody can tell."""
    keys = [data.key_of(row) for row in data]
    times, key = Counter(keys), data.schema.key
    return [
        row for row, own in zip(data, keys, strict=True) if own and times[own] == 1 and key not in row.faults
    ]


_STEPS = {
    "ids": lambda tracker, _: fill_ids(tracker),
    "assignments": _make_assignments,
    "acknowledgements": _make_acknowledgements,
    "dates": review_dates,
    "settings": _explain_settings,
}
"""In this order: each step reads what the one before it wrote."""


def _told(tracker: Tracker, kind: str, edit: Edit) -> Change:
    schema = tracker.framework[edit.table]
    if isinstance(edit, SetCell):
        title = schema[edit.field].title
        if kind == "ids":
            words = f"{schema.sheet} row {edit.row}: {title} is {as_text(edit.value)}."
            return Change(kind, edit.table, as_text(edit.value), edit.field, None, edit.value, words)
        before, after = _quoted(edit.expected), _quoted(edit.value)
        words = f"{schema.sheet} {edit.key}: {title} was {before}, is now {after}."
        return Change(kind, edit.table, edit.key, edit.field, edit.expected, edit.value, words)
    if isinstance(edit, AppendRow):
        key = as_text(edit.values.get(schema.key))
        parent = as_text(edit.values.get("action_id") or edit.values.get("review_id"))
        details = [as_text(edit.values.get(name)) for name in ("agency", "role", "area")]
        words = f"{schema.sheet} {key}: made for {parent} ({', '.join(filter(None, details))})."
        return Change(kind, edit.table, key, None, None, None, words)
    number = len(edit.rows) if isinstance(edit, ReplaceRows) else 0
    words = f"{schema.sheet}: written anew, {counted(number, 'row')}."
    return Change(kind, edit.table, "", None, None, None, words)


def _quoted(value: Value) -> str:
    return f'"{as_text(value)}"' if value is not None else "blank"
