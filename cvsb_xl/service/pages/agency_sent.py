"""What an agency has sent, newest first, and what came of each return."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Connection, RowMapping

from cvsb_xl.service import uploads
from cvsb_xl.service.depends import Conn
from cvsb_xl.service.pages.common import (
    AtPage,
    attachment,
    page,
    sent_of,
    sent_rows,
)
from cvsb_xl.service.pages.desk import Desk, Lead
from cvsb_xl.service.pages.outcomes import outcomes_of
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import not_found
from cvsb_xl.service.state import state_of

router = APIRouter(prefix="/agency")


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
