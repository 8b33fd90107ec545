"""The heads that leave a tracker and a service in receipts and issued sheets: what a log or an audit is held against later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from cvsb_xl.hosts.file import read_file
from cvsb_xl.xlsx.child import read_untrusted
from cvsb_xl.xlsx.read import Book
from cvsb_xl.xlsx.returned_book import carrier_of

_LOG = re.compile(r"[Ll]og head: (\d+) ([0-9a-f]{32}|-)")
_AUDIT = re.compile(r"Audit head: (\d+) ([0-9a-f]{64})")
Head = tuple[int, str]
"""A row's number, and its chain."""


def log_head_in(path: Path) -> Head | None:
    """Return the change log's head that a receipt (text or workbook) or an issued sheet carries; None when it has none.

    Raises:
        UnusableFile, RefusedWorkbook: it cannot be read.
    """
    found = _read(path)
    if isinstance(found, str):
        return _in_text(_LOG, found)
    return _in_book(_LOG, found) or _in_carrier(found)


def audit_head_in(path: Path) -> Head | None:
    """Return the head of a service's audit that a receipt (text or workbook) carries; None when it has none.

    Raises:
        UnusableFile, RefusedWorkbook: it cannot be read.
    """
    found = _read(path)
    return _in_text(_AUDIT, found) if isinstance(found, str) else _in_book(_AUDIT, found)


def _read(path: Path) -> str | Book:
    data = read_file(path, "receipt or sheet")
    if not data.startswith(b"PK"):
        return data.decode("utf-8", errors="replace")
    (book,) = read_untrusted([(path.name, data)])
    if not isinstance(book, Book):
        raise book
    return book


def _in_text(head: re.Pattern[str], text: str) -> Head | None:
    """The last one: it ends a receipt, and above it stand the agency's own words, which may say anything."""
    return next((_pair(found) for found in reversed(list(head.finditer(text)))), None)


def _in_book(head: re.Pattern[str], book: Book) -> Head | None:
    """The first one: it stands above the agency's own words."""
    return next((_pair(found) for text in _texts(book) if (found := head.search(text))), None)


def _texts(book: Book) -> Iterator[str]:
    for sheet in book.sheets.values():
        for row in sheet.grid:
            yield from (cell for cell in row if isinstance(cell, str))


def _pair(found: re.Match[str]) -> Head:
    return int(found[1]), found[2].strip("-")


def _in_carrier(book: Book) -> Head | None:
    carrier = carrier_of(book)
    try:
        about = json.loads(
            "".join(carrier[f"base-{number}"] for number in range(1, int(carrier["parts"]) + 1))
        )["about"]
        return int(about["log_seq"]), str(about["log_head"])
    except (KeyError, ValueError, TypeError):
        return None
