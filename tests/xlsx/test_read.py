"""Reading: each cell is one typed value, whichever program wrote it and however."""

# ruff: noqa: DTZ001 - a cell has no time zone

from __future__ import annotations

import io
from datetime import date, datetime, time

import openpyxl
import pytest
import xlsxwriter

from cvsb_xl.errors import RefusedWorkbook
from cvsb_xl.tracker.values import CellError, RawValue
from cvsb_xl.xlsx.read import Book, TableRef, read_book
from tests.hostile.packages import MAIN, OFFICE, PACKAGE, parts_of, relationships, sheet, workbook, zipped

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = (
    "<si><t>a_x0007_b</t></si>",
    "<si><t>_x005F_x0007_</t></si>",
    '<si><r><t xml:space="preserve">rich </t></r><r><rPr><b/></rPr><t>text</t></r><rPh sb="0" eb="1"><t>no</t></rPh></si>',
    "<si><t>caf\u00e9 \U0001f600 ŵ</t></si>",
)


def only_cell(cell: str, **more: object) -> RawValue:
    """The value of A1 in a workbook with that one cell."""
    book = read_book(workbook(f'<row r="1">{cell}</row>', strings=STRINGS, **more))
    grid = book.sheets["Sheet"].grid
    return grid[0][0] if grid else None


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A1"><v>3</v></c>', 3),
        ('<c r="A1"><v>3.0</v></c>', 3),
        ('<c r="A1" t="n"><v>0.1</v></c>', 0.1),
        ('<c r="A1"><v>1E3</v></c>', 1000),
        ('<c r="A1"><v>-0</v></c>', 0),
        ('<c r="A1" t="b"><v>1</v></c>', True),
        ('<c r="A1" t="b"><v>0</v></c>', False),
        ('<c r="A1" t="s"><v>0</v></c>', "a\x07b"),
        ('<c r="A1" t="s"><v>1</v></c>', "_x0007_"),
        ('<c r="A1" t="s"><v>2</v></c>', "rich text"),
        ('<c r="A1" t="s"><v>3</v></c>', "caf\u00e9 \U0001f600 ŵ"),
        ('<c r="A1" t="str"><v>a_x0007_b</v></c>', "a\x07b"),
        ('<c r="A1" t="inlineStr"><is><t>a_x0007_b</t></is></c>', "a\x07b"),
        ('<c r="A1" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>', "inline"),
        ('<c r="A1" t="str"><v>&lt;a&gt; &amp;amp; &#x1F600;</v></c>', "<a> &amp; \U0001f600"),
        ('<c r="A1" t="str"><v></v></c>', None),
        ('<c r="A1" s="1"/>', None),
        ('<c r="A1"><f>1+1</f></c>', None),
        ('<c r="A1" s="1"><v>46477</v></c>', date(2027, 3, 31)),
        ('<c r="A1" s="2"><v>46477</v></c>', date(2027, 3, 31)),
        ('<c r="A1" s="3"><v>46477</v></c>', date(2027, 3, 31)),
        ('<c r="A1" s="3"><v>46477.5</v></c>', datetime(2027, 3, 31, 12)),
        ('<c r="A1" s="3"><v>46477.430914351855</v></c>', datetime(2027, 3, 31, 10, 20, 31)),
        ('<c r="A1" s="1"><v>46477.99999999</v></c>', date(2027, 4, 1)),
        ('<c r="A1" s="1"><v>0.5</v></c>', time(12)),
        ('<c r="A1" s="4"><v>1.5</v></c>', "36:00:00"),
        ('<c r="A1" t="d"><v>2027-03-31</v></c>', date(2027, 3, 31)),
        ('<c r="A1" t="d" s="1"><v>2027-03-31T00:00:00</v></c>', date(2027, 3, 31)),
        ('<c r="A1" t="d"><v>2027-03-31T10:20:30</v></c>', datetime(2027, 3, 31, 10, 20, 30)),
        ('<c r="A1" t="d"><v>2027-02-31</v></c>', "2027-02-31"),
        ('<c r="A1" t="e"><v>#REF!</v></c>', CellError("#REF!")),
        ('<c r="A1" t="e"><v>#N/A</v></c>', CellError("#N/A")),
        ('<c r="A1" t="e"><f>A2#</f><v>#SPILL!</v></c>', CellError("#SPILL!")),
        ('<c t="e" r="A1"><v>#DIV/0!</v></c>', CellError("#DIV/0!")),
        ('<c r="A1" t="str"><v>t="e"</v></c>', 't="e"'),
        ('<c r="A1"><v>1e999</v></c>', float("inf")),
        ('<c r="A1"><v>twelve</v></c>', "twelve"),
    ],
)
def test_a_cell_is_its_typed_value(cell: str, value: RawValue) -> None:
    found = only_cell(cell)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_stays_so() -> None:
    found = only_cell('<c r="A1"><v>NaN</v></c>')
    assert isinstance(found, float)
    assert found != found


def test_dates_from_1904_are_the_dates_that_people_see() -> None:
    data = workbook('<row r="1"><c r="A1" s="1"><v>45015</v></c></row>', date1904=True)
    book = read_book(data)
    assert book.date1904
    assert book.sheets["Sheet"].grid == [[date(2027, 3, 31)]]


def test_the_grid_starts_at_a1_and_is_as_wide_in_every_row() -> None:
    book = read_book(
        workbook('<row r="3"><c r="C3"><v>1</v></c></row><row r="4"><c r="B4"><v>2</v></c></row>')
    )
    assert book.sheets["Sheet"].grid == [[None] * 3, [None] * 3, [None, None, 1], [None, 2, None]]
    assert book.sheets["Sheet"].value(3, 3) == 1
    assert book.sheets["Sheet"].value(9, 9) is None


SAME = {
    "plain": sheet('<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><f>x</f><v>y</v></c></row>'),
    "without references": sheet('<row><c><v>1</v></c><c t="str"><f>x</f><v>y</v></c></row>'),
    "rows without numbers": sheet('<row><c r="A1"><v>1</v></c><c r="B1" t="str"><f>x</f><v>y</v></c></row>'),
    "small letters": sheet('<row r="1"><c r="a1"><v>1</v></c><c r="b1" t="str"><f>x</f><v>y</v></c></row>'),
    "attributes in another order": sheet(
        '<row r="1"><c s="0" r="A1"><v>1</v></c><c t="str" r="B1"><f>x</f><v>y</v></c></row>'
    ),
    "pretty-printed": sheet(
        '\n <row r="1">\n  <c r="A1">\n <v>1</v>\n </c>\n <c r="B1" t="str">\n <f>x</f>\n <v>y</v>\n </c>\n </row>\n'
    ),
    "under a prefix": sheet(
        '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="B1" t="str"><x:f>x</x:f><x:v>y</x:v></x:c></x:row>',
        prefix="x:",
    ),
    "under a prefix, without references": sheet(
        '<x:row><x:c><x:v>1</x:v></x:c><x:c t="str"><x:f>x</x:f><x:v>y</x:v></x:c></x:row>', prefix="x:"
    ),
    "in single quotes": sheet(
        "<row r='1'><c r='A1'><v>1</v></c><c r='B1' t='str'><f>x</f><v>y</v></c></row>"
    ),
    "with comments": sheet(
        '<!-- <c r="Z99"><f/></c> --><row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><f>x</f><v>y</v></c></row>'
    ),
    "a formula under a prefix of its own": sheet(
        f'<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><m:f xmlns:m="{MAIN}">x</m:f><v>y</v></c></row>'
    ),
    "with a byte order mark": b"\xef\xbb\xbf"
    + sheet('<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><f>x</f><v>y</v></c></row>').encode(),
    "in UTF-16": (
        '<?xml version="1.0" encoding="UTF-16"?>'
        + sheet('<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><f>x</f><v>y</v></c></row>')
    ).encode("utf-16"),
    "with a merged range that names no columns": sheet(
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><f>x</f><v>y</v></c></row>',
        after='<mergeCells><mergeCell ref="3:5"/></mergeCells>',
    ),
}


@pytest.mark.parametrize("way", SAME)
def test_the_same_cells_written_another_way_are_the_same(way: str) -> None:
    found = read_book(workbook(parts={SHEET: SAME[way]})).sheets["Sheet"]
    assert found.grid == [[1, "y"]]
    assert found.formulas == {(1, 2)}


def test_formulas_are_known_however_they_are_shared() -> None:
    rows = (
        '<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">B1</f><v>1</v></c>'
        '<c r="C1"><f t="array" ref="C1:D2">E1:F2</f><v>1</v></c><c r="D1"><v>2</v></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0"/><v>1</v></c><c r="B2"><v>9</v></c><c r="C2"><v>3</v></c>'
        '<c r="D2"><v>4</v></c></row>'
    )
    found = read_book(workbook(rows)).sheets["Sheet"]
    assert found.formulas == {(1, 1), (2, 1), (1, 3), (1, 4), (2, 3), (2, 4)}
    assert read_book(workbook(rows), formulas=False).sheets["Sheet"].formulas == frozenset()


@pytest.mark.parametrize("opening", ["<f>", '<f aca="false">'])
@pytest.mark.parametrize("cell", ['<c r="A1" t="b">', '<c t="b" r="A1">'])
def test_true_is_a_value_though_libreoffice_writes_a_formula(opening: str, cell: str) -> None:
    found = read_book(workbook(f'<row r="1">{cell}{opening}TRUE()</f><v>1</v></c></row>')).sheets["Sheet"]
    assert found.grid == [[True]]
    assert found.formulas == frozenset()
    hidden = read_book(workbook(f'<row r="1">{cell}{opening}TRUE()+1</f><v>1</v></c></row>')).sheets["Sheet"]
    assert found.formulas != hidden.formulas


def test_very_hidden_sheets_are_read_and_told_apart() -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    for name, hide in (("Actions", None), ("Lists", "hide"), ("_cvsb", "very_hidden")):
        page = book.add_worksheet(name)
        page.write("A1", name)
        if hide:
            getattr(page, hide)()
    book.add_chartsheet("Chart").set_chart(_chart(book))
    book.close()
    found = read_book(written.getvalue()).sheets
    assert [(s.name, s.state, s.grid) for s in found.values()] == [
        ("Actions", "visible", [["Actions"]]),
        ("Lists", "hidden", [["Lists"]]),
        ("_cvsb", "veryHidden", [["_cvsb"]]),
    ]


def _chart(book: xlsxwriter.Workbook) -> object:
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=Actions!$A$1:$A$2"})
    return chart


def test_only_the_sheets_asked_for_are_read_whatever_their_case() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Actions")
    book.create_sheet("Reviews")
    written = io.BytesIO()
    book.save(written)
    assert list(read_book(written.getvalue(), only={"REVIEWS", "not there"}).sheets) == ["Reviews"]
    assert list(read_book(written.getvalue()).sheets) == ["Sheet", "Actions", "Reviews"]


def test_a_sheet_that_is_not_asked_for_does_not_stand_in_the_way() -> None:
    """A stray cell far out on a sheet of the manager's own must not lock the tracker."""
    parts = parts_of()
    parts["xl/workbook.xml"] = str(parts["xl/workbook.xml"]).replace(
        "</sheets>", '<sheet name="Mine" sheetId="2" r:id="rId9"/></sheets>'
    )
    parts["xl/_rels/workbook.xml.rels"] = str(parts["xl/_rels/workbook.xml.rels"]).replace(
        "</Relationships>",
        f'<Relationship Id="rId9" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/></Relationships>',
    )
    parts["xl/worksheets/sheet2.xml"] = sheet(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    assert list(read_book(zipped(parts), only=["sheet"]).sheets) == ["Sheet"]
    with pytest.raises(RefusedWorkbook, match="sheet Mine"):
        read_book(zipped(parts))


def test_blank_formatted_cells_far_out_do_not_count() -> None:
    found = read_book(
        workbook('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>')
    )
    assert found.sheets["Sheet"].grid == [[1]]


def test_tables_and_properties_are_told() -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    page = book.add_worksheet("Actions")
    page.add_table("B4:C6", {"name": "Actions", "columns": [{"header": "Action ID"}, {"header": "Due <on>"}]})
    book.set_properties({"author": "A & B", "created": datetime(2027, 3, 31, 10)})
    book.set_custom_property("sheet_id", "SH-1 <x>")
    book.set_custom_property("rows", 12)
    book.close()
    found = read_book(written.getvalue())
    assert found.sheets["Actions"].tables == (TableRef("Actions", "B4:C6", 4, 2, 6, 3),)
    assert found.properties == {
        "Application": "Microsoft Excel",
        "creator": "A & B",
        "lastModifiedBy": "A & B",
        "modified": "2027-03-31T10:00:00Z",
        "sheet_id": "SH-1 <x>",
        "rows": "12",
    }


def test_parts_are_found_where_the_relationships_say() -> None:
    parts = parts_of()
    moved = {
        "[Content_Types].xml": parts["[Content_Types].xml"],
        "_rels/.rels": relationships(("officeDocument", "/Book/WB.xml")),
        "book/wb.xml": parts["xl/workbook.xml"],
        "book/_rels/wb.xml.rels": relationships(
            ("worksheet", "../Tab%201.xml"), ("styles", "/xl/styles.xml")
        ),
        "tab 1.xml": parts[SHEET],
        "xl/styles.xml": parts["xl/styles.xml"],
    }
    assert read_book(zipped(moved)).sheets["Sheet"].grid == [["In progress"]]


def test_strict_workbooks_are_read() -> None:
    strict = {
        MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
        OFFICE: "http://purl.oclc.org/ooxml/officeDocument/relationships",
    }
    parts = parts_of('<row r="1"><c r="A1" t="d" s="1"><v>2027-03-31</v></c></row>')
    for name, content in parts.items():
        text = str(content)
        for transitional, address in strict.items():
            text = text.replace(transitional, address)
        parts[name] = text
    assert PACKAGE in str(parts["_rels/.rels"])
    assert read_book(zipped(parts)).sheets["Sheet"].grid == [[date(2027, 3, 31)]]


def test_a_workbook_without_strings_or_styles_is_read() -> None:
    parts = {"xl/styles.xml": None, "xl/sharedStrings.xml": None}
    book = read_book(workbook(parts={**parts, SHEET: sheet('<row r="1"><c r="A1"><v>7</v></c></row>')}))
    assert isinstance(book, Book)
    assert book.sheets["Sheet"].grid == [[7]]


def test_an_empty_sheet_has_no_rows() -> None:
    for empty in ("<sheetData/>", "<sheetData />", "<sheetData></sheetData>", ""):
        part = f'<worksheet xmlns="{MAIN}">{empty}</worksheet>'
        assert read_book(workbook(parts={SHEET: part})).sheets["Sheet"].grid == []
