"""Formulas in cells: reading one out, and keeping a family of shared formulas whole when a member goes.

Excel writes a formula that was filled down once, at its master, and marks the others as sharing it. Writing a
value over the master would orphan them; so the family is dissolved first, each member given its own formula.
"""

from collections.abc import Callable, Iterator

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.markup import Splice, attributes, element_end, escape_xml, plain_text, tag
from cvsb_xl.xlsx.refs import Box, cell_ref, moved_formula
from cvsb_xl.xlsx.scan import Cell, Sheet

_F = tag(b"f", None)


def formula_in(sheet: Sheet, cell: Cell) -> bytes | None:
    """A cell's whole <f> element, or None."""
    start, end = cell.inner
    if sheet.text.find(b"f", start, end) < 0:
        return None
    match = _F.search(sheet.text, start, end)
    if match is None:
        return None
    _, close = element_end(sheet.text, match, b"f")
    return sheet.data[match.start() : close]


def formula_element(prefix: bytes, text: str) -> bytes:
    """An <f> element."""
    p = prefix.decode()
    return f"<{p}f>{escape_xml(text)}</{p}f>".encode()


def formula_text(sheet: Sheet, cell: Cell, row: int) -> str | None:
    """What a cell's formula says in that cell, a shared one as it reads there; None for none and for arrays."""
    element = formula_in(sheet, cell)
    if element is None:
        return None
    have, text = _read(element)
    kind = have.get("t", "normal")
    if kind in ("array", "dataTable"):
        return None
    if kind == "shared" and not text:
        for master_row, master_column, master_text in _masters(sheet, have.get("si", "")):
            return moved_formula(master_text, row - master_row, cell.column - master_column)
        return None
    return text or None


def _read(element: bytes) -> tuple[dict[str, str], str]:
    match = _F.match(element)
    if match is None:
        return {}, ""
    return attributes(match[2]), plain_text(element[match.end() :])


def _masters(sheet: Sheet, si: str) -> list[tuple[int, int, str]]:
    """(row, column, formula) of the cell that holds the shared formula `si`."""
    found = []
    for row, cell in _cells_with(sheet, b"shared"):
        have, text = _read(formula_in(sheet, cell) or b"")
        if have.get("t") == "shared" and have.get("si") == si and text:
            found.append((row, cell.column, text))
            break
    return found


def _cells_with(sheet: Sheet, word: bytes) -> list[tuple[int, Cell]]:
    """The cells of all rows in which a word stands."""
    if sheet.text.find(word, sheet.data_open_end, sheet.data_close) < 0:
        return []
    found = []
    for row in sheet.rows_between(1, 1_048_576):
        if sheet.text.find(word, row.open_end, row.close_start) >= 0:
            found += [(row.number, cell) for cell in sheet.cells(row)]
    return found


def each_formula(sheet: Sheet) -> Iterator[tuple[int, int, int, int]]:
    """(start, end, row, column) of each formula's text that names a range and belongs to one cell alone."""
    for match in _F.finditer(sheet.text, sheet.data_open_end, sheet.data_close):
        end = sheet.text.find(b"<", match.end())
        if match[2].endswith(b"/") or b"shared" in match[2] or sheet.text.find(b":", match.end(), end) < 0:
            continue
        place = sheet.place_of(match.start())
        if place is not None:
            yield match.end(), end, *place


def array_ranges(sheet: Sheet) -> list[Box]:
    """Every range that an array formula or a data table fills."""
    words = (b"array", b"dataTable")
    if all(sheet.text.find(word, sheet.data_open_end, sheet.data_close) < 0 for word in words):
        return []
    found = []
    for match in _F.finditer(sheet.text, sheet.data_open_end, sheet.data_close):
        have = attributes(match[2])
        box = Box.parse(have.get("ref", "")) if have.get("t") in ("array", "dataTable") else None
        if box:
            found.append(box)
    return found


def dissolved(sheet: Sheet, gone: set[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """The <f> elements that members of shared formulas need once the cells in `gone` lose theirs.

    Raises:
        UnsupportedWorkbook: a shared formula has no master.
    """
    new: dict[tuple[int, int], bytes] = {}
    for master, family in _families(sheet):
        if master in gone:
            new |= {at: formula_element(sheet.prefix, own) for at, own in family.items() if at not in gone}
    return new


def changed_families(sheet: Sheet, change: Callable[[str], str]) -> dict[tuple[int, int], bytes]:
    """The <f> elements that the members of shared formulas need where one of them no longer reads as the family does.

    A shared formula is written once, and read by each of its cells as if it had been filled down from there. A range that
    is to reach further in one cell may be another in the next: such a family is given up, and each cell gets its own.
    """
    new: dict[tuple[int, int], bytes] = {}
    for _, family in _families(sheet):
        changed = {at: change(own) for at, own in family.items()}
        if changed != family:
            new |= {at: formula_element(sheet.prefix, own) for at, own in changed.items()}
    return new


def _families(sheet: Sheet) -> Iterator[tuple[tuple[int, int], dict[tuple[int, int], str]]]:
    """(the cell that holds it, what the formula says in each of its cells) of each shared formula."""
    members: dict[str, list[tuple[int, int, str]]] = {}
    for row, cell in _cells_with(sheet, b"shared"):
        element = formula_in(sheet, cell)
        have, text = _read(element) if element else ({}, "")
        if have.get("t") == "shared":
            members.setdefault(have.get("si", ""), []).append((row, cell.column, text))
    for family in members.values():
        # The first text counts; a later cell of the family may carry its own text again (some writers do).
        master = next((member for member in family if member[2]), None)
        if master is not None:
            yield (
                (master[0], master[1]),
                {
                    (row, column): text or moved_formula(master[2], row - master[0], column - master[1])
                    for row, column, text in family
                },
            )


def formula_splice(sheet: Sheet, row: int, column: int, formula: bytes) -> Splice | None:
    """What gives a cell another <f> element and leaves the rest of it; None where it has none."""
    cell = sheet.cell(row, column)
    old = formula_in(sheet, cell) if cell else None
    if cell is None or old is None:
        return None
    start = sheet.data.index(old, *cell.inner)
    return start, start + len(old), formula


def check_not_in_array(ranges: list[Box], sheet: str, row: int, column: int) -> None:
    """Refuse to write into part of an array.

    Raises:
        UnsupportedWorkbook: the cell is inside a range that one formula fills.
    """
    for box in ranges:
        if (row, column) in box and (box.top, box.left) != (box.bottom, box.right):
            raise UnsupportedWorkbook(
                f"{sheet}!{cell_ref(row, column)} is part of an array formula that fills {box}. "
                "Change that formula in Excel first."
            )
