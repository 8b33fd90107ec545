"""Merge one return: its rows by the row table, its cells by the cell table, and a count that must hold."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

from cvsb_xl.framework.schema import Table
from cvsb_xl.merge.cells import CellCase, CellDecision, Decision, decide, together
from cvsb_xl.merge.columns import LAST_DECISION, last_of
from cvsb_xl.merge.conflicts import DECIDED, REPLACED, Conflict, ConflictBook
from cvsb_xl.merge.envelope import Envelope
from cvsb_xl.merge.reasons import finding
from cvsb_xl.merge.result import CellOutcome, ReturnResult
from cvsb_xl.merge.returned import Return, ReturnedCell, ReturnedRow, ReturnedTable
from cvsb_xl.merge.working import Source, Working
from cvsb_xl.tracker.values import Value, as_text, parse, same

_COUNTS = {"applied": "applied", "unchanged": "unchanged", "conflict": "conflicts", "rejected": "rejected"}


class OneMerge:
    """Merges one return into the working copy.

    Attributes:
        hold: the reason for which nothing is applied unasked ("other-copy", "no-base"), or blank: what would be applied
            becomes a conflict instead.
    """

    def __init__(
        self, work: Working, book: ConflictBook, ret: Return, envelope: Envelope, *, hold: str = ""
    ) -> None:
        self.work = work
        self.book = book
        self.ret = ret
        self.envelope = envelope
        self.hold = hold
        self.result = ReturnResult(ret.file, envelope.sheet_id, envelope.agency, reviewed_by=ret.reviewed_by)
        self.result.findings += ret.findings
        self.updated: set[tuple[str, str]] = set()

    def run(self) -> ReturnResult:
        """Merge every issued table."""
        for table in self.work.tracker.framework.issued_tables:
            base = self.envelope.base.get(table.name, {})
            returned = self.ret.tables.get(table.name) or ReturnedTable(table.sheet, {}, ())
            self.result.read += self._expected(table, base, returned)
            self._table(table, base, returned)
        assert self.result.read == self.result.counts.read, "a cell was lost between reading and deciding"  # noqa: S101
        return self.result

    def _expected(
        self, table: Table, base: Mapping[str, Mapping[str, Value]], returned: ReturnedTable
    ) -> int:
        """Count what is read: one per base row and issued column, and each filled cell of rows with no base row."""
        issued = len(base) * max(len(self.envelope.columns.get(table.name, ())) - 1, 0)
        times = Counter(row.key for row in returned.rows)
        own = {key for key in base if times[key] == 1}
        return issued + sum(len(row.filled()) for row in returned.rows if row.key not in own)

    def _table(self, table: Table, base: Mapping[str, Mapping[str, Value]], returned: ReturnedTable) -> None:
        times = Counter(row.key for row in returned.rows)
        rows = {row.key: row for row in returned.rows if times[row.key] == 1 and row.key}
        for key, issued in base.items():
            if key in rows:
                self._issued_row(table, key, issued, rows[key], returned)
            else:
                self.result.counts.unchanged += len(self.envelope.columns[table.name]) - 1
                if not times[key] and table.name in self.ret.tables:
                    self._note(
                        "row-missing", table, key, "the row did not come back; nothing of it was changed"
                    )
        for row in returned.rows:
            if row.key in base and times[row.key] == 1:
                continue
            if not row.filled():
                continue
            if row.key and times[row.key] > 1:
                self._reject_row("key-twice", table, row, returned)
            else:
                self._extra_row(table, row, returned)

    # Rows that were issued

    def _issued_row(
        self, table: Table, key: str, issued: Mapping[str, Value], row: ReturnedRow, returned: ReturnedTable
    ) -> None:
        held = self.work.row(table.name, key)
        closed = held is not None and self.work.is_closed(table.name, held)
        decisions: dict[str, CellDecision] = {}
        for name in self.envelope.columns[table.name][1:]:
            column = returned.columns.get(name)
            if column is None:
                self.result.counts.unchanged += 1
                continue
            base = issued.get(last_of(name)) if column.field.per_round else issued.get(name)
            tracker = base if held is None or column.kind != "input" else held.get(name)
            cell = row.cells[name]
            earlier = None
            if column.kind == "input" and held is not None and not same(tracker, base):
                earlier = self.work.earlier(self.envelope, self.ret.modified, table.name, key, name, tracker)
            decision = decide(CellCase(column, base, tracker, cell, closed, earlier))
            if held is None and decision.decision == "applied":
                decision = CellDecision("conflict", "edited-after-removal", decision.value)
            if self.hold and decision.decision == "applied":
                decision = CellDecision("conflict", self.hold, decision.value)
            decisions[name] = decision
        if held is None:
            self._note("edited-after-removal", table, key, "the row is no longer in the tracker")
        for name, decision in together(dict(returned.columns), decisions).items():
            column = returned.columns[name]
            base = issued.get(last_of(name)) if column.field.per_round else issued.get(name)
            tracker = base if held is None or column.kind != "input" else held.get(name)
            self._settle(table, key, name, decision, base, tracker, row.cells[name], returned)

    def _settle(
        self,
        table: Table,
        key: str,
        name: str,
        decision: CellDecision,
        base: Value,
        tracker: Value,
        cell: ReturnedCell,
        returned: ReturnedTable,
    ) -> None:
        """Do what was decided on one cell, and write down what became of it."""
        outcome, reason = decision.decision, decision.reason
        if outcome == "conflict":
            outcome, reason = self._conflict(
                table, key, name, reason, base, tracker, decision.value, returned.address(cell)
            )
        elif outcome == "applied" or reason in ("already-there", "newer"):
            for older in self.book.open_at(table.name, key, name):
                if self._compare(older) == "newer":
                    self.book.replace(older)
        if outcome == "applied":
            source = Source(self.envelope.sheet_id, self.ret.modified, returned.address(cell))
            self.work.set(table.name, key, name, decision.value, source)
            self.updated.add((table.name, key))
        settled = CellDecision(outcome, reason, decision.value, decision.fault)
        self._write_down(table, key, name, settled, cell, returned, base, tracker)

    def _conflict(
        self,
        table: Table,
        key: str,
        name: str,
        kind: str,
        base: Value,
        tracker: Value,
        value: Value,
        where: str,
    ) -> tuple[Decision, str]:
        """Write a conflict down; one that was decided, or that a newer return replaced, needs nobody any more."""
        conflict = Conflict(
            self.envelope.sheet_id,
            table.name,
            key,
            name,
            base,
            tracker,
            value,
            where,
            self.ret.modified,
            kind,
        )
        state = self.book.state(conflict)
        if state == DECIDED:
            return "unchanged", "decided"
        if state == REPLACED:
            return "unchanged", "superseded"
        for other in self.book.open_at(table.name, key, name):
            if other["conflict_id"] == conflict.id:
                continue
            newer = self._compare(other)
            if newer == "newer":
                self.book.replace(other)
            elif newer == "older":
                self.book.add(conflict, REPLACED)
                return "unchanged", "superseded"
        self.book.add(conflict)
        return "conflict", kind

    def _compare(self, other: Mapping[str, Value]) -> str:
        sheet_id = as_text(other["sheet_id"])
        issued = self.work.order_of_sheets.get(sheet_id)
        if issued is None or issued[1] != self.envelope.agency:
            return "unclear"
        return self.work.compare(self.envelope, self.ret.modified, sheet_id, as_text(other["returned_at"]))

    # Rows that were not issued

    def _extra_row(self, table: Table, row: ReturnedRow, returned: ReturnedTable) -> None:
        held = self.work.row(table.name, row.key) if row.key else None
        if held is not None and as_text(held.get("agency")) != self.envelope.agency:
            self._reject_row("not-yours", table, row, returned)
        elif held is not None:
            self._own_row(table, row, held, returned)
        elif table.insertable:
            self._insert(table, row, returned)
        else:
            self._reject_row("new-row" if row.key else "key-blank", table, row, returned)

    def _own_row(
        self, table: Table, row: ReturnedRow, held: Mapping[str, Value], returned: ReturnedTable
    ) -> None:
        """A row of this agency's that the sheet was not issued with: the same is nothing, a difference is a conflict."""
        for name, cell in row.filled():
            column = returned.columns[name]
            value = parse(column.field, cell.value)
            tracker = self._shown(table, held, name, column.kind)
            if column.kind != "input":
                known = name == LAST_DECISION or (not cell.formula and same(value.value, tracker))
                decision = CellDecision(
                    "unchanged" if known else "rejected", "same" if known else "not-yours", value.value
                )
            else:
                decision = decide(CellCase(column, tracker, tracker, cell))
                if decision.decision == "applied":
                    decision = CellDecision("conflict", self.hold or "key-clash", decision.value)
            self._settle(table, row.key, name, decision, None, tracker, cell, returned)

    def _shown(self, table: Table, held: Mapping[str, Value], name: str, kind: str) -> Value:
        """Return what the tracker would show in a column of this row's sheet."""
        if kind != "input" and table.context and name in table.context.fields:
            parent = self.work.row(table.context.table, as_text(held.get(table.context.by)))
            return parent.get(name) if parent else None
        return held.get(name.removeprefix(last_of("")) if name not in held else name)

    def _insert(self, table: Table, row: ReturnedRow, returned: ReturnedTable) -> None:
        """Append a row of an insertable table: its agency is the sheet's, its review one that was issued."""
        filled = row.filled()
        key = row.key if row.key in self.envelope.spare.get(table.name, ()) else self._made_id(table, row)
        held = self.work.row(table.name, key)
        if held is not None:
            self._own_row(table, ReturnedRow(row.number, key, row.cells), held, returned)
            return
        review = row.cells.get("review_id")
        if review is None or as_text(review.value).strip() not in self.envelope.reviews:
            self._reject_row("unknown-review", table, row, returned, key=key)
            return
        values: dict[str, Value] = {table.key: key, "agency": self.envelope.agency}
        sources = {}
        for name, cell in filled:
            column = returned.columns[name]
            parsed = parse(column.field, cell.value)
            if name == "review_id":
                decision = CellDecision("applied", "added", as_text(cell.value).strip())
            elif column.kind != "input":
                decision = CellDecision("rejected", "not-yours", parsed.value)
            else:
                decision = decide(CellCase(column, None, None, cell))
                if decision.decision == "applied":
                    decision = CellDecision("applied", "added", decision.value)
            if self.hold and decision.decision == "applied":
                decision = CellDecision("conflict", self.hold, decision.value)
            if decision.decision == "applied":
                values[name] = decision.value
                sources[name] = Source(self.envelope.sheet_id, self.ret.modified, returned.address(cell))
                self._write_down(table, key, name, decision, cell, returned)
            else:
                self._settle(table, key, name, decision, None, None, cell, returned)
        if not self.hold:
            self.work.append(table.name, key, values, sources)

    def _made_id(self, table: Table, row: ReturnedRow) -> str:
        """Return an id made from the sheet and the row's content, so that a second merge finds the row again."""
        content = repr(sorted((name, as_text(cell.value)) for name, cell in row.filled()))
        digest = (
            hashlib.sha256(f"{self.envelope.sheet_id}\n{row.key}\n{content}".encode()).hexdigest()[:6].upper()
        )
        return f"{table.id_prefix}-{self.envelope.sheet_id[2:]}-{digest}"

    def _reject_row(
        self, reason: str, table: Table, row: ReturnedRow, returned: ReturnedTable, key: str | None = None
    ) -> None:
        """Reject every filled cell of a row, naming each; the tracker's own values are shown to nobody."""
        what = (
            f'row {row.number} of {returned.sheet} ("{row.key}")'
            if row.key
            else f"row {row.number} of {returned.sheet}"
        )
        says = {
            "key-twice": "stands more than once, so neither was used: take the copy out and merge again",
            "not-yours": "belongs to another agency; its values were not used",
            "new-row": "was not issued; ask the Review Manager for a new assignment instead of adding a row",
            "key-blank": "has no ID any more: put it back from the sheet as it was issued, and merge again",
            "unknown-review": "is a new row that names none of the reviews on the sheet: pick one from the list",
        }[reason]
        self._note(reason, table, key or row.key, f"{what} {says}", returned.sheet, f"A{row.number}")
        for name, cell in row.filled():
            value = parse(returned.columns[name].field, cell.value).value
            self._write_down(
                table, key or row.key, name, CellDecision("rejected", reason, value), cell, returned
            )

    # Writing down

    def _write_down(
        self,
        table: Table,
        key: str,
        name: str,
        decision: CellDecision,
        cell: ReturnedCell,
        returned: ReturnedTable,
        base: Value = None,
        tracker: Value = None,
    ) -> None:
        """Count a cell, and keep what became of it unless it is unchanged."""
        counts = self.result.counts
        name_of_count = _COUNTS[decision.decision]
        setattr(counts, name_of_count, getattr(counts, name_of_count) + 1)
        if decision.decision == "unchanged" and decision.reason in ("same", "left-blank"):
            return
        fault = decision.fault
        shown = decision.reason != "not-yours" or base is not None
        kept = self.result.noted if decision.decision == "unchanged" else self.result.cells
        kept.append(
            CellOutcome(
                table=table.sheet,
                key=key,
                field=name,
                outcome=decision.decision,
                reason=decision.reason,
                base=base,
                tracker=tracker,
                returned=decision.value,
                returned_cell=returned.address(cell),
                tracker_cell=self.work.place(table.name, key, name) if shown else None,
                code=fault.code if fault else "",
                detail=fault.message if fault else "",
                proposal=fault.proposal if fault else None,
            )
        )

    def _note(
        self,
        reason: str,
        table: Table,
        key: str,
        message: str,
        sheet: str | None = None,
        cell: str | None = None,
    ) -> None:
        self.result.findings.append(
            finding(reason, message, file=self.ret.file, sheet=sheet, cell=cell, table=table.name, key=key)
        )
