"""Which field of the tracker each column of an old plan fills, and why: by name, by synonym, or by a map that was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.schema import Field, Framework
from cvsb_xl.framework.synonyms import Synonyms, fold
from cvsb_xl.tracker.values import Value, parse
from cvsb_xl.verbs.taking_over.old_plan import Column, OldPlan, heading_keys, is_reference

NOTES = "notes"
"""What a map says for a column that no field takes."""

OWNER_FIELDS = ("actions.lead_agency", "actions.contributing", "assignments.lead_name")
_INSTEAD = {"assignments.progress": "assignments.progress_update"}
"""Where a second column goes that tells of the same: "Status" is a word of a list, "Progress" beside it an account."""
_TABLES = ("reviews", "recommendations", "actions", "assignments")
_NOT_FILLED = {
    "actions": {"action_id", "review_id", "referral_id", "learning_id", "recommendation_id"},
    "assignments": {"assignment_id", "action_id", "agency", "role"},
    "recommendations": {"recommendation_id", "review_id"},
    "reviews": {"review_id"},
}
"""Ids and references are the tracker's own; old numbers go to recommendations.number or to the notes."""


@dataclass(frozen=True)
class Choices:
    """What the person said beforehand.

    Attributes:
        columns: heading -> field such as "actions.due_on", or NOTES.
        owners: an owner's words -> an agency's code (a new one is added), "person", or "text".
        review_id: the review of the tracker that every row belongs to, where the plan names none.
        review_type: the type of reviews whose own words do not tell it.
        agency: whose plan it is: the agency that leads where a row names only people.
        area: the area of actions whose rows tell none.
        again: take it over although this file was taken over before.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    review_id: str = ""
    review_type: str = ""
    agency: str = ""
    area: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one column goes.

    Attributes:
        target: a field such as "actions.due_on"; None where its cells are kept in the row's notes.
        why: half a sentence for a person; blank where the heading says it all.
        filled: how many of its cells hold anything.
    """

    column: Column
    target: str | None
    why: str
    filled: int


def check_map(columns: Mapping[str, str], framework: Framework) -> None:
    """Refuse a map that names a field which no column may fill.

    Raises:
        CannotDo: naming the field and the nearest ones that may be filled.
    """
    allowed = fillable(framework)
    for heading, target in columns.items():
        if target != NOTES and target not in allowed:
            near = get_close_matches(target, allowed, n=3, cutoff=0.4)
            raise CannotDo(
                f"The map sends the column {heading!r} to {target!r}, which no column may fill. "
                f"Write {NOTES}, or a field such as {', '.join(near) or 'actions.action'}."
            )


def fillable(framework: Framework) -> list[str]:
    """Return the fields that a column of an old plan may fill."""
    return [
        f"{table}.{item.name}"
        for table in _TABLES
        for item in framework[table].fields
        if item.owner != "computed" and item.name not in _NOT_FILLED[table]
    ]


def match(
    plan: OldPlan, synonyms: Synonyms, framework: Framework, chosen: Mapping[str, str]
) -> list[Placement]:
    """Place every column of a plan.

    Cases, in order: a column that the map names goes where it says; a heading known as a field's own or as a synonym
    fills that field, unless a column with a better name already does; a column called a recommendation that holds only
    numbers fills its number; everything else is kept in the notes.
    """
    by_map = {fold(heading): target for heading, target in chosen.items()}
    claims: dict[int, tuple[str, int]] = {}
    for column in plan.columns:
        if fold(column.heading) in by_map:
            continue
        claim = next(
            (synonyms.fields[key] for key in heading_keys(column.heading) if key in synonyms.fields), None
        )
        if claim and claim[0] == "recommendations.recommendation" and _only_numbers(plan, column):
            claim = ("recommendations.number", claim[1])
        if claim:
            claims[column.number] = claim
    taken = set(by_map.values())
    winners: dict[str, int] = {}
    for number, (target, _) in sorted(claims.items(), key=_best_first(plan, framework, claims)):
        if target not in taken:
            winners.setdefault(target, number)
    for number, (target, _) in claims.items():
        instead = _INSTEAD.get(target)
        if instead and instead not in taken and instead not in winners and winners.get(target) != number:
            claims[number] = (instead, 0)
            winners[instead] = number
    return [_placement(plan, column, synonyms, framework, by_map, claims, winners) for column in plan.columns]


def _best_first(
    plan: OldPlan, framework: Framework, claims: Mapping[int, tuple[str, int]]
) -> Callable[[tuple[int, tuple[str, int]]], tuple[int, int, int]]:
    """Order the columns that may fill one field: of two that tell progress, the one whose cells are on the list; then the one
    with the better name; then the first."""
    columns = {column.number: column for column in plan.columns}

    def order(item: tuple[int, tuple[str, int]]) -> tuple[int, int, int]:
        number, (target, rank) = item
        rivals = sum(other == target for other, _ in claims.values())
        wrong = 0
        if target in _INSTEAD and rivals > 1:
            wrong = sum(
                parse(_field(target, framework), value).fault is not None
                for value in plan.filled(columns[number])
            )
        return wrong, rank, number

    return order


def _field(target: str, framework: Framework) -> Field:
    table, name = target.split(".")
    return framework[table][name]


def _placement(
    plan: OldPlan,
    column: Column,
    synonyms: Synonyms,
    framework: Framework,
    by_map: Mapping[str, str],
    claims: Mapping[int, tuple[str, int]],
    winners: Mapping[str, int],
) -> Placement:
    filled = plan.filled(column)
    mapped = by_map.get(fold(column.heading))
    if mapped is not None:
        return Placement(column, None if mapped == NOTES else mapped, "as the map says", len(filled))
    claim = claims.get(column.number)
    if claim is None:
        return Placement(column, None, _why_kept(column, synonyms), len(filled))
    target = claim[0]
    if winners.get(target) != column.number:
        return Placement(column, None, f"another column already fills {target}", len(filled))
    if target == "recommendations.number" and fold(column.heading) in ("recommendation", "argymhelliad"):
        return Placement(column, target, "only numbers stand in it", len(filled))
    return Placement(column, target, _what_does_not_fit(target, framework, filled), len(filled))


def _why_kept(column: Column, synonyms: Synonyms) -> str:
    keys = heading_keys(column.heading)
    for key in keys:
        if key in synonyms.kept:
            return synonyms.kept[key]
    near = get_close_matches(keys[0], list(synonyms.fields), n=1, cutoff=0.85) if keys else []
    if near:
        return f'not understood; it may mean "{near[0]}" ({synonyms.fields[near[0]][0]})'
    return "not understood"


def _what_does_not_fit(target: str, framework: Framework, filled: list[Value]) -> str:
    field_ = _field(target, framework)
    if target in OWNER_FIELDS or (field_.type == "string" and not field_.enum):
        return ""
    wrong = sum(parse(field_, value).fault is not None for value in filled)
    what = "no dates" if field_.type == "date" else "not on its list"
    return f"{wrong} of {len(filled)} cells are {what}" if wrong else ""


def _only_numbers(plan: OldPlan, column: Column) -> bool:
    filled = plan.filled(column)
    return bool(filled) and all(is_reference(value) for value in filled)
