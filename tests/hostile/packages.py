"""Small workbooks built part by part, so that a test can break exactly one thing.

workbook('<row r="1"><c r="A1"><v>1</v></c></row>')
workbook(parts={"xl/vbaProject.bin": b"..."})            adds or replaces parts; None takes one away
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"

# Cell formats 0 to 4: plain, a date, a date, a date with a time, hours beyond 24.
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="164"/><xf numFmtId="22"/><xf numFmtId="46"/></cellXfs></styleSheet>'
)
ONE_CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>In progress</t></is></c></row>'

Parts = Mapping[str, str | bytes | None]


def sheet(rows: str = ONE_CELL, *, prefix: str = "", after: str = "") -> str:
    """A worksheet part of these rows; every element takes the prefix, such as "x:", where one is given."""
    space = f'xmlns:{prefix.rstrip(":")}="{MAIN}"' if prefix else f'xmlns="{MAIN}"'
    return (
        f"<{prefix}worksheet {space}><{prefix}sheetData>{rows}</{prefix}sheetData>{after}</{prefix}worksheet>"
    )


def relationships(*targets: tuple[str, str], outside: bool = False) -> str:
    """A relationships part: (kind, target) in turn, rId1 and on."""
    mode = ' TargetMode="External"' if outside else ""
    inside = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target={quoteattr(target)}{mode}/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'


def parts_of(
    rows: str = ONE_CELL,
    *,
    strings: Sequence[str] = (),
    date1904: bool = False,
    state: str = "visible",
    parts: Parts | None = None,
) -> dict[str, str | bytes]:
    """The parts of a workbook with one sheet, "Sheet"; `strings` are the <si> elements of its shared strings."""
    dates = '<workbookPr date1904="1"/>' if date1904 else ""
    made: dict[str, str | bytes | None] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPES}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPES}.sharedStrings+xml"/></Types>',
        "_rels/.rels": relationships(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{dates}<sheets>'
        f'<sheet name="Sheet" sheetId="1" state="{state}" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relationships(
            ("worksheet", "worksheets/sheet1.xml"),
            ("styles", "styles.xml"),
            ("sharedStrings", "sharedStrings.xml"),
        ),
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{"".join(strings)}</sst>',
        "xl/worksheets/sheet1.xml": sheet(rows),
    }
    made.update(parts or {})
    return {name: content for name, content in made.items() if content is not None}


def zipped(parts: Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]) -> bytes:
    """A zip of these parts; given as pairs, names may repeat."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items() if isinstance(parts, Mapping) else parts:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def workbook(rows: str = ONE_CELL, **more: object) -> bytes:
    """The bytes of such a workbook."""
    return zipped(parts_of(rows, **more))  # type: ignore[arg-type]
