"""The command line as a person's shell starts it: through `main`, with its exit code."""

from __future__ import annotations

import sys

import pytest

from cvsb_xl.cli import main


def cvsb(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run cvsb; return its exit code."""
    monkeypatch.setattr(sys, "argv", ["cvsb", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)
