"""The Board's figures: how many actions stand where, by review, agency, area and theme. Counted here once, printed elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.overall import Overall
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import AWAITING, CLOSED, Standing
from cvsb_xl.tracker.tables import Row

TIMELINESS = ("Overdue", "Due soon", "On track", "No date")
NO_THEME = "No theme recorded"


@dataclass(frozen=True, slots=True)
class Line:
    """How many actions of one review, agency or area stand where.

    Attributes:
        overdue, due_soon, on_track, no_date: of those in progress or not started; the four add up to them.
    """

    name: str
    actions: int
    complete: int
    stepped_down: int
    awaiting: int
    in_progress: int
    not_started: int
    overdue: int
    due_soon: int
    on_track: int
    no_date: int

    @property
    def open(self) -> int:
        """Actions that are neither complete nor stepped down."""
        return self.actions - self.complete - self.stepped_down


def line(material: Overall, name: str, items: Iterable[Standing]) -> Line:
    """Count some actions."""
    items = list(items)
    statuses = [item.status for item in items]
    running = [
        item.timeliness(material.as_at, material.due_soon_days)
        for item in items
        if item.status not in (*CLOSED, AWAITING)
    ]
    return Line(
        name,
        len(items),
        statuses.count("Complete"),
        statuses.count("Stepped down"),
        statuses.count(AWAITING),
        statuses.count("In progress"),
        statuses.count("Not started"),
        *(running.count(word) for word in TIMELINESS),  # type: ignore[arg-type]
    )


def by_review(material: Overall) -> list[Line]:
    """One line for each review that has actions, by id; then those of no review."""
    return _by(material, lambda item: item.action.text("review_id"), material.review_name, "From no review")


def by_lead(material: Overall) -> list[Line]:
    """One line for each lead agency, most open actions first: each action counts once."""
    found = _by(
        material,
        lambda item: material.code(item.action.text("lead_agency")),
        material.agency,
        "No lead agency",
    )
    return sorted(found, key=lambda entry: (-entry.open, natural(entry.name)))


def by_area(material: Overall) -> list[Line]:
    """One line for each area of the list that has actions, in the list's order: each action counts once."""
    order = {area: at for at, area in enumerate(material.tracker["actions"].schema["area"].enum)}
    found = _by(material, lambda item: item.action.text("area"), _area, "No area recorded")
    names = {_area(area): at for area, at in order.items()}
    return sorted(found, key=lambda entry: (names.get(entry.name, len(order)), natural(entry.name)))


def _area(text: str) -> str:
    return "Both areas" if text == "Both" else text


def _by(
    material: Overall, key: Callable[[Standing], str], name: Callable[[str], str], without: str
) -> list[Line]:
    groups: dict[str, list[Standing]] = {}
    for item in material.actions:
        groups.setdefault(key(item), []).append(item)
    return [
        line(material, name(group) if group else without, groups[group])
        for group in sorted(groups, key=lambda text: (not text, natural(text)))
    ]


@dataclass(frozen=True, slots=True)
class Theme:
    """What recurs: a theme of recommendations, and of other learning.

    Attributes:
        reviews: ids of the reviews that have it, in natural order.
        learning: how many rows of Learning have it.
        open: actions of its recommendations that are still open.
    """

    name: str
    recommendations: int
    reviews: tuple[str, ...]
    learning: int
    open: int


def themes(material: Overall) -> list[Theme]:
    """The themes, those of most reviews first. "transitions" and "Transitions" are one theme."""
    of: dict[str, list[Row]] = {}
    names: dict[str, str] = {}
    for table in ("recommendations", "learning"):
        for row in material.tracker[table]:
            if row.is_blank or (table == "learning" and _is_later(row, material)):
                continue
            name = row.text("theme").strip() or NO_THEME
            names.setdefault(name.casefold(), name)
            of.setdefault(name.casefold(), []).append(row)
    opened: dict[str, int] = {}
    for item in material.actions:
        if item.is_open:
            key = item.action.text("recommendation_id")
            opened[key] = opened.get(key, 0) + 1
    found = []
    for key, rows in of.items():
        made = [row for row in rows if "recommendation_id" in row.values]
        reviews = {row.text("review_id") for row in made} - {""}
        found.append(
            Theme(
                names[key],
                len(made),
                tuple(sorted(reviews, key=natural)),
                len(rows) - len(made),
                sum(
                    opened.get(row.text("recommendation_id"), 0)
                    for row in made
                    if row["recommendation_id"] is not None
                ),
            )
        )
    return sorted(
        found,
        key=lambda theme: (
            theme.name == NO_THEME,
            -len(theme.reviews),
            -theme.recommendations,
            natural(theme.name),
        ),
    )


def _is_later(row: Row, material: Overall) -> bool:
    received = as_date(row["received_on"])
    return received is not None and received > material.as_at


@dataclass(frozen=True)
class BoardReport:
    """The figures of the paper.

    Attributes:
        since: the day from which changes are told; None where no earlier report or meeting is known.
        asks: escalations that wait for the Board's decision.
    """

    as_at: date
    since: date | None
    position: Line
    reviews: tuple[Line, ...]
    agencies: tuple[Line, ...]
    areas: tuple[Line, ...]
    themes: tuple[Theme, ...]
    asks: tuple[str, ...]
