"""Writing cells: what is to stand in which cell of one sheet, turned into splices of its bytes.

A `SheetEdit` gathers writes; `to_bytes` puts them in. A cell that is there keeps its attributes and its place;
a new cell goes in column order, a new row in row order. Whatever is not written is not touched, down to the
blanks between tags.
"""

import re
from collections.abc import Callable, Iterable
from functools import cached_property

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.check import check_part
from cvsb_xl.xlsx.formulas import changed_families, each_formula, formula_in, formula_splice
from cvsb_xl.xlsx.markup import Splice, escape_xml, plain_text, splice, with_attribute
from cvsb_xl.xlsx.refs import Box, cell_ref
from cvsb_xl.xlsx.scan import Cell, Row, Sheet
from cvsb_xl.xlsx.styles import Styles
from cvsb_xl.xlsx.values_out import cached, check_value, content, is_ordinary
from cvsb_xl.xlsx.write import Write, element, kept_attributes

_LARGE = 1_000_000  # bytes
_SPANS = re.compile(rb"spans=[\"']\s*([0-9]+):([0-9]+)")  # the first pair; there is hardly ever a second


class SheetEdit:
    """The writes to one sheet."""

    def __init__(self, sheet: Sheet, part: str, styles: Callable[[], Styles], *, date1904: bool) -> None:
        """`part` is the sheet's name in the package; `styles` is asked for only when a format is needed."""
        self.sheet = sheet
        self.part = part
        self.date1904 = date1904
        self._styles = styles
        self._writes: dict[int, dict[int, Write | None]] = {}
        self._row_attributes: dict[int, dict[str, str]] = {}
        self._dropped: set[int] = set()
        self._made: dict[int, bytes] = {}
        self._made_box: Box | None = None
        self._made_formulas = False
        self._own_formulas: set[tuple[int, int]] = set()
        self.splices: list[Splice] = []
        self.inherit: Callable[[int, int], int | None] = lambda _row, _column: None

    def write(self, row: int, column: int, what: Write) -> None:
        """Put something in a cell. A later write to the same cell replaces the earlier."""
        if not is_ordinary(what.value):
            check_value(what.value, f"{self.sheet.name}!{cell_ref(row, column)}")
        self._writes.setdefault(row, {})[column] = what

    def erase(self, row: int, column: int) -> None:
        """Take a cell out altogether, its format too."""
        self._writes.setdefault(row, {})[column] = None

    def written(self, row: int, column: int) -> Write | None:
        """What has been written to a cell so far."""
        return self._writes.get(row, {}).get(column)

    def has_writes(self, row: int, left: int, right: int) -> bool:
        """Whether something is being put into a row, between two columns."""
        writes = self._writes.get(row, {})
        return any(left <= column <= right and what is not None for column, what in writes.items())

    def new_row(self, row: int, have: dict[str, str]) -> None:
        """The attributes a row is to have, if it has to be made."""
        self._row_attributes[row] = have

    def drop_rows(self, rows: Iterable[int]) -> None:
        """Take whole rows out. Writes to them make them anew."""
        self._dropped.update(rows)

    def is_free(self, row: int) -> bool:
        """Whether nothing stands in a row, or will, so that it can be put in whole."""
        return row not in self._writes and (row in self._dropped or self.sheet.row(row) is None)

    def put_row(self, row: int, xml: bytes, columns: tuple[int, int], *, formulas: bool) -> None:
        """Put in a whole row where `is_free`: its element, the first and last column it reaches over."""
        self._made[row] = xml
        self._made_formulas |= formulas
        held = self._made_box or Box(row, columns[0], row, columns[1])
        self._made_box = Box(
            min(held.top, row), min(held.left, columns[0]), max(held.bottom, row), max(held.right, columns[1])
        )

    def formulas_replaced(self) -> set[tuple[int, int]]:
        """The cells that lose their formula."""
        gone = set()
        opened = b"<" + self.sheet.prefix + b"f"
        for number in self._writes.keys() | self._dropped:
            row = self.sheet.row(number)
            if row is None or self.sheet.text.find(opened, row.open_end, row.close_start) < 0:
                continue
            writes = self._writes.get(number, {})
            few = None if number in self._dropped else self.sheet.cells_at(row, writes)
            for cell in self.sheet.cells(row) if few is None else few:
                what = writes.get(cell.column)
                written = cell.column in writes or number in self._dropped
                if written and (what is None or what.formula is None) and formula_in(self.sheet, cell):
                    gone.add((number, cell.column))
        return gone

    def has_new_formulas(self) -> bool:
        """Whether a cell gets a formula that had none."""
        if self._made_formulas:
            return True
        for number, line in self._writes.items():
            for column, what in line.items():
                if what is not None and (what.formula is not None or (what.raw and b"f" in what.raw[1])):
                    cell = self.sheet.cell(number, column) if number not in self._dropped else None
                    if cell is None or formula_in(self.sheet, cell) is None:
                        return True
        return False

    def change_formulas(self, change: Callable[[str], str]) -> None:
        """Rewrite the formulas of cells that are not written to; a shared one that changes is given up for its cells' own."""
        for start, end, row, column in each_formula(self.sheet):
            if row in self._dropped or column in self._writes.get(row, {}):
                continue
            written = plain_text(self.sheet.data[start:end])
            new = change(written)
            if new != written:
                self.splices.append((start, end, escape_xml(new).encode()))
        for (row, column), formula in changed_families(self.sheet, change).items():
            if row not in self._dropped and column not in self._writes.get(row, {}):
                self.write_formula_only(row, column, formula)

    def write_formula_only(self, row: int, column: int, formula: bytes) -> None:
        """Give a cell another <f> element and leave the rest of it; the first such element counts."""
        splice = formula_splice(self.sheet, row, column, formula)
        if splice is not None and (row, column) not in self._own_formulas:
            self._own_formulas.add((row, column))
            self.splices.append(splice)

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._writes or self._made or self._dropped or self.splices)

    def to_bytes(self) -> bytes:
        """The sheet with everything written, and checked. To be asked for once.

        A small sheet is parsed whole as a check; of a large one the rows written and what stands around the
        rows, since parsing the rest would take longer than everything else.

        Raises:
            UnsupportedWorkbook: the sheet is not well-formed.
        """
        sheet = self.sheet
        new_rows = list(self._made.items())
        numbered: dict[int, Row] = {}  # rows that counted on from a neighbour and now must say their number
        for number in sorted(self._dropped):
            row = sheet.row(number)
            if row is not None:
                self.splices.append((row.start, row.end, b""))
                self._note_follower(number, numbered)
        for number in sorted(self._writes):
            row = None if number in self._dropped else sheet.row(number)
            if row is not None:
                self._edit_row(row)
            elif body := self._new_cells(number):
                new_rows.append((number, self._made_row(number, body)))
        self._insert_rows(sorted(new_rows), numbered)
        for row in numbered.values():
            if row.number not in self._dropped:
                tag = sheet.data[row.start : row.open_end]
                end = row.start + len(b"<" + sheet.prefix + b"row")
                if not any(start == row.start and end > row.start for start, end, _ in self.splices):
                    self.splices.append((end, end, f' r="{row.number}"'.encode()))
                elif b" r=" not in tag:
                    raise UnsupportedWorkbook(f"Row {row.number} of {sheet.name} has no number of its own.")
        self._grow_dimension()
        if len(sheet.data) > _LARGE:
            check_part(splice(sheet.data, sheet.only(self.splices)), f"The sheet {sheet.name}")
            return splice(sheet.data, self.splices)
        new = splice(sheet.data, self.splices)
        check_part(new, f"The sheet {sheet.name}")
        return new

    def _note_follower(self, number: int, numbered: dict[int, Row]) -> None:
        _, follower = self.sheet.insertion_point(number + 1)
        if follower is not None:
            numbered[follower.number] = follower

    def _insert_rows(self, rows: list[tuple[int, bytes]], numbered: dict[int, Row]) -> None:
        sheet = self.sheet
        if not rows:
            return
        if sheet.self_closing:
            p = sheet.prefix
            opened = sheet.data[sheet.data_start : sheet.data_open_end][:-2].rstrip() + b">"
            made = b"".join([opened, *(body for _, body in rows), b"</", p, b"sheetData>"])
            self.splices.append((sheet.data_start, sheet.data_open_end, made))
            return
        together: dict[int, list[bytes]] = {}
        for number, body in rows:
            at, follower = sheet.insertion_point(number)
            if follower is not None:
                numbered[follower.number] = follower
            together.setdefault(at, []).append(body)
        self.splices += [(at, at, b"".join(bodies)) for at, bodies in together.items()]

    def _edit_row(self, row: Row) -> None:
        sheet = self.sheet
        writes = self._writes[row.number]
        few = None if None in writes.values() else sheet.cells_at(row, writes)
        cells = sheet.cells(row) if few is None else few
        there = {cell.column: cell for cell in cells}
        made: list[tuple[int, bytes]] = []
        for column, what in sorted(writes.items()):
            cell = there.get(column)
            if cell is None:
                xml = self.cell_xml(row.number, column, what) if what else b""
                if xml:
                    made.append((column, xml))
            elif what is None:
                self._replace(row, cells, cell, b"")
            else:
                self._replace(row, cells, cell, self.cell_xml(row.number, column, what, cell))
        if made:
            self._insert_cells(row, cells, made)
        self._widen_spans(row, writes)

    def _replace(self, row: Row, cells: list[Cell], cell: Cell, xml: bytes) -> None:
        self.splices.append((cell.start, cell.end, xml))
        if not xml:
            self._number_next(row, cells, cell.column)

    def _number_next(self, row: Row, cells: list[Cell], column: int) -> None:
        """The cell after a gap or an insertion must say where it stands, if it only counted on."""
        later = [cell for cell in cells if cell.column > column]
        if later and later[0].implicit and self.written(row.number, later[0].column) is None:
            at = later[0].start + len(b"<" + self.sheet.prefix + b"c")
            new = (at, at, f' r="{cell_ref(row.number, later[0].column)}"'.encode())
            if new not in self.splices:
                self.splices.append(new)

    def _insert_cells(self, row: Row, cells: list[Cell], made: list[tuple[int, bytes]]) -> None:
        sheet = self.sheet
        if row.open_end == row.close_start == row.end:  # <row .../>
            opened = sheet.data[row.start : row.open_end]
            whole = opened[:-2].rstrip() + b">" + b"".join(xml for _, xml in made)
            self.splices.append((row.start, row.end, whole + b"</" + sheet.prefix + b"row>"))
            return
        columns = [cell.column for cell in cells]
        if columns != sorted(columns):
            raise UnsupportedWorkbook(
                f"The cells of row {row.number} of the sheet {sheet.name} are not in order. "
                "Open it in Excel and save it again."
            )
        for column, xml in made:
            following = next((cell for cell in cells if cell.column > column), None)
            at = following.start if following else (cells[-1].end if cells else row.open_end)
            self.splices.append((at, at, xml))
            self._number_next(row, cells, column)

    def _widen_spans(self, row: Row, writes: dict[int, Write | None]) -> None:
        one = _SPANS.search(self.sheet.text, row.start, row.open_end)
        if one is None or (int(one[1]) <= min(writes) and max(writes) <= int(one[2])):
            return
        spans = self.sheet.row_attributes(row).get("spans")
        columns = [column for column, what in writes.items() if what is not None]
        if not spans or not columns:
            return
        ends = [int(end) for pair in spans.split() for end in pair.split(":") if end.isdecimal()]
        if not ends or (min(ends) <= min(columns) and max(columns) <= max(ends)):
            return
        whole = f"{min([*ends, *columns])}:{max([*ends, *columns])}"
        opened = self.sheet.data[row.start : row.open_end]
        for at, (start, end, new) in enumerate(self.splices):
            if start == row.start and end == row.end:  # the row was empty and is written whole
                self.splices[at] = (start, end, with_attribute(new, "spans", whole))
                return
        self.splices.append((row.start, row.open_end, with_attribute(opened, "spans", whole)))

    def _new_cells(self, number: int) -> bytes:
        writes = sorted(self._writes[number].items())
        return b"".join(self.cell_xml(number, column, what) for column, what in writes if what)

    def _made_row(self, number: int, body: bytes) -> bytes:
        p = self.sheet.prefix.decode()
        columns = [column for column, what in self._writes[number].items() if what]
        have = {"r": str(number), **self._row_attributes.get(number, {})}
        if "spans" in have:
            have["spans"] = f"{min(columns)}:{max(columns)}"
        return element(p, "row", have, body)

    def cell_xml(self, row: int, column: int, what: Write, cell: Cell | None = None) -> bytes:
        """The element of a cell; `cell` is the one it takes the place of."""
        p = self.sheet.prefix.decode()
        ref = cell_ref(row, column)
        if what.raw is not None:
            have, inner = what.raw
            return element(p, "c", {**have, "r": ref}, inner)
        kept = kept_attributes(cell, what)
        style = what.style
        if style is None:
            style = cell.style if cell else self._style_of_new(row, column)
        where = f"{self.sheet.name}!{ref}"
        if what.formula is not None:
            kind, answer = cached(what.value, p, date1904=self.date1904, where=where)
            inner = what.formula + answer.encode()
        else:
            kind, text = content(what.value, p, date1904=self.date1904, where=where)
            inner = text.encode()
            if inner:
                style = self._styles().fitting(style, what.value)
        if not kept and what.formula is None:
            if cell is None and not inner and not style:
                return b""
            said = (f' s="{style}"' if style else "") + (f' t="{kind}"' if kind else "")
            return f'<{p}c r="{ref}"{said}'.encode() + (
                b">" + inner + f"</{p}c>".encode() if inner else b"/>"
            )
        have = {"r": ref} | ({"s": str(style)} if style else {}) | ({"t": kind} if kind else {}) | kept
        return element(p, "c", have, inner)

    def _style_of_new(self, row: int, column: int) -> int:
        inherited = self.inherit(row, column)
        if inherited is not None:
            return inherited
        line = self.sheet.row(row)
        if line is not None:
            have = self.sheet.row_attributes(line)
            if have.get("customFormat") in ("1", "true") and have.get("s", "").isdecimal():
                return int(have["s"])
        return next((style for first, last, style in self._columns if first <= column <= last), 0)

    @cached_property
    def _columns(self) -> list[tuple[int, int, int]]:
        return self.sheet.column_styles()

    def _grow_dimension(self) -> None:
        stated = self.sheet.dimension()
        if stated is None:
            return
        match, box = stated
        last = box.bottom
        if self._dropped and box.bottom in self._dropped:
            last = max([number for number in self.sheet.numbers if number not in self._dropped], default=1)
        rows = [row for row, line in self._writes.items() if any(line.values())]
        columns = {column for line in self._writes.values() for column, what in line.items() if what}
        if self._made_box is not None:
            rows += [self._made_box.top, self._made_box.bottom]
            columns |= {self._made_box.left, self._made_box.right}
        grown = Box(
            min([box.top, *rows]), min([box.left, *columns]), max([last, *rows]), max([box.right, *columns])
        )
        if grown != box:
            new = with_attribute(self.sheet.data[match.start() : match.end()], "ref", str(grown))
            self.splices.append((match.start(), match.end(), new))
