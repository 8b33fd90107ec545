"""What an agency handed in, as pages tell of it: when, by whom, what came of it, and what it says that is not accepted yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cvsb_xl.framework.schema import Framework
from cvsb_xl.tracker.values import Value, parse
from cvsb_xl.tracker.wording import counted

STATES: Mapping[str, str] = {
    "quarantined": "Being checked",
    "received": "Received, not yet accepted",
    "refused": "Refused",
    "accepted": "Accepted",
}
"""State of an upload -> the words for it."""

_STANDING = ("received", "accepted")


@dataclass(frozen=True)
class Sent:
    """One return that was handed in.

    Attributes:
        by: the name of who sent it.
        source: "file", or "page" where it was filled in on the page.
        reason: why it was refused, in words.
        unpublished: it was accepted into the tracker, and the tracker was not published since.
        plan: what would become of it, as outputs/merge_json.py writes one return; {} while it is being checked.
    """

    id: str
    agency: str
    sheet_id: str
    by: str
    received_at: datetime
    file_name: str
    size: int
    source: str
    state: str
    reason: str = ""
    plan: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    decided_at: datetime | None = None
    has_receipt: bool = False
    unpublished: bool = False

    @property
    def state_words(self) -> str:
        """The state as a person reads it."""
        return STATES.get(self.state, self.state)

    @property
    def cells(self) -> list[Mapping[str, Any]]:
        """What became, or would become, of each cell that says something new."""
        return list(self.plan.get("cells", ()))

    @property
    def summary(self) -> str:
        """What it holds, in a few words."""
        if self.state == "quarantined":
            return "We are checking the file."
        if self.state == "refused" and not self.counts:
            return "Nothing of it was read."
        changed, waiting = self.counts.get("applied", 0), self.counts.get("conflicts", 0)
        refused = self.counts.get("rejected", 0)
        told = [counted(changed, "change") if changed else "No change"]
        told += [f"{waiting:,} for the Review Manager to decide"] if waiting else []
        told += [f"{refused:,} not accepted"] if refused else []
        return ", ".join(told)


@dataclass(frozen=True)
class Pending:
    """One cell that an agency has sent, and the tracker that was published does not hold yet."""

    value: Value
    sent: Sent


PendingCells = Mapping[tuple[str, str], Mapping[str, Pending]]
"""(table, key) -> field -> what was sent last."""


def pending(framework: Framework, returns: Iterable[Sent], sheet_id: str = "") -> PendingCells:
    """Return what stands in returns and not yet in the published tracker; of two that say different things, the later.

    Args:
        sheet_id: the current sheet: what was accepted from it since it was published counts, too.
    """
    found: dict[tuple[str, str], dict[str, Pending]] = {}
    for sent in sorted(returns, key=lambda item: item.received_at):
        taken_in = sent.state == "accepted" and not sent.unpublished
        if sent.state not in _STANDING or (taken_in and sent.sheet_id != sheet_id):
            continue
        for cell in sent.cells:
            table = framework.by_sheet.get(cell["table"])
            if (
                table is None
                or cell["outcome"] not in ("applied", "conflict")
                or cell["field"] not in table.by_name
            ):
                continue
            value = parse(table[cell["field"]], cell["returned"]).value
            found.setdefault((table.name, cell["key"]), {})[cell["field"]] = Pending(value, sent)
    return found
