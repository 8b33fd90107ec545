"""Files that are refused whole, each with its rule's code and with words a Review Manager understands."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from cvsb_xl.errors import RefusedWorkbook
from cvsb_xl.xlsx.child import Result, read_untrusted
from cvsb_xl.xlsx.preflight import REFUSALS, preflight
from cvsb_xl.xlsx.read import Book, read_book
from tests.hostile.packages import OFFICE, PACKAGE, TYPES, parts_of, relationships, sheet, workbook, zipped

CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def compound(stream: str) -> bytes:
    """The beginning of an old Office container that names a stream."""
    return CFB + stream.encode("utf-16-le").ljust(128, b"\x00") + bytes(4096)


def pairs_with(*more: tuple[str, str]) -> bytes:
    """A workbook with parts added whose names may be there already."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return zipped([*parts_of().items(), *more])


def lying(size: int) -> bytes:
    """A workbook whose sheet unpacks to 200 MB, while the zip's directory says it is of `size` bytes."""
    parts = parts_of()
    parts["xl/worksheets/sheet1.xml"] = b"<worksheet>".ljust(200_000_000)
    data = bytearray(zipped(parts))
    true = (200_000_000).to_bytes(4, "little")
    while true in data:
        at = data.index(true)
        data[at : at + 4] = size.to_bytes(4, "little")
    return bytes(data)


def overlapping() -> bytes:
    """A zip in which 30 directory entries share the same packed bytes."""
    body = sheet("<row/>".ljust(9_000_000)).encode()
    data = zipped({**parts_of(), "xl/a.xml": body})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.start_dir
        entry = next(i for i in archive.infolist() if i.filename == "xl/a.xml")
        count = len(archive.infolist())
    directory = data[start : data.rindex(b"PK\x05\x06")]
    at = directory.index(b"xl/a.xml") - 46
    one = directory[at : at + 46 + 8]
    copies = b"".join(one.replace(b"xl/a.xml", b"xl/%c.xml" % n) for n in b"bcdefghijklmnopqrstuvwxyz01234")
    end = bytearray(data[data.rindex(b"PK\x05\x06") :])
    end[8:12] = (count + 30).to_bytes(2, "little") * 2
    end[12:16] = (len(directory) + len(copies)).to_bytes(4, "little")
    assert entry.compress_size > 1000
    return data[:start] + directory + copies + bytes(end)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BILLION = f'<!DOCTYPE worksheet [<!ENTITY l0 "ha">{LAUGHS}]>' + sheet(
    '<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>'
)
XXE = '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + sheet(
    '<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>'
)
SHEET = "xl/worksheets/sheet1.xml"
CELL = '<c r="{}"><v>1</v></c>'


def linked(kind: str, target: str, part: str = "xl/worksheets/_rels/sheet1.xml.rels") -> bytes:
    """A workbook one of whose parts points at another by a relationship of that kind."""
    return workbook(parts={part: relationships((kind, target)), f"xl/worksheets/{target}": b"x"})


def nested_zip() -> bytes:
    """A workbook zipped once more, as some mail programs do."""
    return zipped({"SWP.xlsx": workbook()})


def word() -> bytes:
    """A Word document."""
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"})


def password_zip() -> bytes:
    """A zip with the flag of encryption on every entry."""
    data = bytearray(workbook())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def flipped() -> bytes:
    """A workbook of which one packed byte was changed on the way."""
    data = bytearray(workbook('<row r="1">' + CELL.format("A1") * 1 + "</row>" + "<row/>" * 3000))
    at = data.index(b"sheet1.xml", data.index(SHEET.encode())) + len(b"sheet1.xml") + 12
    data[at] ^= 0xFF
    return bytes(data)


# name -> (code, words its message must hold, the file)
CASES: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "encrypted with a password": ("X101", "remove the password", lambda: compound("EncryptedPackage")),
    "a zip with a password": ("X101", "zip file protected with a password", password_zip),
    "a CSV": ("X102", "text file (CSV)", lambda: b"action_id,progress\r\nA-0001,In progress\r\n"),
    "a CSV of Excel in UTF-16": ("X102", "text file (CSV)", lambda: "a\tb\r\n1\t2\r\n".encode("utf-16")),
    "a web page": (
        "X102",
        "web page (HTML)",
        lambda: b"<html><body><table><tr><td>1</td></tr></table></body></html>",
    ),
    "a PDF": ("X102", "a PDF", lambda: b"%PDF-1.7\n..."),
    "a picture": ("X102", "a picture", lambda: b"\x89PNG\r\n\x1a\n" + bytes(90)),
    "noise": ("X102", "not an Excel workbook", lambda: bytes(range(128, 256)) * 9),
    "a Word document": ("X102", "a Word document", word),
    "an old Word document": ("X102", "old Office document", lambda: compound("WordDocument")),
    "a zip that holds the workbook": ("X102", "Unpack it", nested_zip),
    "a zip of something else": ("X102", "not a workbook", lambda: zipped({"notes.txt": "hello"})),
    "an .xls": ("X103", "old Excel file (.xls)", lambda: compound("Workbook")),
    "an .xls of Excel 4": ("X103", "old Excel file (.xls)", lambda: b"\x09\x04\x06\x00" + bytes(100)),
    "an .xlsb": ("X103", "binary workbook (.xlsb)", lambda: workbook(parts={"xl/workbook.bin": b"\x83\x01"})),
    "an .ods": (
        "X103",
        "OpenDocument",
        lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}),
    ),
    "XML Spreadsheet 2003": (
        "X103",
        "XML Spreadsheet",
        lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
    ),
    "two cells at the far corners": (
        "X104",
        "XFD1048576",
        lambda: workbook(
            f'<row r="1">{CELL.format("A1")}</row><row r="1048576">{CELL.format("XFD1048576")}</row>'
        ),
    ),
    "far corners under a prefix, without references on rows": (
        "X104",
        "Ctrl+End",
        lambda: workbook(
            parts={
                SHEET: sheet(
                    '<x:row><x:c><x:v>1</x:v></x:c></x:row><x:row><x:c s="1" r="AAA99999"><x:v>1</x:v></x:c></x:row>',
                    prefix="x:",
                )
            }
        ),
    ),
    "empty": ("X105", "is empty", lambda: b""),
    "nothing but zeros": ("X105", "is empty", lambda: bytes(5000)),
    "cut short": ("X105", "cut short", lambda: workbook()[:-300]),
    "only the first half": ("X105", "cut short", lambda: workbook()[:700]),
    "changed on its way": ("X105", "damaged", flipped),
    "no workbook part": ("X105", "damaged", lambda: workbook(parts={"xl/workbook.xml": None})),
    "no content types": ("X105", "damaged", lambda: workbook(parts={"[Content_Types].xml": None})),
    "no relationships": ("X105", "damaged", lambda: workbook(parts={"_rels/.rels": None})),
    "no sheet part": ("X105", "damaged", lambda: workbook(parts={SHEET: None})),
    "a sheet cut short": ("X105", "damaged", lambda: workbook(parts={SHEET: sheet()[:-40]})),
    "a sheet cut short in a tag": (
        "X105",
        "damaged",
        lambda: workbook(parts={SHEET: sheet(f'<row r="1">{CELL.format("A1")}<c r="B1" t="inl')[:-34]}),
    ),
    "a shared string that is not there": (
        "X105",
        "damaged",
        lambda: workbook('<row r="1"><c r="A1" t="s"><v>99999</v></c></row>'),
    ),
    "a shared string with a number that is none": (
        "X105",
        "damaged",
        lambda: workbook('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'),
    ),
    "a cell with an address that is none": (
        "X105",
        "ZZZZ9",
        lambda: workbook(f'<row r="1">{CELL.format("ZZZZ9")}</row>'),
    ),
    "a cell with two addresses": (
        "X105",
        "two addresses",
        lambda: workbook('<row r="1"><c r="A1"r="XFD1048576"><v>1</v></c><c r="B1"><v>1</v></c></row>'),
    ),
    "a row with two numbers": (
        "X105",
        "two addresses",
        lambda: workbook('<row r="1" r="1048576"><c><v>1</v></c></row>'),
    ),
    "a cell with an address turned round": (
        "X105",
        "20M",
        lambda: workbook('<row r="20"><c r="20M"><v>1</v></c></row>'),
    ),
    "a cell with an address and a half": (
        "X105",
        "L20M",
        lambda: workbook('<row r="20"><c r="L20M"><f>1</f></c></row>'),
    ),
    "a cell in row 0": ("X105", "A0", lambda: workbook(f'<row r="1">{CELL.format("A0")}</row>')),
    "300 MB in 300 kB": (
        "X106",
        "unpack",
        lambda: workbook(parts={SHEET: b"<worksheet>" + bytes(300_000_000)}),
    ),
    "60 MB of XML, hardly packed": (
        "X106",
        "unpack",
        lambda: workbook(parts={f"xl/{n}.xml": bytes(range(1, 256)) * 40_000 for n in range(6)}),
    ),
    "a directory that says 900 bytes of 200 MB": ("X105", "damaged", lambda: lying(900)),
    "a directory that says 9 MB of 200 MB": ("X105", "damaged", lambda: lying(9_000_000)),
    "entries that share their bytes": ("X106", "unpack", overlapping),
    "6,000 parts": ("X106", "parts", lambda: workbook(parts={f"xl/media/{n}.txt": "x" for n in range(6000)})),
    "a part twice": ("X107", "two parts", lambda: pairs_with((SHEET, sheet()))),
    "a part twice in letters of another case": (
        "X107",
        "two parts",
        lambda: pairs_with((SHEET.upper(), sheet())),
    ),
    "a part twice, once with backslashes": (
        "X107",
        "two parts",
        lambda: pairs_with((SHEET.replace("/", "\\"), sheet())),
    ),
    "a part above the folder": ("X107", "outside the file", lambda: workbook(parts={"../../evil.txt": "x"})),
    "a part at the root": ("X107", "outside the file", lambda: workbook(parts={"/abs.txt": "x"})),
    "a part on a drive": ("X107", "outside the file", lambda: workbook(parts={"C:\\evil.txt": "x"})),
    "a billion laughs": ("X108", "DOCTYPE", lambda: workbook(parts={SHEET: BILLION})),
    "a file pulled in from outside": ("X108", "DOCTYPE", lambda: workbook(parts={SHEET: XXE})),
    "a DOCTYPE in UTF-16": ("X108", "DOCTYPE", lambda: workbook(parts={SHEET: XXE.encode("utf-16")})),
    "a DOCTYPE in the relationships": (
        "X108",
        "DOCTYPE",
        lambda: workbook(
            parts={"_rels/.rels": "<!DOCTYPE x>" + relationships(("officeDocument", "xl/workbook.xml"))}
        ),
    ),
    "a DOCTYPE behind a long comment": (
        "X108",
        "DOCTYPE",
        lambda: workbook(parts={SHEET: f"<!-- <a {'x' * 70_000} -->{XXE}"}),
    ),
    "a cell twice": ("X109", "cell A1 twice", lambda: workbook(f'<row r="1">{CELL.format("A1") * 2}</row>')),
    "a cell twice in two rows": (
        "X109",
        "cell A1 twice",
        lambda: workbook(f'<row r="1">{CELL.format("A1")}</row><row r="2">{CELL.format("A1")}</row>'),
    ),
    "a cell twice, once in small letters": (
        "X109",
        "cell A1 twice",
        lambda: workbook(f'<row r="1">{CELL.format("A1")}{CELL.format("a1")}</row>'),
    ),
    "a row twice": (
        "X109",
        "row 1 twice",
        lambda: workbook(f'<row r="1">{CELL.format("A1")}</row><row r="1">{CELL.format("B1")}</row>'),
    ),
    "macros": ("X110", "macros", lambda: workbook(parts={"xl/vbaProject.bin": b"\xd0\xcf"})),
    "macros under another name": (
        "X110",
        "macros",
        lambda: workbook(
            parts={
                "xl/_rels/workbook.xml.rels": '<Relationships xmlns="'
                + PACKAGE
                + '/relationships"><Relationship Id="rId1" Type="'
                + OFFICE
                + '/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId9" '
                'Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="theme.dat"/></Relationships>',
                "xl/theme.dat": b"\xd0\xcf",
            }
        ),
    ),
    "macros known by their content type alone": (
        "X110",
        "macros",
        lambda: workbook(
            parts={
                "[Content_Types].xml": str(parts_of()["[Content_Types].xml"]).replace(
                    "</Types>",
                    '<Override PartName="/xl/x.dat" ContentType="application/vnd.ms-office.vbaProject"/></Types>',
                ),
                "xl/x.dat": b"\xd0\xcf",
            }
        ),
    ),
    "Excel 4 macros": ("X110", "macros", lambda: workbook(parts={"xl/macrosheets/sheet1.xml": sheet()})),
    "a dialog sheet": ("X110", "macros", lambda: linked("dialogsheet", "sheet2.xml", "xl/_rels/x.xml.rels")),
    "a link to another workbook": (
        "X111",
        "Break Link",
        lambda: workbook(parts={"xl/externalLinks/externalLink1.xml": "<externalLink/>"}),
    ),
    "a DDE link": (
        "X111",
        "Break Link",
        lambda: workbook(
            '<row r="1"><c r="A1"><f>cmd|\'/C calc\'!A0</f><v>0</v></c></row>',
            parts={
                "xl/externalLinks/externalLink1.xml": '<externalLink><ddeLink ddeService="cmd" ddeTopic="/C calc"/></externalLink>'
            },
        ),
    ),
    "a picture fetched from outside": (
        "X111",
        "links to other files",
        lambda: workbook(
            parts={
                "xl/drawings/_rels/drawing1.xml.rels": relationships(
                    ("image", "http://x.test/a.png"), outside=True
                )
            }
        ),
    ),
    "an embedded file": (
        "X112",
        "embedded",
        lambda: workbook(parts={"xl/embeddings/oleObject1.bin": b"\xd0\xcf"}),
    ),
    "an embedded file under another name": ("X112", "embedded", lambda: linked("oleObject", "thing.bin")),
    "an ActiveX control": ("X112", "controls", lambda: workbook(parts={"xl/activeX/activeX1.xml": "<ocx/>"})),
    "a data connection": (
        "X113",
        "Queries",
        lambda: workbook(parts={"xl/connections.xml": "<connections/>"}),
    ),
    "a web query": (
        "X113",
        "Queries",
        lambda: workbook(parts={"xl/queryTables/queryTable1.xml": "<queryTable/>"}),
    ),
}


@cache
def built(case: str) -> bytes:
    """The case's file; some take a second to build."""
    return CASES[case][2]()


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """Every case, and one sound return in the middle, read in one go as `merge` reads a folder."""
    names = list(CASES)
    files = [(f"{name}.xlsx", built(name)) for name in names]
    middle = len(files) // 2
    files[middle:middle] = [("sound.xlsx", workbook())]
    names[middle:middle] = ["sound"]
    return dict(zip(names, read_untrusted(files), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_the_file_is_refused_with_its_code_and_in_words(case: str, results: dict[str, Result]) -> None:
    code, words, _ = CASES[case]
    result = results[case]
    assert isinstance(result, RefusedWorkbook), result
    assert (result.code, words in str(result)) == (code, True), (result.code, str(result))
    assert str(result).startswith(f"{case}.xlsx ")
    assert str(result).endswith(".")


def test_a_sound_return_among_hostile_ones_is_read(results: dict[str, Result]) -> None:
    sound = results["sound"]
    assert isinstance(sound, Book)
    assert sound.sheets["Sheet"].grid == [["In progress"]]


def test_every_code_but_the_limits_own_has_a_case() -> None:
    assert {code for code, _, _ in CASES.values()} == set(REFUSALS) - {"X114"}


@pytest.mark.parametrize(
    "case", [name for name, (code, _, _) in CASES.items() if code in {"X110", "X111", "X112", "X113"}]
)
def test_a_tracker_may_hold_macros_links_objects_and_connections(case: str) -> None:
    data = built(case)
    preflight(data, "Tracker.xlsm", kind="tracker")
    read_book(data, name="Tracker.xlsm")


def test_a_macro_workbook_type_without_any_macro_is_accepted() -> None:
    """Some programs save every workbook under the type of .xlsm; only code itself is refused."""
    types = str(parts_of()["[Content_Types].xml"]).replace(
        f"{TYPES}.sheet.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    )
    preflight(workbook(parts={"[Content_Types].xml": types}), "a.xlsm", kind="return")


@pytest.mark.slow
def test_no_child_needs_more_than_500_mb(tmp_path: Path) -> None:
    """The bombs, the far corners, and the largest return that is still read."""
    big = "".join(
        f'<row r="{r}">'
        + "".join(f'<c r="{c}{r}" t="inlineStr"><is><t>{r}{c}</t></is></c>' for c in "ABCDEFGHIJ")
        + "</row>"
        for r in range(1, 65_000)
    )
    wanted = [
        name
        for name, (code, _, _) in CASES.items()
        if code in {"X104", "X106", "X108"} or "directory" in name
    ]
    for number, name in enumerate(wanted):
        (tmp_path / f"{number}.bin").write_bytes(built(name))
    (tmp_path / "big.bin").write_bytes(workbook(big))
    program = (
        "import pathlib, resource, sys\n"
        "from cvsb_xl.xlsx.child import read_untrusted\n"
        "files = sorted(pathlib.Path(sys.argv[1]).iterdir())\n"
        "got = read_untrusted([(f.name, f.read_bytes()) for f in files])\n"
        "print([type(g).__name__ for g in got].count('Book'), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    books, kilobytes = map(int, done.stdout.split())
    assert books == 1
    assert kilobytes < 500_000
