"""Which cells of a returned row say something: all but those that hold what was issued, which are nine in ten.

The child process that reads a return leaves the others out, so that they need not be made, sent and looked at again. It
goes by the base that the file itself carries, and leaves whole every row that is anything but an issued row answered;
`merge` sees whether the base is ours before it believes a word of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from cvsb_xl.merge.columns import last_of
from cvsb_xl.merge.envelope import BadEnvelope, BaseRows, base_in
from cvsb_xl.merge.sheet import SheetColumn
from cvsb_xl.tracker.values import RawValue


def carried_base(carrier: Mapping[str, str]) -> Mapping[str, BaseRows]:
    """Return the base that a file carries, whoever wrote it; nothing where it carries none that can be read."""
    try:
        return base_in(carrier)
    except (BadEnvelope, ValueError, KeyError, TypeError, AttributeError):
        return {}


class Answers:
    """What one table of a return was issued with, to tell its answers from it."""

    def __init__(self, columns: Mapping[str, SheetColumn], base: BaseRows, keys: Iterable[str]) -> None:
        """`keys` are those of the returned rows: a key that stands twice is no issued row's."""
        times = Counter(keys)
        self._base = base
        self._own = {key for key in base if times[key] == 1}
        self._per_round = {name: last_of(name) for name, column in columns.items() if column.field.per_round}
        self._read = {name for name, column in columns.items() if column.kind == "read"}

    def of(self, key: str, values: Mapping[str, RawValue], formulas: Collection[str]) -> Collection[str]:
        """Return the names of a row's cells that say something.

        All of them, where its cells to read are not as issued either: it may be another row than it says.
        """
        if key not in self._own:
            return values
        held = self._base[key]
        said = []
        for name, value in values.items():
            base = held.get(self._per_round.get(name, name))
            same = value.__class__ is base.__class__ and value == base
            if name in formulas or not (same or (value is None and name in self._per_round)):
                if name in self._read:
                    return values
                said.append(name)
        return said
