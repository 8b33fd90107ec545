"""A button's work in a process of its own, for the sync service: with limits, and nothing of one request left for the next.

Pressing a button redirects what is printed, which one process can do for one request at a time; and what comes from far away
should not be able to use up the service. `cvsb run VERB --json` reads a request (hosts/json.py) and writes the answer, or
{"refused": why}.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import Any

import click

from cvsb_xl.errors import CannotDo, CvsbError

MEMORY = 2_500_000_000
"""Bytes of address space; matplotlib and pandas reserve much that they never use."""
CPU_SECONDS = 120
WALL_SECONDS = 180
_AT_ONCE = threading.BoundedSemaphore(max(2, (os.cpu_count() or 2) // 2))


def verbs(schemas: Path | None) -> Callable[[str, Any, bool], str]:
    """Return what the service calls to have a verb done: (verb, request, lines) -> the answer as JSON.

    The request's "user" is who is signed in, for the change log.
    """

    def answer(verb: str, request: Any, _lines: bool) -> str:
        given = dict(request)
        user = str(given.pop("user", "")) or "unknown"
        with _AT_ONCE:
            said = _ask(verb, json.dumps(given, ensure_ascii=True).encode("ascii"), user, schemas)
        if said.startswith(b'{"refused"'):
            raise CannotDo(str(json.loads(said)["refused"]))
        return said.decode("utf-8")

    return answer


def _ask(verb: str, request: bytes, user: str, schemas: Path | None) -> bytes:
    root = str(Path(__file__).resolve().parents[2])
    # No proxy, token or other secret of the service's own environment goes along.
    kept = (
        "PATH",
        "LANG",
        "LC_ALL",
        "TZ",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "TMPDIR",
        "HOME",
        "VIRTUAL_ENV",
        "CVSB_NOW",
    )
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {
        "PYTHONPATH": root,
        "CVSB_USER": user,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    options = ["--schemas", str(schemas)] if schemas else []
    try:
        done = subprocess.run(  # noqa: S603 - our own module, by our own interpreter; the verb is one of a list
            [sys.executable, "-P", "-m", "cvsb_xl", *options, "run", verb, "--json"],
            input=request,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WALL_SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotDo(
            f"This took longer than {WALL_SECONDS} seconds and was ended. Nothing was changed."
        ) from error
    if done.returncode or done.stdout[:1] != b"{":
        raise CannotDo(
            "This took more memory or time than any tracker needs and was ended. Nothing was changed."
        )
    return done.stdout


def answer_request(ctx: click.Context, verb: str) -> None:
    """Answer one request, from standard input to standard output: `cvsb run VERB --json`."""
    from cvsb_xl.commands.serve import answer_json

    _limit()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    try:
        request = json.loads(sys.stdin.buffer.read())
        if isinstance(request, dict) and isinstance(request.get("workbook"), dict):
            name = PureWindowsPath(str(request["workbook"].get("name", ""))).name
            request["workbook"]["name"] = name if name.strip(". ") else "Tracker.xlsx"
        said = _without_places(answer_json(ctx, verb, request, lines=False)).encode("utf-8", "replace")
    except CvsbError as error:
        said = json.dumps({"refused": str(error)}).encode("ascii")
    except Exception as error:  # whoever asked is told in words, and of the fault only its kind
        words = f"This is a fault of cvsb-xl ({type(error).__name__}). Nothing was changed."
        said = json.dumps({"refused": words}).encode("ascii")
    answers.write(said)
    answers.flush()


def _without_places(answer: str) -> str:
    """Take the folder of this one request, which nobody else ever sees, out of what is told."""
    said = json.loads(answer)
    place = re.compile(re.escape(tempfile.gettempdir()) + r"[/\\]cvsb-[^/\\\s\"]+[/\\]?")
    for name in ("failed", "words", "output", "redo"):
        said[name] = place.sub("", said[name])
    return json.dumps(said, ensure_ascii=False)


def _limit() -> None:
    """No more memory and processor time than any tracker needs, and no core dump that would hold its words."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 256 << 20),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS does not limit address space
            resource.setrlimit(limit, (most, most))
