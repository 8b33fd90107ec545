"""Dates, counts and lists as a person would write them in English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

_MONTHS = "January February March April May June July August September October November December".split()


def day_in_words(day: date) -> str:
    """Return "3 March 2027", whatever the machine's locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 day", "23 days"; give `many` where an s does not make it."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], limit: int = 0) -> str:
    """Join names: "a, b and c"; with a limit, "a, b and 3 more"."""
    if limit and len(names) > limit + 1:
        names = [*names[:limit], f"{len(names) - limit} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""
