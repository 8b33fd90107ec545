"""The tracker's two very hidden sheets on disk: `_cvsb` (what it knows of itself) and `_last` (what the last verb left)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cvsb_xl.merge.sheet import CARRIER_SHEET
from cvsb_xl.tracker.log import LOG_HEAD, head_text
from cvsb_xl.tracker.memory import LAST_SHEET, SAVED_AT, lines
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import as_text, normalise
from cvsb_xl.xlsx.change import CellValue
from cvsb_xl.xlsx.read import Book, Sheet


@dataclass(frozen=True)
class Hidden:
    """Where the hidden sheets' rows stand; a sheet that is missing has no name and is not written.

    Attributes:
        meta: name -> value of `_cvsb`; meta_rows: name -> its row.
        last: (table, key) -> line of `_last`, None where no verb has saved yet; last_rows: the same -> its row.
    """

    meta_sheet: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    meta_rows: Mapping[str, int] = field(default_factory=dict)
    last_sheet: str | None = None
    last: Mapping[tuple[str, str], str] | None = None
    last_rows: Mapping[tuple[str, str], int] = field(default_factory=dict)
    last_end: int = 1

    @property
    def lost(self) -> tuple[str, ...]:
        """The sheets without which nothing can be signed, chained or compared any more."""
        no_key = self.meta_sheet is None or not self.meta.get("key") or not self.meta.get("tracker_id")
        return tuple(
            name for name, gone in ((CARRIER_SHEET, no_key), (LAST_SHEET, self.last_sheet is None)) if gone
        )


def read_hidden(book: Book) -> Hidden:
    """Read both sheets; of a `_last` that was not asked for, only that it is there."""
    meta, last = _sheet(book, CARRIER_SHEET), _sheet(book, LAST_SHEET)
    values: dict[str, str] = {}
    rows: dict[str, int] = {}
    for number, cells in enumerate(meta.grid if meta else (), 1):
        if len(cells) > 1 and cells[0] is not None and cells[1] is not None:
            name = as_text(cells[0])
            rows[name], values[name] = number, as_text(normalise(cells[1]))
    left: dict[tuple[str, str], str] = {}
    left_rows: dict[tuple[str, str], int] = {}
    for number, cells in enumerate(last.grid if last else (), 1):
        if number > 1 and len(cells) > 2 and cells[0] is not None and cells[2] is not None:
            place = (as_text(cells[0]), as_text(cells[1]))
            left[place], left_rows[place] = str(cells[2]), number
    return Hidden(
        meta.name if meta else None,
        values,
        rows,
        last.name if last else next((name for name in book.unread if name.casefold() == LAST_SHEET), None),
        left or None,
        left_rows,
        max(len(last.grid) if last else 0, 1),
    )


def hidden_cells(hidden: Hidden, before: Tracker, after: Tracker) -> dict[tuple[str, str], CellValue]:
    """Return the cells of both sheets that say what a save leaves: only those that change."""
    cells: dict[tuple[str, str], CellValue] = {}
    if hidden.meta_sheet is not None:
        says = {SAVED_AT: datetime.now(UTC).isoformat(timespec="seconds"), LOG_HEAD: head_text(after)}
        end = max(hidden.meta_rows.values(), default=0)
        for name, value in says.items():
            number = hidden.meta_rows.get(name, 0)
            if not number:
                end = number = end + 1
            cells[hidden.meta_sheet, f"A{number}"] = name
            cells[hidden.meta_sheet, f"B{number}"] = value
    if hidden.last_sheet is None:
        return cells
    now = lines(after, before)
    held = hidden.last or {}
    end = hidden.last_end
    for (table, key), line in now.items():
        if held.get((table, key)) == line:
            continue
        number = hidden.last_rows.get((table, key), 0)
        if not number:
            end = number = end + 1
            cells[hidden.last_sheet, f"A{number}"] = table
            cells[hidden.last_sheet, f"B{number}"] = key
        cells[hidden.last_sheet, f"C{number}"] = line
    for place, number in hidden.last_rows.items():
        if place not in now:
            cells |= {(hidden.last_sheet, f"{column}{number}"): None for column in "ABC"}
    return cells


def _sheet(book: Book, name: str) -> Sheet | None:
    return next((sheet for own, sheet in book.sheets.items() if own.casefold() == name), None)
