"""Sentences of papers: right for none, one and many, and for cells that do not hold what they should."""

from __future__ import annotations

from datetime import date, datetime

from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.tracker.wording import counted as figured
from cvsb_xl.tracker.wording import day_in_words


def counted(number: int, one: str, many: str = "") -> str:
    """Return "no actions", "1 action" or "2 actions"."""
    return figured(number, one, many) if number else f"no {many or one + 's'}"


def verb(number: int, one: str, many: str) -> str:
    """Return the form of a verb that goes with the number: "is" with 1, "are" with none and with many."""
    return one if number == 1 else many


def day(value: Value, blank: str = "no date") -> str:
    """Return a date as a paper prints it: "3 May 2027".

    What is no date is quoted as it stands in the tracker; nothing is guessed.
    """
    if value is None:
        return blank
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return day_in_words(value)
    return f'"{as_text(value)}" (not a date)'


def sentence(text: str) -> str:
    """Return the text on one line, with a capital and a full stop; blank stays blank."""
    text = " ".join(text.split())
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", '."', ".\u201d", "\u2026")) else f"{text}."


def shortened(text: str, limit: int, rest_in: str) -> str:
    """Return the text on one line, cut at a word when longer than `limit` characters, saying where the rest stands."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text[:limit].rsplit(" ", 1)[0].rstrip(" ,;:.")
    return f"{cut} … (in full: {rest_in})"
