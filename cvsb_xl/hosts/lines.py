"""The plain lines that VBA carries out without a parser: what came of a verb, and what it changes in the open workbook.

One line is one thing: a word, then its parts, with tabs between; lines end in CRLF; every character is ASCII. The first
line is `cvsb-lines 1`, the last `end N`, where N counts all lines: an answer that was cut short is not carried out.

    sheet NAME                        the lines below are about this sheet
    expect ROW COLUMN VALUE           the cell holds this; all of them are looked at before anything is written
    grow TABLE LIKE C1 C2 HEAD LAST NEW   rows LAST+1 to NEW of columns C1 to C2 become copies of row LIKE and join TABLE
    shrink TABLE C1 C2 HEAD LAST NEW  the cells of rows NEW+1 to LAST, columns C1 to C2, go; TABLE now ends at NEW
    put ROW COLUMN VALUE...           values along a row
    unlink R1 C1 R2 C2                no links in this block
    link ROW COLUMN PLACE             the cell leads to PLACE ("'Actions'!F17")
    show 1|0                          the sheet is shown or hidden
    front SHEET                       what to look at afterwards
    save                              the workbook is saved now; a document that tells of its changes appears only after it
    document FROM TO                  a file that was made, to be copied to where it belongs
    say TEXT                          a sentence for the person
    failed TEXT                       nothing was done, and why

A VALUE is a letter and the value: `e` nothing, `tTEXT`, `n12.5`, `d46112` (a day as Excel counts from 1900, with a
fraction for a time), `b1` or `b0`, `x#REF!` (an error value, in expectations alone). In texts `\\t`, `\\n`, `\\r` and `\\\\`
stand for tab, line feed, return and backslash, and `\\u8217;` for the UTF-16 unit 8217: whatever is not ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta

from cvsb_xl.hosts.steps import Expect, Grow, LinkCell, Put, Show, Shrink, Step, Unlink
from cvsb_xl.tracker.values import CellError, RawValue
from cvsb_xl.xlsx.values_out import serial

FIRST = "cvsb-lines\t1"
_SHORT = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_ESCAPED = re.compile(r"\\(?:u(\d+);|([tnr\\]))")
_LONG = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}


def escaped(text: str) -> str:
    """Return a text in ASCII without tabs and line ends."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return "".join(_SHORT.get(one) or (one if " " <= one <= "~" else _units(one)) for one in text)


def _units(character: str) -> str:
    data = character.encode("utf-16-le", "surrogatepass")
    return "".join(f"\\u{data[at] + 256 * data[at + 1]};" for at in range(0, len(data), 2))


def unescaped(text: str) -> str:
    """Return what `escaped` was given."""
    if "\\" not in text:
        return text
    found = _ESCAPED.sub(lambda match: chr(int(match[1])) if match[1] else _LONG[match[2]], text)
    return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def coded(value: RawValue) -> str:
    """Return a value as a line carries it."""
    match value:
        case None | "":
            return "e"
        case bool():
            return f"b{int(value)}"
        case str():
            return "t" + escaped(value)
        case CellError():
            return "x" + escaped(value.code)
        case date():
            return "d" + serial(value, date1904=False, where="")
        case time():
            return f"d{timedelta(hours=value.hour, minutes=value.minute, seconds=value.second) / timedelta(days=1)!r}"
        case _:
            return f"n{value!r}"


def step_lines(steps: Iterable[Step]) -> list[str]:
    """Return the lines of steps, each beneath its sheet's."""
    lines: list[str] = []
    sheet = None
    for step in steps:
        if step.sheet != sheet:
            sheet = step.sheet
            lines.append(line("sheet", sheet))
        match step:
            case Expect():
                lines.append(f"expect\t{step.row}\t{step.column}\t{coded(step.value)}")
            case Grow():
                lines.append(line("grow", step.table, step.like, *_table(step)))
            case Shrink():
                lines.append(line("shrink", step.table, *_table(step)))
            case Put():
                for number, values in enumerate(step.values, step.row):
                    lines.append("\t".join(["put", str(number), str(step.column), *map(coded, values)]))
            case Unlink():
                lines.append(line("unlink", step.row, step.column, step.last_row, step.last_column))
            case LinkCell():
                lines.append(line("link", step.row, step.column, step.target))
            case Show():
                lines.append(line("show", int(step.visible)))
    return lines


def _table(step: Grow | Shrink) -> tuple[int, ...]:
    return step.first_column, step.last_column, step.header_row, step.last_row, step.new_last_row


def line(word: str, *parts: object) -> str:
    """Return one line."""
    return "\t".join([word, *(escaped(str(part)) for part in parts)])


def whole(lines: Sequence[str]) -> str:
    """Return an answer from its lines: with the first and last that say it is one, and is whole."""
    return "".join(f"{one}\r\n" for one in [FIRST, *lines, f"end\t{len(lines) + 2}"])


def pairs(lines: str) -> Mapping[str, list[str]]:
    """Read simple lines, one word and its value each, such as a request's; a word may stand more than once."""
    found: dict[str, list[str]] = {}
    for one in lines.splitlines():
        word, _, value = one.partition("\t")
        if word:
            found.setdefault(word, []).append(unescaped(value))
    return found
