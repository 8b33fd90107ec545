"""A run's folder: what a button asked (`request.txt` and a copy of the workbook), and what came of it (`answer.txt`).

Both transports use it: the launcher in Excel writes the request, Python the answer. It lies where only the user can read.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cvsb_xl.errors import CannotDo, UnusableFile
from cvsb_xl.hosts.lines import pairs

ANSWER, STARTED, REQUEST, OUTPUT = "answer.txt", "started.txt", "request.txt", "output.txt"
RUNS = "runs"
_KEPT = 10


def program_home() -> Path:
    """Return the folder of what the program knows of this user: CVSB_HOME, or cvsb in LOCALAPPDATA."""
    own = os.environ.get("CVSB_HOME")
    local = os.environ.get("LOCALAPPDATA")
    return Path(own) if own else Path(local) / "cvsb" if local else Path.home() / ".local" / "share" / "cvsb"


def documents_folder() -> Path:
    """Return the user's Documents, also where OneDrive has taken them over: Windows itself says where they are."""
    if sys.platform == "win32":
        import winreg

        key = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                return Path(os.path.expandvars(str(winreg.QueryValueEx(opened, "Personal")[0])))
        except OSError:
            pass
    return Path.home() / "Documents"


@dataclass(frozen=True)
class Request:
    """What the launcher wrote: see workbook/vba/CvsbLaunch.bas.

    Attributes:
        copy: the copy of the workbook, in the run's folder.
    """

    verb: str
    workbook: str
    copy: Path
    sheet: str = ""
    row: int = 0
    returns: tuple[str, ...] = ()


def read_request(folder: Path) -> Request:
    """Read what was asked.

    Raises:
        UnusableFile: it is not there.
        CannotDo: it is not whole, or names a file outside its folder.
    """
    try:
        said = pairs((folder / REQUEST).read_text(encoding="ascii", errors="replace"))
    except OSError as error:
        raise UnusableFile(
            f"{folder / REQUEST} cannot be read ({error.strerror}). Press the button again."
        ) from error
    try:
        copy = said["copy"][0]
        row = said.get("row", ["0"])[0]
        request = Request(
            said["verb"][0],
            said["workbook"][0],
            folder / copy,
            said.get("sheet", [""])[0],
            int(row) if row.isdecimal() else 0,
            tuple(said.get("return", ())),
        )
    except KeyError as error:
        raise CannotDo(f"{folder / REQUEST} does not say {error.args[0]}. Press the button again.") from error
    if Path(copy).name != copy or copy in ("", ".", ".."):
        raise CannotDo(
            f"{folder / REQUEST} names a copy that is not in its own folder. Press the button again."
        )
    return request


def write_text(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8", newline="")
    temporary.replace(path)


def drop_old(home: Path, keep: Iterable[Path] = ()) -> None:
    """Remove all but the newest runs: they hold copies of the tracker."""
    kept = {path.resolve() for path in keep}
    runs = sorted(path for path in (home / RUNS).glob("*") if path.is_dir())
    for old in runs[:-_KEPT]:
        if old.resolve() not in kept:
            shutil.rmtree(old, ignore_errors=True)
