"""The clocks of the reviews in a tracker: what framework/clocks.py counts, fed from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from cvsb_xl.framework.clocks import Milestone, as_date, counts_from_decision, milestones
from cvsb_xl.framework.schema import Clock
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value

OUTCOMES_WITHOUT_A_DECISION = ("More information",)
"""What the Case Review Group may answer that settles nothing yet: no decision to sign off or to count from."""


def decided_on(tracker: Tracker) -> dict[str, date]:
    """Return, by review, the day the Case Review Group decided on it.

    Told by the referrals that name the review: the earliest crg_met_on with a decision other than "More information".
    """
    found: dict[str, date] = {}
    for row in tracker["referrals"]:
        review, met = row.text("review_id"), as_date(row["crg_met_on"])
        settled = row["crg_decision"] is not None and row["crg_decision"] not in OUTCOMES_WITHOUT_A_DECISION
        if review and settled and met:
            found[review] = min(met, found.get(review, met))
    return found


def clock_settings(tracker: Tracker) -> dict[str, str]:
    """Return the settings that move a clock, with their values."""
    names = {clock.from_decision_setting for clock in tracker.framework.clocks}
    return {name: tracker.setting(name) for name in names if name}


def review_milestones(tracker: Tracker) -> dict[str, list[Milestone]]:
    """Return the milestones of every review, by its id; a review without an id has none."""
    decided, settings = decided_on(tracker), clock_settings(tracker)
    return {
        key: milestones(row.values, tracker.framework.clocks, decided_on=decided.get(key), settings=settings)
        for key, row in tracker["reviews"].by_key.items()
    }


def relies_on(clock: Clock, settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the fields of Reviews that a clock's due date is counted from."""
    return ("review_type",) if counts_from_decision(clock, settings) else ("review_type", *clock.start_fields)


def faulty_due_fields(tracker: Tracker, review: Row) -> set[str]:
    """Return the due fields that cannot be told because a field they are counted from cannot be read."""
    settings = clock_settings(tracker)
    return {
        clock.due
        for clock in tracker.framework.clocks
        if ("review_type" in review.faults or clock.review_type == review["review_type"])
        and any(name in review.faults for name in relies_on(clock, settings))
    }


def due_dates(tracker: Tracker, review: Row, found: list[Milestone]) -> dict[str, Value]:
    """Return what the due fields of a review should hold: a date, or None where the clock waits or there is none.

    A field counted from one that cannot be read is left out: it stays as it is.
    """
    fields = dict.fromkeys((clock.due for clock in tracker.framework.clocks), None)
    dates: dict[str, Value] = {**fields, **{item.clock.due: item.due for item in found}}
    return {name: value for name, value in dates.items() if name not in faulty_due_fields(tracker, review)}
