"""Bars as inline SVG. The first series is filled, the second hatched, each with its number: readable in black and white."""

from __future__ import annotations

import textwrap
from html import escape

from cvsb_xl.books.style import ACCENT, INK, QUIET, TONES
from cvsb_xl.outputs.html_index import Index
from cvsb_xl.outputs.printable import printable
from cvsb_xl.papers.page import Chart, Page

_WIDTH, _LABELS, _ROOM = 380, 142, 34
_BAR, _GAP, _TOP = 14, 9, 4
_LINE, _OF_TWO = 22, 20
"""Characters of a label that fit on its one line; beside two bars it may have two, of words of any width."""
_ALERT = str(TONES["alert"]["font_color"])


def chart_svg(chart: Chart, page: Page, index: Index) -> str:
    """Return the chart; what it says in words stands in the table beside it, to which its description points."""
    values = [[page.value(count) for count in bar.counts] for bar in chart.bars]
    scale = (_WIDTH - _LABELS - _ROOM) / max(1, *(number for row in values for number in row))
    step = _BAR * len(chart.series) + _GAP
    legend = 24 if len(chart.series) > 1 else 0
    height = _TOP + legend + step * len(chart.bars)
    key = chart.id
    # Red is for what is late alone: a second series that is not so is hatched in the colour of the first.
    hatch = _ALERT if "Overdue" in chart.series else ACCENT
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="{key}-t {key}-d" font-size="12.5" fill="{INK}">',
        f'<title id="{key}-t">{_text(chart.title)}</title>',
        f'<desc id="{key}-d">Bar chart. The table beside it holds the same figures.</desc>',
        f'<defs><pattern id="{key}-h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="5" height="5" fill="#FFFFFF"/><rect width="2.2" height="5" fill="{hatch}"/></pattern></defs>',
    ]
    looks = (f'fill="{ACCENT}"', f'fill="url(#{key}-h)" stroke="{hatch}"')
    if legend:
        x = _LABELS
        for name, look in zip(chart.series, looks, strict=True):
            parts.append(
                f'<rect x="{x}" y="{_TOP}" width="12" height="12" {look}/><text x="{x + 18}" y="{_TOP + 11}">{_text(name)}</text>'
            )
            x += 36 + 7 * len(name)
    parts.append(f'<line x1="{_LABELS}" x2="{_LABELS}" y1="{_TOP + legend}" y2="{height}" stroke="{QUIET}"/>')
    for number, (bar, row) in enumerate(zip(chart.bars, values, strict=True)):
        top = _TOP + legend + number * step + _GAP / 2
        middle = top + _BAR * len(row) / 2 + 4
        parts += _label(bar.label, middle, len(row))
        for place, (count, value, look) in enumerate(zip(bar.counts, row, looks, strict=False)):
            y = top + place * _BAR
            said = index.count(count)
            parts.append(
                f'<rect x="{_LABELS}" y="{y:g}" width="{value * scale:.1f}" height="{_BAR - 2}" {look} {said} data-w="{scale:.4f}"/>'
            )
            parts.append(
                f'<text x="{_LABELS + value * scale + 5:.1f}" y="{y + 10:g}" {said} data-x="{_LABELS + 5}" data-w="{scale:.4f}">{value:,}</text>'
            )
    return "".join([*parts, "</svg>"])


def _label(label: str, middle: float, lines: int) -> list[str]:
    told = textwrap.wrap(
        label, _LINE if lines == 1 else _OF_TWO, max_lines=lines, placeholder="…", break_long_words=True
    ) or [""]
    first = middle - 7 * (len(told) - 1)
    return [
        f'<text x="{_LABELS - 8}" y="{first + 14 * number:g}" text-anchor="end">{_text(line)}</text>'
        for number, line in enumerate(told)
    ]


def _text(value: str) -> str:
    return escape(printable(value), quote=True)
