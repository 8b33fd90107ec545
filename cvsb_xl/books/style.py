"""The house style: one typeface, one accent colour, and what each kind of cell looks like.

Arial stands on every Windows, Mac and Chromebook, and its twin Liberation Sans on Linux, so columns are as wide for
the reader as they were for us. Colour never says anything alone: computed cells are italic under an italic heading on a pale
ground, tones come with their word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

FONT = "Arial"
SIZE = 10
ACCENT = "#17505F"  # on white, and white on it: contrast 8.9 to 1
ACCENT_PALE = "#E3EEF1"
INK = "#1A1A1A"
QUIET = "#4A4A4A"
LINE = "#B9C4C8"
COMPUTED_FILL = "#F1F3F4"
AGENCY_FILL = "#FFF8E5"
WHITE = "#FFFFFF"
MARK = "#C0281F"
MARK_FILL = "#FFF1EF"

DATE = "dd/mm/yyyy"
DATETIME = "dd/mm/yyyy hh:mm"
TEXT = 49  # Excel's own format "@"
"""Typed into such a cell, "3.140" stays 3.140 and "- staff trained" is no formula."""

Role = Literal[
    "title",
    "lead",
    "link",
    "note",
    "heading",
    "heading_computed",
    "section",
    "input",
    "key",
    "computed",
    "agency",
    "link_record",
    "marking",
    "owner",
    "answer",
    "record",
    "strong",
    "label",
    "count",
    "column",
    "column_right",
    "lead_right",
    "tile",
    "figure",
    "banner",
    "text",
    "beside",
    "beside_strong",
    "marked",
]
Kind = Literal["text", "date", "datetime", "integer", "general"]
Place = tuple[int, int]
"""(row, column), both counted from 0 as XlsxWriter does."""
Tone = Literal["alert", "caution", "waiting", "good", "quiet"]

# Without "none" the fonts would be tied to the theme, and Excel would show the theme's typeface instead of ours.
_BASE: Mapping[str, Any] = {"font_name": FONT, "font_size": SIZE, "font_scheme": "none", "font_color": INK}

_ROLES: Mapping[str, Mapping[str, Any]] = {
    "title": {"font_size": 18, "bold": True, "font_color": ACCENT, "valign": "vcenter"},
    "section": {"font_size": 13, "bold": True, "font_color": ACCENT, "valign": "vcenter"},
    "lead": {"font_color": QUIET, "valign": "vcenter"},
    "note": {"font_color": QUIET, "text_wrap": True, "valign": "top"},
    "text": {"text_wrap": True, "valign": "top"},
    "beside": {"text_wrap": True, "align": "left", "valign": "top", "indent": 1},
    "beside_strong": {"bold": True, "align": "left", "valign": "top", "indent": 1},
    "strong": {"bold": True, "text_wrap": True, "valign": "top"},
    "link": {"font_color": ACCENT, "underline": 1, "valign": "top"},
    # Headings stand at the top: the filter's button sits at the bottom right.
    "heading": {"bold": True, "font_color": WHITE, "bg_color": ACCENT, "text_wrap": True, "valign": "top", "border": 1,
                "border_color": LINE},
    "heading_computed": {"bold": True, "italic": True, "font_color": ACCENT, "bg_color": ACCENT_PALE, "text_wrap": True,
                         "valign": "top", "border": 1, "border_color": LINE},
    "banner": {"bold": True, "font_color": ACCENT, "bg_color": ACCENT_PALE, "valign": "vcenter", "top": 2,
               "top_color": ACCENT},
    "input": {"text_wrap": True, "valign": "top", "border": 1, "border_color": LINE},
    "key": {"bold": True, "font_color": ACCENT, "valign": "top", "border": 1, "border_color": LINE},
    "agency": {"text_wrap": True, "valign": "top", "border": 1, "border_color": LINE, "bg_color": AGENCY_FILL},
    "computed": {"text_wrap": True, "italic": True, "font_color": QUIET, "bg_color": COMPUTED_FILL, "valign": "top",
                 "border": 1, "border_color": LINE},
    "marked": {"bold": True, "valign": "top", "border": 1, "border_color": MARK, "bg_color": MARK_FILL},
    "link_record": {"font_color": ACCENT, "underline": 1, "valign": "top", "border": 1, "border_color": LINE},
    "marking": {"bold": True, "font_color": INK, "valign": "top"},
    "owner": {"italic": True, "font_color": QUIET, "valign": "bottom"},
    "answer": {"bold": True, "align": "left", "valign": "top"},
    "record": {"text_wrap": True, "valign": "top", "border": 1, "border_color": LINE},
    "label": {"valign": "vcenter", "bottom": 1, "bottom_color": LINE},
    "count": {"align": "right", "valign": "vcenter", "bottom": 1, "bottom_color": LINE},
    "column": {"bold": True, "font_color": ACCENT, "text_wrap": True, "valign": "vcenter", "bottom": 2,
               "bottom_color": ACCENT},
    "column_right": {"bold": True, "font_color": ACCENT, "text_wrap": True, "valign": "vcenter", "align": "right", "indent": 1,
                     "bottom": 2, "bottom_color": ACCENT},
    "lead_right": {"font_color": QUIET, "valign": "top", "align": "right"},
    "tile": {"font_color": QUIET, "text_wrap": True, "valign": "vcenter", "align": "left", "indent": 1, "top": 2,
             "top_color": ACCENT},
    "figure": {"bold": True, "font_size": 22, "font_color": ACCENT, "align": "left", "indent": 1, "valign": "vcenter"},
}  # fmt: skip

_KINDS: Mapping[str, Mapping[str, Any]] = {
    "text": {"num_format": TEXT},
    "date": {"num_format": DATE, "align": "left"},
    "datetime": {"num_format": DATETIME, "align": "left"},
    # Room at the right by the format, as accountants do: LibreOffice forgets an indent after the first of several columns.
    "integer": {"num_format": "0_)_)", "align": "right"},
    "general": {},
}

TONES: Mapping[Tone, Mapping[str, Any]] = {
    "alert": {"bold": True, "font_color": "#8C1D18", "bg_color": "#FBE4E1"},
    "caution": {"bold": True, "font_color": "#6B4A00", "bg_color": "#FFEFC7"},
    "waiting": {"bold": True, "font_color": ACCENT, "bg_color": ACCENT_PALE},
    "good": {"font_color": "#1E5B2E", "bg_color": "#E4F1E6"},
    "quiet": {"font_color": QUIET, "bg_color": "#ECECEC"},
}

TONE_OF_STATE: Mapping[str, Tone] = {
    "Overdue": "alert",
    "Due soon": "caution",
    "Awaiting ratification": "waiting",
    "Complete": "good",
    "Done": "good",
    "Stepped down": "quiet",
    "Proposed complete": "waiting",
    "Proposed step-down": "waiting",
    "Open": "caution",
    "Issued": "caution",
    "Superseded": "quiet",
}
"""Words of the tool's and the agencies' lists that also get a colour; the word is always there."""

TONE_OF_CHOICE: Mapping[str, Tone] = {
    "Immediate": "alert",
    "Not ratified": "alert",
    "Deferred": "caution",
    "Embedded": "good",
    "Partly": "caution",
    "Not shown": "caution",
}
"""The same for lists from which the Review Manager chooses."""

TONE_OF_PHRASE: Mapping[str, Tone] = {
    "overdue": "alert",
    "past target": "caution",
    "error": "alert",
    "warning": "caution",
}
"""Words that stand within a longer text that the tool wrote, such as "First panel meeting - past target"."""


class Formats:
    """The formats of one workbook, made when first asked for and shared by all its sheets."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Any] = {}
        self._tones: dict[Tone, Any] = {}
        self._mark: Any = None
        self.by_role: dict[str, list[Any]] = {}

    def __call__(
        self,
        role: Role,
        kind: Kind = "general",
        *,
        quoted: bool = False,
        unlocked: bool = False,
        wrap: bool | None = None,
    ) -> Any:
        """Return the format of a role and kind of value.

        Args:
            quoted: the text starts as a formula would, and is no formula.
            unlocked: may be typed into on a protected sheet.
            wrap: wrap long text or not; as the role does when None.
        """
        name = (role, kind, quoted, unlocked, wrap)
        made = self._made.get(name)
        if made is None:
            properties = {**_BASE, **_ROLES[role], **_KINDS[kind]}
            if quoted:
                properties["quote_prefix"] = True
            if unlocked:
                properties["locked"] = False
            if wrap is not None:
                properties["text_wrap"] = wrap
            made = self._made[name] = self._book.add_format(properties)
            self.by_role.setdefault(role, []).append(made)
        return made

    def tone(self, tone: Tone) -> Any:
        """Return the conditional format of a tone."""
        if tone not in self._tones:
            self._tones[tone] = self._book.add_format({**TONES[tone], "font_name": None, "font_size": None})
        return self._tones[tone]

    def mark(self) -> Any:
        """Return the conditional format of a cell that has a finding: an outline, told apart from a tone by its shape."""
        if self._mark is None:
            self._mark = self._book.add_format(
                {
                    "border": 1,
                    "border_color": MARK,
                    "bg_color": MARK_FILL,
                    "font_name": None,
                    "font_size": None,
                }
            )
        return self._mark
