"""Addresses: "B7", "A1:E20", "A1:A5 C1:C5", and the references inside a formula.

Columns and rows count from 1, as people and files count them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
# One token of a formula. Strings, structured references and names are stepped over, so that what is left
# over as a reference is one. `LOG10(` is a function, `Rate_2026` a name, `[1]Sheet1!A1` another workbook's cell.
_TOKEN = re.compile(
    r"""
      "(?:[^"]|"")*"
    | (?P<sheet> (?: '(?:[^']|'')+' | (?:\[[^\[\]]*\])? [^\W\d][\w.\\?]* ) ! )?
      (?: (?P<c1>\$?[A-Za-z]{1,3}) (?P<r1>\$?[0-9]{1,7})
          (?: : (?P<c2>\$?[A-Za-z]{1,3}) (?P<r2>\$?[0-9]{1,7}) )?
        | (?P<row1>\$?[0-9]{1,7}) : (?P<row2>\$?[0-9]{1,7})
        | (?P<col1>\$?[A-Za-z]{1,3}) : (?P<col2>\$?[A-Za-z]{1,3})
      ) (?![\w.(\[!\\?])
    | (?: '(?:[^']|'')+' | (?:\[[^\[\]]*\])? [^\W\d][\w.\\?]* ) !
    | [^\W\d][\w.\\?]*
    | \[ (?: [^\[\]'] | '. | \[ (?: [^\[\]'] | '. )* \] )* \]
    | [0-9.]+(?:[eE][+-]?[0-9]+)?
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=4096)
def column_number(letters: str) -> int:
    """ "A" is 1, "AA" is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=4096)
def column_letters(number: int) -> str:
    """1 is "A", 27 is "AA"."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def parse_cell(ref: str) -> tuple[int, int] | None:
    """(row, column) of "B7" or "$B$7"; None where it is no address on a sheet."""
    found = _CELL.fullmatch(ref.strip())
    if not found:
        return None
    row, column = int(found[2]), column_number(found[1])
    return (row, column) if row <= MAX_ROW and column <= MAX_COLUMN else None


def cell_ref(row: int, column: int) -> str:
    """The address of a cell."""
    return f"{column_letters(column)}{row}"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of cells, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def parse(cls, ref: str) -> "Box | None":
        """From "A1:E20" or "A1"; whole columns ("A:C") and rows ("2:9") reach to the sheet's end."""
        first, _, last = ref.strip().replace("$", "").partition(":")
        last = last or first
        if first.isalpha() and last.isalpha() and first.isascii() and last.isascii():
            return cls(1, column_number(first), MAX_ROW, column_number(last))
        if first.isdecimal() and last.isdecimal():
            return cls(int(first), 1, int(last), MAX_COLUMN)
        a, b = parse_cell(first), parse_cell(last)
        if a is None or b is None:
            return None
        return cls(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))

    def __str__(self) -> str:
        first, last = cell_ref(self.top, self.left), cell_ref(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"

    def __contains__(self, cell: tuple[int, int]) -> bool:
        return self.top <= cell[0] <= self.bottom and self.left <= cell[1] <= self.right

    def meets(self, other: "Box") -> bool:
        """Whether the two share a cell."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )


def unquoted_sheet(written: str) -> str:
    """A sheet's name out of the prefix of a reference, such as `'Change log'!`."""
    name = written.removesuffix("!")
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def moved_formula(formula: str, rows: int, columns: int) -> str:
    """The formula as it reads after being copied some rows down and columns right.

    Relative references move, those with a $ stay; what would leave the sheet becomes #REF!.
    """

    def move(found: re.Match[str]) -> str:
        parts = found.groupdict()
        if parts["c1"] is None and parts["row1"] is None and parts["col1"] is None:
            return found[0]
        if any(
            column_number((parts[key] or "A").strip("$")) > MAX_COLUMN for key in ("c1", "c2", "col1", "col2")
        ):
            return found[0]  # ZZZ1 is a name: there is no such column
        moved = [
            _moved_column(parts["c1"], columns),
            _moved_row(parts["r1"], rows),
            _moved_column(parts["c2"], columns),
            _moved_row(parts["r2"], rows),
            _moved_row(parts["row1"], rows),
            _moved_row(parts["row2"], rows),
            _moved_column(parts["col1"], columns),
            _moved_column(parts["col2"], columns),
        ]
        if None in moved:
            return "#REF!"
        c1, r1, c2, r2, row1, row2, col1, col2 = (piece or "" for piece in moved)
        sheet = parts["sheet"] or ""
        if row1 or col1:
            return f"{sheet}{row1 or col1}:{row2 or col2}"
        return f"{sheet}{c1}{r1}" + (f":{c2}{r2}" if c2 else "")

    return _TOKEN.sub(move, formula)


@lru_cache(maxsize=256)
def stays_when_moved(formula: str) -> bool:
    """Whether a formula reads the same wherever it is copied down to."""
    return moved_formula(formula, 1, 0) == formula


def _moved_row(written: str | None, by: int) -> str | None:
    if not written or written.startswith("$"):
        return written or ""
    number = int(written) + by
    return str(number) if 1 <= number <= MAX_ROW else None


def _moved_column(written: str | None, by: int) -> str | None:
    if not written or written.startswith("$"):
        return written or ""
    number = column_number(written) + by
    return column_letters(number) if 1 <= number <= MAX_COLUMN else None


def changed_ranges(
    formula: str, home: str, sheet: str, change: Callable[[Box], Box], *, single_cells: bool = False
) -> str:
    """The formula with `change` applied to every range it names on `sheet`.

    A reference without a sheet is one on `home`, the sheet the formula stands on ("" for none). Of another
    workbook's cells none is touched. Single cells are left alone unless `single_cells`. Only the last
    row's number can change; dollar signs stay.
    """

    def on_range(found: re.Match[str]) -> str:
        parts = found.groupdict()
        if parts["c1"] is None or (parts["c2"] is None and not single_cells):
            return found[0]
        where = unquoted_sheet(parts["sheet"]) if parts["sheet"] else home
        if where.casefold() != sheet.casefold():
            return found[0]
        box = Box.parse(found[0].removeprefix(parts["sheet"] or ""))
        if box is None:
            return found[0]
        new = change(box)
        if new == box:
            return found[0]
        top = _same_dollar(parts["r1"], new.top)
        c2, r2 = parts["c2"] or parts["c1"], parts["r2"] or parts["r1"]
        return f"{parts['sheet'] or ''}{parts['c1']}{top}:{c2}{_same_dollar(r2, new.bottom)}"

    return _TOKEN.sub(on_range, formula)


def _same_dollar(written: str, number: int) -> str:
    return f"${number}" if written.startswith("$") else str(number)
