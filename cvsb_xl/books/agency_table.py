"""One issued table as a sheet: columns under banners that say what they are for, the agency's own cells alone unlocked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cvsb_xl.books.agency_checks import MISSING, NOT_ANSWERED, READY, check_formula, check_value
from cvsb_xl.books.agency_layout import LEADS, Place, banner_of, is_open, places_of
from cvsb_xl.books.drawing import (
    MARKING,
    Looks,
    heading_height,
    kind_of,
    on_second_page,
    print_table,
    write_top,
    write_value,
)
from cvsb_xl.books.style import Formats, Role, Tone
from cvsb_xl.books.validation import validation_for
from cvsb_xl.framework.schema import Field, Language
from cvsb_xl.merge.sheet import START_SHEET, AgencySheet, SheetColumn, SheetTable
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.xlsx.fitting import text_height

BANNER_ROW, HEADINGS_ROW = 4, 5
"""Counted from 1; the rows follow."""
_A4_CHARACTERS = 190
"""About as many characters as print legibly across a landscape A4 page."""
PROTECTION = {"format_columns": True, "format_rows": True, "autofilter": True}
"""What stays allowed on a protected sheet: making columns and rows larger, and filtering."""
CHECK = "check"
_LEAST_HEIGHT = 41.0
"""Points: three lines, room that invites more than a word."""
_MOST_FROZEN = 60
_CHECK_TONES: Mapping[str, Tone] = {MISSING: "caution", READY: "good", NOT_ANSWERED: "quiet"}


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """What the first sheet says of a table.

    Attributes:
        said: what the check cells say as issued, one for each row.
        areas: the cells of a column by its name, "check" for the check's, such as "'Assignments'!$E$6:$E$14".
    """

    table: SheetTable
    said: tuple[str, ...]
    areas: Mapping[str, str]


def shown_value(item: Field, value: Value, language: Language) -> Value:
    """Return a value as the sheet's reader sees it: list values in the sheet's language, which read back as the same."""
    if language == "cy" and item.enum_cy and value in item.enum:
        return item.enum_cy[item.enum.index(str(value))]
    return value


def write_agency_table(
    formats: Formats, sheet: Any, issued: AgencySheet, table: SheetTable, lists: Mapping[str, str]
) -> DrawnTable:
    """Write one issued table.

    Args:
        lists: field name -> a formula that gives the values allowed in a spare row.
    """
    language = issued.language
    places = places_of(table, language)
    rows: list[Mapping[str, Value]] = [*table.rows, *({table.table.key: key} for key in table.spare)]
    title = table.table.sheet_cy if language == "cy" else table.table.sheet
    lead = (
        LEADS.get(table.table.name, table.table.description)
        if rows
        else "There is nothing here for you this time."
    )
    write_top(formats, sheet, title, lead, START_SHEET)
    sheet.write_string(*MARKING, issued.marking, formats("marking"))
    if _pages_across(places) > 1:
        column = on_second_page([place.width for place in places])
        sheet.write_string(MARKING[0], column, issued.marking, formats("marking"))
    _write_head(formats, sheet, places, table, max(len(rows), 1))
    said = [
        _write_row(formats, sheet, places, table, offset, row, language) for offset, row in enumerate(rows)
    ]
    for at, place in enumerate(places):
        _add_checks(formats, sheet, at, place, table, language, lists)
    # The action stays in view beside the key, where both leave room for the rest.
    beside = places[1:2] and places[1].group == "agreed" and places[0].width + places[1].width <= _MOST_FROZEN
    sheet.freeze_panes(HEADINGS_ROW, 2 if beside else 1)
    sheet.protect(options=PROTECTION)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    _set_up_print(sheet, title, places, HEADINGS_ROW + max(len(rows), 1))
    first, last = HEADINGS_ROW + 1, HEADINGS_ROW + max(len(rows), 1)
    areas = {
        place.column.name if place.column else CHECK: (
            f"'{table.table.sheet}'!${column_letters(at)}${first}:${column_letters(at)}${last}"
        )
        for at, place in enumerate(places, 1)
    }
    return DrawnTable(table, tuple(said), areas)


def _write_head(formats: Formats, sheet: Any, places: Sequence[Place], table: SheetTable, count: int) -> None:
    previous = ""
    columns = []
    for at, place in enumerate(places):
        # A band of single cells stands for a merged one: the first says the words, the others carry its ground. The key says
        # none: it prints on each page, where words above it would seem to speak of whatever stands beside it there.
        words = banner_of(place, table) if at and place.group != previous else ""
        previous = place.group if at else ""
        sheet.write(BANNER_ROW - 1, at, words or None, formats("banner"))
        looks = formats("heading" if place.is_own else "heading_computed")
        columns.append({"header": place.heading, "header_format": looks})
        sheet.set_column(at, at, place.width)
    sheet.set_row(BANNER_ROW - 1, 20)
    sheet.set_row(HEADINGS_ROW - 1, heading_height((place.heading, place.width) for place in places))
    options = {"name": table.table.excel_name, "columns": columns, "style": None, "banded_rows": False}
    if sheet.add_table(HEADINGS_ROW - 1, 0, HEADINGS_ROW - 1 + count, len(places) - 1, options) != 0:
        raise ValueError(
            f"{table.table.sheet}: two columns have the same heading, or its name cannot name a table"
        )


def _write_row(
    formats: Formats, sheet: Any, places: Sequence[Place], table: SheetTable, offset: int, row: Mapping[str, Value],
    language: Language,
) -> str:  # fmt: skip
    """Write a row; return what its check says as issued."""
    number = HEADINGS_ROW + 1 + offset
    cells = {
        place.column.name: f"${column_letters(at)}{number}"
        for at, place in enumerate(places, 1)
        if place.column
    }
    said = check_value(table.table.name, table.columns, row, language)
    texts = []
    for at, place in enumerate(places):
        if place.column is None:
            formula = check_formula(
                table.table.name, table.columns, cells, words_of(table, language), language
            )
            sheet.write_formula(number - 1, at, formula, formats("computed"), said)
            texts.append((said, place.width))
            continue
        item = place.column.field
        value = shown_value(item, row.get(place.column.name), language)
        unlocked = is_open(place.column, spare=offset >= len(table.rows))
        looks = Looks(_role(place.column, unlocked=unlocked), kind_of(item), unlocked)
        write_value(formats, sheet, (number - 1, at), value, looks)
        texts.append((as_text(value), place.width))
    sheet.set_row(number - 1, max(text_height(texts), _LEAST_HEIGHT))
    return said


def _role(column: SheetColumn, *, unlocked: bool) -> Role:
    if unlocked:
        return "agency"
    return "key" if column.kind == "key" else "computed"


def words_of(table: SheetTable, language: Language) -> dict[str, str]:
    """Return each list value of a table with the word that this sheet shows for it."""
    return {
        word: as_text(shown_value(column.field, word, language))
        for column in table.columns
        for word in column.field.enum
    }


def _add_checks(
    formats: Formats,
    sheet: Any,
    at: int,
    place: Place,
    table: SheetTable,
    language: Language,
    lists: Mapping[str, str],
) -> None:
    first, last = HEADINGS_ROW, HEADINGS_ROW + len(table.rows) + len(table.spare) - 1
    if last < first:
        return
    if place.column is None:
        for word, tone in _CHECK_TONES.items():
            options = {"type": "text", "criteria": "begins with", "value": word, "format": formats.tone(tone)}
            sheet.conditional_format(first, at, last, at, options)
        return
    item = place.column.field
    checks: dict[str, Any] | None = None
    if place.column.kind == "input":
        words = item.enum_cy if language == "cy" and item.enum_cy else item.enum
        checks = validation_for(item, place.heading, words=words)
    elif table.spare and place.column.name in lists:
        first = HEADINGS_ROW + len(table.rows)
        checks = validation_for(item, place.heading, source=lists[place.column.name], keys_of="Overview")
    if checks:
        sheet.data_validation(first, at, last, at, checks)


def _pages_across(places: Sequence[Place]) -> int:
    return max(1, round(_width(places) / 230))


def _width(places: Sequence[Place]) -> int:
    return sum(place.width for place in places)


def _set_up_print(sheet: Any, title: str, places: Sequence[Place], last: int) -> None:
    width, across = _width(places), _pages_across(places)
    sheet.set_landscape()
    sheet.set_paper(8 if width > _A4_CHARACTERS else 9)  # A3, A4
    sheet.fit_to_pages(across, 0)
    sheet.repeat_columns(0)
    end = (last - 1, len(places) - 1)
    print_table(sheet, title, end, repeated=(MARKING[0], HEADINGS_ROW - 1), across=across)
