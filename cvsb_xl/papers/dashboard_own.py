"""The first part of an agency's own page: its assignments in full, what it has to acknowledge, and what it shared."""

from __future__ import annotations

from cvsb_xl.papers.dashboard_facts import Shown
from cvsb_xl.papers.dashboard_lists import Columns, due_words
from cvsb_xl.papers.page import Block, Card, Cards, Column, Line, Listing, Part, Place
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import Standing
from cvsb_xl.tracker.tables import Row
from cvsb_xl.tracker.values import as_text
from cvsb_xl.verbs.sentences import day


def own_work(shown: Shown) -> list[Part]:
    """Return an agency's own rows; nothing for the full page."""
    if not shown.agency:
        return []
    name = shown.whole.agency(shown.agency)
    tables = ("acknowledgements", "dissemination", "returns")
    blocks: tuple[Block, ...] = (_assignments(shown), *(_rows(shown, table) for table in tables))
    return [Part("own", f"What {name} holds", blocks)]


def _assignments(shown: Shown) -> Cards:
    standings = {item.action.text("action_id"): item for item in shown.actions}
    rows = sorted(
        shown.assignments, key=lambda row: _urgency(shown, row, standings.get(row.text("action_id")))
    )
    cards = tuple(_card(shown, row, standings.get(row.text("action_id"))) for row in rows)
    return Cards(
        "assignments",
        "Assignments",
        cards,
        "No action is assigned to this agency.",
        "Open ones first, the earliest due date on top.",
    )


def _urgency(shown: Shown, row: Row, standing: Standing | None) -> tuple[object, ...]:
    due = standing.due_on if standing else None
    closed = standing is not None and not standing.is_open
    return (closed, due is None, due or shown.as_at, natural(row.text("assignment_id")))


def _card(shown: Shown, row: Row, standing: Standing | None) -> Card:
    columns, table = Columns(shown), shown.tracker.framework["assignments"]
    fields: list[tuple[Column, str]] = []
    states: tuple[str, ...] = ()
    title = row.text("assignment_id")
    place = Place("", (shown.agency,), (row.text("area"),) if row["area"] else ())
    if standing is not None:
        action = standing.action
        title = f"{title}: {action.text('action')}"
        states = tuple(dict.fromkeys((standing.status, shown.timeliness(standing))))
        fields += [(columns.of("actions", "review_id"), shown.review(action.text("review_id")))]
        fields += [(columns.of("actions", "measure"), action.text("measure"))]
        fields += [(columns.of("actions", "due_on"), due_words(standing))]
        place = Place(action.text("review_id"), (shown.agency,), place.areas)
    skipped = {"assignment_id", "agency"}
    fields += [
        (columns.of("assignments", item.name), _value(row, item.name))
        for item in table.fields
        if item.name not in skipped
    ]
    return Card(title, states, tuple(fields), place)


def _value(row: Row, name: str) -> str:
    value = row[name]
    return day(value) if hasattr(value, "year") else as_text(value)


def _rows(shown: Shown, name: str) -> Listing:
    table = shown.tracker.framework[name]
    kept = [item.name for item in table.fields if item.name not in {"agency", "digest"}]
    rows: tuple[Row, ...] = getattr(shown, name)
    has_review = "review_id" in table.by_name
    lines = tuple(
        Line(
            tuple(shown.review(_value(row, key)) if key == "review_id" else _value(row, key) for key in kept),
            Place(row.text("review_id") if has_review else None, (shown.agency,)),
        )
        for row in rows
    )
    return Listing(name, table.sheet, Columns(shown)(name, *kept), lines, _NOTHING[name])


_NOTHING = {
    "acknowledgements": "There is nothing to acknowledge.",
    "dissemination": "Nothing is recorded of how learning was shared.",
    "returns": "No sheet was issued yet.",
}
