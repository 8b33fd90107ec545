"""`cvsb serve --data` as a process of its own, as a person starts it."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class Process:
    """A service that runs.

    Attributes:
        said: the lines of its stderr so far: what it told, and its log.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.url = self.waits_for(r"answers at (http\S+)\. ")[1]

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))
            self._lines.put(line)

    def waits_for(self, pattern: str, seconds: float = 200) -> re.Match[str]:
        """Return the match of the first line that says so."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                found = re.search(pattern, self._lines.get(timeout=0.2))
            except queue.Empty:
                assert self.process.poll() is None, "\n".join(self.said)
                continue
            if found:
                return found
        raise AssertionError(f"it never said {pattern!r}:\n" + "\n".join(self.said))

    def link(self) -> str:
        """Return the path of the one-time link of its first start."""
        return self.waits_for(r"https?://[^/]+(/invitation/\S+)")[1]


@contextmanager
def started(data: Path, *more: str, environment: Mapping[str, str] | None = None) -> Iterator[Process]:
    """Yield a running service; it ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cvsb_xl", "serve", "--data", str(data), "--port", "0", *more],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    try:
        yield Process(process)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
