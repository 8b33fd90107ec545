"""A Review Manager's desk: LibreOffice with a tracker that carries the CVSB tab, where Python is started for real."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cvsb_xl.hosts.lines import line
from tests.live.libreoffice import LibreOffice


@dataclass
class Desk:
    """A running LibreOffice with a tracker open, and where the launcher keeps its runs."""

    office: LibreOffice
    tracker: Path
    home: Path

    def press(self, name: str) -> str:
        """Press a button; return what the person is told."""
        (self.home / "summary.txt").unlink(missing_ok=True)
        before = self.last_run()
        self.office.ask("macro", f"CvsbRibbon.{name}", "<control>")
        after = self.last_run()
        told = (after if after != before else self.home) / "summary.txt"
        return told.read_text(encoding="utf-8", errors="replace")

    def last_run(self) -> Path:
        path = self.home / "last-run.txt"
        return Path(path.read_text(encoding="ascii").strip()) if path.exists() else self.home


@contextmanager
def at_desk(data: bytes, home: Path, folder: Path, chosen: Path | None = None) -> Iterator[Desk]:
    """Open a tracker with its ribbon, put into `folder`; buttons start this Python, on a fixed day.

    Args:
        home: where the launcher keeps its runs.
        chosen: what is chosen where a button asks for files.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "cvsb.txt").write_bytes(
        f"{line('python', sys.executable)}\r\ntransport\tprocess\r\n".encode("ascii")
    )
    tracker = folder / "Tracker.xlsm"
    tracker.write_bytes(data)
    with LibreOffice(
        CVSB_HOME=str(home),
        CVSB_QUIET="1",
        CVSB_CHOSEN=str(chosen or ""),
        PYTHONPATH=str(Path(__file__).parents[2]),
        CVSB_NOW="2027-03-31T09:00",
    ) as office:
        office.ask("open", str(tracker))
        yield Desk(office, tracker, home)
