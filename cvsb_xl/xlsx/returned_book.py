"""A workbook that came back, as a return: its sheets' values, and what its hidden sheet carries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from cvsb_xl.framework.schema import Framework
from cvsb_xl.merge.returned import Return, ReturnedSheet, read_return
from cvsb_xl.merge.sheet import CARRIER_SHEET
from cvsb_xl.tracker.values import as_text
from cvsb_xl.xlsx.read import Book, Sheet


def as_return(framework: Framework, name: str, book: Book, *, answers_alone: bool = False) -> Return:
    """Turn a book into a return; `answers_alone` as in read_return."""
    hidden = _carrier_sheet(book)
    sheets = [
        ReturnedSheet(
            sheet.name,
            sheet.grid,
            sheet.formulas,
            sheet.asides.merged,
            sheet.asides.notes,
            sheet.asides.boxes,
        )
        for sheet in book.sheets.values()
        if sheet is not hidden
    ]
    return read_return(
        framework,
        name,
        sheets,
        carrier_of(book),
        saved_at(book.properties.get("modified", "")),
        answers_alone=answers_alone,
    )


def saved_at(written: str) -> str:
    """Return when a file was last saved, in UTC; "" where that is not clear.

    A time without a zone is not clear: its program may have meant the clock on the wall.
    """
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        return ""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment.tzinfo else ""


def carrier_of(book: Book) -> Mapping[str, str]:
    """Return what the hidden sheet of an agency sheet carries, name -> value; nothing where it is gone."""
    sheet = _carrier_sheet(book)
    return _pairs(sheet) if sheet else {}


def _carrier_sheet(book: Book) -> Sheet | None:
    """The sheet of that name; else the one that holds what it holds: Apple's Numbers gives every sheet a name of its own."""
    for sheet in book.sheets.values():
        if sheet.name.casefold() == CARRIER_SHEET:
            return sheet
    for sheet in book.sheets.values():
        if {"sheet_id", "signature"} <= _pairs(sheet).keys():
            return sheet
    return None


def _pairs(sheet: Sheet) -> Mapping[str, str]:
    return {
        as_text(row[0]): row[1] if isinstance(row[1], str) else as_text(row[1])
        for row in sheet.grid
        if len(row) > 1 and row[0] is not None and row[1] is not None
    }
