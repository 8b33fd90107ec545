"""A page as one HTML file that asks nothing of the network: style, script and figures stand inside it.

Nothing but this page's own style and script can run: the Content-Security-Policy names them by their hash, and forbids all
else, so a cell that holds markup stays text twice over. Without the script every table is there; with it, filters count again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files

from cvsb_xl.outputs.html_chart import chart_svg
from cvsb_xl.outputs.html_index import Index
from cvsb_xl.outputs.printable import printable
from cvsb_xl.tracker.wording import counted, day_in_words
from cvsb_xl.verbs.page import Block, Card, Cards, Cell, Chart, Column, Listing, Page, Part, Tiles
from cvsb_xl.xlsx.style import (
    ACCENT,
    ACCENT_PALE,
    COMPUTED_FILL,
    FONT,
    INK,
    LINE,
    QUIET,
    TONE_OF_STATE,
    TONES,
    Tone,
)

_TONES: dict[str, Tone] = {**TONE_OF_STATE, "Barrier": "caution", "Risk": "caution"}


def html_bytes(page: Page) -> bytes:
    """Return the page as UTF-8."""
    return "\n".join(_Writer(page).document()).encode("utf-8", errors="replace") + b"\n"


def text(value: str) -> str:
    """Return text for HTML, inside an element or a quoted attribute."""
    return escape(printable(value), quote=True)


def _hash(source: str) -> str:
    return (
        "'sha256-"
        + base64.b64encode(hashlib.sha256(source.encode("utf-8", errors="replace")).digest()).decode()
        + "'"
    )


def _css_string(value: str) -> str:
    """Return a string for CSS: every character that is not plain is told by its number, so none can end it."""
    plain = "".join(
        char if char.isalnum() or char == " " else f"\\{ord(char):x} " for char in printable(value)
    )
    return f'"{plain}"'


class _Writer:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.index = Index(page)

    def document(self) -> Iterator[str]:
        page = self.page
        style, script = self._style(), _file("page.js")
        body = [*self._body()]
        policy = (
            f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        )
        yield '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">'
        yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">'
        of = f" - {text(page.agency)}" if page.agency else ""
        yield f"<title>{text(page.title)}{of} - as at {day_in_words(page.as_at)}</title>"
        yield '<link rel="icon" href="data:,">'
        yield f"<style>{style}</style>\n</head>\n<body>"
        yield from body
        yield f'<script type="application/json" id="facts">{_json(self.index.data())}</script>'
        yield f"<script>{script}</script>\n</body>\n</html>"

    def _style(self) -> str:
        tones = "".join(
            f".tone-{name}{{color:{look['font_color']};background:{look['bg_color']}}}"
            for name, look in TONES.items()
        )
        colours = {
            "accent": ACCENT,
            "pale": ACCENT_PALE,
            "ink": INK,
            "quiet": QUIET,
            "line": LINE,
            "ground": COMPUTED_FILL,
            "alert": str(TONES["alert"]["font_color"]),
        }
        root = "".join(f"--{name}:{value};" for name, value in colours.items())
        columns, labels = self._columns()
        marking = _css_string(self.page.marking)
        foot = _css_string(f"As at {day_in_words(self.page.as_at)}. Page ")
        return (
            f":root{{{root}font-family:{FONT},'Liberation Sans',sans-serif}}\n{_file('page.css')}\n{tones}\n@media print,(min-width:56.01rem){{{columns}}}\n"
            f"@media screen and (max-width:56rem){{{labels}}}\n"
            f"@page{{@top-center{{content:{marking};font:bold 9pt {FONT}}}"
            f'@bottom-right{{content:{foot} counter(page) " of " counter(pages);font:8pt {FONT}}}}}'
        )

    def _columns(self) -> tuple[str, str]:
        """Return what each column looks like, and its heading above each cell where a narrow page has no heading row.

        Said once for a column in the style instead of in every cell, which halves a long page.
        """
        looks: dict[str, list[str]] = {}
        labels = []
        for block in self.page.blocks():
            if isinstance(block, Listing):
                for number, column in enumerate(block.columns, 1):
                    looks.setdefault(column.kind, []).append(f"#{block.id} tr>:nth-child({number})")
                    place = f"#{block.id} tbody>tr>:nth-child({number})"
                    labels.append(f"{place}:before{{content:{_css_string(column.title)}}}")
        rules = (f"{','.join(looks[kind])}{{{rule}}}" for kind, rule in _COLUMNS.items() if kind in looks)
        wide = ",".join(looks.get("text", ()))
        return "".join(rules), "".join(labels) + (f"{wide}{{grid-column:1/-1}}" if wide else "")

    def _body(self) -> Iterator[str]:
        page = self.page
        marking = f'<p class="marking">{text(page.marking)}</p>' if page.marking else ""
        yield '<a class="skip" href="#main">Skip to the figures</a>'
        yield f'<header>{marking}<p class="board">{text(page.board)}</p><h1>{text(page.title)}</h1>'
        if page.agency:
            yield f'<p class="for">For {text(page.agency)}</p>'
        made = page.made_at
        yield (
            f'<p class="asat">As at <time datetime="{page.as_at.isoformat()}">{day_in_words(page.as_at)}</time></p>'
            f'<p class="quiet">Made from the tracker on {day_in_words(made.date())} at {made:%H:%M}. It does not change by itself.</p>'
            f'<p class="readers">{text(page.readers)}</p>'
        )
        links = "".join(f'<li><a href="#{part.id}">{text(part.title)}</a></li>' for part in page.parts)
        yield f'<nav id="filters-and-parts" aria-label="Parts of this page" tabindex="-1"><ul>{links}</ul></nav></header>'
        yield '<main id="main">'
        yield from self._filters()
        for part in page.parts:
            yield from self._part(part)
        yield f"</main>\n<footer>{marking}<p>{text(page.board)}. As at {day_in_words(page.as_at)}.</p></footer>"

    def _filters(self) -> Iterator[str]:
        page = self.page
        yield '<form id="filters" aria-label="Filters" hidden><div class="fields">'
        named = [
            (f"{key}, {title}" if title != key and not title.startswith(key) else title)
            for key, title in page.reviews
        ]
        yield _select("review", "Review", "All reviews", named)
        yield _select("agency", "Agency", "All agencies", [name for _, name in page.agencies])
        yield _select("area", "Area", "All areas", page.areas)
        yield '<button type="button" id="show-all">Show all</button></div>'
        yield (
            '<p id="told" role="status"></p><p class="quiet">Filters apply to the figures, pictures and tables of this page as '
            "far as they fit: a return has no review, a review no area. An agency is shown with the actions it leads or has a "
            "part in; actions for both areas count for each.</p></form>"
        )
        yield '<p id="no-script" class="quiet">Filters need JavaScript. Without it, every row is shown.</p>'

    def _part(self, part: Part) -> Iterator[str]:
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
                self._cell(cell, column.kind) for cell, column in zip(rest, block.columns[1:], strict=True)
            )
            name = self._inside(first, "id")
            yield f'<tr role="row"{self.index.place(line.place)}><th role="rowheader" scope="row">{name}</th>{cells}</tr>'
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

    def _cell(self, cell: Cell, kind: str) -> str:
        if not isinstance(cell, str):
            return f'<td role="cell" {self.index.count(cell)}>{self.page.value(cell):,}</td>'
        return f'<td role="cell">{self._inside(cell, kind)}</td>'

    def _inside(self, cell: Cell, kind: str) -> str:
        if not isinstance(cell, str):
            return f"<span {self.index.count(cell)}>{self.page.value(cell):,}</span>"
        if not cell:
            return _BLANK
        return _state(cell) if kind == "state" else _lines(cell)


_WIDE_FROM = 8
"""A chart with more bars than this has a row of the page to itself."""

_COLUMNS = {
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


def _select(name: str, label: str, everything: str, options: Sequence[str]) -> str:
    inside = "".join(
        f'<option value="{number}">{text(option)}</option>' for number, option in enumerate(options)
    )
    return (
        f'<div><label for="by-{name}">{label}</label><select id="by-{name}" name="{name}">'
        f'<option value="">{everything}</option>{inside}</select></div>'
    )


def _json(value: object) -> str:
    """Return JSON that can stand in a script element: nothing in it can end the element or start a comment."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _file(name: str) -> str:
    return files("cvsb_xl.outputs").joinpath(name).read_text(encoding="utf-8").strip()
