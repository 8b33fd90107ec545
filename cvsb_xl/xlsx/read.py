"""Read a workbook's values: the one way in, for trackers and for returns.

Each cell is one typed value, the same whichever program wrote it. Values come from python-calamine (19 times as fast
as openpyxl), which is handed only parts that were looked at first; what it hides (formulas, error values) is found in the
bytes. A sheet that it cannot read is read by openpyxl.
"""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from cvsb_xl.errors import RefusedWorkbook, UnsupportedWorkbook
from cvsb_xl.tracker.values import CellError, RawValue
from cvsb_xl.xlsx.asides import Asides, asides_of
from cvsb_xl.xlsx.extent import Extent, extent
from cvsb_xl.xlsx.lean import date_system, lean_package, rows_of
from cvsb_xl.xlsx.markup import attributes, masked, plain_text, tag, utf8
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import SheetEntry, relationships, sheets
from cvsb_xl.xlsx.refs import Box

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

SheetState = Literal["visible", "hidden", "veryHidden"]
Grid = list[list[RawValue]]
_AHEAD = 2


@dataclass(frozen=True)
class TableRef:
    """An Excel table: its name and its range, headings included. Rows and columns count from 1."""

    name: str
    ref: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Sheet:
    """One worksheet.

    Attributes:
        grid: rows of cells from A1, all of one length; blank is None.
        formulas: (row, column), counted from 1, of each cell that holds a formula or is filled by one.
        asides: merged cells and notes, where they were asked for.
    """

    name: str
    state: SheetState = "visible"
    grid: Grid = field(default_factory=list)
    formulas: frozenset[tuple[int, int]] = frozenset()
    tables: tuple[TableRef, ...] = ()
    asides: Asides = field(default_factory=Asides)

    def value(self, row: int, column: int) -> RawValue:
        """The value at a row and column counted from 1; None beyond what is filled."""
        inside = 1 <= row <= len(self.grid) and 1 <= column <= len(self.grid[row - 1])
        return self.grid[row - 1][column - 1] if inside else None


@dataclass(frozen=True)
class Book:
    """A workbook's values.

    Attributes:
        sheets: worksheets by name, in the workbook's order; the very hidden ones too.
        properties: custom document properties by name; and "modified" (ISO, UTC), "creator", "lastModifiedBy",
            "Application" where no custom property has that name.
        date1904: whether the workbook counts days from 1904; the values are right either way.
        unread: the names of worksheets that were not asked for.
    """

    sheets: Mapping[str, Sheet]
    properties: Mapping[str, str] = field(default_factory=dict)
    date1904: bool = False
    unread: tuple[str, ...] = ()


def read_book(
    data: bytes,
    *,
    name: str = "workbook",
    only: Collection[str] | None = None,
    formulas: bool = True,
    asides: bool = False,
    threads: bool = True,
) -> Book:
    """Read a workbook from its bytes.

    Args:
        name: the file's name, for messages.
        only: the sheets wanted, by name in any case; None for all.
        formulas: whether to look for formulas.
        asides: whether to look for merged cells and notes.
        threads: whether a thread may help; not in a child process that may start none.

    Raises:
        RefusedWorkbook: it is no workbook, damaged, or too strange to read; the code is one of preflight.REFUSALS.
    """
    from cvsb_xl.xlsx.preflight import preflight

    preflight(data, name, kind="tracker")
    try:
        return _read(data, name, only, formulas, asides, threads)
    except UnsupportedWorkbook as error:
        raise _damaged(name, str(error)) from error


def _read(
    data: bytes, name: str, only: Collection[str] | None, formulas: bool, asides: bool, threads: bool
) -> Book:
    from python_calamine import CalamineError

    package = Package(data)
    workbook = next((rel.target for rel in relationships(package, "") if rel.kind == "officeDocument"), "")
    if workbook not in package:
        raise _damaged(name, "The part that lists its sheets is missing.")
    date1904 = date_system(utf8(package.part(workbook), workbook))
    wanted = None if only is None else {sheet.casefold() for sheet in only}
    every = [entry for entry in sheets(package, workbook) if entry.kind == "worksheet"]
    listed = [entry for entry in every if wanted is None or entry.name.casefold() in wanted]
    bodies: list[bytes] = []
    found_beside: list[Asides] = []
    for entry in listed:
        part = masked(utf8(package.part(entry.part), entry.part))
        found_beside.append(asides_of(package, entry.part, part) if asides else Asides())
        bodies.append(rows_of(part))
    strings, styles = (_part_of(package, workbook, kind) for kind in ("sharedStrings", "styles"))
    lean = lean_package(bodies, strings, styles, date1904=date1904)

    def looked_at() -> Iterator[Extent]:
        for entry, body in zip(listed, bodies, strict=True):
            yield extent(body, entry.name, name, formulas=formulas)

    extents: list[Extent] = []
    try:
        grids = (_grids_beside if threads else _grids)(lean, looked_at(), extents)
    except CalamineError as error:
        extents += list(looked_at())[len(extents) :]
        grids = _slow_grids(data, name, listed, error)
    found = {
        entry.name: Sheet(
            entry.name,
            _state(entry.state),
            grid,
            have.formulas,
            tuple(_tables(package, entry.part)),
            beside,
        )
        for entry, have, grid, beside in zip(listed, extents, grids, found_beside, strict=True)
    }
    unread = tuple(entry.name for entry in every if entry.name not in found)
    return Book(found, _properties(package), date1904, unread)


def _part_of(package: Package, owner: str, kind: str) -> bytes:
    target = next((rel.target for rel in relationships(package, owner) if rel.kind == kind), "")
    return utf8(package.part(target), target) if target in package else b""


def _grids(lean: io.BytesIO, looked_at: Iterable[Extent], extents: list[Extent]) -> list[Grid]:
    """Each sheet's cells; what was found in its bytes is put into `extents`. No sheet is laid out before its bytes were looked at."""
    from python_calamine import load_workbook

    book = load_workbook(lean)
    grids: list[Grid] = []
    for number, have in enumerate(looked_at):
        extents.append(have)
        grids.append(_cells_of(book.get_sheet_by_index(number), have))
    return grids


def _grids_beside(lean: io.BytesIO, looked_at: Iterable[Extent], extents: list[Extent]) -> list[Grid]:
    """The same, a third faster for a large tracker: a thread lays one sheet out while this one looks at the next.

    python-calamine does not hold the interpreter while it works.
    """
    from python_calamine import load_workbook

    grids: list[Grid] = []
    waiting: deque[tuple[Extent, Future[CalamineSheet]]] = deque()

    def lay_out(number: int) -> CalamineSheet:
        return book.result().get_sheet_by_index(number)

    def take() -> None:
        have, sheet = waiting.popleft()
        grids.append(_cells_of(sheet.result(), have))

    with ThreadPoolExecutor(1) as beside:
        book = beside.submit(load_workbook, lean)
        try:
            for number, have in enumerate(looked_at):
                extents.append(have)
                waiting.append((have, beside.submit(lay_out, number)))
                if len(waiting) > _AHEAD:  # a sheet that is laid out and not taken takes room
                    take()
            while waiting:
                take()
        finally:
            beside.shutdown(cancel_futures=True)
    return grids


def _cells_of(sheet: CalamineSheet, have: Extent) -> Grid:
    return _typed(sheet.to_python(skip_empty_area=False), have.errors)


def _typed(rows: Iterable[Iterable[object]], errors: Collection[tuple[int, int]]) -> Grid:
    grid: Grid = [
        [
            value or None if value.__class__ is str else value if value.__class__ is date else _plain(value)
            for value in row
        ]
        for row in rows
    ]
    for row, column in errors:
        if row <= len(grid) and column <= len(grid[row - 1]):
            code = grid[row - 1][column - 1]
            grid[row - 1][column - 1] = CellError(str(code or "#N/A"))
    return grid


def _plain(value: object) -> RawValue:
    """Whole floats as ints; an almost whole second (serials are binary fractions) as that second."""
    match value:
        case float():
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
        case datetime():
            if value.microsecond >= 999_000:
                value = value.replace(microsecond=0) + timedelta(seconds=1)
            return value.date() if value.time() == time() else value
        case timedelta():  # hours beyond a day: 36:00:00, as the cell shows it
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case str() | int() | date() | time():
            return value
    return None


def _slow_grids(data: bytes, name: str, listed: list[SheetEntry], why: Exception) -> list[Grid]:
    """The same by openpyxl."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
        grids: list[Grid] = []
        for entry in listed:
            sheet = book[entry.name]
            rows = sheet.iter_rows(min_row=1, min_col=1)
            grids.append(
                [
                    [CellError(str(c.value)) if c.data_type == "e" else _openpyxl_value(c.value) for c in row]
                    for row in rows
                ]
            )
    except Exception as error:  # openpyxl raises KeyError, IndexError, TypeError and more on damaged files
        raise _damaged(name, f"{str(why).rstrip('.')}.") from error
    return grids


def _openpyxl_value(value: object) -> RawValue:
    from cvsb_xl.xlsx.markup import unescape_control

    if isinstance(value, str):
        return unescape_control(value) or None
    return _plain(value)


def _state(written: str) -> SheetState:
    return "veryHidden" if written == "veryHidden" else "hidden" if written == "hidden" else "visible"


def _tables(package: Package, sheet: str) -> list[TableRef]:
    found = []
    for rel in relationships(package, sheet):
        if rel.kind != "table" or rel.target not in package:
            continue
        opened = tag(b"table", None).search(masked(utf8(package.part(rel.target), rel.target)))
        have = attributes(opened[2]) if opened else {}
        box = Box.parse(have.get("ref", ""))
        if box:
            name = have.get("displayName") or have.get("name", "")
            found.append(TableRef(name, str(box), box.top, box.left, box.bottom, box.right))
    return found


_PROPERTY = tag(b"property", None)


def _properties(package: Package) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, wanted in (
        ("extended-properties", ("Application",)),
        ("core-properties", ("modified", "creator", "lastModifiedBy")),
    ):
        part = masked(_part_of(package, "", kind))
        for element in wanted:
            inside = re.search(rb"<(?:[\w.-]+:)?%b(?:\s[^>]*)?>([^<]*)<" % element.encode(), part)
            if inside:
                found[element] = plain_text(inside[1]).strip()
    part = masked(_part_of(package, "", "custom-properties"))
    for match in _PROPERTY.finditer(part):
        label = attributes(match[2]).get("name", "")
        end = part.find(b"property>", match.end())
        if label and end >= 0:
            found[label] = plain_text(part[match.end() : end].rpartition(b"</")[0])
    return found


def _damaged(name: str, what: str) -> RefusedWorkbook:
    return RefusedWorkbook(
        "X105",
        f"{name} is damaged and cannot be read. {what} Open it in Excel, let Excel repair it, save it again, and look "
        "through what is in it; or ask for the file again.",
    )
