"""Heavy libraries are loaded only by the commands that need them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "pandas",
    "pandera",
    "matplotlib",
    "docx",
    "openpyxl",
    "xlsxwriter",
    "python_calamine",
    "yaml",
    "xlwings",
}


def _loaded(*words: str) -> set[str]:
    """Return the heavy libraries that are loaded once a command has run."""
    code = (
        "import sys\nfrom cvsb_xl.cli import cvsb\n"
        f"try:\n    cvsb({list(words)!r}, standalone_mode=False)\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sorted(name for name in sys.modules if '.' not in name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()) & HEAVY


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("imports") / "t.xlsx"
    _loaded("new", str(path), "--sample")
    _loaded("issue", str(path), "--out", str(path.parent / "out"))
    return path


def test_help_loads_no_heavy_library() -> None:
    assert _loaded("--help") == set()


def test_merge_loads_neither_pandas_nor_pandera_nor_what_draws(tracker: Path) -> None:
    loaded = _loaded("merge", str(tracker), str(tracker.parent / "out"))
    assert loaded & {"pandas", "pandera", "matplotlib", "docx", "xlsxwriter", "openpyxl"} == set()


def test_update_loads_only_what_reads_and_yaml(tracker: Path) -> None:
    assert _loaded("update", str(tracker)) <= {"python_calamine", "yaml"}
