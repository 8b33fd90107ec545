"""A PostgreSQL of our own: Debian's programs, a new cluster in a temporary folder, on a socket there and nowhere else.

A machine without it fails: scripts/test installs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest


class Cluster:
    """A running PostgreSQL.

    Attributes:
        socket: the folder of its socket.
    """

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def new_database(self) -> str:
        """Make an empty database; return its address for SQLAlchemy."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as conn:
            conn.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        return f"postgresql+psycopg://cvsb@/{name}?host={self.socket}"

    def _address(self, database: str) -> str:
        return f"host={self.socket} user=cvsb dbname={database}"


@contextmanager
def postgres() -> Iterator[Cluster]:
    """Yield a running PostgreSQL; it ends with the block."""
    programs = _programs()
    home = Path(tempfile.mkdtemp(prefix="cvsb-pg-"))  # short: a socket's path has at most 107 characters
    user = _user()
    if user:
        shutil.chown(home, user)
    data = home / "data"
    _run(
        user,
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "cvsb",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ],
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off -c max_connections=200"
    _run(
        user, [programs / "pg_ctl", "-D", data, "-l", home / "log", "-w", "-t", "60", "-o", options, "start"]
    )
    try:
        yield Cluster(home)
    finally:
        _run(user, [programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"])
        shutil.rmtree(home, ignore_errors=True)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        pytest.fail("this test needs PostgreSQL (initdb, pg_ctl); scripts/test installs it")
    return found[-1].parent if found else Path(str(on_path)).parent


def _user() -> str:
    """PostgreSQL refuses to run as root; then it runs as a user of its own."""
    if os.name != "posix" or os.getuid() != 0:
        return ""
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _run(user: str, command: Sequence[object]) -> None:
    words = [str(word) for word in command]
    if user:
        words = ["runuser", "-u", user, "--", *words]
    done = (
        subprocess.run(words, cwd="/", capture_output=True, text=True, timeout=120, check=False)
        if "start" not in words
        else _start(words)
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def _start(words: list[str]) -> subprocess.CompletedProcess[str]:
    # The server keeps what it is given as its output: a pipe would never end.
    return subprocess.run(
        words,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=120,
        check=False,
    )
