"""The outline around a cell that the sheet Findings names: a conditional format, so that nothing of the cell itself changes.

It looks for the row's key and the column's heading, which stay with the cell when a sheet is sorted; a row without a key is
found by its address. Cells of another sheet are reached through defined names, as every Excel since 2007 allows.
"""

from __future__ import annotations

from typing import Any

from cvsb_xl.books.live_formulas import column, quoted
from cvsb_xl.framework.schema import Framework, Language, Table
from cvsb_xl.tracker.tables import HEADER_ROW, column_letters

_NAMES = {"where": "Findings_where", "key": "Findings_key", "heading": "Findings_column"}


def name_findings(book: Any, framework: Framework, language: Language) -> None:
    """Name the columns of Findings that the marks look into."""
    for field, name in _NAMES.items():
        book.define_name(name, f"={column(framework['findings'], field, language)}")


def mark_formula(table: Table) -> str:
    """Return the formula that holds for a cell with a finding, as it stands in the first column's first row."""
    where, key, heading = _NAMES.values()
    first = HEADER_ROW + 1
    by_address = f"COUNTIF({where},{quoted(table.sheet + '!')}&ADDRESS(ROW(),COLUMN(),4))"
    if len(table.primary_key) > 1:
        return f"={by_address}>0"
    at = next(number for number, item in enumerate(table.fields, 1) if item.name == table.key)
    own = f"${column_letters(at)}{first}"
    by_key = f"COUNTIFS({where},{quoted(table.sheet + '!*')},{key},{own},{heading},A${HEADER_ROW})"
    return f'=IF({own}="",{by_address},{by_key})>0'
