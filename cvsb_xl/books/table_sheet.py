"""One sheet of the tracker: title, what it is for, the way back to the Guide, and the table."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cvsb_xl.books.drawing import (
    MARKING,
    Drawing,
    Looks,
    column_width,
    heading_height,
    keys_name,
    kind_of,
    on_second_page,
    print_table,
    serial,
    write_marking,
    write_tracker_top,
    write_value,
)
from cvsb_xl.books.live_formulas import live_formula
from cvsb_xl.books.marks import mark_formula
from cvsb_xl.books.style import TONE_OF_CHOICE, TONE_OF_PHRASE, TONE_OF_STATE, Role, Tone
from cvsb_xl.books.validation import validation_for
from cvsb_xl.framework.schema import Field, Table
from cvsb_xl.tracker.tables import HEADER_ROW, Row, TableData
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.xlsx.fitting import text_height

_PLACE = re.compile(r"(?:'(?:[^']|'')+'|[^!':]+)!\$?[A-Z]{1,3}\$?[1-9]\d*(?::.*)?")
"""A cell of a sheet, as generated rows name it: Actions!F17, 'Change log'!A5."""
_A4_CHARACTERS, _A3_CHARACTERS = 190, 270
"""About as many characters as print legibly across a landscape page."""
_FROM_AGENCIES = "Filled in by agencies, through their sheets:"


@dataclass(frozen=True)
class _Column:
    """A column as it is drawn: worked out once, used for each of its cells.

    Attributes:
        formula: of a live column; blank for the others.
        empty: the format of a blank cell.
    """

    field: Field
    heading: str
    width: int
    looks: Looks
    empty: Any
    formula: str = ""


def write_table_sheet(drawing: Drawing, sheet: Any, data: TableData) -> None:
    """Write a table's sheet: headings in HEADER_ROW, the rows, nothing below. An empty table gets one blank row."""
    table = data.schema
    rows = data.rows or (Row(0, {}),)
    last = HEADER_ROW + len(rows)
    title = table.sheet_cy if drawing.language == "cy" else table.sheet
    write_tracker_top(drawing, sheet, title, table.description)
    columns = [_column(drawing, table, item) for item in table.fields]
    _write_headings(drawing, sheet, table, columns, last)
    for number, row in enumerate(rows, HEADER_ROW):
        _write_row(drawing, sheet, number, columns, row)
    if table.kind == "input":  # first, so that a finding is seen also where a status has its colour
        marked = {"type": "formula", "criteria": mark_formula(table), "format": drawing.formats.mark()}
        sheet.conditional_format(HEADER_ROW, 0, last - 1, len(columns) - 1, marked)
    for position, column in enumerate(columns):
        area = (HEADER_ROW, position, last - 1, position)
        _add_validation(drawing, sheet, table, column.field, area)
        _add_tones(drawing, sheet, column.field, area)
    first_agency = next((at for at, item in enumerate(table.fields) if item.owner == "agency"), None)
    if first_agency:
        sheet.write_string(2, first_agency, _FROM_AGENCIES, drawing.formats("owner"))
    if _pages_across(table) > 1:
        write_marking(drawing, sheet, (MARKING[0], on_second_page([field.width for field in table.fields])))
    if table.kind == "generated":
        sheet.hide_gridlines(2)
    sheet.freeze_panes(HEADER_ROW, 1)
    _set_up_print(sheet, table, title, last)
    sheet.ignore_errors({"number_stored_as_text": f"A{HEADER_ROW + 1}:XFD1048576"})


def role_of(field: Field, table: Table) -> Role:
    """Return how a field's cells look. Whole sheets that the tool writes are upright: italics tell cells apart, not sheets."""
    if table.kind == "generated" and field.owner == "computed":
        return "record"
    if field.name in table.primary_key and field.owner == "manager":
        return "key"
    roles: Mapping[str, Role] = {"computed": "computed", "agency": "agency", "manager": "input"}
    return roles[field.owner]


def _column(drawing: Drawing, table: Table, item: Field) -> _Column:
    looks = Looks(role_of(item, table), kind_of(item))
    framework, language = drawing.tracker.framework, drawing.language
    formula = live_formula(framework, table.name, item.name, language) if item.live else None
    empty = drawing.formats(looks.role, looks.kind)
    return _Column(item, item.heading(language), column_width(item, language), looks, empty, formula or "")


def _write_headings(
    drawing: Drawing, sheet: Any, table: Table, columns: Sequence[_Column], last: int
) -> None:
    formats = drawing.formats
    drawn = []
    for position, column in enumerate(columns):
        # Rows that are yet to come take their look from the column; fill and borders are the table's own.
        sheet.set_column(position, position, column.width, formats("text", column.looks.kind))
        looks = formats("heading_computed" if column.field.owner == "computed" else "heading")
        options: dict[str, Any] = {"header": column.heading, "header_format": looks}
        if column.formula:
            options |= {"formula": column.formula, "format": column.empty}
        drawn.append(options)
    sheet.set_row(HEADER_ROW - 1, heading_height((column.heading, column.width) for column in columns))
    table_options = {"name": table.excel_name, "columns": drawn, "style": None, "banded_rows": False}
    if sheet.add_table(HEADER_ROW - 1, 0, last - 1, len(columns) - 1, table_options) != 0:
        raise ValueError(f"{table.sheet}: two columns have the same heading, or its name cannot name a table")


def _write_row(drawing: Drawing, sheet: Any, number: int, columns: Sequence[_Column], row: Row) -> None:
    texts = []
    for position, column in enumerate(columns):
        value = row[column.field.name]
        if column.formula:
            cached = serial(value) if column.looks.kind == "date" else as_text(value)
            sheet.write_formula(
                number, position, column.formula, column.empty, "" if cached is None else cached
            )
        elif value is None:
            sheet.write_blank(number, position, None, column.empty)
        elif column.field.name == "where" and (target := _link(drawing, value)):
            sheet.write_url(number, position, target, drawing.formats("link_record"), str(value), "Go there")
        else:
            write_value(drawing.formats, sheet, (number, position), value, column.looks)
        if isinstance(value, str):
            texts.append((value, column.width))
    if texts:  # the blank row of an empty table is left to fit what will be written in it
        sheet.set_row(number, text_height(texts))


def _link(drawing: Drawing, value: Value) -> str | None:
    """Return where a cell that names a place links to; None where it names none."""
    if not isinstance(value, str):
        return None
    if value in drawing.tracker.framework.by_sheet:
        return f"internal:'{value}'!A1"
    return f"internal:{value}" if _PLACE.fullmatch(value) else None


def _add_validation(
    drawing: Drawing, sheet: Any, table: Table, field: Field, area: tuple[int, int, int, int]
) -> None:
    link = next((link for link in table.foreign_keys if link.field == field.name), None)
    heading = field.heading(drawing.language)
    if link:
        parent = drawing.tracker.framework[link.table]
        options = validation_for(field, heading, source=f"={keys_name(parent)}", keys_of=parent.sheet)
    else:
        options = validation_for(field, heading)
    if options:
        sheet.data_validation(*area, options)


def _add_tones(drawing: Drawing, sheet: Any, field: Field, area: tuple[int, int, int, int]) -> None:
    tones: Mapping[str, Tone] = TONE_OF_CHOICE if field.owner == "manager" else TONE_OF_STATE
    for word in field.enum:
        if word in tones:
            looks = drawing.formats.tone(tones[word])
            sheet.conditional_format(
                *area, {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": looks}
            )
    if field.enum or field.type != "string" or not (field.live or field.name == "severity"):
        return
    for phrase, tone in TONE_OF_PHRASE.items():
        looks = drawing.formats.tone(tone)
        sheet.conditional_format(
            *area, {"type": "text", "criteria": "containing", "value": phrase, "format": looks}
        )


def _pages_across(table: Table) -> int:
    return math.ceil(_width(table) / _A3_CHARACTERS)


def _width(table: Table) -> int:
    return sum(field.width for field in table.fields)


def _set_up_print(sheet: Any, table: Table, title: str, last: int) -> None:
    wide, across = _width(table) > _A4_CHARACTERS, _pages_across(table)
    sheet.set_landscape()
    sheet.set_paper(8 if wide else 9)  # A3, A4
    sheet.fit_to_pages(across, 0)
    if wide:
        sheet.repeat_columns(0)
    end = (last - 1, len(table.fields) - 1)
    print_table(sheet, title, end, repeated=(MARKING[0], HEADER_ROW - 1), across=across)
