"""S104: we have said this before. The closest earlier recommendations and actions, with what became of them.

New is an action that nobody has begun, and a recommendation whose review is not published. Earlier is what another review, referral
or learning entry yielded that began before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.keys import PARENTS
from cvsb_xl.rules.likeness import Earlier, Likeness
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.tables import Row

_STARTS = {
    "review_id": ("reviews", "started_on"),
    "referral_id": ("referrals", "referred_on"),
    "learning_id": ("learning", "received_on"),
}


@dataclass(frozen=True, slots=True)
class _Said:
    """One recommendation or action, with the day its parent began."""

    table: str
    row: Row
    text: str
    parent: str
    began: date | None


@looks_for("S104")
def said_before(facts: Facts) -> Iterator[Finding]:
    said = {f"{item.table} {facts[item.table].key_of(item.row)}": item for item in _everything(facts)}
    new = {key: item for key, item in said.items() if _is_new(facts, item)}
    if not new or len(said) < 2:
        return
    earlier = Earlier({key: item.text for key, item in said.items()})
    before = _Before(said)
    for item in new.values():
        found = earlier.like(item.text, before.of(item))
        if found:
            yield facts.finding(
                "S104",
                item.table,
                item.row,
                "recommendation" if item.table == "recommendations" else "action",
                "much the same was said before: "
                + "; ".join(_told(facts, said[like.key], like) for like in found),
                "Look at what became of it before saying it again: ask what stood in the way, and word this one so that it "
                "does not end the same. Or leave it, if it is meant.",
            )


class _Before:
    """What other parents yielded that began before a day: worked out once for each parent."""

    def __init__(self, said: Mapping[str, _Said]) -> None:
        self._said = said
        self._known: dict[tuple[str, date | None], set[str]] = {}

    def of(self, item: _Said) -> set[str]:
        place = (item.parent, item.began)
        if place not in self._known:
            self._known[place] = {
                key
                for key, other in self._said.items()
                if other.parent != item.parent
                and item.began is not None
                and other.began is not None
                and other.began < item.began
            }
        return self._known[place]


def _everything(facts: Facts) -> Iterator[_Said]:
    for table, field in (("recommendations", "recommendation"), ("actions", "action")):
        for row in facts[table]:
            text, key = row.values.get(field), facts[table].key_of(row)
            parent = next((name for name in PARENTS if row.values.get(name) is not None), None)
            if isinstance(text, str) and key and parent:
                where, start = _STARTS[parent]
                origin = facts[where].by_key.get(row.text(parent))
                yield _Said(
                    table, row, text, row.text(parent), as_date(origin.values.get(start)) if origin else None
                )


def _is_new(facts: Facts, item: _Said) -> bool:
    if item.table == "actions":
        standing = facts.standings.get(facts["actions"].key_of(item.row))
        return standing is not None and standing.status == "Not started"
    review = facts["reviews"].by_key.get(item.parent)
    return review is not None and review.values.get("report_published_on") is None


def _told(facts: Facts, item: _Said, like: Likeness) -> str:
    kind, key = like.key.split(" ", 1)
    if kind == "recommendations":
        return f"recommendation {key} of {item.parent} ({like.score} of 100)"
    standing = facts.standings[key]
    impact = item.row.text("impact_result")
    shown = f"impact {impact.lower()}" if impact else "impact not looked at"
    outcome = f"{standing.status.lower()}, {shown}" if not standing.is_open else standing.status.lower()
    return f"action {key} of {item.parent} ({like.score} of 100; {outcome})"
