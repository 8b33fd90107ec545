"""One typed value for each cell: normalised so that equal things compare equal, parsed so that nothing is guessed.

Excel, LibreOffice, Google Sheets and openpyxl write the same cell in different ways. `normalise` takes away what does not
matter (CRLF, Unicode form, trailing blanks, 1.0 for 1, midnight for a date). `parse` then reads the value as its column's
type; what it cannot read without guessing is a Fault that says so, and the value stays as it came.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from cvsb_xl.framework.schema import Field
from cvsb_xl.tracker.dates import AmbiguousDate, read_date

Value = str | int | float | bool | date | datetime | None
"""What a cell holds, normalised. None is blank; a date without a time is a date."""

MAXIMUM_TEXT = 32_767
"""Excel holds no more characters in a cell."""

# Control characters (but tab and line feed), halves of characters, and the bidirectional controls that can make text
# read otherwise than it is.
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# Every way of writing "new line": Word's soft line break arrives as a vertical tab.
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Characters without width or ink; date pickers and web pages leave them behind.
_INVISIBLE = dict.fromkeys((0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF))
_DASHES = str.maketrans(
    {"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-"}
)
_NOT_APPLICABLE = frozenset(
    {
        "n/a",
        "na",
        "n.a",
        "not applicable",
        "none",
        "nil",
        "-",
        "amh",
        "amherthnasol",
        "dim",
        "ddim yn berthnasol",
    }
)
# Other ways to say yes and no where those are the list. "Na" is left out: no in Welsh, not applicable in English.
_YES_NO = {
    "Yes": frozenset({"y", "true", "ie", "oes", "ydyn", "do"}),
    "No": frozenset({"n", "false", "nage", "nac oes", "nac ydyn", "naddo"}),
}
_EXCEL_DAY_0 = date(1899, 12, 30)
_LIKELY_SERIALS = range(36_526, 73_051)  # 2000 to 2099
_EARLIEST = date(1910, 1, 1)


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value that a spreadsheet shows in a cell, such as #REF!."""

    code: str

    def __str__(self) -> str:
        return self.code


RawValue = Value | time | CellError
"""What a reader gives, before normalising."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value cannot be read as its column's type.

    Attributes:
        code: the rule's code, such as "D101".
        message: half a sentence that follows the column's name: '"On going" is not a date'.
        proposal: what it may have meant, for a person to confirm; never used unasked.
    """

    code: str
    message: str
    proposal: Value = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value as its column's type, or the value as it came beside the fault.

    Attributes:
        tidied: it was sloppy but clear ("in progress.", "31 Mawrth 2027"), so the cell's own text differs.
    """

    value: Value
    fault: Fault | None = None
    tidied: bool = False


def normalise(raw: RawValue) -> Value:
    """Return the value without what does not matter: how two cells are compared.

    Text: LF (for every way to break a line), NFC, no trailing blanks on the whole, blank text is None. Whole floats are
    ints; a datetime at midnight is a date. Error values and times become their text.
    """
    if raw is None or isinstance(raw, bool | int):
        return raw
    if isinstance(raw, str):
        if raw.isascii() and raw.isprintable() and raw[-1:] > " ":
            return raw  # most cells: nothing to take away
        text = unicodedata.normalize("NFC", _LINE_BREAK.sub("\n", raw)).rstrip()
        return text or None
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() and abs(raw) < 1e15 else raw
    if isinstance(raw, datetime):
        plain = raw.replace(tzinfo=None)
        return plain.date() if plain.time() == time() else plain
    if isinstance(raw, date):
        return raw
    return str(raw)


def same(one: RawValue, other: RawValue) -> bool:
    """Tell whether two cells hold the same value."""
    if one.__class__ is other.__class__ and one == other:
        return True
    left, right = normalise(one), normalise(other)
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    return left == right


def as_text(value: RawValue) -> str:
    """Return the value as a person would read it in a message or a log: ISO dates, blank text for None."""
    value = normalise(value)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value)


def is_plain(field: Field, raw: RawValue) -> bool:
    """Tell whether a cell is text that its column takes as it stands: most free text, told without reading it closely."""
    return (
        raw.__class__ is str
        and isinstance(raw, str)
        and field.type == "string"
        and not field.enum
        and field.pattern is None
        and raw.isascii()
        and raw.isprintable()
        and raw[-1:] > " "
        and len(raw) <= min(field.maximum_length or MAXIMUM_TEXT, MAXIMUM_TEXT)
    )


def parse(field: Field, raw: RawValue) -> Parsed:
    """Read a cell as its column's type.

    Cases, in order: blank; an error value (D104); control or bidirectional characters (X201); over-long text (D105);
    then by type. A list value in either language, of any case, with stray blanks or a full stop, is its English value.
    """
    value = normalise(raw)
    if value is None:
        return Parsed(None)
    if isinstance(raw, CellError) or (isinstance(value, float) and not math.isfinite(value)):
        return Parsed(
            as_text(value), Fault("D104", f"{as_text(value)} is an error value, not something a person typed")
        )
    if isinstance(value, str):
        hostile = _HOSTILE.search(value)
        if hostile:
            return Parsed(
                value, Fault("X201", f"holds a hidden control character (U+{ord(hostile.group()):04X})")
            )
        limit = min(field.maximum_length or MAXIMUM_TEXT, MAXIMUM_TEXT)
        if len(value) > limit:
            return Parsed(value, Fault("D105", f"is {len(value):,} characters long; {limit:,} fit"))
    if field.type == "date":
        return _parse_date(field, value)
    if field.type == "integer":
        return _parse_integer(field, value)
    if field.enum:
        return _parse_list(field, value)
    return _parse_text(field, value)


def _parse_text(field: Field, value: Value) -> Parsed:
    if isinstance(value, str):
        if field.pattern and not re.fullmatch(field.pattern, value.strip()):
            return Parsed(value, Fault("D106", f'"{value}" is not written as this column needs it'))
        return Parsed(value)
    # A reference such as 3 or a date-like number typed into a text column: its text is what the person saw.
    return Parsed(as_text(value), tidied=True)


def _parse_list(field: Field, value: Value) -> Parsed:
    text = as_text(value)
    folded = _unhyphened(text)
    for english, welsh in zip(field.enum, field.enum_cy or field.enum, strict=True):
        if folded in (_unhyphened(english), _unhyphened(welsh)):
            return Parsed(english, tidied=text != english)
    for english, said in _YES_NO.items():
        if folded in said and english in field.enum and set(field.enum) <= _YES_NO.keys():
            return Parsed(english, tidied=True)
    return Parsed(text, Fault("D102", f'"{text}" is not on the list ({", ".join(field.enum)})'))


def _parse_date(field: Field, value: Value) -> Parsed:
    if isinstance(value, datetime):
        return Parsed(
            value, Fault("D101", f"{as_text(value)} has a time of day; a date alone is needed", value.date())
        )
    if isinstance(value, date):
        if value < _EARLIEST:
            return Parsed(value, Fault("D101", f"{as_text(value)} is a number typed into a cell for dates"))
        return Parsed(value)
    if isinstance(value, int) and not isinstance(value, bool) and value in _LIKELY_SERIALS:
        meant = _EXCEL_DAY_0 + timedelta(days=value)
        return Parsed(value, Fault(_date_code(field), f"{value} is a number, not a date", meant))
    if isinstance(value, str):
        if not field.required and _fold(value) in _NOT_APPLICABLE:
            return Parsed(None, tidied=True)
        try:
            found = read_date(value.translate(_DASHES))
        except AmbiguousDate as error:
            return Parsed(value, Fault("D101", f'"{value}" can be read as more than one date', error.likely))
        if found is not None:
            return Parsed(found, tidied=True)
    return Parsed(value, Fault(_date_code(field), f'"{as_text(value)}" is not a date'))


def _date_code(field: Field) -> str:
    return "S502" if field.smart == "T" else "D101"


def _parse_integer(field: Field, value: Value) -> Parsed:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}|[0-9]{1,3}(,[0-9]{3})+", value.strip()):
        value = int(value.strip().replace(",", ""))
        tidied = True
    else:
        tidied = False
    if isinstance(value, bool) or not isinstance(value, int):
        return Parsed(value, Fault("D107", f'"{as_text(value)}" is not a whole number'))
    if field.minimum is not None and value < field.minimum:
        return Parsed(value, Fault("D107", f"{value} is less than {field.minimum:g}"))
    return Parsed(value, tidied=tidied)


@lru_cache(maxsize=4096)
def _unhyphened(text: str) -> str:
    return _fold(text).replace("-", " ")


def _fold(text: str) -> str:
    """What two ways to write a short value share: case, blanks, kinds of dash and apostrophe and full stops go."""
    text = text.translate(_DASHES).translate(_INVISIBLE).replace("\u2018", "'").replace("\u2019", "'")
    return re.sub(r"\s+", " ", re.sub(r"\s*/\s*", "/", text)).strip(" .;,").casefold()
