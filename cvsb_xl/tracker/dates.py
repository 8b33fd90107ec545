"""Read dates that people type as text, in English and in Welsh, and refuse to guess.

Understood: "31/03/2027", "31.3.2027", "31-3-2027", "2027-03-31", "2027/3/31", "31 March 2027", "31-Mar-2027",
"31st of March, 2027", "Wednesday 31 March 2027", "Wed 31/03/2027", "March 31, 2027", "31 Mawrth 2027", "31ain o Fawrth 2027",
"Dydd Mercher, 31 Mawrth 2027", and any of them with midnight behind it, as other systems export dates.

Not dates: "On going", "31 September 2020", "By 31/12/2016", "March 2027".

Ambiguous: "03/04/2027" (day or month first?), "31 March 27" and "31/03/27" (which century, or is it 2031?), and "Monday 31 March 2027",
which was a Wednesday: one of the two is a slip.
"""

from __future__ import annotations

import re
from datetime import date

_ENGLISH = "january february march april may june july august september october november december".split()
_WELSH = "ionawr chwefror mawrth ebrill mai mehefin gorffennaf awst medi hydref tachwedd rhagfyr".split()
# After "o" (of) Welsh softens the first letter: "31 o Fawrth".
_SOFTENED = {"fawrth": 3, "fai": 5, "fehefin": 6, "orffennaf": 7, "fedi": 9, "dachwedd": 11, "ragfyr": 12}
_SHORT_WELSH = {
    "ion": 1, "chwef": 2, "chwe": 2, "maw": 3, "ebr": 4, "meh": 6, "gorff": 7, "gor": 7, "aws": 8, "hyd": 10,
    "tach": 11, "tac": 11, "rhag": 12, "rha": 12,
}  # fmt: skip
_MONTHS = {name: number for names in (_ENGLISH, _WELSH) for number, name in enumerate(names, 1)}
_MONTHS |= {name[:3]: number for number, name in enumerate(_ENGLISH, 1)} | {"sept": 9}
_MONTHS |= _SOFTENED | _SHORT_WELSH
_WEEKDAYS = {
    name: number
    for names in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "mon tue wed thu fri sat sun",
        "mon tues weds thur fri sat sun",
        "mon tues weds thurs fri sat sun",
        "llun mawrth mercher iau gwener sadwrn sul",
        "lun fawrth fercher iau wener sadwrn sul",
    )
    for number, name in enumerate(names.split())
}

_MIDNIGHT = re.compile(r"[t ]00:00(?::00(?:\.0+)?)?(?:z|[+-]00:?00)?$")
_DAY_BEFORE = re.compile(r"(?:d?dydd )?([a-z]+)[.,]{0,2} (?=.*\d{4}$|.*\d\d$)")
_DAY_BEHIND = re.compile(r",? ?\(?(?:dydd )?([a-z]+)\)?$")
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_NUMERIC = re.compile(r"(\d{1,2}) ?[/.\-] ?(\d{1,2}) ?[/.\-] ?(\d{4}|\d{2})", re.ASCII)
_WORDS = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|af|il|ydd|fed|ed|eg|ain)?[ \-/.,]*(?:(?:of|o) )?([a-z]+)[ \-/.,]*(\d{4}|'?\d{2})",
    re.ASCII,
)
_MONTH_FIRST = re.compile(
    r"([a-z]+)\.? ?(\d{1,2})(?:st|nd|rd|th|af|il|ydd|fed|ed|eg|ain)?(?:, ?| )(\d{4})", re.ASCII
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


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
    folded = re.sub(r"\s+", " ", _INVISIBLE.sub("", text)).strip().casefold().rstrip(" .,;")
    folded = _MIDNIGHT.sub("", folded)
    # "Mawrth" is both Tuesday and March: as a weekday only where what is left is a date.
    for plain, weekday in _without_weekday(folded):
        found = _read(plain)
        if found is not None:
            if weekday is not None and found.weekday() != weekday:
                raise AmbiguousDate(found)
            return found
    return None


def _without_weekday(text: str) -> list[tuple[str, int | None]]:
    """The text with a weekday in front or behind taken off (and which), and the text as it is."""
    ways: list[tuple[str, int | None]] = []
    for pattern in (_DAY_BEFORE, _DAY_BEHIND):
        found = pattern.search(text) if pattern is _DAY_BEHIND else pattern.match(text)
        if found and found[1] in _WEEKDAYS:
            ways.append((text[: found.start()] + text[found.end() :], _WEEKDAYS[found[1]]))
    return [*ways, (text, None)]


def _read(text: str) -> date | None:
    found = _ISO.fullmatch(text)
    if found:
        return _date(int(found[1]), int(found[3]), int(found[4]))
    found = _NUMERIC.fullmatch(text)
    if found:
        return _numeric(int(found[1]), int(found[2]), found[3])
    found = _WORDS.fullmatch(text)
    if found:
        return _worded(found[2], int(found[1]), found[3])
    found = _MONTH_FIRST.fullmatch(text)
    if found:
        return _worded(found[1], int(found[2]), found[3])
    return None


def _worded(month: str, day: int, year: str) -> date | None:
    number = _MONTHS.get(month)
    if number is None:
        return None
    if len(year) == 4:
        return _date(int(year), number, day)
    likely = _date(2000 + int(year.lstrip("'")), number, day)
    if likely is None:
        return None
    raise AmbiguousDate(likely)


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
