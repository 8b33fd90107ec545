"""Rows: appending to a table, and replacing what a generated table holds.

An appended row goes into the first blank rows inside the table (a row is blank when all its cells that are no
formulas are), then below its last. Calculated columns are filled with their formula, never with a value: a
value given for one is kept as the formula's stored answer. What stands below the table and would be written
over is a refusal; a totals row moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.cells import SheetEdit
from cvsb_xl.xlsx.fitting import LETTER, LINE, PADDING, text_height
from cvsb_xl.xlsx.formulas import formula_element, formula_in, formula_text
from cvsb_xl.xlsx.refs import MAX_ROW, Box, cell_ref, changed_ranges, moved_formula, stays_when_moved
from cvsb_xl.xlsx.row_maker import RowMaker
from cvsb_xl.xlsx.scan import Cell, Row
from cvsb_xl.xlsx.styles import Styles
from cvsb_xl.xlsx.tables import Table, Texts, covering
from cvsb_xl.xlsx.values_out import CellValue
from cvsb_xl.xlsx.write import Write

_OF_ONE_ROW = ("r", "hidden", "collapsed", "ph")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where rows are written: the sheet's edit, its table, and what else stands on the sheet."""

    edit: SheetEdit
    table: Table
    texts: Texts
    styles: Styles
    others: Sequence[Box]  # other tables, and merged cells


def append_rows(ground: Ground, rows: Sequence[Mapping[str, CellValue]]) -> Table:
    """Write rows into a table; returns the table as it then stands."""
    table, edit = ground.table, ground.edit
    named = _by_column(ground, rows)
    free = _blank_rows(ground, len(rows))
    grown = len(rows) - len(free)
    new_last = table.last + grown
    formulas = _formulas(ground, new_last)
    template = _cells_at(ground, table.last)
    plain = {column: _plain_style(ground, cell) for column, cell in template.items()}
    attributes = _row_attributes(ground, edit.sheet.row(table.last))
    widths = edit.sheet.column_widths()
    if free and table.first == table.last:
        _clear(ground)  # the one blank row of an empty table is made anew, as tall as what comes into it
    if grown:
        _make_room(ground, new_last)
    targets = free + list(range(table.last + 1, new_last + 1))
    maker = RowMaker(edit, table.box, ground.styles, plain, formulas)
    for number, values in zip(targets, named, strict=True):
        if edit.is_free(number):
            maker.put(number, _fitted(attributes, values, widths), values)
            continue
        is_new = number > table.last
        there = {} if is_new else _cells_at(ground, number)
        if is_new or edit.sheet.row(number) is None:
            edit.new_row(number, _fitted(attributes, values, widths))
        for column in range(table.box.left, table.box.right + 1):
            cell = there.get(column)
            style = cell.style if cell else plain.get(column)
            _write_cell(ground, number, column, values, style=style, formula=formulas.get(column), there=cell)
    return table.resized(new_last)


def replace_rows(ground: Ground, rows: Sequence[Mapping[str, CellValue]]) -> Table:
    """Give a table these rows and no others; returns the table as it then stands (one blank row at least)."""
    table, edit = ground.table, ground.edit
    named = _by_column(ground, rows) or [{}]
    new_last = table.first + len(named) - 1
    formulas = _formulas(ground, new_last)
    template = _cells_at(ground, table.first)
    plain = {column: _plain_style(ground, cell) for column, cell in template.items()}
    attributes = _row_attributes(ground, edit.sheet.row(table.first))
    widths = edit.sheet.column_widths()
    if new_last > table.last:
        _make_room(ground, new_last)
    _clear(ground)
    edit.inherit = lambda _row, _column: (
        None
    )  # the rows above are going too: only columns say what a blank is
    if new_last < table.last:
        _move_totals(ground, new_last - table.last)
    maker = RowMaker(edit, table.box, ground.styles, plain, formulas)
    for number, values in enumerate(named, table.first):
        if edit.is_free(number):
            maker.put(number, _fitted(attributes, values, widths), values)
            continue
        edit.new_row(number, _fitted(attributes, values, widths))
        for column in range(table.box.left, table.box.right + 1):
            style = plain.get(column)
            _write_cell(ground, number, column, values, style=style, formula=formulas.get(column), there=None)
    return table.resized(new_last)


def _by_column(ground: Ground, rows: Sequence[Mapping[str, CellValue]]) -> list[dict[int, CellValue]]:
    headings = set().union(*rows)
    columns = {heading: ground.table.column(heading, ground.edit.sheet.name) for heading in headings}
    return [{columns[heading]: value for heading, value in row.items()} for row in rows]


def _write_cell(
    ground: Ground,
    number: int,
    column: int,
    values: Mapping[int, CellValue],
    *,
    style: int | None,
    formula: tuple[str, int] | None,
    there: Cell | None,
) -> None:
    sheet = ground.edit.sheet
    kept = formula_in(sheet, there) if there is not None else None
    element = kept or (_filled(sheet.prefix, *formula, number) if formula else None)
    if element is not None:
        if kept is None or column in values:
            ground.edit.write(number, column, Write(values.get(column), style, element))
    elif column in values or there is None:
        ground.edit.write(number, column, Write(values.get(column), style))


def _filled(prefix: bytes, text: str, at: int, row: int) -> bytes:
    return formula_element(prefix, text if stays_when_moved(text) else moved_formula(text, row - at, 0))


def _plain_style(ground: Ground, cell: Cell | None) -> int | None:
    """The format a new row takes from the row it is modelled on; that row's quote marks are its own."""
    return None if cell is None else ground.styles.unquoted(cell.style)


def _cells_at(ground: Ground, number: int) -> dict[int, Cell]:
    box = ground.table.box
    row = ground.edit.sheet.row(number)
    cells = ground.edit.sheet.cells(row) if row else []
    return {cell.column: cell for cell in cells if box.left <= cell.column <= box.right}


def _blank_rows(ground: Ground, most: int) -> list[int]:
    """Up to `most` rows of the table in which nothing stands, from the top."""
    table, sheet = ground.table, ground.edit.sheet
    used = sheet.rows_that_begin_with_a_number(table.box.left, table.box.right)
    used |= {
        row.number
        for row in sheet.rows_between(table.first, table.last, but=used)
        if not _is_blank(ground, row)
    }
    blank: list[int] = []
    for number in range(table.first, table.last + 1):
        if len(blank) == most:
            break
        if number not in used and not ground.edit.has_writes(number, table.box.left, table.box.right):
            blank.append(number)
    return blank


def _is_blank(ground: Ground, row: Row) -> bool:
    sheet, box = ground.edit.sheet, ground.table.box
    return all(
        not box.left <= cell.column <= box.right
        or formula_in(sheet, cell) is not None
        or ground.texts.blank(sheet, cell)
        for cell in sheet.each_cell(row)
    )


def _formulas(ground: Ground, new_last: int) -> dict[int, tuple[str, int]]:
    """By column, the formula that fills it and the row that formula is written for."""
    table, name = ground.table, ground.edit.sheet.name
    change = covering(table, table.resized(new_last))
    return {
        column: (changed_ranges(text, name, name, change), row)
        for column, (text, row) in _formulas_now(ground).items()
    }


def _formulas_now(ground: Ground) -> dict[int, tuple[str, int]]:
    table = ground.table
    near = {number: _cells_at(ground, number) for number in {table.last, table.first}}
    found: dict[int, tuple[str, int]] = {}
    for at, column in enumerate(table.columns, table.box.left):
        if column.formula and stays_when_moved(column.formula):
            found[at] = (column.formula, table.first)
            continue
        for number in (table.last, table.first):
            cell = near[number].get(at)
            if cell is None or formula_in(ground.edit.sheet, cell) is None:
                continue
            text = formula_text(ground.edit.sheet, cell, number)
            if text is None:
                raise UnsupportedWorkbook(
                    f'The column "{column.name}" on the sheet {ground.edit.sheet.name} is filled by an array formula '
                    f"({cell_ref(number, at)}), which cannot be copied to new rows. Write it as a plain formula."
                )
            found[at] = (text, number)
            break
        else:
            if column.formula:
                found[at] = (column.formula, table.first)
    return found


def _row_attributes(ground: Ground, above: Row | None) -> dict[str, str]:
    if above is None:
        return {}
    have = ground.edit.sheet.row_attributes(above)
    if have.get("customHeight") not in ("1", "true"):
        have.pop("ht", None)  # a height that followed from the old row's text
    return {name: value for name, value in have.items() if name not in _OF_ONE_ROW}


def _fitted(
    attributes: dict[str, str], values: Mapping[int, CellValue], widths: Mapping[int, float]
) -> dict[str, str]:
    """Add the height that long texts need, unless a person set the row's height. Excel fits such a row anew when it is edited."""
    if "ht" in attributes or not widths:
        return attributes
    texts = [
        (value, widths[column] - PADDING)
        for column, value in values.items()
        if isinstance(value, str)
        and column in widths
        and (len(value) * LETTER > widths[column] or "\n" in value)
    ]
    height = text_height(texts)
    return {**attributes, "ht": f"{height:g}"} if height > 3 + LINE else attributes


def _make_room(ground: Ground, new_last: int) -> None:
    """See that nothing stands where the table will grow, and move its totals row."""
    table, edit = ground.table, ground.edit
    name = edit.sheet.name
    end = new_last + table.totals_rows
    if end > MAX_ROW:
        raise UnsupportedWorkbook(f"The table on the sheet {name} would not fit on the sheet.")
    room = Box(table.box.bottom + 1, table.box.left, end, table.box.right)
    for row in edit.sheet.rows_between(room.top, room.bottom):
        for cell in edit.sheet.cells(row):
            blank = formula_in(edit.sheet, cell) is None and ground.texts.blank(edit.sheet, cell)
            if (row.number, cell.column) in room and not blank:
                raise UnsupportedWorkbook(
                    f"Something stands below the table on the sheet {name}, in {cell_ref(row.number, cell.column)}, "
                    "where its new rows would go. Move it beside the table or to another sheet."
                )
    for other in ground.others:
        if other.meets(room):
            raise UnsupportedWorkbook(
                f"Another table, merged cells or an array formula ({other}) stand below the table on the sheet {name}, "
                "where its new rows would go. Move them beside the table or to another sheet."
            )
    _move_totals(ground, new_last - table.last)


def _move_totals(ground: Ground, by: int) -> None:
    table, edit = ground.table, ground.edit
    if not table.totals_rows:
        return
    change = covering(table, table.resized(table.last + by))
    moved: list[tuple[int, int, Write]] = []
    for number in range(table.last + 1, table.box.bottom + 1):
        row = edit.sheet.row(number)
        if row is not None:
            edit.new_row(number + by, _row_attributes(ground, row))
        for column, cell in _cells_at(ground, number).items():
            have = {name: value for name, value in cell.attributes.items() if name != "r"}
            inner = edit.sheet.inner(cell)
            old = formula_in(edit.sheet, cell)
            if old is not None:
                text = formula_text(edit.sheet, cell, number)
                if text is None:
                    raise UnsupportedWorkbook(
                        f"The totals row of the table on the sheet {edit.sheet.name} holds an array formula "
                        f"({cell_ref(number, column)}) that cannot be moved."
                    )
                text = changed_ranges(text, edit.sheet.name, edit.sheet.name, change)
                inner = inner.replace(old, formula_element(edit.sheet.prefix, text))
            moved.append((number + by, column, Write(raw=(have, inner))))
            edit.erase(number, column)
    for number, column, write in moved:
        edit.write(number, column, write)


def _clear(ground: Ground) -> None:
    table, edit = ground.table, ground.edit
    for row in edit.sheet.rows_between(table.first, table.last):
        cells = edit.sheet.cells(row)
        beside = [cell for cell in cells if not table.box.left <= cell.column <= table.box.right]
        if beside:
            for cell in cells:
                if cell not in beside:
                    edit.erase(row.number, cell.column)
        else:
            edit.drop_rows([row.number])
