"""The byte scanner: where a sheet's rows and cells stand, found without parsing the sheet.

One pass notes where each row begins; the cells of a row are looked at only when that row is asked for. Rows
and cells may come without a reference (they count on from the one before), under a namespace prefix, with a
byte order mark in front, with references in lower case: places are counted in the bytes as they are.
"""

import contextlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.markup import Splice, attributes, masked, tag, tag_end
from cvsb_xl.xlsx.refs import MAX_COLUMN, MAX_ROW, Box, cell_ref, column_number, parse_cell

_SHEET_DATA = tag(b"sheetData", None)
_COL = tag(b"col", None)
_DIMENSION = tag(b"dimension", None)
_MERGE = tag(b"mergeCell", None)


# What nearly every cell says of itself, in the order in which every program writes it.
_USUAL = re.compile(rb' r="([A-Z]+[0-9]+)"(?: s="([0-9]+)")?(?: t="([A-Za-z]+)")?/?')


def _told(cell: re.Match[bytes]) -> dict[str, str]:
    return {name: value.decode("ascii") for name, value in zip("rst", cell.groups(), strict=True) if value}


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
        self._seen: dict[int, Row] = {}
        number = 0
        # Nearly every program writes a row's number first; where it does not stand there, the tag is looked into.
        pattern = re.compile(b"<" + re.escape(self.prefix) + rb'row(?=[\s/>])(?:\s+r="([1-9][0-9]{0,6})")?')
        for match in pattern.finditer(self.text, self.data_open_end, self.data_close):
            written = match[1] or self._written_number(match.start())
            if written is None:
                number += 1
                self._implicit.add(len(self.numbers))
            else:
                number = int(written)
            self.numbers.append(number)
            self._starts.append(match.start())
        if self.numbers and not (min(self.numbers) >= 1 and max(self.numbers) <= MAX_ROW):
            raise UnsupportedWorkbook(f"A row of the sheet {self.name} has a number that no row can have.")
        self.ordered = all(a < b for a, b in zip(self.numbers, self.numbers[1:], strict=False))
        self._at = {} if self.ordered else {row: i for i, row in enumerate(self.numbers)}
        if not self.ordered and len(self._at) != len(self.numbers):
            raise UnsupportedWorkbook(
                f"The sheet {self.name} holds the same row twice, and programs disagree on which one counts. "
                "Open it in Excel and save it again."
            )

    def _written_number(self, start: int) -> str | None:
        written = attributes(self.text[start : tag_end(self.text, start)]).get("r")
        if written is not None and not (written.isdecimal() and written.isascii()):
            raise UnsupportedWorkbook(f"A row of the sheet {self.name} has the number {written}.")
        return written

    def _index(self, number: int) -> int | None:
        if not self.ordered:
            return self._at.get(number)
        at = bisect_left(self.numbers, number)
        return at if at < len(self.numbers) and self.numbers[at] == number else None

    def row(self, number: int) -> Row | None:
        """The row of that number, if the sheet writes it out."""
        at = self._index(number)
        return None if at is None else self._row(at)

    def rows_between(self, first: int, last: int, but: Collection[int] = ()) -> list[Row]:
        """The rows the sheet writes out from number `first` to number `last`, in the order they stand."""
        return [
            self._row(at)
            for at, number in enumerate(self.numbers)
            if first <= number <= last and number not in but
        ]

    def rows_that_begin_with_a_number(self, left: int, right: int) -> set[int]:
        """The rows whose first cell stands between two columns and holds a number: a quick way to pass over full ones."""
        p = re.escape(self.prefix)
        found = re.findall(
            rb'<%brow r="([1-9][0-9]{0,6})"[^>]*><%bc r="([A-Z]{1,3})([0-9]+)"(?: s="[0-9]+")?><%bv>[0-9.]+</'
            % (p, p, p),
            self.text,
        )
        return {
            int(row)
            for row, column, own in found
            if row == own and left <= column_number(column.decode("ascii")) <= right
        }

    def _row(self, at: int) -> Row:
        if at not in self._seen:
            self._seen[at] = self._look_at(at)
        return self._seen[at]

    def _look_at(self, at: int) -> Row:
        start = self._starts[at]
        limit = self._starts[at + 1] if at + 1 < len(self._starts) else self.data_close
        opened = tag_end(self.text, start)
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
            inner, at = self._inside(match, row)
            if column > MAX_COLUMN:
                raise UnsupportedWorkbook(f"Row {row.number} of the sheet {self.name} has too many cells.")
            yield Cell(column, match.start(), inner, at, have, written is None)

    def cells_at(self, row: Row, columns: Iterable[int]) -> list[Cell] | None:
        """The cells in some columns, found by their reference alone; None where it takes a look at the whole row.

        A row of 30 cells of which one is to change is not worth reading: this makes saving twice as fast.
        """
        found = []
        for column in columns:
            written = b' r="' + cell_ref(row.number, column).encode() + b'"'
            at = self.text.find(written, row.open_end, row.close_start)
            start = self.text.rfind(b"<", row.open_end, at) if at >= 0 else -1
            match = self._cell.match(self.text, start) if start >= 0 else None
            if match is None or match.end() <= at or self.text.find(written, at + 1, row.close_start) >= 0:
                return None
            usual = _USUAL.fullmatch(match[2])
            have = _told(usual) if usual else attributes(match[2])
            if have.get("r") != written[4:-1].decode():
                return None
            inner, end = self._inside(match, row)
            found.append(Cell(column, match.start(), inner, end, have, implicit=False))
        return found

    def _inside(self, match: re.Match[bytes], row: Row) -> tuple[tuple[int, int], int]:
        """Where a cell's content starts and ends, and where the cell ends."""
        if match[2].endswith(b"/"):
            return (match.end(), match.end()), match.end()
        closed = self._cell_end.search(self.text, match.end(), row.close_start)
        if closed is None:
            raise UnsupportedWorkbook(f"A cell in row {row.number} of the sheet {self.name} is never closed.")
        return (match.end(), closed.start()), closed.end()

    def cell(self, row: int, column: int) -> Cell | None:
        """One cell, if the sheet writes it out."""
        line = self.row(row)
        if line is None:
            return None
        found = self.cells_at(line, [column])
        if found is not None:
            return found[0]
        return next((cell for cell in self.cells(line) if cell.column == column), None)

    def inner(self, cell: Cell) -> bytes:
        """What stands inside a cell."""
        return self.data[slice(*cell.inner)]

    def row_attributes(self, row: Row) -> dict[str, str]:
        """The attributes of a row's tag."""
        return attributes(self.text[row.start : row.open_end])

    def place_of(self, at: int) -> tuple[int, int] | None:
        """(row, column) of the cell around a place in the bytes."""
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return None
        row = self._row(index)
        near = self._cell.match(
            self.text, max(0, self.text.rfind(b"<" + self.prefix + b"c", row.open_end, at))
        )
        written = attributes(near[2]).get("r") if near else None
        if written is not None:
            return parse_cell(written)
        return next(((row.number, c.column) for c in self.each_cell(row) if c.start <= at < c.end), None)

    def only(self, splices: list[Splice]) -> list[Splice]:
        """The splices, and others that take out every row they do not touch: what is left is the changed part."""
        kept: list[tuple[int, int]] = []
        for start, end, _ in splices:
            if self.data_open_end <= start and end <= self.data_close:
                at = bisect_right(self._starts, start) - 1
                row = self._row(at) if at >= 0 else None
                kept.append((row.start, row.end) if row and row.start <= start < row.end else (start, end))
        rest: list[Splice] = []
        at = self.data_open_end
        for start, end in sorted(kept):
            if start > at:
                rest.append((at, start, b""))
            at = max(at, end)
        if self.data_close > at:
            rest.append((at, self.data_close, b""))
        return [*splices, *rest]

    def column_styles(self) -> list[tuple[int, int, int]]:
        """(first column, last column, style) as the sheet sets for whole columns."""
        found = []
        for match in _COL.finditer(self.text, 0, self.data_start):
            have = attributes(match[2])
            numbers = [have.get(key, "") for key in ("min", "max", "style")]
            if all(number.isdecimal() for number in numbers):
                found.append((int(numbers[0]), int(numbers[1]), int(numbers[2])))
        return found

    def column_widths(self) -> dict[int, float]:
        """Column -> its width in characters, where the sheet sets one (a range of more than 200 columns is left out)."""
        found: dict[int, float] = {}
        for match in _COL.finditer(self.text, 0, self.data_start):
            have = attributes(match[2])
            first, last, width = (have.get(key, "") for key in ("min", "max", "width"))
            if first.isdecimal() and last.isdecimal() and int(last) - int(first) < 200:
                with contextlib.suppress(ValueError):
                    found |= dict.fromkeys(range(int(first), int(last) + 1), float(width))
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
