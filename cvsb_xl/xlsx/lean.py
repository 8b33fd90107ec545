"""The small package that python-calamine is handed: the parts that hold values, unpacked and checked by us.

Reading a workbook through two programs invites them to disagree: on which of two parts of one name counts, on letters
of another case, on what a merged range may look like. So calamine gets a package with the usual names, holding the
workbook's own strings and formats, its sheets' rows and nothing else. It is stored, not packed: unpacking twice
would cost a fifth of the time.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence

from cvsb_xl.xlsx.markup import attributes, quoteattr, tag

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET_DATA = tag(b"sheetData", None)
_ERROR_TYPE = re.compile(rb'(<(?:[\w.-]+:)?c\s[^<>]*?\bt=)"e"')


def rows_of(part: bytes) -> bytes:
    """What stands between <sheetData> and </sheetData>; nothing where a sheet has no rows."""
    opened = _SHEET_DATA.search(part)
    if opened is None or opened[2].endswith(b"/"):
        return b""
    end = part.rfind(b"</" + opened[1] + b"sheetData")
    return part[opened.end() : end] if end >= 0 else part[opened.end() :]


def lean_package(sheets: Sequence[bytes], strings: bytes, styles: bytes, *, date1904: bool) -> io.BytesIO:
    """A workbook of sheets that hold these rows, named "1", "2" and so on.

    Errors become text: calamine drops those it knows, and gives up on newer ones.
    """
    numbers = range(1, len(sheets) + 1)
    names = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    dates = '<workbookPr date1904="1"/>' if date1904 else ""
    targets = {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in numbers}
    targets |= {"rIdS": ("styles", "styles.xml"), "rIdT": ("sharedStrings", "sharedStrings.xml")}
    parts = {
        "_rels/.rels": _relationships({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{dates}<sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relationships(targets),
        "xl/styles.xml": styles or f'<styleSheet xmlns="{_MAIN}"/>',
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{_MAIN}"/>',
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        for number, rows in enumerate(sheets, 1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                part.write(b'<worksheet xmlns="%s"><sheetData>' % _MAIN.encode())
                part.write(_ERROR_TYPE.sub(rb'\1"str"', rows) if b't="e"' in rows else rows)
                part.write(b"</sheetData></worksheet>")
    written.seek(0)
    return written


def _relationships(targets: dict[str, tuple[str, str]]) -> str:
    inside = "".join(
        f"<Relationship Id={quoteattr(rel)} Type={quoteattr(f'{_OFFICE}/{kind}')} Target={quoteattr(target)}/>"
        for rel, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}">{inside}</Relationships>'


def date_system(workbook: bytes) -> bool:
    """Tell whether the workbook counts days from 1904, as Excel for the Mac once did."""
    found = tag(b"workbookPr", None).search(workbook)
    return found is not None and attributes(found[2]).get("date1904", "0").lower() in ("1", "true", "on")
