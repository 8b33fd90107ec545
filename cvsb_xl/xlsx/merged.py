"""Which cells of each sheet are merged: only the first cell of an area holds its value."""

from __future__ import annotations

from cvsb_xl.xlsx.markup import attribute, masked, tag, utf8
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import relationships, sheets
from cvsb_xl.xlsx.refs import Box

_MERGE = tag(b"mergeCell", None)

Area = tuple[int, int, int, int]
"""First row, first column, last row, last column, counted from 1."""


def merged_areas(data: bytes) -> dict[str, list[Area]]:
    """Return the merged areas of each worksheet, by the sheet's name.

    Raises:
        UnsupportedWorkbook: when the file is no workbook; read_book says so first, in words.
    """
    package = Package(data)
    workbook = next(rel.target for rel in relationships(package, "") if rel.kind == "officeDocument")
    return {
        entry.name: areas_of(masked(utf8(package.part(entry.part), entry.part)))
        for entry in sheets(package, workbook)
        if entry.kind == "worksheet"
    }


def areas_of(sheet: bytes) -> list[Area]:
    """Return the merged areas in a sheet's part."""
    areas = []
    for found in _MERGE.finditer(sheet):
        box = Box.parse(attribute(found[2], "ref") or "")
        if box:
            areas.append((box.top, box.left, box.bottom, box.right))
    return areas
