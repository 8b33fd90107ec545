"""Putting a `WorkbookChange` into a package: sheet by sheet, then what the whole workbook must know."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import chain

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.cells import SheetEdit
from cvsb_xl.xlsx.change import WorkbookChange
from cvsb_xl.xlsx.check import check_part
from cvsb_xl.xlsx.formulas import array_ranges, check_not_in_array, dissolved, formula_in
from cvsb_xl.xlsx.grow import grow
from cvsb_xl.xlsx.headings import rename_heading
from cvsb_xl.xlsx.links import replace_links
from cvsb_xl.xlsx.markup import utf8
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import (
    SheetEntry,
    add_part,
    drop_part,
    find_sheet,
    relationships,
    sheets,
    workbook_part,
)
from cvsb_xl.xlsx.properties import set_modified
from cvsb_xl.xlsx.refs import Box, cell_ref, parse_cell
from cvsb_xl.xlsx.rows import Ground, append_rows, replace_rows
from cvsb_xl.xlsx.scan import Sheet
from cvsb_xl.xlsx.styles import MINIMAL, Styles
from cvsb_xl.xlsx.tables import Table, Texts, find_table, tables_of
from cvsb_xl.xlsx.values_out import CellValue
from cvsb_xl.xlsx.workbook import ask_to_recalculate, counts_from_1904, set_visibility
from cvsb_xl.xlsx.write import Write


def apply_change(package: Package, change: WorkbookChange) -> bool:
    """Change the package's parts; False where there was nothing to do.

    Raises:
        UnsupportedWorkbook: with the reason in words; the package is then not to be used.
    """
    job = _Job(package, change)
    listed = sheets(package, job.workbook)
    for name in job.sheets_named():
        job.sheet(find_sheet(listed, name))
    job.finish()
    if change.visibility:
        set_visibility(package, job.workbook, change.visibility)
    if change.modified:
        set_modified(package, change.modified)
    replaced = package.replaced()
    for name, content in replaced.items():
        if name not in job.checked:
            check_part(content, name)
    return bool(replaced)


class _Job:
    """One change to one package."""

    def __init__(self, package: Package, change: WorkbookChange) -> None:
        self.package = package
        self._change = change
        self._cells_of = _by_sheet(change.cells)
        self._answers_of = _by_sheet(change.answers)
        self.workbook = workbook_part(package)
        self.changed = False
        self._formulas_changed = False
        self.checked: set[str] = set()
        self._texts = Texts(package, self.workbook)

    @cached_property
    def _date1904(self) -> bool:
        return counts_from_1904(self.package, self.workbook)

    @cached_property
    def _styles(self) -> Styles:
        part = self._styles_part
        return Styles(utf8(self.package.part(part), part) if part else MINIMAL)

    @cached_property
    def _styles_part(self) -> str:
        rels = relationships(self.package, self.workbook)
        part = next((rel.target for rel in rels if rel.kind == "styles"), "")
        return part if part in self.package else ""

    def sheets_named(self) -> list[str]:
        """The sheets that change."""
        names = [
            *(
                rows.sheet for rows in self._change.appends if rows.rows
            ),  # the largest first: see Package.replace
            *(rows.sheet for rows in self._change.replaces),
            *{sheet: None for sheet, _ in self._change.cells},
            *{sheet: None for sheet, _ in self._change.answers},
        ]
        return list({name.casefold(): name for name in names}.values())

    def sheet(self, entry: SheetEntry) -> None:
        """Everything the change asks of one sheet."""
        key = entry.name.casefold()
        sheet = Sheet(utf8(self.package.part(entry.part), entry.part), entry.name)
        edit = SheetEdit(sheet, entry.part, lambda: self._styles, date1904=self._date1904)
        tables = tables_of(self.package, entry)
        cells = self._cells_of.get(key, {})
        edit.inherit = _Above(sheet, tables, {place[0] for place in map(parse_cell, cells) if place})
        arrays = array_ranges(sheet)
        self._cells(edit, tables, arrays, cells)
        self._answers(edit, self._answers_of.get(key, {}))
        self._rows(entry, edit, tables, arrays)
        if not edit.changed:
            return
        self._keep_formulas_whole(edit)
        self.package.replace(entry.part, edit.to_bytes())
        self.checked.add(entry.part)
        self.changed = True

    def _cells(
        self, edit: SheetEdit, tables: list[Table], arrays: list[Box], cells: Mapping[str, CellValue]
    ) -> None:
        merges = edit.sheet.merges() if cells else []
        for ref, value in cells.items():
            name = edit.sheet.name
            place = parse_cell(ref)
            if place is None:
                raise UnsupportedWorkbook(f'"{ref}" is not the address of a cell on the sheet {name}.')
            check_not_in_array(arrays, name, *place)
            for box in merges:
                if place in box and place != (box.top, box.left):
                    anchor = cell_ref(box.top, box.left)
                    raise UnsupportedWorkbook(
                        f"{name}!{ref} lies under the merged cells {box}. Write to {anchor}."
                    )
            for table in tables:
                if place not in table.box:
                    continue
                if place[0] < table.first:
                    rename_heading(self.package, name, table, place, value)
                if place[0] > table.last:
                    raise UnsupportedWorkbook(
                        f"{name}!{ref} is in the totals row of a table, which Excel looks after."
                    )
            edit.write(*place, Write(value))

    def _answers(self, edit: SheetEdit, answers: Mapping[str, CellValue]) -> None:
        for ref, value in answers.items():
            place = parse_cell(ref)
            cell = edit.sheet.cell(*place) if place else None
            formula = formula_in(edit.sheet, cell) if cell else None
            if place is None or formula is None:
                raise UnsupportedWorkbook(
                    f"{edit.sheet.name}!{ref} holds no formula whose answer could be stored."
                )
            edit.write(*place, Write(value, formula=formula))

    def _rows(
        self,
        entry: SheetEntry,
        edit: SheetEdit,
        tables: list[Table],
        arrays: list[Box],
    ) -> None:
        change = self._change
        key = entry.name.casefold()
        appended = [row for one in change.appends if one.sheet.casefold() == key for row in one.rows]
        replaced = [one for one in change.replaces if one.sheet.casefold() == key]
        if len(replaced) > 1:
            raise UnsupportedWorkbook(
                f"The rows of the sheet {entry.name} are to be replaced twice in one go."
            )
        if not appended and not replaced:
            return
        rows = [*(replaced[0].rows if replaced else ()), *appended]
        headings = list(dict.fromkeys(chain.from_iterable(rows)))
        table = find_table(self.package, entry, edit.sheet, headings, self._texts)
        others = [other.box for other in tables if other.box != table.box] + edit.sheet.merges() + arrays
        ground = Ground(edit, table, self._texts, self._styles, others)
        if replaced:
            new = replace_rows(ground, rows)
            replace_links(edit, table, new, replaced[0].links)
        else:
            new = append_rows(ground, rows)
        grow(self.package, self.workbook, edit, old=table, new=new)
        self.changed = True

    def _keep_formulas_whole(self, edit: SheetEdit) -> None:
        gone = edit.formulas_replaced()
        if gone or edit.has_new_formulas():
            self._formulas_changed = True
        for place, formula in dissolved(edit.sheet, gone).items():
            if edit.written(*place) is None:
                edit.write_formula_only(*place, formula)

    def finish(self) -> None:
        """What follows from the sheets' changes for the workbook as a whole."""
        if "_styles" in self.__dict__ and self._styles.to_bytes() != self._styles.original:
            new = self._styles.to_bytes()
            if self._styles_part:
                self.package.replace(self._styles_part, new)
            else:
                add_part(self.package, self.workbook, "styles", new)
        if not self.changed:
            return
        ask_to_recalculate(self.package, self.workbook)
        if self._formulas_changed:
            # Excel writes it anew; one that lists a cell without a formula makes Excel offer a repair.
            drop_part(self.package, self.workbook, "calcChain")


class _Above:
    """The format a new cell of a table takes: that of the nearest cell above it that the table has."""

    def __init__(self, sheet: Sheet, tables: Iterable[Table], rows: set[int]) -> None:
        """`rows` are those being written: new ones directly below a table count as its own."""
        self._sheet = sheet
        self._reach: list[tuple[Table, Box]] = []
        for table in tables:
            last = table.last
            while not table.totals_rows and last + 1 in rows and sheet.row(last + 1) is None:
                last += 1
            self._reach.append((table, replace(table.data, bottom=last)))

    def __call__(self, row: int, column: int) -> int | None:
        for table, reach in self._reach:
            if (row, column) in reach and row > table.first:
                above = next((n for n in range(row - 1, table.first - 1, -1) if self._sheet.row(n)), row)
                cell = self._sheet.cell(above, column)
                return cell.style if cell else None
        return None


def _by_sheet(cells: Mapping[tuple[str, str], CellValue]) -> dict[str, dict[str, CellValue]]:
    """Cells by the folded name of their sheet, then by address."""
    found: dict[str, dict[str, CellValue]] = {}
    folded: dict[str, dict[str, CellValue]] = {}  # by the name as written
    for (sheet, ref), value in cells.items():
        there = folded.get(sheet)
        if there is None:
            there = folded[sheet] = found.setdefault(sheet.casefold(), {})
        there[ref] = value
    return found
