"""Changes to the tracker, as data. Verbs return them; hosts turn them into cells; `apply_edits` does them in memory.

An edit says what it expects to find. Where the tracker holds something else, the edit is refused: nobody overwrites what
they did not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cvsb_xl.errors import TrackerChanged
from cvsb_xl.tracker.tables import Row, TableData, Tracker
from cvsb_xl.tracker.values import Value, as_text, same


@dataclass(frozen=True, slots=True)
class SetCell:
    """Set one field of one row.

    Attributes:
        row: the sheet row the verb saw, or 0; needed where the key is blank or stands twice.
    """

    table: str
    key: str
    field: str
    expected: Value
    value: Value
    row: int = 0


@dataclass(frozen=True, slots=True)
class AppendRow:
    """Append a row; fields not named stay blank."""

    table: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the tracker that a generated row links to.

    Attributes:
        sheet, cell: the target, such as ("Actions", "F17").
    """

    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class ReplaceRows:
    """Replace every row of a generated table.

    Attributes:
        links: (row index from 0, field name) -> where that cell links to.
    """

    table: str
    rows: Sequence[Mapping[str, Value]]
    links: Mapping[tuple[int, str], Link] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShowSheet:
    """Show a table's sheet, or hide it in Excel's ordinary way."""

    table: str
    visible: bool


Edit = SetCell | AppendRow | ReplaceRows | ShowSheet


def set_cell(data: TableData, row: Row, name: str, value: Value) -> SetCell:
    """Return the edit that sets a field of a row as it now stands."""
    return SetCell(data.schema.name, data.key_of(row), name, row[name], value, row.number)


def apply_edits(tracker: Tracker, edits: Iterable[Edit]) -> Tracker:
    """Return the tracker with the edits done, in order.

    Raises:
        TrackerChanged: when a cell does not hold what its edit expects.
    """
    changed: dict[str, list[Row]] = {}
    index: dict[str, dict[object, int]] = {}
    for edit in edits:
        if isinstance(edit, ShowSheet):
            continue
        if edit.table not in changed:
            changed[edit.table] = list(tracker[edit.table].rows)
        rows = changed[edit.table]
        if isinstance(edit, AppendRow):
            rows.append(Row(0, {name: edit.values.get(name) for name in tracker[edit.table].schema.by_name}))
            index.pop(edit.table, None)
        elif isinstance(edit, ReplaceRows):
            changed[edit.table] = [
                Row(0, {name: row.get(name) for name in tracker[edit.table].schema.by_name})
                for row in edit.rows
            ]
            index.pop(edit.table, None)
        else:
            places = index.get(edit.table)
            if places is None:
                places = index[edit.table] = _places(tracker[edit.table], rows)
            position = places.get(edit.row) if edit.row else places.get(edit.key)
            rows[_checked(edit, rows, position)] = _with(rows, position, edit)
    for name, rows in changed.items():
        tracker = tracker.with_table(name, replace(tracker[name], rows=tuple(rows)))
    return tracker


def _places(data: TableData, rows: list[Row]) -> dict[object, int]:
    places: dict[object, int] = {}
    for position, row in enumerate(rows):
        if row.number:
            places[row.number] = position
        places.setdefault(data.key_of(row), position)
    return places


def _checked(edit: SetCell, rows: list[Row], position: int | None) -> int:
    if position is None:
        raise TrackerChanged(
            f"{edit.table}: the row {edit.key or edit.row} is no longer there. Read the tracker again."
        )
    held = rows[position][edit.field]
    if not same(held, edit.expected):
        raise TrackerChanged(
            f'{edit.table}: {edit.field} of {edit.key} was "{as_text(edit.expected)}" when it was read and is now '
            f'"{as_text(held)}". Nothing was changed; run the command again.'
        )
    return position


def _with(rows: list[Row], position: int | None, edit: SetCell) -> Row:
    row = rows[position or 0]
    faults = {name: fault for name, fault in row.faults.items() if name != edit.field}
    untidy = {name: text for name, text in row.untidy.items() if name != edit.field}
    return replace(row, values={**row.values, edit.field: edit.value}, faults=faults, untidy=untidy)


def fold(data_of: Mapping[str, TableData], edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits as hosts want them: what came later has the last word.

    A change to a row that is only being appended is folded into its append, so that rows on no sheet yet come in one piece;
    of several replacements of a generated table, or showings of a sheet, the last one stands.
    """
    every = list(edits)
    last = {
        (type(edit), edit.table): at
        for at, edit in enumerate(every)
        if isinstance(edit, ReplaceRows | ShowSheet)
    }
    changed_later = {edit.table for edit in every if isinstance(edit, SetCell) and not edit.row}
    folded: list[Edit] = []
    fresh: dict[tuple[str, str], int] = {}
    for at_all, edit in enumerate(every):
        if isinstance(edit, ReplaceRows | ShowSheet) and last[type(edit), edit.table] != at_all:
            continue
        if isinstance(edit, AppendRow) and edit.table in changed_later:
            key = data_of[edit.table].key_of(Row(0, edit.values))
            fresh.setdefault((edit.table, key), len(folded))
        elif isinstance(edit, SetCell) and not edit.row and (edit.table, edit.key) in fresh:
            at = fresh[edit.table, edit.key]
            append = folded[at]
            assert isinstance(append, AppendRow)  # noqa: S101 - `fresh` holds places of appends alone
            folded[at] = AppendRow(edit.table, {**append.values, edit.field: edit.value})
            continue
        folded.append(edit)
    return folded
