"""A return without the cells that hold what was issued, which are nine in ten: what is left is what the agency says.

The child process that reads a return takes them away, so that they need not be sent, kept and looked at again. It goes by
the base that the file itself carries, and leaves alone every row that is anything but an issued row answered; `merge`
sees whether the base is ours before it believes a word of it.
"""

from __future__ import annotations

from dataclasses import replace

from cvsb_xl.merge.cells import untouched
from cvsb_xl.merge.columns import last_of
from cvsb_xl.merge.envelope import BadEnvelope, BaseRows, base_in
from cvsb_xl.merge.identity import rows_by_key
from cvsb_xl.merge.returned import Return, ReturnedRow, ReturnedTable


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
    names = {
        name: last_of(name) if column.field.per_round else name for name, column in table.columns.items()
    }

    def left(row: ReturnedRow) -> ReturnedRow:
        if row.key not in issued:
            return row
        held = base[row.key]
        if not all(untouched(row.cells[name], held.get(name)) for name in read):
            return row
        return replace(row, cells={name: cell for name, cell in row.cells.items()
                                   if not untouched(cell, held.get(names[name]))})  # fmt: skip

    return replace(table, rows=tuple(map(left, table.rows)))
