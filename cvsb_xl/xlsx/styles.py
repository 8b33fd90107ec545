"""Cell formats: what a format shows, and a copy of one that shows something else.

A value and its format belong together: a date in a cell formatted as a number reads back as 46000. So a
value whose kind its cell's format cannot show gets a copy of that format (same font, fill, border, lock) with
one thing changed. A copy that already exists is used again: years of saving must not grow the styles part.
"""

import datetime as dt
import re
from functools import cached_property

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.markup import Splice, attributes, element_end, masked, splice, tag, with_attribute
from cvsb_xl.xlsx.values_out import CellValue, is_blank

DATE_FORMAT = "dd/mm/yyyy"
DATETIME_FORMAT = "dd/mm/yyyy hh:mm"
# Built-in formats that show dates, with a day or month (ECMA-376 part 1, 18.8.30), and those with only a time.
_DATES = {*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58}
_TIMES = {*range(18, 22), *range(32, 36), *range(45, 48), 55, 56}
_NOT_CODES = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|general', re.IGNORECASE | re.DOTALL)
FIRST_CHARACTERS = ("=", "+", "-", "@")
_MOST_FORMATS = 64_000  # Excel's limit is 65,490

_XF = tag(b"xf", None)
_NUM_FMT = tag(b"numFmt", None)


MINIMAL = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="http://schemas.openxmlformats.org'
    b'/spreadsheetml/2006/main"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    b'</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs '
    b'count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="1"><xf numFmtId="0" '
    b'fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    b"</styleSheet>"
)  # what a workbook without a styles part is read as


class Styles:
    """The workbook's styles part. `data` changes as formats are added."""

    def __init__(self, data: bytes) -> None:
        """`data` is the part, UTF-8. Without formats in it, values can be written as long as none needs one."""
        self.original = data
        text = masked(data)
        self._formats: list[bytes] = []
        self._had = 0
        self._new_codes: dict[str, int] = {}
        self._chosen: dict[tuple[int, str], int] = {}
        self._known: dict[int, dict[str, str]] = {}
        self._text = text
        opened = tag(b"cellXfs", None).search(text)
        self._opened = opened
        if opened is None or opened[2].endswith(b"/"):
            return
        self._prefix: bytes = opened[1]
        self._close, _ = element_end(text, opened, b"cellXfs")
        for match in _XF.finditer(text, opened.end(), self._close):
            _, end = element_end(text, match, b"xf")
            self._formats.append(data[match.start() : end])
        self._had = len(self._formats)

    @cached_property
    def _codes(self) -> dict[int, str]:
        """Format code by number, of those the workbook defines itself."""
        codes: dict[int, str] = {}
        if self._opened is None:
            return codes
        for match in _NUM_FMT.finditer(self._text, 0, self._opened.start()):
            have = attributes(match[2])
            if have.get("numFmtId", "").isdecimal():
                codes[int(have["numFmtId"])] = have.get("formatCode", "")
        return codes

    def _attributes(self, style: int) -> dict[str, str]:
        if style not in self._known:
            match = _XF.match(self._formats[style]) if 0 <= style < len(self._formats) else None
            self._known[style] = attributes(match[2]) if match else {}
        return self._known[style]

    def shows(self, style: int) -> str:
        """ "date" (a day, with or without a time), "time" or "other"."""
        written = self._attributes(style).get("numFmtId", "0")
        number = int(written) if written.isdecimal() else 0
        if number in self._codes:
            return _kind(self._codes[number])
        return "date" if number in _DATES else "time" if number in _TIMES else "other"

    def fitting(self, style: int, value: CellValue) -> int:
        """The format to write `value` in, for a cell whose format is `style`."""
        if is_blank(value):
            return style
        if isinstance(value, str):
            wanted = "text" if value.startswith(FIRST_CHARACTERS) else ""
        elif isinstance(value, dt.date):
            wanted = "" if self.shows(style) == "date" else "date"
            if wanted and isinstance(value, dt.datetime) and value.time() != dt.time():
                wanted = "datetime"
        elif isinstance(value, bool):
            wanted = ""
        else:
            wanted = "general" if self.shows(style) != "other" else ""
        quoted = self._attributes(style).get("quotePrefix") in ("1", "true")
        if quoted and not isinstance(value, str):
            wanted = wanted or "unquoted"
        if not wanted or (wanted == "text" and quoted):
            return style
        key = (style, wanted)
        if key not in self._chosen:
            self._chosen[key] = self._copy(style, wanted)
        return self._chosen[key]

    def unquoted(self, style: int) -> int:
        """The same format without the mark that its text only looks like a formula."""
        if self._attributes(style).get("quotePrefix") not in ("1", "true"):
            return style
        key = (style, "unquoted")
        if key not in self._chosen:
            self._chosen[key] = self._copy(style, "unquoted")
        return self._chosen[key]

    def _copy(self, style: int, wanted: str) -> int:
        if not self._formats:
            raise UnsupportedWorkbook(
                "The workbook's styles part holds no cell formats. Save it again in Excel."
            )
        new = self._formats[style if style < len(self._formats) else 0]
        if wanted == "text":
            new = with_attribute(new, "quotePrefix", "1")
        elif self._attributes(style).get("quotePrefix") is not None:
            new = with_attribute(new, "quotePrefix", None)
        if wanted in ("date", "datetime", "general"):
            number = (
                0
                if wanted == "general"
                else self._number(DATE_FORMAT if wanted == "date" else DATETIME_FORMAT)
            )
            new = with_attribute(new, "numFmtId", str(number))
            new = with_attribute(new, "applyNumberFormat", "1")
        if new in self._formats:
            return self._formats.index(new)
        if len(self._formats) >= _MOST_FORMATS:
            raise UnsupportedWorkbook("The workbook has as many cell formats as Excel allows.")
        self._formats.append(new)
        return len(self._formats) - 1

    def _number(self, code: str) -> int:
        for number, known in self._codes.items():
            if known.lower() == code:
                return number
        number = max([163, *self._codes]) + 1
        self._codes[number] = code
        self._new_codes[code] = number
        return number

    def to_bytes(self) -> bytes:
        """The part with the new formats in."""
        if len(self._formats) == self._had or self._opened is None:
            return self.original
        counted = with_attribute(self._opened[0], "count", str(len(self._formats)))
        splices: list[Splice] = [
            (self._opened.start(), self._opened.end(), counted),
            (self._close, self._close, b"".join(self._formats[self._had :])),
        ]
        if self._new_codes:
            splices.append(self._with_codes())
        return splice(self.original, splices)

    def _with_codes(self) -> Splice:
        p = self._prefix.decode()
        new = "".join(
            f'<{p}numFmt numFmtId="{n}" formatCode="{code}"/>' for code, n in self._new_codes.items()
        )
        opened = tag(b"numFmts", self._prefix).search(self._text)
        if opened is None:
            root = tag(b"styleSheet", self._prefix).search(self._text)
            if root is None:
                raise UnsupportedWorkbook("The workbook's styles part is not one. Save it again in Excel.")
            made = f'<{p}numFmts count="{len(self._new_codes)}">{new}</{p}numFmts>'.encode()
            return (root.end(), root.end(), made)
        close, end = element_end(self._text, opened, b"numFmts")
        head = self.original[opened.start() : opened.end()]
        if opened[2].endswith(b"/"):
            head = head[:-2].rstrip() + b">"
        head = with_attribute(head, "count", str(len(self._codes)))
        inner = self.original[opened.end() : close] if close > opened.end() else b""
        return (opened.start(), end, head + inner + new.encode() + f"</{p}numFmts>".encode())


def _kind(code: str) -> str:
    """What a format code shows, by its first section; literals, colours and padding do not count."""
    codes = _NOT_CODES.sub("", code.split(";", maxsplit=1)[0]).lower()
    if "y" in codes or "d" in codes:
        return "date"
    if "h" in codes or "s" in codes:
        return "time"
    return "date" if "m" in codes else "other"
