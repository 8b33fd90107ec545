"""The tracker in memory: tables of typed rows. No file, no Excel, no saving."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from cvsb_xl.framework.schema import Framework, Language, Table
from cvsb_xl.tracker.columns import Column, read_column
from cvsb_xl.tracker.row_line import row_line
from cvsb_xl.tracker.values import Fault, RawValue, Value, as_text

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        number: the row of the sheet, counted from 1; 0 for a row that is on no sheet yet.
        values: field name -> value; a value that cannot be read as its type stands here as it came.
        faults: field name -> why the value cannot be read.
        untidy: field name -> the text of a cell that says the same thing in another way ("in progress.").
    """

    number: int
    values: Mapping[str, Value]
    faults: Mapping[str, Fault] = field(default_factory=dict)
    untidy: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Value:
        return self.values.get(name)

    def text(self, name: str) -> str:
        """Return the value as text, blank for none."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if value.__class__ is str else as_text(value)

    @property
    def is_blank(self) -> bool:
        """Tell whether no field holds anything."""
        return all(value is None for value in self.values.values())


@dataclass(frozen=True)
class TableData:
    """The rows of one table, and where its columns stand on the sheet.

    Attributes:
        columns: field name -> column of the sheet, counted from 1; a field without an entry has no column there.
        header_row: the sheet's row of headings, counted from 1; 0 when the sheet is missing.
        found: whether the sheet is there at all.
        twice: fields whose heading stands more than once; the first column counts.
        unknown: heading text -> column of headings that are no field's.
        below: sheet rows under the Excel table's end that hold something in its columns; they belong to no row.
        formulas: (sheet row, field) of cells that hold a formula where people type or the tool writes; empty where it was not
            asked for. The rows hold the formula's last value.
    """

    schema: Table
    rows: tuple[Row, ...] = ()
    columns: Mapping[str, int] = field(default_factory=dict)
    header_row: int = 0
    found: bool = True
    twice: tuple[str, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)
    below: tuple[int, ...] = ()
    formulas: frozenset[tuple[int, str]] = frozenset()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def by_key(self) -> Mapping[str, Row]:
        """The first row of each key; rows without a key are left out."""
        found: dict[str, Row] = {}
        for row in self.rows:
            key = self.key_of(row)
            if key and key not in found:
                found[key] = row
        return found

    def key_of(self, row: Row) -> str:
        """Return the row's key as text; several key fields are joined by " / "."""
        names = self.schema.primary_key
        text = row.text(names[0]) if len(names) == 1 else " / ".join(row.text(name) for name in names)
        return text.strip(" /")

    @cached_property
    def lines(self) -> Mapping[str, str]:
        """The JSON line of each row, by its key, without what live formulas show: see row_line.py."""
        return self.lines_after(None)

    def lines_after(self, before: TableData | None) -> Mapping[str, str]:
        """The same; the lines of rows that stood in the table before are taken from there."""
        if before is self:
            return self.lines
        known = {id(row): before.lines[key] for key, row in before.by_key.items()} if before else {}
        names = [item.name for item in self.schema.fields if not item.live]
        return {key: known.get(id(row)) or row_line(names, row.values) for key, row in self.by_key.items()}

    def where(self, name: str, value: Value) -> list[Row]:
        """Return the rows whose field holds that value."""
        return [row for row in self.rows if row[name] == value]

    def cell(self, row: Row, name: str) -> str | None:
        """Return the cell's address, such as "F17"; None when the field has no column or the row is on no sheet."""
        column = self.columns.get(name)
        return f"{column_letters(column)}{row.number}" if column and row.number else None


@dataclass(frozen=True)
class Tracker:
    """Every table, and what the very hidden `_cvsb` sheet says of the tracker itself.

    Attributes:
        tables: by resource name ("change-log"); every table of the framework has an entry.
        meta: "tracker_id", "key" (the secret that signs sheets and log), "language", "schema_version", ...
        name: the file's name, for messages.
        last: what the last verb left, by (table, key): see tracker/memory.py. None where it is not known.
        lost: hidden sheets that are no longer there, or no longer hold what they must.
    """

    framework: Framework
    tables: Mapping[str, TableData]
    meta: Mapping[str, str] = field(default_factory=dict)
    name: str = "Tracker.xlsx"
    last: Mapping[tuple[str, str], str] | None = None
    lost: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> TableData:
        return self.tables[name]

    @property
    def language(self) -> Language:
        """The language of the tracker's headings."""
        return "cy" if self.meta.get("language") == "cy" else "en"

    def setting(self, name: str) -> str:
        """Return a setting's value as text: the board's own, or the default that schemas/settings.yaml gives."""
        row = self["settings"].by_key.get(name)
        if row is not None and row["value"] is not None:
            return row.text("value")
        for default in self.framework["settings"].defaults:
            if default["setting"] == name:
                return default["value"] or ""
        return ""

    def with_table(self, name: str, data: TableData) -> Tracker:
        """Return the tracker with one table replaced."""
        return replace(self, tables={**self.tables, name: data})


def typed_row(table: Table, raw: Mapping[str, RawValue], number: int = 0) -> Row:
    """Read raw cells (field name -> value) as a typed row; fields not given are blank."""
    return typed_rows(table, {name: [value] for name, value in raw.items()}, [number])[0]


def typed_rows(table: Table, raw: Mapping[str, Sequence[RawValue]], numbers: Sequence[int]) -> list[Row]:
    """Read raw columns (field name -> cells) as typed rows; fields not given are blank.

    Args:
        numbers: the sheet row of each.
    """
    blank = Column([None] * len(numbers))
    columns = {
        item.name: read_column(item, raw[item.name]) if item.name in raw else blank for item in table.fields
    }
    faults: dict[int, dict[str, Fault]] = {}
    untidy: dict[int, dict[str, str]] = {}
    for name, column in columns.items():
        for position, fault in column.faults.items():
            faults.setdefault(position, {})[name] = fault
        for position, text in column.untidy.items():
            untidy.setdefault(position, {})[name] = text
    names = tuple(columns)
    return [
        Row(
            number,
            dict(zip(names, values, strict=True)),
            faults.get(position, _NONE),
            untidy.get(position, _NONE),
        )
        for position, (number, values) in enumerate(
            zip(numbers, zip(*(column.values for column in columns.values()), strict=True), strict=True)
        )
    ]


def tracker_of(
    framework: Framework,
    rows: Mapping[str, Iterable[Mapping[str, RawValue]]],
    meta: Mapping[str, str] | None = None,
    name: str = "Tracker.xlsx",
) -> Tracker:
    """Build a tracker from plain rows, laid out as `cvsb new` lays them out: headings in row HEADER_ROW, all columns."""
    tables = {}
    for table in framework.tables.values():
        columns = {item.name: position for position, item in enumerate(table.fields, 1)}
        plain = list(rows.get(table.name, ()))
        raw = {item.name: [row.get(item.name) for row in plain] for item in table.fields}
        typed = typed_rows(table, raw, range(HEADER_ROW + 1, HEADER_ROW + 1 + len(plain)))
        tables[table.name] = TableData(table, tuple(typed), columns, HEADER_ROW)
    return Tracker(framework, tables, dict(meta or {}), name)


HEADER_ROW = 4
"""Where `cvsb new` puts the headings: below the sheet's title, what it is for, and the way back to the Guide."""


@cache
def column_letters(number: int) -> str:
    """Return a column's letters: 1 is "A", 27 is "AA"."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
