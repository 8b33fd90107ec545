"""A Word paper as data: what it says, in order. Verbs make it; outputs/ writes it down.

Nothing here knows of Word, fonts or pictures, so what a paper says can be tested as plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is a section of the paper, level 2 a part of a section."""

    text: str
    level: Literal[1, 2] = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph.

    Attributes:
        start: words in bold before the text, such as an action's id.
        kind: "body"; "note", smaller, for how something was counted; "notice", boxed, for what nobody may overlook.
    """

    text: str
    start: str = ""
    kind: Literal["body", "note", "notice"] = "body"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; each item may start with words in bold."""

    items: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table with one heading row, which is repeated on each page.

    Attributes:
        title: the caption above it.
        summary: what it shows, for those who cannot see it.
        widths: the columns' shares of the page's width.
        rows: text cells, as many as headings; a line feed starts a new line in the cell. The first cell names its row.
    """

    title: str
    summary: str
    headings: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of every bar: its name, and its count in each bar, in the bars' order."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StackedBars:
    """Horizontal bars, each made of segments; counts are whole things, such as actions.

    Attributes:
        unit: what is counted, in the plural.
    """

    bars: tuple[str, ...]
    segments: tuple[Segment, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture of a chart.

    Attributes:
        title: the caption above it.
        alt: everything the picture says, in words.
    """

    title: str
    alt: str
    chart: StackedBars


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows starts on a new page, such as an annex."""


Block = Heading | Paragraph | Bullets | TableBlock | Figure | PageBreak


@dataclass(frozen=True)
class Paper:
    """A paper for a meeting.

    Attributes:
        facts: (label, value) pairs below the title.
        marking: the protective marking, on each page; blank for none.
        as_at: the day whose position the paper tells.
        made_at: when it was written (aware).
        draft: it says so on each page.
        language: an IETF tag, such as "en-GB".
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    board: str
    marking: str
    as_at: date
    made_at: datetime
    blocks: tuple[Block, ...]
    draft: bool = False
    language: str = "en-GB"


def numbered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Return the blocks with "Table 1: ", "Figure 1: " before the titles of tables and figures, counted in order."""
    found: list[Block] = []
    tables = figures = 0
    for block in blocks:
        if isinstance(block, TableBlock):
            tables += 1
            found.append(replace(block, title=f"Table {tables}: {block.title}"))
        elif isinstance(block, Figure):
            figures += 1
            found.append(replace(block, title=f"Figure {figures}: {block.title}"))
        else:
            found.append(block)
    return tuple(found)


def plain_text(paper: Paper) -> str:
    """Return all that the paper says, one line for each paragraph, item and table row."""
    return "\n".join(_lines(paper))


def _lines(paper: Paper) -> Iterator[str]:
    yield paper.title
    yield paper.subtitle
    for label, value in paper.facts:
        yield f"{label}: {value}"
    for block in paper.blocks:
        match block:
            case Heading():
                yield block.text
            case Paragraph():
                yield _paragraph(block)
            case Bullets():
                yield from (_paragraph(item) for item in block.items)
            case TableBlock():
                yield block.title
                yield " | ".join(block.headings)
                yield from (" | ".join(row).replace("\n", "; ") for row in block.rows)
            case Figure():
                yield block.title
                yield block.alt
            case PageBreak():
                pass


def _paragraph(paragraph: Paragraph) -> str:
    return f"{paragraph.start} {paragraph.text}".strip()
