"""What a request of an agency lead works on: the agency's own sheet, and what was sent of it. Nothing of another agency's is read here."""

from __future__ import annotations

from datetime import date
from threading import Lock
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection, RowMapping, select

from cvsb_xl.errors import CvsbError
from cvsb_xl.hosts.agency_sheet import OpenSheet, answered, open_sheet
from cvsb_xl.service import uploads
from cvsb_xl.service.answers import go
from cvsb_xl.service.api import announce
from cvsb_xl.service.database import now, sheet
from cvsb_xl.service.depends import needs
from cvsb_xl.service.pages.common import (
    published_tracker,
    standing_returns,
)
from cvsb_xl.service.pages.sent import PendingCells, Sent, pending
from cvsb_xl.service.pages.work import Work, work_of
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import Problem, not_found
from cvsb_xl.service.publications import Published
from cvsb_xl.service.state import State, state_of
from cvsb_xl.service.templating import WALES
from cvsb_xl.tracker.status import standings
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.summaries import due_soon_days

Lead = Annotated[Person, Depends(needs("read", "agency-page"))]
Sender = Annotated[Person, Depends(needs("write", "returns"))]
_MOST_OPEN = 64


class Desk:
    """What one request of an agency lead works on: the agency's sheet, and what was sent of it.

    Attributes:
        row: the current sheet as the database has it; None where there is none.
        published, tracker: what is published; None before the first publication.
    """

    def __init__(self, request: Request, conn: Connection, person: Person) -> None:
        if "agency_lead" not in person.roles or not person.agency:
            raise not_found()
        self.state: State = state_of(request)
        self.person = person
        self.today: date = now().astimezone(WALES).date()
        held = published_tracker(self.state, conn)
        self.published: Published | None = held[0] if held else None
        self.tracker: Tracker | None = held[1] if held else None
        wanted = select(sheet).where(sheet.c.agency == person.agency, sheet.c.current.is_(True))
        self.row: RowMapping | None = conn.execute(wanted.limit(1)).mappings().first()
        self.returns: list[Sent] = standing_returns(
            self.state, conn, person.agency, self.row["sheet_id"] if self.row else ""
        )

    @property
    def name(self) -> str:
        """The agency's name."""
        row = self.tracker["agencies"].by_key.get(self.person.agency) if self.tracker else None
        return (row.text("name") if row else "") or self.person.agency

    @property
    def is_left_behind(self) -> bool:
        """Whether the newest publication came without a sheet for this agency: there was nothing to ask, or it was held back."""
        return bool(self.row and self.published and self.row["publication_id"] != self.published.id)

    def opened(self) -> OpenSheet:
        """Return the current sheet.

        Raises:
            Problem: there is none.
        """
        if self.row is None:
            raise not_found()
        return _opened(self.state, self.row["sheet_id"], self.row["file_key"])

    def file(self) -> bytes:
        """Return the current sheet's file."""
        if self.row is None:
            raise not_found()
        return self.state.files.get(self.row["file_key"])

    def pending(self) -> PendingCells:
        """Return what was sent and is not in the published tracker."""
        return pending(self.state.framework, self.returns, self.row["sheet_id"] if self.row else "")

    def work(self) -> Work:
        """Return what the sheet asks."""
        assert self.tracker is not None  # noqa: S101 - a sheet comes with a publication
        stand = standings(self.tracker, self.today)
        return work_of(
            self.tracker, stand, self.opened(), self.pending(), self.today, due_soon_days(self.tracker)
        )


_OPEN: dict[str, OpenSheet] = {}
_OPEN_LOCK = Lock()


def _opened(state: State, sheet_id: str, file_key: str) -> OpenSheet:
    """Open a sheet once: it never changes."""
    with _OPEN_LOCK:
        found = _OPEN.get(file_key)
    if found is None:
        found = open_sheet(state.framework, f"{sheet_id}.xlsx", state.files.get(file_key))
        with _OPEN_LOCK:
            while len(_OPEN) >= _MOST_OPEN:
                _OPEN.pop(next(iter(_OPEN)))
            _OPEN[file_key] = found
    return found


def hand_in(
    request: Request, after: BackgroundTasks, conn: Connection, desk: Desk, answers: Any, key: str
) -> Response:
    person = desk.person
    try:
        data = answered(
            desk.state.framework,
            f"{person.agency}.xlsx",
            desk.file(),
            answers,
            by=person.name,
            on=desk.today,
            at=now(),
        )
    except CvsbError as error:
        raise Problem("cannot-write", 422, f"{error} Nothing was sent.") from error
    taken = uploads.receive(conn, desk.state, person, f"{person.agency}.xlsx", data, key, "page")
    announce(request, after, taken.id)
    return go(f"/agency/sent/{taken.id}")
