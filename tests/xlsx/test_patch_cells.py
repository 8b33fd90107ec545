"""Cells set in place: every kind of value, every odd way of writing a sheet, and what is refused in words."""

import datetime as dt
import io

import openpyxl
import pytest
import python_calamine

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.patch import CellValue, WorkbookChange, change_workbook
from tests.xlsx.handmade import (
    MAIN,
    REL,
    STRICT,
    STYLES,
    handmade,
    parts_of,
    relationships,
    sheet_of,
    sheet_xml,
    zipped,
)
from tests.xlsx.lossless import by_calamine, by_openpyxl, changed_parts, parts

ROWS = (
    '<row r="1" spans="1:3"><c r="A1"><v>1</v></c><c r="B1" s="1"><v>46000</v></c><c r="C1" t="b"><v>1</v></c></row>'
    '<row r="4"><c r="B4" s="2" t="inlineStr"><is><t>old</t></is></c></row>'
)


def change(data: bytes, cells: dict[str, CellValue], sheet: str = "Actions") -> bytes:
    return change_workbook(data, WorkbookChange(cells={(sheet, ref): value for ref, value in cells.items()}))


def calamine(data: bytes, ref: str) -> object:
    return by_calamine(data)["Actions"].get(ref)


def plain_openpyxl(data: bytes, ref: str) -> object:
    return openpyxl.load_workbook(io.BytesIO(data))["Actions"][ref].value


VALUES: list[tuple[CellValue, object]] = [
    ("text", "text"),
    ('two\nlines, & <marks> "quoted"', 'two\nlines, & <marks> "quoted"'),
    ("  spaces kept  ", "  spaces kept  "),
    ("Môn, Ŵŷ, 😀", "Môn, Ŵŷ, 😀"),
    ("=1+1", "=1+1"),
    ("-", "-"),
    (7, 7.0),
    (-0.5, -0.5),
    (1e300, 1e300),
    (True, True),
    (False, False),
    (dt.date(2027, 3, 1), dt.date(2027, 3, 1)),
    (dt.datetime.fromisoformat("2027-03-01T14:30"), dt.datetime.fromisoformat("2027-03-01T14:30")),
    (None, None),
    ("", None),
]


@pytest.mark.parametrize("ref", ["A1", "B1", "C1", "B4", "C4", "A4", "B2", "D9", "AB1"])
@pytest.mark.parametrize(("value", "read"), VALUES)
def test_a_value_reads_back_as_itself_in_any_cell(ref: str, value: CellValue, read: object) -> None:
    """An existing or new cell, in an existing or new row, whatever its format was."""
    new = change(handmade(ROWS), {ref: value})
    found = calamine(new, ref)
    assert (found, type(found)) == (read, type(read))
    both = {r: v for r, v in by_calamine(new)["Actions"].items() if r != ref}
    assert both == {r: v for r, v in by_calamine(handmade(ROWS))["Actions"].items() if r != ref}


@pytest.mark.parametrize("text", ["\x07bell", "_x0041_", "a\r\nb", "\x00", "_x005F_"])
def test_text_xml_cannot_carry_is_escaped_as_excel_escapes_it(text: str) -> None:
    """Control characters, CR and what looks like an escape read back as they were."""
    new = change(handmade(ROWS), {"A1": text})
    assert calamine(new, "A1") == text
    assert "_x" in sheet_of(new)
    assert '<t xml:space="preserve">_xFFFE_</t>' in sheet_of(change(handmade(ROWS), {"A1": "\ufffe"}))


def test_a_cell_keeps_its_format_and_its_other_attributes() -> None:
    """Only what said something of the old value goes: its type, its metadata."""
    rows = '<row r="1"><c r="A1" s="2" t="s" cm="1" vm="2" ph="1"><v>0</v></c></row>'
    assert '<c r="A1" s="2" ph="1"><v>3</v></c>' in sheet_of(change(handmade(rows), {"A1": 3}))


def test_a_date_in_a_number_cell_gets_a_copy_of_its_format_that_shows_dates() -> None:
    """Else every reader would see 46000; and the copy is made once, however often the tracker is saved."""
    data = handmade(ROWS)
    new = change(data, {"A1": dt.date(2027, 3, 1), "B4": dt.date(2027, 3, 2), "A4": dt.date(2027, 3, 3)})
    styles = sheet_of(new, "xl/styles.xml")
    assert styles.count("<xf ") == STYLES.count("<xf ") + 2
    assert 'formatCode="dd/mm/yyyy"' in styles
    assert 'cellXfs count="7"' in styles
    assert '<alignment wrapText="1"/>' in styles.rpartition("<xf ")[2] + styles
    again = change(new, {"A1": dt.date(2028, 3, 1), "E1": dt.date(2028, 3, 1)})
    assert sheet_of(again, "xl/styles.xml") == styles


def test_a_number_in_a_date_cell_is_not_shown_as_a_date() -> None:
    """The same the other way about."""
    new = change(handmade(ROWS), {"B1": 5})
    assert calamine(new, "B1") == 5.0


def test_a_new_cell_where_format_0_is_a_date() -> None:
    """Two real workbooks had a date format as their very first; a number there must not turn into a day."""
    styles = STYLES.replace(
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="14"',
        '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="14"',
    )
    new = change(handmade(ROWS, styles=styles), {"F9": 12})
    assert calamine(new, "F9") == 12.0


def test_text_that_looks_like_a_formula_is_marked_as_text() -> None:
    """quotePrefix: Excel shows it as it is, also after somebody has edited the cell."""
    new = change(handmade(ROWS), {"A1": "=SUM(A2)", "B4": "+44 29", "C4": "@home", "D4": "plain"})
    styles = sheet_of(new, "xl/styles.xml")
    assert (
        styles.count('quotePrefix="1"') == 2
    )  # the one there was serves A1 and C4; wrapped text gets its own
    assert plain_openpyxl(new, "A1") == "=SUM(A2)"
    number = change(new, {"A1": 5})
    assert '<c r="A1"><v>5</v></c>' in sheet_of(number)


def test_a_column_or_row_format_is_taken_by_a_new_cell() -> None:
    """As Excel does it: the row's format where it has one, else the column's."""
    before = '<cols><col min="2" max="3" style="2" width="9"/></cols>'
    rows = '<row r="5" s="1" customFormat="1"><c r="A5"><v>1</v></c></row>'
    new = change(zipped(parts_of(sheet_xml(rows, before=before))), {"B5": "x", "B6": "y", "D6": "z"})
    assert '<c r="B5" s="1"' in sheet_of(new)
    assert '<c r="B6" s="2"' in sheet_of(new)
    assert '<c r="D6" t=' in sheet_of(new)


@pytest.mark.parametrize(
    ("date1904", "date", "serial"),
    [
        ("", dt.date(1900, 1, 1), "1"),
        ("", dt.date(1900, 2, 28), "59"),
        ("", dt.date(1900, 3, 1), "61"),
        ("", dt.date(2027, 3, 1), "46447"),
        ('<workbookPr date1904="1"/>', dt.date(2027, 3, 1), "44985"),
        ('<workbookPr date1904="true"/>', dt.date(1904, 1, 1), "0"),
    ],
)
def test_dates_count_from_1900_or_1904(date1904: str, date: dt.date, serial: str) -> None:
    """Excel's calendar has a 29 February 1900; old Macs counted from 1904."""
    data = handmade('<row r="1"><c r="A1" s="1"/></row>', workbook=date1904)
    assert f'<c r="A1" s="1"><v>{serial}</v></c>' in sheet_of(change(data, {"A1": date}))


PREFIXED = (
    f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row></x:sheetData>'
    "</x:worksheet>"
)
ODD_SHEETS: dict[str, str | bytes] = {
    "a byte order mark": b"\xef\xbb\xbf" + sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>').encode(),
    "a prefix": PREFIXED,
    "a byte order mark and a prefix": b"\xef\xbb\xbf" + PREFIXED.encode(),
    "UTF-16": sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>')
    .replace("UTF-8", "UTF-16")
    .encode("utf-16"),
    "Latin-1": sheet_xml(
        '<row r="1"><c r="A1"><v>1</v></c><c r="C1" t="inlineStr"><is><t>é</t></is></c></row>'
    )
    .replace("UTF-8", "ISO-8859-1")
    .encode("latin-1"),
    "no references": sheet_xml("<row><c><v>1</v></c></row>"),
    "lower-case references": sheet_xml('<row r="1"><c r="a1"><v>1</v></c></row>'),
    "single quotes": sheet_xml("<row r='1'><c r='A1' s='0'><v>1</v></c></row>"),
    "blanks in tags": sheet_xml('<row  r = "1" ><c  r = "A1" ><v>1</v></c ></row >'),
    "a sheet without cells": f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>',
    "a sheet without cells, with a blank": f'<worksheet xmlns="{MAIN}"><sheetData /></worksheet>',
    "an empty row": sheet_xml('<row r="1"/>'),
    "attributes after the reference": sheet_xml('<row spans="1:2" r="1"><c s="0" r="A1"><v>1</v></c></row>'),
    "a comment that looks like cells": sheet_xml(
        '<row r="1"><!-- <c r="B1"><v>9</v></c> --><c r="A1"><v>1</v></c></row>'
    ),
    "CDATA": sheet_xml(
        '<row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[</c><row r="9">]]></t></is></c></row>'
    ),
    "a > in an attribute": sheet_xml('<row r="1" x="a>b"><c r="A1"><v>1</v></c></row>'),
    "a comment before everything": f'<!-- > <row r="1"><c r="A1"><v>9</v></c></row> --><worksheet xmlns="{MAIN}"><sheetData/></worksheet>',
    "an instruction": sheet_xml('<?x <row r="2"> ?><row r="1"><c r="A1"><v>1</v></c></row>'),
    "strict": sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>', namespace=STRICT),
}


@pytest.mark.parametrize("how", ODD_SHEETS)
def test_sheets_written_in_an_odd_way(how: str) -> None:
    """The same edit holds however a program chose to write the sheet."""
    data = zipped(parts_of(ODD_SHEETS[how]))
    new = change(data, {"A1": "first", "B1": 2, "A2": True, "C5": "last"})
    found = by_openpyxl(new)["Actions"] if how != "strict" else by_calamine(new)["Actions"]
    assert {ref: found[ref] for ref in ("A1", "B1", "A2", "C5")} == {
        "A1": "first",
        "B1": 2,
        "A2": True,
        "C5": "last",
    }
    assert change(new, {"A1": "first", "B1": 2, "A2": True, "C5": "last"}) == new


def test_rows_and_cells_that_only_count_on_keep_their_places() -> None:
    """What follows an inserted row or cell must say where it stands, or it would slide."""
    data = zipped(
        parts_of(
            sheet_xml(
                '<row r="2"><c r="B2"><v>22</v></c></row><row><c r="B3"><v>32</v></c><c><v>33</v></c></row>'
            )
        )
    )
    new = change(data, {"A1": 1, "A2": 2, "A3": 3, "D3": 4})
    expected = {"A1": 1.0, "A2": 2.0, "B2": 22.0, "A3": 3.0, "B3": 32.0, "C3": 33.0, "D3": 4.0}
    assert by_calamine(new)["Actions"] == expected
    data = zipped(
        parts_of(
            sheet_xml(
                '<row r="5"><c r="B5"><v>52</v></c></row><row><c><v>61</v></c><c r="D6"/><c><v>65</v></c></row>'
            )
        )
    )
    new = change(data, {"C6": 63, "A4": 41})
    assert by_calamine(new)["Actions"] == {"A4": 41.0, "B5": 52.0, "A6": 61.0, "C6": 63.0, "E6": 65.0}


def test_parts_are_found_wherever_and_however_they_are_named() -> None:
    """The workbook elsewhere than usual, absolute targets, names in another case, escaped names, backslashes."""
    base = parts_of(sheet_xml(ROWS))
    moved = {
        "[Content_Types].xml": base["[Content_Types].xml"],
        "_rels/.rels": relationships(("officeDocument", "/Book/My%20Book.xml")),
        "Book/My Book.xml": base["xl/workbook.xml"],
        "Book/_rels/My Book.xml.rels": relationships(
            ("worksheet", "..\\SHEETS\\One.XML"), ("styles", "/Book/Styles.xml")
        ),
        "Sheets/one.xml": sheet_xml(ROWS),
        "Book/Styles.xml": STYLES,
    }
    new = change(zipped(moved), {"A1": dt.date(2027, 3, 1)})
    assert set(changed_parts(zipped(moved), new)) == {"Sheets/one.xml", "Book/Styles.xml", "Book/My Book.xml"}
    assert '<c r="A1" s="5"><v>46447</v>' in sheet_of(new, "Sheets/one.xml")


def test_a_workbook_without_formats_gets_them_when_a_date_needs_one() -> None:
    """The styles part, its relationship and its content type are added."""
    data = handmade(ROWS.replace(' s="1"', "").replace(' s="2"', ""), styles=None)
    assert "xl/styles.xml" not in parts(change(data, {"A1": "text", "B1": 3}))
    new = change(data, {"A1": dt.date(2027, 3, 1)})
    assert calamine(new, "A1") == dt.date(2027, 3, 1)
    assert plain_openpyxl(new, "A1") == dt.datetime.fromisoformat("2027-03-01")


def test_the_extent_and_the_spans_follow() -> None:
    """A stated dimension and a row's spans that no longer hold would mislead readers that trust them."""
    data = zipped(parts_of(sheet_xml(ROWS, before='<dimension ref="A1:C4"/>')))
    new = sheet_of(change(data, {"E1": 1, "F9": 2}))
    assert '<dimension ref="A1:F9"/>' in new
    assert '<row r="1" spans="1:5">' in new


def test_only_what_must_change_does() -> None:
    """The sheet and the request to recalculate; a second identical edit changes nothing at all."""
    data = handmade(ROWS)
    new = change(data, {"A1": "x"})
    assert changed_parts(data, new) == ["xl/workbook.xml", "xl/worksheets/sheet1.xml"]
    assert 'fullCalcOnLoad="1"' in sheet_of(new, "xl/workbook.xml")
    assert change(new, {"A1": "x"}) == new
    assert change(data, {}) == data


CHAIN = f'<calcChain xmlns="{MAIN}"><c r="A1" i="1"/><c r="A2"/></calcChain>'
FORMULAS = (
    '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row><row r="2"><c r="A2"><f>A1+1</f><v>3</v></c></row>'
)


def with_chain(rows: str) -> bytes:
    base = parts_of(sheet_xml(rows))
    types = str(base["[Content_Types].xml"]).replace(
        "</Types>",
        '<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.calcChain+xml"/></Types>',
    )
    rels = relationships(
        ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"), ("calcChain", "calcChain.xml")
    )
    more = {"[Content_Types].xml": types, "xl/_rels/workbook.xml.rels": rels, "xl/calcChain.xml": CHAIN}
    return zipped({**base, **more})


def test_a_replaced_formula_leaves_no_entry_in_the_calculation_chain() -> None:
    """An entry for a cell without a formula makes Excel offer a repair; Excel builds the chain anew by itself."""
    data = with_chain(FORMULAS)
    new = change(data, {"A1": 5})
    assert "xl/calcChain.xml" not in parts(new)
    assert "calcChain" not in sheet_of(new, "[Content_Types].xml") + sheet_of(
        new, "xl/_rels/workbook.xml.rels"
    )
    assert "<f>A1+1</f><v>3</v>" in sheet_of(new)
    kept = change(data, {"B1": 5})
    assert "xl/calcChain.xml" not in changed_parts(data, kept)


def test_a_stored_answer_changes_without_its_formula() -> None:
    """`answers`: Python's result beside the live formula, so that readers who do not calculate see it."""
    rows = '<row r="1"><c r="A1" t="str"><f aca="false">IF(1,"a","b")</f><v>a</v></c></row>'
    new = change_workbook(handmade(rows), WorkbookChange(answers={("Actions", "A1"): "b & c"}))
    assert '<c r="A1" t="str"><f aca="false">IF(1,"a","b")</f><v>b &amp; c</v></c>' in sheet_of(new)
    with pytest.raises(UnsupportedWorkbook, match="no formula"):
        change_workbook(handmade(ROWS), WorkbookChange(answers={("Actions", "A1"): "b"}))


SHARED = (
    '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f t="shared" ref="B1:B3" si="0">A1*$A$1+LOG10(A1)</f><v>1</v></c></row>'
    '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><f t="shared" si="0"/><v>2</v></c></row>'
    '<row r="3"><c r="A3"><v>3</v></c><c r="B3"><f t="shared" si="0"/><v>3</v></c></row>'
)


def test_the_master_of_a_shared_formula_overwritten_leaves_no_orphans() -> None:
    """Each cell that shared it gets the formula as it read there, and keeps its stored answer."""
    new = change(handmade(SHARED), {"B1": "gone"})
    assert by_openpyxl(new)["Actions"]["B2"] == "=A2*$A$1+LOG10(A2)"
    assert by_openpyxl(new)["Actions"]["B3"] == "=A3*$A$1+LOG10(A3)"
    assert "<v>3</v>" in sheet_of(new)
    member = sheet_of(change(handmade(SHARED), {"B2": 7}))
    assert 'si="0">A1*' in member
    assert member.count('si="0"') == 2


REFUSED = {
    "under merged cells": (
        handmade(ROWS, '<mergeCells count="1"><mergeCell ref="A1:C2"/></mergeCells>'),
        {"B2": 1},
        "lies under the merged cells A1:C2. Write to A1",
    ),
    "inside an array": (
        handmade('<row r="1"><c r="A1"><f t="array" ref="A1:A3">ROW(1:3)</f><v>1</v></c></row>'),
        {"A2": 1},
        "array formula that fills A1:A3",
    ),
    "no such sheet": (handmade(ROWS, name="Other"), {"A1": 1}, "no sheet named Actions. It has: Other"),
    "no address": (handmade(ROWS), {"7B": 1}, "not the address of a cell"),
    "off the sheet": (handmade(ROWS), {"XFE1": 1}, "not the address of a cell"),
    "too long": (handmade(ROWS), {"A1": "x" * 32_768}, "32,768 characters; a cell holds 32,767"),
    "not a number": (handmade(ROWS), {"A1": float("nan")}, "not a number a cell can hold"),
    "too many digits": (handmade(ROWS), {"A1": 12345678901234567890123}, "more digits than Excel keeps"),
    "half a character": (handmade(ROWS), {"A1": "\ud83d"}, "half a character"),
    "before 1900": (handmade(ROWS), {"A1": dt.date(1899, 12, 30)}, "before Excel's first date"),
    "with a time zone": (handmade(ROWS), {"A1": dt.datetime(2027, 1, 1, tzinfo=dt.UTC)}, "time zone"),
    "rows out of order": (
        handmade('<row r="4"><c r="A4"/></row><row r="2"><c r="A2"/></row>'),
        {"A3": 1},
        "not in order",
    ),
    "the same row twice": (handmade('<row r="2"/><row r="2"/>'), {"A2": 1}, "same row twice"),
    "the same cell twice": (
        handmade('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'),
        {"A1": 1},
        "same cell twice",
    ),
    "DOCTYPE": (
        zipped(
            parts_of(
                '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + sheet_xml(ROWS).partition("?>\n")[2]
            )
        ),
        {"A1": 1},
        "DOCTYPE",
    ),
    "not well-formed": (zipped(parts_of(sheet_xml(ROWS) + "<more>")), {"A1": 1}, "damaged"),
    "signed": (
        handmade(
            ROWS,
            more={
                "_rels/.rels": relationships(
                    ("officeDocument", "xl/workbook.xml"), ("digital-signature/origin", "x.sigs")
                )
            },
        ),
        {"A1": 1},
        "digital signature",
    ),
    "another Office document": (
        handmade(ROWS, more={"_rels/.rels": relationships(("officeDocument", "word/document.xml"))}),
        {"A1": 1},
        "holds no workbook",
    ),
    "binary": (
        handmade(ROWS, more={"_rels/.rels": relationships(("officeDocument", "xl/workbook.bin"))}),
        {"A1": 1},
        "xlsb",
    ),
    "password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), {"A1": 1}, "password"),
    "not a zip": (b"Action ID,Action\n", {"A1": 1}, "not an Excel workbook"),
    "cut short": (handmade(ROWS)[:-300], {"A1": 1}, "cut short|does not stand"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_lose_or_guess_is_refused_in_words(case: str) -> None:
    """Before anything is written, and saying what and where."""
    data, cells, words = REFUSED[case]
    with pytest.raises(UnsupportedWorkbook, match=words):
        change(data, cells)


def test_duplicate_parts_are_refused_whatever_their_case() -> None:
    """Programs disagree on which of two parts of one name counts."""
    with pytest.raises(UnsupportedWorkbook, match="two parts named"):
        change(zipped({**parts_of(sheet_xml(ROWS)), "XL/WORKSHEETS/Sheet1.xml": sheet_xml(ROWS)}), {"A1": 1})


def test_a_damaged_part_that_is_not_touched_is_noticed() -> None:
    """A file that is damaged anywhere is not saved on as if it were whole."""
    data = bytearray(handmade(ROWS, more={"xl/media/image1.png": bytes(range(256)) * 9}))
    at = data.rindex(b"xl/media/image1.png", 0, data.rindex(b"PK\x01\x02")) + len(b"xl/media/image1.png") + 30
    data[at] ^= 0xFF
    with pytest.raises(UnsupportedWorkbook, match=r"image1\.png is damaged"):
        change(bytes(data), {"A1": 1})


def test_rich_and_shared_texts_are_left_in_the_table_of_strings() -> None:
    """Text is written inline: the string table every other cell hangs on is not touched."""
    strings = f'<sst xmlns="{MAIN}" count="2" uniqueCount="2"><si><t>plain</t></si><si><r><rPr><b/></rPr><t>bold</t></r></si></sst>'
    rels = relationships(
        ("worksheet", "worksheets/sheet1.xml"),
        ("styles", "styles.xml"),
        ("sharedStrings", "sharedStrings.xml"),
    )
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    data = handmade(rows, more={"xl/_rels/workbook.xml.rels": rels, "xl/sharedStrings.xml": strings})
    new = change(data, {"A1": "new"})
    assert "xl/sharedStrings.xml" not in changed_parts(data, new)
    assert by_calamine(new)["Actions"] == {"A1": "new", "B1": "bold"}


def test_sheet_names_with_marks_in_them_are_found() -> None:
    """`R&D <1>` is escaped in the workbook part; case does not matter to Excel."""
    data = handmade(ROWS, name="R&amp;D &lt;1&gt;")
    new = change(data, {"A1": 5}, sheet="r&d <1>")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(new))
    assert book.get_sheet_by_name("R&D <1>").to_python()[0][0] == 5.0


def test_what_is_not_in_a_sheet_of_cells_is_named() -> None:
    """A chart sheet has no cells to write to."""
    rels = relationships(("chartsheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"))
    with pytest.raises(UnsupportedWorkbook, match="chart or dialog sheet"):
        change(handmade(ROWS, more={"xl/_rels/workbook.xml.rels": rels}), {"A1": 1})


def test_the_relationship_prefix_may_be_any() -> None:
    """`d3p1:id` is as good as `r:id`."""
    book = (
        f'<x:workbook xmlns:x="{MAIN}"><x:sheets><x:sheet name="Actions" sheetId="1" d3p1:id="rId1" '
        f'xmlns:d3p1="{REL}"/></x:sheets></x:workbook>'
    )
    new = change(handmade(ROWS, more={"xl/workbook.xml": book}), {"A1": 8})
    assert '<x:calcPr fullCalcOnLoad="1"/></x:workbook>' in sheet_of(new, "xl/workbook.xml")
    assert by_openpyxl(new)["Actions"]["A1"] == 8
