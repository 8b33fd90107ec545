"""A page to look at as data: what it says, and how its figures are counted. Verbs make it; outputs/ writes it down.

Nothing here knows of HTML. Every figure is a Count over Facts, so a page that is filtered counts again by the same rule
as it was written by, and the rules of the framework are applied once, by the verb.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from cvsb_xl.framework.schema import Language


@dataclass(frozen=True, slots=True)
class Place:
    """To what a thing belongs, for the filters. None: the filter does not apply to it (a return has no review).

    Attributes:
        review: its review's id; blank for a thing that could have one and has none.
        agencies: codes of the agencies that own a part of it.
        areas: the areas it is for; "Both" is Cardiff and the Vale of Glamorgan.
    """

    review: str | None = None
    agencies: tuple[str, ...] | None = None
    areas: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that can be counted.

    Attributes:
        kind: "action", "review", "recommendation", "return", "acknowledgement" or "escalation".
        marks: what is true of it, such as "open", "status:In progress", "due in 30".
    """

    kind: str
    marks: frozenset[str]
    place: Place


@dataclass(frozen=True, slots=True)
class Count:
    """The facts of a kind that carry all these marks; of one review where `review` is given."""

    kind: str
    marks: tuple[str, ...] = ()
    review: str | None = None


Cell = str | Count


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its words.

    Attributes:
        wants_attention: anything above nought is something to look at.
        see: the id of the table that lists what is counted; blank for none.
    """

    label: str
    count: Count
    wants_attention: bool = False
    see: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures side by side."""

    title: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar for each series, and the words they stand beside."""

    label: str
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars, and the table of their figures.

    Attributes:
        id: unique on the page.
        heading: the heading above the bars' labels.
        series: what each bar of a label counts.
    """

    id: str
    title: str
    heading: str
    series: tuple[str, ...]
    bars: tuple[Bar, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading.

    Attributes:
        kind: "text" is sentences, "name" a few words; "state" is a word of a list, which may be shown as a label; "number"
            stands on the right.
        language: the heading's own language.
    """

    title: str
    kind: Literal["text", "name", "id", "state", "number", "date"] = "text"
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a listing: as many cells as columns; the first names it."""

    cells: tuple[Cell, ...]
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of rows.

    Attributes:
        id: unique on the page.
        nothing: what is said instead of a table without rows.
        total: how many rows there are in the tracker, where the page shows fewer.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    nothing: str
    note: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One row in full: each field's heading and what it holds."""

    title: str
    states: tuple[str, ...]
    fields: tuple[tuple[Column, str], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Cards:
    """Rows in full, one below the other."""

    id: str
    title: str
    cards: tuple[Card, ...]
    nothing: str
    note: str = ""


Block = Tiles | Chart | Listing | Cards


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page under a heading of its own."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    note: str = ""


@dataclass(frozen=True)
class Page:
    """The whole page.

    Attributes:
        readers: who may read it, in a sentence.
        agency: the name of the agency it was made for; blank for the full page.
        reviews, agencies: what the filters offer, as (id or code, name).
        areas: what the filter by area offers.
    """

    title: str
    board: str
    marking: str
    as_at: date
    made_at: datetime
    readers: str
    agency: str
    parts: tuple[Part, ...]
    facts: tuple[Fact, ...]
    reviews: tuple[tuple[str, str], ...]
    agencies: tuple[tuple[str, str], ...]
    areas: tuple[str, ...]

    @cached_property
    def tally(self) -> Mapping[Fact, int]:
        """Facts that are alike, and how many there are of each."""
        return Counter(self.facts)

    def value(self, count: Count) -> int:
        """Return a count over all facts."""
        wanted = set(count.marks)
        return sum(
            number
            for fact, number in self._of_kind.get(count.kind, ())
            if wanted <= fact.marks and (count.review is None or fact.place.review == count.review)
        )

    @cached_property
    def _of_kind(self) -> Mapping[str, list[tuple[Fact, int]]]:
        found: dict[str, list[tuple[Fact, int]]] = {}
        for fact, number in self.tally.items():
            found.setdefault(fact.kind, []).append((fact, number))
        return found

    def blocks(self) -> Iterator[Block]:
        """Yield every block, in order."""
        for part in self.parts:
            yield from part.blocks

    def texts(self) -> Iterable[str]:
        """Yield every word cell of every table and card, for those who look for a word."""
        for block in self.blocks():
            match block:
                case Listing():
                    yield from (cell for line in block.lines for cell in line.cells if isinstance(cell, str))
                case Cards():
                    for card in block.cards:
                        yield card.title
                        yield from (text for _, text in card.fields)
                case Tiles() | Chart():
                    pass


@dataclass(frozen=True, slots=True)
class Filters:
    """What a page is narrowed to; blank for all.

    Attributes:
        review: an id of the page's reviews. agency: a code of its agencies. area: one of its areas.
    """

    review: str = ""
    agency: str = ""
    area: str = ""

    def fit(self, place: Place) -> bool:
        """Tell whether a thing is shown. A filter leaves alone what it does not apply to."""
        return (
            (not self.review or place.review is None or place.review == self.review)
            and (not self.agency or place.agencies is None or self.agency in place.agencies)
            and (not self.area or place.areas is None or self.area in place.areas)
        )


def narrowed(page: Page, filters: Filters) -> Page:
    """Return the page with the rows and figures that fit; what the filters offer stays whole."""
    if filters == Filters():
        return page
    parts = tuple(
        replace(part, blocks=tuple(_narrowed(block, filters) for block in part.blocks)) for part in page.parts
    )
    return replace(page, parts=parts, facts=tuple(fact for fact in page.facts if filters.fit(fact.place)))


def _narrowed(block: Block, filters: Filters) -> Block:
    match block:
        case Listing():
            lines = tuple(line for line in block.lines if filters.fit(line.place))
            nothing = block.nothing if not block.lines else "No row fits the filters."
            return replace(block, lines=lines, nothing=nothing)
        case Cards():
            cards = tuple(card for card in block.cards if filters.fit(card.place))
            return replace(
                block, cards=cards, nothing=block.nothing if not block.cards else "No row fits the filters."
            )
    return block
