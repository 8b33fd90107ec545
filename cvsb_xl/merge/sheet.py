"""An agency sheet as data: what is issued to one agency, before anybody has drawn it as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.framework.schema import Field, Language, Table
from cvsb_xl.tracker.ids import in_file_names
from cvsb_xl.tracker.values import Value

ColumnKind = Literal["key", "read", "input"]

CARRIER_SHEET = "_cvsb"
"""The very hidden sheet that carries the signed base; a tracker's own meta stands in a sheet of the same name."""
SHEET_ID_PROPERTY = "cvsb_sheet_id"
"""The custom document property that holds the sheet_id a second time."""
START_SHEET, START_SHEET_CY = "Start here", "Dechrau yma"
OVERVIEW_SHEET, LISTS_SHEET = "Overview", "Lists"
CHECK_HEADINGS: Mapping[str, str] = {
    "assignments": "Ready for the Delivery Group?",
    "acknowledgements": "Answered?",
    "dissemination": "Anything missing?",
}
"""Table -> the heading of the column that answers back: drawn on the sheet, not issued; a table of a board's own has none."""
PROPOSALS = ("Proposed complete", "Proposed step-down")
REFUSED = "Not ratified"
"""How the Delivery Group's answer to a proposal begins on the sheet while the agency has not proposed it again."""
"""What an agency can propose to the Delivery Group."""
REVIEWED_BY, REVIEWED_ON = "Reviewed by", "Reviewed on"
"""Labels in column A of "Start here"; the agency writes beside them, in column B."""


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of an issued table.

    Attributes:
        name: the field's name, as the base, the JSON and the receipt have it.
        field: the schema field behind it: type, list, help and width.
        kind: "key"; "read" (locked); "input" (the agency's own, unlocked).
        group: what the column is for: "agreed", "who", "now", "complete", "stuck" or "".
    """

    name: str
    field: Field
    kind: ColumnKind
    group: str = ""

    def heading(self, language: Language) -> str:
        """Return the heading, the same as in the tracker."""
        return self.field.heading(language)


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One issued table.

    Attributes:
        rows: as issued, in the order they are shown: column name -> value; per-round fields are blank.
        spare: ids reserved for rows that the agency may add; such rows have every input column and the review unlocked.
    """

    table: Table
    columns: tuple[SheetColumn, ...]
    rows: tuple[Mapping[str, Value], ...]
    spare: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgencySheet:
    """Everything that one agency's workbook shows and carries.

    Attributes:
        overview: what every partner may read of every published review: column heading -> value, one dict a row.
        reviews: (review_id, title) of the reviews that a new dissemination row may name.
        carrier: the rows of the very hidden `_cvsb` sheet, name -> value, each under 30,000 ASCII characters.
    """

    sheet_id: str
    agency: str
    agency_name: str
    board_name: str
    marking: str
    language: Language
    issued_at: datetime
    due_back_on: date | None
    tables: tuple[SheetTable, ...]
    overview: tuple[Mapping[str, Value], ...]
    reviews: tuple[tuple[str, str], ...]
    carrier: Mapping[str, str]

    @property
    def file_name(self) -> str:
        """The same name each time: the agency's code."""
        return f"{in_file_names(self.agency)}.xlsx"


def past_due(rows: Iterable[Mapping[str, Value]], today: date) -> int:
    """Count issued assignments past their date, the revised one where there is one. A proposal stops the clock."""
    count = 0
    for row in rows:
        due = as_date(row.get("revised_due_on")) or as_date(row.get("due_on"))
        count += due is not None and due < today and row.get("progress") not in PROPOSALS
    return count
