"""What people leave on a sheet beside the values of cells: merged cells, notes and comments pinned to them, text boxes over them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from cvsb_xl.xlsx.markup import attribute, masked, plain_text, tag, unescape_xml, utf8
from cvsb_xl.xlsx.merged import Area, areas_of
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.parts import Relationship, relationships
from cvsb_xl.xlsx.refs import column_letters

MOST, LONGEST_NOTE = 200, 1_000
"""So many merged areas and notes of a sheet are read, and so many characters of a note: enough to point at them."""
_LONGEST_READ = 50_000
_ANCHOR = re.compile(rb"<(?:[\w.-]+:)?(?:twoCell|oneCell|absolute)Anchor\b")
_COL, _ROW = (re.compile(rb"<(?:[\w.-]+:)?%s>(\d{1,7})<" % name) for name in (b"col", b"row"))
_PARAGRAPH_END = re.compile(rb"</(?:[\w.-]+:)?p>")
_WORDS = re.compile(rb"<(?:[\w.-]+:)?t(?:\s[^<>]*)?>([^<]+)<")
# Excel writes a threaded comment a second time, as a note for older versions that says to get a newer Excel.
_KINDS = {"threadedComment": b"threadedComment", "comments": b"comment"}


@dataclass(frozen=True, slots=True)
class Asides:
    """One sheet's.

    Attributes:
        merged: the merged areas.
        notes: (cell, words) of each note or comment; several on one cell are one thread.
        boxes: (cell it begins in, words) of each text box, picture and chart; "" of one without words.
    """

    merged: tuple[Area, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    boxes: tuple[tuple[str, str], ...] = ()


def asides_of(package: Package, part: str, content: bytes) -> Asides:
    """Return what stands beside the values of a sheet, given its part's name and its content, comments masked."""
    merged = tuple(areas_of(content)) if b"mergeCell" in content else ()
    related = relationships(package, part)
    notes = tuple(_notes(package, related).items())[:MOST]
    return Asides(merged[:MOST], notes, tuple(islice(_boxes(package, related), MOST)))


def _boxes(package: Package, related: Iterable[Relationship]) -> Iterator[tuple[str, str]]:
    for rel in related:
        if rel.kind != "drawing" or rel.target not in package:
            continue
        data = masked(utf8(package.part(rel.target), rel.target))
        starts = [found.start() for found in _ANCHOR.finditer(data)]
        for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
            drawn = data[start : min(end, start + _LONGEST_READ)]
            column, row = (
                int(found[1]) if found else 0 for found in (_COL.search(drawn), _ROW.search(drawn))
            )
            lines = ("".join(map(_said, _WORDS.findall(part))) for part in _PARAGRAPH_END.split(drawn))
            yield f"{column_letters(column + 1)}{row + 1}", " ".join(" ".join(lines).split())[:LONGEST_NOTE]


def _said(words: bytes) -> str:
    return unescape_xml(words.decode("utf-8", "replace"))


def _notes(package: Package, related: Sequence[Relationship]) -> dict[str, str]:
    notes: dict[str, str] = {}
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
