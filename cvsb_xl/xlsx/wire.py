"""A book as JSON and back: what a child process sends its parent.

Not pickle: reading a pickle can run whatever its writer put in. Dates, times and errors are {"d": "2027-03-31"},
{"t": "2027-03-31T10:00:00"}, {"h": "10:00:00"} and {"e": "#REF!"}; all else is as JSON has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from cvsb_xl.tracker.values import CellError, RawValue
from cvsb_xl.xlsx.asides import Asides
from cvsb_xl.xlsx.read import Book, Sheet, TableRef

_PLAIN = frozenset({type(None), bool, int, float, str})


def book_to_json(book: Book) -> bytes:
    """The book as JSON."""
    told = {
        "date1904": book.date1904,
        "properties": dict(book.properties),
        "sheets": [
            {
                "name": sheet.name,
                "state": sheet.state,
                "grid": sheet.grid,
                "formulas": sorted(sheet.formulas),
                "tables": [
                    [t.name, t.ref, t.first_row, t.first_column, t.last_row, t.last_column]
                    for t in sheet.tables
                ],
                "merged": sheet.asides.merged,
                "notes": sheet.asides.notes,
                "boxes": sheet.asides.boxes,
            }
            for sheet in book.sheets.values()
        ],
    }
    return json.dumps(told, default=written, check_circular=False).encode("ascii")


def book_from_json(written: bytes) -> Book:
    """The book again.

    Raises:
        KeyError, TypeError, ValueError: it is no book.
    """
    told: Mapping[str, Any] = json.loads(written)
    sheets = {}
    for sheet in told["sheets"]:
        name, state = text_of(sheet["name"]), sheet["state"]
        if state not in ("visible", "hidden", "veryHidden"):
            raise ValueError(state)
        sheets[name] = Sheet(
            name,
            state,
            [_row(row) for row in sheet["grid"]],
            frozenset((int(row), int(column)) for row, column in sheet["formulas"]),
            tuple(TableRef(text_of(t[0]), text_of(t[1]), *map(int, t[2:6])) for t in sheet["tables"]),
            Asides(
                tuple((int(a), int(b), int(c), int(d)) for a, b, c, d in sheet["merged"]),
                tuple((text_of(cell), text_of(words)) for cell, words in sheet["notes"]),
                tuple((text_of(cell), text_of(words)) for cell, words in sheet["boxes"]),
            ),
        )
    properties = {text_of(key): text_of(value) for key, value in told["properties"].items()}
    return Book(sheets, properties, bool(told["date1904"]))


def written(value: object) -> object:
    """A value that JSON has no word for, as JSON."""
    match value:
        case datetime():
            return {"t": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case time():
            return {"h": value.isoformat()}
        case CellError():
            return {"e": value.code}
    raise TypeError(type(value).__name__)


def _row(values: list[Any]) -> list[RawValue]:
    cells: list[Any] = [value if value.__class__ in _PLAIN else _special(value) for value in values]
    return cells


def value_of(value: Any) -> RawValue:
    """The value again.

    Raises:
        TypeError, ValueError: it is none.
    """
    return _row([value])[0]


def _special(value: object) -> RawValue:
    match value:
        case {"d": str(text)}:
            return date.fromisoformat(text)
        case {"t": str(text)}:
            return datetime.fromisoformat(text)
        case {"h": str(text)}:
            return time.fromisoformat(text)
        case {"e": str(text)}:
            return CellError(text)
    raise TypeError(type(value).__name__)


def text_of(value: object) -> str:
    """The text.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value
