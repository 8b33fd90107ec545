"""The pages of an agency lead: the agency's own rows, its sheet, what it sent. Nothing of another agency's is ever read here."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from threading import Lock
from types import SimpleNamespace
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection, RowMapping, select

from cvsb_xl.errors import CvsbError
from cvsb_xl.hosts.agency_sheet import OpenSheet, SheetRow, answered, open_sheet
from cvsb_xl.service import audit, uploads
from cvsb_xl.service.api import announce
from cvsb_xl.service.cautions import cautions
from cvsb_xl.service.database import now, sheet, writing
from cvsb_xl.service.depends import Conn, needs
from cvsb_xl.service.pages.common import (
    AtPage,
    GivenFile,
    Posted,
    attachment,
    go,
    page,
    published_tracker,
    sent_of,
    sent_rows,
    standing_returns,
)
from cvsb_xl.service.pages.form import form_of, read_form
from cvsb_xl.service.pages.outcomes import outcomes_of
from cvsb_xl.service.pages.sent import PendingCells, Sent, pending
from cvsb_xl.service.pages.work import Work, work_of
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import Problem, not_found
from cvsb_xl.service.publications import Published
from cvsb_xl.service.state import State, state_of
from cvsb_xl.service.templating import WALES
from cvsb_xl.tracker.status import standings
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.tracker.wording import day_in_words
from cvsb_xl.verbs.summaries import due_soon_days

router = APIRouter(prefix="/agency")
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


@router.get("")
def first_page(request: Request, conn: Conn, person: Lead) -> Response:
    """What the agency has to do, what is owed and overdue first."""
    if "agency_lead" not in person.roles:
        return go("/")
    desk = Desk(request, conn, person)
    told: Any = None
    if desk.row is not None:
        back = date.fromisoformat(desk.row["due_back_on"]) if desk.row["due_back_on"] else None
        own = [item.received_at for item in desk.returns if item.sheet_id == desk.row["sheet_id"]]
        told = SimpleNamespace(
            due_back_on=back,
            days=(back - desk.today).days if back else None,
            sent_at=max(own, default=None),
            left_behind=desk.is_left_behind,
        )
    work = desk.work() if desk.row is not None else None
    return page(request, conn, person, "agency.html", agency_name=desk.name, sheet=told, work=work)


@router.get("/sheet")
def sheet_file(request: Request, conn: Conn, person: Lead) -> Response:
    """The agency's current sheet."""
    desk = Desk(request, conn, person)
    data = desk.file()
    assert desk.row is not None  # noqa: S101 - it has a file
    with writing(desk.state.engine) as other:
        audit.append(other, person.account_id, person.role, "fetched-sheet", f"sheet {desk.row['sheet_id']}")
    return attachment(data, f"{person.agency}.xlsx")


@router.get("/rows/{table}/{key}")
def row_page(request: Request, conn: Conn, person: Lead, table: str, key: str) -> Response:
    """One row of the sheet as a form."""
    desk = Desk(request, conn, person)
    return _row_page(request, conn, desk, _row(desk, table, key), None, {})


@router.post("/rows/{table}/{key}")
def save_row(
    request: Request,
    after: BackgroundTasks,
    conn: Conn,
    person: Sender,
    posted: Posted,
    table: str,
    key: str,
) -> Response:
    """Write what was typed into the current sheet, and hand that in."""
    desk = Desk(request, conn, person)
    row = _row(desk, table, key)
    values, errors = read_form(desk.opened(), row, posted, desk.pending().get((table, key), {}))
    if not errors and not values:
        first = desk.opened().inputs(row)[0].name
        errors[first] = "You have changed nothing here, so nothing was sent"
    if errors:
        return _row_page(request, conn, desk, row, posted, errors)
    said = {(table, key): values}
    named = {} if posted.get("names-nobody") == "yes" else cautions(desk.state.framework, said)
    if named:
        return _row_page(request, conn, desk, row, posted, named[table, key], ask=True)
    return _hand_in(request, after, conn, desk, said, posted.get("key", ""))


def _row(desk: Desk, table: str, key: str) -> SheetRow:
    row = desk.opened().row(table, key)
    if row is None:
        raise not_found()
    return row


def _row_page(
    request: Request,
    conn: Connection,
    desk: Desk,
    row: SheetRow,
    posted: Mapping[str, str] | None,
    errors: Mapping[str, str],
    *,
    ask: bool = False,
) -> Response:
    opened, table = desk.opened(), row.table.name
    over = desk.pending().get((table, row.key), {})
    values = {**row.values, **{name: item.value for name, item in over.items()}}
    form = form_of(
        opened,
        row,
        values,
        desk.person.language,
        sent=over,
        posted=posted,
        errors=errors,
        reviews=[(key, _review(desk, key)) for key in opened.reviews],
    )
    title = as_text(values.get("action") or values.get("title")) or (
        "How you shared a review's learning" if table == "dissemination" else row.key
    )
    read = [
        column
        for column in opened.columns[table]
        if column.kind == "read" and not column.name.startswith("last_")
    ]
    read += [column for column in opened.columns[table] if column.name == "last_decision"]
    facts = [
        (column.heading(desk.person.language), _words(values.get(column.name)))
        for column in read
        if column.name not in ("action", "title") and not row.spare
    ]
    return page(
        request,
        conn,
        desk.person,
        "row.html",
        422 if errors else 200,
        form=form,
        row_key="" if row.spare else row.key,
        row_title=title,
        facts=facts,
        ask=ask,
        key=posted.get("key", "") if posted else secrets.token_urlsafe(16),
    )


def _review(desk: Desk, key: str) -> str:
    row = desk.tracker["reviews"].by_key.get(key) if desk.tracker else None
    title = row.text("title") if row else ""
    return f"{key}, {title}" if title and not title.startswith(key) else title or key


def _words(value: Value) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return day_in_words(value)
    return as_text(value)


def _hand_in(
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


@router.get("/send")
def send_page(request: Request, conn: Conn, person: Lead) -> Response:
    """Where a filled-in sheet is handed in."""
    return _send_page(request, conn, Desk(request, conn, person), "")


def _send_page(request: Request, conn: Connection, desk: Desk, error: str) -> Response:
    limit = f"{desk.state.settings.upload_limit // 1_048_576} MB"
    words = {
        "error": error,
        "limit": limit,
        "key": secrets.token_urlsafe(16),
        "has_sheet": desk.row is not None,
    }
    return page(request, conn, desk.person, "send.html", 422 if error else 200, **words)


@router.post("/send")
def send(request: Request, after: BackgroundTasks, conn: Conn, person: Sender, given: GivenFile) -> Response:
    """Take a file in, and look into it afterwards."""
    desk = Desk(request, conn, person)
    name, data, key = given
    if not name:
        return _send_page(request, conn, desk, "Choose your filled-in sheet first")
    if not data:
        return _send_page(
            request, conn, desk, "The file is empty. Save it again in your spreadsheet program, then send it"
        )
    taken = uploads.receive(conn, desk.state, person, name, data, key, "file")
    announce(request, after, taken.id)
    return go(f"/agency/sent/{taken.id}")


@router.post("/nothing-changed")
def nothing_changed(
    request: Request, after: BackgroundTasks, conn: Conn, person: Sender, posted: Posted
) -> Response:
    """Hand the sheet in as it is, with who has looked at it."""
    return _hand_in(request, after, conn, Desk(request, conn, person), {}, posted.get("key", ""))


@router.get("/sent")
def history(request: Request, conn: Conn, person: Lead, at: AtPage = 1) -> Response:
    """Everything the agency has sent, newest first."""
    desk = Desk(request, conn, person)
    rows, pages = sent_rows(conn, person.agency, at_page=at)
    return page(
        request,
        conn,
        person,
        "history.html",
        title="What you sent",
        returns=[sent_of(desk.state, row) for row in rows],
        with_agency=False,
        names={},
        base="/agency/sent",
        nothing="Nothing was sent from here yet.",
        page=at,
        pages=pages,
    )


def _own(conn: Connection, person: Person, upload_id: str) -> RowMapping:
    """Return one of the agency's own returns; another's is as if it were not there."""
    row = uploads.one(conn, upload_id)
    if "agency_lead" not in person.roles or row["agency"] != person.agency:
        raise not_found()
    return row


@router.get("/sent/{upload_id}")
def sent_page(request: Request, conn: Conn, person: Lead, upload_id: str) -> Response:
    """What came, or would come, of one return."""
    _own(conn, person, upload_id)
    desk = Desk(request, conn, person)
    sent, words = outcomes_of(desk.state, conn, upload_id)
    task = None
    if sent.source == "page" and desk.row is not None and sent.state in ("quarantined", "received"):
        said = {(row.table, row.key) for row in desk.work().assignments if row.pending}
        task = next((item for item in desk.work().assignments if (item.table, item.key) not in said), None)
    return page(
        request,
        conn,
        person,
        "sent.html",
        sent=sent,
        next_task=task,
        base=f"/agency/sent/{upload_id}",
        back_to="/agency/sent",
        back_words="What you sent",
        **words,
    )


@router.get("/sent/{upload_id}/file")
def sent_file(request: Request, conn: Conn, person: Lead, upload_id: str) -> Response:
    """The file as it was handed in."""
    row = _own(conn, person, upload_id)
    return attachment(state_of(request).files.get(row["file_key"]), row["file_name"])


@router.get("/sent/{upload_id}/receipt")
def receipt_file(request: Request, conn: Conn, person: Lead, upload_id: str) -> Response:
    """The receipt, as a workbook."""
    row = _own(conn, person, upload_id)
    if row["receipt_key"] is None:
        raise not_found()
    return attachment(state_of(request).files.get(row["receipt_key"]), f"Receipt {row['agency']}.xlsx")
