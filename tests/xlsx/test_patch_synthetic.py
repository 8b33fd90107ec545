"""What the corpus is thin on, made by hand: ribbons, threaded comments, slicers, timelines, chartEx, zip64 and odd zips."""

import io
import struct
import zipfile
import zlib

import pytest

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.patch import AppendRows, WorkbookChange, change_workbook
from tests.xlsx.handmade import MAIN, PACKAGE_REL, REL, TYPES, handmade, parts_of, sheet_xml, zipped
from tests.xlsx.lossless import by_calamine, by_openpyxl, changed_parts, entries, parts

MS = "http://schemas.microsoft.com/office"
ROWS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c><c r="B1" t="inlineStr"><is><t>Days</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>Ann</t></is></c><c r="B2"><v>3</v></c></row>'
)
X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
XM = "http://schemas.microsoft.com/office/excel/2006/main"
AFTER = (
    '<conditionalFormatting sqref="B2"><cfRule type="dataBar" priority="1"><dataBar><cfvo type="min"/><cfvo type="max"/>'
    '<color rgb="FF638EC6"/></dataBar></cfRule></conditionalFormatting><legacyDrawing r:id="rId4"/>'
    f'<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice xmlns:x14="{X14}" '
    'Requires="x14"><controls/></mc:Choice></mc:AlternateContent><tableParts count="1"><tablePart r:id="rId1"/></tableParts>'
    f'<extLst><ext uri="{{A8765BA9-456A-4dab-B4F3-ACF838C121DE}}" xmlns:x14="{X14}"><x14:slicerList><x14:slicer r:id="rId2"/>'
    f'</x14:slicerList></ext><ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" xmlns:x14="{X14}"><x14:dataValidations '
    f'xmlns:xm="{XM}" count="1"><x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>Lists!$A$1:$A$9</xm:f>'
    "</x14:formula1><xm:sqref>A2:A2</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
)
SHEET_RELS = (
    ("rId1", f"{REL}/table", "../tables/table1.xml"),
    ("rId2", f"{MS}/2007/relationships/slicer", "../slicers/slicer1.xml"),
    ("rId3", f"{MS}/2017/10/relationships/threadedComment", "../threadedComments/threadedComment1.xml"),
    ("rId4", f"{REL}/vmlDrawing", "../drawings/vmlDrawing1.vml"),
    ("rId5", f"{REL}/drawing", "../drawings/drawing1.xml"),
)
BOOK_RELS = (
    ("rId1", f"{REL}/worksheet", "worksheets/sheet1.xml"),
    ("rId2", f"{REL}/styles", "styles.xml"),
    ("rId3", f"{MS}/2017/10/relationships/person", "persons/person.xml"),
    ("rId4", f"{MS}/2007/relationships/slicerCache", "slicerCaches/slicerCache1.xml"),
    ("rId5", f"{MS}/2011/relationships/timelineCache", "timelineCaches/timelineCache1.xml"),
    ("rId6", f"{REL}/sharedStrings", "sharedStrings.xml"),
)
TOP_RELS = (
    ("rId1", f"{REL}/officeDocument", "xl/workbook.xml"),
    ("rId2", f"{MS}/2007/relationships/ui/extensibility", "customUI/customUI14.xml"),
    (
        "rId3",
        f"{REL.replace('officeDocument/2006', 'package/2006')}/metadata/core-properties",
        "docProps/core.xml",
    ),
)


def rels(listed: tuple[tuple[str, str, str], ...]) -> str:
    inner = "".join(f'<Relationship Id="{i}" Type="{kind}" Target="{target}"/>' for i, kind, target in listed)
    return f'<Relationships xmlns="{PACKAGE_REL}">{inner}</Relationships>'


CHART_EX = (
    f'<cx:chartSpace xmlns:cx="{MS}/drawing/2014/chartex"><cx:chartData><cx:data id="0"><cx:numDim type="val">'
    "<cx:f>Actions!$B$2:$B$2</cx:f></cx:numDim></cx:data></cx:chartData></cx:chartSpace>"
)
KEPT = {
    "customUI/customUI14.xml": f'<customUI xmlns="{MS}/2009/07/customui"><ribbon/></customUI>',
    "xl/slicers/slicer1.xml": f'<slicers xmlns="{X14}"><slicer name="Name" cache="Slicer_Name" rowHeight="241300"/></slicers>',
    "xl/slicerCaches/slicerCache1.xml": f'<slicerCacheDefinition xmlns="{X14}" name="Slicer_Name" sourceName="Name"/>',
    "xl/timelineCaches/timelineCache1.xml": f'<timelineCacheDefinition xmlns="{MS}/spreadsheetml/2010/11/main" name="T"/>',
    "xl/timelines/timeline1.xml": f'<timelines xmlns="{MS}/spreadsheetml/2010/11/main"/>',
    "xl/threadedComments/threadedComment1.xml": f'<ThreadedComments xmlns="{MS}/spreadsheetml/2018/threadedcomments">'
    '<threadedComment ref="A2" id="{1}" personId="{2}"><text>Why?</text></threadedComment></ThreadedComments>',
    "xl/persons/person.xml": f'<personList xmlns="{MS}/spreadsheetml/2018/threadedcomments"><person displayName="Ann" id="{{2}}"/></personList>',
    "xl/drawings/vmlDrawing1.vml": '<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape/></xml>',
    "xl/drawings/drawing1.xml": '<wsDr xmlns="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"/>',
    "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(range(256)),
    "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}" count="0" uniqueCount="0"/>',
    "docMetadata/LabelInfo.xml": '<clbl:labelList xmlns:clbl="http://schemas.microsoft.com/office/2020/mipLabelMetadata"/>',
    "docProps/core.xml": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>',
    "[trash]/0000.dat": b"\0" * 40,
}


def rich_parts() -> dict[str, str | bytes]:
    """A tracker with everything on it that Python's libraries have no objects for."""
    base = parts_of(sheet_xml(ROWS, AFTER))
    types = {
        "xl/workbook.xml": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        "xl/worksheets/sheet1.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml",
        "xl/charts/chartEx1.xml": "application/vnd.ms-office.chartex+xml",
        "xl/tables/table1.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml",
    }
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in types.items()
    )
    return {
        **base,
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        'package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="bin" '
        f'ContentType="application/vnd.ms-office.vbaProject"/>{overrides}</Types>',
        "_rels/.rels": rels(TOP_RELS),
        "xl/_rels/workbook.xml.rels": rels(BOOK_RELS),
        "xl/worksheets/_rels/sheet1.xml.rels": rels(SHEET_RELS),
        "xl/charts/chartEx1.xml": CHART_EX,
        "xl/tables/table1.xml": f'<table xmlns="{MAIN}" id="1" name="Actions" displayName="Actions" ref="A1:B2"><autoFilter '
        'ref="A1:B2"/><tableColumns count="2"><tableColumn id="1" name="Name"/><tableColumn id="2" name="Days"/></tableColumns></table>',
        **KEPT,
    }


def test_what_no_library_models_is_kept_byte_for_byte() -> None:
    """Ribbon, slicer, timeline, threaded comment, macro, label, trash: the same packed bytes, in the same order."""
    data = zipped(rich_parts())
    new = change_workbook(data, WorkbookChange(cells={("Actions", "A2"): "Bob"}))
    assert set(changed_parts(data, new)) == {"xl/worksheets/sheet1.xml", "xl/workbook.xml"}
    assert AFTER.encode() in parts(new)["xl/worksheets/sheet1.xml"]
    assert list(entries(new)) == list(entries(data))


def test_a_table_with_all_that_on_it_grows() -> None:
    """x14 validations, chartEx and the table follow; the rest is kept."""
    data = zipped(rich_parts())
    new = change_workbook(data, WorkbookChange(appends=[AppendRows("Actions", [{"Name": "Bob", "Days": 4}])]))
    found = parts(new)
    assert b"<xm:sqref>A2:A3</xm:sqref>" in found["xl/worksheets/sheet1.xml"]
    assert b"Lists!$A$1:$A$9" in found["xl/worksheets/sheet1.xml"]
    assert b"<cx:f>Actions!$B$2:$B$3</cx:f>" in found["xl/charts/chartEx1.xml"]
    assert by_openpyxl(new)["Actions"]["A3"] == "Bob"
    for name in KEPT:
        assert name not in changed_parts(data, new)


def zip64(content: dict[str, str | bytes]) -> bytes:
    """A zip in which every size and offset stands in zip64 fields, as a program writing to a pipe makes it."""
    out, central = bytearray(), bytearray()
    for name, text in content.items():
        raw = text.encode() if isinstance(text, str) else text
        crc, at, label = zlib.crc32(raw), len(out), name.encode()
        extra = struct.pack("<2H2Q", 1, 16, len(raw), len(raw))
        out += struct.pack(
            "<4s5H3L2H", b"PK\3\4", 45, 0, 0, 0, 0x5B77, crc, 0xFFFFFFFF, 0xFFFFFFFF, len(label), len(extra)
        )
        out += label + extra + raw
        extra = struct.pack("<2H3Q", 1, 24, len(raw), len(raw), at)
        central += struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2",
            45,
            45,
            0,
            0,
            0,
            0x5B77,
            crc,
            0xFFFFFFFF,
            0xFFFFFFFF,
            len(label),
            len(extra),
            0,
            0,
            0,
            0,
            0xFFFFFFFF,
        )
        central += label + extra
    start, count = len(out), len(content)
    out += central
    end = len(out)
    out += struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(central), start)
    out += struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    out += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return bytes(out)


def test_zip64_is_read_and_written_plainly() -> None:
    """Sizes small enough for a plain zip are written as one."""
    data = zip64(rich_parts())
    new = change_workbook(data, WorkbookChange(cells={("Actions", "A2"): "Bob"}))
    assert by_calamine(new)["Actions"]["A2"] == "Bob"
    assert b"PK\6\6" not in new
    old = parts(data)
    assert {name for name, content in parts(new).items() if content != old[name]} == {
        "xl/worksheets/sheet1.xml",
        "xl/workbook.xml",
    }


def test_data_descriptors_comments_and_stamps() -> None:
    """Entries streamed with their sizes behind them get them in front; stamps, comments and extra fields stay."""

    class Pipe(io.RawIOBase):
        """A file that cannot seek: zipfile then writes data descriptors."""

        def __init__(self) -> None:
            self.out = io.BytesIO()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            return self.out.write(data)  # type: ignore[arg-type]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        archive.comment = b"made by a pipe"
        for n, (name, content) in enumerate(rich_parts().items()):
            info = zipfile.ZipInfo(name, (2020, 2, n + 1, 3, 4, 6))
            info.compress_type = zipfile.ZIP_DEFLATED if n % 2 else zipfile.ZIP_STORED
            info.comment = f"entry {n}".encode()
            info.external_attr = 0o640 << 16
            archive.writestr(info, content)
    data = pipe.out.getvalue()
    assert zipfile.ZipFile(io.BytesIO(data)).infolist()[0].flag_bits & 8
    new = change_workbook(data, WorkbookChange(cells={("Actions", "A2"): "Bob"}))
    with zipfile.ZipFile(io.BytesIO(new)) as archive:
        assert archive.testzip() is None
        assert archive.comment == b"made by a pipe"
        assert [info.comment for info in archive.infolist()] == [
            f"entry {n}".encode() for n in range(len(rich_parts()))
        ]
        assert all(info.flag_bits & 8 == 0 for info in archive.infolist())
        assert archive.infolist()[3].date_time == (2020, 2, 4, 3, 4, 6)
    assert set(changed_parts(data, new)) == {"xl/worksheets/sheet1.xml", "xl/workbook.xml"}


BROKEN = {
    "an encrypted entry": (lambda d: central_byte(d, "xl/workbook.xml", 8, 1), "password"),
    "an unknown method": (lambda d: central_byte(d, "xl/workbook.xml", 10, 99), "packed by a method"),
    "a size that is not so": (lambda d: central_byte(d, "xl/workbook.xml", 24, 3), "damaged"),
    "an offset beyond the file": (lambda d: central_byte(d, "xl/workbook.xml", 45, 0x7F), "outside the file"),
    "several disks": (
        lambda d: d[: d.rindex(b"PK\5\6") + 4] + b"\1" + d[d.rindex(b"PK\5\6") + 5 :],
        "volumes|several",
    ),
    "a directory cut": (
        lambda d: d[: d.index(b"PK\1\2") + 30] + d[d.rindex(b"PK\5\6") :],
        "does not stand|damaged",
    ),
    "bytes before the zip": (lambda d: b"PK junk" + d, "does not stand"),
}


def central_byte(data: bytes, name: str, at: int, value: int) -> bytes:
    where = data.index(name.encode(), data.index(b"PK\1\2")) - 46 + at
    return data[:where] + bytes([value]) + data[where + 1 :]


@pytest.mark.parametrize("how", BROKEN)
def test_broken_zips_are_refused_in_words(how: str) -> None:
    """Never a traceback, never a file that is half of something."""
    damage, words = BROKEN[how]
    with pytest.raises(UnsupportedWorkbook, match=words):
        change_workbook(damage(zipped(rich_parts())), WorkbookChange(cells={("Actions", "A2"): "Bob"}))


def test_a_part_may_be_asked_for_in_any_case_and_missing_ones_are_named() -> None:
    """OPC does not mind case."""
    package = Package(zipped(rich_parts()))
    assert package.part("XL/Workbook.XML") == package.part("xl/workbook.xml")
    with pytest.raises(UnsupportedWorkbook, match=r"xl/none\.xml is missing"):
        package.part("xl/none.xml")


def test_a_large_part_that_is_replaced_twice_is_packed_as_it_was_last() -> None:
    """Large parts are packed beside other work, from the moment they are replaced."""
    package = Package(handmade('<row r="1"><c r="A1"><v>1</v></c></row>'))
    for letter in (b"a", b"b"):
        package.replace("xl/worksheets/sheet1.xml", letter * 3_000_000)
    assert Package(package.to_bytes()).part("xl/worksheets/sheet1.xml") == b"b" * 3_000_000


def test_large_parts_are_packed_in_pieces_that_any_reader_joins() -> None:
    """Over 2 MB the work is shared out among the processor's cores; the result is one plain stream."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n * 7919 % 10007}</v></c></row>' for n in range(1, 60_001))
    data = zipped(parts_of(sheet_xml(rows)))
    new = change_workbook(
        data, WorkbookChange(cells={("Actions", "A30000"): 1.5, ("Actions", "B60001"): "end"})
    )
    expected = rows.replace(
        f'<v>{30000 * 7919 % 10007}</v></c></row><row r="30001"', '<v>1.5</v></c></row><row r="30001"'
    )
    got = parts(new)["xl/worksheets/sheet1.xml"].decode()
    assert got.startswith(sheet_xml(expected)[: len(sheet_xml(expected)) - 30][:2_000_000])
    assert '<row r="60001"><c r="B60001" t="inlineStr">' in got
    assert len(new) < len(data) * 1.05
    assert new == change_workbook(
        data, WorkbookChange(cells={("Actions", "A30000"): 1.5, ("Actions", "B60001"): "end"})
    )
