"""A return without the cells that hold what was issued, which are nine in ten: what is left is what the agency says.

The child process that reads a return takes them away, so that they need not be sent, kept and looked at again. It goes by
the base that the file itself carries, and leaves alone every row that is anything but an issued row answered; `merge`
sees whether the base is ours before it believes a word of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cvsb_xl.merge.cells import untouched
from cvsb_xl.merge.columns import last_of
from cvsb_xl.merge.envelope import BadEnvelope, BaseRows, base_in
from cvsb_xl.merge.identity import rows_by_key
from cvsb_xl.merge.returned import Return, ReturnedCell, ReturnedRow, ReturnedTable
from cvsb_xl.tracker.values import Value


def answers_alone(ret: Return) -> Return:
    """Return the return without the untouched cells of its issued rows; the same where it carries no base."""
    try:
        base = base_in(ret.carrier)
    except (BadEnvelope, ValueError, KeyError, TypeError, AttributeError):
        return ret
    tables = {name: _answered(table, base.get(name, {})) for name, table in ret.tables.items()}
    return replace(ret, tables=tables)


def _answered(table: ReturnedTable, base: BaseRows) -> ReturnedTable:
    """Rows whose cells to read are not as issued stay whole: they may be other rows than they say."""
    issued = rows_by_key(base, table)
    read = [name for name, column in table.columns.items() if column.kind == "read"]
    per_round = {name: last_of(name) for name, column in table.columns.items() if column.field.per_round}

    def says(name: str, cell: ReturnedCell, held: Mapping[str, Value]) -> bool:
        if name in per_round and cell.value is None and not cell.formula:
            return False  # left blank, which means unchanged
        return not untouched(cell, held.get(per_round.get(name, name)))

    def left(row: ReturnedRow) -> ReturnedRow:
        held = base[row.key] if row.key in issued else {}
        if not held or not all(untouched(row.cells[name], held.get(name)) for name in read):
            return row
        return replace(row, cells={name: cell for name, cell in row.cells.items() if says(name, cell, held)})

    return replace(table, rows=tuple(map(left, table.rows)))
