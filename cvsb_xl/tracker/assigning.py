"""Which assignments an action makes, and which acknowledgements a published review does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import parse

BOTH = "Both"
BOTH_AREAS = ("Cardiff", "Vale of Glamorgan")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One assignment that an action calls for; area is None where neither the action nor the agency says it."""

    action_id: str
    agency: str
    area: str | None
    role: Literal["Lead", "Contributing"]


def codes(text: str) -> list[str]:
    """Return the parts of a cell that holds several values with ; between them, each once."""
    return list(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


def known_code(tracker: Tracker, text: str) -> str | None:
    """Return the agency code as Agencies writes it ("swp" is SWP); None for one it does not have."""
    known, wanted_code = tracker["agencies"].by_key, text.strip()
    if wanted_code in known:
        return wanted_code
    return next((code for code in known if code.casefold() == wanted_code.casefold()), None)


def areas_of(tracker: Tracker, agency: str) -> list[str]:
    """Return the areas an agency works in, as Agencies tells them; parts that are no area are left out."""
    row = tracker["agencies"].by_key.get(agency)
    field = tracker.framework["assignments"]["area"]
    parsed = [parse(field, part) for part in codes(row.text("areas") if row else "")]
    return list(dict.fromkeys(str(item.value) for item in parsed if item.value and not item.fault))


def wanted(tracker: Tracker, action: Row) -> list[Wanted]:
    """Return the assignments that an action calls for; none where its lead agency or its area cannot be told.

    | the action's row                                                | calls for                                       |
    |-----------------------------------------------------------------|-------------------------------------------------|
    | lead agency blank, unknown, or several in one cell              | nothing: a person must say who answers for it   |
    | area blank or not on the list                                   | nothing                                         |
    | lead agency known                                               | one Lead                                        |
    | a code in Contributing that is known and not the lead           | one Contributing                                |
    | area "Both", for an agency that works in Cardiff and the Vale   | one for each of the two                         |
    | area "Both", for any other agency                               | one for its own area; no area if it names none  |
    | any other area                                                  | that area                                       |
    """
    lead, area = known_code(tracker, action.text("lead_agency")), action["area"]
    if lead is None or area is None or "area" in action.faults:
        return []
    key = action.text("action_id")
    found = [Wanted(key, lead, place, "Lead") for place in _places(tracker, lead, str(area))]
    for part in codes(action.text("contributing")):
        code = known_code(tracker, part)
        if code is not None and code != lead:
            found += [Wanted(key, code, place, "Contributing") for place in _places(tracker, code, str(area))]
    return found


def _places(tracker: Tracker, agency: str, area: str) -> list[str | None]:
    if area != BOTH:
        return [area]
    own = areas_of(tracker, agency)
    both = [place for place in BOTH_AREAS if place in own]
    return [*both] or [own[0] if own else None]


def missing_assignments(tracker: Tracker, actions: Iterable[Row]) -> Iterator[Wanted]:
    """Yield what the actions call for and no row of Assignments gives, in the order of the actions.

    A row of that action and agency covers its area whatever its role; one without a readable area covers them all, since
    nobody can tell which of them it is.
    """
    covered: set[tuple[str, str, object]] = set()
    for row in tracker["assignments"]:
        area = None if "area" in row.faults else row["area"]
        covered.add((row.text("action_id").strip(), row.text("agency").strip().casefold(), area))
    for action in actions:
        for item in wanted(tracker, action):
            agency = item.agency.casefold()
            place = (item.action_id, agency, item.area)
            if place not in covered and (item.action_id, agency, None) not in covered:
                covered.add(place)
                yield item


def active_partners(tracker: Tracker, today: date) -> list[str]:
    """Return the codes of the Board's partners that are active today, in the order of Agencies."""
    return [key for key, row in tracker["agencies"].by_key.items() if _is_active_partner(row, today)]


def _is_active_partner(row: Row, today: date) -> bool:
    if row["board_partner"] != "Yes" or {"active_from", "active_to"} & set(row.faults):
        return False
    begins, ends = as_date(row["active_from"]), as_date(row["active_to"])
    return (begins is None or begins <= today) and (ends is None or ends >= today)


def missing_acknowledgements(
    tracker: Tracker, reviews: Iterable[Row], today: date
) -> Iterator[tuple[str, str]]:
    """Yield (review, agency) for each active partner without a row on a review whose report is published."""
    partners = active_partners(tracker, today)
    covered = {
        (row.text("review_id").strip(), row.text("agency").strip().casefold())
        for row in tracker["acknowledgements"]
    }
    for review in reviews:
        published = as_date(review["report_published_on"])
        if published is None or published > today:
            continue
        key = review.text("review_id")
        for agency in partners:
            if (key, agency.casefold()) not in covered:
                covered.add((key, agency.casefold()))
                yield key, agency
