"""How pages are written: Jinja2 with the macros of GOV.UK Frontend, everything escaped, one frame around every page.

Words of pages go through `_()` (Jinja's i18n extension), so that a Welsh catalogue can be put in; today they are English, and
headings and list values come from schemas/ in either language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader

from cvsb_xl.books.style import TONE_OF_CHOICE, TONE_OF_STATE
from cvsb_xl.framework.schema import Language
from cvsb_xl.tracker.wording import counted, day_in_words

ROLE_WORDS: Mapping[str, str] = {
    "review_manager": "Review Manager",
    "board": "Board",
    "delivery_group": "Delivery Group",
    "crg": "Case Review Group",
    "agency_lead": "Agency lead",
}
WALES = ZoneInfo("Europe/London")
"""Times are kept in UTC and told as a clock on the wall in Cardiff shows them."""

_TONES: Mapping[str, str] = {
    **TONE_OF_STATE,
    **TONE_OF_CHOICE,
    "Received, not yet accepted": "waiting",
    "Being checked": "waiting",
    "Accepted": "good",
    "Accepted, not yet published": "good",
    "Refused": "alert",
    "Not accepted": "alert",
    "Owed": "caution",
    "Blocked": "alert",
    "Invited": "caution",
    "No account": "quiet",
    "Has an account": "good",
    "Signed off by hand": "quiet",
}


@dataclass(frozen=True)
class Place:
    """Somewhere to go from every page."""

    name: str
    path: str

    def holds(self, here: str) -> bool:
        """Tell whether an address stands below this one."""
        return self.path != "/" and here.startswith(self.path + "/")


@dataclass(frozen=True)
class Frame:
    """What stands around a page.

    Attributes:
        board, marking: as the published tracker's Settings have them; blank before the first publication.
        as_at: the day the published tables tell of.
        published_at: when they came, in UTC.
        person: the name of whoever is signed in; blank for nobody.
        here: the path of the page.
        language: the language of headings and list values.
    """

    board: str = ""
    marking: str = ""
    as_at: date | None = None
    published_at: datetime | None = None
    person: str = ""
    places: tuple[Place, ...] = ()
    here: str = "/"
    language: Language = "en"

    @property
    def place(self) -> str:
        """The path of the place that the page belongs to: the closest one."""
        holding = (item.path for item in self.places if item.path == self.here or item.holds(self.here))
        return max(holding, key=len, default="")

    @property
    def board_name(self) -> str:
        """The board's name, or words for it before it is known."""
        return self.board or "Safeguarding board: action tracker"


def environment() -> Environment:
    """Return the templates' environment; make it once."""
    found = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("cvsb_xl.service"),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    found.filters |= {
        "day": _day,
        "moment": _moment,
        "counted": _counted,
        "tone": _TONES.get,
        "role": ROLE_WORDS.get,
    }
    return found


def rendered(templates: Environment, name: str, frame: Frame, **words: Any) -> str:
    """Return a page as HTML. Template names end in .html and stand in templates/."""
    return templates.get_template(name).render(frame=frame, **words)


def _day(value: date | None) -> str:
    return day_in_words(value) if value else ""


def _moment(value: datetime | None) -> str:
    """Return "24 November 2026 at 09:10"."""
    if value is None:
        return ""
    here = value.astimezone(WALES)
    return f"{day_in_words(here.date())} at {here:%H:%M}"


def _counted(number: int, one: str, many: str = "") -> str:
    return counted(number, one, many)
