"""Charts as PNG pictures, the same bytes for the same figures, told apart without colour."""

from __future__ import annotations

import io
import textwrap

from cvsb_xl.books.style import ACCENT, INK
from cvsb_xl.papers.paper import StackedBars

WIDTH_INCHES = 6.69  # the width of the text on an A4 page with margins of 2 cm
DPI = 200
_LABEL_CHARACTERS = 42
_DIGIT, _EDGE = 0.02, 0.015
"""What a digit and the edges of a number take, as parts of the longest bar: a number that does not fit would lie on its neighbour."""
_FACES = ((ACCENT, ""), ("#A9C3CB", "////"), ("#DDE6E9", "...."), ("#FFFFFF", ""), ("#FFFFFF", "xxxx"))
"""(fill, hatch) in the order of the segments: from dark to light, and no two with one pattern."""


def stacked_bars(chart: StackedBars) -> bytes:
    """Draw horizontal stacked bars as a PNG of WIDTH_INCHES at DPI.

    Each segment carries its count where that fits, each bar its total; a legend names the segments that are there, in order.
    The typeface comes with matplotlib, so the picture does not hang on what is installed.
    """
    # pyplot keeps global state and looks for a display; a Figure of its own does neither.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
    from matplotlib.ticker import MaxNLocator

    labels = [textwrap.fill(name, _LABEL_CHARACTERS) for name in chart.bars]
    lines = sum(label.count("\n") + 1 for label in labels)
    height = 0.7 + 0.14 * lines + 0.08 * len(labels)
    figure = Figure(figsize=(WIDTH_INCHES, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    places = range(len(labels))
    totals = [sum(segment.counts[place] for segment in chart.segments) for place in places]
    longest = max(totals, default=0) or 1
    starts = [0] * len(labels)
    legend = []
    for segment, (fill, hatch) in zip(chart.segments, _FACES, strict=True):
        if not any(segment.counts):
            continue
        axes.barh(
            places,
            segment.counts,
            left=starts,
            height=0.68,
            color=fill,
            hatch=hatch,
            edgecolor=INK,
            linewidth=0.7,
        )
        legend.append(Patch(facecolor=fill, hatch=hatch, edgecolor=INK, linewidth=0.7, label=segment.name))
        for place, count in enumerate(segment.counts):
            words = f"{count:,}"
            if count >= longest * (_DIGIT * len(words) + _EDGE):
                axes.text(
                    starts[place] + count / 2, place, words, ha="center", va="center", fontsize=8, color=INK,
                    bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"},
                )  # fmt: skip
        starts = [start + count for start, count in zip(starts, segment.counts, strict=True)]
    for place, total in enumerate(totals):
        axes.text(total + longest * 0.015, place, f"{total:,} in all", va="center", fontsize=8, color=INK)
    axes.set_xlim(0, longest * 1.13)
    axes.set_yticks(list(places), labels, fontsize=8, color=INK)
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.tick_params(axis="x", labelsize=8, colors=INK)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"Number of {chart.unit}", fontsize=8, color=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(
        handles=legend, loc="outside upper left", ncols=5, frameon=False, fontsize=8, handlelength=1.8, handleheight=1.0, columnspacing=1.2,
    )  # fmt: skip
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()
