"""Drop-down lists, checks and the help shown when a cell is picked, from a field of the schema."""

from __future__ import annotations

from datetime import date
from typing import Any

from cvsb_xl.framework.schema import Field

_TITLE, _MESSAGE, _LIST = 32, 255, 255
"""Excel holds no more characters in each."""
_FIRST_DATE, _LAST_DATE = date(1990, 1, 1), date(2099, 12, 31)


def validation_for(
    field: Field,
    title: str,
    *,
    source: str | None = None,
    help_text: str | None = None,
    keys_of: str = "",
    words: tuple[str, ...] | None = None,
) -> dict[str, Any] | None:
    """Return XlsxWriter's options for a field's cells; None when there is nothing to check or to say.

    Args:
        title: the column's heading, shown above the help.
        source: a formula that gives the allowed values, where they stand in another table.
        help_text: instead of the field's own help.
        keys_of: the sheet whose keys `source` lists, for the message.
        words: the list in the reader's language, instead of the field's own.
    """
    help_text = field.help if help_text is None else help_text
    said: dict[str, Any] = {"ignore_blank": True}
    if help_text:
        said |= {"input_title": _cut(title, _TITLE), "input_message": _cut(help_text, _MESSAGE)}
    if source:
        # A warning, not a wall: the row it names may be added a minute later.
        return said | {
            "validate": "list", "source": source, "error_type": "warning", "error_title": _cut(title, _TITLE),
            "error_message": _cut(f"This is not on the sheet {keys_of}. Add it there first, or check the spelling.", _MESSAGE),
        }  # fmt: skip
    check = _check(field, field.enum if words is None else words)
    if check is None:
        return said | {"validate": "any"} if help_text else None
    options, message = check
    return said | options | {"error_title": _cut(title, _TITLE), "error_message": _cut(message, _MESSAGE)}


def _check(field: Field, words: tuple[str, ...]) -> tuple[dict[str, Any], str] | None:
    if words:
        if sum(map(len, words)) + len(words) > _LIST or any("," in word for word in words):
            return None
        return {"validate": "list", "source": list(words)}, f"Pick one of: {', '.join(words)}."
    if field.type == "date":
        options = {"validate": "date", "criteria": "between", "minimum": _FIRST_DATE, "maximum": _LAST_DATE}
        return options, "This is not a date. Write it as 31/03/2027, or leave the cell blank."
    if field.type == "integer":
        least = int(field.minimum or 0)
        options = {"validate": "integer", "criteria": ">=", "value": least}
        return options, f"A whole number is needed, {least} or more."
    if field.maximum_length:
        options = {"validate": "length", "criteria": "<=", "value": field.maximum_length}
        return options, f"No more than {field.maximum_length:,} characters fit here."
    return None


def _cut(text: str, most: int) -> str:
    """Shorten to what Excel holds, at a word where there is one."""
    if len(text) <= most:
        return text
    shorter = text[: most - 1]
    return (shorter.rsplit(" ", 1)[0] if " " in shorter else shorter) + "…"
