"""A page as one HTML file that asks nothing of the network: style, script and figures stand inside it.

Nothing but this page's own style and script can run: the Content-Security-Policy names them by their hash, and forbids all
else, so a cell that holds markup stays text twice over. Without the script every table is there; with it, filters count again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence

from cvsb_xl.books.style import ACCENT, ACCENT_PALE, COMPUTED_FILL, FONT, INK, LINE, QUIET, TONES
from cvsb_xl.outputs.html_blocks import COLUMN_LOOKS, Blocks, blocks_style, css_string, style_file, text
from cvsb_xl.outputs.html_index import Index
from cvsb_xl.papers.page import Listing, Page
from cvsb_xl.tracker.wording import day_in_words


def html_bytes(page: Page) -> bytes:
    """Return the page as UTF-8."""
    return "\n".join(_Writer(page).document()).encode("utf-8", errors="replace") + b"\n"


def _hash(source: str) -> str:
    return (
        "'sha256-"
        + base64.b64encode(hashlib.sha256(source.encode("utf-8", errors="replace")).digest()).decode()
        + "'"
    )


class _Writer:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.index = Index(page)
        self.blocks = Blocks(page, self.index)

    def document(self) -> Iterator[str]:
        page = self.page
        style, script = self._style(), style_file("page.js")
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
        marking = css_string(self.page.marking)
        foot = css_string(f"As at {day_in_words(self.page.as_at)}. Page ")
        return (
            f":root{{{root}font-family:{FONT},'Liberation Sans',sans-serif}}\n{style_file('page.css')}\n{blocks_style()}\n@media print,(min-width:56.01rem){{{columns}}}\n"
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
                    labels.append(f"{place}:before{{content:{css_string(column.title)}}}")
        rules = (f"{','.join(looks[kind])}{{{rule}}}" for kind, rule in COLUMN_LOOKS.items() if kind in looks)
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
        yield '<main id="main" class="blocks">'
        yield from self._filters()
        for part in page.parts:
            yield from self.blocks.part(part)
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
