"""The figures of the Dashboard: each a count said once, from which its live formula and Python's own answer are made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from cvsb_xl.books.live_formulas import column, heading_of, quoted
from cvsb_xl.framework.clocks import as_date
from cvsb_xl.framework.schema import Framework, Language
from cvsb_xl.tracker.status import AWAITING, CLOSED
from cvsb_xl.tracker.tables import Row, Tracker

Test = Literal[
    "is", "is not", "starts", "blank", "not blank", "filled", "from today", "by day", "before today"
]


@dataclass(frozen=True, slots=True)
class If:
    """One condition on a field.

    Attributes:
        test: "is", "is not" and "starts" compare with `word`; "by day" is a date up to today and `days`; "filled" is any text.
    """

    field: str
    test: Test
    word: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """The rows of a table on which all conditions hold."""

    table: str
    conditions: tuple[If, ...]

    def formula(self, framework: Framework, language: Language) -> str:
        """Return the count as a formula, without its equals sign."""
        parts = []
        for item in self.conditions:
            parts += [column(framework[self.table], item.field, language), _criterion(item)]
        return f"COUNTIFS({','.join(parts)})"

    def value(self, tracker: Tracker, today: date) -> int:
        """Return the count."""
        return sum(all(_holds(row, item, today) for item in self.conditions) for row in tracker[self.table])


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its words: the sum of counts.

    Attributes:
        wants_attention: anything above nought is shown as something to look at.
    """

    label: str
    counts: tuple[Count, ...]
    wants_attention: bool = False

    def formula(self, framework: Framework, language: Language) -> str:
        """Return the formula."""
        return "=" + ("+".join(count.formula(framework, language) for count in self.counts) or "0")

    def value(self, tracker: Tracker, today: date) -> int:
        """Return Python's answer."""
        return sum(count.value(tracker, today) for count in self.counts)


def figure(label: str, table: str, *conditions: If, wants_attention: bool = False) -> Figure:
    """Return a figure of one count."""
    return Figure(label, (Count(table, conditions),), wants_attention)


_OPEN = tuple(If("status", "is not", word) for word in CLOSED)
_RUNNING = (*_OPEN, If("status", "is not", AWAITING))


def _due_within(days: int) -> Figure:
    """Actions still to be done whose date, the revised one where there is one, falls from today to so many days on."""
    return Figure(
        f"Due in the next {days} days",
        (
            Count("actions", (If("revised_due_on", "from today"), If("revised_due_on", "by day", days=days), *_RUNNING)),
            Count("actions", (If("revised_due_on", "blank"), If("due_on", "from today"), If("due_on", "by day", days=days), *_RUNNING)),
        ),
    )  # fmt: skip


ACTION_TILES = (
    figure("Open actions", "actions", If("action_id", "filled"), *_OPEN),
    figure("Overdue", "actions", If("timeliness", "is", "Overdue"), wants_attention=True),
    _due_within(30),
    _due_within(60),
    _due_within(90),
    figure("With no due date", "actions", If("timeliness", "is", "No date"), wants_attention=True),
    figure("Awaiting ratification", "actions", If("status", "is", AWAITING)),
    Figure("Closed actions", tuple(Count("actions", (If("status", "is", word),)) for word in CLOSED)),
)
OTHER_TILES = (
    figure("Open reviews", "reviews", If("review_id", "filled"), If("stage", "is not", "Closed")),
    figure("Review dates passed", "reviews", If("next_milestone_due", "before today"), wants_attention=True),
    figure("Open barriers and risks", "escalations", If("description", "filled"), If("closed_on", "blank")),
    figure("Returns outstanding", "returns", If("state", "is", "Issued")),
    figure("Returns late", "returns", If("state", "is", "Issued"), If("due_back_on", "before today"), wants_attention=True),
    figure("Conflicts to decide", "conflicts", If("state", "is", "Open"), wants_attention=True),
    figure("Learning acknowledged", "acknowledgements", If("acknowledgement_id", "filled"), If("acknowledged_on", "not blank")),
    figure("Not yet acknowledged", "acknowledgements", If("acknowledgement_id", "filled"), If("acknowledged_on", "blank")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A small table and its chart.

    Attributes:
        headings: of the columns of figures, right of the labels.
        rows: of each row its label and one figure for each heading.
        together: the columns are parts of one bar; else the second is a part of the first.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Figure, ...]], ...]
    together: bool = False


def by_list(framework: Framework, title: str, table: str, field: str) -> Block:
    """Return how many rows there are for each word of a field's list."""
    words = framework[table][field].enum
    return Block(title, ("Number",), tuple((word, (figure(word, table, If(field, "is", word)),)) for word in words))  # fmt: skip


def open_by_area(framework: Framework) -> Block:
    """Return the open and the overdue actions of each area; those of none stand last, so that they add up."""
    words = framework["actions"]["area"].enum
    places: list[tuple[str, tuple[If, ...]]] = [(word, (If("area", "is", word),)) for word in words]
    places.append(("No known area", tuple(If("area", "is not", word) for word in words)))
    late = If("timeliness", "is", "Overdue")
    rows = [
        (
            name,
            (
                figure(name, "actions", If("action_id", "filled"), *where, *_OPEN),
                figure(name, "actions", *where, late),
            ),
        )
        for name, where in places
    ]
    return Block("Actions by area", ("Open", "Overdue"), tuple(rows))


def by_milestone(framework: Framework) -> Block:
    """Return how many reviews have which milestone next: ahead, passed, or waiting for a date to count from."""
    rows = []
    for name in dict.fromkeys(clock.milestone for clock in framework.clocks):
        told = If("next_milestone", "starts", f"{name} - ")
        rows.append((
            name,
            (
                figure(name, "reviews", If("next_milestone", "is", name)),
                figure(name, "reviews", told, If("next_milestone_due", "before today")),
                figure(name, "reviews", told, If("next_milestone_due", "blank")),
            ),
        ))  # fmt: skip
    none: Figure = figure("None", "reviews", If("review_id", "filled"), If("next_milestone", "blank"))
    rows.append(("None left, or none set", (Figure("None", ()), Figure("None", ()), none)))
    headings = ("Ahead", "Passed", "No date")
    return Block("Reviews by next milestone", headings, tuple(rows), together=True)


LEARNING = Block(
    "Learning of reviews",
    ("Number",),
    tuple(
        (item.label, (item,))
        for item in (
            figure("Acknowledged", "acknowledgements", If("acknowledgement_id", "filled"), If("acknowledged_on", "not blank")),
            figure("Not yet acknowledged", "acknowledgements", If("acknowledgement_id", "filled"), If("acknowledged_on", "blank")),
            figure("Times shared", "dissemination", If("delivered_on", "by day")),
        )
    ),
)  # fmt: skip
"""What partners did with what reviews found."""

AGENCIES_SHOWN = 12
"""So many agencies are named on the Dashboard; the next line has the sum of the rest."""


def open_by_agency(tracker: Tracker) -> list[tuple[str, int, int]]:
    """Return (agency, its open actions, its overdue ones), most open first; equals in the order of Agencies."""
    led = [(row.text("lead_agency").casefold(), row) for row in tracker["actions"]]
    opens = Counter(code for code, row in led if all(_holds(row, item, date.min) for item in _OPEN))
    overdue = Counter(code for code, row in led if row["timeliness"] == "Overdue")
    found = [(code, opens[code.casefold()], overdue[code.casefold()]) for code in tracker["agencies"].by_key]
    return sorted((item for item in found if item[1]), key=lambda item: -item[1])


def other_agencies(tracker: Tracker) -> tuple[int, int]:
    """Return the open and the overdue actions that agencies past the named ones lead, or nobody that is known."""
    named = {code.casefold() for code, _, _ in open_by_agency(tracker)[:AGENCIES_SHOWN]}
    rest = [row for row in tracker["actions"] if row.text("lead_agency").casefold() not in named]
    opens = sum(
        row["action_id"] is not None and all(_holds(row, item, date.min) for item in _OPEN) for row in rest
    )
    return opens, sum(row["timeliness"] == "Overdue" for row in rest)


def agency_formulas(framework: Framework, language: Language, rank: int, cell: str) -> tuple[str, str, str]:
    """Return the formulas of the agency at a rank: its code, its open actions, those of them overdue.

    Each agency's count is made into count * 1000 + 999 - its place, so that the rank-th largest tells both.

    Args:
        cell: where the code stands, for the two counts.
    """
    codes = column(framework["agencies"], "agency", language)
    first = f"ROW({heading_of(framework['agencies'], 'agency', language)})"
    opens = Count("actions", _OPEN).formula(framework, language).removeprefix("COUNTIFS(").removesuffix(")")
    lead = column(framework["actions"], "lead_agency", language)
    each = f'COUNTIFS({lead},{codes},{opens})*({codes}<>"")*1000+999-(ROW({codes})-{first})'
    ranked = f"SUMPRODUCT(LARGE({each},{rank}))"
    name = f'=IFERROR(IF({ranked}>=1000,INDEX({codes},999-MOD({ranked},1000)),""),"")'
    count = f'=IF({cell}="","",COUNTIFS({lead},{cell},{opens}))'
    timeliness = column(framework["actions"], "timeliness", language)
    overdue = f'=IF({cell}="","",COUNTIFS({lead},{cell},{timeliness},"Overdue"))'
    return name, count, overdue


def _criterion(item: If) -> str:
    criteria: dict[Test, str] = {
        "is": quoted(item.word),
        "is not": quoted(f"<>{item.word}"),
        "starts": quoted(f"{item.word}*"),
        "blank": '""',
        "not blank": '"<>"',
        "filled": '"?*"',
        "from today": '">="&TODAY()',
        "by day": f'"<="&(TODAY()+{item.days})',
        "before today": '"<"&TODAY()',
    }
    return criteria[item.test]


def _holds(row: Row, item: If, today: date) -> bool:
    value = row[item.field]
    if item.test == "is":
        return row.text(item.field).casefold() == item.word.casefold()
    if item.test == "is not":
        return row.text(item.field).casefold() != item.word.casefold()
    if item.test == "starts":
        return row.text(item.field).casefold().startswith(item.word.casefold())
    if item.test in ("blank", "not blank"):
        return (value is None) == (item.test == "blank")
    if item.test == "filled":
        return isinstance(value, str)
    day = as_date(value)
    if day is None:
        return False
    if item.test == "from today":
        return day >= today
    return day < today if item.test == "before today" else day <= today + timedelta(days=item.days)
