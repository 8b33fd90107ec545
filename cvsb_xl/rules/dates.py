"""D: what a cell may hold. Cells are parsed one by one; pandera then asks of each column what it asks as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cvsb_xl.framework.schema import Field
from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.rules.typed import KEY, Failure
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.tables import Row, TableData
from cvsb_xl.tracker.values import Fault, as_text

_WAYS = {
    "D101": "Type the day, such as 31/03/2027, with a four-figure year; or leave the cell blank and say more in the notes.",
    "D102": "Choose one from the list in the cell.",
    "D103": "Fill it in; or delete the row if it is not needed.",
    "D104": "Type the value in place of the error; or clear the cell.",
    "D105": "Shorten it and keep the whole text in a document that the cell names; or split it over several rows.",
    "D106": "Write it as the column's help says.",
    "D107": "Type a whole number, without words or units; or clear the cell.",
    "X201": "Type the text again by hand, or paste it as plain text: what was pasted carries a character nobody can see.",
    "S502": "Give the day it is to be done by, such as 31/03/2027; or leave it blank until a day is agreed, and say why "
    "in Ownership notes.",
}
# Fields that say that something has happened. Meetings that ratify are W103's.
_HAPPENED = {
    "referrals": ("referred_on", "crg_met_on", "chair_signed_off_on", "wg_notified_on"),
    "reviews": (
        "started_on first_panel_on completed_on report_published_on plan_published_on plan_circulated_on "
        "progress_reported_on family_invited_on"
    ).split(),
    "assignments": ("completed_on", "evidence_seen_on"),
    "acknowledgements": ("acknowledged_on",),
    "dissemination": ("delivered_on",),
    "escalations": ("raised_on", "closed_on"),
    "learning": ("received_on", "fed_to_delivery_group_on"),
}
# (table, earlier field, later field): the later cannot stand before the earlier.
_ORDER = (
    ("referrals", "referred_on", "crg_met_on"),
    ("referrals", "crg_met_on", "chair_signed_off_on"),
    ("reviews", "started_on", "first_panel_on"),
    ("reviews", "started_on", "completed_on"),
    ("reviews", "started_on", "report_published_on"),
    ("reviews", "plan_published_on", "progress_reported_on"),
    ("escalations", "raised_on", "board_met_on"),
    ("escalations", "raised_on", "closed_on"),
    ("learning", "received_on", "fed_to_delivery_group_on"),
    ("agencies", "active_from", "active_to"),
)


@looks_for("D101", "D102", "D104", "D105", "D106", "D107", "S502", "X201")
def faulty_cell(facts: Facts) -> Iterator[Finding]:
    for name, data in _input_tables(facts):
        for row in data:
            for field_name, fault in row.faults.items():
                field = data.schema[field_name]
                if field.owner != "computed":
                    yield _faulty(facts, name, row, field, fault)


@looks_for("K101", "D103", "D102", "D105", "D106", "D107", "D101")
def column_not_kept(facts: Facts) -> Iterator[Finding]:
    for name, found in facts.failures().items():
        for failure in found:
            yield _failed(facts, name, facts[name], failure)


@looks_for("D108")
def untidy_value(facts: Facts) -> Iterator[Finding]:
    for name, data in _input_tables(facts):
        for row in data:
            for field_name in sorted(row.untidy):
                field = data.schema[field_name]
                if field.owner == "computed" or (field.type == "string" and not field.enum):
                    continue
                if row.values.get(field_name) is None:
                    continue  # "n/a" in a date column reads as blank
                yield facts.finding(
                    "D108",
                    name,
                    row,
                    field_name,
                    f'{spoken(field)} "{row.untidy[field_name]}" is read as {row.text(field_name)}, but is not written so',
                    "Run cvsb check --fix, which writes it so and logs it; or leave it: it is read rightly.",
                )


@looks_for("D111")
def formula_where_people_type(facts: Facts) -> Iterator[Finding]:
    for name, data in _input_tables(facts):
        rows = {row.number: row for row in data} if data.formulas else {}
        for number, field_name in sorted(data.formulas):
            field, row = data.schema[field_name], rows.get(number)
            if row is None or field.owner == "computed":
                continue
            shown = row.text(field_name)
            yield facts.finding(
                "D111",
                name,
                row,
                field_name,
                f"{spoken(field)} holds a formula" + (f', which last showed "{shown}"' if shown else ""),
                "Copy the cell and paste it as a value (Paste Special > Values); or type what it is to say. Formulas in columns "
                "of your own, beside the table's, are left alone.",
            )


@looks_for("D109")
def dates_out_of_order(facts: Facts) -> Iterator[Finding]:
    for name, earlier, later in _ORDER:
        data = facts[name]
        for row in data:
            first, second = row.values.get(earlier), row.values.get(later)
            if isinstance(first, date) and isinstance(second, date) and _day(second) < _day(first):
                yield facts.finding(
                    "D109",
                    name,
                    row,
                    later,
                    f"{data.schema[later].title} ({as_text(second)}) is before {data.schema[earlier].title} "
                    f"({as_text(first)})",
                    "Correct whichever of the two is wrong; a wrong year is the usual cause.",
                )


@looks_for("D110")
def future_date(facts: Facts) -> Iterator[Finding]:
    for name, fields in _HAPPENED.items():
        data = facts[name]
        for field in fields:
            for row in data:
                value = row.values.get(field)
                if isinstance(value, date) and _day(value) > facts.today:
                    yield facts.finding(
                        "D110",
                        name,
                        row,
                        field,
                        f"{data.schema[field].title} says {as_text(value)}, which is still to come",
                        "Give the day on which it happened; or clear the cell until it has.",
                    )


def spoken(field: Field) -> str:
    """Return a column's name as it begins a message."""
    return "due date" if field.smart == "T" else field.title


def _day(value: date) -> date:
    return date(value.year, value.month, value.day)


def _input_tables(facts: Facts) -> Iterator[tuple[str, TableData]]:
    for name, data in facts.tracker.tables.items():
        if data.schema.kind == "input":
            yield name, data


def _faulty(facts: Facts, name: str, row: Row, field: Field, fault: Fault) -> Finding:
    ways = _WAYS[fault.code]
    if fault.proposal is not None:
        ways = f"Is {as_text(fault.proposal)} meant? It is not taken unasked. {ways}"
    return facts.finding(fault.code, name, row, field.name, f"{spoken(field)} {fault.message}", ways)


def _failed(facts: Facts, name: str, data: TableData, failure: Failure) -> Finding:
    row = data.rows[failure.position]
    if failure.field == KEY:
        key = data.key_of(row)
        first = data.by_key.get(key)
        where = f" in row {first.number}" if first and first.number and first is not row else ""
        return facts.finding(
            "K101",
            name,
            row,
            data.schema.primary_key[0],
            f"{data.schema[data.schema.primary_key[0]].title} {key} stands already{where}",
            "Give this row another; or clear it and run cvsb update for a new one; or delete the row if it is the same "
            "twice.",
        )
    field = data.schema[failure.field]
    if failure.code == "D103":
        return facts.finding("D103", name, row, field.name, f"{spoken(field)} is blank", _WAYS["D103"])
    what = f'{spoken(field)} "{as_text(row[field.name])}" is not what this column holds'
    return facts.finding(failure.code, name, row, field.name, what, _WAYS[failure.code])
