"""A workbook that came back, as a return: its sheets' values, and what its hidden sheet carries."""

from __future__ import annotations

from collections.abc import Mapping

from cvsb_xl.framework.schema import Framework
from cvsb_xl.merge.returned import Return, ReturnedSheet, read_return
from cvsb_xl.merge.sheet import CARRIER_SHEET
from cvsb_xl.tracker.values import as_text
from cvsb_xl.xlsx.read import Book


def as_return(framework: Framework, name: str, book: Book) -> Return:
    """Turn a book into a return."""
    sheets = [
        ReturnedSheet(sheet.name, sheet.grid, sheet.formulas, sheet.asides.merged, sheet.asides.notes)
        for sheet in book.sheets.values()
        if sheet.name.casefold() != CARRIER_SHEET
    ]
    return read_return(framework, name, sheets, carrier_of(book), book.properties.get("modified", ""))


def carrier_of(book: Book) -> Mapping[str, str]:
    """Return what the hidden sheet of an agency sheet carries, name -> value; nothing where it is gone."""
    for sheet in book.sheets.values():
        if sheet.name.casefold() == CARRIER_SHEET:
            return {
                as_text(row[0]): row[1] if isinstance(row[1], str) else as_text(row[1])
                for row in sheet.grid
                if len(row) > 1 and row[0] is not None and row[1] is not None
            }
    return {}
