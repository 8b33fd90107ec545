"""A headless LibreOffice for one test: a helper in the system's Python that speaks UNO, asked over JSON lines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_HELPER = Path(__file__).with_name("uno_helper.py")
_PYTHON = "/usr/bin/python3"


class LibreOffice:
    """`office.read("Actions", 1, 1, 9, 9)` asks the helper for its `read`. Leaves nothing running."""

    def __init__(self, **environment: str) -> None:
        if (
            shutil.which("soffice") is None
            or subprocess.run([_PYTHON, "-c", "import uno"], check=False).returncode
        ):
            pytest.fail("this test needs LibreOffice and python3-uno; scripts/test installs them")
        self._helper = subprocess.Popen(
            [_PYTHON, str(_HELPER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**{k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}, **environment},
        )
        self._heard()

    def _heard(self) -> Any:
        assert self._helper.stdout is not None
        line = self._helper.stdout.readline()
        if not line:
            raise RuntimeError("LibreOffice's helper ended")
        heard = json.loads(line)
        if "error" in heard:
            raise RuntimeError(heard["error"])
        return heard.get("answer")

    def ask(self, do: str, *arguments: Any) -> Any:
        """Ask for one thing.

        Raises:
            RuntimeError: with LibreOffice's own words.
        """
        assert self._helper.stdin is not None
        self._helper.stdin.write(json.dumps({"do": do, "with": arguments}) + "\n")
        self._helper.stdin.flush()
        return self._heard()

    def __enter__(self) -> LibreOffice:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._helper.stdin is not None
        self._helper.stdin.close()
        self._helper.wait(40)
