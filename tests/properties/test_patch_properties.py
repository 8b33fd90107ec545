"""Whatever workbook, whatever edit: patch then read gives the edit and nothing else; two patches equal one."""

import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.patch import AppendRows, CellValue, ReplaceRows, WorkbookChange, change_workbook
from cvsb_xl.xlsx.refs import (
    Box,
    cell_ref,
    changed_ranges,
    column_letters,
    column_number,
    moved_formula,
    parse_cell,
)
from tests.xlsx.handmade import MAIN, parts_of, relationships, sheet_of, sheet_xml, zipped
from tests.xlsx.lossless import by_calamine, changed_parts

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\ufffe\uffff"), max_size=30)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**15), 10**15)
days = st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 31))
values: st.SearchStrategy[CellValue] = st.one_of(st.none(), st.booleans(), numbers, texts, days)
refs = st.builds(cell_ref, st.integers(1, 12), st.integers(1, 8))


@st.composite
def sheets(draw: st.DrawFn) -> bytes:
    """Small workbooks as many programs might write them: prefixes, marks, blanks, missing references and formats."""
    p = draw(st.sampled_from(["", "x:"]))
    explicit_rows, explicit_cells = draw(st.booleans()), draw(st.booleans())
    gap = draw(st.sampled_from(["", " ", "\n  "]))
    rows = []
    number = 0
    for _ in range(draw(st.integers(0, 5))):
        number += draw(st.integers(1, 2)) if explicit_rows else 1
        cells, column = [], 0
        for _ in range(draw(st.integers(0, 4))):
            column += draw(st.integers(1, 2)) if explicit_cells else 1
            cells.append(draw(written_cells(p, cell_ref(number, column) if explicit_cells else "")))
        attribute = f' r="{number}"' if explicit_rows else ""
        spans = draw(
            st.sampled_from(["", ' spans="1:3"', ' ht="20" customHeight="1"', ' s="1" customFormat="1"'])
        )
        body = gap.join(cells)
        empty = not body and draw(st.booleans())
        rows.append(f"<{p}row{attribute}{spans}/>" if empty else f"<{p}row{attribute}{spans}>{body}</{p}row>")
    inner = gap.join(rows)
    data = (
        f"<{p}sheetData{gap}/>"
        if not rows and draw(st.booleans())
        else f"<{p}sheetData>{inner}</{p}sheetData>"
    )
    dimension = draw(st.sampled_from(["", f'<{p}dimension ref="A1"/>']))
    xmlns = f'xmlns:x="{MAIN}"' if p else f'xmlns="{MAIN}"'
    comment = draw(st.sampled_from(["", "<!-- <row r='1'><c r='A1'/></row> -->"]))
    xml = f"<{p}worksheet {xmlns}>{dimension}{comment}{data}</{p}worksheet>"
    return zipped(parts_of(draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + xml.encode()))


@st.composite
def written_cells(draw: st.DrawFn, p: str, ref: str) -> str:
    """One cell: a number, a text, a truth, a blank, a formula, in some format."""
    r = f' r="{ref}"' if ref else ""
    s = draw(st.sampled_from(["", ' s="1"', ' s="2"', ' s="4"']))
    return draw(
        st.sampled_from(
            [
                f"<{p}c{r}{s}/>",
                f"<{p}c{r}{s}></{p}c>",
                f"<{p}c{r}{s}><{p}v>{draw(st.integers(1, 9999))}</{p}v></{p}c>",
                f'<{p}c{r}{s} t="inlineStr"><{p}is><{p}t>text</{p}t></{p}is></{p}c>',
                f'<{p}c{r}{s} t="b"><{p}v>1</{p}v></{p}c>',
                f'<{p}c{r}{s} t="str"><{p}f>"a"&amp;"b"</{p}f><{p}v>ab</{p}v></{p}c>',
            ]
        )
    )


def change(data: bytes, cells: dict[str, CellValue]) -> bytes:
    return change_workbook(
        data, WorkbookChange(cells={("Actions", ref): value for ref, value in cells.items()})
    )


def as_read(value: CellValue) -> object:
    """What a reader gives back: numbers are floats, an empty text is a blank."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return None if value == "" else value


@QUICK
@given(sheets(), st.dictionaries(refs, values, max_size=6))
def test_patch_then_read_gives_the_edit_and_nothing_else(data: bytes, cells: dict[str, CellValue]) -> None:
    """Every cell edited reads as it was given, every other as it was; no other part changed."""
    before = by_calamine(data)["Actions"]
    new = change(data, cells)
    after = by_calamine(new)["Actions"]
    expected = {**before, **{ref: as_read(value) for ref, value in cells.items()}}
    assert after == {ref: value for ref, value in expected.items() if value is not None}
    allowed = {"xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"}
    assert set(changed_parts(data, new)) <= allowed


@QUICK
@given(sheets(), st.dictionaries(refs, values, max_size=5), st.dictionaries(refs, values, max_size=5))
def test_two_patches_equal_one(
    data: bytes, first: dict[str, CellValue], second: dict[str, CellValue]
) -> None:
    """One after the other or both at once: the same cells; the same patch twice: the same bytes."""
    one = change(data, {**first, **second})
    assert by_calamine(change(change(data, first), second)) == by_calamine(one)
    assert change(one, {**first, **second}) == one


@QUICK
@given(sheets(), st.dictionaries(refs, values, min_size=1, max_size=5))
def test_order_of_cells_does_not_matter(data: bytes, cells: dict[str, CellValue]) -> None:
    """A mapping has no order worth knowing."""
    assert by_calamine(change(data, dict(reversed(cells.items())))) == by_calamine(change(data, cells))


HEADINGS = ("Name", "Days", "Due & done")
rows_of_values = st.lists(
    st.dictionaries(st.sampled_from(HEADINGS), values.filter(as_read), min_size=1), max_size=6
)


def table(rows: int) -> bytes:
    heads = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{h.replace("&", "&amp;")}</t></is></c>'
        for c, h in zip("BCD", HEADINGS, strict=True)
    )
    body = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>{n}</v></c></row>' for n in range(2, rows + 2)
    )
    columns = "".join(
        f'<tableColumn id="{n}" name="{h.replace("&", "&amp;")}"/>' for n, h in enumerate(HEADINGS, 1)
    )
    more = {
        "xl/worksheets/_rels/sheet1.xml.rels": relationships(("table", "../tables/table1.xml")),
        "xl/tables/table1.xml": f'<table xmlns="{MAIN}" id="1" name="T" displayName="T" ref="B1:D{rows + 1}"><autoFilter ref="B1:D{rows + 1}"/>'
        f'<tableColumns count="3">{columns}</tableColumns></table>',
    }
    return zipped(parts_of(sheet_xml(f'<row r="1">{heads}</row>{body}'), more))


@QUICK
@given(st.integers(1, 4), rows_of_values, rows_of_values)
def test_appending_in_two_goes_is_appending_in_one(
    rows: int, first: list[dict[str, CellValue]], second: list[dict[str, CellValue]]
) -> None:
    """Rows stand in the order given, the table ends with the last, what stands beside stays."""

    def append(data: bytes, new: list[dict[str, CellValue]]) -> bytes:
        return change_workbook(data, WorkbookChange(appends=[AppendRows("Actions", new)]))

    data = table(rows)
    both, one = append(append(data, first), second), append(data, first + second)
    assert by_calamine(both) == by_calamine(one)
    last = rows + 1 + len(first) + len(second)
    assert f'ref="B1:D{last}"' in sheet_of(one, "xl/tables/table1.xml")
    cells = by_calamine(one)["Actions"]
    for n, row in enumerate(first + second, rows + 2):
        assert {h: cells.get(f"{c}{n}") for c, h in zip("BCD", HEADINGS, strict=True) if h in row} == {
            h: as_read(v) for h, v in row.items()
        }
    assert [cells.get(f"A{n}") for n in range(2, last + 1)] == [
        float(n) if n < rows + 2 else None for n in range(2, last + 1)
    ]


@QUICK
@given(st.integers(1, 5), rows_of_values, rows_of_values)
def test_what_was_replaced_leaves_no_trace(
    rows: int, first: list[dict[str, CellValue]], second: list[dict[str, CellValue]]
) -> None:
    """Replacing twice reads as replacing once with the last."""

    def put(data: bytes, new: list[dict[str, CellValue]]) -> bytes:
        return change_workbook(data, WorkbookChange(replaces=[ReplaceRows("Actions", new)]))

    data = table(rows)
    assert by_calamine(put(put(data, first), second)) == by_calamine(put(data, second))
    end = 1 + max(1, len(second))
    assert f'ref="B1:D{end}"' in sheet_of(put(put(data, first), second), "xl/tables/table1.xml")


@given(st.integers(1, 16_384), st.integers(1, 1_048_576))
def test_addresses_go_there_and_back(column: int, row: int) -> None:
    """Letters to number, address to place."""
    assert column_number(column_letters(column)) == column
    assert parse_cell(cell_ref(row, column)) == (row, column)


pieces = st.sampled_from(
    ["A1", "$B$2", "C$3", "$D4", "A1:B9", "Sheet1!A1", "'My sheet'!$A$1:C9", "[1]Book!A1", "LOG10(A1)", '"A1 ""x"""', "T[[#This Row],[A1]]",
     "2:3", "$A:C", "Rate_2026", "TRUE", "1.5E3", "#REF!", "{1,2}", "A1#",
        "ZZZ1", "_xlfn.X(B2)"]
)  # fmt: skip


@given(st.lists(pieces, min_size=1, max_size=5).map("+".join), st.integers(-3, 50), st.integers(-2, 9))
def test_a_formula_moved_there_and_back_is_the_same(formula: str, rows: int, columns: int) -> None:
    """Unless a reference fell off the sheet on the way."""
    moved = moved_formula(formula, rows, columns)
    if "#REF!" not in moved.replace("#REF!", "", formula.count("#REF!")):
        assert moved_formula(moved, -rows, -columns) == formula
    assert moved_formula(formula, 0, 0) == formula


def test_only_references_move() -> None:
    """Strings, names, functions, columns of tables and fixed references stay."""
    formula = (
        "A1+$A$1+LOG10(B2)+\"A1\"+T[[#This Row],[A1]]+Rate_2026+ZZZ9+'It''s A1'!C3+[1]S!D4+A:A+$1:2+A1:B$2"
    )
    moved = (
        "B3+$A$1+LOG10(C4)+\"A1\"+T[[#This Row],[A1]]+Rate_2026+ZZZ9+'It''s A1'!D5+[1]S!E6+B:B+$1:4+B3:C$2"
    )
    assert moved_formula(formula, 2, 1) == moved
    assert moved_formula("A1", -1, 0) == "#REF!"
    grown = changed_ranges(
        "SUM(B2:B9)+SUM(Other!B2:B9)+SUM('actions'!$B$2:$B$9)+B2",
        "Actions",
        "Actions",
        lambda box: Box(box.top, box.left, 20, box.right),
    )
    assert grown == "SUM(B2:B20)+SUM(Other!B2:B9)+SUM('actions'!$B$2:$B$20)+B2"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_bytes_give_a_patch_or_a_refusal(data: st.DataObject) -> None:
    """The scanner on sheets with pieces cut out, doubled or changed: no other exception, nothing malformed."""
    good = sheet_of(data.draw(sheets())).encode("utf-8", "surrogatepass")
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(broken) - 1)))
        size = data.draw(st.integers(0, 12))
        match data.draw(st.sampled_from(["cut", "double", "change", "insert"])):
            case "cut":
                del broken[at : at + size]
            case "double":
                broken[at:at] = broken[at : at + size]
            case "change":
                broken[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
            case _:
                broken[at:at] = data.draw(
                    st.sampled_from(
                        [
                            b"<row",
                            b"<c r='A1'",
                            b"</sheetData>",
                            b"<!--",
                            b"<![CDATA[",
                            b"&#0;",
                            b"<f>",
                            b"\0",
                        ]
                    )
                )
    patch_or_refuse(bytes(broken))


def patch_or_refuse(sheet: bytes) -> None:
    """What the fuzz asks of every input."""
    cells: dict[str, CellValue] = {"A1": "new", "C3": 1.5, "B2": None, "A9": "=end"}
    try:
        new = change(zipped(parts_of(sheet)), cells)
    except UnsupportedWorkbook as error:
        assert str(error)
        return
    from lxml import etree

    etree.fromstring(sheet_of(new).encode(), etree.XMLParser(huge_tree=True))
    assert change(new, cells) == new
