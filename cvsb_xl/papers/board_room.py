"""How much of each kind the first pages of the Board's report hold: two pages, however much there is to tell.

A board member reads two pages in five minutes. Where there is more, fewer of each kind stand there, in fewer words, and the
annex has them all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cvsb_xl.papers.paper import Block, Bullets, Figure, Heading, Paragraph

_CHARACTERS, _TWO_PAGES = 98, 100
"""Characters on a line of the house style, and the lines of two of its pages, less some to spare for long words and a wider typeface."""


@dataclass(frozen=True, slots=True)
class Room:
    """So many of a kind, each text of so many characters.

    Attributes:
        is_tight: texts are cut shorter than their readers would want, so the annex has them whole.
    """

    most: int
    longest: int
    is_tight: bool = True

    def rest_in(self, place: str) -> str:
        """Say where the rest of a shortened text stands."""
        return "the annex" if self.is_tight else place


ROOMS = (Room(8, 300, is_tight=False), Room(8, 160), Room(6, 120), Room(4, 100), Room(3, 80))
"""From the roomiest."""


def fitting(front: Callable[[Room], Iterable[Block]]) -> tuple[list[Block], Room]:
    """Return the first pages with as much as two pages hold, and how much that is."""
    for room in ROOMS:
        blocks = list(front(room))
        if sum(map(_lines, blocks)) <= _TWO_PAGES:
            break
    return blocks, room


def _lines(block: Block) -> float:
    match block:
        case Heading():
            return 2.3
        case Paragraph():
            return _wrapped(block.start + block.text) + 0.5
        case Bullets():
            return sum(_wrapped(item.start + item.text) + 0.2 for item in block.items)
        case Figure():
            return 6 + 1.25 * len(block.chart.bars)
        case _:
            return 1


def _wrapped(text: str) -> int:
    return max(1, math.ceil(len(text) / _CHARACTERS))
