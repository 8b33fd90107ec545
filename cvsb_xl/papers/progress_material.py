"""What a progress report is made from: the rows of one review, as at a day. Nothing is worded here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from cvsb_xl.framework.clocks import Milestone, as_date
from cvsb_xl.papers.overall import Overall, agency_names
from cvsb_xl.tracker.assigning import active_partners
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.status import Standing, lateness, ratified, standings
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context


@dataclass(frozen=True, kw_only=True)
class Material(Overall):
    """The rows of one review; `actions` and `escalations` are its own.

    Attributes:
        clock: the clock of the 12-month report; None for a type that the framework sets none for.
        unlisted: its rows of Actions that have no id, or the id of an earlier row, and so cannot be told apart.
        decisions_left_out: decisions on its actions by no meeting up to `as_at`: the date is blank, faulty or later.
        partners: codes of the board partners that were active on the day.
    """

    review: Row
    clock: Milestone | None
    unlisted: tuple[Row, ...]
    decisions_left_out: tuple[Row, ...]
    recommendations: tuple[Row, ...]
    dissemination: tuple[Row, ...]
    acknowledgements: tuple[Row, ...]
    partners: tuple[str, ...]

    @property
    def review_id(self) -> str:
        """The review's id."""
        return self.review.text("review_id")

    @property
    def made_public_by(self) -> tuple[str, ...]:
        """The fields of Reviews whose dates say that what was agreed is no longer confidential to the panel.

        A MAPF's actions are shared with professionals when it is completed; the framework has no publication for it.
        """
        if self.review["review_type"] == "MAPF":
            return ("completed_on",)
        return ("report_published_on", "plan_published_on")

    @property
    def is_public(self) -> bool:
        """Tell whether each of those dates had come on the day."""
        dates = [as_date(self.review[name]) for name in self.made_public_by]
        return all(found is not None and found <= self.as_at for found in dates)

    @cached_property
    def rows(self) -> Mapping[str, tuple[Row, ...]]:
        """Every row that the report is made from, by table."""
        return {
            "reviews": (self.review,),
            "recommendations": self.recommendations,
            "actions": tuple(item.action for item in self.actions),
            "assignments": tuple(row for item in self.actions for row in item.assignments),
            "decisions": tuple(row for item in self.actions for row in item.decisions),
            "escalations": self.escalations,
            "dissemination": self.dissemination,
            "acknowledgements": self.acknowledgements,
        }


@dataclass(frozen=True, slots=True)
class Whole:
    """What the reports of one day share: worked out from the whole tracker, once for all of them.

    Attributes:
        standings: of every action, by its id.
        clocks: the milestones of every review, by its id.
        personal: what the rules of family P find in the whole tracker.
    """

    standings: Mapping[str, Standing]
    clocks: Mapping[str, Sequence[Milestone]]
    personal: Sequence[Finding]


def whole(tracker: Tracker, context: Context, as_at: date) -> Whole:
    """Work out what the reports of one day share."""
    personal = check(tracker, context, select=("P",)).findings
    return Whole(standings(tracker, as_at), review_milestones(tracker), personal)


def gather(
    tracker: Tracker, review: Row, as_at: date, made_at: datetime, shared: Whole | None = None
) -> Material:
    """Collect the rows of one review. One pass over each table."""
    key = review.text("review_id")
    every = shared.standings if shared else standings(tracker, as_at)
    rows = tracker["actions"].where("review_id", key)
    # by_key knows the first row of each id; another row with that id is no row of its own.
    first = tracker["actions"].by_key
    listed = [row for row in rows if first.get(row.text("action_id")) is row]
    actions = {row.text("action_id"): every[row.text("action_id")] for row in listed}
    clocks = (shared.clocks if shared else review_milestones(tracker)).get(key, [])
    return Material(
        tracker=tracker,
        review=review,
        as_at=as_at,
        made_at=made_at,
        clock=next((item for item in clocks if item.clock.due == "progress_due"), None),
        actions=tuple(actions[ref] for ref in sorted(actions, key=natural)),
        unlisted=tuple(row for row in rows if first.get(row.text("action_id")) is not row),
        decisions_left_out=tuple(
            row
            for row in tracker["decisions"]
            if row.text("action_id") in actions and not ((met := as_date(row["meeting_on"])) and met <= as_at)
        ),
        recommendations=tuple(
            sorted(
                tracker["recommendations"].where("review_id", key),
                key=lambda row: (natural(row.text("number")), natural(row.text("recommendation_id"))),
            )
        ),
        escalations=tuple(
            row
            for row in tracker["escalations"]
            if (row.text("review_id") == key or row.text("action_id") in actions)
            and not ((raised := as_date(row["raised_on"])) and raised > as_at)
        ),
        dissemination=tuple(
            row for row in tracker["dissemination"].where("review_id", key) if tells_something(row)
        ),
        acknowledgements=tuple(tracker["acknowledgements"].where("review_id", key)),
        partners=tuple(active_partners(tracker, as_at)),
        names=agency_names(tracker),
    )


def tells_something(dissemination: Row) -> bool:
    """Tell whether a row of Dissemination says anything: sheets go out with rows to fill in."""
    return any(
        dissemination[name] is not None for name in ("method", "delivered_on", "audience", "reach", "impact")
    )


@dataclass(frozen=True, slots=True)
class Position:
    """How many actions stand where; whole actions. The first five lines after `actions` add up to it.

    Attributes:
        complete: with the next one, all that are complete; stepped down ones are never among them.
        complete_without_ratification: of `complete`, those for which sign-off is not required.
        past_due: open actions (in progress, not started) whose due date has passed, whatever was granted since.
        past_revised: of `past_due`, those whose revised date has passed as well.
        overdue: open actions past the date they are now due: the revised one, else the first.
        no_date: open actions without a due date that can be read.
    """

    actions: int
    complete: int
    stepped_down: int
    awaiting_ratification: int
    in_progress: int
    not_started: int
    complete_without_ratification: int
    past_due: int
    past_revised: int
    overdue: int
    no_date: int


def position(actions: tuple[Standing, ...], as_at: date) -> Position:
    """Count the actions by status, and the open ones by date."""

    def having(status: str) -> int:
        return sum(item.status == status for item in actions)

    running = [item for item in actions if item.status in ("In progress", "Not started")]
    return Position(
        actions=len(actions),
        complete=having("Complete"),
        stepped_down=having("Stepped down"),
        awaiting_ratification=having("Awaiting ratification"),
        in_progress=having("In progress"),
        not_started=having("Not started"),
        complete_without_ratification=sum(
            item.status == "Complete" and ratified(item.decisions) is None for item in actions
        ),
        past_due=sum(is_past(item, as_at) for item in running),
        past_revised=sum(is_past(item, as_at) and is_past_revised(item, as_at) for item in running),
        overdue=sum(item.timeliness(as_at, 0) == "Overdue" for item in running),
        no_date=sum(item.due_on is None for item in running),
    )


def is_past(item: Standing, as_at: date) -> bool:
    """Tell whether the date first agreed has passed, or the one it is now due."""
    late = lateness(item, as_at)
    return late.original > 0 or late.revised > 0


def is_past_revised(item: Standing, as_at: date) -> bool:
    """Tell whether the action has a revised date, and it has passed."""
    return item.revised_due_on is not None and lateness(item, as_at).revised > 0
