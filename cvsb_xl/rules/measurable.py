"""S2: measurable. Neither the action's own text nor its Success measure says how one would know."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.rules.specific import worded_actions
from cvsb_xl.rules.wording import Wording
from cvsb_xl.tracker.findings import Finding

_NO_MEASURE = frozenset({"n/a", "na", "none", "tbc", "tba", "to be confirmed", "to be agreed", "-", "?"})


def has_measure(wording: Wording, text: str, measure: str) -> bool:
    """Tell whether a reader could tell that it was done: from the Success measure, or from the action's own words."""
    stated = measure.strip(" .").casefold()
    return (bool(stated) and stated not in _NO_MEASURE) or bool(wording.measures(text))


@looks_for("S201")
def no_measure(facts: Facts) -> Iterator[Finding]:
    for row, text in worded_actions(facts):
        if not has_measure(facts.wording, text, row.text("measure")):
            yield facts.finding(
                "S201",
                "actions",
                row,
                "measure",
                "neither the action nor its Success measure says how the board would know that it was done",
                "Fill in Success measure: an audit result, a number, a document that can be shown; or name the output in the "
                "action itself.",
            )
