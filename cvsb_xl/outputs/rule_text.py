"""Rules as text: one page, or the list of them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from cvsb_xl.rules.registry import FAMILIES, Rule


def rule_list(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield one line for each rule, under its family."""
    for letter, group in groupby(rules, key=lambda rule: rule.code[0]):
        yield f"{letter}  {FAMILIES[letter]}"
        for rule in group:
            yield f"  {rule.code}  {rule.severity:<8} {rule.name}"
        yield ""
    yield "cvsb rule CODE explains one: what it does, why, an example, and how to settle it."


def rule_json(rule: Rule) -> dict[str, object]:
    """Return a rule as JSON."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "stands_on": rule.stands_on,
        "since": rule.since,
        "reported_by": rule.reported_by,
        "sections": dict(rule.sections),
    }
