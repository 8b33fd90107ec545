"""A workbook broken at random is read or refused: nothing else comes out, and no child dies of it."""

from __future__ import annotations

import random

from cvsb_xl.errors import RefusedWorkbook
from cvsb_xl.xlsx.child import read_untrusted
from cvsb_xl.xlsx.preflight import REFUSALS
from cvsb_xl.xlsx.read import Book
from tests.hostile.packages import parts_of, zipped

ROWS = "".join(
    f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c><c r="B{row}" s="1"><v>46477</v></c>'
    f'<c r="C{row}" t="str"><f>A{row}&amp;"!"</f><v>x</v></c><c r="D{row}" t="e"><v>#N/A</v></c></row>'
    for row in range(1, 6)
)
# What the grammar of a sheet hangs on, and what is out of bounds in it.
TOKENS = [
    *(token.encode() for token in "< > \" ' / & = : <c> </c> <f> <v> </row> <sheetData> </sheetData> <!-- ]]> <![CDATA[".split()),
    *(token.encode() for token in '&#0; &#x110000; 1e999 -1 99999999999999999999 r="A1" r="XFD1048576" t="s" t="e"'.split()),
    *(token.encode() for token in '<row/> ref="A:A" Target="" Id="" r="1048576"'.split()),
    b"\x00",
    b"\xff",
]  # fmt: skip


def broken(chance: random.Random) -> bytes:
    """A workbook with a few places of one or two parts replaced, cut out, or cut off; or with bytes of its zip changed."""
    parts = parts_of(ROWS, strings=["<si><t>In progress</t></si>"])
    for _ in range(chance.randint(1, 2)):
        name = chance.choice([*parts, *["xl/worksheets/sheet1.xml"] * len(parts)])
        content = parts[name]
        part = bytearray(content.encode() if isinstance(content, str) else content)
        if chance.random() < 0.05:
            del part[chance.randrange(len(part) + 1) :]
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(part) + 1)
            part[at : at + chance.choice([0, 0, 1, 3, 20])] = chance.choice(TOKENS)
        parts[name] = bytes(part)
    data = bytearray(zipped(parts))
    if chance.random() < 0.1:
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def test_a_thousand_broken_workbooks_are_read_or_refused_in_words() -> None:
    chance = random.Random(20270331)
    files = [(f"{number}.xlsx", broken(chance)) for number in range(1000)]
    codes: set[str] = set()
    for (name, _), result in zip(files, read_untrusted(files), strict=True):
        if isinstance(result, RefusedWorkbook):
            codes.add(result.code)
            assert str(result).startswith(name)
        else:
            assert isinstance(result, Book)
    assert {"X105", "X109"} <= codes <= set(REFUSALS)
    assert "X114" not in codes, "a child died"
