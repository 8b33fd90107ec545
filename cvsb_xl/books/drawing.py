"""What the sheets of a workbook under construction share: its formats, the head of a sheet, a value in a cell."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cvsb_xl.books.live_formulas import setting
from cvsb_xl.books.style import ACCENT, FONT, Formats, Kind, Place, Role
from cvsb_xl.framework.schema import Field, Language, Table
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import Value
from cvsb_xl.xlsx.fitting import LINE, lines

GUIDE = "Guide"
MARKING: Place = (2, 1)
"""Where every sheet shows the protective marking."""
_STARTS_A_FORMULA = ("=", "+", "-", "@")
_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Drawing:
    """A workbook under construction.

    Attributes:
        book: XlsxWriter's workbook.
        today: the day for which cached values are worked out.
    """

    book: Any
    formats: Formats
    tracker: Tracker
    today: date

    @property
    def language(self) -> Language:
        """The language of the headings."""
        return self.tracker.language


@dataclass(frozen=True, slots=True)
class Looks:
    """How a cell looks, and whether it may be typed into on a protected sheet."""

    role: Role
    kind: Kind = "general"
    unlocked: bool = False


def keys_name(table: Table) -> str:
    """Return the defined name that stands for a table's keys, for drop-down lists that grow with the table."""
    return f"Keys_{table.excel_name}"


def serial(value: Value) -> int | None:
    """Return a date as the number that a spreadsheet keeps for it; None for anything else."""
    return (value - _EPOCH).days if isinstance(value, date) and not isinstance(value, datetime) else None


def heading_height(headings: Iterable[tuple[str, int]]) -> float:
    """Return the height in points of a row of wrapped bold headings, each given with its column's width in characters."""
    return 8 + LINE * max(2, *(lines(text, width - 0.5, bold=True) for text, width in headings))


def column_width(field: Field, language: Language) -> int:
    """Return a column's width in characters: the schema's, or as much as the longest word of its heading needs."""
    return max(field.width, round(max(map(len, field.heading(language).split())) * 1.15) + 2)


def write_top(formats: Formats, sheet: Any, title: str, lead: str, back: str) -> None:
    """Write what stands at the head of every sheet: title, what it is for, the way back. The marking goes in MARKING."""
    for row, height in enumerate((30, 18, 20)):
        sheet.set_row(row, height)
    sheet.write_string(0, 0, title, formats("title"))
    sheet.write_string(1, 0, lead, formats("lead"))
    sheet.write_url(2, 0, f"internal:'{back}'!A1", formats("link"), back, f"Go to {back}")


def write_tracker_top(drawing: Drawing, sheet: Any, title: str, lead: str, back: str = GUIDE) -> None:
    """Write the head of a sheet of the tracker, with the protective marking that Settings holds."""
    write_top(drawing.formats, sheet, title, lead, back)
    write_marking(drawing, sheet, MARKING)


def write_marking(drawing: Drawing, sheet: Any, at: Place) -> None:
    """Write the protective marking that Settings holds, so that it changes when Settings does."""
    marking = setting(drawing.tracker.framework, "marking", drawing.language)
    sheet.write_formula(*at, f"={marking}", drawing.formats("marking"), drawing.tracker.setting("marking"))


def print_table(sheet: Any, title: str, last: Place, *, repeated: Place, across: int) -> None:
    """Set up how a table prints: its marking and headings on each page, and below them which sheet and page it is.

    Args:
        title: what stands at the sheet's top.
        last: the last cell that prints, counted from 0.
        repeated: the first and the last row that stand on each page.
        across: how many pages wide it is. From two on its title stands in the page's header: the cell's own would be cut off
            after the first column, which each page repeats.
    """
    sheet.set_margins(left=0.4, right=0.4, top=0.7 if across > 1 else 0.5, bottom=0.6)
    sheet.repeat_rows(*repeated)
    sheet.set_footer("&L&A&RPage &P of &N", {"margin": 0.25})
    if across > 1:
        in_code = title.replace("&", "&&")
        sheet.set_header(f'&L&K{ACCENT[1:]}&"{FONT},Bold"&18{in_code}', {"margin": 0.3})
    sheet.print_area(repeated[0] if across > 1 else 0, 0, *last)


def on_second_page(widths: Sequence[int]) -> int:
    """Return the position of a column that prints on the second of two pages: one that starts well past the middle."""
    starts = itertools.accumulate(widths, initial=0)
    return next(at for at, start in enumerate(starts) if start >= 0.65 * sum(widths))


def write_value(formats: Formats, sheet: Any, at: Place, value: Value, looks: Looks) -> None:
    """Write a value as what it is: text as text even where it starts as a formula would, dates as dates."""
    role, kind, unlocked = looks.role, looks.kind, looks.unlocked
    if value is None:
        sheet.write_blank(*at, None, formats(role, kind, unlocked=unlocked))
    elif isinstance(value, str):
        quoted = value.startswith(_STARTS_A_FORMULA)
        kind = "general" if kind == "integer" else kind
        sheet.write_string(*at, value, formats(role, kind, quoted=quoted, unlocked=unlocked))
    elif isinstance(value, bool):
        sheet.write_boolean(*at, value, formats(role, unlocked=unlocked))
    elif isinstance(value, datetime):
        sheet.write_datetime(*at, value, formats(role, "datetime", unlocked=unlocked))
    elif isinstance(value, date):
        sheet.write_datetime(*at, value, formats(role, "date", unlocked=unlocked))
    else:
        sheet.write_number(
            *at, value, formats(role, "general" if kind == "text" else kind, unlocked=unlocked)
        )


def kind_of(field: Field) -> Kind:
    """Return the kind of value that a field's cells show. Typed text stays text: "3.140" is a reference, not 3.14."""
    if field.type == "date":
        return "date"
    if field.type == "integer":
        return "integer"
    return "general" if field.enum or field.live else "text"
