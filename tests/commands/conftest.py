"""A tracker with the worked example, as it was built on 23 November 2026, for commands that write something from it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.framework.load import load_framework
from cvsb_xl.verbs.new import new_tracker
from cvsb_xl.verbs.outcome import Context

NOW = "2026-11-23T14:02:00+00:00"


@pytest.fixture(scope="session")
def built() -> bytes:
    """Return the workbook."""
    tracker = new_tracker(load_framework(), Context(now=datetime.fromisoformat(NOW)), sample=True)
    return build_tracker(tracker, date(2026, 11, 23))


@pytest.fixture
def tracker(built: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of it to work on, alone in the current folder, on the same day."""
    monkeypatch.setenv("CVSB_NOW", NOW)
    monkeypatch.setenv("CVSB_USER", "Sample Review Manager")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "t.xlsx"
    path.write_bytes(built)
    return path
