"""Workbooks put together part by part, for what no library writes."""

import io
import zipfile
from collections.abc import Mapping

from cvsb_xl.xlsx.package import Package

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_REL = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Format 0 is General, 1 a date, 2 wrapped text, 3 a date and time, 4 text whose leading sign is meant.
STYLES = (
    f'{DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy hh:mm"/>'
    '</numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill>'
    '<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders '
    'count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf '
    'numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment wrapText="1"/></xf>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
    "</cellXfs></styleSheet>"
)


def sheet_xml(rows: str, after: str = "", *, before: str = "", namespace: str = MAIN) -> str:
    """A worksheet part around some rows; `after` is what follows the cells, `before` what precedes them."""
    return (
        f'{DECLARATION}<worksheet xmlns="{namespace}" xmlns:r="{REL}">{before}<sheetData>{rows}</sheetData>{after}'
        "</worksheet>"
    )


def relationships(*rels: tuple[str, str], base: str = REL) -> str:
    """A relationships part: (type's last word, target), numbered rId1, rId2, ..."""
    listed = "".join(
        f'<Relationship Id="rId{n}" Type="{base}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(rels, 1)
    )
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE_REL}">{listed}</Relationships>'


def parts_of(
    sheet: str | bytes,
    more: Mapping[str, str | bytes] | None = None,
    *,
    workbook: str = "",
    name: str = "Actions",
    styles: str | None = STYLES,
) -> dict[str, str | bytes]:
    """The parts of a workbook with one sheet; `more` adds parts or replaces them, `workbook` follows its sheets."""
    rels = [("worksheet", "worksheets/sheet1.xml")] + ([("styles", "styles.xml")] if styles else [])
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{TYPES}"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        '"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": relationships(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="{name}" '
        f'sheetId="1" r:id="rId1"/></sheets>{workbook}</workbook>',
        "xl/_rels/workbook.xml.rels": relationships(*rels),
        "xl/worksheets/sheet1.xml": sheet,
    }
    if styles:
        found["xl/styles.xml"] = styles
    return {**found, **(more or {})}


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Parts as a zip, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2026, 11, 23, 10, 20, 30))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def handmade(rows: str, after: str = "", more: Mapping[str, str | bytes] | None = None, **how: str) -> bytes:
    """A workbook with one sheet, "Actions", of these rows."""
    return zipped(parts_of(sheet_xml(rows, after), more, **how))


def sheet_of(data: bytes, part: str = "xl/worksheets/sheet1.xml") -> str:
    """A part of a workbook, as text."""
    return Package(data).part(part).decode()
