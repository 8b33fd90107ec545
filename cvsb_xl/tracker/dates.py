"""Read dates that people type as text, in English and in Welsh, and refuse to guess.

Understood: "31/03/2027", "31.3.2027", "31-3-2027", "2027-03-31", "31 March 2027", "31st of March, 2027",
"Wednesday 31 March 2027", "March 31, 2027", "31 Mawrth 2027". Not dates: "On going", "31 September 2020",
"By 31/12/2016", "March 2027". Ambiguous: "03/04/27" (which century, and day or month first?) and "03/04/2027".
"""

from __future__ import annotations

import re
from datetime import date

_ENGLISH = "january february march april may june july august september october november december".split()
_WELSH = "ionawr chwefror mawrth ebrill mai mehefin gorffennaf awst medi hydref tachwedd rhagfyr".split()
_MONTHS = {name: number for names in (_ENGLISH, _WELSH) for number, name in enumerate(names, 1)}
_MONTHS |= {name[:3]: number for number, name in enumerate(_ENGLISH, 1)} | {"sept": 9}
_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun "
    "llun mawrth mercher iau gwener sadwrn sul dydd"
).split()

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?")
_NUMERIC = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})")
_WORDS = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|af|il|ydd|fed|eg|ain)?[\s\-]+(?:of\s+|o\s+)?([a-z]+)\.?,?[\s\-]+(\d{4})"
)
_AMERICAN = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")


class AmbiguousDate(ValueError):
    """The text can be read as more than one date.

    Attributes:
        likely: the reading a British reader would expect, to propose to a person.
    """

    def __init__(self, likely: date | None) -> None:
        super().__init__("ambiguous date")
        self.likely = likely


def read_date(text: str) -> date | None:
    """Return the one date the text can mean; None when it means none.

    Raises:
        AmbiguousDate: when it can mean several.
    """
    folded = re.sub(r"\s+", " ", text.strip().casefold()).rstrip(".")
    found = _ISO.fullmatch(folded)
    if found:
        return _date(int(found[1]), int(found[2]), int(found[3]))
    found = _NUMERIC.fullmatch(folded)
    if found:
        return _numeric(int(found[1]), int(found[2]), found[3])
    without_day = re.sub(
        r"^(?:dydd )?([a-z]+),? (?=\d|[a-z]+ \d)", lambda m: "" if m[1] in _DAYS else m[0], folded
    )
    found = _WORDS.fullmatch(without_day)
    if found:
        return _worded(found[2], int(found[1]), int(found[3]))
    found = _AMERICAN.fullmatch(without_day)
    if found:
        return _worded(found[1], int(found[2]), int(found[3]))
    return None


def _worded(month: str, day: int, year: int) -> date | None:
    number = _MONTHS.get(month)
    return _date(year, number, day) if number else None


def _numeric(first: int, second: int, year_text: str) -> date | None:
    if len(year_text) == 2:
        year = 2000 + int(year_text)
        likely = _date(year, second, first)
        if likely is None and _date(year, first, second) is None:
            return None
        raise AmbiguousDate(likely)
    year = int(year_text)
    british, american = _date(year, second, first), _date(year, first, second)
    if british and american and british != american:
        raise AmbiguousDate(british)
    return british


def _date(year: int, month: int, day: int) -> date | None:
    if not 1900 <= year <= 2999:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
