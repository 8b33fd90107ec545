"""Have pandera validate in a second process, beside the other rules: a large tracker is checked as fast with a gap in it as without.

Loading pandera takes longer than any rule does. Where a second process cannot be started, or does not answer as it should, the same is done
in this one. What goes to it and comes back is pickled: it is our own module, which reads nothing else.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cvsb_xl.rules.typed import Doubt, Failure, validated

Failures = Mapping[str, list[Failure]]
_SECONDS = 60


def validating(doubts: Mapping[str, Doubt], *, beside: bool) -> Callable[[], Failures]:
    """Begin to validate what is in doubt, by table; return what waits for the failures.

    Args:
        beside: in a second process, which pays where there is much else to do. Otherwise it is done when it is asked for.
    """

    def here() -> Failures:
        return {name: validated(doubt) for name, doubt in doubts.items()}

    if not (beside and doubts):
        return here
    root = str(Path(__file__).resolve().parents[2])
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cvsb_xl.rules.beside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH")))),
            },
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        _tell(process, pickle.dumps(doubts))
    except OSError:
        return here
    return lambda: _answer(process) or here()


def _tell(process: subprocess.Popen[bytes], said: bytes) -> None:
    if process.stdin is not None:
        with process.stdin as pipe:
            pipe.write(said)
        process.stdin = None


def _answer(process: subprocess.Popen[bytes]) -> Failures | None:
    try:
        said, _ = process.communicate(timeout=_SECONDS)
        answer: Any = pickle.loads(said) if process.returncode == 0 else None  # noqa: S301 - said by our own module
    except (subprocess.TimeoutExpired, pickle.UnpicklingError, EOFError):
        process.kill()
        return None
    return answer if isinstance(answer, dict) else None


def main() -> None:
    """Read what is in doubt, and write what fails."""
    doubts = pickle.load(sys.stdin.buffer)  # noqa: S301 - said by our own module
    pickle.dump({name: validated(doubt) for name, doubt in doubts.items()}, sys.stdout.buffer)


if __name__ == "__main__":
    main()
