"""Which files are meant as returns: those in the files, folders and globs that were given."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cvsb_xl.errors import CannotDo

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
