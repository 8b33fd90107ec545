"""A row of an agency sheet as a form: its fields with the lists and help of the sheet, and what was typed into them.

Field names in the form are the columns' names; a date has three parts (name-day, name-month, name-year). What cannot be read
stays as it was typed, beside what is wrong with it: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.schema import Language
from cvsb_xl.hosts.agency_sheet import OpenSheet, SheetRow
from cvsb_xl.merge.sheet import SheetColumn
from cvsb_xl.service.pages.sent import Pending
from cvsb_xl.tracker.dates import AmbiguousDate, read_date
from cvsb_xl.tracker.values import Value, as_text, normalise, parse, same

PARTS = ("day", "month", "year")
_GROUPS = {
    "now": "Where it stands now",
    "complete": "If it is complete",
    "stuck": "If you are stuck",
    "who": "Who leads on it",
}
_GROUPS_OF = {
    "acknowledgements": {"now": "Your answer"},
    "dissemination": {"agreed": "The review", "now": "How you shared it"},
}
_LONG, _MIDDLE = 1000, 200
"""Characters from which a text has a box of several lines, and from which it has a wide one."""


@dataclass(frozen=True)
class FormField:
    """One field.

    Attributes:
        kind: "choice", "date", "text" or "number".
        typed: what stands in it, by the name of its part ("" for the whole).
        options: (stored value, words) of a list.
        error: what is wrong with it; blank for nothing.
        last: what was said last time, of a field that is asked anew each round.
        sent: what was sent and is not accepted yet.
        language: of the label and the options; the help is English.
    """

    column: SheetColumn
    kind: str
    label: str
    help: str
    typed: Mapping[str, str]
    options: tuple[tuple[str, str], ...] = ()
    error: str = ""
    last: str = ""
    sent: Pending | None = None
    rows: int = 1
    language: Language = "en"

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def value(self) -> str:
        """What stands in it, whole."""
        return self.typed.get("", "")


@dataclass(frozen=True)
class Group:
    """Fields under a heading of their own."""

    id: str
    title: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True)
class Form:
    """A row's form."""

    groups: tuple[Group, ...]

    @property
    def errors(self) -> list[FormField]:
        """Fields with something wrong, in order."""
        return [item for group in self.groups for item in group.fields if item.error]


def form_of(
    sheet: OpenSheet,
    row: SheetRow,
    values: Mapping[str, Value],
    language: Language,
    *,
    sent: Mapping[str, Pending] | None = None,
    posted: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    reviews: Sequence[tuple[str, str]] = (),
) -> Form:
    """Return a row's form.

    Args:
        values: what its fields hold: as issued, with what was sent since laid over it.
        posted: what was typed, to be shown again where something is wrong.
        reviews: (id, words) of the reviews that a new row may name.
    """
    fields: dict[str, list[FormField]] = {}
    for column in sheet.inputs(row):
        group = "agreed" if column.kind != "input" else column.group or "now"
        fields.setdefault(group, []).append(
            _field(
                row,
                column,
                values,
                language,
                sent or {},
                posted,
                (errors or {}).get(column.name, ""),
                reviews,
            )
        )
    titles = {**_GROUPS, **_GROUPS_OF.get(row.table.name, {})}
    return Form(
        tuple(Group(name, titles.get(name, ""), tuple(fields[name])) for name in titles if name in fields)
    )


def _field(
    row: SheetRow,
    column: SheetColumn,
    values: Mapping[str, Value],
    language: Language,
    sent: Mapping[str, Pending],
    posted: Mapping[str, str] | None,
    error: str,
    reviews: Sequence[tuple[str, str]],
) -> FormField:
    item = column.field
    value = values.get(column.name)
    options: tuple[tuple[str, str], ...] = ()
    if column.name == "review_id" and column.kind != "input":
        options = tuple(reviews)
    elif item.enum:
        words = item.enum_cy if language == "cy" and item.enum_cy else item.enum
        options = tuple(zip(item.enum, words, strict=True))
    kind = "choice" if options else {"date": "date", "integer": "number"}.get(item.type, "text")
    long = (item.maximum_length or _LONG) >= _LONG
    last = as_text(values.get(f"last_{column.name}")) if item.per_round else ""
    return FormField(
        column=column,
        kind=kind,
        label=item.heading(language),
        help=item.help,
        typed=_typed(column, value) if posted is None else _posted(column, posted),
        options=options,
        error=error,
        last=last,
        sent=sent.get(column.name),
        language=language,
        rows=6 if long and (item.maximum_length or 0) > _LONG * 5 else 3 if long else 1,
    )


def _typed(column: SheetColumn, value: Value) -> Mapping[str, str]:
    if column.field.type == "date" and isinstance(value, date):
        return {"": as_text(value), "day": str(value.day), "month": str(value.month), "year": str(value.year)}
    if column.field.type == "date" and value is not None:
        return {"": as_text(value), "day": as_text(value)}
    return {"": as_text(value)}


def _posted(column: SheetColumn, posted: Mapping[str, str]) -> Mapping[str, str]:
    if column.field.type != "date":
        return {"": posted.get(column.name, "")}
    return {part: posted.get(f"{column.name}-{part}", "").strip() for part in PARTS}


def read_form(
    sheet: OpenSheet, row: SheetRow, posted: Mapping[str, str], sent: Mapping[str, Pending] | None = None
) -> tuple[dict[str, Value], dict[str, str]]:
    """Return what was typed that differs from the sheet as it was issued, and what is wrong: (column -> value, column -> words).

    A field that was sent and is now as it was issued again is wrong, too: in a return, what is as it was issued says nothing, so
    what was sent before would stand.
    """
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for column in sheet.inputs(row):
        value, error = _read(sheet, column, posted)
        if error:
            errors[column.name] = error
        elif not same(value, row[column.name]):
            values[column.name] = value
        elif (said := (sent or {}).get(column.name)) is not None and not same(said.value, value):
            if column.field.per_round and value is None:
                continue  # blank means that there is nothing to add to what was said
            errors[column.name] = (
                f'You sent "{_short(said.value)}" here. It cannot be taken back on this page: ask the Review Manager to leave it out'
            )
    if row.spare and values and "review_id" not in values and "review_id" not in errors:
        errors["review_id"] = "Pick the review whose learning was shared"
    return values, errors


def _read(sheet: OpenSheet, column: SheetColumn, posted: Mapping[str, str]) -> tuple[Value, str]:
    item = column.field
    name = item.title
    typed = _posted(column, posted)
    if item.type == "date":
        return _read_date(name, [typed[part] for part in PARTS])
    raw = normalise(typed[""])
    if column.name == "review_id" and column.kind != "input":
        if raw is not None and raw not in sheet.reviews:
            return raw, "Pick one of the reviews on the list"
        return raw, ""
    parsed = parse(item, raw)
    return (parsed.value, f"{name} {parsed.fault.message}") if parsed.fault else (parsed.value, "")


def _read_date(name: str, parts: Sequence[str]) -> tuple[Value, str]:
    filled = [part for part in parts if part]
    if not filled:
        return None, ""
    if len(filled) < len(parts):
        lacking = [word for word, part in zip(PARTS, parts, strict=True) if not part]
        return " ".join(filled), f"{name} must include a {' and a '.join(lacking)}"
    day, month, year = parts
    plain = (day + month + year).isascii() and (day + month + year).isdecimal()
    text = f"{day}/{month}/{year}" if plain else f"{day} {month} {year}"
    try:
        # Three boxes say which is the day and which the month, so numbers are not ambiguous here.
        found = date(int(year), int(month), int(day)) if plain else read_date(text)
    except (AmbiguousDate, ValueError):
        found = None
    if found is None or not 1910 <= found.year <= 2200:
        return text, f"{name} must be a real date, such as 27 3 2027"
    return found, ""


def _short(value: Value) -> str:
    text = " ".join(as_text(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
