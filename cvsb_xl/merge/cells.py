"""What becomes of one returned cell. The decision table, line by line, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cvsb_xl.merge.returned import ReturnedCell
from cvsb_xl.merge.sheet import SheetColumn
from cvsb_xl.tracker.values import Fault, Value, normalise, parse, same

Decision = Literal["applied", "unchanged", "conflict", "rejected"]
Newer = Literal["newer", "older", "unclear"]


@dataclass(frozen=True, slots=True)
class CellCase:
    """Everything the decision hangs on.

    Attributes:
        base: the value as issued; for a per-round field, the tracker's value at the time ("your last update").
        tracker: the value the tracker holds now.
        closed: the action was closed since the sheet was issued.
        earlier: the tracker's value was put there by an earlier return of the same agency: whether this one is newer;
            None when it was not.
    """

    column: SheetColumn
    base: Value
    tracker: Value
    returned: ReturnedCell
    closed: bool = False
    earlier: Newer | None = None


@dataclass(frozen=True, slots=True)
class CellDecision:
    """What becomes of it.

    Attributes:
        reason: a name in reasons.REASONS.
        value: the returned value, typed where it could be read.
        fault: for "bad-value": why, with the rule's code.
        changed: the agency meant to change the cell, and the tracker does not hold that value already.
    """

    decision: Decision
    reason: str
    value: Value
    fault: Fault | None = None

    @property
    def changed(self) -> bool:
        return self.decision != "unchanged"


def decide(case: CellCase) -> CellDecision:
    """Return what becomes of a cell of a row that was issued and still stands: the first line that fits.

    | case | outcome |
    |---|---|
    | r = b, or a per-round field left blank | unchanged |
    | not agency-owned | rejected, not-yours |
    | a formula, or cannot be read | rejected, bad-value with the rule's code |
    | r = m | unchanged, already there |
    | r empties a record (evidence, impact) | conflict, emptied |
    | the action was closed since | conflict, action-closed |
    | m = b | applied |
    | m came from an earlier return of this agency | newer: applied; older: unchanged; unclear: conflict |
    | otherwise | conflict, both-changed |
    """
    column, cell = case.column, case.returned
    parsed = parse(column.field, cell.value)
    value = parsed.value
    if not cell.formula and (same(value, case.base) or same(cell.value, case.base)):
        return CellDecision("unchanged", "same", value)
    if not cell.formula and column.field.per_round and normalise(cell.value) is None:
        return CellDecision("unchanged", "left-blank", value)
    if column.kind != "input":
        return CellDecision("rejected", "not-yours", value)
    if cell.formula:
        return CellDecision(
            "rejected", "formula", value, Fault("X202", "holds a formula where a value is needed")
        )
    if parsed.fault:
        return CellDecision("rejected", "bad-value", value, parsed.fault)
    if same(value, case.tracker):
        return CellDecision("unchanged", "already-there", value)
    if value is None and column.field.record:
        return CellDecision("conflict", "emptied", value)
    if case.closed:
        return CellDecision("conflict", "action-closed", value)
    if same(case.tracker, case.base):
        return CellDecision("applied", "applied", value)
    if case.earlier == "newer":
        return CellDecision("applied", "newer", value)
    if case.earlier == "older":
        return CellDecision("unchanged", "superseded", value)
    return CellDecision("conflict", "which-is-newer" if case.earlier else "both-changed", value)


def untouched(cell: ReturnedCell, base: Value) -> bool:
    """Tell at a glance that a cell holds what was issued, as nearly all do; `decide` finds the others that do."""
    return not cell.formula and cell.value.__class__ is base.__class__ and cell.value == base


def together(
    columns: Mapping[str, SheetColumn], decisions: Mapping[str, CellDecision]
) -> dict[str, CellDecision]:
    """Return a row's decisions with its units kept whole.

    If one changed field of a unit conflicts or is rejected, its other changed fields are conflicts too.
    """
    broken = {
        columns[name].field.unit
        for name, decision in decisions.items()
        if columns[name].field.unit and decision.decision in ("conflict", "rejected")
    }
    return {
        name: CellDecision("conflict", "unit", decision.value)
        if decision.decision == "applied" and columns[name].field.unit in broken
        else decision
        for name, decision in decisions.items()
    }
