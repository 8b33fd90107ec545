"""What can be asked of a workbook in one save, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cvsb_xl.xlsx.values_out import CellValue

__all__ = ["AppendRows", "CellValue", "ReplaceRows", "Visibility", "WorkbookChange"]

Visibility = Literal["visible", "hidden", "veryHidden"]


@dataclass(frozen=True)
class AppendRows:
    """Rows for the table on a sheet, by heading.

    Headings not named stay blank or get their column's formula. A value given for a column of formulas never
    replaces the formula: it becomes its stored answer, until Excel recalculates.
    """

    sheet: str
    rows: Sequence[Mapping[str, CellValue]]


@dataclass(frozen=True)
class ReplaceRows:
    """All rows of the table on a sheet, anew; the table grows or shrinks to them (to one blank row, if none).

    Each column keeps the format of its first row of data. `links` makes cells clickable: for a heading, one
    place in this workbook per row, such as "'Actions'!A5" (None or "" for no link); links that stood on the
    table's rows before go.
    """

    sheet: str
    rows: Sequence[Mapping[str, CellValue]]
    links: Mapping[str, Sequence[str | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkbookChange:
    """Everything to be changed in one save.

    `cells` sets values by (sheet, address); a formula there is replaced. `answers` sets the stored answer of
    formulas that stay. Rows are appended after both. Sheets are named as on their tabs. `modified` is an aware time that the
    file shall say it was last saved at; None leaves what it says.
    """

    cells: Mapping[tuple[str, str], CellValue] = field(default_factory=dict)
    appends: Sequence[AppendRows] = ()
    replaces: Sequence[ReplaceRows] = ()
    visibility: Mapping[str, Visibility] = field(default_factory=dict)
    answers: Mapping[tuple[str, str], CellValue] = field(default_factory=dict)
    modified: datetime | None = None
