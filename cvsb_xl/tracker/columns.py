"""Read cells as typed values column by column: a column's cells mostly hold one of a few values, and each is read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cvsb_xl.framework.schema import Field
from cvsb_xl.tracker.values import Fault, Parsed, RawValue, Value, as_text, is_plain, parse


@dataclass(frozen=True, slots=True)
class Column:
    """A column's cells as its field's type.

    Attributes:
        values: one for each cell; a value that cannot be read stands here as it came.
        faults: position -> why the cell cannot be read.
        untidy: position -> the text of a cell that says the same thing in another way.
    """

    values: Sequence[Value]
    faults: Mapping[int, Fault] = field(default_factory=dict)
    untidy: Mapping[int, str] = field(default_factory=dict)


def read_column(item: Field, cells: Sequence[RawValue]) -> Column:
    """Read a field's cells, top to bottom."""
    kinds = set(map(type, cells)) - {type(None)}
    if not kinds:
        return Column([None] * len(cells))
    if len(kinds) > 1:  # 1, 1.0 and True are one key to a dict, and three things to a column
        parsed = [parse(item, cell) for cell in cells]
        return _column([one.value for one in parsed], dict(enumerate(zip(cells, parsed, strict=True))))
    known: dict[RawValue, Value] = {None: None}
    odd: dict[RawValue, Parsed] = {}
    changed = False
    for cell in set(cells):
        if cell is None or is_plain(item, cell):
            known[cell] = cell  # type: ignore[assignment]  # plain text is its own value
            continue
        read = parse(item, cell)
        known[cell] = read.value
        changed = changed or read.value is not cell
        if read.fault or read.tidied:
            odd[cell] = read
    values: Sequence[Value] = [known[cell] for cell in cells] if changed else cells  # type: ignore[assignment]
    if not odd:
        return Column(values)
    return _column(values, {at: (cell, odd[cell]) for at, cell in enumerate(cells) if cell in odd})


def _column(values: Sequence[Value], told: Mapping[int, tuple[RawValue, Parsed]]) -> Column:
    return Column(
        values,
        {at: parsed.fault for at, (_, parsed) in told.items() if parsed.fault},
        {at: as_text(cell) for at, (cell, parsed) in told.items() if parsed.tidied and not parsed.fault},
    )
