"""How tall a row should be for its wrapped texts: Excel fits rows when it opens a file, LibreOffice and previews do not."""

from __future__ import annotations

from collections.abc import Iterable

LINE, TALLEST = 12.75, 409.0
"""Points: one line of the house size, and the tallest row there can be."""
LETTER = 0.86
"""Prose takes less than so much of a digit's width a letter: a shorter text need not be measured."""
PADDING = 0.71
"""What Excel adds to a width that a person sets when it writes it into the file: five pixels for the cell's margins."""
_USABLE = 0.98
"""Of a width: on a screen LibreOffice draws letters a little wider than on paper. Excel fits each row itself."""
_BOLD = 1.12
"""Over a word of some length, such as "Actions" or "Recommendations", bold Arial is wider by no more than so much."""
_DIGIT = 556
"""Thousandths of the type's size, as are the widths below: Arial's, from the font's own table of advances."""
_NARROW = {222: "'ijl", 278: " !,./:;I[\\]ft|", 333: "()-`r{}", 389: "*", 355: '"'}
_WIDE = {500: "Jcksvxyz", 584: "+<=>~", 611: "FTZ", 667: "&ABEKPSVXY", 722: "CDHNRUw", 778: "GOQ", 833: "Mm", 889: "%", 944: "W", 1015: "@"}  # fmt: skip
_WIDTHS = bytearray([_DIGIT // 4] * 256)  # a quarter, so that the widest letter is one byte
for _width, _letters in (*_NARROW.items(), *_WIDE.items()):
    for _letter in _letters:
        _WIDTHS[ord(_letter)] = round(_width / 4)
_WIDEST = max(_WIDTHS)


def text_height(texts: Iterable[tuple[str, float]]) -> float:
    """Return the height in points that wrapped texts need, each given with its column's width in characters."""
    return min(3 + LINE * max((lines(text, width) for text, width in texts), default=1), TALLEST)


def lines(text: str, width: float, *, bold: bool = False) -> int:
    """Return how many lines a text takes, wrapped at its words, in a column of that width in characters."""
    room = max(width, 1) * _USABLE * _DIGIT / 4 / (_BOLD if bold else 1)
    if "\n" in text:
        return sum(_lines(part, room) for part in text.split("\n"))
    return 1 if len(text) * _WIDEST <= room else _lines(text, room)


def digits(text: str, *, bold: bool = False) -> float:
    """Return how wide a text is, in digits of its own size."""
    return _length(text) * 4 / _DIGIT * (_BOLD if bold else 1)


def _lines(text: str, room: float) -> int:
    if _length(text) <= room:
        return 1
    count, used = 1, 0
    blank = _WIDTHS[ord(" ")]
    for word in text.split(" "):
        length = _length(word)
        if used and used + length > room:
            count, used = count + 1, 0
        if length > room:  # a word that fits on no line is broken
            more = int(length // room)
            count, length = count + more, int(length - more * room)
        used += length + blank
    return count


def _length(text: str) -> int:
    return sum(text.encode("latin-1", "replace").translate(_WIDTHS))
