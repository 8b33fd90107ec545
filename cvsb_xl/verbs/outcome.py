"""What goes into a verb and what comes out of it. A verb opens nothing and saves nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from cvsb_xl.tracker.edits import Edit
from cvsb_xl.tracker.findings import Finding


def random_id() -> str:
    """Return eight characters that read well aloud: no 0/O, no 1/I."""
    return "".join(secrets.choice("23456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(8))


@dataclass(frozen=True, slots=True)
class Context:
    """What a verb may know of the world.

    Attributes:
        now: an aware time; `today` is its date where the user is.
        user: who asked, as written in the log.
        new_id: the source of new random ids.
    """

    now: datetime = field(default_factory=lambda: datetime.now(UTC).astimezone())
    user: str = ""
    new_id: Callable[[], str] = random_id

    @property
    def today(self) -> date:
        """The date on which the verb runs."""
        return self.now.date()


@dataclass(frozen=True)
class Outcome:
    """What came of a verb.

    Attributes:
        edits: what is to change in the tracker.
        findings: what wants a person.
        report: the verb's own account, a dataclass of its own, rendered by outputs/.
        documents: what it made, as data: agency sheets, Word papers, CSVs.
    """

    edits: Sequence[Edit] = ()
    findings: Sequence[Finding] = ()
    report: Any = None
    documents: Sequence[Any] = ()
