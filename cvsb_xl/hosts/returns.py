"""Read returned files: those in the files, folders and globs that were given. One bad file never stops the others."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cvsb_xl.errors import CannotDo, CvsbError, RefusedWorkbook
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.file import read_file
from cvsb_xl.merge.result import ReturnResult
from cvsb_xl.merge.returned import Return
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.xlsx.child import read_returned, read_untrusted
from cvsb_xl.xlsx.preflight import REFUSALS
from cvsb_xl.xlsx.read import Book
from cvsb_xl.xlsx.returned_book import carrier_of

UNREADABLE = "X100"


_RETURNED = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".fods", ".csv", ".tsv", ".numbers", ".zip")
"""Kinds of file that somebody may have meant as a return. Those that are no .xlsx are refused, saying what to do."""
_NOBODYS = ("thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Found:
    """The files that were meant, and what else lies in the folders that were given.

    Attributes:
        files: each once, in the order given, sorted within a folder or glob.
        passed_over: names of files and folders that were not read: nobody should think that they were.
    """

    files: list[Path]
    passed_over: list[str]


def find_returns(given: Sequence[str], tracker: Path) -> Found:
    """Find the files that were meant: those named, those that a glob matches, and the spreadsheets of a folder.

    Owner files of Excel (~$...) and LibreOffice (.~lock...), hidden files and the tracker itself are left out unsaid; any
    other file of a folder, and the folders in it, are named.

    Raises:
        CannotDo: when a name matches nothing.
    """
    found: dict[Path, Path] = {}
    passed: dict[str, None] = {}
    for name in given:
        path = Path(name)
        if path.is_dir():
            files = sorted(path.iterdir())
        elif path.exists():
            files = [path]
        else:
            files = sorted(Path(item) for item in glob.glob(name))  # noqa: PTH207 - Path.glob takes no absolute pattern
            if not files:
                raise CannotDo(f"{name}: there is no such file or folder, and no file matches it.")
        for file in files:
            if (
                file.name.startswith(("~$", "."))
                or file.name.casefold() in _NOBODYS
                or _is_same(file, tracker)
            ):
                continue
            if file.is_dir():
                passed.setdefault(f"{file.name}/")
            elif path.is_dir() and file.suffix.lower() not in _RETURNED:
                passed.setdefault(file.name)
            else:
                found.setdefault(file.resolve(), file)
    return Found(list(found.values()), list(passed))


def _is_same(file: Path, tracker: Path) -> bool:
    try:
        return file.samefile(tracker)
    except OSError:
        return False


def read_returns(framework: Framework, files: Iterable[Path]) -> list[Return | ReturnResult]:
    """Read files as returns, in a child process with limits; a refused one is a result that says why."""
    results: dict[int, Return | ReturnResult] = {}
    contents: list[tuple[int, str, bytes]] = []
    for at, path in enumerate(files):
        try:
            contents.append((at, path.name, read_file(path, "returned file")))
        except CvsbError as error:
            results[at] = refused(path.name, error)
    found = read_returned([(name, data) for _, name, data in contents], framework)
    for (at, name, _), ret in zip(contents, found, strict=True):
        results[at] = ret if isinstance(ret, Return) else refused(name, ret)
    return [results[at] for at in sorted(results)]


def refused(name: str, error: CvsbError) -> ReturnResult:
    """Return the result of a file that could not be read."""
    code = error.code if isinstance(error, RefusedWorkbook) else UNREADABLE
    rule = REFUSALS[code][0] if code in REFUSALS else "unreadable-file"
    return ReturnResult(name, state="refused", findings=[Finding(code, rule, "error", str(error), file=name)])


def head_in(path: Path) -> tuple[int, str] | None:
    """Return the change log's head that a receipt or an issued sheet carries, as (seq, chain); None when it has none."""
    data = read_file(path, "receipt or sheet")
    if not data.startswith(b"PK"):
        found = re.search(r"[Ll]og head: (\d+) ([0-9a-f]{32}|-)", data.decode("utf-8", errors="replace"))
        return (int(found[1]), found[2].strip("-")) if found else None
    (book,) = read_untrusted([(path.name, data)])
    if not isinstance(book, Book):
        raise book
    for sheet in book.sheets.values():
        for row in sheet.grid:
            for cell in row:
                found = (
                    re.search(r"[Ll]og head: (\d+) ([0-9a-f]{32}|-)", cell) if isinstance(cell, str) else None
                )
                if found:
                    return int(found[1]), found[2].strip("-")
    return _head_of_sheet(book)


def _head_of_sheet(book: Book) -> tuple[int, str] | None:
    carrier = carrier_of(book)
    try:
        about = json.loads(
            "".join(carrier[f"base-{number}"] for number in range(1, int(carrier["parts"]) + 1))
        )["about"]
        return int(about["log_seq"]), str(about["log_head"])
    except (KeyError, ValueError, TypeError):
        return None
