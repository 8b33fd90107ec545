"""Read cells as typed values column by column: a column's cells mostly hold one of a few values, and each is read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cvsb_xl.framework.schema import Field
from cvsb_xl.tracker.values import Fault, Parsed, RawValue, Value, is_plain, parse


@dataclass(frozen=True, slots=True)
class Column:
    """A column's cells as its field's type.

    Attributes:
        values: one for each cell; a value that cannot be read stands here as it came.
        faults: position -> why the cell cannot be read.
        untidy: the positions of cells that say the same thing in another way.
    """

    values: Sequence[Value]
    faults: Mapping[int, Fault] = field(default_factory=dict)
    untidy: Sequence[int] = ()


def read_column(item: Field, cells: Sequence[RawValue]) -> Column:
    """Read a field's cells, top to bottom."""
    kinds = {cell.__class__ for cell in cells if cell is not None}
    if not kinds:
        return Column([None] * len(cells))
    if len(kinds) > 1:  # 1, 1.0 and True are one key to a dict, and three things to a column
        return _column([parse(item, cell) for cell in cells])
    known: dict[RawValue, Value] = {None: None}
    odd: dict[RawValue, Parsed] = {}
    for cell in set(cells):
        if cell is None or is_plain(item, cell):
            known[cell] = cell  # type: ignore[assignment]  # plain text is its own value
            continue
        parsed = parse(item, cell)
        known[cell] = parsed.value
        if parsed.fault or parsed.tidied:
            odd[cell] = parsed
    values = [known[cell] for cell in cells]
    if not odd:
        return Column(values)
    told = {position: odd[cell] for position, cell in enumerate(cells) if cell in odd}
    return Column(values, *_told(told))


def _column(parsed: Sequence[Parsed]) -> Column:
    return Column([item.value for item in parsed], *_told(dict(enumerate(parsed))))


def _told(parsed: Mapping[int, Parsed]) -> tuple[dict[int, Fault], list[int]]:
    faults = {position: item.fault for position, item in parsed.items() if item.fault}
    return faults, [position for position, item in parsed.items() if item.tidied and not item.fault]
