"""Killed at any step of saving, the tracker is the one before or the one after. In SQLite's manner: the steps
that touch the disk are counted in one run, then a process is killed before and after each of them in turn."""

import errno
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from cvsb_xl.errors import CannotSave
from cvsb_xl.xlsx.save import BACKUPS, backups_of, save_bytes
from tests.xlsx.handmade import handmade

BEFORE = handmade('<row r="1"><c r="A1"><v>1</v></c></row>')
AFTER = handmade('<row r="1"><c r="A1"><v>2</v></c></row>', more={"xl/media/a.bin": os.urandom(70_000)})
LATER = handmade('<row r="1"><c r="A1"><v>3</v></c></row>')
STEPS = ("write", "fsync", "replace", "mkdir", "unlink")


class Disk:
    """The os calls that change a disk, with an accident at one of them.

    `die` gets "before" or "after"; a write that is to die half-way has written half its bytes.
    """

    def __init__(self, at: int, when: str, die: Callable[[], None]) -> None:
        self.count = 0
        self.at, self.when, self.die = at, when, die
        self.real = {name: getattr(os, name) for name in STEPS}

    def __enter__(self) -> "Disk":
        for name in STEPS:
            setattr(os, name, self._step(name))
        return self

    def __exit__(self, *_: object) -> None:
        for name, call in self.real.items():
            setattr(os, name, call)

    def _step(self, name: str) -> Callable[..., object]:
        def step(*args: object, **more: object) -> object:
            self.count += 1
            mine = self.count == self.at
            if mine and self.when == "before":
                if name == "write":
                    half = memoryview(args[1])[: len(args[1]) // 2]  # type: ignore[arg-type]
                    self.real[name](args[0], half)
                self.die()
            try:
                return self.real[name](*args, **more)
            finally:  # also where the call itself fails, as mkdir does for a folder that is there
                if mine and self.when == "after":
                    self.die()

        return step


def count_steps(folder: Path) -> int:
    path = fresh(folder)
    with Disk(0, "", lambda: None) as disk:
        save_bytes(path, AFTER, expect=BEFORE)
    return disk.count


def fresh(folder: Path) -> Path:
    """A tracker that has been saved once already, so that it has a backup."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "Tracker.xlsx"
    path.write_bytes(LATER)
    save_bytes(path, BEFORE)
    return path


def in_a_child(work: Callable[[], None]) -> int:
    """Run in a process of its own; the signal it died of, or 0."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.endswith(".tmp")]


def check_whole(path: Path) -> None:
    """The file is the one before or the one after, and every backup is a whole earlier version."""
    now = path.read_bytes()
    assert now in (BEFORE, AFTER)
    kept = [backup.read_bytes() for backup in backups_of(path)]
    assert LATER in kept
    assert all(version in (LATER, BEFORE) for version in kept)
    if now == AFTER:
        assert BEFORE in kept, "the version replaced is among the backups before it is replaced"


def test_the_steps_of_saving_are_all_counted(tmp_path: Path) -> None:
    """Write, fsync, backup written and flushed and renamed, folder, rename, folder: none may be left out."""
    assert count_steps(tmp_path / "f") >= 8


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_step_the_file_is_whole(tmp_path: Path, when: str) -> None:
    """kill -9; the next save then works and removes what was left behind."""
    folder = tmp_path / "f"
    left = 0
    for at in range(1, count_steps(folder) + 1):
        path = fresh(folder)

        def work(at: int = at, path: Path = path) -> None:
            with Disk(at, when, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                save_bytes(path, AFTER, expect=BEFORE)

        assert in_a_child(work) == -signal.SIGKILL, f"step {at} was not reached"
        check_whole(path)
        left += len(leftovers(folder))
        save_bytes(path, LATER)
        assert path.read_bytes() == LATER
        assert leftovers(folder) == []
    assert left > 0, "some crash must have left a temporary file, or nothing was tested"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), MemoryError()]
)
def test_an_error_at_every_step_leaves_the_file_whole_and_nothing_behind(
    tmp_path: Path, when: str, error: BaseException
) -> None:
    """A full disk, Ctrl+C, no memory: before or after, backups whole, no temporary file."""
    folder = tmp_path / "f"

    def fail() -> None:
        raise error

    for at in range(1, count_steps(folder) + 1):
        path = fresh(folder)
        with Disk(at, when, fail) as disk:
            try:
                save_bytes(path, AFTER, expect=BEFORE)
                told = ""
            except CannotSave as raised:
                told = str(raised)
            except (KeyboardInterrupt, MemoryError):
                told = "interrupted"
        assert disk.count >= at
        if isinstance(error, OSError):
            assert ("disk is full" in told) == (path.read_bytes() == BEFORE), "what is said must be so"
        check_whole(path)
        assert leftovers(folder) == []


def test_killed_while_saving_a_new_file_leaves_none_or_all_of_it(tmp_path: Path) -> None:
    """Where there was no file, there is none or a whole one; and no backup folder is made for nothing."""
    for at in range(1, 5):
        path = tmp_path / f"New{at}.xlsx"

        def work(at: int = at, path: Path = path) -> None:
            with Disk(at, "before", lambda: os.kill(os.getpid(), signal.SIGKILL)):
                save_bytes(path, AFTER)

        in_a_child(work)
        assert not path.exists() or path.read_bytes() == AFTER
    assert not (tmp_path / BACKUPS).exists()
