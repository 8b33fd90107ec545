"""The lists of the dashboard: what is overdue, due, waiting, escalated, owed; reviews; recommendations with their actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.dashboard_facts import HORIZONS, Shown, falls_due
from cvsb_xl.papers.page import Cell, Column, Count, Line, Listing, Part, Place
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import AWAITING, Standing, lateness, waiting_on
from cvsb_xl.tracker.tables import Row
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.sentences import day

T = TypeVar("T")

MOST_ROWS = 500
"""A list longer than this is cut, and says so: the tracker has the rest."""
MOST_ACTIONS = 2000
_SENTENCES = 30
"""A column that the schemas make so wide (in characters) holds sentences; a narrower one names."""


def lists(shown: Shown) -> list[Part]:
    """Return the lists, in the order in which a meeting asks for them."""
    work = (_overdue(shown), _due(shown), _awaiting(shown))
    owed: tuple[Listing, ...] = ()
    if not shown.agency:
        owed = (_escalations(shown), _returns(shown), _acknowledgements(shown))
    parts = [Part("work", "What wants doing", work)]
    if owed:
        parts.append(Part("owed", "With the Board and from partners", owed))
    title = "Published reviews" if shown.agency else "Reviews"
    parts.append(Part("all-reviews", title, (_reviews(shown),)))
    parts.append(Part("plans", "Recommendations and actions", (_plans(shown),)))
    return parts


_REVIEW = {"en": "Review", "cy": "Adolygiad"}
"""Above a review's id and title; its heading in the tracker is of the id alone."""


class Columns:
    """Headings of a page in the tracker's language where the schemas have them."""

    def __init__(self, shown: Shown) -> None:
        self._tracker = shown.tracker

    def __call__(self, table: str, *names: str) -> tuple[Column, ...]:
        """Return the columns of fields of a table."""
        return tuple(self.of(table, name) for name in names)

    def of(self, table: str, name: str, *, bare: bool = False) -> Column:
        """Return the column of one field; `bare` where a review's id stands without its title."""
        field, language = self._tracker.framework[table][name], self._tracker.language
        if name == "review_id" and table != "reviews" and not bare:
            return Column(_REVIEW[language], "name", language)
        if field.type == "date":
            return Column(field.heading(language), "date", language)
        if field.type == "integer":
            return Column(field.heading(language), "number", language)
        if name in self._tracker.framework[table].primary_key or (name == "review_id" and bare):
            return Column(field.heading(language), "id", language)
        if field.enum:
            return Column(field.heading(language), "state", language)
        return Column(field.heading(language), "text" if field.width >= _SENTENCES else "name", language)


def _listing(
    key: str,
    title: str,
    columns: Sequence[Column],
    items: Sequence[T],
    line: Callable[[T], Line],
    nothing: str,
    note: str = "",
    most: int = MOST_ROWS,
) -> Listing:
    """Make a line of each item, but for those that a list of this length leaves out."""
    total = len(items) if len(items) > most else None
    return Listing(key, title, tuple(columns), tuple(map(line, items[:most])), nothing, note, total)


def due_words(standing: Standing) -> str:
    """Return when an action is due, with the date that was first agreed where there is a later one."""
    if standing.revised_due_on is None:
        return day(standing.action["due_on"])
    return f"{day(standing.revised_due_on)}\n(first {day(standing.action['due_on'])})"


def _lead(shown: Shown, standing: Standing) -> str:
    return shown.whole.agency(standing.action.text("lead_agency"))


def _due_first(standing: Standing) -> tuple[date, object]:
    return (standing.due_on or date.max, natural(standing.action.text("action_id")))


def _actions(shown: Shown, wanted: Callable[[Standing], bool]) -> list[Standing]:
    return sorted(filter(wanted, shown.actions), key=_due_first)


def _action_line(shown: Shown, more: Callable[[Standing], Iterable[Cell]]) -> Callable[[Standing], Line]:
    """Return what makes an action's line: the cells that every list of actions has, and more behind them."""

    def line(item: Standing) -> Line:
        action = item.action
        cells = (
            action.text("action_id"),
            action.text("action"),
            shown.review(action.text("review_id")),
            _lead(shown, item),
            action.text("area"),
            due_words(item),
        )
        return Line((*cells, *more(item)), shown.place(action))

    return line


_FIELDS = ("action_id", "action", "review_id", "lead_agency", "area", "due_on")


def _overdue(shown: Shown) -> Listing:
    columns = Columns(shown)
    found = _actions(shown, lambda item: shown.timeliness(item) == "Overdue")

    def more(item: Standing) -> Iterator[Cell]:
        yield f"{lateness(item, shown.as_at).revised:,}"
        if not shown.agency:
            yield waiting_on(item)

    extra = [Column("Days overdue", "number"), *(() if shown.agency else columns("actions", "waiting_on"))]
    return _listing(
        "overdue", "Overdue actions", [*columns("actions", *_FIELDS), *extra], found, _action_line(shown, more),
        "No action is overdue.",
        "The longest overdue first. The clock stops while a proposal is before the Delivery Group.",
    )  # fmt: skip


def _due(shown: Shown) -> Listing:
    last = HORIZONS[-1]
    found = _actions(shown, lambda item: falls_due(item, shown.as_at, last))
    columns = [*Columns(shown)("actions", *_FIELDS, "status"), Column("Days left", "number")]

    def more(item: Standing) -> Iterator[Cell]:
        yield item.status
        yield str((item.due_on - shown.as_at).days) if item.due_on else ""

    return _listing(
        "due", f"Due in the next {last} days", columns, found, _action_line(shown, more),
        f"No action falls due in the next {last} days.",
    )  # fmt: skip


def _awaiting(shown: Shown) -> Listing:
    found = _actions(shown, lambda item: item.status == AWAITING)
    columns = list(Columns(shown)("actions", *_FIELDS))
    if not shown.agency:
        columns.append(Column("Proposed as", "state"))

    def more(item: Standing) -> Iterator[Cell]:
        if not shown.agency:
            yield item.live[0][1]

    return _listing(
        "awaiting", "Awaiting ratification by the Delivery Group", columns, found, _action_line(shown, more),
        "No proposal is before the Delivery Group.",
    )  # fmt: skip


def _escalations(shown: Shown) -> Listing:
    names = (
        "escalation_id",
        "kind",
        "description",
        "review_id",
        "action_id",
        "raised_on",
        "asked_of_board",
        "board_response",
    )

    def line(row: Row) -> Line:
        cells = (
            row.text("escalation_id"),
            row.text("kind"),
            row.text("description"),
            shown.review(row.text("review_id")),
            row.text("action_id"),
            day(row["raised_on"]),
            row.text("asked_of_board"),
            row.text("board_response"),
        )
        return Line(cells, Place(row.text("review_id")))

    found = sorted(
        filter(shown.is_with_the_board, shown.escalations),
        key=lambda row: as_date(row["raised_on"]) or date.max,
    )
    return _listing(
        "escalations", "Barriers and risks escalated to the Board", Columns(shown)("escalations", *names), found, line,
        "Nothing is escalated to the Board.",
    )  # fmt: skip


def _returns(shown: Shown) -> Listing:
    columns = [
        *Columns(shown)("returns", "sheet_id", "agency", "issued_on", "due_back_on"),
        Column("Days late", "number"),
    ]
    owed = [row for row in shown.returns if row["state"] == "Issued"]
    return _listing(
        "returns", "Returns outstanding", columns, sorted(owed, key=_back), lambda row: _return(shown, row),
        "No return is outstanding.",
    )  # fmt: skip


def _back(row: Row) -> date:
    return as_date(row["due_back_on"]) or date.max


def _return(shown: Shown, row: Row) -> Line:
    late = (shown.as_at - _back(row)).days
    agency = row.text("agency")
    cells = (
        row.text("sheet_id"),
        shown.whole.agency(agency),
        day(row["issued_on"]),
        day(row["due_back_on"]),
        str(late) if late > 0 else "",
    )
    return Line(cells, Place(agencies=(shown.whole.code(agency),)))


def _acknowledgements(shown: Shown) -> Listing:
    left: dict[str, list[str]] = {}
    for row in shown.acknowledgements:
        owed = left.setdefault(row.text("review_id"), [])
        if not shown.is_acknowledged(row):
            owed.append(shown.whole.agency(row.text("agency")))
    columns = (
        Columns(shown).of("acknowledgements", "review_id"),
        Column("Acknowledged", "number"),
        Column("Not yet", "number"),
        Column("Who has not yet"),
    )

    def line(key: str) -> Line:
        cells: tuple[Cell, ...] = (
            shown.review(key),
            Count("acknowledgement", ("acknowledged",), key),
            Count("acknowledgement", ("not yet",), key),
            listed(sorted(left[key], key=str.casefold)) or "All have",
        )
        return Line(cells, Place(key))

    return _listing(
        "acknowledgements", "Learning acknowledged by partners", columns, sorted(left, key=natural), line,
        "No published review asks partners to acknowledge it yet.",
    )  # fmt: skip


def _reviews(shown: Shown) -> Listing:
    names = ("review_id", "title", "review_type", "stage", "next_milestone", "next_milestone_due")
    columns = [
        *Columns(shown)("reviews", *names),
        *(Column(word, "number") for word in ("Actions", "Open", "Overdue")),
    ]
    if shown.agency:
        columns[4:6] = Columns(shown)("reviews", "report_published_on")

    def line(row: Row) -> Line:
        key = row.text("review_id")
        words, due = shown.next_milestone(row)
        told = (words, day(due, "")) if not shown.agency else (day(row["report_published_on"]),)
        counts = (Count("action", marks, key) for marks in ((), ("open",), ("timeliness:Overdue",)))
        return Line(
            (key, row.text("title"), row.text("review_type"), row.text("stage"), *told, *counts), Place(key)
        )

    title = "Published reviews" if shown.agency else "Reviews, their stage and next milestone"
    nothing = "No review is published yet." if shown.agency else "No review is in the tracker yet."
    return _listing("reviews", title, columns, shown.reviews, line, nothing)


def _plans(shown: Shown) -> Listing:
    columns = Columns(shown)
    headings = (
        columns.of("actions", "action_id"),
        columns.of("actions", "review_id", bare=True),
        columns.of("recommendations", "recommendation"),
        *columns("actions", "action", "lead_agency", "area", "due_on", "status"),
    )
    texts = {row.text("recommendation_id"): row for row in shown.recommendations}
    used = {item.action.text("recommendation_id") for item in shown.actions}
    elsewhere = {item.action.text("recommendation_id") for item in shown.whole.actions} - used
    actions = sorted(shown.actions, key=lambda item: _plan_order(shown, item))
    bare = [row for key, row in texts.items() if key not in used]
    is_cut = len(actions) + len(texts) > MOST_ACTIONS
    items: list[Standing | Row] = [*bare, *actions] if is_cut else [*actions, *bare]

    def line(item: Standing | Row) -> Line:
        if isinstance(item, Standing):
            return _plan(shown, item, texts)
        return _without_action(item, is_elsewhere=item.text("recommendation_id") in elsewhere)

    note = "By review; what comes from no review stands first, recommendations without an action last."
    if is_cut:
        note = "Recommendations without an action first, then overdue actions, then other open ones, then those closed."
    return _listing(
        "actions", "Every recommendation and action", headings, items, line, "No action is in the tracker yet.", note, MOST_ACTIONS
    )  # fmt: skip


def _plan_order(shown: Shown, item: Standing) -> tuple[object, ...]:
    """By review; where the list may be cut, what wants doing first."""
    late = shown.timeliness(item) == "Overdue"
    by_review = (natural(item.action.text("review_id")), natural(item.action.text("action_id")))
    return (
        (not item.is_open, not late, *by_review)
        if len(shown.actions) + len(shown.recommendations) > MOST_ACTIONS
        else by_review
    )


def _plan(shown: Shown, item: Standing, texts: dict[str, Row]) -> Line:
    action = item.action
    code = action.text("recommendation_id")
    row = texts.get(code)
    lead = shown.whole.code(action.text("lead_agency"))
    contributing = [shown.whole.agency(owner) for owner in shown.owners(action) if owner != lead]
    cells = (
        action.text("action_id"),
        action.text("review_id"),
        f"{code}: {row.text('recommendation')}" if row else code,
        action.text("action"),
        _lead(shown, item) + (f"\nwith {listed(contributing)}" if contributing else ""),
        action.text("area"),
        due_words(item),
        "\n".join(dict.fromkeys((item.status, shown.timeliness(item)) if item.is_open else (item.status,))),
    )
    return Line(cells, shown.place(action))


def _without_action(row: Row, *, is_elsewhere: bool) -> Line:
    response = row.text("response")
    words = f"None. Response: {response.lower()}." if response else "None yet."
    if is_elsewhere:
        words = "Its actions belong to another review, which this page does not show."
    cells = (
        "No action",
        row.text("review_id"),
        f"{row.text('recommendation_id')}: {row.text('recommendation')}",
        words,
        *[""] * 4,
    )
    return Line(cells, Place(row.text("review_id"), (), ()))
