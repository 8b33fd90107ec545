"""One row of an agency's sheet as a form: what is typed there is handed in as a return."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime

from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from cvsb_xl.hosts.agency_sheet import SheetRow
from cvsb_xl.service.cautions import cautions
from cvsb_xl.service.depends import Conn
from cvsb_xl.service.pages.common import (
    Posted,
    page,
)
from cvsb_xl.service.pages.desk import Desk, Lead, Sender, hand_in
from cvsb_xl.service.pages.form import form_of, read_form
from cvsb_xl.service.problems import not_found
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.tracker.wording import day_in_words

router = APIRouter(prefix="/agency")


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
    return hand_in(request, after, conn, desk, said, posted.get("key", ""))


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
