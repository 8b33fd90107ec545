"""What came of merging: each cell's outcome, and counts that must add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cvsb_xl.merge.cells import Decision
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.values import Value


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """What became of one returned cell.

    Attributes:
        table: the sheet's name, such as "Assignments".
        reason: a name in reasons.REASONS.
        tracker: the tracker's value; None where it is nobody's business (another agency's row).
        code, detail: for a rejected value: the rule's code and half a sentence.
    """

    table: str
    key: str
    field: str
    outcome: Decision
    reason: str
    base: Value
    tracker: Value
    returned: Value
    returned_cell: str
    tracker_cell: str | None
    code: str = ""
    detail: str = ""
    proposal: Value = None


@dataclass
class Counts:
    """read = applied + unchanged + conflicts + rejected, always."""

    applied: int = 0
    unchanged: int = 0
    conflicts: int = 0
    rejected: int = 0

    @property
    def read(self) -> int:
        return self.applied + self.unchanged + self.conflicts + self.rejected

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.applied + other.applied,
            self.unchanged + other.unchanged,
            self.conflicts + other.conflicts,
            self.rejected + other.rejected,
        )


@dataclass
class ReturnResult:
    """What came of one return.

    Attributes:
        state: "merged", "repeated" (the same return was merged before), or "refused".
        read: the cells the return was counted to hold, before anything was decided on them.
        cells: every cell that is not unchanged.
        noted: unchanged cells in which the agency did say something: already there, superseded, decided.
    """

    file: str
    sheet_id: str = ""
    agency: str = ""
    state: str = "merged"
    read: int = 0
    counts: Counts = field(default_factory=Counts)
    cells: list[CellOutcome] = field(default_factory=list)
    noted: list[CellOutcome] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    reviewed_by: str | None = None


@dataclass(frozen=True)
class MergeReport:
    """What came of all returns of a run, in the order they were given."""

    returns: Sequence[ReturnResult]

    @property
    def counts(self) -> Counts:
        return sum((result.counts for result in self.returns), Counts())

    @property
    def read(self) -> int:
        return sum(result.read for result in self.returns)

    @property
    def refused(self) -> int:
        return sum(result.state == "refused" for result in self.returns)

    @property
    def nothing_done(self) -> bool:
        """Whether the exit code is 2: every file was refused, so the tracker is left as it was."""
        return self.refused == len(self.returns)

    @property
    def wants_a_person(self) -> bool:
        """Whether the exit code is 1: conflicts, rejections, refused files, or findings of severity error."""
        return bool(
            self.refused
            or self.counts.conflicts
            or self.counts.rejected
            or any(item.severity == "error" for result in self.returns for item in result.findings)
        )
