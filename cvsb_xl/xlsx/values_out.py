"""A value as a cell writes it: its type and its content.

Text is written inline (`t="inlineStr"`): the shared string table, which every other text of the workbook
hangs on, is left alone. Excel, LibreOffice, calamine and openpyxl all read it, and Excel shares it when it
next saves.
"""

import datetime as dt
import math

from cvsb_xl.errors import UnsupportedWorkbook
from cvsb_xl.xlsx.markup import escape_control, escape_xml

CellValue = str | int | float | bool | dt.date | dt.datetime | None

LONGEST_TEXT = 32_767  # characters a cell can hold, by Excel's specification


def is_blank(value: CellValue) -> bool:
    """None and "" both leave a cell empty."""
    return value is None or value == ""


def is_ordinary(value: object) -> bool:
    """Whether any cell can hold a value: so for most, and quickly told."""
    return value is None or (value.__class__ is str and value.isascii() and len(value) <= LONGEST_TEXT)


def check_value(value: object, where: str) -> None:
    """Refuse what no cell can hold unchanged. `where` is the cell's address, for the message.

    Raises:
        UnsupportedWorkbook: with the reason in words.
    """
    match value:
        case None | bool():
            return
        case str():
            _check_text(value, where)
        case int() | float():
            if isinstance(value, float) and not math.isfinite(value):
                raise UnsupportedWorkbook(f"{where}: {value} is not a number a cell can hold.")
            if isinstance(value, int) and (abs(value) > 10**300 or int(float(value)) != value):
                raise UnsupportedWorkbook(
                    f"{where}: {value} has more digits than Excel keeps. Write it as text."
                )
        case dt.datetime() if value.tzinfo is not None:
            raise UnsupportedWorkbook(f"{where}: {value} has a time zone, which no cell can hold.")
        case dt.date():
            return
        case _:
            raise UnsupportedWorkbook(
                f"{where}: a {type(value).__name__} cannot be written; text, numbers, dates, true or false can."
            )


def _check_text(text: str, where: str) -> None:
    if is_ordinary(text):
        return
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST_TEXT:
        raise UnsupportedWorkbook(
            f"{where}: the text has {len(text):,} characters; a cell holds {LONGEST_TEXT:,}. Shorten it."
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise UnsupportedWorkbook(f"{where}: the text holds half a character (a lone surrogate).")


def serial(value: dt.date, *, date1904: bool, where: str) -> str:
    """A date as the number a cell keeps: days since the end of 1899, or since 1 January 1904.

    Excel believes in 29 February 1900, so days before 1 March 1900 count one less.
    """
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    since = moment - (dt.datetime(1904, 1, 1) if date1904 else dt.datetime(1899, 12, 30))  # noqa: DTZ001 - cells have no zone
    days = since.days
    if not date1904 and days < 61:
        days -= 1
    if days < (0 if date1904 else 1):
        raise UnsupportedWorkbook(f"{where}: {value} is before Excel's first date. Write it as text.")
    part = since - dt.timedelta(days=since.days)
    seconds = part.seconds + part.microseconds / 1_000_000
    return repr(days + seconds / 86_400) if seconds else str(days)


def content(value: CellValue, prefix: str, *, date1904: bool, where: str) -> tuple[str, str]:
    """(type, content) of a cell; the type is "" for numbers, the content "" for a blank."""
    p = prefix
    match value:
        case None | "":
            return "", ""
        case str():
            if _is_plain(value):  # without the attribute a merge's log is a tenth smaller
                return "inlineStr", f"<{p}is><{p}t>{value}</{p}t></{p}is>"
            text = escape_xml(escape_control(value))
            return "inlineStr", f'<{p}is><{p}t xml:space="preserve">{text}</{p}t></{p}is>'
        case bool():
            return "b", f"<{p}v>{int(value)}</{p}v>"
        case dt.date():
            return "", f"<{p}v>{serial(value, date1904=date1904, where=where)}</{p}v>"
        case _:
            return "", f"<{p}v>{_number(value)}</{p}v>"


def _is_plain(text: str) -> bool:
    """Whether a text has nothing to escape, no line break, and no blank at an end, which would be lost."""
    return (
        text.isprintable()
        and text[0] != " "
        and text[-1] != " "
        and "&" not in text
        and "<" not in text
        and ">" not in text
        and "_x" not in text
    )


def cached(value: CellValue, prefix: str, *, date1904: bool, where: str) -> tuple[str, str]:
    """(type, content) of a formula's stored answer, which stands beside the formula."""
    if isinstance(value, str) and value:
        return "str", f"<{prefix}v>{escape_xml(escape_control(value))}</{prefix}v>"
    return content(value, prefix, date1904=date1904, where=where)


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(value).removesuffix(".0")
