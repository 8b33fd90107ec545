"""What people leave on a sheet beside the values of cells: merged cells, and notes and comments pinned to them."""

from __future__ import annotations

from dataclasses import dataclass

from cvsb_xl.xlsx.markup import attribute, masked, plain_text, tag, utf8
from cvsb_xl.xlsx.merged import Area, areas_of
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import relationships

MOST, LONGEST_NOTE = 200, 1_000
"""So many merged areas and notes of a sheet are read, and so many characters of a note: enough to point at them."""
_LONGEST_READ = 50_000
# Excel writes a threaded comment a second time, as a note for older versions that says to get a newer Excel.
_KINDS = {"threadedComment": b"threadedComment", "comments": b"comment"}


@dataclass(frozen=True, slots=True)
class Asides:
    """One sheet's.

    Attributes:
        merged: the merged areas.
        notes: (cell, words) of each note or comment; several on one cell are one thread.
    """

    merged: tuple[Area, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


def asides_of(package: Package, part: str, content: bytes) -> Asides:
    """Return what stands beside the values of a sheet, given its part's name and its content, comments masked."""
    merged = tuple(areas_of(content)) if b"mergeCell" in content else ()
    return Asides(merged[:MOST], tuple(_notes(package, part).items())[:MOST])


def _notes(package: Package, sheet: str) -> dict[str, str]:
    notes: dict[str, str] = {}
    related = relationships(package, sheet)
    for kind, element in _KINDS.items():
        found: dict[str, str] = {}
        for rel in related:
            if rel.kind == kind and rel.target in package:
                data = masked(utf8(package.part(rel.target), rel.target))
                for opened in tag(element, None).finditer(data):
                    end = data.find(b"</" + opened[1] + element + b">", opened.end())
                    if end < 0:
                        break
                    words = plain_text(data[opened.end() : min(end, opened.end() + _LONGEST_READ)])
                    cell = attribute(opened[2], "ref") or ""
                    if cell and words.strip():
                        found[cell] = f"{found[cell]} / {words.strip()}" if cell in found else words.strip()
        for cell, words in found.items():
            notes.setdefault(cell, words[:LONGEST_NOTE])
    return notes
