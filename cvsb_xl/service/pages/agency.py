"""The pages of an agency lead: what the agency has to do, its sheet to fetch, and where it is handed in."""

from __future__ import annotations

import secrets
from datetime import date
from types import SimpleNamespace
from typing import Any

from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from cvsb_xl.service import audit, uploads
from cvsb_xl.service.answers import go
from cvsb_xl.service.api import announce
from cvsb_xl.service.database import writing
from cvsb_xl.service.depends import Conn
from cvsb_xl.service.pages.common import (
    GivenFile,
    Posted,
    attachment,
    page,
)
from cvsb_xl.service.pages.desk import Desk, Lead, Sender, hand_in

router = APIRouter(prefix="/agency")


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
    return hand_in(request, after, conn, Desk(request, conn, person), {}, posted.get("key", ""))
