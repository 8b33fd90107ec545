"""S3: achievable. It cannot be read off a text: a person confirms it."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding


@looks_for("S301")
def not_confirmed_achievable(facts: Facts) -> Iterator[Finding]:
    yield from not_confirmed(facts, "S301", "achievable", "can be done with the people and means there are")


def not_confirmed(facts: Facts, code: str, field: str, question: str) -> Iterator[Finding]:
    """Yield the open actions whose field does not read Yes."""
    for row in facts.open_actions:
        answer = row.values.get(field)
        if answer == "Yes" or field in row.faults:
            continue
        what = "somebody has said No: it is doubted" if answer == "No" else "nobody has confirmed"
        yield facts.finding(
            code,
            "actions",
            row,
            field,
            f"{what} that the action {question}",
            f"Ask the lead agency, and put Yes in {facts['actions'].schema[field].title} once it agrees; or change the action "
            "until it does.",
        )
