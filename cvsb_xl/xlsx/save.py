"""Saving so that a crash at any moment leaves the old file or the new one, whole.

The new bytes go to `.name.<random>.tmp` in the same folder, are flushed to the disk, read back and checked; then
one rename puts them in place, and the folder is flushed. The version replaced is kept in `.cvsb-backups/` first.
The same discipline as SQLite's: nothing on the way is trusted until the disk says it has it.
"""

import contextlib
import datetime as dt
import errno
import os
import re
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cvsb_xl.errors import CannotSave, TrackerChanged, TrackerLocked, UnsupportedWorkbook
from cvsb_xl.xlsx.locks import alone_with, check_not_open, is_held
from cvsb_xl.xlsx.package import Package

__all__ = ["BACKUPS", "backups_of", "check_not_open", "conflict_copies", "save_bytes"]

BACKUPS = ".cvsb-backups"
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_O_BINARY = getattr(os, "O_BINARY", 0)
_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EROFS: "the folder can only be read",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOENT: "the folder does not exist",
}


def save_bytes(path: Path, data: bytes, *, expect: bytes | None = None, backups: int = 10) -> None:
    """Put `data` at `path`, atomically.

    Args:
        path: the file; a link is followed.
        data: its new content. A workbook (zip) is checked part by part before it takes the old one's place.
        expect: what the file held when it was read. Where it holds something else now, nothing is saved.
        backups: how many earlier versions to keep in `.cvsb-backups/` beside it.

    Raises:
        TrackerLocked: somebody has the file open.
        TrackerChanged: the file is not what was read.
        CannotSave: the folder, the disk or the new content does not allow it. The old file is as it was.
    """
    path = path.resolve()
    check_not_open(path)
    try:
        with alone_with(path):
            _save(path, data, expect, backups)
    except OSError as error:
        reason = _WORDS.get(error.errno or 0, error.strerror or str(error))
        raise CannotSave(f"{path.name} was not saved: {reason}. The file is as it was.") from error


def _save(path: Path, data: bytes, expect: bytes | None, backups: int) -> None:
    old = _read(path)
    _check_unchanged(path, old, expect)
    clean_up(path)
    if old == data:
        return
    temp = path.parent / f".{path.name}.{secrets.token_hex(8)}.tmp"
    try:
        with ThreadPoolExecutor(1) as beside:  # the check takes as long as the disk does
            check = beside.submit(_check, data, path.name)
            _write(temp, data, path.stat().st_mode & 0o777 if old is not None else 0o666)
            check.result()
        _check_written(temp, data, path.name)
        if old is not None and backups > 0:
            _back_up(path, old, backups)
        _check_unchanged(path, _read(path), old if expect is None else expect)
        _replace(temp, path, data)
    except BaseException:
        with contextlib.suppress(OSError):
            temp.unlink()
        raise
    with contextlib.suppress(OSError):  # the new file is in place: as SQLite does, this is no reason to fail
        _flush_folder(path.parent)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _check_unchanged(path: Path, now: bytes | None, expect: bytes | None) -> None:
    if expect is not None and now != expect:
        raise TrackerChanged(
            f"{path.name} was changed by someone else while this was running. Nothing was saved; run it again."
        )


def _write(temp: Path, data: bytes, mode: int) -> None:
    handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _O_BINARY, mode)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_written(temp: Path, data: bytes, name: str) -> None:
    if temp.read_bytes() != data:
        raise CannotSave(f"{name} was not saved: the disk gave back something else than was written to it.")


def _check(data: bytes, name: str) -> None:
    """See that a workbook's directory and checksums hold."""
    if not data.startswith(b"PK"):
        return
    try:
        Package(data).test()
    except UnsupportedWorkbook as error:
        raise CannotSave(f"{name} was not saved: the new file failed its check ({error}).") from error


def _replace(temp: Path, path: Path, data: bytes) -> None:
    try:
        os.replace(temp, path)  # noqa: PTH105 - one system call, the one the promise stands on
    except OSError as error:
        if not temp.exists() and _read(path) == data:
            return  # a network share that did it and lost the answer
        if isinstance(error, PermissionError) and is_held(path):
            raise TrackerLocked(
                f"{path.name} is open in another program. Close it there and try again."
            ) from error
        raise


def _back_up(path: Path, old: bytes, keep: int) -> None:
    folder = path.parent / BACKUPS
    folder.mkdir(exist_ok=True)
    stamp = dt.datetime.now(dt.UTC).strftime(_STAMP)
    final = folder / f"{path.stem}.{stamp}{path.suffix}"
    temp = folder / f".{final.name}.{secrets.token_hex(8)}.tmp"
    try:
        _write(temp, old, 0o600)
        os.replace(temp, final)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            temp.unlink()
        raise
    _flush_folder(folder)
    for older in backups_of(path)[:-keep]:
        with contextlib.suppress(OSError):
            older.unlink()


def backups_of(path: Path) -> list[Path]:
    """The versions kept of a file, oldest first."""
    name = re.compile(re.escape(path.stem) + r"\.\d{8}T\d{6}\.\d{6}Z" + re.escape(path.suffix))
    folder = path.parent / BACKUPS
    return sorted(one for one in _entries(folder) if name.fullmatch(one.name))


def clean_up(path: Path) -> None:
    """Remove the temporary files that earlier crashes left behind; one still being written is left alone."""
    left = re.compile(r"\." + re.escape(path.name) + r"\.[0-9a-f]{16}\.tmp")
    kept = re.compile(r"\." + re.escape(path.stem) + r"\..*\.[0-9a-f]{16}\.tmp")
    for folder, name in ((path.parent, left), (path.parent / BACKUPS, kept)):
        for entry in _entries(folder):
            if name.fullmatch(entry.name) and not is_held(entry):
                with contextlib.suppress(OSError):
                    entry.unlink()


def _entries(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except FileNotFoundError:
        return


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows has no such call; NTFS journals the rename
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network shares cannot
            raise
    finally:
        os.close(handle)


def conflict_copies(path: Path) -> list[Path]:
    """Copies that OneDrive, SharePoint or Dropbox made beside a file when two people saved at once.

    Known by name: `Tracker-LAPTOP1.xlsx` (a computer's name, in capitals), `Tracker (1).xlsx`,
    `Tracker (Ann's conflicted copy 2027-03-01).xlsx`.
    """
    marks = r"(?:-[A-Z0-9][A-Z0-9-]{1,14}| \(\d{1,3}\)| ?\([^()]*conflicted copy[^()]*\))"
    name = re.compile(re.escape(path.stem) + marks + re.escape(path.suffix))
    year = re.compile(r"-[\d-]+")
    found = []
    for entry in _entries(path.parent):
        if name.fullmatch(entry.name) and not year.fullmatch(entry.stem.removeprefix(path.stem)):
            found.append(entry)
    return sorted(found)
