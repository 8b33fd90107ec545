"""One row of an old plan, read: which value each cell gives to which field, and which words no field can hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from cvsb_xl.framework.schema import Field, Framework
from cvsb_xl.tracker.values import Fault, Value, as_text, parse
from cvsb_xl.verbs.taking_over.matching import OWNER_FIELDS, Placement
from cvsb_xl.verbs.taking_over.old_plan import Column, OldPlan, PlanRow
from cvsb_xl.verbs.taking_over.owners import Owners, Register
from cvsb_xl.verbs.taking_over.remarks import Remarks

_FEW_WORDS = 3
"""A progress cell of so few words is a status that is not on the list; a longer one is an update."""


@dataclass(frozen=True, slots=True)
class OwnerCell:
    """A cell that says who owns the action."""

    target: str
    column: Column
    text: str
    owners: Owners


@dataclass
class ReadRow:
    """One row as it was read.

    Attributes:
        values: table -> field -> value.
        words: table -> "Heading: text" of cells that their own field could not hold; "progress" -> updates in words.
        unplaced: "Heading: text" of columns that no field takes, and the sections the row stands in.
        places: (table, field) -> the column it came from.
    """

    values: dict[str, dict[str, Value]] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    unplaced: list[str] = field(default_factory=list)
    owners: list[OwnerCell] = field(default_factory=list)
    places: dict[tuple[str, str], Column] = field(default_factory=dict)

    def of(self, table: str) -> dict[str, Value]:
        """Return the values for a table."""
        return self.values.setdefault(table, {})

    def told(self, what: str) -> list[str]:
        """Return the words for a table, or the updates for "progress"."""
        return self.words.setdefault(what, [])

    @property
    def acts(self) -> bool:
        """Tell whether the row says anything that only an action can hold."""
        names = ("actions", "assignments")
        return bool(
            self.owners or self.told("progress") or any(self.of(name) or self.told(name) for name in names)
        )


def read_row(
    plan: OldPlan,
    row: PlanRow,
    placements: list[Placement],
    framework: Framework,
    register: Register,
    remarks: Remarks,
) -> ReadRow:
    """Read one row. Cases for a cell: no field takes its column: words. An owner's: read by the register. A value its field
    can hold: that value. A text: as it stands. A due date that is none: as it stands, for the check to point at. A progress
    not on the list: an update. Anything else: words.
    """
    read = ReadRow()
    for item in placements:
        value = row.cells.get(item.column.number)
        if value is None:
            continue
        if item.target is None:
            read.unplaced.append(f"{item.column.heading}: {as_text(value)}")
        elif item.target in OWNER_FIELDS:
            person = item.target == "assignments.lead_name"
            owners = register.read(as_text(value), person=person)
            read.owners.append(OwnerCell(item.target, item.column, as_text(value), owners))
        else:
            table, name = item.target.split(".")
            fault = _place(read, table, framework[table][name], item.column, value)
            if fault:
                code, message = fault
                remarks.cell(code, message, plan, row, item.column, (table, "", name))
    read.unplaced += [f"Section: {text}" for text in row.sections]
    return read


def _place(read: ReadRow, table: str, schema: Field, column: Column, value: Value) -> tuple[str, str] | None:
    values, name, text = read.of(table), schema.name, as_text(value)
    free_text = schema.type == "string" and not schema.enum
    parsed = parse(schema, value)
    if name in values:  # a second column that the map sends to the same field
        if free_text:
            values[name] = f"{as_text(values[name])}\n{text}"
        else:
            read.told(table).append(f"{column.heading}: {text}")
        return None
    if free_text or schema.smart == "T" or (parsed.fault is None and parsed.value is not None):
        values[name] = text if free_text or parsed.fault else parsed.value
        read.places[table, name] = column
        if values[name] is None:  # "N/A" in a date column is no date, but it was said
            del values[name]
            read.told(table).append(f"{column.heading}: {text}")
        return _not_a_due_date(schema, parsed.fault) if schema.smart == "T" else None
    if (table, name) == ("assignments", "progress"):
        read.told("progress").append(text)
        read.places[table, "progress_update"] = column
        return _not_a_progress(text)
    read.told(table).append(f"{column.heading}: {text}")
    if parsed.fault is None:
        return None
    return (
        "F305",
        f"{schema.title} {parsed.fault.message}; it is kept in the notes. Fill the column in by hand.",
    )


def _not_a_due_date(schema: Field, fault: Fault | None) -> tuple[str, str] | None:
    if fault is None:
        return None
    return fault.code, f"{schema.title} {fault.message}; it is kept as it is written, and needs a date."


def _not_a_progress(text: str) -> tuple[str, str] | None:
    if len(text.split()) > _FEW_WORDS:
        return None
    return "F305", (
        f'"{text}" is no progress that an agency can report here, so it is kept as its update. Where it means complete: '
        "the agency proposes it, and the Delivery Group ratifies it under Decisions."
    )
