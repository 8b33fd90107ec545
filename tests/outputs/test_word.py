"""Papers as Word documents: what is promised of them, read back from the file and, live, as LibreOffice prints them."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from cvsb_xl.framework.load import load_framework
from cvsb_xl.outputs.charts import stacked_bars
from cvsb_xl.outputs.printable import printable
from cvsb_xl.outputs.word import word_bytes
from cvsb_xl.papers.paper import (
    Block,
    Bullets,
    Figure,
    Heading,
    Paper,
    Paragraph,
    Segment,
    StackedBars,
    TableBlock,
    numbered,
    plain_text,
)
from cvsb_xl.papers.progress import progress
from cvsb_xl.tracker.tables import tracker_of
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sample import sample_rows

MADE = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
CHART = StackedBars(
    ("South Wales Police", "Cardiff Council"),
    (
        Segment("Complete", (1, 2)),
        Segment("Awaiting ratification", (0, 1)),
        Segment("In progress", (3, 0)),
        Segment("Not started", (0, 0)),
        Segment("Stepped down", (1, 0)),
    ),
    "actions",
)
TABLE = TableBlock(
    "Actions", "One row each.", ("Action", "Due"), (1, 2), (("A-1", "Soon\nReally"), ("A-2", ""))
)


def paper(*blocks: Block, **changed: Any) -> Paper:
    given: dict[str, Any] = {
        "title": "Progress report",
        "subtitle": "A review of care",
        "facts": (("Review", "RV-1"),),
        "board": "The Board",
        "marking": "OFFICIAL",
        "as_at": date(2026, 11, 23),
        "made_at": MADE,
        "blocks": numbered(blocks),
    }
    return Paper(**{**given, **changed})


def opened(written: Paper) -> Any:
    return docx.Document(io.BytesIO(word_bytes(written)))


def test_headings_lists_and_captions_are_real_styles() -> None:
    """A screen reader finds its way by styles, not by the size of letters."""
    document = opened(
        paper(
            Heading("One"),
            Paragraph("Two"),
            Bullets((Paragraph("Three", "Start:"),)),
            TABLE,
            Heading("Four", 2),
        )
    )
    styles = {item.text: item.style.name for item in document.paragraphs}
    assert styles["Progress report"] == "Title"
    assert styles["A review of care"] == "Subtitle"
    assert styles["One"] == "Heading 1"
    assert styles["Four"] == "Heading 2"
    assert styles["Start: Three"] == "List Bullet"
    assert styles["Table 1: Actions"] == "Caption"


def test_table_heading_repeats_rows_stay_whole_and_the_summary_is_there() -> None:
    """On every page the reader sees the headings, no row breaks across pages, and the table has its alt text."""
    table = opened(paper(TABLE)).tables[0]
    first, *others = table.rows
    assert first._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    assert all(row._tr.trPr.find(qn("w:tblHeader")) is None for row in others)
    assert [cell.text for cell in others[0].cells] == ["A-1", "Soon\nReally"]
    properties = table._tbl.tblPr
    assert properties.find(qn("w:tblCaption")).get(qn("w:val")) == "Table 1: Actions"
    assert properties.find(qn("w:tblDescription")).get(qn("w:val")) == "One row each."


def test_every_picture_has_alt_text() -> None:
    """What the chart says is said in words for those who cannot see it."""
    document = opened(paper(Figure("Status", "Two bars.", CHART), Figure("Again", "The same bars.", CHART)))
    told = [item.get("descr") for item in document.element.body.iter(qn("wp:docPr"))]
    assert told == ["Two bars.", "The same bars."]


def test_marking_date_and_page_numbers_stand_on_each_page() -> None:
    """The marking in the header; board, date, and fields that count the pages in the footer."""
    section = opened(paper(draft=True)).sections[0]
    assert section.header.paragraphs[0].text == "DRAFT · OFFICIAL"
    foot = section.footer.paragraphs[0]
    assert "The Board · as at 23 November 2026 · page " in foot.text
    assert [field.get(qn("w:instr")) for field in foot._p.iter(qn("w:fldSimple"))] == ["PAGE", "NUMPAGES"]


def test_document_says_its_title_language_and_day() -> None:
    """The file's properties are the paper's own, and none of the library's."""
    document = opened(paper())
    properties = document.core_properties
    assert properties.title == "Progress report: A review of care"
    assert properties.subject == "As at 2026-11-23"
    assert properties.language == "en-GB"
    assert properties.author == "The Board"
    assert properties.comments == ""
    assert properties.created == MADE
    assert {item.get(qn("w:val")) for item in document.styles.element.iter(qn("w:lang"))} == {"en-GB"}
    assert document.sections[0].page_width.cm == pytest.approx(21, abs=0.01)


def test_characters_that_no_page_can_show_are_told_and_stop_nothing() -> None:
    """Control characters and direction overrides from a returned cell are shown by their number."""
    assert printable("a\x07b\u202ec\ud800") == "a[U+0007]b[U+202E]c[U+D800]"
    hostile = "\x00x\ufffe\n\ty & <b> 😀"
    document = opened(
        paper(Paragraph(hostile, hostile), TableBlock(hostile, hostile, (hostile,), (1,), ((hostile,),)))
    )
    assert "[U+0000]x[U+FFFE]" in document.tables[0].rows[1].cells[0].text
    assert "y & <b> 😀" in document.paragraphs[-2].text + document.tables[0].rows[1].cells[0].text


def test_an_empty_paper_is_still_a_document() -> None:
    """No facts, no blocks, no marking: a title page, not an error."""
    document = opened(paper(facts=(), marking="", board=""))
    assert [item.text for item in document.paragraphs] == ["Progress report", "A review of care"]


def test_chart_is_the_same_picture_each_time() -> None:
    """The same figures give the same bytes, so that two runs can be compared."""
    first = stacked_bars(CHART)
    assert first.startswith(b"\x89PNG")
    assert first == stacked_bars(CHART)


def test_chart_tells_segments_apart_without_colour() -> None:
    """Turned to grey, the five fills differ in lightness or in pattern."""
    from cvsb_xl.outputs.charts import _FACES

    def grey(fill: str) -> int:
        red, green, blue = (int(fill[at : at + 2], 16) for at in (1, 3, 5))
        return round((0.3 * red + 0.59 * green + 0.11 * blue) / 40)

    assert len({(grey(fill), hatch) for fill, hatch in _FACES}) == len(_FACES)
    assert len({hatch for fill, hatch in _FACES if fill == "#FFFFFF"}) == 2


def test_plain_text_holds_every_block() -> None:
    """What tests and previews read is all that the paper says."""
    told = plain_text(
        paper(
            Heading("H"), Paragraph("P", "S:"), Bullets((Paragraph("B"),)), TABLE, Figure("F", "Alt.", CHART)
        )
    )
    assert told.splitlines()[2:] == [
        "Review: RV-1", "H", "S: P", "B", "Table 1: Actions", "Action | Due", "A-1 | Soon; Really", "A-2 | ", "Figure 1: F", "Alt.",
    ]  # fmt: skip


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("review_id", ["RV-0003", "RV-0004"])
def test_progress_report_prints_on_two_to_four_pages(review_id: str, tmp_path: Path) -> None:
    """The worked example's published reviews, printed by LibreOffice: short enough to be read, and all of it there."""
    if not (shutil.which("soffice") and shutil.which("pdftotext")):
        pytest.fail("this test needs LibreOffice and poppler-utils; scripts/test installs them")
    framework = load_framework()
    tracker = tracker_of(framework, sample_rows(framework, MADE.date()))
    written: Paper = progress(tracker, Context(now=MADE), review_id).documents[0]
    (tmp_path / "paper.docx").write_bytes(word_bytes(written))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "paper.docx")],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    printed = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "paper.pdf"), "-"],
        check=True,
        capture_output=True,
        timeout=60,
    ).stdout.decode()
    pages = printed.rstrip("\f").split("\f")
    assert 2 <= len(pages) <= 4
    for number, page in enumerate(pages, 1):
        assert written.marking in page
        assert f"as at 23 November 2026 · page {number} of {len(pages)}" in page
    tables = [("What was agreed", "Where it stands"), ("Evidence, and who has seen it", "Impact")]
    on_pages = [
        sum("A-00" in page and all(head in page for head in heads) for page in pages) for heads in tables
    ]
    assert min(on_pages) >= 1
    assert max(on_pages) >= 2  # one of them runs over a page's end, and its headings stand on both
    words = " ".join(printed.split())
    for heading in (block.text for block in written.blocks if isinstance(block, Heading)):
        assert heading in words
