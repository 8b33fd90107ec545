"""Write down what becomes of each cell of one return: the count, the outcome, the change, the conflict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cvsb_xl.framework.schema import Table
from cvsb_xl.merge.cells import CellDecision
from cvsb_xl.merge.conflicts import DECIDED, REPLACED, Conflict, ConflictBook
from cvsb_xl.merge.envelope import Envelope
from cvsb_xl.merge.reasons import finding
from cvsb_xl.merge.result import CellOutcome, ReturnResult
from cvsb_xl.merge.returned import Return, ReturnedCell, ReturnedRow, ReturnedTable
from cvsb_xl.merge.working import Source, Working
from cvsb_xl.tracker.values import Value, as_text, parse

_COUNTS = {"applied": "applied", "unchanged": "unchanged", "conflict": "conflicts", "rejected": "rejected"}
_REJECTED_ROWS = {
    "key-twice": "stands more than once, so neither was used: take the copy out and merge again",
    "not-yours": "belongs to another agency; its values were not used",
    "new-row": "was not issued; ask the Review Manager for a new assignment instead of adding a row",
    "key-blank": "has no ID any more: put it back from the sheet as it was issued, and merge again",
    "key-altered": "reads as row {other} does, so the ID and what stands beside it do not belong together (was an ID changed, "
    "or were rows sorted without it?): put each ID back beside its own row, and merge again",
    "unknown-review": "is a new row that names none of the reviews on the sheet: pick one from the list",
}


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A returned row: the table it belongs to, the key it goes by, and the sheet it came on."""

    table: Table
    key: str
    returned: ReturnedTable


class Ledger:
    """What one return comes to.

    Attributes:
        hold: the reason for which nothing is applied unasked ("other-copy", "no-base"), or blank: what would be applied
            becomes a conflict instead.
        updated: (table, key) of each row in which a cell was changed.
    """

    def __init__(
        self, work: Working, book: ConflictBook, ret: Return, envelope: Envelope, hold: str = ""
    ) -> None:
        self.work = work
        self.book = book
        self.ret = ret
        self.envelope = envelope
        self.hold = hold
        self.result = ReturnResult(ret.file, envelope.sheet_id, envelope.agency, reviewed_by=ret.reviewed_by)
        self.result.findings += ret.findings
        self.updated: set[tuple[str, str]] = set()

    def asked(self, decision: CellDecision, kind: str = "") -> CellDecision:
        """Return the decision; a conflict of that kind (or of the reason to hold) in place of one to apply."""
        kind = self.hold or kind
        if kind and decision.decision == "applied":
            return CellDecision("conflict", kind, decision.value)
        return decision

    def source(self, place: RowPlace, cell: ReturnedCell) -> Source:
        """Return where a value came from, for the change log."""
        return Source(self.envelope.sheet_id, self.ret.modified, place.returned.address(cell))

    def unchanged(self, count: int) -> None:
        """Count cells about which there is nothing to say."""
        self.result.counts.unchanged += count

    def settle(
        self,
        place: RowPlace,
        name: str,
        decision: CellDecision,
        cell: ReturnedCell,
        base: Value = None,
        tracker: Value = None,
    ) -> None:
        """Do what was decided on one cell, and write down what became of it."""
        if decision.decision == "conflict":
            decision = self._conflict(place, name, decision, cell, base, tracker)
        elif decision.decision == "applied" or decision.reason == "already-there":
            for older in self.book.open_at(place.table.name, place.key, name):
                if self._compare(older) == "newer" or older["returned_value"] == (
                    as_text(decision.value) or None
                ):
                    self.book.replace(older)
        if decision.decision == "applied":
            self.work.set(place.table.name, place.key, name, decision.value, self.source(place, cell))
            self.updated.add((place.table.name, place.key))
        self.write(place, name, decision, cell, base, tracker)

    def write(
        self,
        place: RowPlace,
        name: str,
        decision: CellDecision,
        cell: ReturnedCell,
        base: Value = None,
        tracker: Value = None,
    ) -> None:
        """Count a cell, and keep what became of it unless nobody said anything in it."""
        counts = self.result.counts
        counted = _COUNTS[decision.decision]
        setattr(counts, counted, getattr(counts, counted) + 1)
        if decision.decision == "unchanged" and decision.reason in ("same", "left-blank"):
            return
        fault = decision.fault
        shown = decision.reason != "not-yours" or base is not None
        kept = self.result.noted if decision.decision == "unchanged" else self.result.cells
        kept.append(
            CellOutcome(
                table=place.table.sheet,
                key=place.key,
                field=name,
                outcome=decision.decision,
                reason=decision.reason,
                base=base,
                tracker=tracker,
                returned=decision.value,
                returned_cell=place.returned.address(cell),
                tracker_cell=self.work.place(place.table.name, place.key, name) if shown else None,
                code=fault.code if fault else "",
                detail=fault.message if fault else "",
                proposal=fault.proposal if fault else None,
            )
        )

    def reject(self, place: RowPlace, row: ReturnedRow, reason: str, other: str = "") -> None:
        """Reject every filled cell of a row, naming each; the tracker's own values are shown to nobody.

        Args:
            other: for "key-altered": the issued row that it reads as.
        """
        sheet, columns = place.returned.sheet, place.returned.columns
        named = f' ("{row.key}")' if row.key else ""
        what = f"row {row.number} of {sheet}{named} {_REJECTED_ROWS[reason].format(other=other)}"
        self.note(reason, place.table, place.key, what, sheet, f"A{row.number}")
        for name, cell in row.filled():
            value = parse(columns[name].field, cell.value).value
            self.write(place, name, CellDecision("rejected", reason, value), cell)

    def note(
        self,
        reason: str,
        table: Table,
        key: str,
        message: str,
        sheet: str | None = None,
        cell: str | None = None,
    ) -> None:
        """Write down a finding about a row."""
        self.result.findings.append(
            finding(reason, message, file=self.ret.file, sheet=sheet, cell=cell, table=table.name, key=key)
        )

    def _conflict(
        self,
        place: RowPlace,
        name: str,
        decision: CellDecision,
        cell: ReturnedCell,
        base: Value,
        tracker: Value,
    ) -> CellDecision:
        """Write a conflict down; one that was decided, or that a newer return replaced, needs nobody any more."""
        conflict = Conflict(
            self.envelope.sheet_id,
            self.envelope.agency,
            place.table.name,
            place.key,
            name,
            base,
            tracker,
            decision.value,
            place.returned.address(cell),
            self.ret.modified,
            decision.reason,
        )
        settled = {DECIDED: "decided", REPLACED: "superseded"}.get(self.book.state(conflict) or "")
        if settled:
            return CellDecision("unchanged", settled, decision.value)
        for other in self.book.open_at(place.table.name, place.key, name):
            if other["conflict_id"] == conflict.id:
                continue
            newer = self._compare(other)
            if newer == "newer":
                self.book.replace(other)
            elif newer == "older":
                self.book.add(conflict, REPLACED)
                return CellDecision("unchanged", "superseded", decision.value)
        self.book.add(conflict)
        return decision

    def _compare(self, other: Mapping[str, Value]) -> str:
        sheet_id = as_text(other["sheet_id"])
        issued = self.work.order_of_sheets.get(sheet_id)
        if issued is None or issued[1] != self.envelope.agency:
            return "unclear"
        return self.work.compare(self.envelope, self.ret.modified, sheet_id, as_text(other["returned_at"]))
