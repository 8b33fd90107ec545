"""Read workbooks that came by e-mail in a child process, so that a hostile one can harm nothing but itself.

A few children are started once and read file after file; each file has limits of memory, processor time and wall time. A
child that exceeds one ends, its file is refused, and a new child reads the next. What comes back is JSON, checked as it is
read: a child that was taken over could send false values, which merging distrusts anyway, but never code.

Windows has no limits of memory and processor time that a process can set itself: there, only wall time is limited.

    parent -> child   a frame with {"name", "only"}, a frame with the framework or none, a frame with the file
    child -> parent   a frame that begins with "B" and holds a book as JSON, with "A" and a return's answers, or with "R"
                      and {"code", "message"}

A frame is its length as eight bytes, then that many bytes.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import IO, TYPE_CHECKING, Generic, TypeAlias, TypeVar

from cvsb_xl.errors import CannotDo, RefusedWorkbook, UnusableFile

if TYPE_CHECKING:
    from cvsb_xl.framework.schema import Framework
    from cvsb_xl.merge.returned import Return
    from cvsb_xl.xlsx.read import Book

MEMORY = 480_000_000
"""Bytes of address space that a child may use."""
CPU_SECONDS = 10
"""Processor time for one file. A return of 10,000 rows takes about two."""
WALL_SECONDS = 60
_START_SECONDS = 60
"""Until a child is ready to read, on a computer that is busy with other things."""
_LONGEST_REPLY = 200_000_000
_MOST_CHILDREN = 4
_READY = b"ready"

Result: TypeAlias = "Book | RefusedWorkbook | UnusableFile"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Wish(Generic[T]):
    """What is wanted of each file: how it is asked for, and how the answer is read, given the file's name."""

    kind: bytes
    read: Callable[[bytes, str], T]
    only: Sequence[str] | None = None
    framework: bytes = b""


def read_untrusted(files: Sequence[tuple[str, bytes]], only: Collection[str] | None = None) -> list[Result]:
    """Read workbooks, each a name and its bytes, in child processes.

    Args:
        only: the sheets wanted, by name in any case; None for all.

    Returns:
        For each file, in order, its book, or the error that says why it is refused. One bad file never stops the others.

    Raises:
        CannotDo: no child could be started at all.
    """
    from cvsb_xl.xlsx.wire import book_from_json

    wish = _Wish(b"B", lambda said, _: book_from_json(said), None if only is None else list(only))
    return _read_all(files, wish)


def read_returned(
    files: Sequence[tuple[str, bytes]], framework: Framework, children: Children | None = None
) -> list[Return | RefusedWorkbook | UnusableFile]:
    """The same for agency sheets that came back: what they were issued with is compared in the child too.

    Args:
        children: those that were started for it, if they were.

    Returns:
        For each file, in order, the return without the cells that nobody touched (see merge/answers.py), or the error.
    """
    from cvsb_xl.xlsx.return_wire import issued_columns, return_from_json

    columns = issued_columns(framework)
    wish = _Wish(
        b"A", lambda said, name: return_from_json(said, name, columns), None, pickle.dumps(framework)
    )
    return _read_all(files, wish, children)


class Children:
    """Child processes, started at once for so many files: they get ready while their parent does something else."""

    def __init__(self, files: int) -> None:
        self.count = min(_MOST_CHILDREN, os.cpu_count() or 1, 1 + files // 8) if files else 0
        self.free: SimpleQueue[_Child] = SimpleQueue()
        for _ in range(self.count):
            self.free.put(_Child())

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: object) -> None:
        while not self.free.empty():
            self.free.get().close()


def _read_all(
    files: Sequence[tuple[str, bytes]], wish: _Wish[T], children: Children | None = None
) -> list[T | RefusedWorkbook | UnusableFile]:
    if not files:
        return []
    with contextlib.nullcontext(children) if children else Children(len(files)) as ready:

        def read(file: tuple[str, bytes]) -> T | RefusedWorkbook | UnusableFile:
            child = ready.free.get()
            try:
                return child.read(*file, wish)
            finally:
                ready.free.put(child)

        with ThreadPoolExecutor(ready.count) as pool:
            return list(pool.map(read, files))


class _Child:
    """A process that reads files, started again when it has died."""

    def __init__(self) -> None:
        self._process = self._start()
        self._ready = False
        self._knows: object = None

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        return subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            # -P: the current folder is where returns are saved; a module of the same name there must not be loaded.
            [sys.executable, "-P", "-m", "cvsb_xl.xlsx.child", str(MEMORY), str(CPU_SECONDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**_without_secrets(os.environ), "PYTHONPATH": path},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def read(self, name: str, data: bytes, wish: _Wish[T]) -> T | RefusedWorkbook | UnusableFile:
        if self._process.poll() is not None:
            self.close()
            self._process, self._ready, self._knows = self._start(), False, None
        if not self._ready:
            self._wait_until_ready()
        timer = threading.Timer(WALL_SECONDS, self._process.kill)
        timer.start()
        began = monotonic()
        try:
            reply = self._ask(name, data, wish)
        finally:
            timer.cancel()
        if reply is None:
            late = monotonic() - began >= WALL_SECONDS
            self.close()
            return _too_much(name, f"took longer than {WALL_SECONDS} seconds" if late else "")
        return reply

    def _wait_until_ready(self) -> None:
        """A child that cannot even start says nothing of the file: that is no refusal, but a fault of this computer."""
        timer = threading.Timer(_START_SECONDS, self._process.kill)
        timer.start()
        try:
            self._ready = self._process.stdout is not None and _receive(self._process.stdout) == _READY
        finally:
            timer.cancel()
        if not self._ready:
            raise CannotDo(
                "The process that reads returned workbooks could not be started, so nothing was read. Run cvsb doctor to "
                "see whether cvsb-xl is installed whole, and whether a virus scanner stops Python."
            )

    def _ask(self, name: str, data: bytes, wish: _Wish[T]) -> T | RefusedWorkbook | None:
        """The child's answer; None where it died."""
        to_child, from_child = self._process.stdin, self._process.stdout
        if to_child is None or from_child is None:  # both were asked for as pipes
            return None
        try:
            _send(to_child, json.dumps({"name": name, "only": wish.only}).encode())
            _send(to_child, b"" if self._knows is wish else wish.framework)
            self._knows = wish
            _send(to_child, data)
            answer = _receive(from_child)
            if answer is None:
                return None
            if answer[:1] == wish.kind:
                return wish.read(answer[1:], name)
            told = json.loads(answer[1:])
            return RefusedWorkbook(str(told["code"]), str(told["message"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):  # what could not be sent to a dead child is not missed
                    pipe.close()


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what a service is told there: its database's password is none of a child's business."""
    return {name: text for name, text in environment.items() if not name.startswith(("CVSB_", "PG"))}


def _too_much(name: str, why: str) -> RefusedWorkbook:
    return RefusedWorkbook(
        "X114",
        f"{name} is not read: reading it {why or 'took more memory or time than any real return needs'}. Open it in "
        "Excel, copy what was filled in into the sheet that was issued, and return that.",
    )


def _send(pipe: IO[bytes], content: bytes) -> None:
    pipe.write(struct.pack(">Q", len(content)))
    pipe.write(content)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    head = pipe.read(8)
    if len(head) < 8:
        return None
    (size,) = struct.unpack(">Q", head)
    if size > _LONGEST_REPLY:
        return None
    content = pipe.read(size)
    return content if len(content) == size else None


# What follows runs in the child.


def _answer(name: str, data: bytes, only: Collection[str] | None, framework: Framework | None) -> bytes:
    from cvsb_xl.xlsx.preflight import preflight
    from cvsb_xl.xlsx.read import read_book

    try:
        preflight(data, name, kind="return")
        book = read_book(data, name=name, only=only, asides=True, threads=False)
        return _said(book) if framework is None else _answered(framework, name, book)
    except RefusedWorkbook as error:
        refusal = error
    except MemoryError:
        refusal = _too_much(name, "")
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a reader's panic is no Exception
        refusal = RefusedWorkbook(
            "X105",
            f"{name} is damaged and cannot be read ({type(error).__name__}). Open it in Excel, let Excel repair it, and "
            "save it again; or ask for the file again.",
        )
    return b"R" + json.dumps({"code": refusal.code, "message": str(refusal)}).encode("ascii")


def _said(book: Book) -> bytes:
    from cvsb_xl.xlsx.wire import book_to_json

    return b"B" + book_to_json(book)


def _answered(framework: Framework, name: str, book: Book) -> bytes:
    from cvsb_xl.xlsx.return_wire import return_to_json
    from cvsb_xl.xlsx.returned_book import as_return

    return b"A" + return_to_json(as_return(framework, name, book, answers_alone=True))


def _limit_once(memory: int) -> None:
    """No more memory than any return needs, no file written, no process started, no core dumped."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS does not limit address space
            resource.setrlimit(limit, (most, most))


def _limit_cpu(seconds: int) -> None:
    """Processor time for the next file: what was used up to now, and a little more."""
    try:
        import resource
    except ImportError:  # Windows
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, hard))


def _serve(memory: int, cpu_seconds: int) -> None:
    """Answer file after file until the parent closes the pipe."""
    # Nothing but answers may go to the parent: what a library prints goes nowhere.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    # openpyxl takes numpy in where it finds it, whose threads alone would use up the address space.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    gc.set_threshold(200_000, 50, 50)  # as cli.py does, and why
    # Loaded before memory is limited, and before the first file's time begins.
    import python_calamine  # noqa: F401

    import cvsb_xl.xlsx.preflight
    import cvsb_xl.xlsx.read  # noqa: F401

    _limit_once(memory)
    _send(replies, _READY)
    framework: Framework | None = None
    while True:
        frames = [_receive(sys.stdin.buffer) for _ in range(3)]
        asked, shared, data = frames
        if asked is None or shared is None or data is None:
            return
        if shared:
            # Only the way back must not be a pickle: what a parent says to its child can be believed.
            framework = pickle.loads(shared)  # noqa: S301
        have = json.loads(asked)
        _limit_cpu(cpu_seconds)
        _send(replies, _answer(have["name"], data, have["only"], framework))


if __name__ == "__main__":
    _serve(*map(int, sys.argv[1:]))
