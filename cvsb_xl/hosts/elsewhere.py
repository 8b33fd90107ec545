"""A tracker that is not read from disk: open in Excel, or sent by a client. Commands work on it as on any other.

Within `on(...)`, opening its path gives what was read elsewhere, and saving hands the edits over instead of writing a
file. So a ribbon button does exactly what the command of the same name does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from cvsb_xl.hosts.book import BookTracker
from cvsb_xl.tracker.edits import Edit


@dataclass
class Elsewhere:
    """The tracker, the path it goes by, and the edits that were asked for."""

    path: Path
    opened: BookTracker
    edits: list[Edit] = field(default_factory=list)


_NOW: ContextVar[Elsewhere | None] = ContextVar("elsewhere", default=None)


@contextmanager
def on(place: Elsewhere) -> Iterator[Elsewhere]:
    """Have commands work on this tracker."""
    token = _NOW.set(place)
    try:
        yield place
    finally:
        _NOW.reset(token)


def tracker_at(path: Path) -> BookTracker | None:
    """Return the tracker that goes by that path; None when it is on disk as usual."""
    place = _NOW.get()
    return place.opened if place and place.path == path else None


def take(path: Path, edits: Sequence[Edit]) -> bool:
    """Keep edits of the tracker that goes by that path; False when it is on disk and they are to be written there."""
    place = _NOW.get()
    if place is None or place.path != path:
        return False
    place.edits += edits
    return True
