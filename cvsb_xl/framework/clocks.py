"""Due dates of reviews, by the clocks of schemas/framework.yaml. Pure: plain values in, dates and words out.

How a date is counted
    In calendar months to the corresponding date, or to the month's last day: 31 January + 3 months is 30 April, and
    29 February 2028 + 12 months is 28 February 2029. Always from the original start, never from another due date: counted in
    a chain, 31 January + 1 + 2 would be 28 April. No working days: no source uses them. Excel's EDATE counts the same way.

Where a clock starts
    | the clock                                                      | it starts on                              |
    |----------------------------------------------------------------|-------------------------------------------|
    | has from_decision_setting, and that setting reads "decision"   | the day the Case Review Group decided     |
    | names one start field                                          | its date                                  |
    | names several                                                  | the latest of them, once all are dates    |
    | else: a date it needs is missing or is no date                 | nowhere; it shows what it waits for       |

Next milestone: the clocks of the review's type stand in the order of framework.yaml, and the next one is the first after the
last that is done (a review whose completion is recorded no longer waits for its first panel). With D1..D3 the "done"
dates, P1..P3 the due dates and N1..N3 the names of a SUSR's three clocks, it is what these nested IFs say:

    due   IF(ISNUMBER(D3),"",IF(ISNUMBER(D2),P3,IF(ISNUMBER(D1),P2,P1)))        blank where that P is blank
    text  the same IFs over T1..T3, where  Tn = Nn & IF(ISNUMBER(Pn), IF(TODAY()>Pn," - "&passed,""), " - "&awaiting)

    | all clocks done, or the type has none (CPR, APR, DHR, ...)  | blank                                                 |
    | no start yet    | "Progress report - awaiting publication of the report and the action plan", date blank            |
    | not yet passed, or due today                                | "First panel meeting", its date                       |
    | passed, a target or expected                                | "First panel meeting - past target", its date         |
    | passed, required                                            | "Progress report - overdue", its date                 |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeGuard

from dateutil.relativedelta import relativedelta

from cvsb_xl.framework.schema import Clock

FROM_DECISION = "decision"
"""The value of the setting that makes a clock count from the Case Review Group's decision."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """One clock of one review.

    Attributes:
        start: the day it counts from; None while it waits for one.
        due: start plus the clock's months; None without a start.
        done_on: the day it happened, where that is recorded.
        awaiting: what it waits for, such as "awaiting initiation"; blank once it has a start.
    """

    clock: Clock
    start: date | None
    due: date | None
    done_on: date | None
    awaiting: str

    def has_passed(self, today: date) -> bool:
        """Tell whether the due date lies before today and the milestone is not done. The due day itself has not passed."""
        return self.due is not None and self.done_on is None and today > self.due

    def days_past(self, today: date) -> int:
        """Return by how many days it has passed; 0 when it has not."""
        return (today - self.due).days if self.due and self.has_passed(today) else 0

    def text(self, today: date) -> str:
        """Return its name, with what it waits for or that it has passed: "First panel meeting - past target"."""
        if self.due is None:
            return f"{self.clock.milestone} - {self.awaiting}"
        return (
            f"{self.clock.milestone} - {self.clock.passed}"
            if self.has_passed(today)
            else self.clock.milestone
        )


def as_date(value: object) -> date | None:
    """Return the value if it is a date; None for anything else.

    A datetime is a date to Python, but here it is a cell with a time of day, which is a fault of its own (D101).
    """
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def is_date(value: object) -> TypeGuard[date]:
    """Tell whether the value is a date; a datetime, which Python cannot compare with one, is none."""
    return as_date(value) is not None


def months_after(start: date, months: int) -> date | None:
    """Return the corresponding date so many calendar months later, or that month's last day; None beyond the year 9999."""
    try:
        return start + relativedelta(months=months)
    except (ValueError, OverflowError):
        return None


def milestones(
    review: Mapping[str, object],
    clocks: Iterable[Clock],
    *,
    decided_on: date | None = None,
    settings: Mapping[str, str] | None = None,
) -> list[Milestone]:
    """Return the milestones of one review, in the order of the clocks; none for a type without clocks.

    Args:
        review: the fields of a row of Reviews; only real dates count as dates, and text such as "On going" as none.
        clocks: every clock of the framework.
        decided_on: the day the Case Review Group decided on this review, where it is known.
        settings: setting -> value, for the clocks that a setting moves ("first_panel_from": "decision").
    """
    chosen = settings or {}
    found = []
    for clock in clocks:
        if clock.review_type != review.get("review_type"):
            continue
        from_decision = counts_from_decision(clock, chosen)
        start = decided_on if from_decision else _latest(review, clock.start_fields)
        due = months_after(start, clock.months) if start else None
        waits_for = (clock.awaiting_decision or clock.awaiting) if from_decision else clock.awaiting
        found.append(Milestone(clock, start, due, as_date(review.get(clock.done)), "" if due else waits_for))
    return found


def counts_from_decision(clock: Clock, settings: Mapping[str, str]) -> bool:
    """Tell whether the board's settings let this clock count from the Case Review Group's decision."""
    setting = clock.from_decision_setting
    return bool(setting) and settings.get(setting or "", "").strip().casefold() == FROM_DECISION


def outstanding(found: Sequence[Milestone]) -> Sequence[Milestone]:
    """Return the milestones after the last one that is done: what lies before it no longer wants doing."""
    done = [position for position, item in enumerate(found) if item.done_on is not None]
    return found[done[-1] + 1 :] if done else found


def next_milestone(found: Sequence[Milestone], today: date) -> tuple[str, date | None]:
    """Return the words and the date that Reviews shows as "Next milestone"; ("", None) when none is left."""
    left = outstanding(found)
    return (left[0].text(today), left[0].due) if left else ("", None)


def _latest(review: Mapping[str, object], fields: Sequence[str]) -> date | None:
    dates = [as_date(review.get(name)) for name in fields]
    known = [value for value in dates if value is not None]
    return max(known) if known and len(known) == len(dates) else None
