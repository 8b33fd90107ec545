"""What changed between two days, row by row: net of what was changed and changed back.

It is read from the change log and, up to now, from what was typed since the last verb saved and no verb has logged yet: a paper
that leaves out what the Review Manager typed this morning is false.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.framework.schema import Table
from cvsb_xl.tracker.assigning import codes
from cvsb_xl.tracker.log import LOG
from cvsb_xl.tracker.memory import by_hand
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import as_text, parse
from cvsb_xl.verbs.finish import BY_HAND


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One cell's value at the start and at the end, as text; blank for none. By hand: some of its changes were typed."""

    before: str
    after: str
    by_hand: bool = False


@dataclass
class ChangedRow:
    """One row of an input table that changed.

    Attributes:
        fields: field name -> its net change; what ended as it began is left out.
        is_new: the row was made in the time.
        row: the row as it now stands; where it is gone, what the log last knew of it.
        last: the day of its last change.
    """

    table: Table
    key: str
    fields: dict[str, FieldChange] = field(default_factory=dict)
    is_new: bool = False
    last: date = date.min
    row: Row = field(default_factory=lambda: Row(0, {}))


@dataclass(frozen=True)
class Period:
    """The log between two days.

    Attributes:
        rows: what changed, in the order in which it first did.
        logged: how many rows of the log lie in it.
        unread: rows of the log whose time or place cannot be read.
        begins: the day of the log's first row; None for an empty log.
    """

    rows: tuple[ChangedRow, ...]
    logged: int
    unread: int
    begins: date | None


def changed_between(tracker: Tracker, since: date, until: date, now: datetime) -> Period:
    """Read the log from the beginning of one day to the end of another, and what was typed since it was last written.

    Args:
        now: its time zone tells which day an hour of the log belongs to; what is not logged yet counts as typed now.
    """
    found: dict[tuple[str, str], ChangedRow] = {}
    logged = unread = 0
    begins: date | None = None
    for seq_row in sorted(tracker[LOG], key=_seq):
        on = _day(seq_row.text("at"), now)
        table = tracker.framework.by_sheet.get(seq_row.text("table"))
        if on is None or table is None:
            unread += not seq_row.is_blank
            continue
        begins = begins or on
        if (
            table.kind == "generated"
        ):  # decisions on conflicts, words taken out: the cells they changed are told
            continue
        if not since <= on <= until:
            continue
        logged += 1
        item = found.setdefault((table.name, seq_row.text("key")), ChangedRow(table, seq_row.text("key")))
        change = FieldChange(seq_row.text("before"), seq_row.text("after"), seq_row["verb"] == BY_HAND)
        _take(item, seq_row.text("field"), change, on)
    today = now.date()
    if since <= today <= until:
        for typed in by_hand(tracker):
            item = found.setdefault(
                (typed.table, typed.key), ChangedRow(tracker[typed.table].schema, typed.key)
            )
            _take(item, typed.field, FieldChange(as_text(typed.before), as_text(typed.after), True), today)
    rows = []
    for item in found.values():
        item.fields = {name: change for name, change in item.fields.items() if change.before != change.after}
        item.row = tracker[item.table.name].by_key.get(item.key) or _remembered(item)
        if item.fields:
            rows.append(item)
    return Period(tuple(rows), logged, unread, begins)


def _take(item: ChangedRow, name: str, change: FieldChange, on: date) -> None:
    known = item.fields.get(name)
    if known:
        change = FieldChange(known.before, change.after, known.by_hand or change.by_hand)
    item.fields[name] = change
    item.is_new = item.is_new or (name == item.table.key and not change.before)
    item.last = max(item.last, on)


def _remembered(item: ChangedRow) -> Row:
    values = {
        name: parse(item.table[name], change.after or change.before).value
        for name, change in item.fields.items()
        if name in item.table.by_name
    }
    return Row(0, values)


def _seq(row: Row) -> int:
    value = row["seq"]
    return value if isinstance(value, int) else 0


def _day(text: str, now: datetime) -> date | None:
    try:
        return datetime.fromisoformat(text).astimezone(now.tzinfo).date()
    except ValueError:
        return None


def review_of(tracker: Tracker, item: ChangedRow) -> str:
    """Return the review that a changed row belongs to; blank where it belongs to none."""
    if item.table.name == "reviews":
        return item.key
    if review := item.row.text("review_id"):
        return review
    action = tracker["actions"].by_key.get(item.row.text("action_id"))
    return action.text("review_id") if action else ""


def agencies_of(parties: Mapping[str, frozenset[str]], item: ChangedRow) -> frozenset[str]:
    """Return the codes, case folded, of the agencies that a changed row concerns.

    Args:
        parties: what `parties_of` made.
    """
    if item.table.name == "agencies":
        return frozenset((item.key.casefold(),))
    own = frozenset(_named(item.row))
    if item.table.name == "actions":
        return own | parties.get(item.key, frozenset())
    # A part of an action concerns the agency whose part it is, and no other.
    return own or parties.get(item.row.text("action_id"), frozenset())


def parties_of(tracker: Tracker) -> dict[str, frozenset[str]]:
    """Return action -> the codes, case folded, of all agencies that have a part in it."""
    found: dict[str, set[str]] = {}
    for row in tracker["actions"]:
        found.setdefault(row.text("action_id"), set()).update(_named(row))
    for row in tracker["assignments"]:
        found.setdefault(row.text("action_id"), set()).update(_named(row))
    return {key: frozenset(names) for key, names in found.items()}


def _named(row: Row) -> Iterator[str]:
    for name in ("agency", "lead_agency", "referring_agency"):
        if row[name] is not None:
            yield row.text(name).strip().casefold()
    yield from (code.strip().casefold() for code in codes(row.text("contributing")))


def last_board_meeting(tracker: Tracker, today: date) -> date | None:
    """Return the Board's last meeting up to today: Settings' last_board_on, else the last that Decisions or Escalations know."""
    setting = parse(
        tracker.framework["decisions"]["meeting_on"], tracker.setting("last_board_on") or None
    ).value
    if (said := as_date(setting)) is not None and said <= today:
        return said
    dates = [as_date(row["meeting_on"]) for row in tracker["decisions"] if row["body"] == "Board"]
    dates += [as_date(row["board_met_on"]) for row in tracker["escalations"]]
    return max((held for held in dates if held is not None and held <= today), default=None)
