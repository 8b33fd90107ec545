"""One sheet of the tracker: title, what it is for, the way back to the Guide, and the table."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cvsb_xl.framework.schema import Field, Language, Table
from cvsb_xl.tracker.tables import HEADER_ROW, Row, TableData, Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.xlsx.live_formulas import live_formula, setting
from cvsb_xl.xlsx.style import TONE_OF_WORD, Formats, Kind, Role
from cvsb_xl.xlsx.validation import validation_for

GUIDE = "Guide"
_PLACE = re.compile(r"(?:'((?:[^']|'')+)'|([^!]+))!\$?([A-Z]{1,3})\$?([1-9]\d*)(?::.*)?")
_STARTS_A_FORMULA = ("=", "+", "-", "@")
_A4_CHARACTERS, _A3_CHARACTERS = 190, 270
"""About as many characters as print legibly across a landscape page."""


@dataclass(frozen=True)
class Drawing:
    """What every sheet of a workbook under construction shares."""

    book: Any
    formats: Formats
    tracker: Tracker
    today: date

    @property
    def language(self) -> Language:
        """The language of the headings."""
        return self.tracker.language


def keys_name(table: Table) -> str:
    """Return the defined name that stands for a table's keys, for drop-down lists."""
    return f"Keys_{table.excel_name}"


def write_table_sheet(drawing: Drawing, sheet: Any, data: TableData) -> None:
    """Write a table's sheet: headings in HEADER_ROW, the rows, nothing below."""
    table = data.schema
    last = HEADER_ROW + max(len(data), 1)
    write_top(drawing, sheet, table.sheet_cy if drawing.language == "cy" else table.sheet, table.description)
    columns = []
    for position, field in enumerate(table.fields):
        heading = field.heading(drawing.language)
        role, kind = role_of(field, table), kind_of(field)
        formula = (
            live_formula(drawing.tracker.framework, table.name, field.name, drawing.language)
            if field.live
            else None
        )
        column = {"header": heading, "header_format": drawing.formats(_heading_role(field))}
        if formula:
            column |= {"formula": formula, "format": drawing.formats(role, kind)}
        columns.append(column)
        # Rows that are yet to come take their look from the column; fill and borders are the table's own.
        sheet.set_column(position, position, field.width, drawing.formats("text", kind))
        _add_validation(drawing, sheet, table, field, position, last)
        _add_tones(drawing, sheet, field, position, last)
    sheet.set_row(HEADER_ROW - 1, _heading_height(table, drawing.language))
    sheet.add_table(
        HEADER_ROW - 1, 0, last - 1, len(table.fields) - 1,
        {"name": table.excel_name, "columns": columns, "style": None, "banded_rows": False},
    )  # fmt: skip
    formulas = {column["header"]: column.get("formula") for column in columns}
    for offset in range(max(len(data), 1)):
        row = data.rows[offset] if offset < len(data) else Row(0, {})
        for position, field in enumerate(table.fields):
            formula = formulas[field.heading(drawing.language)]
            _write_cell(drawing, sheet, HEADER_ROW + offset, position, field, table, row, formula)
    sheet.freeze_panes(HEADER_ROW, 1)
    _set_up_print(sheet, table, last)
    sheet.ignore_errors({"number_stored_as_text": f"A{HEADER_ROW + 1}:XFD1048576"})


def write_top(drawing: Drawing, sheet: Any, title: str, lead: str) -> None:
    """Write what stands at the head of every sheet: title, what it is for, the way back, the marking."""
    formats = drawing.formats
    sheet.set_row(0, 30)
    sheet.set_row(1, 18)
    sheet.set_row(2, 20)
    sheet.write_string(0, 0, title, formats("title"))
    sheet.write_string(1, 0, lead, formats("lead"))
    if title != GUIDE:
        sheet.write_url(2, 0, f"internal:'{GUIDE}'!A1", formats("link"), "Guide", f"Go to the {GUIDE}")
    marking = setting(drawing.tracker.framework, "marking", drawing.language)
    sheet.write_formula(2, 2, f"={marking}", formats("lead"), drawing.tracker.setting("marking"))


def role_of(field: Field, table: Table) -> Role:
    """Return how a field's cells look."""
    if field.name in table.primary_key and field.owner == "manager":
        return "key"
    return {"computed": "computed", "agency": "agency"}.get(field.owner, "input")  # type: ignore[return-value]


def kind_of(field: Field) -> Kind:
    """Return the kind of value that a field's cells show. Typed text stays text: "3.140" is a reference, not 3.14."""
    if field.type == "date":
        return "date"
    if field.type == "integer":
        return "integer"
    return "general" if field.enum or field.live else "text"


def write_value(
    drawing: Drawing, sheet: Any, row: int, column: int, value: Value, role: Role, kind: Kind
) -> None:
    """Write a value as what it is: text as text even where it starts as a formula would, dates as dates."""
    formats = drawing.formats
    if value is None:
        sheet.write_blank(row, column, None, formats(role, kind))
    elif isinstance(value, str):
        text_kind: Kind = kind if kind != "integer" else "general"
        sheet.write_string(
            row, column, value, formats(role, text_kind, quoted=value.startswith(_STARTS_A_FORMULA))
        )
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, formats(role))
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value, formats(role, "datetime"))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats(role, "date"))
    else:
        sheet.write_number(row, column, value, formats(role, "general" if kind == "text" else kind))


def _write_cell(
    drawing: Drawing,
    sheet: Any,
    row: int,
    column: int,
    field: Field,
    table: Table,
    data: Row,
    formula: str | None,
) -> None:
    value = data[field.name]
    role, kind = role_of(field, table), kind_of(field)
    if formula:
        cached = drawing_number(value) if isinstance(value, date) else as_text(value)
        sheet.write_formula(row, column, formula, drawing.formats(role, kind), cached)
        return
    place = _PLACE.fullmatch(value) if field.name == "where" and isinstance(value, str) else None
    if place:
        name = (place[1] or place[2] or "").replace("'", "''")
        link = drawing.formats("link")
        sheet.write_url(row, column, f"internal:'{name}'!{place[3]}{place[4]}", link, str(value))
        return
    write_value(drawing, sheet, row, column, value, role, kind)


def drawing_number(value: date) -> int:
    """Return a date as the number that Excel keeps for it."""
    return (
        (value - date(1899, 12, 30)).days if not isinstance(value, datetime) else value.toordinal() - 693594
    )


def _heading_role(field: Field) -> Role:
    return {"computed": "heading_computed", "agency": "heading_agency"}.get(field.owner, "heading")  # type: ignore[return-value]


def _heading_height(table: Table, language: Language) -> int:
    lines = max(math.ceil((len(field.heading(language)) + 3) * 1.1 / field.width) for field in table.fields)
    return 10 + 13 * max(lines, 2)


def _add_validation(
    drawing: Drawing, sheet: Any, table: Table, field: Field, position: int, last: int
) -> None:
    parents = drawing.tracker.framework.tables
    link = next((link for link in table.foreign_keys if link.field == field.name), None)
    options = validation_for(
        field, field.heading(drawing.language),
        source=f"={keys_name(parents[link.table])}" if link else None, keys_of=parents[link.table].sheet if link else "",
    )  # fmt: skip
    if options:
        sheet.data_validation(HEADER_ROW, position, last - 1, position, options)


def _add_tones(drawing: Drawing, sheet: Any, field: Field, position: int, last: int) -> None:
    for word in field.enum:
        tone = TONE_OF_WORD.get(word)
        if tone:
            sheet.conditional_format(
                HEADER_ROW, position, last - 1, position,
                {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": drawing.formats.tone(tone)},
            )  # fmt: skip


def _set_up_print(sheet: Any, table: Table, last: int) -> None:
    width = sum(field.width for field in table.fields)
    sheet.set_landscape()
    wide = width > _A4_CHARACTERS
    sheet.set_paper(8 if wide else 9)
    sheet.fit_to_pages(max(1, math.ceil(width / _A3_CHARACTERS)) if wide else 1, 0)
    sheet.repeat_rows(HEADER_ROW - 1)
    if wide:
        sheet.repeat_columns(0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.print_area(0, 0, last - 1, len(table.fields) - 1)
