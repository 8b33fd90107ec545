"""Fuzzing the patch with damaged real workbooks: no hang, no crash, no corrupt output - a patch or a refusal.

A few seconds in an ordinary run. By hand: CVSB_FUZZ_SECONDS=600 pytest tests/properties/test_patch_fuzz.py
"""

import os
import random
import time
import zlib
from pathlib import Path

from lxml import etree

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import sheets, workbook_part
from cvsb_xl.xlsx.patch import AppendRows, ReplaceRows, WorkbookChange, change_workbook
from cvsb_xl.xlsx.tables import tables_of
from tests.xlsx.handmade import zipped

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
SECONDS = float(os.environ.get("CVSB_FUZZ_SECONDS", "5"))
TOKENS = [
    b"<", b">", b"/>", b'"', b"'", b"<row", b"<c ", b"</c>", b"</row>", b"</sheetData>", b"<sheetData/>", b"<!--", b"-->",
    b"<![CDATA[", b"]]>", b"&amp;", b"&#0;", b"&bogus;", b' r="1"', b' r="A1"', b' r="XFD1048576"', b' t="shared"', b' si="0"',
    b' ref="A1:C9"', b"<f>A1</f>", b"\xff\xfe", b"\x00", b"<?x?>", b"<!DOCTYPE x>", b"99999999999", b"-1", b"\xc3(",
]  # fmt: skip


def seeds() -> list[tuple[str, dict[str, bytes]]]:
    """Real workbooks, unpacked; large ones say nothing more and take longer."""
    found = []
    for path in sorted(CORPUS.glob("*.xls*")):
        try:
            package = Package(path.read_bytes())
            workbook_part(package)
            found.append((path.name, {name: package.part(name) for name in package}))
        except UnsupportedWorkbook:
            continue
    return [(name, parts) for name, parts in found if sum(map(len, parts.values())) < 400_000]


def damaged(data: bytes, dice: random.Random) -> bytes:
    """A part with a few random changes: cut, doubled, moved, changed, a token put in."""
    out = bytearray(data)
    for _ in range(dice.choice([1, 1, 1, 2, 3, 6])):
        at, size = dice.randrange(len(out) + 1), dice.choice([1, 2, 5, 20, 200])
        match dice.randrange(5):
            case 0:
                del out[at : at + size]
            case 1:
                out[at:at] = out[at : at + size]
            case 2 if at < len(out):
                out[at] = dice.randrange(256)
            case 3:
                other = dice.randrange(len(out) + 1)
                out[at:at] = out[other : other + size]
            case _:
                out[at:at] = dice.choice(TOKENS)
    return bytes(out)


def change_for(data: bytes, dice: random.Random) -> WorkbookChange:
    """Cells on the first sheet, and often rows for its table."""
    package = Package(data)
    listed = [sheet for sheet in sheets(package, workbook_part(package)) if sheet.kind == "worksheet"]
    if not listed:
        raise UnsupportedWorkbook("The workbook has no worksheets.")
    name = dice.choice(listed).name
    refs = [
        f"{dice.choice('ABCDEFZ')}{dice.choice([1, 2, 3, 5, 9, 30, 4000])}"
        for _ in range(dice.randrange(1, 5))
    ]
    cells = {(name, ref): dice.choice(["=text", 1.5, True, None, "ok"]) for ref in refs}
    for sheet in listed:
        for table in tables_of(package, sheet):
            rows = [{column.name: "row" for column in table.columns[:2]}]
            kind = dice.randrange(3)
            if kind == 0:
                return WorkbookChange(
                    cells=cells, appends=[AppendRows(sheet.name, rows * dice.randrange(1, 9))]
                )
            if kind == 1:
                return WorkbookChange(replaces=[ReplaceRows(sheet.name, rows * dice.randrange(4))])
    return WorkbookChange(cells=cells)


def is_whole(part: bytes) -> bool:
    """Whether a second, stricter parser takes it."""
    try:
        etree.fromstring(part, etree.XMLParser(huge_tree=True, recover=False))
    except etree.XMLSyntaxError:
        return False
    return True


def try_one(data: bytes, dice: random.Random) -> str:
    """Patch one damaged workbook; "patched" or "refused"."""
    try:
        change = change_for(data, dice)
        new = change_workbook(data, change)
    except UnsupportedWorkbook as error:
        assert str(error)
        return "refused"
    before, after = Package(data), Package(new)
    after.test()
    for name in after:
        content = after.part(name)
        if name in before and before.part(name) != content and is_whole(before.part(name)):
            assert is_whole(content), f"{name} was whole and is not any more"
    if not change.appends:
        assert change_workbook(new, change) == new
    return "patched"


def test_damaged_workbooks_are_patched_or_refused() -> None:
    """Damage to the XML of a part, or to the bytes of the zip; each within ten seconds of the processor."""
    start = time.monotonic()
    seed = int(os.environ.get("CVSB_FUZZ_SEED", "7"))
    corpus, count = seeds(), {"patched": 0, "refused": 0}
    while time.monotonic() - start < SECONDS:
        seed += 1
        dice = random.Random(seed)
        name, parts = dice.choice(corpus)
        if dice.random() < 0.85:
            likely = [
                part
                for part in parts
                if any(word in part for word in ("sheet", "workbook", "table", "style", "Types", "rels"))
            ]
            part = dice.choice(likely or list(parts))
            data = zipped({**parts, part: damaged(parts[part], dice)})
        else:
            data = damaged((CORPUS / name).read_bytes(), dice)
        began = time.process_time()
        try:
            count[try_one(data, dice)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed} ({name}, crc {zlib.crc32(data):08x}): {error!r}") from error
        assert time.process_time() - began < 10, f"seed {seed} ({name}) took too long"
    print(f"{sum(count.values())} damaged workbooks: {count}")
    assert min(count.values()) > 0
