"""Words that people leave where nothing was asked: none is taken over, for nobody can tell what it is about, and each is told."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.worksheet.worksheet import Worksheet

from tests.scenarios.rig import Rig, head_of
from tests.scenarios.test_shape import TAKEN, TYPED

WORDS = "Please ring Sam before you publish this"
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_BOX = (
    '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:twoCellAnchor><xdr:from><xdr:col>3</xdr:col>'
    "<xdr:colOff>0</xdr:colOff><xdr:row>8</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>5</xdr:col>"
    "<xdr:colOff>0</xdr:colOff><xdr:row>9</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to><xdr:sp><xdr:nvSpPr><xdr:cNvPr "
    'id="2" name="TextBox 1"/><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr><xdr:spPr/><xdr:txBody><a:bodyPr/><a:p><a:r><a:t>Please '
    "ring Sam</a:t></a:r><a:r><a:t> before</a:t></a:r></a:p><a:p><a:r><a:t>you publish this</a:t></a:r></a:p></xdr:txBody>"
    "</xdr:sp><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
)


def _at(sheet: str, cell: str, words: object = WORDS) -> Callable[[Rig], object]:
    def happens(rig: Rig) -> None:
        rig.reshape("SWP", lambda book: book[sheet].__setitem__(cell, words))

    return happens


def _beside_reviewed_by(book: Workbook, column: int, words: object, label: str = "Reviewed by") -> None:
    sheet = book["Start here"]
    row = next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == label)
    sheet.cell(row, column).value = words


def _among_headings(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.cell(head_of(sheet), sheet.max_column + 2).value = WORDS


def _below(book: Workbook) -> None:
    sheet = book["Assignments"]
    sheet.cell(sheet.max_row + 3, 2).value = WORDS


def _comment(book: Workbook) -> None:
    sheet = book["Start here"]
    sheet["B6"].comment = Comment(WORDS, "SWP")


def _picture(book: Workbook) -> None:
    book["Assignments"].add_image(Image(io.BytesIO(_PIXEL)), "D9")


def _sheet_of_their_own(book: Workbook) -> None:
    made: Worksheet = book.create_sheet("Notes for the board")
    made["B2"] = WORDS
    made.sheet_state = "hidden"


def _renamed_start(book: Workbook) -> None:
    book["Start here"].title = "Front"
    book["Front"]["C3"] = WORDS


def _text_box(rig: Rig) -> None:
    """As Excel writes it: a drawing that the sheet points to."""
    path = rig.file("SWP")
    made = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(made, "w") as target:
        names = source.namelist()
        rels = "xl/worksheets/_rels/sheet2.xml.rels"  # Start here is the first sheet, Assignments the second
        relation = (
            '<Relationship Id="rIdBox" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing" '
            'Target="../drawings/drawing9.xml"/></Relationships>'
        )
        for name in names:
            text = source.read(name)
            if name == rels:
                text = text.replace(b"</Relationships>", relation.encode())
            target.writestr(name, text)
        assert rels in names
        target.writestr("xl/drawings/drawing9.xml", _BOX)
    path.write_bytes(made.getvalue())


def _with(edit: Callable[[Workbook], object]) -> Callable[[Rig], object]:
    return lambda rig: rig.reshape("SWP", edit)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (_at("Assignments", "B2"), f'B2 "{WORDS}" on Assignments stands above the rows, and is not read'),
        (_at("Dissemination", "F1"), f'F1 "{WORDS}" on Dissemination stands above the rows'),
        (_with(_among_headings), f'"{WORDS}" on Assignments stands above the rows'),
        (_at("Start here", "C8"), f'C8 "{WORDS}" on Start here stands where nothing was asked, and is not read'),
        (_at("Start here", "A1"), f'A1 "{WORDS}" on Start here stands where nothing was asked'),
        (_at("Start here", "D2", 42), 'D2 "42" on Start here stands where nothing was asked'),
        (_with(lambda book: _beside_reviewed_by(book, 3, WORDS)), f'"{WORDS}" on Start here'),
        (
            _with(lambda book: _beside_reviewed_by(book, 2, "last Tuesday", "Reviewed on")),
            '"last Tuesday" on Start here',
        ),
        (_at("Overview", "B5"), f'B5 "{WORDS}" on Overview stands where nothing was asked'),
        (_at("Overview", "Z40"), f'Z40 "{WORDS}" on Overview stands where nothing was asked'),
        (_with(_comment), f'the note on Start here!B6 is not read: "{WORDS}"'),
        (_text_box, f'a text box, picture or chart at Assignments!D9 says "{WORDS}", and is not read'),
        (_with(_picture), "a text box, picture or chart at Assignments!D9 lies there, and is not read"),
        (_with(_sheet_of_their_own), f'the sheet Notes for the board was not issued, and is not read: B2 "{WORDS}"'),
        (_with(_renamed_start), f'the sheet Front was not issued, and is not read: C3 "{WORDS}" stands on it'),
    ],
)  # fmt: skip
def test_words_left_where_nothing_was_asked_are_told_and_what_was_asked_is_taken_over(
    happens: Callable[[Rig], object], words: str, tmp_path: Path
) -> None:
    rig = Rig.issued(tmp_path)
    rig.answer("SWP", TYPED)
    happens(rig)
    said = rig.cvsb("merge", rig.tracker, rig.returns, "--dry-run", exits=0).output
    assert words in " ".join(said.split())
    report = rig.merge(exits=0)
    cells = {(c["key"], c["field"], c["outcome"], c["reason"]) for c in report["returns"][0]["cells"]}
    assert cells == TAKEN
    assert [finding["name"] for finding in report["returns"][0]["findings"]] == ["not-read"]


def test_words_below_the_table_are_rejected_with_their_address_and_count(tmp_path: Path) -> None:
    rig = Rig.issued(tmp_path)
    rig.answer("SWP", TYPED)
    rig.reshape("SWP", _below)
    report = rig.merge(exits=1)
    assert (report["applied"], report["rejected"]) == (1, 1)
    said = rig.cvsb("merge", rig.tracker, rig.returns, "--dry-run").output
    assert f'B10 "{WORDS[:29]}…"' in said
    (receipt,) = rig.receipts.glob("SWP*.txt")
    assert f'Assignments!B10 (no ID, Action): "{WORDS}"' in receipt.read_text(encoding="utf-8")


@pytest.mark.parametrize("keeps_formulas", [True, False])
def test_a_sheet_signed_off_and_saved_by_another_program_has_nothing_to_tell(
    keeps_formulas: bool, tmp_path: Path
) -> None:
    rig = Rig.issued(tmp_path)
    rig.answer("SWP", TYPED)

    def sign(book: Workbook) -> None:
        _beside_reviewed_by(book, 2, "Pat Example")
        _beside_reviewed_by(book, 2, "31/03/2027", "Reviewed on")
        if not keeps_formulas:
            for row in book["Start here"].iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        cell.value = "2 of 3 answered" if "answered" in str(cell.value) else 0

    rig.reshape("SWP", sign)
    report = rig.merge(exits=0)
    assert report["returns"][0]["findings"] == []


@pytest.mark.parametrize("language", ["en", "cy"])
def test_no_sheet_of_the_worked_example_has_words_that_it_takes_for_typed(
    language: str, tmp_path: Path
) -> None:
    rig = Rig(tmp_path)
    rig.cvsb("new", rig.tracker, "--sample", "--lang", language, exits=0)
    rig.cvsb("issue", rig.tracker, "--out", rig.sheets)
    for path in rig.sheets.iterdir():
        rig.reshape(path.stem, lambda book: None)
    report = rig.merge(options=("--dry-run",))
    names = {finding["name"] for item in report["returns"] for finding in item["findings"]}
    assert names == {"nothing-reviewed"}
    assert len(report["returns"]) > 10
