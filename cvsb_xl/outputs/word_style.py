"""How a Word paper looks: page, styles, language. The colours and the typeface are the workbook's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cvsb_xl.books.style import ACCENT, ACCENT_PALE, FONT, INK, LINE, QUIET

if TYPE_CHECKING:
    from docx.document import Document

TABLE_STYLE = "Board Table"
_MARGIN_CM = 2.0
# name: (size in points, bold, colour, space before, space after, keep with next)
_STYLES: dict[str, tuple[float, bool, str, float, float, bool]] = {
    "Normal": (10, False, INK, 0, 5, False),
    "Title": (20, True, ACCENT, 0, 2, True),
    "Subtitle": (12.5, False, INK, 0, 6, True),
    "Facts": (10, False, INK, 0, 10, False),
    "Heading 1": (13, True, ACCENT, 10, 3, True),
    "Heading 2": (11.5, True, ACCENT, 10, 3, True),
    "Caption": (9.5, True, INK, 6, 3, True),
    "List Bullet": (10, False, INK, 0, 2, False),
    "Note": (9, False, QUIET, 0, 6, False),
    "Notice": (11, True, INK, 4, 10, False),
    "Table Heading": (9, True, INK, 2, 2, True),
    "Table Key": (9, True, INK, 1, 1, False),
    "Table Text": (9, False, INK, 1, 1, False),
    "Table Number": (9, False, INK, 1, 1, False),
    "Figure": (9, False, INK, 0, 4, False),
    "Header": (9, True, INK, 0, 6, False),
    "Footer": (8.5, False, QUIET, 6, 0, False),
}


def set_up(document: Document, language: str) -> None:
    """Set page, styles and language of an empty document."""
    _page(document)
    for name, look in _STYLES.items():
        _style(document, name, *look)
    _notice_box(document)
    _table_style(document)
    _language(document, language)
    _modern(document)


def add_missing_styles(document: Document, language: str) -> None:
    """Add the styles that a board's own template does not have; those that it has stay as the board made them."""
    missing = [name for name in _STYLES if name not in document.styles]
    for name in missing:
        _style(document, name, *_STYLES[name])
    if "Notice" in missing:
        _notice_box(document)
    if TABLE_STYLE not in document.styles:
        _table_style(document)
    _language(document, language)


def _page(document: Document) -> None:
    from docx.shared import Cm

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(_MARGIN_CM)
    section.top_margin = section.bottom_margin = Cm(_MARGIN_CM)
    section.header_distance = section.footer_distance = Cm(1)


def _style(
    document: Document,
    name: str,
    size: float,
    bold: bool,
    colour: str,
    before: float,
    after: float,
    keep: bool,
) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    styles = document.styles
    style: Any
    if name in styles:
        style = styles[name]
    else:
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles["Normal"]
        style.quick_style = True
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(colour.lstrip("#"))
    style.font.name = FONT
    fonts = style.element.rPr.find(qn("w:rFonts"))
    for attribute in list(fonts.attrib):  # a theme's font would win over the named one
        if "heme" in attribute:
            del fonts.attrib[attribute]
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    spacing = style.element.rPr.find(qn("w:spacing"))
    if spacing is not None:
        style.element.rPr.remove(spacing)
    layout = style.paragraph_format
    layout.space_before, layout.space_after, layout.keep_with_next = Pt(before), Pt(after), keep
    layout.line_spacing, layout.widow_control = (1.0 if name.startswith("Table") else 1.05), True
    if name == "Header":
        layout.alignment = WD_ALIGN_PARAGRAPH.CENTER
    border = style.element.pPr.find(qn("w:pBdr"))
    if border is not None:
        style.element.pPr.remove(border)


def _notice_box(document: Document) -> None:
    from docx.oxml.ns import qn

    style: Any = document.styles["Notice"]
    properties = style.element.get_or_add_pPr()
    border = _element("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        border.append(_element(f"w:{side}", val="single", sz="12", space="6", color=ACCENT.lstrip("#")))
    # The schema wants the border before the spacing.
    properties.insert(list(properties).index(properties.find(qn("w:spacing"))), border)


def _table_style(document: Document) -> None:
    """Make "Board Table": rules between rows, a shaded and ruled heading row, a bold first column."""
    from docx.enum.style import WD_STYLE_TYPE

    style: Any = document.styles.add_style(TABLE_STYLE, WD_STYLE_TYPE.TABLE)
    style.base_style = document.styles["Normal Table"]
    line = LINE.lstrip("#")
    table = _element("w:tblPr")
    borders = _element("w:tblBorders")
    for side, size, colour in (
        ("top", "8", ACCENT.lstrip("#")), ("bottom", "8", ACCENT.lstrip("#")), ("insideH", "4", line), ("insideV", "4", line),
    ):  # fmt: skip
        borders.append(_element(f"w:{side}", val="single", sz=size, space="0", color=colour))
    margins = _element("w:tblCellMar")
    for side in ("top", "left", "bottom", "right"):
        margins.append(_element(f"w:{side}", w="20" if side in ("top", "bottom") else "85", type="dxa"))
    table.extend([borders, margins])
    first_row = _element("w:tblStylePr", type="firstRow")
    cell = _element("w:tcPr")
    edges = _element("w:tcBorders")
    edges.append(_element("w:bottom", val="single", sz="8", space="0", color=ACCENT.lstrip("#")))
    cell.extend([edges, _element("w:shd", val="clear", color="auto", fill=ACCENT_PALE.lstrip("#"))])
    first_row.append(cell)
    first_column = _element("w:tblStylePr", type="firstCol")
    bold = _element("w:rPr")
    bold.append(_element("w:b"))
    first_column.append(bold)
    style.element.extend([table, first_row, first_column])


def _language(document: Document, language: str) -> None:
    from docx.oxml.ns import qn

    root: Any = document.styles.element
    for element in root.iter(qn("w:lang")):
        element.set(qn("w:val"), language)
        element.set(qn("w:eastAsia"), language)
    settings: Any = document.settings.element
    for element in settings.iter(qn("w:themeFontLang")):
        element.set(qn("w:val"), language)


def _modern(document: Document) -> None:
    """Open in Word's own mode and not in "Compatibility Mode"; leave out the picture of python-docx's template."""
    from docx.oxml.ns import qn

    settings: Any = document.settings.element
    compat = settings.find(qn("w:compat"))
    if compat is not None:
        for old in compat.findall(qn("w:compatSetting")):
            compat.remove(old)
        compat.append(
            _element(
                "w:compatSetting",
                name="compatibilityMode",
                uri="http://schemas.microsoft.com/office/word",
                val="15",
            )
        )
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element
