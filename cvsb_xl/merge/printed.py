"""The words that an agency sheet is printed with (its titles, steps, headings, Overview), to tell what people typed among them.

The hidden sheet carries a digest of each, unsigned: nothing hangs on it but what the Review Manager is told to look at.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cvsb_xl.merge.sheet import REVIEWED_BY, REVIEWED_ON
from cvsb_xl.tracker.dates import AmbiguousDate, read_date
from cvsb_xl.tracker.locate import heading_key
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import RawValue, as_text, normalise

_NAME = "printed"
_DIGEST, _PART = 8, 3_000
"""Characters of a digest; digests in one cell, which holds 32,767 characters."""
_COUNTS = re.compile(r"\d+( of \d+ answered| filled in)?")
"""What the first sheet counts by formulas; a program that saves no formulas leaves their results."""


def carried_words(words: Iterable[str]) -> dict[str, str]:
    """Return what the hidden sheet carries of these words, name -> value."""
    digests = sorted({_digest(word) for word in words})
    parts = [digests[at : at + _PART] for at in range(0, len(digests), _PART)]
    return {f"{_NAME}-{number}": "".join(part) for number, part in enumerate(parts, 1)}


class Printed:
    """The words a returned file was issued with; none are known of a file that has lost its hidden sheet."""

    def __init__(self, carrier: Mapping[str, str]) -> None:
        self._digests = {
            text[at : at + _DIGEST]
            for name, text in carrier.items()
            if name.startswith(f"{_NAME}-")
            for at in range(0, len(text), _DIGEST)
        }

    def __bool__(self) -> bool:
        return bool(self._digests)

    def typed(self, grid: Sequence[Sequence[RawValue]]) -> Iterator[tuple[str, RawValue]]:
        """Yield (address, value) of each cell that was neither printed nor asked for, such as "C4"; `grid` begins at A1."""
        for number, row in enumerate(grid, 1):
            label = heading_key(row[0]) if row else ""
            for column, value in enumerate(row, 1):
                if normalise(value) is None or _digest(as_text(value)) in self._digests:
                    continue
                if column == 2 and (_asked_for(label, value) or _COUNTS.fullmatch(as_text(value))):
                    continue
                yield f"{column_letters(column)}{number}", value


def _asked_for(label: str, value: RawValue) -> bool:
    """Tell whether a cell holds the name or the day that its label asks for."""
    if label == heading_key(REVIEWED_BY):
        return True
    if label != heading_key(REVIEWED_ON):
        return False
    try:
        return not isinstance(value, str) or read_date(value) is not None
    except AmbiguousDate:
        return False


def _digest(text: str) -> str:
    words = " ".join(text.split()).casefold()
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:_DIGEST]
