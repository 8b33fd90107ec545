"""Merge one return: its rows by the row table, its cells by the cell table, and a count that must hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from cvsb_xl.framework.schema import Table
from cvsb_xl.merge.cells import CellCase, CellDecision, decide, together, untouched
from cvsb_xl.merge.columns import last_of
from cvsb_xl.merge.envelope import BaseRows
from cvsb_xl.merge.identity import reads_as_another, rows_by_key, words_moved
from cvsb_xl.merge.ledger import Ledger, RowPlace
from cvsb_xl.merge.new_rows import merge_new_row
from cvsb_xl.merge.result import ReturnResult
from cvsb_xl.merge.returned import ReturnedRow, ReturnedTable
from cvsb_xl.tracker.values import Value, same


def merge_one(ledger: Ledger) -> ReturnResult:
    """Merge every issued table of one return into the working copy."""
    framework, envelope = ledger.work.tracker.framework, ledger.envelope
    for table in framework.issued_tables:
        base = envelope.base.get(table.name, {})
        returned = ledger.ret.tables.get(table.name) or ReturnedTable(table.sheet, {}, ())
        names = envelope.columns.get(table.name, ())[1:]
        rows = rows_by_key(base, returned)
        moved = reads_as_another(base, rows, returned.columns)
        own = {key: row for key, row in rows.items() if key not in moved}
        ledger.result.read += len(base) * len(names) + sum(
            len(row.filled()) for row in returned.rows if row.key not in own
        )
        _merge_table(ledger, table, base, names, returned, own)
        for key, other in moved.items():
            ledger.reject(RowPlace(table, key, returned), rows[key], "key-altered", other)
    assert ledger.result.read == ledger.result.counts.read, "a cell was lost between reading and deciding"  # noqa: S101
    return ledger.result


def _merge_table(
    ledger: Ledger,
    table: Table,
    base: BaseRows,
    names: tuple[str, ...],
    returned: ReturnedTable,
    own: Mapping[str, ReturnedRow],
) -> None:
    times = Counter(row.key for row in returned.rows)
    moved = words_moved(base, own, returned.columns)
    mixed = "rows-mixed" if len(moved) > 1 else ""
    if mixed:
        what = (
            f"words that were issued in one row of {returned.sheet} came back in another, in {len(moved)} cells: rows may have "
            "been sorted without their IDs, or cells deleted. What this sheet would have changed waits in Conflicts"
        )
        ledger.note(mixed, table, moved[0], what, returned.sheet)
    for key in base:
        if key in own:
            _merge_row(ledger, RowPlace(table, key, returned), base, names, own[key], mixed)
            continue
        ledger.unchanged(len(names))
        if not times[key] and table.name in ledger.ret.tables:
            ledger.note("row-missing", table, key, "the row did not come back; nothing of it was changed")
    for row in returned.rows:
        if not row.filled() or (row.key in base and times[row.key] == 1):
            continue
        if row.key and times[row.key] > 1:
            ledger.reject(RowPlace(table, row.key, returned), row, "key-twice")
        else:
            merge_new_row(ledger, table, row, returned)


def _merge_row(
    ledger: Ledger,
    place: RowPlace,
    base_rows: BaseRows,
    names: tuple[str, ...],
    row: ReturnedRow,
    mixed: str,
) -> None:
    """Merge a row that was issued.

    Args:
        mixed: the reason for which its table's answers wait for a person, or blank.
    """
    table, key, columns = place.table.name, place.key, place.returned.columns
    held = ledger.work.row(table, key)
    closed = held is not None and ledger.work.is_closed(table, held)
    values: dict[str, tuple[Value, Value]] = {}
    decisions: dict[str, CellDecision] = {}
    said = [name for name in names if name in row.cells]
    issued = base_rows[key] if said else {}
    for name in said:
        column = columns[name]
        base = issued.get(last_of(name) if column.field.per_round else name)
        if untouched(row.cells[name], base):
            continue
        tracker = base if held is None or column.kind != "input" else held.get(name)
        earlier = None
        if not same(tracker, base):
            earlier = ledger.work.earlier(ledger.envelope, ledger.ret.modified, table, key, name, tracker)
        decision = decide(CellCase(column, base, tracker, row.cells[name], closed, earlier))
        if held is None and decision.decision == "applied":
            decision = CellDecision("conflict", "edited-after-removal", decision.value)
        decisions[name] = ledger.asked(decision, mixed)
        values[name] = (base, None if held is None else tracker)
    ledger.unchanged(len(names) - len(decisions))
    if held is None:
        ledger.note("edited-after-removal", place.table, key, "the row is no longer in the tracker")
    for name, decision in together(columns, decisions).items():
        ledger.settle(place, name, decision, row.cells[name], *values[name])
