"""What a table, a field and a clock are: the shapes that `load` fills from schemas/*.yaml.

Files in schemas/ are Frictionless Table Schema descriptors with our own properties beside the standard ones
(schemas/README.md). Nothing else in the product names a column's heading, list or owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from cvsb_xl.framework.access import Access

Owner = Literal["manager", "agency", "computed"]
FieldType = Literal["string", "date", "integer"]
Language = Literal["en", "cy"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column.

    Attributes:
        name: the name used in code, JSON and CSV, such as "due_on".
        title, title_cy: the heading in English and in Welsh.
        owner: who fills it in; "computed" is written by the tool and never read back.
        enum, enum_cy: the list values, in the same order; the English one is what is stored.
        maximum_length: in characters; None where Excel's own limit applies.
        smart: the letter of SMART that the field answers, or None.
        unit: fields of one row that share a unit merge together or not at all.
        per_round: issued blank each time; blank on return means unchanged.
        record: a returned blank never wipes it unasked.
        live: an Excel formula; the tool never writes a value over it.
        issued: a manager's field that the agency sheet shows.
        group: what the field is for on the agency sheet, such as "complete" or "stuck".
        width: the column's width in characters.
    """

    name: str
    title: str
    title_cy: str
    type: FieldType
    owner: Owner
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] = ()
    enum_cy: tuple[str, ...] = ()
    minimum: float | None = None
    maximum_length: int | None = None
    pattern: str | None = None
    smart: str | None = None
    unit: str | None = None
    per_round: bool = False
    record: bool = False
    live: bool = False
    issued: bool = False
    group: str | None = None
    width: int = 18
    help: str = ""

    def heading(self, language: Language) -> str:
        """Return the heading in that language."""
        return self.title_cy if language == "cy" else self.title


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """The field's values are keys of another table, or one of `also_allowed`."""

    field: str
    table: str
    to_field: str
    also_allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssuedContext:
    """Fields of the parent row that an agency sheet shows beside each of its rows, to read."""

    table: str
    by: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One sheet of the tracker.

    Attributes:
        name: the resource name, such as "change-log"; the file is schemas/<name>.yaml.
        kind: "input" tables are worked in by people; "generated" ones are rewritten by the tool.
        shown: whether the sheet is shown when a tracker is new.
        id_prefix: ids left blank are filled with this prefix; None where people choose the key.
        insertable: agencies may add rows.
        issued: the table goes out on agency sheets.
        primary_key: one field, or several where a row has no single key (Waivers).
    """

    name: str
    sheet: str
    sheet_cy: str
    description: str
    kind: Literal["input", "generated"]
    shown: bool
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    id_prefix: str | None = None
    insertable: bool = False
    issued: bool = False
    append_only: bool = False
    context: IssuedContext | None = None
    defaults: tuple[Mapping[str, str | None], ...] = ()
    descriptor: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Fields by name."""
        return {item.name: item for item in self.fields}

    def __getitem__(self, name: str) -> Field:
        return self.by_name[name]

    @property
    def key(self) -> str:
        """The one key field; tables without one have no rows that are merged."""
        return self.primary_key[0]

    @property
    def excel_name(self) -> str:
        """The Excel table's name: the sheet's, with underscores for spaces."""
        return self.sheet.replace(" ", "_")

    @cached_property
    def agency_fields(self) -> tuple[Field, ...]:
        """The fields that agencies fill in."""
        return tuple(item for item in self.fields if item.owner == "agency")


@dataclass(frozen=True, slots=True)
class Clock:
    """A milestone of one review type, counted in calendar months from a start.

    Attributes:
        due, done: fields of Reviews: where the date is shown, and where it is told that it happened.
        start_fields: fields of Reviews; the clock starts on the later of them, and only when all are filled.
        from_decision_setting: the setting that, when it reads "decision", counts from the Case Review Group's
            decision instead.
        strength: "target", "expected" or "required": how the framework words it.
        sentence: the sentence of the framework that it stands on.
    """

    review_type: str
    milestone: str
    due: str
    done: str
    start_fields: tuple[str, ...]
    months: int
    strength: str
    passed: str
    awaiting: str
    sentence: str
    from_decision_setting: str | None = None
    awaiting_decision: str = ""


@dataclass(frozen=True)
class Framework:
    """Everything that schemas/ says: the tables in the order of their sheets, and the clocks.

    Attributes:
        folder: where it was read from; the wording lists stand there too.
        access: who may do what.
    """

    tables: Mapping[str, Table]
    clocks: tuple[Clock, ...]
    source: str
    version: str
    folder: Path | None = field(default=None, compare=False)
    access: Access = field(default_factory=Access, compare=False, repr=False)

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    @cached_property
    def by_sheet(self) -> Mapping[str, Table]:
        """Tables by the English name of their sheet."""
        return {table.sheet: table for table in self.tables.values()}

    @cached_property
    def issued_tables(self) -> tuple[Table, ...]:
        """The tables that agency sheets carry."""
        return tuple(table for table in self.tables.values() if table.issued)
