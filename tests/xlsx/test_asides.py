"""Notes and merged cells are read beside the values, whichever program wrote them."""

from __future__ import annotations

from cvsb_xl.xlsx.child import read_untrusted
from cvsb_xl.xlsx.read import Book, read_book
from tests.hostile.packages import ONE_CELL, relationships, sheet, workbook

NOTES = (
    '<comments><authors><author>SWP</author></authors><commentList><comment ref="A1" authorId="0"><text><r><t>We think </t></r>'
    '<r><t>this is done &amp; dusted</t></r></text></comment><comment ref="C3" authorId="0"><text><t>[Threaded comment] Your '
    "version of Excel allows you to read this</t></text></comment></commentList></comments>"
)
THREAD = (
    '<ThreadedComments><threadedComment ref="C3" id="{1}"><text>Is this ours?</text></threadedComment>'
    '<threadedComment ref="C3" id="{2}" parentId="{1}"><text>No, the council\'s</text></threadedComment></ThreadedComments>'
)


def _book() -> bytes:
    parts = {
        "xl/worksheets/sheet1.xml": sheet(
            after='<mergeCells count="1"><mergeCell ref="B2:C4"/></mergeCells>'
        ),
        "xl/worksheets/_rels/sheet1.xml.rels": relationships(
            ("comments", "../comments1.xml"), ("threadedComment", "../threadedComments/threadedComment1.xml")
        ),
        "xl/comments1.xml": NOTES,
        "xl/threadedComments/threadedComment1.xml": THREAD,
    }
    return workbook(ONE_CELL, parts=parts)


def test_a_note_and_a_thread_are_read_with_their_cells_the_thread_once() -> None:
    (book,) = read_untrusted([("a.xlsx", _book())])
    assert isinstance(book, Book)
    asides = book.sheets["Sheet"].asides
    assert dict(asides.notes) == {
        "C3": "Is this ours? / No, the council's",
        "A1": "We think this is done & dusted",
    }
    assert asides.merged == ((2, 2, 4, 3),)


def test_a_tracker_is_read_without_them_since_nobody_asks() -> None:
    assert read_book(_book()).sheets["Sheet"].asides.notes == ()


def test_of_notes_and_merged_cells_without_end_two_hundred_are_read() -> None:
    many = "".join(f'<comment ref="A{n}"><text><t>{"x" * 5000}</t></text></comment>' for n in range(1, 400))
    areas = "".join(f'<mergeCell ref="B{n}:C{n}"/>' for n in range(1, 400))
    parts = {
        "xl/worksheets/sheet1.xml": sheet(after=f"<mergeCells>{areas}</mergeCells>"),
        "xl/worksheets/_rels/sheet1.xml.rels": relationships(("comments", "../comments1.xml")),
        "xl/comments1.xml": f"<comments><commentList>{many}</commentList></comments>",
    }
    asides = read_book(workbook(parts=parts), asides=True).sheets["Sheet"].asides
    notes = asides.notes
    assert len(notes) == len(asides.merged) == 200
    assert {len(words) for _, words in notes} == {1000}


def test_notes_that_are_opened_and_never_closed_are_left_alone() -> None:
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": relationships(("comments", "../comments1.xml")),
        "xl/comments1.xml": "<comments><commentList>" + '<comment ref="A1"><text>' * 200_000,
    }
    assert read_book(workbook(parts=parts), asides=True).sheets["Sheet"].asides.notes == ()
