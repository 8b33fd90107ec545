"""Which issued row a returned row is: the one whose key it has, unless all it shows to read is another row's.

And whether its answers are its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cvsb_xl.merge.envelope import BaseRows
from cvsb_xl.merge.returned import ReturnedRow, ReturnedTable
from cvsb_xl.merge.sheet import SheetColumn
from cvsb_xl.tracker.values import Value, as_text, normalise, parse, same

_LONG_COLUMN, _LONG_WORDS = 1_000, 12
"""Characters: a column for free text, and a text that nobody writes twice by chance."""


def rows_by_key(base: BaseRows, returned: ReturnedTable) -> dict[str, ReturnedRow]:
    """Return the returned rows that bear the key of an issued row, each key once."""
    times = Counter(row.key for row in returned.rows)
    return {row.key: row for row in returned.rows if row.key in base and times[row.key] == 1}


def reads_as_another(
    base: BaseRows, rows: Mapping[str, ReturnedRow], columns: Mapping[str, SheetColumn]
) -> dict[str, str]:
    """Return key -> the key of the row that it reads as: IDs were moved, or rows were sorted without them.

    A row reads as another when its locked cells agree with what was issued for that other row in more columns than with
    what was issued under its own key. One locked cell typed over does not do that; then its own key counts.
    """
    read = [name for name, column in columns.items() if column.kind == "read"]
    changed = {
        key: tuple(_comparable(columns[name], row) for name in read)
        for key, row in rows.items()
        if _differs(row, base, [name for name in read if name in row.cells])
    }
    if not changed:
        return {}
    issued = {key: tuple(normalise(row.get(name)) for name in read) for key, row in base.items()}
    found = {}
    for key, shown in changed.items():
        likest = max(issued, key=lambda other: (_agreeing(shown, issued[other]), other == key))
        if likest != key:
            found[key] = likest
    return found


def _differs(row: ReturnedRow, base: BaseRows, names: Sequence[str]) -> bool:
    issued = base[row.key] if names else {}
    return any(not same(row.cells[name].value, issued.get(name)) for name in names)


def words_moved(
    base: BaseRows, rows: Mapping[str, ReturnedRow], columns: Mapping[str, SheetColumn]
) -> list[str]:
    """Return the keys of rows in which long words came back that were issued in another row, and left that row.

    So it looks when an agency sorts its own columns alone, or deletes a cell and lets those below move up: the IDs and what
    stands beside them are all right, and every answer is beside the wrong action. The same words copied to a second row, as
    for one action in two areas, have not left the first.
    """
    found = []
    for name, column in columns.items():
        if (
            column.kind != "input"
            or column.field.per_round
            or (column.field.maximum_length or 0) < _LONG_COLUMN
        ):
            continue
        changed = {
            key: as_text(row.cells[name].value)
            for key, row in rows.items()
            if name in row.cells and not same(row.cells[name].value, base[key].get(name))
        }
        left = {as_text(base[key].get(name)) for key in changed} if len(changed) > 1 else set()
        found += [key for key, words in changed.items() if len(words) >= _LONG_WORDS and words in left]
    return found


def _comparable(column: SheetColumn, row: ReturnedRow) -> Value:
    return parse(column.field, row.cells[column.name].value).value


def _agreeing(shown: tuple[Value, ...], issued: tuple[Value, ...]) -> int:
    return sum(map(same, shown, issued))
