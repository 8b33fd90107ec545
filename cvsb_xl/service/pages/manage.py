"""The Review Manager's overview: what is published, which sheets are out, what has come back."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection, func, select

from cvsb_xl.service import audit, publications, uploads
from cvsb_xl.service.database import account, now, publication, sheet, upload, writing
from cvsb_xl.service.depends import Conn, needs
from cvsb_xl.service.pages.common import AtPage, attachment, page, published_tracker, sent_of, sent_rows
from cvsb_xl.service.pages.outcomes import outcomes_of
from cvsb_xl.service.pages.sent import STATES, Sent
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import not_found
from cvsb_xl.service.publications import Published
from cvsb_xl.service.state import State, state_of
from cvsb_xl.service.templating import WALES
from cvsb_xl.tracker.status import standings
from cvsb_xl.tracker.tables import Tracker

router = APIRouter(prefix="/manage")
Manager = Annotated[Person, Depends(needs("read", "publications"))]
_EARLIER = 20


@dataclass(frozen=True)
class SheetOut:
    """One agency's current sheet.

    Attributes:
        sent: what the agency sent last from it; None for nothing.
        left_behind: the newest publication came without a sheet for this agency.
    """

    agency: str
    name: str
    sheet_id: str
    due_back_on: date | None
    sent: Sent | None
    late: bool
    left_behind: bool

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        if self.sent is not None:
            return self.sent.state_words
        return "Overdue" if self.late else "Issued"


@router.get("")
def overview(request: Request, conn: Conn, person: Manager) -> Response:
    """What is published, and what has come back."""
    state = state_of(request)
    held = published_tracker(state, conn)
    counts = {
        row.state: row.n
        for row in conn.execute(select(upload.c.state, func.count().label("n")).group_by(upload.c.state))
    }
    sheets = _sheets_out(state, conn, *held) if held else []
    found = select(publication, account.c.name.label("by")).join(
        account, account.c.id == publication.c.by_account
    )
    return page(
        request,
        conn,
        person,
        "manage.html",
        published=held[0] if held else None,
        waiting=counts.get("received", 0),
        checking=counts.get("quarantined", 0),
        sheets=sheets,
        left_behind=[item.name for item in sheets if item.left_behind],
        without=_without_sheet(held[1], {item.agency for item in sheets}) if held else [],
        owed=sum(item.late and item.sent is None for item in sheets),
        publications=list(
            conn.execute(found.order_by(publication.c.number.desc()).limit(_EARLIER)).mappings()
        ),
        address=state.settings.base_url,
    )


def _sheets_out(state: State, conn: Connection, published: Published, tracker: Tracker) -> list[SheetOut]:
    today = now().astimezone(WALES).date()
    last = {}
    found = select(upload, account.c.name.label("by")).join(account, account.c.id == upload.c.by_account)
    for row in conn.execute(
        found.where(upload.c.sheet_id.is_not(None)).order_by(upload.c.received_at)
    ).mappings():
        last[row["sheet_id"]] = row
    names = tracker["agencies"].by_key
    sheets = []
    for row in conn.execute(select(sheet).where(sheet.c.current.is_(True))).mappings():
        back = date.fromisoformat(row["due_back_on"]) if row["due_back_on"] else None
        sent = last.get(row["sheet_id"])
        own = names.get(row["agency"])
        sheets.append(
            SheetOut(
                row["agency"],
                (own.text("name") if own else "") or row["agency"],
                row["sheet_id"],
                back,
                sent_of(state, sent) if sent else None,
                back is not None and back < today,
                row["publication_id"] != published.id,
            )
        )
    return sorted(
        sheets,
        key=lambda item: (item.sent is not None, not item.late, item.due_back_on or date.max, item.name),
    )


def _without_sheet(tracker: Tracker, with_sheet: Set[str]) -> list[str]:
    """Return the names of those with an open assignment and no sheet: it was held back, or no sheet can go to them."""
    codes = {
        row.text("agency")
        for standing in standings(tracker, now().astimezone(WALES).date()).values()
        if standing.is_open
        for row in standing.assignments
    }
    names = tracker["agencies"].by_key
    return sorted(
        (names[code].text("name") if code in names else "") or code for code in codes - with_sheet if code
    )


@router.get("/returns")
def returns(
    request: Request,
    conn: Conn,
    person: Manager,
    at: AtPage = 1,
    state: Annotated[str, Query(max_length=12)] = "",
) -> Response:
    """Everything that agencies handed in, newest first."""
    here = state_of(request)
    rows, pages = sent_rows(conn, states=[state] if state in STATES else [], at_page=at)
    held = published_tracker(here, conn)
    names = (
        {code: row.text("name") or code for code, row in held[1]["agencies"].by_key.items()} if held else {}
    )
    title = STATES.get(state, "Returns")
    return page(
        request,
        conn,
        person,
        "history.html",
        title=title if title == "Returns" else f"Returns: {title.lower()}",
        returns=[sent_of(here, row) for row in rows],
        with_agency=True,
        names=names,
        base="/manage/returns",
        query=f"state={state}&" if state in STATES else "",
        states=[("", "All"), *STATES.items()],
        state=state if state in STATES else "",
        nothing="There is none.",
        page=at,
        pages=pages,
    )


@router.get("/returns/{upload_id}")
def return_page(request: Request, conn: Conn, person: Manager, upload_id: str) -> Response:
    """What came, or would come, of one return."""
    sent, words = outcomes_of(state_of(request), conn, upload_id)
    return page(
        request,
        conn,
        person,
        "sent.html",
        sent=sent,
        next_task=None,
        agency_name=_name(state_of(request), conn, sent.agency),
        base=f"/manage/returns/{upload_id}",
        back_to="/manage/returns",
        back_words="Returns",
        **words,
    )


def _name(state: State, conn: Connection, agency: str) -> str:
    tracker = publications.tracker_of_latest(conn, state.files, state.framework)
    row = tracker["agencies"].by_key.get(agency) if tracker else None
    return (row.text("name") if row else "") or agency


@router.get("/returns/{upload_id}/file")
def return_file(request: Request, conn: Conn, person: Manager, upload_id: str) -> Response:
    """The file as it was handed in; not while it is in quarantine."""
    row = uploads.one(conn, upload_id)
    if row["state"] == "quarantined":
        raise not_found()
    with writing(state_of(request).engine) as other:
        audit.append(other, person.account_id, person.role, "fetched-return", f"upload {upload_id}")
    return attachment(state_of(request).files.get(row["file_key"]), row["file_name"])


@router.get("/returns/{upload_id}/receipt")
def receipt_file(request: Request, conn: Conn, person: Manager, upload_id: str) -> Response:
    """The receipt that the agency has."""
    row = uploads.one(conn, upload_id)
    if row["receipt_key"] is None:
        raise not_found()
    return attachment(state_of(request).files.get(row["receipt_key"]), f"Receipt {row['agency']}.xlsx")
