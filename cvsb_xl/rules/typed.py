"""The typed columns, validated by pandera: our own mapping from a Field to a pandera column.

Cells are parsed one by one before this (tracker/values.py), so that one bad cell hides no other; a cell with a fault of its own
is not looked at again. What pandera adds is what a column asks as a whole: filled, on its list, in its bounds, and keys
that stand once.

pandera takes half a second to load, as long as reading 10,000 rows. So only those rows and columns go to it of which a quick look at
the distinct values cannot tell that they keep what is asked; a test holds that look to be never more lenient than pandera.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import methodcaller
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


_KINDS: Mapping[str, Any] = {"date": date, "integer": int, "string": str}


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


@dataclass(frozen=True, slots=True)
class Doubt:
    """What pandera is to look at in a table.

    Attributes:
        columns: field name, and KEY -> the row's place in the table -> cell; the same rows in each.
        faulted: (row, field) of cells with a fault of their own, which are not told again.
    """

    fields: Sequence[Field]
    columns: Mapping[str, Mapping[int, Any]]
    faulted: frozenset[tuple[int, str]] = frozenset()


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


def doubts(field: Field, values: Iterable[Any]) -> set[Any]:
    """Return, by a quick look at the distinct values, those of which only pandera can say whether the field allows them."""
    distinct = set(values)
    doubtful: set[Any] = set()
    if None in distinct:
        distinct.remove(None)
        if field.required:
            doubtful.add(None)
    kind = _KINDS[field.type]
    longest = field.maximum_length if field.type == "string" else None
    for value in distinct:
        if not (
            isinstance(value, kind)
            and (not field.enum or value in field.enum)
            and (field.minimum is None or value >= field.minimum)
            and (longest is None or len(value) <= longest)
            and (field.pattern is None or re.fullmatch(field.pattern, value))
        ):
            doubtful.add(value)
    return doubtful


def in_doubt(data: TableData) -> Doubt | None:
    """Return the rows and columns of a table that may hold what is not allowed, but for cells with a fault of their own."""
    columns: dict[str, list[Any]] = {}
    rows: set[int] = set()
    fields = []
    values = [row.values for row in data.rows]
    for field in _asked(data):
        name = field.name
        column = list(map(methodcaller("get", name), values))
        odd = doubts(field, column)
        failing = odd and {
            at for at, value in enumerate(column) if value in odd and name not in data.rows[at].faults
        }
        if failing:
            fields.append(field)
            columns[name] = column
            rows |= failing
    keys = [data.key_of(row).casefold() or None for row in data.rows]
    often = {key for key, number in Counter(keys).items() if key and number > 1}
    if often:
        rows.update(at for at, key in enumerate(keys) if key in often)
    if not rows:
        return None
    columns[KEY] = keys
    faulted = frozenset((at, name) for at in rows for name in data.rows[at].faults)
    picked = {
        name: {at: None if (at, name) in faulted else column[at] for at in sorted(rows)}
        for name, column in columns.items()
    }
    return Doubt(tuple(fields), picked, faulted)


def _asked(data: TableData) -> Iterator[Field]:
    """Yield the fields that people fill in. A blank id is not amiss: `update` fills it, and K104 says so."""
    for field in data.schema.fields:
        if field.owner != "computed" and field.name in data.columns:
            filled_later = data.schema.id_prefix and field.name == data.schema.key
            yield replace(field, required=False) if filled_later else field


def validated(doubt: Doubt) -> list[Failure]:
    """Have pandera validate cells, and return what fails."""
    import pandas as pd
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    checked = {item.name: column_for(item) for item in doubt.fields}
    checked[KEY] = pa.Column(None, unique=True, nullable=True, report_duplicates="exclude_first")
    found: list[Failure] = []
    try:
        # Lists, not mappings: of a mapping with a blank in it pandas makes floats, whatever type it is told.
        cells = {name: list(column.values()) for name, column in doubt.columns.items()}
        frame = pd.DataFrame(cells, index=list(doubt.columns[KEY]), dtype=object)
        pa.DataFrameSchema(checked).validate(frame, lazy=True)
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
            if place not in doubt.faulted and (*place, code) not in seen:
                seen.add((*place, code))
                found.append(Failure(*place, code, value))
    return found


def _all_of(kind: type) -> Any:
    return lambda series: series.map(lambda value: isinstance(value, kind))
