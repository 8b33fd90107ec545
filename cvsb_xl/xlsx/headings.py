"""Renaming a table's column: the cell and the table part must say the same, or Excel repairs the file.

Formulas name columns too (`Actions[[#This Row],[Due on]]`). Excel rewrites them all when a heading is typed over;
here a heading that formulas rely on is left for Excel to rename.
"""

import re

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.markup import attributes, escape_control, masked, tag, utf8, with_attribute
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.refs import cell_ref
from cvsb_xl.xlsx.tables import Table, same_heading
from cvsb_xl.xlsx.values_out import CellValue

_COLUMN = tag(b"tableColumn", None)
_FORMULAS_IN = re.compile(
    r"/(worksheets|tables|charts|chartex|pivotcache)/[^/]*\.xml$|workbook\.xml$", re.IGNORECASE
)
_SPECIAL = re.compile(r"(['#\[\]@])")


def rename_heading(
    package: Package, sheet: str, table: Table, place: tuple[int, int], value: CellValue
) -> None:
    """Give the column headed by the cell `place` (row, column) a new name in its table part.

    Raises:
        UnsupportedWorkbook: the name is no text, is taken, or formulas name the column.
    """
    where = f"{sheet}!{cell_ref(*place)}"
    at = place[1] - table.box.left
    old = table.columns[at].name
    if value == old:
        return
    if not isinstance(value, str) or not value.strip():
        raise UnsupportedWorkbook(f"{where} is the heading of a table's column: it must be a text.")
    if any(
        same_heading(column.name) == same_heading(value) for i, column in enumerate(table.columns) if i != at
    ):
        raise UnsupportedWorkbook(f'{where}: the table already has a column "{value}".')
    named = ("[" + _SPECIAL.sub(r"'\1", old) + "]").replace("&", "&amp;").replace("<", "&lt;").encode()
    for part in package:
        if _FORMULAS_IN.search("/" + part) and named in package.part(part):
            raise UnsupportedWorkbook(
                f'{where}: formulas in the workbook name the column "{old}". Rename it in Excel, which changes them too.'
            )
    data = utf8(package.part(table.part), table.part)
    match = list(_COLUMN.finditer(masked(data)))[at]
    name = escape_control(value).replace("\n", "_x000a_")
    opened = with_attribute(data[match.start() : match.end()], "name", name)
    if "totalsRowLabel" in attributes(match[2]) and attributes(match[2])["totalsRowLabel"] == old:
        pass  # the label stands in a cell of its own, which was not asked to change
    package.replace(table.part, data[: match.start()] + opened + data[match.end() :])
