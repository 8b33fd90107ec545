"""A page's figures, pictures, tables and cards as HTML: what a file and the service's pages have in common."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files

from cvsb_xl.books.style import TONE_OF_STATE, TONES, Tone
from cvsb_xl.outputs.html_chart import chart_svg
from cvsb_xl.outputs.html_index import Index
from cvsb_xl.outputs.printable import printable
from cvsb_xl.papers.page import Block, Card, Cards, Cell, Chart, Column, Listing, Page, Part, Tiles
from cvsb_xl.tracker.wording import counted

_TONES: dict[str, Tone] = {
    **TONE_OF_STATE,
    "Barrier": "caution",
    "Risk": "caution",
    "Received, not yet accepted": "waiting",
}


def text(value: str) -> str:
    """Return text for HTML, inside an element or a quoted attribute."""
    return escape(printable(value), quote=True)


def css_string(value: str) -> str:
    """Return a string for CSS: every character that is not plain is told by its number, so none can end it."""
    plain = "".join(
        char if char.isalnum() or char == " " else f"\\{ord(char):x} " for char in printable(value)
    )
    return f'"{plain}"'


def style_file(name: str) -> str:
    """Return one of this folder's files."""
    return files("cvsb_xl.outputs").joinpath(name).read_text(encoding="utf-8").strip()


def blocks_style() -> str:
    """Return the style of blocks, with the house's tones. It stands on custom properties: accent, pale, ink, quiet, line, ..."""
    tones = "".join(
        f".tone-{name}{{color:{look['font_color']};background:{look['bg_color']}}}"
        for name, look in TONES.items()
    )
    return f"{style_file('blocks.css')}\n{tones}"


def plain_style() -> str:
    """Return the style of blocks whose cells say their heading and kind themselves."""
    looks = "".join(f".blocks .c-{kind}{{{rule}}}" for kind, rule in COLUMN_LOOKS.items())
    labels = ".listing tbody>tr>[data-h]:before{content:attr(data-h)}.listing tbody .c-text{grid-column:1/-1}"
    wide, narrow = "@media print,(min-width:56.01rem)", "@media screen and (max-width:56rem)"
    return f"{blocks_style()}\n{wide}{{{looks}}}\n{narrow}{{{labels}}}\n"


class Blocks:
    """Writes the parts of one page.

    Args:
        index: gives the attributes by which a script counts and filters again.
        plain: cells say their column's heading and kind themselves, for a page whose style is the same for every page.
    """

    def __init__(self, page: Page, index: Index, *, plain: bool = False) -> None:
        self.page = page
        self.index = index
        self.plain = plain

    def part(self, part: Part) -> Iterator[str]:
        yield f'<section aria-labelledby="{part.id}"><h2 id="{part.id}">{text(part.title)}</h2>'
        if part.note:
            yield f'<p class="quiet">{text(part.note)}</p>'
        charts = [block for block in part.blocks if isinstance(block, Chart)]
        if charts:
            yield '<div class="charts">'
        for block in part.blocks:
            yield from self._block(block)
        if charts:
            yield "</div>"
        up = '<p class="up"><a href="#filters-and-parts">Back to the top</a></p>'
        yield f"{up}</section>" if any(isinstance(block, Listing) for block in part.blocks) else "</section>"

    def _block(self, block: Block) -> Iterator[str]:
        match block:
            case Tiles():
                yield from self._tiles(block)
            case Chart():
                yield from self._chart(block)
            case Listing():
                yield from self._listing(block)
            case Cards():
                yield from self._cards(block)

    def _tiles(self, block: Tiles) -> Iterator[str]:
        there = {item.id for item in self.page.blocks() if not isinstance(item, Tiles)}
        yield f'<h3>{text(block.title)}</h3><dl class="tiles">'
        for tile in block.tiles:
            value = self.page.value(tile.count)
            label = f'<a href="#{tile.see}">{text(tile.label)}</a>' if tile.see in there else text(tile.label)
            alert = ' data-alert="1"' if tile.wants_attention else ""
            look = ' class="look"' if tile.wants_attention and value else ""
            yield f"<div{look}{alert}><dt>{label}</dt><dd {self.index.count(tile.count)}>{value:,}</dd></div>"
        yield "</dl>"

    def _chart(self, block: Chart) -> Iterator[str]:
        wide = ' class="wide"' if len(block.bars) > _WIDE_FROM else ""
        yield f'<figure id="{block.id}"{wide}><figcaption><h3>{text(block.title)}</h3>'
        if block.note:
            yield f'<p class="quiet">{text(block.note)}</p>'
        yield '</figcaption><div class="pair">'
        yield chart_svg(block, self.page, self.index)
        heads = "".join(f'<th scope="col" class="number">{text(name)}</th>' for name in block.series)
        yield (
            f'<table class="figures"><caption class="unseen">{text(block.title)}: figures</caption>'
            f'<thead><tr><th scope="col">{text(block.heading)}</th>{heads}</tr></thead><tbody>'
        )
        for bar in block.bars:
            cells = "".join(
                f'<td class="number" {self.index.count(count)}>{self.page.value(count):,}</td>'
                for count in bar.counts
            )
            yield f'<tr><th scope="row">{text(bar.label)}</th>{cells}</tr>'
        yield "</tbody></table></div></figure>"

    def _listing(self, block: Listing) -> Iterator[str]:
        yield f'<div class="listing" id="{block.id}"><h3 id="{block.id}-title">{text(block.title)}</h3>'
        if block.note:
            yield f'<p class="quiet">{text(block.note)}</p>'
        if not block.lines:
            yield f'<p class="nothing">{text(block.nothing)}</p></div>'
            return
        if block.total is not None:
            yield (
                f'<p class="cut">The first {len(block.lines):,} of {block.total:,} rows. The figures above count all of them; '
                "the rest stand in the tracker.</p>"
            )
        rows = counted(len(block.lines), "row")
        yield f'<p class="shown" data-rows="{len(block.lines)}">{rows}</p>'
        heads = "".join(_head(column) for column in block.columns)
        yield (
            f'<table role="table" aria-labelledby="{block.id}-title"><thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
            '<tbody role="rowgroup">'
        )
        for line in block.lines:
            first, *rest = line.cells
            cells = "".join(
                self._cell(cell, column) for cell, column in zip(rest, block.columns[1:], strict=True)
            )
            name = self._inside(first, "id")
            yield (
                f'<tr role="row"{self.index.place(line.place)}><th role="rowheader" scope="row"{self._says(block.columns[0])}>'
                f"{name}</th>{cells}</tr>"
            )
        yield '</tbody></table><p class="nothing" hidden>No row fits the filters.</p></div>'

    def _cards(self, block: Cards) -> Iterator[str]:
        yield f'<div class="listing" id="{block.id}"><h3>{text(block.title)}</h3>'
        if block.note:
            yield f'<p class="quiet">{text(block.note)}</p>'
        if not block.cards:
            yield f'<p class="nothing">{text(block.nothing)}</p></div>'
            return
        rows = counted(len(block.cards), "row")
        yield f'<p class="shown" data-rows="{len(block.cards)}">{rows}</p>'
        for card in block.cards:
            yield self._card(card)
        yield '<p class="nothing" hidden>No row fits the filters.</p></div>'

    def _card(self, card: Card) -> str:
        states = " ".join(_state(word) for word in card.states)
        fields = "".join(
            f"<div><dt{_lang(column)}>{text(column.title)}</dt><dd>{_lines(value)}</dd></div>"
            for column, value in card.fields
            if value
        )
        blank = [
            f"<span{_lang(column)}>{text(column.title)}</span>" for column, value in card.fields if not value
        ]
        left = f'<p class="quiet">Blank: {", ".join(blank)}.</p>' if blank else ""
        return (
            f'<article class="card"{self.index.place(card.place)}><h4>{text(card.title)}</h4><p>{states}</p>'
            f"<dl>{fields}</dl>{left}</article>"
        )

    def _cell(self, cell: Cell, column: Column) -> str:
        says = self._says(column)
        if not isinstance(cell, str):
            return f'<td role="cell"{says} {self.index.count(cell)}>{self.page.value(cell):,}</td>'
        return f'<td role="cell"{says}>{self._inside(cell, column.kind)}</td>'

    def _says(self, column: Column) -> str:
        return f' class="c-{column.kind}" data-h="{text(column.title)}"' if self.plain else ""

    def _inside(self, cell: Cell, kind: str) -> str:
        if not isinstance(cell, str):
            return f"<span {self.index.count(cell)}>{self.page.value(cell):,}</span>"
        if not cell:
            return _BLANK
        return _state(cell) if kind == "state" else _lines(cell)


_WIDE_FROM = 8
"""A chart with more bars than this has a row of the page to itself."""

COLUMN_LOOKS = {
    "text": "overflow-wrap:anywhere;min-width:11rem",
    "number": "text-align:right;font-variant-numeric:tabular-nums",
    "date": "min-width:9rem",
    "id": "white-space:nowrap",
}
"""What cells of a kind of column look like."""

_BLANK = '<span class="blank">–</span>'


def _lines(value: str) -> str:
    return text(value).replace("\n", "<br>")


def _state(word: str) -> str:
    """Return a word of a list with its colour, where it has one; several words, one on each line."""
    if "\n" in word:
        return "<br>".join(map(_state, word.split("\n")))
    tone = _TONES.get(word)
    return f'<span class="state tone-{tone}">{text(word)}</span>' if tone else text(word)


def _lang(column: Column) -> str:
    return ' lang="cy"' if column.language == "cy" else ""


def _head(column: Column) -> str:
    return f'<th role="columnheader" scope="col"{_lang(column)}>{text(column.title)}</th>'
