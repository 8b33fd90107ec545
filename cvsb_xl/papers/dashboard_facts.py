"""What a dashboard may show, and what can be counted of it. The one place that decides what an agency's page holds.

The full page is for members of the Board, the Delivery Group and the Case Review Group. An agency's page holds

    | what                                                        | of whom                                             |
    |-------------------------------------------------------------|-----------------------------------------------------|
    | assignments, acknowledgements, dissemination, returns       | its own, in full                                    |
    | recommendations, actions, their owners, dates and status    | every published review                              |
    | the same of an action                                       | any that it leads or has a part in                  |
    | anything else                                               | nobody: it is never taken into the material at all  |

"It will however be the responsibility of all partners to review the recommendations and actions generated from reviews"
(Learning and Improvement Framework, Agency Ownership).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from cvsb_xl.framework.clocks import Milestone, as_date, next_milestone
from cvsb_xl.papers.overall import Overall, overall
from cvsb_xl.papers.page import Fact, Place
from cvsb_xl.tracker.assigning import BOTH, BOTH_AREAS, codes
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.status import AWAITING, Standing
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.verbs.summaries import published

HORIZONS = (30, 60, 90)
"""Days ahead in which actions fall due."""

NO_THEME = "No theme given"
NO_AREA = "No area given"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The rows that one page may show.

    Attributes:
        agency: the code of the agency whose page it is; blank for the full page.
        actions, reviews, recommendations, escalations, returns, acknowledgements, dissemination: in natural order of ids.
        assignments: on an agency's page its own, else all.
        named: the reviews whose titles may be printed.
    """

    whole: Overall
    agency: str
    actions: tuple[Standing, ...]
    reviews: tuple[Row, ...]
    recommendations: tuple[Row, ...]
    assignments: tuple[Row, ...]
    escalations: tuple[Row, ...]
    returns: tuple[Row, ...]
    acknowledgements: tuple[Row, ...]
    dissemination: tuple[Row, ...]
    milestones: Mapping[str, list[Milestone]]
    named: frozenset[str]

    @property
    def tracker(self) -> Tracker:
        """The tracker it is taken from."""
        return self.whole.tracker

    @property
    def as_at(self) -> date:
        """The day whose position the page tells."""
        return self.whole.as_at

    def review(self, key: str) -> str:
        """Return "RV-0003, Adult F"; the id alone where the title may not be printed."""
        return self.whole.review_name(key) if key in self.named else key

    def owners(self, action: Row) -> tuple[str, ...]:
        """Return the codes of an action's lead agency and of those that contribute, each once."""
        found = [action.text("lead_agency"), *codes(action.text("contributing"))]
        return tuple(dict.fromkeys(self.whole.code(code) for code in found if code))

    def place(self, action: Row) -> Place:
        """Return where an action belongs. An assignment that people added makes its agency an owner, too."""
        return self._places[action.text("action_id")]

    @cached_property
    def _places(self) -> Mapping[str, Place]:
        return {item.action.text("action_id"): self._place(item.action) for item in self.actions}

    def _place(self, action: Row) -> Place:
        doing = [self.whole.code(row.text("agency")) for row in self._doing.get(action.text("action_id"), ())]
        agencies = tuple(dict.fromkeys((*self.owners(action), *filter(None, doing))))
        return Place(action.text("review_id"), agencies, areas_of(action))

    @cached_property
    def _doing(self) -> Mapping[str, list[Row]]:
        return _by(self.assignments, "action_id")

    @cached_property
    def themes(self) -> Mapping[str, str]:
        """Recommendation -> its theme, spelt as it is first spelt in the sheet."""
        spelt: dict[str, str] = {}
        found = {}
        for row in self.recommendations:
            theme = " ".join(row.text("theme").split())
            found[row.text("recommendation_id")] = spelt.setdefault(theme.casefold(), theme) or NO_THEME
        return found

    def timeliness(self, standing: Standing) -> str:
        """Return an action's timeliness on the day of the page."""
        return standing.timeliness(self.as_at, self._due_soon_days)

    @cached_property
    def _due_soon_days(self) -> int:
        return self.whole.due_soon_days

    def next_milestone(self, review: Row) -> tuple[str, date | None]:
        """Return a review's next milestone in words, and its date."""
        return next_milestone(self.milestones.get(review.text("review_id"), []), self.as_at)

    def is_acknowledged(self, row: Row) -> bool:
        """Tell whether a partner had acknowledged the learning by the day of the page."""
        day = as_date(row["acknowledged_on"])
        return row["acknowledged_on"] is not None and (day is None or day <= self.as_at)

    def is_with_the_board(self, row: Row) -> bool:
        """Tell whether an escalation was open on the day of the page."""
        day = as_date(row["closed_on"])
        return row["closed_on"] is None or (day is not None and day > self.as_at)


def areas_of(action: Row) -> tuple[str, ...]:
    """Return the areas an action is for: Both is Cardiff and the Vale of Glamorgan."""
    area = action.text("area")
    return BOTH_AREAS if area == BOTH else (area,) if area else ()


def shown_to_members(tracker: Tracker, as_at: date, made_at: datetime) -> Shown:
    """Return what the full page shows: everything."""
    whole = overall(tracker, as_at, made_at)
    return Shown(
        whole=whole,
        agency="",
        actions=whole.actions,
        reviews=_sorted(tracker, "reviews", tracker["reviews"].by_key.values()),
        recommendations=_sorted(tracker, "recommendations", tracker["recommendations"].by_key.values()),
        assignments=tracker["assignments"].rows,
        escalations=whole.escalations,
        returns=tracker["returns"].rows,
        acknowledgements=_sorted(tracker, "acknowledgements", tracker["acknowledgements"].by_key.values()),
        dissemination=_sorted(tracker, "dissemination", tracker["dissemination"].by_key.values()),
        milestones=review_milestones(tracker),
        named=frozenset(tracker["reviews"].by_key),
    )


def shown_to(tracker: Tracker, agency: str, as_at: date, made_at: datetime) -> Shown:
    """Return what one agency's page shows.

    Args:
        agency: its code, as Agencies writes it.
    """
    whole = overall(tracker, as_at, made_at)
    reviews = tuple(published(tracker, as_at))
    keys = frozenset(row.text("review_id") for row in reviews)

    def is_own(code: str) -> bool:
        return whole.code(code) == agency

    def own(table: str) -> tuple[Row, ...]:
        return _sorted(tracker, table, (row for row in tracker[table] if is_own(row.text("agency"))))

    assignments = own("assignments")
    worked_on = {row.text("action_id") for row in assignments}
    actions = tuple(
        item
        for item in whole.actions
        if item.action.text("review_id") in keys
        or item.action.text("action_id") in worked_on
        or any(map(is_own, (item.action.text("lead_agency"), *codes(item.action.text("contributing")))))
    )
    recommendations = (
        row for row in tracker["recommendations"].by_key.values() if row.text("review_id") in keys
    )
    return Shown(
        whole=whole,
        agency=agency,
        actions=actions,
        reviews=reviews,
        recommendations=_sorted(tracker, "recommendations", recommendations),
        assignments=assignments,
        escalations=(),
        returns=own("returns"),
        acknowledgements=own("acknowledgements"),
        dissemination=own("dissemination"),
        milestones={key: item for key, item in review_milestones(tracker).items() if key in keys},
        named=keys,
    )


def facts(shown: Shown) -> Iterator[Fact]:
    """Yield everything that is counted."""
    for standing in shown.actions:
        yield Fact("action", frozenset(_marks(shown, standing)), shown.place(standing.action))
    for row in shown.reviews:
        _, due = shown.next_milestone(row)
        stage = row.text("stage")
        marks = {f"stage:{stage}", "closed" if stage == "Closed" else "open"}
        if due is not None and due < shown.as_at:
            marks.add("date passed")
        yield Fact("review", frozenset(marks), Place(row.text("review_id")))
    for row in shown.recommendations:
        theme = shown.themes[row.text("recommendation_id")]
        yield Fact("recommendation", frozenset({f"theme:{theme}"}), Place(row.text("review_id")))
    for row in shown.escalations:
        if shown.is_with_the_board(row):
            yield Fact("escalation", frozenset({"open"}), Place(row.text("review_id")))
    for row in shown.returns:
        if row["state"] == "Issued":
            due = as_date(row["due_back_on"])
            late = due is not None and due < shown.as_at
            yield Fact(
                "return",
                frozenset({"late"} if late else ()),
                Place(agencies=(shown.whole.code(row.text("agency")),)),
            )
    for row in shown.acknowledgements:
        mark = "acknowledged" if shown.is_acknowledged(row) else "not yet"
        agency = shown.whole.code(row.text("agency"))
        yield Fact("acknowledgement", frozenset({mark}), Place(row.text("review_id"), (agency,)))


def _marks(shown: Shown, standing: Standing) -> Iterator[str]:
    action = standing.action
    yield f"status:{standing.status}"
    yield f"timeliness:{shown.timeliness(standing)}"
    yield f"lead:{shown.whole.code(action.text('lead_agency'))}"
    yield f"area:{action.text('area') or NO_AREA}"
    theme = shown.themes.get(action.text("recommendation_id"))
    if theme:
        yield f"theme:{theme}"
    yield "open" if standing.is_open else "closed"
    for days in HORIZONS:
        if falls_due(standing, shown.as_at, days):
            yield f"due in {days}"


def falls_due(standing: Standing, as_at: date, days: int) -> bool:
    """Tell whether an action that is still to be done is due from the day to so many days on."""
    due = standing.due_on
    if not standing.is_open or standing.status == AWAITING or due is None:
        return False
    return as_at <= due <= as_at + timedelta(days=days)


def _by(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.text(name), []).append(row)
    return found


def _sorted(tracker: Tracker, table: str, rows: Iterable[Row]) -> tuple[Row, ...]:
    key = tracker[table].key_of
    return tuple(sorted(rows, key=lambda row: natural(key(row))))
