"""How tall a row should be for its wrapped texts: Excel fits rows when it opens a file, LibreOffice and previews do not."""

from __future__ import annotations

import math
from collections.abc import Iterable

LINE, TALLEST = 12.75, 409.0
"""Points: one line of the house size, and the tallest row there can be."""
LETTER = 0.86
"""Prose in a proportional face takes about so much of a digit's width a letter; breaking at words gives some of it back."""


def text_height(texts: Iterable[tuple[str, float]]) -> float:
    """Return the height in points that wrapped texts need, each given with its column's width in characters."""
    return min(3 + LINE * max((lines(text, width) for text, width in texts), default=1), TALLEST)


def lines(text: str, width: float) -> int:
    """Return how many lines a wrapped text takes in a column of that width in characters."""
    if len(text) * LETTER <= width and "\n" not in text:
        return 1
    return sum(max(1, math.ceil(len(part) * LETTER / max(width, 1))) for part in text.split("\n"))
