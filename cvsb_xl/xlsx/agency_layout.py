"""The order in which an agency sheet shows its columns: what matters at first sight, then by what they are for.

Columns are found again by their headings, so they may stand in any order; the reader's is: what is asked of me and by
when, where it stands now, what I need if it is complete, what I need if I am stuck, and last what I may want to look up.
"""

from __future__ import annotations

from dataclasses import dataclass

from cvsb_xl.framework.schema import Language
from cvsb_xl.merge.sheet import SheetColumn, SheetTable
from cvsb_xl.xlsx.agency_checks import CHECK_HEADINGS
from cvsb_xl.xlsx.drawing import column_width

BANNERS = {
    "agreed": "What was agreed",
    "now": "Now",
    "complete": "If complete",
    "stuck": "If stuck",
    "who": "Who leads on it",
    "more": "More about it",
}
_READ_FIRST = ("action", "review_id", "title", "due_on", "revised_due_on", "last_decision")
"""What is read first, next to the key, where any row holds it. All else that is only read stands at the far right."""
_READ_LAST = {"assignments": ("review_id",)}
_CHECK_WIDTH, _WIDEST = 24, 44


@dataclass(frozen=True, slots=True)
class Place:
    """A column where it is drawn.

    Attributes:
        banner: a name in BANNERS.
        width: in characters.
        column: None for the check column, which was not issued.
    """

    banner: str
    heading: str
    width: int
    column: SheetColumn | None = None

    @property
    def is_own(self) -> bool:
        """Tell whether the agency fills it in."""
        return self.column is not None and self.column.kind == "input"


def places_of(table: SheetTable, language: Language) -> list[Place]:
    """Return a table's columns, and its check column, in the order they are drawn."""
    first = [column for column in table.columns if _is_read_first(column, table)]
    first.sort(key=lambda column: ("", *_READ_FIRST).index("" if column.kind == "key" else column.name))
    own = [column for column in table.columns if column.kind == "input"]
    places = [_place("agreed", column, language) for column in first]
    for group in ("now", "complete", "stuck", "who"):
        places += [_place(group, column, language) for column in own if (column.group or "now") == group]
        if group == "now" and table.table.name in CHECK_HEADINGS:
            places.append(Place("now", CHECK_HEADINGS[table.table.name], _CHECK_WIDTH))
    more = [column for column in table.columns if column not in first and column not in own]
    return places + [_place("more", column, language) for column in more]


def _is_read_first(column: SheetColumn, table: SheetTable) -> bool:
    if column.kind != "read":
        return column.kind == "key"
    if column.name not in _READ_FIRST or column.name in _READ_LAST.get(table.table.name, ()):
        return False
    return bool(table.spare) or any(row.get(column.name) is not None for row in table.rows)


def _place(banner: str, column: SheetColumn, language: Language) -> Place:
    return Place(banner, column.heading(language), min(column_width(column.field, language), _WIDEST), column)
