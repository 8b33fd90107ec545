"""A table in a Word paper: a heading row that repeats, rows that stay whole, and words for those who cannot see it.

Rows are written as XML: python-docx looks every cell up again for each row, which took most of 105 seconds for a paper of 2,000 actions (29 so).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from cvsb_xl.outputs.printable import printable
from cvsb_xl.papers.paper import TableBlock
from cvsb_xl.xlsx.fitting import digits

if TYPE_CHECKING:
    from docx.document import Document

_PROPERTIES = (
    "tblStyle",
    "tblW",
    "jc",
    "tblInd",
    "tblBorders",
    "tblLayout",
    "tblCellMar",
    "tblLook",
    "tblCaption",
    "tblDescription",
)
"""In the order that the file format wants; Word refuses another."""
_EMU_PER_TWIP = 635
_EMU_PER_DIGIT = 9 * 12_700 * 0.556
"""The width of a digit in a table: Arial at 9 points."""
_EMU_OF_MARGINS = 2 * 85 * _EMU_PER_TWIP
_LONGEST_KEY = 14
"""In letters: what is longer is no ID."""
_NUMBER = re.compile(r"[\d,]+")


def add_table(document: Document, block: TableBlock) -> None:
    """Add the table at the document's end, as wide as the text."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement, parse_xml
    from docx.shared import Emu

    table = document.add_table(rows=0, cols=len(block.headings), style="Board Table")
    table.autofit = False
    widths = _widths(block, text_width(document))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Emu(width)
    properties: Any = table._tbl.tblPr
    for tag, value in (("w:tblCaption", block.title), ("w:tblDescription", block.summary)):
        element = OxmlElement(tag)
        element.set(qn("w:val"), printable(value))
        properties.append(element)
    look = properties.find(qn("w:tblLook"))
    if look is not None:  # the first row and the first column are headings; no banding
        look.attrib.clear()
        for name, value in (
            ("val", "06A0"),
            ("firstRow", "1"),
            ("firstColumn", "1"),
            ("noHBand", "1"),
            ("noVBand", "1"),
        ):
            look.set(qn(f"w:{name}"), value)
    for child in sorted(properties, key=lambda child: _PROPERTIES.index(child.tag.rpartition("}")[2])):
        properties.append(child)
    styles = {
        name: str(document.styles[name].style_id)
        for name in ("Table Heading", "Table Key", "Table Text", "Table Number")
    }
    numbers = [at > 0 and _are_numbers([row[at] for row in block.rows]) for at in range(len(block.headings))]
    twips = [width // _EMU_PER_TWIP for width in widths]
    table._tbl.append(
        parse_xml(_row(block.headings, twips, [styles["Table Heading"]] * len(twips), numbers, repeats=True))
    )
    body = [
        styles["Table Key"],
        *(styles["Table Number" if number else "Table Text"] for number in numbers[1:]),
    ]
    for cells in block.rows:
        table._tbl.append(parse_xml(_row(cells, twips, body, numbers)))


def _widths(block: TableBlock, room: int) -> list[int]:
    """Share out the room, in EMU: as the table wants it, but no heading and no key is broken, where a template's page is narrow."""
    least = [
        _EMU_PER_DIGIT * max(digits(word, bold=True) for word in [*heading.split(), *keys]) + _EMU_OF_MARGINS
        for heading, keys in zip(block.headings, _keys(block), strict=True)
    ]
    widths = [room * share / sum(block.widths) for share in block.widths]
    lacking = [max(0.0, need - width) for need, width in zip(least, widths, strict=True)]
    spare = [max(0.0, width - need) for need, width in zip(least, widths, strict=True)]
    if sum(lacking) <= sum(spare):
        part = sum(lacking) / (sum(spare) or 1)
        widths = [
            width + more - less * part for width, more, less in zip(widths, lacking, spare, strict=True)
        ]
    return [int(width) for width in widths]


def _keys(block: TableBlock) -> list[list[str]]:
    """By column, the words that must stay whole: IDs, which a line would else break at their hyphen."""
    first = {
        line
        for row in block.rows
        for line in row[0].split("\n")
        if len(line) < _LONGEST_KEY and " " not in line
    }
    return [sorted(first), *([] for _ in block.headings[1:])]


def text_width(document: Document) -> int:
    """Return the width between the margins, in EMU."""
    section = document.sections[0]
    return int(section.page_width or 0) - int(section.left_margin or 0) - int(section.right_margin or 0)


def _are_numbers(cells: Sequence[str]) -> bool:
    """Tell whether a column holds counts alone: such columns are read down, so their digits stand below each other."""
    return bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)


def _row(
    cells: Sequence[str],
    twips: Sequence[int],
    styles: Sequence[str],
    numbers: Sequence[bool],
    *,
    repeats: bool = False,
) -> str:
    inside = "".join(_cell(*cell) for cell in zip(cells, twips, styles, numbers, strict=True))
    header = "<w:tblHeader/>" if repeats else ""
    return (
        '<w:tr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:trPr><w:cantSplit/>{header}</w:trPr>{inside}</w:tr>"
    )


def _cell(text: str, width: int, style: str, is_number: bool) -> str:
    right = '<w:jc w:val="right"/>' if is_number else ""
    paragraphs = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{right}</w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(printable(line))}</w:t></w:r></w:p>'
        for line in text.split("\n")
    )
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{paragraphs}</w:tc>'
