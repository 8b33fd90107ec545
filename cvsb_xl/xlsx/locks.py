"""Who has a file open: owner files read for a name, locks tried for whether they hold.

Excel puts `~$Tracker.xlsx` beside a workbook it has open, LibreOffice `.~lock.Tracker.xlsx#`. Both stay behind
after a crash, so their being there proves nothing: a lock counts only when it holds, which is found out by asking
for it. On Windows a file that Excel has open cannot be opened for writing; elsewhere programs, and file servers on
their behalf, hold a lock on the file.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from cvsb_xl.errors import CannotSave, TrackerLocked

try:
    import fcntl
except ImportError:  # Windows: opening a file is the lock
    fcntl = None  # type: ignore[assignment]


def check_not_open(path: Path) -> None:
    """Refuse a file that somebody has open.

    Raises:
        TrackerLocked: naming the person, where the owner file tells.
        CannotSave: the file may only be read.
    """
    excel = path.with_name(f"~${path.name}")
    libreoffice = path.with_name(f".~lock.{path.name}#")
    if is_held(path) or (excel.exists() and is_held(excel)):
        who = _excel_user(excel) or _libreoffice_user(libreoffice) or "Somebody"
        raise TrackerLocked(
            f"{who} has {path.name} open. Ask them to save and close it, then try again. Nothing was changed."
        )
    if path.exists() and not os.access(path, os.W_OK):
        raise CannotSave(
            f"{path.name} is marked read-only. Take the mark off (its Properties) and try again."
        )


def is_held(path: Path) -> bool:
    """Whether another program holds a lock on a file. False where there is none."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    except PermissionError:
        return os.access(path, os.W_OK)  # not the file's own mode: somebody keeps us out
    except OSError:
        return True  # a share that says the file is busy
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(handle, fcntl.LOCK_UN)
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.lockf(handle, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a file system without locks
    finally:
        os.close(handle)
    return False


@contextlib.contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Keep a second cvsb from saving the same file at the same time, where the system has such locks.

    The lock is on the file that is about to be replaced; whoever waited for it then finds another file in its
    place, and `expect` tells them so.
    """
    if fcntl is None or not path.exists():
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TrackerLocked(
                f"{path.name} is being saved by another program. Try again in a moment."
            ) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)


def _excel_user(owner: Path) -> str:
    """The name in Excel's owner file: its length and the name in bytes, then both again in UTF-16 at 55."""
    try:
        data = owner.read_bytes()
    except OSError:
        return ""
    if len(data) > 57:
        size = int.from_bytes(data[55:57], "little")
        name = data[57 : 57 + 2 * size].decode("utf-16-le", "replace")
        if 0 < size < 54 and name.isprintable() and name.strip():
            return name.strip()
    name = data[1 : 1 + data[0]].decode("cp1252", "replace") if data else ""
    return name.strip() if name.isprintable() else ""


def _libreoffice_user(lock: Path) -> str:
    """The name in LibreOffice's lock file: ",name,host,date,profile;"."""
    try:
        fields = lock.read_text(encoding="utf-8", errors="replace").split(",")
    except OSError:
        return ""
    return next((field.strip() for field in fields[:2] if field.strip()), "")
