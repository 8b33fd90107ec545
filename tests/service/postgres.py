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

_INITDB = ("--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")


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
    """Yield a running PostgreSQL; it ends with the block, or with this process, however that ends."""
    programs = _programs()
    home = Path(tempfile.mkdtemp(prefix="cvsb-pg-"))  # short: a socket's path has at most 107 characters
    user = _user()
    if user:
        shutil.chown(home, user)
    data, control = home / "data", programs / "pg_ctl"
    with _cleared_afterwards(_as(user, [control, "-D", data, "-w", "-m", "immediate", "stop"]), home):
        _run(_as(user, [programs / "initdb", "-D", data, "-U", "cvsb", *_INITDB]))
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off -c max_connections=200"
        )
        start = [control, "-D", data, "-l", home / "log", "-w", "-t", "60", "-o", options, "start"]
        _run(_as(user, start))
        yield Cluster(home)


@contextmanager
def _cleared_afterwards(stop: Sequence[str], home: Path) -> Iterator[None]:
    """Stop PostgreSQL and remove its folder when the block ends, or when this process is killed.

    A shell of its own waits for the end of its input, which comes when this process closes it or is no more.
    """
    script = 'cat >/dev/null; home=$1; shift; "$@" >/dev/null 2>&1; rm -rf "$home"'
    guard = subprocess.Popen(
        ["sh", "-c", script, "sh", str(home), *stop], cwd="/", stdin=subprocess.PIPE, start_new_session=True
    )
    assert guard.stdin is not None
    try:
        yield
    finally:
        guard.stdin.close()
        guard.wait(timeout=600)  # hundreds of databases take a while to remove on a busy machine


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


def _as(user: str, command: Sequence[object]) -> list[str]:
    return [*(["runuser", "-u", user, "--"] if user else []), *(str(word) for word in command)]


def _run(words: Sequence[str]) -> None:
    """Run a program that must not fail. It gets a file for its words: PostgreSQL keeps what it is given, and a pipe would never end."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        done = subprocess.run(
            words,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        said.seek(0)
        assert done.returncode == 0, said.read()
