"""Hand what is open over from one agency, or one person, to another. What is closed keeps the old name, as history does.

An outstanding sheet of the old agency is still accepted: its rows are known by the assignment, not by the agency.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.assigning import codes
from cvsb_xl.tracker.edits import Edit, SetCell, apply_edits, set_cell
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import standings
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.sentences import day, verb
from cvsb_xl.verbs.update import update

_ADDRESS = re.compile(r"(?P<name>[^<>]*?)\s*<?(?P<email>[^\s<>]+@[^\s<>]+)?>?")


@dataclass(frozen=True)
class HandoverReport:
    """What moved.

    Attributes:
        kind: "agency" or "person".
        moved: (table, key) of each row that moved.
        notes: what a person should look at, in sentences.
    """

    kind: str
    old: str
    new: str
    on: date
    moved: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    email: str

    def is_in(self, name: str, email: str) -> bool:
        """Tell whether a cell's name or address is this person's; the address counts where both have one."""
        if self.email and email:
            return self.email.casefold() == email.casefold()
        return bool(self.name) and self.name.casefold() == name.casefold()


def handover(tracker: Tracker, context: Context, old: str, new: str, *, on: date | None = None) -> Outcome:
    """Move what is open from OLD to NEW.

    Agency: open assignments, the lead and contributing codes of open actions, and acknowledgements that are not given, move; OLD
    gets its last day (the day before `on`) and its successor in Agencies.
    Person: leads of open assignments, open reviews and contacts move; in Members OLD is no longer active.

    Args:
        old, new: codes of Agencies; or e-mail addresses, names, or "Name <address>" of people.
        on: the day from which NEW answers for it; today when None, never a day to come.

    Raises:
        CannotDo: when OLD or NEW cannot be told, are the same, or `on` is to come.
    """
    start = on or context.today
    if start > context.today:
        raise CannotDo(
            f"{day(start)} is still to come. Run the handover on the day: until then the old agency or person answers."
        )
    fresh = list(update(tracker, context).edits)
    now = apply_edits(tracker, fresh)
    agencies = {code.casefold(): code for code in now["agencies"].by_key}
    notes: list[str] = []
    if old.strip().casefold() in agencies:
        if new.strip().casefold() not in agencies:
            raise CannotDo(
                f"{new} is not in Agencies, so nothing can move to it. Add its row first. The codes there are: "
                f"{listed(sorted(agencies.values(), key=natural), 20)}."
            )
        kind, was, will = "agency", agencies[old.strip().casefold()], agencies[new.strip().casefold()]
        if was == will:
            raise CannotDo(f"{was} cannot hand over to itself.")
        moves = list(_agency_moves(now, context, was, will, start, notes))
    else:
        before, after = _person(now, old), _person(now, new)
        if not (after.name and after.email):
            raise CannotDo(
                f'"{new}" is not in Members. Write the new person as "Name <address>", or add them to Members first.'
            )
        kind, was, will = "person", before.name or before.email, after.name
        moves = list(_person_moves(now, context, before, after))
        if not moves:
            raise CannotDo(
                f'"{old}" is no code of Agencies, and no open assignment, review or contact names such a person. Write the name '
                "or the address as it stands in the tracker."
            )
        if before.is_in(after.name, after.email):
            raise CannotDo(f"{after.name} cannot hand over to themself.")
    moved = tuple(dict.fromkeys((edit.table, edit.key) for edit in moves))
    report = HandoverReport(kind, was, will, start, moved, tuple(notes))
    edits: list[Edit] = [*fresh, *moves]
    return Outcome(finish(tracker, edits, context, "handover"), report=report)


def _open_actions(tracker: Tracker, context: Context) -> set[str]:
    return {key for key, item in standings(tracker, context.today).items() if item.is_open}


def _agency_moves(
    tracker: Tracker, context: Context, old: str, new: str, start: date, notes: list[str]
) -> Iterator[SetCell]:
    still_open = _open_actions(tracker, context)

    def is_old(code: str) -> bool:
        return code.strip().casefold() == old.casefold()

    yield from _assignment_moves(tracker, still_open, is_old, new, notes)
    data = tracker["actions"]
    for key in sorted(still_open, key=natural):
        row = data.by_key[key]
        if is_old(row.text("lead_agency")):
            yield set_cell(data, row, "lead_agency", new)
        parts = codes(row.text("contributing"))
        if any(is_old(part) for part in parts):
            named = dict.fromkeys(new if is_old(part) else part for part in parts)
            named.pop(new if is_old(row.text("lead_agency")) or row.text("lead_agency") == new else "", None)
            yield set_cell(data, row, "contributing", "; ".join(named) or None)
    data = tracker["acknowledgements"]
    has = {row.text("review_id") for row in data if row.text("agency").casefold() == new.casefold()}
    for row in data:
        given = row["acknowledged_on"] is not None or row["acknowledged_by"] is not None
        if is_old(row.text("agency")) and not given and data.key_of(row):
            if row.text("review_id") in has:
                notes.append(
                    f"Acknowledgements {data.key_of(row)} stays with {old}: {new} has one of its own for {row.text('review_id')}."
                )
            else:
                yield set_cell(data, row, "agency", new)
    yield from _succession(tracker, old, new, start)
    outstanding = [
        row.text("sheet_id")
        for row in tracker["returns"]
        if is_old(row.text("agency")) and row["state"] == "Issued"
    ]
    if outstanding:
        notes.append(
            f"The sheet {listed(outstanding)} is still out with {old}. If it comes back, merge it as ever: its rows are known by "
            f"their assignments."
        )


def _assignment_moves(
    tracker: Tracker, still_open: set[str], is_old: Callable[[str], bool], new: str, notes: list[str]
) -> Iterator[SetCell]:
    data = tracker["assignments"]
    own = {
        (row.text("action_id"), row["area"]): data.key_of(row)
        for row in data
        if row.text("agency").casefold() == new.casefold()
    }
    led = []
    for row in data:
        if row.text("action_id") not in still_open or not is_old(row.text("agency")) or not data.key_of(row):
            continue
        yield set_cell(data, row, "agency", new)
        if row["lead_name"] is not None and row["lead_email"] is not None:
            led.append(data.key_of(row))
        twin = own.get((row.text("action_id"), row["area"]))
        if twin:
            notes.append(
                f"{new} now has two parts in {row.text('action_id')}: {twin} and {data.key_of(row)}. Both are kept, with what each "
                "holds; say in Needed for sign-off if only one must finish."
            )
    if led:
        notes.append(
            f"{listed(led, 8)} still {verb(len(led), 'names', 'name')} the person who led for the old agency: {new} gives its own on "
            "its next sheet, or type it in."
        )


def _succession(tracker: Tracker, old: str, new: str, start: date) -> Iterator[SetCell]:
    data = tracker["agencies"]
    row = data.by_key[old]
    last = start - timedelta(days=1)
    ends = as_date(row["active_to"])
    if ends is None or ends > last:
        yield set_cell(data, row, "active_to", last)
    if row.text("succeeded_by") != new:
        yield set_cell(data, row, "succeeded_by", new)


def _person(tracker: Tracker, text: str) -> _Person:
    """Read "Name <address>", an address or a name; fill the other half from Members."""
    found = _ADDRESS.fullmatch(text.strip())
    name, email = (found["name"].strip(), found["email"] or "") if found else (text.strip(), "")
    for row in tracker["members"]:
        if (email and row.text("email").casefold() == email.casefold()) or (
            not email and name and row.text("name").casefold() == name.casefold()
        ):
            return _Person(name or row.text("name"), email or row.text("email"))
    return _Person(name, email)


def _person_moves(tracker: Tracker, context: Context, old: _Person, new: _Person) -> Iterator[SetCell]:
    still_open = _open_actions(tracker, context)
    places: Sequence[tuple[str, str, str, Callable[[Row], bool]]] = (
        ("assignments", "lead_name", "lead_email", lambda row: row.text("action_id") in still_open),
        ("reviews", "review_manager", "", lambda row: row["stage"] != "Closed"),
        ("agencies", "contact_name", "contact_email", lambda _: True),
    )
    for table, name, email, is_open in places:
        data = tracker[table]
        for row in data:
            if (
                is_open(row)
                and data.key_of(row)
                and old.is_in(row.text(name), row.text(email) if email else "")
            ):
                if row.text(name) != new.name:
                    yield set_cell(data, row, name, new.name)
                if email and row.text(email) != new.email:
                    yield set_cell(data, row, email, new.email)
    members = tracker["members"]
    for row in members:
        if old.is_in(row.text("name"), row.text("email")) and row["active"] != "No":
            yield set_cell(members, row, "active", "No")
