"""What every page needs: its frame, the published tracker, and what agencies handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from cvsb_xl.service import publications, uploads
from cvsb_xl.service.database import account, upload
from cvsb_xl.service.frames import frame_of
from cvsb_xl.service.pages.sent import Sent
from cvsb_xl.service.people import Person
from cvsb_xl.service.publications import Published
from cvsb_xl.service.state import State, state_of
from cvsb_xl.service.templating import rendered
from cvsb_xl.tracker.tables import Tracker

PER_PAGE = 50
_MOST_FIELDS = 60


def home_of(person: Person) -> str:
    """Return the page that somebody wants first."""
    if "review_manager" in person.roles:
        return "/manage"
    return "/agency" if "agency_lead" in person.roles else "/dashboard"


def page(
    request: Request, conn: Connection, person: Person | None, template: str, status: int = 200, **words: Any
) -> HTMLResponse:
    """Return a page in its frame."""
    frame = frame_of(request, conn, person)
    return HTMLResponse(rendered(state_of(request).templates, template, frame, **words), status)


def published_tracker(state: State, conn: Connection) -> tuple[Published, Tracker] | None:
    """Return the newest publication and its tables; None before the first."""
    published = publications.latest(conn)
    if published is None:
        return None
    return published, publications.tracker_of(state.files, state.framework, published)


async def _posted(request: Request) -> Mapping[str, str]:
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    return {name: value for name, value in form.items() if isinstance(value, str)}


Posted = Annotated[Mapping[str, str], Depends(_posted)]
"""The fields of a form."""


async def _given_file(request: Request) -> tuple[str, bytes, str]:
    form = await request.form(max_files=1, max_fields=4)
    given, key = form.get("file"), form.get("key")
    key = key if isinstance(key, str) else ""
    if given is None or isinstance(given, str):
        return "", b"", key
    return given.filename or "", await given.read(), key


GivenFile = Annotated[tuple[str, bytes, str], Depends(_given_file)]
"""The one file of a form: its name, its bytes, and the form's own key."""


AtPage = Annotated[int, Query(alias="page", ge=1, le=10_000)]
"""Which page of a long list."""


def sent_rows(
    conn: Connection, agency: str = "", states: Iterable[str] = (), at_page: int = 1
) -> tuple[list[RowMapping], int]:
    """Return a page of what was handed in, newest first, and how many pages there are."""
    wanted = [upload.c.agency == agency] if agency else []
    wanted += [upload.c.state.in_(list(states))] if states else []
    found = (
        select(upload, account.c.name.label("by"))
        .join(account, account.c.id == upload.c.by_account)
        .where(*wanted)
    )
    found = (
        found.order_by(upload.c.received_at.desc(), upload.c.id)
        .limit(PER_PAGE)
        .offset(PER_PAGE * (at_page - 1))
    )
    total = conn.execute(select(func.count()).select_from(upload).where(*wanted)).scalar_one()
    return list(conn.execute(found).mappings()), max(1, -(-total // PER_PAGE))


def sent_of(state: State, row: RowMapping, *, plan: bool = False) -> Sent:
    """Return one return that was handed in; with its plan, which stands in a file of its own, where that is asked for."""
    held = uploads.plan_kept(state, row["plan_key"]) if plan and row["plan_key"] else {}
    return Sent(
        id=row["id"],
        agency=row["agency"],
        sheet_id=row["sheet_id"] or "",
        by=row["by"],
        received_at=row["received_at"],
        file_name=row["file_name"],
        size=row["size"],
        source=row["source"],
        state=row["state"],
        reason=row["reason"] or "",
        plan=held,
        counts=row["counts"] or {},
        decided_at=row["decided_at"],
        has_receipt=row["receipt_key"] is not None,
        unpublished=row["state"] == "accepted" and row["accepted_publication"] is None,
    )


def standing_returns(state: State, conn: Connection, agency: str = "", sheet_id: str = "") -> list[Sent]:
    """Return what was handed in and the published tracker may not hold: received, accepted since, or from the current sheet."""
    wanted = [upload.c.agency == agency] if agency else []
    ahead: ColumnElement[bool] = upload.c.accepted_publication.is_(None)
    if sheet_id:
        ahead |= upload.c.sheet_id == sheet_id
    found = (
        select(upload, account.c.name.label("by"))
        .join(account, account.c.id == upload.c.by_account)
        .where(*wanted, (upload.c.state == "received") | ((upload.c.state == "accepted") & ahead))
        .order_by(upload.c.received_at)
    )
    return [sent_of(state, row, plan=True) for row in conn.execute(found).mappings()]


def attachment(data: bytes, name: str) -> Response:
    """Return bytes as a download: never shown inside the page's own origin."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "._- ") else "_" for char in name)
    return Response(
        data,
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
        },
    )
