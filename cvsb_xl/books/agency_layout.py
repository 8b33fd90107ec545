"""The order in which an agency sheet shows its columns: what matters at first sight, then by what they are for.

Columns are found again by their headings, so they may stand in any order; the reader's is: what is asked of me and by
when, where it stands now, what I need if it is complete, what I need if I am stuck, and last what I may want to look up.
"""

from __future__ import annotations

from dataclasses import dataclass

from cvsb_xl.books.drawing import column_width
from cvsb_xl.framework.schema import Language
from cvsb_xl.merge.columns import last_of
from cvsb_xl.merge.sheet import CHECK_HEADINGS, SheetColumn, SheetTable

_BANNERS = {
    "agreed": "What was agreed",
    "now": "Now",
    "complete": "If complete",
    "stuck": "If stuck",
    "who": "Who leads on it",
    "more": "More about it",
}
_BANNERS_OF = {
    "acknowledgements": {"agreed": "The review", "now": "Your answer"},
    "dissemination": {"agreed": "The review", "now": "How you shared it"},
}
LEADS = {
    "assignments": "Your part in each open action. What is overdue, or was not ratified, stands first.",
    "acknowledgements": "Each published review: who read it for you, and what it means for you even where no action is yours.",
    "dissemination": "How you shared the learning. Fill in a row for each way; pick the review first.",
}
"""Table -> what its sheet asks of the agency."""
_READ_FIRST = ("action", "review_id", "title", "due_on", "revised_due_on", "last_decision")
"""What is read first, next to the key, where any row holds it. All else that is only read stands at the far right."""
_READ_LAST = {"assignments": ("review_id",)}
_CHECK_WIDTH, _WIDEST = 24, 44


@dataclass(frozen=True, slots=True)
class Place:
    """A column where it is drawn.

    Attributes:
        group: what the column is for, such as "complete".
        width: in characters.
        is_own: the agency fills it in.
        column: None for the check column, which was not issued.
    """

    group: str
    heading: str
    width: int
    is_own: bool = False
    column: SheetColumn | None = None


def banner_of(place: Place, table: SheetTable) -> str:
    """Return the words above a group of columns."""
    return _BANNERS_OF.get(table.table.name, {}).get(place.group, _BANNERS[place.group])


def is_open(column: SheetColumn, *, spare: bool) -> bool:
    """Tell whether the agency may type into a column's cells: its own everywhere, and the review of a spare row."""
    return column.kind == "input" or (spare and column.name == "review_id")


def places_of(table: SheetTable, language: Language) -> list[Place]:
    """Return a table's columns, and its check column, in the order they are drawn."""
    first = [column for column in table.columns if _is_read_first(column, table)]
    first.sort(key=lambda column: ("", *_READ_FIRST).index("" if column.kind == "key" else column.name))
    own = [column for column in table.columns if column.kind == "input"]
    said = {
        last_of(column.name) for column in own if column.field.per_round
    }  # beside what is asked anew each round
    before = [column for column in table.columns if column.name in said]
    more = [column for column in table.columns if column not in (*first, *own, *before)]

    def place(group: str, column: SheetColumn) -> Place:
        width = min(column_width(column.field, language), _WIDEST)
        return Place(group, column.heading(language), width, is_open(column, spare=bool(table.spare)), column)

    places = [place("agreed", column) for column in first]
    for group in ("now", "complete", "stuck", "who"):
        places += [place(group, column) for column in own if (column.group or "now") == group]
        if group == "now" and table.table.name in CHECK_HEADINGS:
            places.append(Place("now", CHECK_HEADINGS[table.table.name], _CHECK_WIDTH))
        places += [place(group, column) for column in before if (column.group or "now") == group]
    return places + [place("more", column) for column in more]


def _is_read_first(column: SheetColumn, table: SheetTable) -> bool:
    if column.kind != "read":
        return column.kind == "key"
    if column.name not in _READ_FIRST or column.name in _READ_LAST.get(table.table.name, ()):
        return False
    return bool(table.spare) or any(row.get(column.name) is not None for row in table.rows)
