"""Write a paper as a Word document with python-docx.

Everything a reader's software needs is real: heading and list styles, heading rows that repeat, alt text, page-number
fields, the document's title and language. Colour never says anything alone.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from cvsb_xl.outputs.printable import printable
from cvsb_xl.outputs.word_table import add_table, text_width
from cvsb_xl.papers.paper import Block, Bullets, Figure, Heading, PageBreak, Paper, Paragraph, TableBlock
from cvsb_xl.verbs.sentences import day

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import _Footer, _Header
    from docx.text.paragraph import Paragraph as WordParagraph

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PARAGRAPH_STYLES = {"body": "Normal", "note": "Note", "notice": "Notice"}


def word_bytes(paper: Paper, template: bytes | None = None) -> bytes:
    """Return the paper as the bytes of a .docx file: A4, and as many pages as it needs.

    Args:
        template: a board's own .docx. Its page, header, footer and every style that it has are kept; its text is not.

    Raises:
        CannotDo: when the template is no Word document that can be written into.
    """
    import docx
    from docx.shared import Pt
    from docx.text.paragraph import Paragraph as WordParagraph

    from cvsb_xl.outputs.word_style import set_up
    from cvsb_xl.outputs.word_template import from_template

    if template is None:
        document = docx.Document()
        set_up(document, paper.language)
    else:
        document = from_template(template, paper.language)
    _header_and_footer(document, paper)
    _properties(document, paper)
    document.add_paragraph(printable(paper.title), style="Title")
    document.add_paragraph(printable(paper.subtitle), style="Subtitle")
    if paper.facts:
        _facts(document, paper)
    body: Any = document.element.body
    before: Block | None = None
    styles = {
        name: str(document.styles[name].style_id) for name in (*_PARAGRAPH_STYLES.values(), "List Bullet")
    }
    for block in paper.blocks:
        end = len(body) - 1  # the last child holds the page's margins
        _add(document, block, styles)
        if isinstance(before, PageBreak) and not isinstance(block, PageBreak):
            WordParagraph(body[end], document).paragraph_format.page_break_before = True
        elif isinstance(before, TableBlock) and (
            isinstance(block, Paragraph | Bullets) or (template and isinstance(block, TableBlock | Figure))
        ):
            # a table has no space below it of its own, nor need a template's caption have it above
            WordParagraph(body[end], document).paragraph_format.space_before = Pt(6)
        elif isinstance(before, Paragraph) and isinstance(block, TableBlock | Bullets):
            # the words that lead to a table or a list stay on its page
            WordParagraph(body[end - 1], document).paragraph_format.keep_with_next = True
        before = block
    # Word wants a paragraph after a table at the end; elsewhere captions and headings bring their own space.
    if paper.blocks and isinstance(paper.blocks[-1], TableBlock):
        document.add_paragraph()
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _add(document: Document, block: Block, styles: Mapping[str, str]) -> None:
    match block:
        case Heading():
            document.add_heading(printable(block.text), block.level)
        case Paragraph():
            _paragraph(document, block, styles[_PARAGRAPH_STYLES[block.kind]])
        case Bullets():
            for item in block.items:
                _paragraph(document, item, styles["List Bullet"])
        case TableBlock():
            _caption(document, block.title)
            add_table(document, block)
        case Figure():
            _caption(document, block.title)
            _picture(document, block)
        case PageBreak():
            pass  # word_bytes marks the paragraph after it: a break of its own would leave an empty line on top


def _caption(document: Document, title: str) -> None:
    """Say what comes below, on the same page: a template's own Caption may leave it behind."""
    document.add_paragraph(printable(title), style="Caption").paragraph_format.keep_with_next = True


def _facts(document: Document, paper: Paper) -> None:
    """Below the title: one line for each fact. A table would be read out as data, which it is not."""
    paragraph = document.add_paragraph(style="Facts")
    for position, (label, value) in enumerate(paper.facts):
        if position:
            paragraph.add_run().add_break()
        paragraph.add_run(printable(f"{label}: ")).bold = True
        paragraph.add_run(printable(value))


def _paragraph(document: Document, block: Paragraph, style_id: str) -> None:
    """Add a paragraph at the end, as XML: python-docx looks its style up anew each time, which took most of a long paper."""
    from docx.oxml.parser import parse_xml

    body: Any = document.element.body
    runs = "".join(
        f"<w:r>{look}{_text(words)}</w:r>"
        for look, words in (
            ("<w:rPr><w:b/></w:rPr>", f"{block.start} " if block.start else ""),
            ("", block.text),
        )
        if words
    )
    body[-1].addprevious(  # the last child holds the page's margins
        parse_xml(f'<w:p xmlns:w="{_WORD}"><w:pPr><w:pStyle w:val="{escape(style_id)}"/></w:pPr>{runs}</w:p>')
    )


def _text(words: str) -> str:
    lines = (f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in printable(words).split("\n"))
    return "<w:br/>".join(lines)


def _picture(document: Document, block: Figure) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Emu, Inches

    from cvsb_xl.outputs.charts import WIDTH_INCHES, stacked_bars

    paragraph = document.add_paragraph(style="Figure")
    width = min(Inches(WIDTH_INCHES), Emu(text_width(document)))
    picture = paragraph.add_run().add_picture(io.BytesIO(stacked_bars(block.chart)), width=width)
    for properties in picture._inline.iter(qn("wp:docPr"), qn("pic:cNvPr")):
        properties.set("descr", printable(block.alt))
        properties.set("title", printable(block.title))


def _header_and_footer(document: Document, paper: Paper) -> None:
    """Put the marking on top of each page, and the board, the date and the page's number at its foot."""
    section = document.sections[0]
    head = _line_of(section.header, "Header")
    head.text = printable(" · ".join(filter(None, ["DRAFT" if paper.draft else "", paper.marking])))
    foot = _line_of(section.footer, "Footer")
    foot.text = printable(f"{paper.board} · as at {day(paper.as_at)} · page ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")


def _line_of(part: _Header | _Footer, style: str) -> WordParagraph:
    """Return the paragraph to write into: the first where it is empty, else one below what a template has there."""
    first = part.paragraphs[0] if part.paragraphs else part.add_paragraph()
    is_empty = not first.text.strip() and len(part.paragraphs) == 1 and not first._p.xpath(".//w:drawing")
    line = first if is_empty else part.add_paragraph()
    line.style = style
    return line


def _properties(document: Document, paper: Paper) -> None:
    properties = document.core_properties
    properties.title = printable(f"{paper.title}: {paper.subtitle}")[:255]
    properties.subject = f"As at {paper.as_at.isoformat()}"
    properties.author = properties.last_modified_by = printable(paper.board)[:255]
    properties.category = printable(paper.marking)[:255]
    properties.comments = ""
    properties.language = paper.language
    properties.content_status = "Draft" if paper.draft else "Final"
    properties.created = properties.modified = paper.made_at.astimezone(UTC).replace(tzinfo=None)


def _field(paragraph: WordParagraph, instruction: str) -> None:
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"  # what stands until Word counts the pages, which it does on opening
    run.append(text)
    field.append(run)
    paragraph._p.append(field)
