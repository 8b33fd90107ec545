"""The live dashboard as data: the published tracker's page, and before it what agencies have sent since that is not accepted yet.

Who may see what is decided in papers/dashboard_facts.py: a member of the Board, the Delivery Group or the Case Review Group the
whole, an agency its own page. Of returns, an agency's page gets that agency's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from cvsb_xl.outputs.html_blocks import Blocks
from cvsb_xl.outputs.html_index import Index
from cvsb_xl.papers.dashboard import dashboard
from cvsb_xl.papers.page import Column, Count, Line, Listing, Page, Part, Place
from cvsb_xl.service.pages.sent import Pending, Sent, pending
from cvsb_xl.service.templating import WALES
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.tracker.wording import day_in_words
from cvsb_xl.verbs.outcome import Context

RECEIVED = "received"
_MOST = 200
"""Rows of what was sent that a page shows; the rest is counted."""


def position(
    publication: str, tracker: Tracker, now: datetime, agency: str, sent: Sequence[Sent]
) -> Page | None:
    """Return the page; None where an agency's page is held back, because it would carry what must not leave the board.

    Args:
        publication: the id of what was published: a page is worked out once for each, agency and day.
        agency: whose own page; blank for members.
        sent: what was handed in; of it the page tells what the publication does not hold yet.
    """
    here = now.astimezone(WALES)
    page = _published(
        publication, Held(tracker), here.replace(hour=0, minute=0, second=0, microsecond=0), agency
    )
    if page is None:
        return None
    ahead = [item for item in sent if item.state == "received" or item.unpublished]
    own = [item for item in ahead if not agency or item.agency == agency]
    return replace(page, parts=(_received(tracker, own), *page.parts)) if own else page


class Held:
    """A tracker that goes along with its publication's id, and is not looked at to tell two calls apart."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=16)
def _published(publication: str, held: Held, day: datetime, agency: str) -> Page | None:
    documents = dashboard(held.tracker, Context(now=day), as_at=day.date(), agency=agency).documents
    page: Page | None = documents[0] if documents else None
    return page


def _received(tracker: Tracker, sent: Sequence[Sent]) -> Part:
    names = {code: row.text("name") or code for code, row in tracker["agencies"].by_key.items()}
    returns = tuple(
        Line(
            (
                names.get(item.agency, item.agency),
                _moment(item.received_at),
                item.summary,
                "Accepted, not yet published" if item.unpublished else item.state_words,
            ),
            Place(agencies=(item.agency,)),
        )
        for item in sorted(sent, key=lambda one: one.received_at, reverse=True)
    )
    rows = [
        _said(tracker, names, table, key, field, cell)
        for (table, key), cells in pending(tracker.framework, sent).items()
        for field, cell in cells.items()
    ]
    listings = (
        Listing(
            "received-returns",
            "Returns",
            (
                Column("Agency", "name"),
                Column("Sent", "date"),
                Column("What it holds", "name"),
                Column("State", "state"),
            ),
            returns,
            "Nothing has come in since the tracker was published.",
        ),
        Listing(
            "received-words",
            "What they say",
            _WORDS,
            tuple(rows[:_MOST]),
            "Nothing that was sent changes anything.",
            total=len(rows) if len(rows) > _MOST else None,
        ),
    )
    return Part(
        RECEIVED,
        "Received, not yet accepted",
        listings,
        "Agencies have sent this since the tracker was published. The Review Manager has not taken it in yet, or has not "
        "published the tracker since, so the rest of this page does not count it.",
    )


_WORDS = (
    Column("Row", "id"),
    Column("Agency", "name"),
    Column("About", "text"),
    Column("Column", "name"),
    Column("Says", "text"),
)


def _said(tracker: Tracker, names: dict[str, str], table: str, key: str, field: str, cell: Pending) -> Line:
    row = tracker[table].by_key.get(key)
    about, place = "", Place(agencies=(cell.sent.agency,))
    if row is not None and table == "assignments":
        action = tracker["actions"].by_key.get(row.text("action_id"))
        if action is not None:
            about = action.text("action")
            place = Place(
                action.text("review_id"), (cell.sent.agency,), (row.text("area"),) if row["area"] else None
            )
    elif row is not None:
        review = tracker["reviews"].by_key.get(row.text("review_id"))
        about = review.text("title") if review is not None else ""
        place = Place(row.text("review_id"), (cell.sent.agency,))
    heading = tracker.framework[table][field].heading(tracker.language)
    says = _value(cell.value) or "(emptied)"
    return Line((key, names.get(cell.sent.agency, cell.sent.agency), about, heading, says), place)


def _value(value: Value) -> str:
    return day_in_words(value) if isinstance(value, date) else as_text(value)


def _moment(at: datetime) -> str:
    here = at.astimezone(WALES)
    return f"{day_in_words(here.date())} at {here:%H:%M}"


class _NoScript(Index):
    """Nothing is counted again in the browser: the service counts, for those without JavaScript, too."""

    def count(self, count: Count) -> str:
        return ""

    def place(self, place: Place) -> str:
        return ""

    def data(self) -> dict[str, Any]:
        return {}


def parts_html(page: Page) -> list[tuple[Part, str]]:
    """Return each part with its HTML; every value in it is escaped."""
    blocks = Blocks(page, _NoScript(page), plain=True)
    return [(part, "\n".join(blocks.part(part))) for part in page.parts]
