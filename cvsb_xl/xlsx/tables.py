"""Tables: where a sheet's table stands, what its columns are called, which of them are calculated.

Excel and LibreOffice keep a table in a part of its own. Where a program has dropped that part (Google Sheets,
a copy and paste), the range of the sheet's filter stands in for it, or else the block of cells under the
row that holds all the headings asked for.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.markup import (
    attributes,
    element_end,
    masked,
    plain_text,
    tag,
    unescape_control,
    utf8,
)
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import SheetEntry, relationships
from cvsb_xl.xlsx.refs import Box
from cvsb_xl.xlsx.scan import Cell, Sheet

_TABLE = tag(b"table", None)
_COLUMN = tag(b"tableColumn", None)
_FORMULA = tag(b"calculatedColumnFormula", None)
_AUTO_FILTER = tag(b"autoFilter", None)
_SI = tag(b"si", None)
_PHONETIC = re.compile(rb"<((?:[\w.-]+:)?)rPh[\s>].*?</\1rPh\s*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: its heading, and the formula that fills it, if one does."""

    name: str
    formula: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table on a sheet. `part` is "" where it has no part of its own."""

    part: str
    box: Box
    header_rows: int
    totals_rows: int
    columns: tuple[Column, ...]

    @property
    def first(self) -> int:
        """Its first row of data."""
        return self.box.top + self.header_rows

    @property
    def last(self) -> int:
        """Its last row of data."""
        return self.box.bottom - self.totals_rows

    @property
    def data(self) -> Box:
        """Its rows of data, all columns."""
        return Box(self.first, self.box.left, self.last, self.box.right)

    def resized(self, last: int) -> "Table":
        """The same table with another last row of data."""
        return replace(self, box=replace(self.box, bottom=last + self.totals_rows))

    def column(self, heading: str, sheet: str) -> int:
        """The sheet's column under a heading; case, spacing and line breaks do not matter.

        Raises:
            UnsupportedWorkbook: no column has that heading.
        """
        wanted = same_heading(heading)
        for at, column in enumerate(self.columns):
            if same_heading(column.name) == wanted:
                return self.box.left + at
        there = ", ".join(column.name for column in self.columns)
        raise UnsupportedWorkbook(
            f'The table on the sheet {sheet} has no column "{heading}". It has: {there}.'
        )


def same_heading(text: str) -> str:
    """What two headings share when a person would call them the same."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def covering(old: Table, new: Table) -> Callable[[Box], Box]:
    """How a range changes that covers the table's rows of data (all of them, perhaps more)."""
    by = new.last - old.last

    def change(box: Box) -> Box:
        if box.right < old.box.left or box.left > old.box.right or box.top > old.first:
            return box
        if old.last <= box.bottom <= old.box.bottom:
            return replace(box, bottom=box.bottom + by)
        if old.box.bottom < box.bottom < new.box.bottom:
            return replace(box, bottom=new.box.bottom)
        return box

    return change


def tables_of(package: Package, sheet: SheetEntry) -> list[Table]:
    """The tables that have a part, of one sheet."""
    parts = [rel.target for rel in relationships(package, sheet.part) if rel.kind == "table"]
    return [read_table(package, part) for part in parts if part in package]


def read_table(package: Package, part: str) -> Table:
    """A table part.

    Raises:
        UnsupportedWorkbook: the part makes no sense.
    """
    data = utf8(package.part(part), part)
    text = masked(data)
    opened = _TABLE.search(text)
    have = attributes(opened[2]) if opened else {}
    box = Box.parse(have.get("ref", ""))
    header, totals = have.get("headerRowCount", "1"), have.get("totalsRowCount", "0")
    if box is None or not header.isdecimal() or not totals.isdecimal():
        raise UnsupportedWorkbook(f"The table in {part} does not say where it stands.")
    columns = []
    for match in _COLUMN.finditer(text):
        start, _ = element_end(text, match, b"tableColumn")
        name = unescape_control(attributes(match[2]).get("name", ""))
        formula = _FORMULA.search(text, match.end(), start)
        found = None
        if formula:
            close, _ = element_end(text, formula, b"calculatedColumnFormula")
            found = plain_text(data[formula.end() : close])
        columns.append(Column(name, found or None))
    if len(columns) != box.right - box.left + 1:
        raise UnsupportedWorkbook(f"The table in {part} names {len(columns)} columns but stands on {box}.")
    table = Table(part, box, int(header), int(totals), tuple(columns))
    if table.last < table.first:
        table = replace(table, box=replace(table.box, bottom=table.first + table.totals_rows))
    return table


class Texts:
    """Texts of cells, with the workbook's shared strings behind them."""

    def __init__(self, package: Package, workbook: str) -> None:
        """Nothing is read until a text is asked for."""
        self._package = package
        self._workbook = workbook

    @cached_property
    def _shared(self) -> list[str]:
        rels = relationships(self._package, self._workbook)
        part = next((rel.target for rel in rels if rel.kind == "sharedStrings"), "")
        if part not in self._package:
            return []
        data = utf8(self._package.part(part), part)
        text = masked(data)
        strings = []
        for match in _SI.finditer(text):
            close, _ = element_end(text, match, b"si")
            strings.append(string_text(data[match.end() : close]) if close > match.end() else "")
        return strings

    def of(self, sheet: Sheet, cell: Cell) -> str:
        """What a cell shows, as text; "" for a blank."""
        inner = sheet.inner(cell)
        if cell.type == "inlineStr":
            return string_text(inner)
        value = plain_text(b"".join(re.findall(rb"<(?:[\w.-]+:)?v(?:\s[^>]*)?>(.*?)</", inner, re.DOTALL)))
        if cell.type != "s":
            return unescape_control(value)
        index = int(value) if value.strip().isdecimal() else -1
        return self._shared[index] if 0 <= index < len(self._shared) else ""

    def blank(self, sheet: Sheet, cell: Cell) -> bool:
        """Whether a cell that is no formula holds nothing but spaces."""
        if cell.inner[0] == cell.inner[1]:
            return True
        return not self.of(sheet, cell).strip()


def string_text(fragment: bytes) -> str:
    """The text of a shared or inline string, its runs joined, without phonetic guides."""
    return unescape_control(plain_text(_PHONETIC.sub(b"", fragment)))


def find_table(package: Package, entry: SheetEntry, sheet: Sheet, headings: list[str], texts: Texts) -> Table:
    """The table on a sheet that has these headings.

    Raises:
        UnsupportedWorkbook: there is none, or more than one.
    """
    tables = tables_of(package, entry)
    if len(tables) == 1:
        return tables[0]
    wanted = {same_heading(heading) for heading in headings}
    if tables:
        fitting = [t for t in tables if wanted <= {same_heading(column.name) for column in t.columns}]
        if len(fitting) == 1:
            return fitting[0]
        found = "None of the tables" if not fitting else "More than one table"
        raise UnsupportedWorkbook(
            f"{found} on the sheet {entry.name} has the headings {', '.join(headings)}."
        )
    filtered = _AUTO_FILTER.search(sheet.text, sheet.data_end)
    box = Box.parse(attributes(filtered[2]).get("ref", "")) if filtered else None
    if box is not None and box.bottom > box.top:
        return _loose_table(sheet, box, texts)
    return _block_under(sheet, entry.name, wanted, headings, texts)


def _loose_table(sheet: Sheet, box: Box, texts: Texts) -> Table:
    names = dict.fromkeys(range(box.left, box.right + 1), "")
    row = sheet.row(box.top)
    for cell in sheet.cells(row) if row else []:
        if cell.column in names:
            names[cell.column] = texts.of(sheet, cell)
    return Table("", box, 1, 0, tuple(Column(name) for name in names.values()))


def _block_under(sheet: Sheet, name: str, wanted: set[str], headings: list[str], texts: Texts) -> Table:
    for number in sheet.numbers[:50]:  # headings stand near the top, or nobody would find them
        row = sheet.row(number)
        cells = sheet.cells(row) if row else []
        named = {cell.column: texts.of(sheet, cell) for cell in cells}
        if wanted and wanted <= {same_heading(text) for text in named.values()}:
            columns = [column for column, text in named.items() if text.strip()]
            left, right = min(columns), max(columns)
            box = Box(number, left, number + 1, right)
            for below in sheet.rows_between(number + 1, 1_048_576):
                inside = [c for c in sheet.cells(below) if left <= c.column <= right]
                if any(not texts.blank(sheet, cell) for cell in inside):
                    box = replace(box, bottom=max(box.bottom, below.number))
            return _loose_table(sheet, box, texts)
    raise UnsupportedWorkbook(
        f"The sheet {name} has no table with the headings {', '.join(headings)}. Select its cells in Excel and "
        "choose Insert > Table."
    )
