"""Returned rows that were not issued: another agency's, the agency's own from another time, and rows it has added."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from cvsb_xl.framework.schema import Table
from cvsb_xl.merge.cells import CellCase, CellDecision, decide
from cvsb_xl.merge.columns import LAST_DECISION, last_of
from cvsb_xl.merge.ledger import Ledger, RowPlace
from cvsb_xl.merge.returned import ReturnedRow, ReturnedTable
from cvsb_xl.tracker.values import Value, as_text, parse, same


def merge_new_row(ledger: Ledger, table: Table, row: ReturnedRow, returned: ReturnedTable) -> None:
    """Merge a row that has no base row of its own."""
    place = RowPlace(table, row.key, returned)
    held = ledger.work.row(table.name, row.key) if row.key else None
    if held is not None and as_text(held.get("agency")) != ledger.envelope.agency:
        ledger.reject(place, row, "not-yours")
    elif held is not None:
        _own(ledger, place, row, held)
    elif ledger.work.tracker.framework.access.can("agency_lead", "add", table.name):
        _insert(ledger, table, row, returned)
    else:
        ledger.reject(place, row, "new-row" if row.key else "key-blank")


def _own(ledger: Ledger, place: RowPlace, row: ReturnedRow, held: Mapping[str, Value]) -> None:
    """A row of this agency's that the sheet was not issued with: the same is nothing, a difference is a conflict."""
    for name, cell in row.filled():
        column = place.returned.columns[name]
        value = parse(column.field, cell.value)
        tracker = _shown(ledger, place.table, held, name, column.kind)
        if column.kind != "input":
            known = name == LAST_DECISION or (not cell.formula and same(value.value, tracker))
            outcome = ("unchanged", "same") if known else ("rejected", "not-yours")
            decision = CellDecision(outcome[0], outcome[1], value.value)  # type: ignore[arg-type]
        else:
            decision = ledger.asked(decide(CellCase(column, tracker, tracker, cell)), "key-clash")
        ledger.settle(place, name, decision, cell, None, tracker)


def _shown(ledger: Ledger, table: Table, held: Mapping[str, Value], name: str, kind: str) -> Value:
    """Return what the tracker would show in a column of this row's sheet."""
    if kind != "input" and table.context and name in table.context.fields:
        parent = ledger.work.row(table.context.table, as_text(held.get(table.context.by)))
        return parent.get(name) if parent else None
    return held.get(name.removeprefix(last_of("")) if name not in held else name)


def _insert(ledger: Ledger, table: Table, row: ReturnedRow, returned: ReturnedTable) -> None:
    """Append a row of an insertable table: its agency is the sheet's, its review one that was issued."""
    envelope = ledger.envelope
    key = (
        row.key if row.key in envelope.spare.get(table.name, ()) else _made_id(envelope.sheet_id, table, row)
    )
    place = RowPlace(table, key, returned)
    held = ledger.work.row(table.name, key)
    if held is not None:
        _own(ledger, place, row, held)
        return
    review = row.cells.get("review_id")
    if review is None or as_text(review.value).strip() not in envelope.reviews:
        ledger.reject(place, row, "unknown-review")
        return
    values: dict[str, Value] = {table.key: key, "agency": envelope.agency}
    sources = {}
    for name, cell in row.filled():
        column = returned.columns[name]
        if name == "review_id":
            decision = CellDecision("applied", "added", as_text(cell.value).strip())
        elif column.kind != "input":
            decision = CellDecision("rejected", "not-yours", parse(column.field, cell.value).value)
        else:
            decision = decide(CellCase(column, None, None, cell))
            if decision.decision == "applied":
                decision = CellDecision("applied", "added", decision.value)
        decision = ledger.asked(decision)
        if decision.decision == "applied":
            values[name] = decision.value
            sources[name] = ledger.source(place, cell)
            ledger.write(place, name, decision, cell)
        else:
            ledger.settle(place, name, decision, cell)
    if not ledger.hold:
        ledger.work.append(table.name, key, values, sources)


def _made_id(sheet_id: str, table: Table, row: ReturnedRow) -> str:
    """Return an id made from the sheet and the row's content, so that a second merge finds the row again."""
    content = repr(sorted((name, as_text(cell.value)) for name, cell in row.filled()))
    digest = hashlib.sha256(f"{sheet_id}\n{row.key}\n{content}".encode()).hexdigest()[:6].upper()
    return f"{table.id_prefix}-{sheet_id.rpartition('-')[2]}-{digest}"
