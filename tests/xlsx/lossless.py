"""Comparing a workbook before and after an edit: part by part, and cell by cell with two other readers."""

import io
import re
import warnings
import zipfile
from typing import Any

import openpyxl
import python_calamine
from lxml import etree

from cvsb_xl.xlsx.refs import cell_ref

MAY_CHANGE = re.compile(
    r"(^\[content_types\]\.xml|(^|/)workbook\.xml|(^|/)workbook\.xml\.rels|(^|/)styles\.xml)$", re.IGNORECASE
)


def entries(data: bytes) -> dict[str, tuple[Any, bytes]]:
    """Each zip entry's description and its raw packed bytes, in order."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            at = info.header_offset
            name, extra = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (26, 28))
            start = at + 30 + name + extra
            kept = (
                info.date_time,
                info.compress_type,
                info.comment,
                info.external_attr,
                info.CRC,
                info.file_size,
            )
            found[info.filename] = (kept, data[start : start + info.compress_size])
    return found


def parts(data: bytes) -> dict[str, bytes]:
    """Each part's content."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def changed_parts(before: bytes, after: bytes) -> list[str]:
    """Names of parts that are not there any more, are new, or whose raw bytes, stamps or comments differ."""
    old, new = entries(before), entries(after)
    assert [name for name in old if name in new] == [name for name in new if name in old], (
        "the order of parts changed"
    )
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


def without_cells(part: bytes, gone: set[str]) -> bytes:
    """A sheet in canonical form without some cells, rows left empty by that, and what may follow from an edit.

    Members of shared formulas lose their <f> too: overwriting a master gives each its own.
    """
    root = etree.fromstring(part, etree.XMLParser(remove_blank_text=False, huge_tree=True))
    for data in root.findall("{*}sheetData"):
        number = 0
        for row in list(data.findall("{*}row")):
            number = int(row.get("r", number + 1))
            _without_cells_of(row, number, gone)
            if len(row) == 0 and not (row.text or "").strip() and set(row.attrib) <= {"r"}:
                _detach(row)
        if len(data) == 0:
            data.text = None
        else:
            data[-1].tail = None
    for dimension in root.findall("{*}dimension"):
        _detach(dimension)
    return etree.tostring(root, method="c14n")


def _without_cells_of(row: etree._Element, number: int, gone: set[str]) -> None:
    column = 0
    for cell in list(row.findall("{*}c")):
        ref = cell.get("r") or cell_ref(number, column + 1)
        cell.set("r", ref)
        column = _column(ref)
        if ref.upper() in gone:
            _detach(cell)
        elif (formula := cell.find("{*}f")) is not None and (
            formula.get("t") == "shared" or not formula.attrib
        ):
            cell.remove(formula)
        cell.tail = cell.tail if (cell.tail or "").strip() else None
    row.set("r", str(number))
    row.attrib.pop("spans", None)


def _column(ref: str) -> int:
    number = 0
    for letter in ref.upper():
        if letter.isalpha():
            number = number * 26 + ord(letter) - 64
    return number


def _detach(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def by_calamine(data: bytes) -> dict[str, dict[str, Any]]:
    """Every cell that holds something, by sheet and address; a sheet calamine cannot read is left out."""
    found: dict[str, dict[str, Any]] = {}
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in book.sheet_names:
        try:
            sheet = book.get_sheet_by_name(name)
            end = sheet.end or (0, 0)
            if end[0] * end[1] > 5_000_000:
                continue
            rows = sheet.to_python(skip_empty_area=False)
        except Exception:
            continue
        found[name] = {
            cell_ref(r, c): value
            for r, row in enumerate(rows, 1)
            for c, value in enumerate(row, 1)
            if value != ""
        }
    return found


def by_openpyxl(data: bytes) -> dict[str, dict[str, Any]]:
    """The same by openpyxl, formulas as formulas; empty where it cannot load the workbook."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data))
    return {
        sheet.title: {
            cell.coordinate: _comparable(cell.value)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in book.worksheets
    }


def _comparable(value: Any) -> Any:
    if hasattr(value, "text") and hasattr(value, "ref"):  # array formulas are objects without equality
        return ("array", value.ref, value.text)
    return value if isinstance(value, (str, int, float, bool)) else repr(getattr(value, "__dict__", value))
