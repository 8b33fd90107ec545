"""S2: measurable. Neither the action's own text nor its Success measure says how one would know."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding

_NO_MEASURE = frozenset({"n/a", "na", "none", "tbc", "tba", "to be confirmed", "to be agreed", "-", "?"})


def is_stated(measure: str) -> bool:
    """Tell whether a Success measure says anything: "TBC" and "n/a" do not."""
    said = measure.strip(" .").casefold()
    return bool(said) and said not in _NO_MEASURE


@looks_for("S201")
def no_measure(facts: Facts) -> Iterator[Finding]:
    for row, words in facts.worded_actions:
        if not is_stated(row.text("measure")) and not facts.wording.measure(words):
            yield facts.finding(
                "S201",
                "actions",
                row,
                "measure",
                "neither the action nor its Success measure says how the board would know that it was done",
                "Fill in Success measure: an audit result, a number, a document that can be shown; or name the output in the "
                "action itself.",
            )
