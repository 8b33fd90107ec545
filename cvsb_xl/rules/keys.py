"""K: keys and references. Rows move and names change; what holds a tracker together is that each key stands once and is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from cvsb_xl.rules.facts import Facts, filled
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding

PARENTS = ("review_id", "referral_id", "learning_id")


@looks_for("K102")
def unknown_reference(facts: Facts) -> Iterator[Finding]:
    """Agencies have a rule of their own (O102)."""
    for name, data in facts.tracker.tables.items():
        if data.schema.kind != "input":
            continue
        for link in data.schema.foreign_keys:
            if link.table == "agencies" or not facts[link.table].header_row:
                continue  # without the sheet (F101) every reference would look wrong
            known = {key.casefold() for key in facts[link.table].by_key}
            bare: dict[str, str] = {}
            allowed = {item.casefold() for item in link.also_allowed}
            for row, value in filled(data, link.field):
                if value.casefold() in known or value.casefold() in allowed:
                    continue
                sheet = facts[link.table].schema.sheet
                bare = bare or {_bare(key): key for key in reversed(list(facts[link.table].by_key))}
                meant = _meant(value, bare)
                hint = f"Is {meant} meant? " if meant else ""
                yield facts.finding(
                    "K102",
                    name,
                    row,
                    link.field,
                    f'{data.schema[link.field].title} "{value}" is not in {sheet}',
                    f"{hint}Correct it here; or add the row to {sheet}; or leave the cell blank if there is none.",
                )


def _meant(value: str, keys: Mapping[str, str]) -> str | None:
    """Return the key that is the same but for how it is written ("a14" for A-0014); A-0041 is never proposed for A-0014.

    Args:
        keys: the bare form of each key -> the key.
    """
    if not any(character.isdigit() for character in value):
        return next(iter(get_close_matches(value, keys.values(), n=1, cutoff=0.8)), None)
    return keys.get(_bare(value))


def _bare(key: str) -> str:
    return re.sub(r"0*(\d+)", r"\1", re.sub(r"[^a-z0-9]", "", key.casefold()))


@looks_for("K103")
def one_parent_only(facts: Facts) -> Iterator[Finding]:
    for row in facts["actions"]:
        given = [name for name in PARENTS if row.values.get(name) is not None]
        if len(given) == 1:
            continue
        what = (
            "names no review, referral or learning"
            if not given
            else "names " + " and ".join(f"{name.removesuffix('_id')} {row.text(name)}" for name in given)
        )
        yield facts.finding(
            "K103",
            "actions",
            row,
            given[1] if given else "review_id",
            f"the action {what}; it needs exactly one of them",
            "Give the one it comes from: a review, or a referral (immediate learning), or a learning entry; "
            "and leave the other two blank.",
        )


@looks_for("K104")
def missing_id(facts: Facts) -> Iterator[Finding]:
    for name, data in facts.tracker.tables.items():
        if data.schema.kind != "input" or data.schema.id_prefix is None:
            continue
        for row in data:
            if row.values.get(data.schema.key) is None:
                yield facts.finding(
                    "K104",
                    name,
                    row,
                    data.schema.key,
                    f"the row has no {data.schema[data.schema.key].title} yet",
                    "Run cvsb update, which gives it the next free one; or type one that no other row has.",
                )


@looks_for("K105")
def recommendation_of_another_review(facts: Facts) -> Iterator[Finding]:
    recommendations = facts["recommendations"].by_key
    for row, value in filled(facts["actions"], "recommendation_id"):
        recommendation = recommendations.get(value)
        review = row.text("review_id")
        if recommendation is None or not review:
            continue
        other = recommendation.text("review_id")
        if other and other.casefold() != review.casefold():
            yield facts.finding(
                "K105",
                "actions",
                row,
                "recommendation_id",
                f"recommendation {value} belongs to review {other}, the action to {review}",
                "Give a recommendation of the same review; or correct the review; or leave the recommendation blank.",
            )


@looks_for("K106")
def assignment_twice(facts: Facts) -> Iterator[Finding]:
    for rows in facts.assignments_of.values():
        seen: dict[tuple[str, str], str] = {}
        for row in rows:
            place = (row.text("agency").upper(), row.text("area"))
            if not place[0]:
                continue
            first = seen.setdefault(place, row.text("assignment_id"))
            if first != row.text("assignment_id"):
                yield facts.finding(
                    "K106",
                    "assignments",
                    row,
                    "agency",
                    f"{facts.agency_name(place[0])} already has assignment {first} for this action and area",
                    "Delete one of the two rows, keeping the one that holds the updates; or give them different areas.",
                )
