"""What must grow when a table does (or shrink): everything that covers the table's rows follows its last row.

    the table's own range, its filter and sort range          table part
    validations, conditional formats, also the x14 ones        sheet, after its cells
    lists and conditions that name the range                   the same, in their formulas
    print area, filter and other defined names                 workbook part
    chart series, sparklines                                   chart parts, sheet
    a pivot table's source                                     pivot cache

Only what covered the whole column is changed, so a name for the first five rows stays one for five rows.
Validations and formats are also carried on where the last two rows share them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from cvsb_xl.xlsx.cells import SheetEdit
from cvsb_xl.xlsx.formulas import changed_families, formula_splice
from cvsb_xl.xlsx.markup import (
    Splice,
    attributes,
    element_end,
    escape_xml,
    masked,
    plain_text,
    splice,
    tag,
    utf8,
    with_attribute,
)
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import content_types
from cvsb_xl.xlsx.refs import Box, changed_ranges
from cvsb_xl.xlsx.scan import Sheet
from cvsb_xl.xlsx.tables import Table, covering

_WITH_SQREF = re.compile(
    rb"<((?:[A-Za-z_][\w.-]*:)?)(conditionalFormatting|dataValidation|ignoredError)"
    rb"(?=[\s/>])((?:[^>\"']++|\"[^\"]*\"|'[^']*')*+)>"
)
_FORMULA = re.compile(
    rb"<((?:[A-Za-z_][\w.-]*:)?)(f|formula|formula1|formula2|calculatedColumnFormula)"
    rb"(?=[\s>])((?:[^>\"'/]++|\"[^\"]*\"|'[^']*')*+)>"
)
_SQREF = tag(b"sqref", None)
_AUTO_FILTER = tag(b"autoFilter", None)
_SORT_STATE = tag(b"sortState", None)
_TABLE = tag(b"table", None)
_NAME = tag(b"definedName", None)
_SOURCE = tag(b"worksheetSource", None)
_CHART_TYPES = ("drawingml.chart+xml", "chartex+xml")


def grow(package: Package, workbook: str, edit: SheetEdit, *, old: Table, new: Table) -> None:
    """Make everything follow from `old` to `new`. The sheet's own changes go to `edit`."""
    if old.part:
        _table_part(package, old, new, edit.sheet.name)
    if old.box == new.box:
        return
    change = covering(old, new)
    edit.change_formulas(lambda formula: changed_ranges(formula, edit.sheet.name, edit.sheet.name, change))
    edit.splices += _sheet_tail(edit, old, new, change)
    _names(package, workbook, edit.sheet.name, change)
    for part, kind in content_types(package).items():
        if part in package and kind.endswith("worksheet+xml") and part != edit.part.casefold():
            _formulas_of_part(package, part, edit.sheet.name, change, single=False)
            _shared_formulas_of_part(package, part, edit.sheet.name, change)
        elif part in package and any(word in kind for word in _CHART_TYPES):
            _formulas_of_part(package, part, edit.sheet.name, change, single=True)
        elif part in package and "pivotCacheDefinition" in kind:
            _pivot_source(package, part, edit.sheet.name, change)


def names_sheet(data: bytes, sheet: str) -> bool:
    """Whether a part can hold a reference to a sheet at all: a quick look before a slow one."""
    name = escape_xml(sheet.replace("'", "''")).encode().lower()
    ends = tuple(name + quote for quote in (b"", b"'", b"&apos;", b"&#39;"))
    at = data.find(b"!")
    while at >= 0:
        if data[max(0, at - len(name) - 6) : at].lower().endswith(ends):
            return True
        at = data.find(b"!", at + 1)
    return False


def _table_part(package: Package, old: Table, new: Table, sheet: str) -> None:
    data = utf8(package.part(old.part), old.part)
    text = masked(data)
    splices: list[Splice] = []
    for pattern, box in (
        (_TABLE, new.box),
        (_AUTO_FILTER, replace(new.box, bottom=new.last)),
    ):
        match = pattern.search(text)
        if match:
            opened = with_attribute(data[match.start() : match.end()], "ref", f"{box}")
            splices.append((match.start(), match.end(), with_attribute(opened, "insertRow", None)))
    match = _SORT_STATE.search(text)
    box_sorted = Box.parse(attributes(match[2]).get("ref", "")) if match else None
    if match and box_sorted:
        opened = with_attribute(data[match.start() : match.end()], "ref", str(covering(old, new)(box_sorted)))
        splices.append((match.start(), match.end(), opened))
    splices += _changed_formulas(data, text, covering(old, new), sheet=sheet, home=sheet)
    package.replace(old.part, splice(data, splices))


def _sheet_tail(edit: SheetEdit, old: Table, new: Table, change: Callable[[Box], Box]) -> list[Splice]:
    sheet = edit.sheet
    text, data, start = sheet.text, sheet.data, sheet.data_end
    splices: list[Splice] = []
    for match in _WITH_SQREF.finditer(text, start):
        written = attributes(match[3]).get("sqref")
        if written is not None and (ranges := _stretched(written, old, new, change)) != written:
            opened = data[match.start() : match.end()]
            splices.append((match.start(), match.end(), with_attribute(opened, "sqref", ranges)))
    for match in _SQREF.finditer(text, start):
        close, _ = element_end(text, match, b"sqref")
        written = plain_text(data[match.end() : close])
        if (ranges := _stretched(written, old, new, change)) != written:
            splices.append((match.end(), close, ranges.encode()))
    for match in _AUTO_FILTER.finditer(text, start):
        box = Box.parse(attributes(match[2]).get("ref", ""))
        if box and change(box) != box:
            opened = data[match.start() : match.end()]
            splices.append((match.start(), match.end(), with_attribute(opened, "ref", str(change(box)))))
    return splices + list(
        _changed_formulas(data, text, change, sheet=sheet.name, start=start, home=sheet.name)
    )


def _stretched(sqref: str, old: Table, new: Table, change: Callable[[Box], Box]) -> str:
    """A list of ranges, each made to follow where it covers the column, or where the last two rows share it."""
    written = [(part, Box.parse(part)) for part in sqref.split()]
    boxes = [box for _, box in written if box is not None]
    out: list[str] = []
    for part, box in written:
        out.append(part if box is None else str(_follow(box, boxes, old, new, change)))
    extra = [str(box) for box in _partly_beside(boxes, old, new)]
    return " ".join(out + extra) if out != [part for part, _ in written] or extra else sqref


def _follow(box: Box, all_boxes: list[Box], old: Table, new: Table, change: Callable[[Box], Box]) -> Box:
    inside = old.box.left <= box.left and box.right <= old.box.right
    by = new.last - old.last
    if old.last < box.top and box.bottom <= old.box.bottom and inside:  # it is the totals row's
        return replace(box, top=box.top + by, bottom=box.bottom + by)
    if not inside:
        return change(box) if by < 0 else box
    changed = change(box)
    if changed != box or by < 0 or box.bottom != old.last:
        return changed
    shared = old.first == old.last or any((old.last - 1, box.left) in other for other in all_boxes)
    return replace(box, bottom=new.last) if shared else box


def _partly_beside(boxes: list[Box], old: Table, new: Table) -> Iterator[Box]:
    """For a range that reaches beyond the table sideways: the new rows, within the table only."""
    for box in boxes:
        beyond = box.left < old.box.left or box.right > old.box.right
        meets = box.left <= old.box.right and old.box.left <= box.right
        if beyond and meets and box.top <= old.first and old.last <= box.bottom < new.last:
            top = max(box.bottom, old.last) + 1
            yield Box(top, max(box.left, old.box.left), new.last, min(box.right, old.box.right))


def _changed_formulas(
    data: bytes,
    text: bytes,
    change: Callable[[Box], Box],
    *,
    sheet: str,
    start: int = 0,
    home: str = "",
    single: bool = False,
) -> Iterator[Splice]:
    for match in _FORMULA.finditer(text, start):
        close, _ = element_end(text, match, match[2])
        if not _may_change(data[match.end() : close], single) or b"shared" in match[3]:
            continue  # a shared formula stands for many cells: see changed_families
        written = plain_text(data[match.end() : close])
        new = changed_ranges(written, home, sheet, change, single_cells=single)
        if new != written:
            yield match.end(), close, escape_xml(new).encode()


def _may_change(formula: bytes, single: bool) -> bool:
    return single or b":" in formula


def _names(package: Package, workbook: str, sheet: str, change: Callable[[Box], Box]) -> None:
    data = utf8(package.part(workbook), workbook)
    text = masked(data)
    splices: list[Splice] = []
    for match in _NAME.finditer(text):
        close, _ = element_end(text, match, b"definedName")
        written = plain_text(data[match.end() : close])
        new = changed_ranges(written, "", sheet, change)
        if new != written:
            splices.append((match.end(), close, escape_xml(new).encode()))
    package.replace(workbook, splice(data, splices))


def _formulas_of_part(
    package: Package, part: str, sheet: str, change: Callable[[Box], Box], *, single: bool
) -> None:
    data = utf8(package.part(part), part)
    if not names_sheet(data, sheet):
        return
    splices = list(_changed_formulas(data, masked(data), change, sheet=sheet, single=single))
    if splices:
        package.replace(part, splice(data, splices))


def _shared_formulas_of_part(package: Package, part: str, sheet: str, change: Callable[[Box], Box]) -> None:
    data = utf8(package.part(part), part)
    if b"shared" not in data or not names_sheet(data, sheet):
        return
    other = Sheet(data, part)
    new = changed_families(other, lambda formula: changed_ranges(formula, "", sheet, change))
    splices = [formula_splice(other, *place, formula) for place, formula in new.items()]
    if splices:
        package.replace(part, splice(data, filter(None, splices)))


def _pivot_source(package: Package, part: str, sheet: str, change: Callable[[Box], Box]) -> None:
    data = utf8(package.part(part), part)
    match = _SOURCE.search(masked(data))
    have = attributes(match[2]) if match else {}
    box = Box.parse(have.get("ref", ""))
    if match and box and have.get("sheet", "").casefold() == sheet.casefold() and change(box) != box:
        opened = with_attribute(data[match.start() : match.end()], "ref", str(change(box)))
        package.replace(part, data[: match.start()] + opened + data[match.end() :])
