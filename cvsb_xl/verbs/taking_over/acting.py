"""The action and the lead's assignment that one row of an old plan makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cvsb_xl.framework.synonyms import fold
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.verbs.taking_over.owners import Register
from cvsb_xl.verbs.taking_over.reading import OwnerCell, ReadRow

_HELPERS = "actions.contributing"
_ONE_AREA = ("Cardiff", "Vale of Glamorgan", "Regional", "National")


@dataclass(frozen=True)
class Acting:
    """What one row makes.

    Attributes:
        action: fields of the action, without its ID, review and recommendation.
        assignments: fields of each assignment, the lead's first, without ID and action. Those that `update` makes by itself,
            and that the plan says nothing of, are left to it.
        lead: the lead agency's code; blank where the row names none.
        people, nobody: the owners it names that are no agencies.
        maybe_several: owners left whole that may be several.
    """

    action: dict[str, Value]
    assignments: tuple[dict[str, Value], ...]
    lead: str
    people: tuple[str, ...]
    nobody: tuple[str, ...]
    maybe_several: tuple[OwnerCell, ...]


def acting_of(read: ReadRow, register: Register, whose_plan: str, where: str) -> Acting:
    """Return the action and the assignment of a row.

    The lead is the first agency that a lead's column names, then the first that a person's column names, then the agency
    whose plan it is. Every other agency contributes. The words of a cell that names more than one agency by its own name
    are kept in the ownership notes too.

    Args:
        whose_plan: the code of the agency whose plan it is; blank where the plan is several agencies'.
        where: the area of an action whose row tells none; blank where nobody said.
    """
    leads = _agencies(read, "actions.lead_agency") + _agencies(read, "assignments.lead_name")
    helpers = _agencies(read, _HELPERS)
    lead = leads[0] if leads else whose_plan
    contributing = [code for code in dict.fromkeys(leads[1:] + helpers) if code != lead]
    people = tuple(person for cell in read.owners if cell.target != _HELPERS for person in cell.owners.people)
    action = dict(read.of("actions"))
    action["lead_agency"] = lead or None
    action["area"] = action.get("area") or where or None
    action["contributing"] = "; ".join(contributing) or None
    words = [f"{cell.column.heading}: {cell.text}" for cell in read.owners if not _said_whole(cell, register)]
    action["ownership_notes"] = (
        "\n".join(filter(None, [as_text(action.get("ownership_notes")), *words])) or None
    )
    return Acting(
        action,
        tuple(_assignments(read, lead, contributing, people, as_text(action["area"]))),
        lead,
        people,
        tuple(word for cell in read.owners for word in cell.owners.words),
        tuple(cell for cell in read.owners if cell.owners.maybe_several),
    )


def _assignments(
    read: ReadRow, lead: str, contributing: list[str], people: tuple[str, ...], area: str
) -> Iterator[dict[str, Value]]:
    told = dict(read.of("assignments"))
    updates = [as_text(told.get("progress_update")), *read.told("progress")]
    told["progress_update"] = "\n".join(filter(None, updates)) or None
    if people:
        told["lead_name"] = "; ".join(people)
    told = {name: value for name, value in told.items() if value is not None}
    # Without an area `update` makes no assignments, since it cannot tell how many; the plan tells whose they are.
    if told or (lead and not area):
        yield {"agency": lead or None, "area": area if area in _ONE_AREA else None, "role": "Lead", **told}
    if not area:
        for code in contributing:
            yield {"agency": code, "role": "Contributing"}


def _agencies(read: ReadRow, target: str) -> list[str]:
    return [code for cell in read.owners if cell.target == target for code in cell.owners.agencies]


def _said_whole(cell: OwnerCell, register: Register) -> bool:
    """Tell whether the tracker's own columns say all that the cell says: one agency by name or code, or people alone."""
    owners = cell.owners
    if owners.people and not owners.agencies and not owners.words and cell.target != _HELPERS:
        return "; ".join(owners.people) == cell.text
    if len(owners.agencies) != 1 or owners.people or owners.words:
        return False
    code = owners.agencies[0]
    return fold(cell.text) in (fold(code), fold(register.name_of(code)))
