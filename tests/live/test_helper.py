"""LibreOffice leaves nothing behind: a test that ends, however it ends, must not lock the next one's files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.live.libreoffice import LibreOffice

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_libreoffice_ends_when_its_test_ends(tmp_path: Path) -> None:
    office = LibreOffice(CVSB_HOME=str(tmp_path))
    profile = office.ask("where")
    assert Path(profile).is_dir()
    assert _running(profile)
    office.__exit__()
    assert not _running(profile)
    assert not Path(profile).exists()


def _running(profile: str) -> bool:
    """Whether a process has that profile on its command line."""
    listed = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    return any(profile in line and "soffice" in line for line in listed.splitlines())
