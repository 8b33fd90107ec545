"""What XlsxWriter cannot say of a workbook it built: real cell styles ("Title", "Input", ...), and rows that fit their text.

XlsxWriter writes formats, not styles. A screen reader, a style gallery and the accessibility checklist look for styles,
so each of our roles is tied to the built-in style that says the same, in the styles part of the finished file. And it
marks every row height as set by hand, so that the row would never grow with its text: that mark is taken off below the head.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

_STYLES, _SHEETS = "xl/styles.xml", "xl/worksheets/sheet"
_HEAD_ROWS = 4
"""Their height is meant: titles and headings."""
_SET_BY_HAND = re.compile(rb'(<row r="(\d+)"[^>]*?) customHeight="1"')
# Role -> the style's name and its built-in number (ECMA-376 part 1, annex G).
_BUILT_IN = {
    "title": ("Title", 15),
    "section": ("Heading 2", 17),
    "heading": ("Heading 3", 18),
    "heading_computed": ("Heading 4", 19),
    "note": ("Explanatory Text", 53),
    "input": ("Input", 20),
    "computed": ("Calculation", 22),
}


def finished(workbook: bytes, formats: Mapping[str, Iterable[Any]]) -> bytes:
    """Return the workbook with the formats of each role tied to its style, and rows that grow with their text.

    Args:
        workbook: as XlsxWriter wrote it.
        formats: role -> the XlsxWriter formats of that role.
    """
    source = zipfile.ZipFile(io.BytesIO(workbook))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename == _STYLES:
                data = _tied(data.decode(), formats).encode()
            elif info.filename.startswith(_SHEETS):
                data = _SET_BY_HAND.sub(_fitted, data)
            target.writestr(info, data)
    return made.getvalue()


def _fitted(row: re.Match[bytes]) -> bytes:
    return row[0] if int(row[2]) <= _HEAD_ROWS else row[1]


def _tied(styles: str, formats: Mapping[str, Iterable[Any]]) -> str:
    opened, cells, closed = _split(styles, "cellXfs")
    xfs = re.findall(r"<xf [^>]*?/>|<xf .*?</xf>", cells)
    bases = _split(styles, "cellStyleXfs")[1]
    count = len(re.findall(r"<xf ", bases))
    new_bases, new_styles = [], []
    for role, (name, number) in _BUILT_IN.items():
        indices = [item.xf_index for item in formats.get(role, ()) if item.xf_index]
        if not indices:
            continue
        new_bases.append(re.sub(r' xfId="\d+"', "", xfs[indices[0]]))
        new_styles.append(f'<cellStyle name="{name}" xfId="{count}" builtinId="{number}" customBuiltin="1"/>')
        for index in indices:
            xfs[index] = re.sub(r' xfId="\d+"', f' xfId="{count}"', xfs[index])
        count += 1
    styles = opened + "".join(xfs) + closed
    styles = _grown(styles, "cellStyleXfs", new_bases)
    return _grown(styles, "cellStyles", new_styles)


def _split(styles: str, element: str) -> tuple[str, str, str]:
    start = styles.index(">", styles.index(f"<{element} ")) + 1
    end = styles.index(f"</{element}>")
    return styles[:start], styles[start:end], styles[end:]


def _grown(styles: str, element: str, added: list[str]) -> str:
    opened, inner, closed = _split(styles, element)
    opened = re.sub(
        rf'<{element} count="(\d+)">$',
        lambda found: f'<{element} count="{int(found[1]) + len(added)}">',
        opened,
    )
    return opened + inner + "".join(added) + closed
