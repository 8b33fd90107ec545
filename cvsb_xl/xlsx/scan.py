"""The byte scanner: where a sheet's rows and cells stand, found without parsing the sheet.

One pass notes where each row begins; the cells of a row are looked at only when that row is asked for. Rows
and cells may come without a reference (they count on from the one before), under a namespace prefix, with a
byte order mark in front, with references in lower case: places are counted in the bytes as they are.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.markup import attributes, masked, tag
from cvsb_xl.xlsx.refs import MAX_COLUMN, MAX_ROW, Box, cell_ref, parse_cell

_SHEET_DATA = tag(b"sheetData", None)
_COL = tag(b"col", None)
_DIMENSION = tag(b"dimension", None)
_MERGE = tag(b"mergeCell", None)
# How nearly every program writes a row: its number first. Anything else is read attribute by attribute.
_NUMBER_FIRST = re.compile(rb'\s+r="([1-9][0-9]{0,6})"')


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its opening tag, and where its content and the whole of it end."""

    number: int
    start: int
    open_end: int
    close_start: int
    end: int
    implicit: bool  # written without a number of its own


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: `inner` is where its content starts and ends."""

    column: int
    start: int
    inner: tuple[int, int]
    end: int
    attributes: dict[str, str]
    implicit: bool

    @property
    def style(self) -> int:
        """Its index into the workbook's cell formats."""
        written = self.attributes.get("s", "0")
        return int(written) if written.isdecimal() else 0

    @property
    def type(self) -> str:
        """Its type as written: n, s, str, inlineStr, b, e or d."""
        return self.attributes.get("t", "n")


class Sheet:
    """A worksheet part, scanned."""

    def __init__(self, data: bytes, name: str) -> None:
        """`data` is UTF-8; `name` is the sheet's, for messages.

        Raises:
            UnsupportedWorkbook: the part is no worksheet, or its rows cannot be told apart.
        """
        self.name = name
        self.data = data
        self.text = masked(data)
        opened = _SHEET_DATA.search(self.text)
        if opened is None:
            raise UnsupportedWorkbook(
                f"The sheet {name} has no cells: its part in the file is not a worksheet."
            )
        self.prefix: bytes = opened[1]
        self.data_start, self.data_open_end = opened.span()
        self.self_closing = opened[2].endswith(b"/")
        if self.self_closing:
            self.data_close = self.data_end = opened.end()
        else:
            close = self.text.rfind(b"</" + self.prefix + b"sheetData")
            end = self.text.find(b">", close)
            if close < opened.end() or end < 0:
                raise UnsupportedWorkbook(f"The sheet {name} is cut short: <sheetData> is never closed.")
            self.data_close, self.data_end = close, end + 1
        self._cell = tag(b"c", self.prefix)
        self._cell_end = re.compile(b"</" + re.escape(self.prefix) + rb"c\s*>")
        self._row_end = re.compile(b"</" + re.escape(self.prefix) + rb"row\s*>")
        self._scan_rows()

    def _scan_rows(self) -> None:
        self.numbers: list[int] = []
        self._starts: list[int] = []
        self._implicit: set[int] = set()
        number = 0
        for match in tag(b"row", self.prefix).finditer(self.text, self.data_open_end, self.data_close):
            first = _NUMBER_FIRST.match(match[2])
            written = first[1].decode() if first else attributes(match[2]).get("r")
            if written is None:
                number += 1
                self._implicit.add(len(self.numbers))
            elif written.isdecimal() and written.isascii():
                number = int(written)
            else:
                number = 0
            if not 1 <= number <= MAX_ROW:
                raise UnsupportedWorkbook(f"A row of the sheet {self.name} has the number {written}.")
            self.numbers.append(number)
            self._starts.append(match.start())
        self.ordered = all(a < b for a, b in zip(self.numbers, self.numbers[1:], strict=False))
        self._at = {} if self.ordered else {row: i for i, row in enumerate(self.numbers)}
        if not self.ordered and len(self._at) != len(self.numbers):
            raise UnsupportedWorkbook(
                f"The sheet {self.name} holds the same row twice, and programs disagree on which one counts. "
                "Open it in Excel and save it again."
            )

    def _index(self, number: int) -> int | None:
        if not self.ordered:
            return self._at.get(number)
        at = bisect_left(self.numbers, number)
        return at if at < len(self.numbers) and self.numbers[at] == number else None

    def row(self, number: int) -> Row | None:
        """The row of that number, if the sheet writes it out."""
        at = self._index(number)
        return None if at is None else self._row(at)

    def rows_between(self, first: int, last: int) -> list[Row]:
        """The rows the sheet writes out from number `first` to number `last`, in the order they stand."""
        return [self._row(at) for at, number in enumerate(self.numbers) if first <= number <= last]

    def _row(self, at: int) -> Row:
        start = self._starts[at]
        limit = self._starts[at + 1] if at + 1 < len(self._starts) else self.data_close
        opened = tag_at(self.text, start)
        implicit = at in self._implicit
        if self.text[opened - 2 : opened] == b"/>":
            return Row(self.numbers[at], start, opened, opened, opened, implicit)
        closed = self._row_end.search(self.text, opened, limit)
        if closed is None:
            raise UnsupportedWorkbook(f"Row {self.numbers[at]} of the sheet {self.name} is never closed.")
        return Row(self.numbers[at], start, opened, closed.start(), closed.end(), implicit)

    def insertion_point(self, number: int) -> tuple[int, Row | None]:
        """Where a new row of that number goes, and the row that then follows it, if that has no number itself."""
        if not self.ordered:
            raise UnsupportedWorkbook(
                f"The rows of the sheet {self.name} are not in order. Open it in Excel and save it again."
            )
        at = bisect_left(self.numbers, number)
        if at < len(self.numbers):
            return self._starts[at], self._row(at) if at in self._implicit else None
        return (self._row(at - 1).end if at else self.data_open_end), None

    def cells(self, row: Row) -> list[Cell]:
        """The cells a row writes out, in the order they stand.

        Raises:
            UnsupportedWorkbook: a cell's reference names another row or no cell, or a cell is written twice.
        """
        found = list(self.each_cell(row))
        if len({cell.column for cell in found}) != len(found):
            raise UnsupportedWorkbook(f"Row {row.number} of the sheet {self.name} holds the same cell twice.")
        return found

    def each_cell(self, row: Row) -> Iterator[Cell]:
        """The same one by one, for whoever needs only the first few."""
        column = 0
        at = row.open_end
        while match := self._cell.search(self.text, at, row.close_start):
            have = attributes(match[2])
            written = have.get("r")
            if written is None:
                column += 1
            else:
                place = parse_cell(written)
                if place is None or place[0] != row.number or "$" in written:
                    raise UnsupportedWorkbook(
                        f"Row {row.number} of the sheet {self.name} holds a cell that calls itself {written!r}."
                    )
                column = place[1]
            if match[2].endswith(b"/"):
                inner, at = (match.end(), match.end()), match.end()
            else:
                closed = self._cell_end.search(self.text, match.end(), row.close_start)
                if closed is None:
                    raise UnsupportedWorkbook(
                        f"Cell {cell_ref(row.number, column)} of {self.name} is never closed."
                    )
                inner, at = (match.end(), closed.start()), closed.end()
            if column > MAX_COLUMN:
                raise UnsupportedWorkbook(f"Row {row.number} of the sheet {self.name} has too many cells.")
            yield Cell(column, match.start(), inner, at, have, written is None)

    def cell(self, row: int, column: int) -> Cell | None:
        """One cell, if the sheet writes it out."""
        line = self.row(row)
        if line is None:
            return None
        return next((cell for cell in self.cells(line) if cell.column == column), None)

    def inner(self, cell: Cell) -> bytes:
        """What stands inside a cell."""
        return self.data[slice(*cell.inner)]

    def row_attributes(self, row: Row) -> dict[str, str]:
        """The attributes of a row's tag."""
        return attributes(self.text[row.start : row.open_end])

    def column_styles(self) -> list[tuple[int, int, int]]:
        """(first column, last column, style) as the sheet sets for whole columns."""
        found = []
        for match in _COL.finditer(self.text, 0, self.data_start):
            have = attributes(match[2])
            numbers = [have.get(key, "") for key in ("min", "max", "style")]
            if all(number.isdecimal() for number in numbers):
                found.append((int(numbers[0]), int(numbers[1]), int(numbers[2])))
        return found

    def dimension(self) -> tuple[re.Match[bytes], Box] | None:
        """The tag that states the sheet's extent, and what it states."""
        match = _DIMENSION.search(self.text, 0, self.data_start)
        box = Box.parse(attributes(match[2]).get("ref", "")) if match else None
        return (match, box) if match and box else None

    def merges(self) -> list[Box]:
        """The merged cells."""
        boxes = (
            Box.parse(attributes(m[2]).get("ref", "")) for m in _MERGE.finditer(self.text, self.data_end)
        )
        return [box for box in boxes if box]


def tag_at(text: bytes, start: int) -> int:
    """Where the tag that opens at `start` ends."""
    match = _ANY_TAG.match(text, start)
    if match is None:
        raise UnsupportedWorkbook("A sheet of the workbook is not well-formed XML.")
    return match.end()


_ANY_TAG = re.compile(rb"<[^\s/>]+((?:[^>\"']++|\"[^\"]*\"|'[^']*')*+)>")
