"""S4: realistic. Like achievable, a person confirms it."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.rules.achievable import not_confirmed
from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding


@looks_for("S401")
def not_confirmed_realistic(facts: Facts) -> Iterator[Finding]:
    yield from not_confirmed(facts, "S401", "realistic", "is sensible for this agency in this time")
