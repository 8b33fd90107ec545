"""The typed columns, validated by pandera: our own mapping from a Field to a pandera column.

Cells are parsed one by one before this (tracker/values.py), so that one bad cell hides no other; a cell with a fault of its own
is not looked at again. What pandera adds is what a column asks as a whole: filled, on its list, in its bounds, and keys
that stand once.

pandera takes half a second to load, as long as reading 10,000 rows. So a column goes to it only where a quick look at its
distinct values cannot tell that it keeps what it asks; a test holds that look to be never more lenient than pandera.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from cvsb_xl.framework.schema import Field
from cvsb_xl.tracker.tables import TableData

if TYPE_CHECKING:
    import pandera.pandas as pa

KEY = "(key)"
"""The name of the column that holds each row's whole key."""

_CODES = {
    "not_nullable": "D103",
    "field_uniqueness": "K101",
    "isin": "D102",
    "str_length": "D105",
    "str_matches": "D106",
    "greater_than_or_equal_to": "D107",
    "is_date": "D101",
    "is_integer": "D107",
}


_KINDS = {"date": date, "integer": int, "string": str}


@dataclass(frozen=True, slots=True)
class Failure:
    """A cell that a column does not allow.

    Attributes:
        position: the row's place in the table, from 0.
        field: the field's name, or KEY.
        code: the rule's.
    """

    position: int
    field: str
    code: str
    value: object


def column_for(field: Field) -> pa.Column:
    """Return the pandera column that a field asks for."""
    import pandera.pandas as pa

    checks = []
    if field.type == "date":
        checks.append(pa.Check(_all_of(date), name="is_date", ignore_na=True))
    elif field.type == "integer":
        checks.append(pa.Check(_all_of(int), name="is_integer", ignore_na=True))
    if field.enum:
        checks.append(pa.Check.isin(field.enum))
    if field.maximum_length and field.type == "string":
        checks.append(pa.Check.str_length(max_value=field.maximum_length))
    if field.pattern:
        checks.append(pa.Check.str_matches(rf"^(?:{field.pattern})$"))
    if field.minimum is not None:
        checks.append(pa.Check.ge(field.minimum))
    return pa.Column(None, checks=checks, nullable=not field.required, name=field.name, required=False)


def keeps(field: Field, values: Sequence[Any]) -> bool:
    """Tell, by a quick look, that a column's cells are all as its field asks; False where only pandera can say."""
    distinct = set(values)
    if None in distinct:
        if field.required:
            return False
        distinct.remove(None)
    kind = _KINDS[field.type]
    if not all(isinstance(value, kind) for value in distinct):
        return False
    if field.enum and not distinct.issubset(field.enum):
        return False
    if field.minimum is not None and min(distinct, default=field.minimum) < field.minimum:
        return False
    longest = field.maximum_length if field.type == "string" else None
    if longest is not None and any(len(text) > longest for text in distinct):
        return False
    return field.pattern is None or all(re.fullmatch(field.pattern, text) for text in distinct)


def failures(data: TableData) -> Iterator[Failure]:
    """Yield the cells of a table that its columns do not allow, but for those with a fault of their own."""
    fields = [item for item in data.schema.fields if item.owner != "computed" and item.name in data.columns]
    if not data.rows or not fields:
        return
    faulted = {
        (position, name) for position, row in enumerate(data.rows) if row.faults for name in row.faults
    }
    columns: dict[str, list[Any]] = {
        item.name: [row.values.get(item.name) for row in data.rows] for item in fields
    }
    for position, name in faulted:
        if name in columns:
            columns[name][position] = None
    keys = [data.key_of(row).casefold() for row in data.rows]
    filled = [key for key in keys if key]
    doubtful = [item for item in fields if not keeps(item, columns[item.name])]
    if doubtful or len(set(filled)) < len(filled):
        columns = {item.name: columns[item.name] for item in doubtful} | {KEY: [key or None for key in keys]}
        yield from validated(doubtful, columns, faulted)


def validated(
    fields: Sequence[Field], columns: dict[str, list[Any]], faulted: set[tuple[int, str]]
) -> Iterator[Failure]:
    """Have pandera validate columns (field name, and KEY -> cells), and yield what fails but for (row, field) in `faulted`."""
    import pandas as pd
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    checked = {item.name: column_for(item) for item in fields}
    checked[KEY] = pa.Column(None, unique=True, nullable=True, report_duplicates="exclude_first")
    try:
        pa.DataFrameSchema(checked).validate(pd.DataFrame(columns, dtype=object), lazy=True)
    except SchemaErrors as errors:
        seen: set[tuple[int, str, str]] = set()
        cases = errors.failure_cases
        for check, field, position, value in zip(
            cases["check"], cases["column"], cases["index"], cases["failure_case"], strict=True
        ):
            if position is None or pd.isna(position):
                continue
            place = (int(position), str(field))
            code = _CODES[str(check).split("(")[0]]
            if place not in faulted and (*place, code) not in seen:
                seen.add((*place, code))
                yield Failure(*place, code, value)


def _all_of(kind: type) -> Any:
    return lambda series: series.map(lambda value: isinstance(value, kind))
