"""Write a paper as a Word document with python-docx.

Everything a reader's software needs is real: heading and list styles, heading rows that repeat, alt text, page-number
fields, the document's title and language. Colour never says anything alone.
"""

from __future__ import annotations

import io
from datetime import UTC
from typing import TYPE_CHECKING

from cvsb_xl.outputs.printable import printable
from cvsb_xl.outputs.word_table import add_table
from cvsb_xl.verbs.paper import Block, Bullets, Figure, Heading, Paper, Paragraph, TableBlock
from cvsb_xl.verbs.sentences import day

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph as WordParagraph

_PARAGRAPH_STYLES = {"body": "Normal", "note": "Note", "notice": "Notice"}


def word_bytes(paper: Paper) -> bytes:
    """Return the paper as the bytes of a .docx file: A4, and as many pages as it needs."""
    import docx
    from docx.shared import Pt

    from cvsb_xl.outputs.word_style import set_up

    document = docx.Document()
    set_up(document, paper.language)
    _header_and_footer(document, paper)
    _properties(document, paper)
    document.add_paragraph(printable(paper.title), style="Title")
    document.add_paragraph(printable(paper.subtitle), style="Subtitle")
    if paper.facts:
        _facts(document, paper)
    before: Block | None = None
    for block in paper.blocks:
        start = len(document.paragraphs) if isinstance(before, TableBlock) else 0
        _add(document, block)
        if start and isinstance(block, Paragraph | Bullets):  # a table has no space below it of its own
            document.paragraphs[start].paragraph_format.space_before = Pt(6)
        before = block
    # Word wants a paragraph after a table at the end; elsewhere captions and headings bring their own space.
    if paper.blocks and isinstance(paper.blocks[-1], TableBlock):
        document.add_paragraph()
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _add(document: Document, block: Block) -> None:
    match block:
        case Heading():
            document.add_heading(printable(block.text), block.level)
        case Paragraph():
            _paragraph(document, block, _PARAGRAPH_STYLES[block.kind])
        case Bullets():
            for item in block.items:
                _paragraph(document, item, "List Bullet")
        case TableBlock():
            document.add_paragraph(printable(block.title), style="Caption")
            add_table(document, block)
        case Figure():
            document.add_paragraph(printable(block.title), style="Caption")
            _picture(document, block)


def _facts(document: Document, paper: Paper) -> None:
    """Below the title: one line for each fact. A table would be read out as data, which it is not."""
    paragraph = document.add_paragraph(style="Facts")
    for position, (label, value) in enumerate(paper.facts):
        if position:
            paragraph.add_run().add_break()
        paragraph.add_run(printable(f"{label}: ")).bold = True
        paragraph.add_run(printable(value))


def _paragraph(document: Document, block: Paragraph, style: str) -> None:
    paragraph = document.add_paragraph(style=style)
    if block.start:
        paragraph.add_run(printable(block.start)).bold = True
        paragraph.add_run(" ")
    paragraph.add_run(printable(block.text))


def _picture(document: Document, block: Figure) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Inches

    from cvsb_xl.outputs.charts import WIDTH_INCHES, stacked_bars

    paragraph = document.add_paragraph(style="Figure")
    picture = paragraph.add_run().add_picture(
        io.BytesIO(stacked_bars(block.chart)), width=Inches(WIDTH_INCHES)
    )
    for properties in picture._inline.iter(qn("wp:docPr"), qn("pic:cNvPr")):
        properties.set("descr", printable(block.alt))
        properties.set("title", printable(block.title))


def _header_and_footer(document: Document, paper: Paper) -> None:
    """Put the marking on top of each page, and the board, the date and the page's number at its foot."""
    section = document.sections[0]
    head = section.header.paragraphs[0]
    head.text = printable(" · ".join(filter(None, ["DRAFT" if paper.draft else "", paper.marking])))
    foot = section.footer.paragraphs[0]
    foot.text = printable(f"{paper.board} · as at {day(paper.as_at)} · page ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")


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
