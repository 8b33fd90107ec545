"""Rows appended to a table, and a generated table's rows replaced: what must grow grows, what stands near stays."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.patch import AppendRows, CellValue, ReplaceRows, WorkbookChange, change_workbook
from tests.xlsx.handmade import MAIN, handmade, parts_of, relationships, sheet_of, sheet_xml, zipped
from tests.xlsx.lossless import by_calamine, by_openpyxl, changed_parts, parts

DUE = 'IF(Actions[[#This Row],[Due on]]<TODAY(),"Overdue","On track")'


def tracker(rows: int = 3, *, totals: bool = False, filled: bool = True, beside: bool = False) -> bytes:
    """A tracker as the builder makes it: a table with all that has to follow it when it grows."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Actions")
    date = book.add_format({"num_format": "dd/mm/yyyy"})
    wrap = book.add_format({"text_wrap": True, "locked": False})
    red = book.add_format({"bg_color": "#ffeeee"})
    last = rows + (1 if totals else 0)
    columns: list[dict[str, Any]] = [
        {"header": "Action ID", **({"total_string": "Total"} if totals else {})},
        {"header": "Action", "format": wrap},
        {"header": "Due on", "format": date},
        {"header": "Timeliness", "formula": "=" + DUE},
        {"header": "Days", **({"total_function": "sum"} if totals else {})},
    ]
    values = [[f"A-{n}", f"Do {n}", 46_000 + n, None, n] for n in range(1, rows + 1)] if filled else []
    table = {"name": "Actions", "columns": columns, "data": values, "total_row": totals}
    sheet.add_table(0, 0, last, 4, table)
    if not filled:
        for n in range(1, rows + 1):
            sheet.write_blank(n, 1, None, wrap)
            sheet.write_blank(n, 2, None, date)
    sheet.data_validation(1, 1, rows, 1, {"validate": "length", "criteria": "<", "value": 500})
    sheet.data_validation(1, 4, 500, 4, {"validate": "integer", "criteria": ">=", "value": 0})
    sheet.data_validation("H1", {"validate": "list", "source": f"=$A$2:$A${rows + 1}"})
    sheet.conditional_format(
        1, 3, rows, 3, {"type": "cell", "criteria": "==", "value": '"Overdue"', "format": red}
    )
    sheet.conditional_format(1, 4, rows, 4, {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format(1, 0, rows, 8, {"type": "formula", "criteria": "=$A2=1", "format": red})
    sheet.print_area(0, 0, last, 4)
    if beside:
        for n in range(rows + 6):
            sheet.write(n, 6, f"note {n}")
    other = book.add_worksheet("Dashboard")
    other.write_formula(
        "A1", f"=SUM(Actions!$E$2:$E${rows + 1})+SUM(Actions!E2:E{rows + 1})+Actions!E2", None, 6
    )
    other.write_formula("A2", '=COUNTIF(Actions[Action ID],"A*")', None, 3)
    other.data_validation("B1", {"validate": "list", "source": f"=Actions!$A$2:$A${rows + 1}"})
    other.add_sparkline("C1", {"range": f"Actions!E2:E{rows + 1}"})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"categories": ["Actions", 1, 0, rows, 0], "values": ["Actions", 1, 4, rows, 4]})
    other.insert_chart("D4", chart)
    book.define_name("Days", f"=Actions!$E$2:$E${rows + 1}")
    book.define_name("First", "=Actions!$E$2:$E$2" if rows > 1 else "=Actions!$E$2")
    book.close()
    return out.getvalue()


def append(data: bytes, *rows: dict[str, CellValue]) -> bytes:
    return change_workbook(data, WorkbookChange(appends=[AppendRows("Actions", rows)]))


def replace(data: bytes, *rows: dict[str, CellValue], **links: list[str | None]) -> bytes:
    return change_workbook(data, WorkbookChange(replaces=[ReplaceRows("Actions", rows, links)]))


def column(data: bytes, letter: str) -> list[object]:
    cells = by_openpyxl(data)["Actions"]
    numbers = sorted(int(ref[len(letter) :]) for ref in cells if ref.rstrip("0123456789") == letter)
    return [cells[f"{letter}{n}"] for n in numbers]


NEW = {"Action ID": "A-9", "Action": "=new", "Due on": dt.date(2027, 3, 1), "Days": 9}


def test_appended_rows_stand_below_the_last_with_formats_and_formulas() -> None:
    """Each column takes the format of the row above; the calculated column is filled, not overwritten."""
    new = append(tracker(), NEW, {"action id": "A-10", "Timeliness": "On track"})
    assert column(new, "A") == ["Action ID", "A-1", "A-2", "A-3", "A-9", "A-10"]
    assert column(new, "D")[1:] == ["=" + DUE] * 5
    book = openpyxl.load_workbook(io.BytesIO(new))
    sheet = book["Actions"]
    assert sheet["C5"].value == dt.datetime.fromisoformat("2027-03-01")
    assert sheet["C6"].number_format == "dd/mm/yyyy"
    assert sheet["B6"].alignment.wrap_text
    assert not sheet["B6"].protection.locked
    assert by_calamine(new)["Actions"]["D6"] == "On track", (
        "a value for a calculated column is its stored answer"
    )


def test_what_covers_the_table_follows_it() -> None:
    """Table, filter, validations, formats (x14 too), names, print area, charts, sparklines, formulas elsewhere."""
    new = append(tracker(), NEW, NEW)
    sheet, table = sheet_of(new), sheet_of(new, "xl/tables/table1.xml")
    assert 'ref="A1:E6"' in table
    assert '<autoFilter ref="A1:E6"/>' in table
    assert 'sqref="B2:B6"' in sheet
    assert 'sqref="E2:E501"' in sheet, "a validation that reached beyond the table already is left as it is"
    assert "<formula1>$A$2:$A$6</formula1>" in sheet
    assert '<conditionalFormatting sqref="D2:D6">' in sheet
    assert "<xm:sqref>E2:E6</xm:sqref>" in sheet
    assert '<conditionalFormatting sqref="A2:I4 A5:E6">' in sheet, (
        "what reached beside the table grows within it"
    )
    workbook = sheet_of(new, "xl/workbook.xml")
    assert ">Actions!$A$1:$E$6</definedName>" in workbook
    assert '<definedName name="Days">Actions!$E$2:$E$6<' in workbook
    assert '<definedName name="First">Actions!$E$2:$E$2<' in workbook
    chart = sheet_of(new, "xl/charts/chart1.xml")
    assert "<c:f>Actions!$A$2:$A$6</c:f>" in chart
    assert "<c:f>Actions!$E$2:$E$6</c:f>" in chart
    other = sheet_of(new, "xl/worksheets/sheet2.xml")
    assert "<f>SUM(Actions!$E$2:$E$6)+SUM(Actions!E2:E6)+Actions!E2</f>" in other
    assert "<formula1>Actions!$A$2:$A$6</formula1>" in other
    assert "<xm:f>Actions!E2:E6</xm:f>" in other
    assert '<dimension ref="A1:E6"/>' in sheet


def test_nothing_else_changes() -> None:
    """Parts that name nothing of the table keep their bytes."""
    data = tracker()
    touched = set(changed_parts(data, append(data, NEW)))
    assert touched == {
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
        "xl/workbook.xml",
        "xl/charts/chart1.xml",
        "xl/tables/table1.xml",
        "xl/styles.xml",
    }
    filled = append(data, {"Action ID": "A-4"})
    assert "xl/styles.xml" not in changed_parts(data, filled)


def test_blank_rows_inside_the_table_are_used_first() -> None:
    """A row whose cells are all blank but for formulas is free; the table grows only for what is left."""
    data = change_workbook(tracker(4), WorkbookChange(cells={("Actions", f"{c}3"): None for c in "ABCE"}))
    new = append(data, {"Action ID": "first"}, {"Action ID": "second"})
    assert column(new, "A") == ["Action ID", "A-1", "first", "A-3", "A-4", "second"]
    assert column(new, "D")[1:] == ["=" + DUE] * 5


def test_a_new_tracker_has_one_blank_row_and_it_is_the_first_to_be_filled() -> None:
    """The table of a tracker that `new` made holds a single blank row."""
    data = tracker(1, filled=False)
    one = append(data, NEW)
    assert 'ref="A1:E2"' in sheet_of(one, "xl/tables/table1.xml")
    two = append(one, NEW)
    assert 'ref="A1:E3"' in sheet_of(two, "xl/tables/table1.xml")
    assert 'sqref="B2:B3"' in sheet_of(two)
    assert append(data, NEW, NEW) == two or by_openpyxl(append(data, NEW, NEW)) == by_openpyxl(two)


def test_cells_written_below_a_table_take_its_formats() -> None:
    """Row by row below the last: a date in its date column, text wrapped; rows further off do not."""
    cells = {("Actions", "C5"): dt.date(2027, 1, 1), ("Actions", "B6"): "x", ("Actions", "B9"): "y"}
    sheet = openpyxl.load_workbook(io.BytesIO(change_workbook(tracker(), WorkbookChange(cells=cells))))[
        "Actions"
    ]
    assert sheet["C5"].number_format == "dd/mm/yyyy"
    assert sheet["B6"].alignment.wrap_text
    assert not sheet["B9"].alignment.wrap_text


def test_several_appends_to_one_sheet_go_one_below_the_other() -> None:
    """In the order they are given."""
    both = WorkbookChange(appends=[AppendRows("Actions", [{"Action ID": n}]) for n in ("x", "y")])
    assert column(change_workbook(tracker(), both), "A")[-2:] == ["x", "y"]


def test_a_cell_set_in_a_blank_row_keeps_it() -> None:
    """Cells are written before rows are appended: the row is not blank any more."""
    data = tracker(2, filled=False)
    change = WorkbookChange(
        cells={("Actions", "B2"): "mine"}, appends=[AppendRows("Actions", [{"Action ID": "next"}])]
    )
    cells = by_openpyxl(change_workbook(data, change))["Actions"]
    assert (cells["B2"], cells.get("A2"), cells["A3"]) == ("mine", None, "next")


def test_a_totals_row_moves_down_and_still_adds_up() -> None:
    """With its formulas, its formats, and the ranges they name."""
    data = tracker(3, totals=True)
    new = append(data, NEW, NEW)
    cells = by_openpyxl(new)["Actions"]
    assert (cells["A7"], cells["E7"]) == ("Total", "=SUBTOTAL(109,[Days])")
    assert (cells["A6"], cells.get("E5")) == ("A-9", 9)
    table = sheet_of(new, "xl/tables/table1.xml")
    assert 'ref="A1:E7"' in table
    assert '<autoFilter ref="A1:E6"/>' in table
    assert ">Actions!$A$1:$E$7</definedName>" in sheet_of(new, "xl/workbook.xml")


def test_a_totals_row_with_plain_ranges_follows_its_column() -> None:
    """`SUM(E2:E4)` in the totals row must not leave the new rows out."""
    data = tracker(3, totals=True)
    part = sheet_of(data).replace("SUBTOTAL(109,[Days])", "SUM(E2:E4)")
    new = append(zipped({**parts(data), "xl/worksheets/sheet1.xml": part}), NEW)
    assert by_openpyxl(new)["Actions"]["E6"] == "=SUM(E2:E5)"


def test_what_stands_beside_the_table_is_left_alone() -> None:
    """Notes in a column of their own keep their rows."""
    data = tracker(3, beside=True)
    new = append(data, NEW, NEW, NEW, NEW)
    assert column(new, "G") == column(data, "G")
    shrunk = replace(new, {"Action ID": "only"})
    assert column(shrunk, "G") == column(data, "G")
    assert column(shrunk, "A") == ["Action ID", "only"]


def test_what_stands_below_the_table_is_a_refusal_that_names_it() -> None:
    """Never written over, never moved by guess."""
    data = change_workbook(tracker(), WorkbookChange(cells={("Actions", "B6"): "a note"}))
    assert column(append(data, NEW), "A")[-1] == "A-9"
    with pytest.raises(UnsupportedWorkbook, match="below the table on the sheet Actions, in B6"):
        append(data, NEW, NEW)
    merged = sheet_of(tracker()).replace(
        "<conditionalFormatting",
        '<mergeCells count="1"><mergeCell ref="A5:B5"/></mergeCells><conditionalFormatting',
        1,
    )
    with pytest.raises(UnsupportedWorkbook, match="merged cells"):
        append(zipped({**parts(tracker()), "xl/worksheets/sheet1.xml": merged}), NEW)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        10**400,
        "x" * 32_768,
        "half \ud800",
        dt.datetime.now(dt.UTC),
        dt.date(1, 1, 1),
    ],
    ids=["nan", "inf", "digits", "long", "surrogate", "zone", "early"],
)
def test_a_value_that_no_cell_can_hold_is_a_refusal_that_names_the_cell_of_the_new_row(
    value: CellValue,
) -> None:
    """A row put in whole is looked at as closely as a single cell."""
    with pytest.raises(UnsupportedWorkbook, match=r"Actions!E5"):
        append(tracker(), {"Action ID": "A-9", "Days": value})


def test_a_new_row_holds_values_of_every_kind_as_they_were_given() -> None:
    values: list[CellValue] = [
        7, -1, 2**53, 2.5, True, False, "=1+1", "@x", " ends ", "a & <b>", "_x0041_", "line\nline", "\x07", None, "",
        dt.date(2027, 3, 1), dt.datetime.fromisoformat("2027-03-01T04:05:06"),
    ]  # fmt: skip
    new = append(tracker(), *({"Days": value} for value in values))
    held = by_calamine(new)["Actions"]
    shown = [held.get(f"E{number}") for number in range(5, 5 + len(values))]
    assert shown == [None if value == "" else value for value in values]


def test_an_unknown_heading_is_a_refusal_that_lists_what_there_is() -> None:
    """A row is never half written."""
    with pytest.raises(UnsupportedWorkbook, match=r'no column "Owner"\. It has: Action ID, Action, Due on'):
        append(tracker(), {"Action ID": "A-9", "Owner": "me"})


def test_formulas_with_plain_references_are_filled_down_as_excel_would() -> None:
    """LibreOffice drops calculatedColumnFormula: the formula then comes from the row above, moved."""
    data = tracker()
    table = sheet_of(data, "xl/tables/table1.xml")
    start, end = table.index("<calculatedColumnFormula>"), table.index("</calculatedColumnFormula>") + 26
    table = table[:start] + table[end:]
    sheet = sheet_of(data)
    for n in (2, 3, 4):
        escaped = DUE.replace("<", "&lt;")
        sheet = sheet.replace(
            f'<c r="D{n}"><f>{escaped}</f>', f'<c r="D{n}"><f>$C{n}+E{n}*$A$1&amp;"E{n}"</f>'
        )
    loose = zipped({**parts(data), "xl/tables/table1.xml": table, "xl/worksheets/sheet1.xml": sheet})
    new = append(loose, NEW, NEW)
    assert by_openpyxl(new)["Actions"]["D6"] == '=$C6+E6*$A$1&"E4"'
    assert by_openpyxl(new)["Actions"]["D4"] == '=$C4+E4*$A$1&"E4"'


def test_shared_formulas_are_filled_down_as_they_read() -> None:
    """The row above may hold only the mark of a shared formula."""
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>N</t></is></c><c r="B1" t="inlineStr"><is><t>Twice</t></is></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f t="shared" ref="B2:B3" si="0">A2*2</f><v>2</v></c></row>'
        '<row r="3"><c r="A3"><v>2</v></c><c r="B3"><f t="shared" si="0"/><v>4</v></c></row>'
    )
    new = append(handmade(rows, '<autoFilter ref="A1:B3"/>'), {"N": 3})
    assert by_openpyxl(new)["Actions"]["B4"] == "=A4*2"
    assert '<autoFilter ref="A1:B4"/>' in sheet_of(new)


def test_a_shared_formula_that_names_the_tables_range_follows_it() -> None:
    """Each of its cells reads it as filled down from the first, so what covers the column in one may not in the next."""
    data = tracker()
    own = sheet_of(data)
    for number, formula in (
        (2, '<f t="shared" ref="H2:H4" si="0">SUM($E$2:$E$4)*A2</f>'),
        (3, '<f t="shared" si="0"/>'),
        (4, '<f t="shared" si="0"/>'),
    ):
        start = own.index(f'<row r="{number}"')
        end = own.index("</row>", start)
        own = own[:end] + f'<c r="H{number}">{formula}<v>0</v></c>' + own[end:]
    other = sheet_of(data, "xl/worksheets/sheet2.xml")
    first, second, rest = other.split("</row>", 2)
    other = (
        f'{first}<c r="I1"><f t="shared" ref="I1:I2" si="0">SUM(Actions!$E$2:$E$4)+SUM(Actions!E2:E4)+A1</f><v>0</v></c></row>'
        f'{second}<c r="I2"><f t="shared" si="0"/><v>0</v></c></row>{rest}'
    )
    shared = zipped({**parts(data), "xl/worksheets/sheet1.xml": own, "xl/worksheets/sheet2.xml": other})
    cells = by_openpyxl(append(shared, NEW, NEW))
    assert [cells["Actions"][f"H{number}"] for number in (2, 3, 4)] == [
        f"=SUM($E$2:$E$6)*A{number}" for number in (2, 3, 4)
    ]
    assert cells["Dashboard"]["I1"] == "=SUM(Actions!$E$2:$E$6)+SUM(Actions!E2:E6)+A1"
    assert cells["Dashboard"]["I2"] == "=SUM(Actions!$E$2:$E$6)+SUM(Actions!E3:E5)+A2"


def test_a_shared_formula_that_names_nothing_of_the_table_stays_shared() -> None:
    """What need not change is not touched."""
    data = tracker()
    other = sheet_of(data, "xl/worksheets/sheet2.xml")
    other = other.replace(
        "</row>", '<c r="I1"><f t="shared" ref="I1" si="0">SUM(A1:A2)</f><v>0</v></c></row>', 1
    )
    new = append(zipped({**parts(data), "xl/worksheets/sheet2.xml": other}), NEW, NEW)
    assert '<f t="shared" ref="I1" si="0">SUM(A1:A2)</f>' in sheet_of(new, "xl/worksheets/sheet2.xml")


HEADED = (
    '<row r="2"><c r="B2" t="inlineStr"><is><t>Name</t></is></c><c r="C2" t="inlineStr"><is><t>Note</t></is></c></row>'
    '<row r="3"><c r="B3" t="inlineStr"><is><t>Ann</t></is></c></row>'
)


def test_without_a_table_part_the_block_under_the_headings_stands_in() -> None:
    """As Google Sheets and a copy and paste leave it: no table, no filter, only rows."""
    new = append(handmade(HEADED), {"Note": "n", "Name": "Bob"})
    assert by_calamine(new)["Actions"] == {"B2": "Name", "C2": "Note", "B3": "Ann", "B4": "Bob", "C4": "n"}
    with pytest.raises(UnsupportedWorkbook, match="Insert > Table"):
        append(handmade(HEADED), {"Owner": "me"})


def test_two_tables_on_a_sheet_are_told_apart_by_their_headings() -> None:
    """Where both fit, nothing is guessed."""

    def table(ref: str, name: str, *columns: str) -> str:
        listed = "".join(f'<tableColumn id="{n}" name="{c}"/>' for n, c in enumerate(columns, 1))
        return f'<table xmlns="{MAIN}" id="1" name="{name}" displayName="{name}" ref="{ref}"><tableColumns count="2">{listed}</tableColumns></table>'

    rows = '<row r="2"><c r="A2"><v>1</v></c><c r="E2"><v>1</v></c></row>'
    more = {
        "xl/worksheets/_rels/sheet1.xml.rels": relationships(
            ("table", "../tables/t1.xml"), ("table", "../tables/t2.xml")
        ),
        "xl/tables/t1.xml": table("A1:B2", "One", "Name", "Note"),
        "xl/tables/t2.xml": table("D1:E2", "Two", "Name", "Other"),
    }
    data = zipped(parts_of(sheet_xml(rows), more))
    assert by_calamine(append(data, {"Other": 5}))["Actions"]["E3"] == 5.0
    with pytest.raises(UnsupportedWorkbook, match="More than one table"):
        append(data, {"Name": 5})


def test_a_heading_changed_in_its_cell_changes_in_the_table() -> None:
    """Else Excel would repair the file; a heading that formulas name is left for Excel to rename."""
    change = WorkbookChange(cells={("Actions", "B1"): "What & <who>"})
    new = change_workbook(tracker(), change)
    assert 'name="What &amp; &lt;who&gt;"' in sheet_of(new, "xl/tables/table1.xml")
    assert (
        openpyxl.load_workbook(io.BytesIO(new))["Actions"].tables["Actions"].column_names[1] == "What & <who>"
    )
    for ref, value, words in (
        ("C1", "Due", 'formulas in the workbook name the column "Due on"'),
        ("B1", "due ON", "already has a column"),
        ("B1", 5, "must be a text"),
        ("B1", None, "must be a text"),
    ):
        with pytest.raises(UnsupportedWorkbook, match=words):
            change_workbook(tracker(), WorkbookChange(cells={("Actions", ref): value}))


def test_replaced_rows_shrink_and_grow_the_table() -> None:
    """A generated sheet shows what is so now, and nothing of before."""
    fewer = replace(tracker(6), {"Action ID": "x", "Due on": dt.date(2027, 1, 1)}, {"Action ID": "y"})
    assert column(fewer, "A") == ["Action ID", "x", "y"]
    assert column(fewer, "D")[1:] == ["=" + DUE] * 2
    assert 'ref="A1:E3"' in sheet_of(fewer, "xl/tables/table1.xml")
    assert 'sqref="B2:B3"' in sheet_of(fewer)
    assert "<c:f>Actions!$E$2:$E$3</c:f>" in sheet_of(fewer, "xl/charts/chart1.xml")
    more = replace(fewer, *[{"Action ID": n} for n in range(8)])
    assert column(more, "A")[1:] == list(range(8))
    assert 'sqref="B2:B9"' in sheet_of(more)
    assert openpyxl.load_workbook(io.BytesIO(more))["Actions"]["C9"].number_format == "dd/mm/yyyy"


def test_no_rows_leave_one_blank_row_in_its_format() -> None:
    """A table must have a row of data; its formulas stay for the next rows."""
    none = replace(tracker(4))
    assert column(none, "A") == ["Action ID"]
    assert column(none, "D")[1:] == ["=" + DUE]
    assert 'ref="A1:E2"' in sheet_of(none, "xl/tables/table1.xml")
    again = append(none, NEW)
    assert column(again, "A") == ["Action ID", "A-9"]
    assert openpyxl.load_workbook(io.BytesIO(again))["Actions"]["C2"].value == dt.datetime.fromisoformat(
        "2027-03-01"
    )


def test_replacing_twice_is_replacing_once() -> None:
    """The same rows again change nothing, down to the bytes."""
    once = replace(tracker(), NEW, NEW)
    assert replace(once, NEW, NEW) == once


def test_a_totals_row_moves_up_when_rows_go() -> None:
    """And the rows between are gone, not blank."""
    new = replace(tracker(5, totals=True), {"Action ID": "x"})
    assert column(new, "A") == ["Action ID", "x", "Total"]
    assert 'ref="A1:E3"' in sheet_of(new, "xl/tables/table1.xml")


def test_links_are_put_on_and_old_ones_taken_off() -> None:
    """One place per row, None for no link; links elsewhere on the sheet stay."""
    link = '<hyperlinks><hyperlink ref="A2" location="\'Old\'!A1"/><hyperlink ref="H1" location="\'Kept\'!A1"/></hyperlinks>'
    part = sheet_of(tracker()).replace("<pageMargins", link + "<pageMargins")
    data = zipped({**parts(tracker()), "xl/worksheets/sheet1.xml": part})
    rows = [{"Action ID": "x"}, {"Action ID": "y"}, {"Action ID": "z"}]
    change = ReplaceRows("Actions", rows, {"Action ID": ["'Actions'!A5", None, "#'R&D'!A1"]})
    sheet = openpyxl.load_workbook(io.BytesIO(change_workbook(data, WorkbookChange(replaces=[change]))))[
        "Actions"
    ]
    found = {
        cell.coordinate: cell.hyperlink.location
        for row in sheet.iter_rows()
        for cell in row
        if cell.hyperlink
    }
    assert found == {"A2": "'Actions'!A5", "A4": "'R&D'!A1", "H1": "'Kept'!A1"}
    first = change_workbook(tracker(), WorkbookChange(replaces=[change]))
    assert sheet_of(first).index("<hyperlinks>") < sheet_of(first).index("<pageMargins")
    bare = change_workbook(first, WorkbookChange(replaces=[ReplaceRows("Actions", rows)]))
    assert "hyperlink" not in sheet_of(bare)


def test_rows_replaced_and_appended_in_one_change() -> None:
    """The appended rows follow the replaced ones."""
    change = WorkbookChange(
        replaces=[ReplaceRows("Actions", [{"Action ID": "r"}])],
        appends=[AppendRows("Actions", [{"Action ID": "a"}])],
    )
    assert column(change_workbook(tracker(), change), "A") == ["Action ID", "r", "a"]


def test_sheets_are_hidden_and_shown() -> None:
    """The sheet in front stays a visible one, and no two sheets are left selected together."""
    data = tracker()
    new = change_workbook(data, WorkbookChange(visibility={"actions": "veryHidden"}))
    book = openpyxl.load_workbook(io.BytesIO(new))
    assert (book["Actions"].sheet_state, book["Dashboard"].sheet_state) == ("veryHidden", "visible")
    assert book.active is not None
    assert book.active.title == "Dashboard"
    assert not book["Actions"].sheet_view.tabSelected
    back = change_workbook(new, WorkbookChange(visibility={"Actions": "visible", "Dashboard": "visible"}))
    assert openpyxl.load_workbook(io.BytesIO(back))["Actions"].sheet_state == "visible"
    with pytest.raises(UnsupportedWorkbook, match="at least one sheet visible"):
        change_workbook(data, WorkbookChange(visibility={"Actions": "hidden", "Dashboard": "hidden"}))
    with pytest.raises(UnsupportedWorkbook, match="no sheet named Findings"):
        change_workbook(data, WorkbookChange(visibility={"Findings": "hidden"}))


def test_ten_thousand_rows_are_appended_at_once(tmp_path: Path) -> None:
    """Ten thousand rows into a table of a thousand: all of them stand there, and the table ends with the last."""
    data = tracker(1000)
    new = append(data, *[{"Action ID": f"N-{n}", "Days": n} for n in range(10_000)])
    assert 'ref="A1:E11001"' in sheet_of(new, "xl/tables/table1.xml")
    assert by_calamine(new)["Actions"]["A11001"] == "N-9999"
