"""The host for clients: a workbook's tables come as JSON, and what a verb does to them goes back as JSON or as plain lines.

A request:

    {"verb": "update", "sheet": "Actions", "row": 7,            the button, and the row that is picked
     "returns": [{"name": "SWP.xlsx", "base64": "..."}],        for merge
     "workbook": {"name": "Tracker.xlsx", "sheets": [
        {"name": "Actions", "visible": true, "rows": [[...], ...],          from A1; formulas as their values
         "tables": [{"name": "Actions", "ref": "A4:Y52"}],
         "formulas": ["T5", "T6"]}]}}                           cells that hold formulas, which are not written over

A value is null, text, a number, true or false, {"date": "2027-03-31"}, {"time": "2027-03-31T09:30:00"} or
{"error": "#REF!"}; it goes back the same way. The answer: {"failed", "words", "output", "wants_a_person", "redo", "front",
"steps": [{"step": "put", "sheet", "row", "column", "values"}, ...], "documents": [{"folder", "name", "base64"}]}. The steps,
in their order, are those of hosts/steps.py: expect, grow, shrink, put, unlink, linkcell, show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, time
from typing import Any

from cvsb_xl.errors import CannotDo
from cvsb_xl.hosts.steps import Step
from cvsb_xl.tracker.values import CellError, RawValue
from cvsb_xl.xlsx.read import Book, Sheet, TableRef
from cvsb_xl.xlsx.refs import Box, parse_cell

_LARGEST = 5_000_000
"""Cells that a client may send; a tracker has some ten thousand."""


def book_from(workbook: Any) -> Book:
    """Return the workbook that a request holds.

    Raises:
        CannotDo: naming what is not as the contract says.
    """
    try:
        sheets = [_sheet(item) for item in workbook["sheets"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CannotDo(
            f"The request's workbook is not as it should be: {type(error).__name__} {error}."
        ) from error
    if len({sheet.name.casefold() for sheet in sheets}) != len(sheets):
        raise CannotDo("The request's workbook has two sheets of one name.")
    if sum(len(sheet.grid) * max((len(row) for row in sheet.grid), default=0) for sheet in sheets) > _LARGEST:
        raise CannotDo(f"The request's workbook has more than {_LARGEST:,} cells.")
    return Book({sheet.name: sheet for sheet in sheets})


def _sheet(item: Mapping[str, Any]) -> Sheet:
    grid = [[value_from(value) for value in row] for row in item["rows"]]
    width = max((len(row) for row in grid), default=0)
    grid = [row + [None] * (width - len(row)) for row in grid]
    formulas = frozenset(place for ref in item.get("formulas", ()) if (place := parse_cell(ref)))
    tables = tuple(_table(table) for table in item.get("tables", ()))
    visible = item.get("visible", True)
    return Sheet(str(item["name"]), "visible" if visible else "hidden", grid, formulas, tables)


def _table(item: Mapping[str, Any]) -> TableRef:
    box = Box.parse(item["ref"])
    if box is None:
        raise ValueError(f"{item['ref']} is no range")
    return TableRef(str(item["name"]), str(box), box.top, box.left, box.bottom, box.right)


def value_from(value: Any) -> RawValue:
    """Return a cell's value from its JSON.

    Raises:
        ValueError: for what no cell holds.
    """
    match value:
        case None | str() | bool() | int() | float():
            return value or None if isinstance(value, str) else value
        case {"date": str(text)}:
            return date.fromisoformat(text)
        case {"time": str(text)}:
            return datetime.fromisoformat(text)
        case {"error": str(code)}:
            return CellError(code)
    raise ValueError(f"{str(value)[:40]} is no value of a cell")


def value_to(value: RawValue) -> Any:
    """Return the JSON of a cell's value."""
    match value:
        case datetime():
            return {"time": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case time():
            return {"time": f"1899-12-30T{value.isoformat()}"}
        case CellError():
            return {"error": value.code}
    return value


def steps_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return steps as the contract says."""
    found = []
    for step in steps:
        item: dict[str, Any] = {"step": type(step).__name__.lower()}
        for part in fields(step):
            value = getattr(step, part.name)
            item[part.name] = value
            if part.name == "value":
                item[part.name] = value_to(value)
            elif part.name == "values":
                item[part.name] = [[value_to(one) for one in row] for row in value]
        found.append(item)
    return found
