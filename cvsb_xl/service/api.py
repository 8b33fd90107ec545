"""The service's API, for `cvsb publish`, `cvsb pull` and the pane in Excel. JSON in and out; problems are {"code", "message"}."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Depends, Header, Path, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from sqlalchemy import select

from cvsb_xl.errors import CvsbError
from cvsb_xl.hosts.book import wanted_sheets
from cvsb_xl.service import audit, models, publications, uploads
from cvsb_xl.service.database import token
from cvsb_xl.service.depends import Conn, needs, publisher
from cvsb_xl.service.jobs import Jobs
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import Problem
from cvsb_xl.service.sessions import digest
from cvsb_xl.service.state import state_of
from cvsb_xl.service.tokens import bearer_of

_WRONG: dict[int | str, dict[str, Any]] = {
    status: {"model": models.ProblemOut, "description": words}
    for status, words in (
        (400, "Not for this service."),
        (401, "No token, or one that is not accepted."),
        (403, "Not for this person's role."),
        (404, "Nothing there."),
        (409, "It does not fit what is here."),
        (413, "Too large."),
        (415, "Of a kind that is not taken."),
        (422, "Not as it should be."),
        (429, "Too often."),
    )
}
router = APIRouter(prefix="/api", tags=["api"], responses=_WRONG)
_Publisher = Annotated[Person, Depends(publisher)]
_Sender = Annotated[Person, Depends(needs("write", "returns", by="either", scope="return"))]
_Presser = Annotated[Person, Depends(needs("write", "verbs", by="token", scope="verbs"))]
_Id = Annotated[str, Path(pattern=r"^[0-9a-f\-]{36}$")]
_Key = Annotated[str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9._\-]{8,80}$")]


@router.get("/me")
def me(request: Request, conn: Conn, person: _Publisher) -> models.Me:
    """Say whose token this is, and until when."""
    secret = bearer_of(request.headers.get("authorization", ""))
    ends = conn.execute(select(token.c.expires_at).where(token.c.hash == digest(secret))).scalar()
    return models.Me(
        name=person.name, roles=sorted(person.roles), expires_at=ends.isoformat() if ends else None
    )


@router.get("/publications/latest")
def latest(conn: Conn, _: _Publisher) -> models.Latest:
    """Return the newest publication, without its tables."""
    found = publications.latest(conn)
    if found is None:
        raise Problem("none-published", 404, "Nothing has been published here yet.")
    return _latest(conn, found)


@router.post("/publications", status_code=201, responses={200: {"model": models.Latest}})
def publish(
    request: Request, response: Response, conn: Conn, person: _Publisher, key: _Key, body: models.Publication
) -> models.Latest:
    """Keep a publication. The same key again gives the same publication (200)."""
    state = state_of(request)
    held = body.model_dump(mode="json")
    found, new = publications.accept(conn, state.files, state.framework, person, key, held)
    response.status_code = 201 if new else 200
    return _latest(conn, found)


def _latest(conn: Conn, found: publications.Published) -> models.Latest:
    seq, chain = audit.head(conn)
    return models.Latest(
        id=found.id,
        number=found.number,
        at=found.at.isoformat(),
        by=found.by,
        as_at=found.as_at,
        tracker_id=found.tracker_id,
        log_seq=found.log_seq,
        log_head=found.log_head,
        audit=models.AuditHead(seq=seq, head=chain),
    )


@router.get("/returns")
def returns(
    conn: Conn, _: _Publisher, state: Literal["received", "accepted"] = "received"
) -> list[models.Waiting]:
    """Return what was handed in and checked, oldest first: what the tracker has not taken in, or what it has."""
    return [
        models.Waiting(
            id=row["id"],
            agency=row["agency"],
            sheet_id=row["sheet_id"],
            file_name=row["file_name"],
            received_at=row["received_at"].isoformat(),
            sha256=row["sha256"],
            by=row["by"],
        )
        for row in uploads.in_state(conn, state)
    ]


@router.get("/returns/{upload_id}/file", response_class=Response)
def returned_file(request: Request, conn: Conn, _: _Publisher, upload_id: _Id) -> Response:
    """Return a file as it was handed in."""
    row = uploads.one(conn, upload_id)
    if row["state"] == "quarantined":
        raise Problem("not-checked", 409, "This file is still being checked.")
    return Response(
        state_of(request).files.get(row["file_key"]),
        media_type="application/octet-stream",
        headers={"Content-Disposition": 'attachment; filename="return.xlsx"'},
    )


@router.put("/returns/{upload_id}/receipt")
def receipt(
    request: Request, conn: Conn, person: _Publisher, upload_id: _Id, body: models.ReceiptIn
) -> models.State:
    """Keep the tracker's receipt for a return; told again it changes nothing."""
    counts = body.counts
    if counts.read != counts.applied + counts.unchanged + counts.conflicts + counts.rejected:
        raise Problem("bad-receipt", 422, "The receipt's counts do not add up.")
    became = uploads.answer(conn, state_of(request), person, upload_id, body.model_dump(mode="json"))
    return models.State(id=upload_id, state=became)


@router.post("/returns", status_code=202)
def hand_in(
    request: Request,
    after: BackgroundTasks,
    conn: Conn,
    person: _Sender,
    file: UploadFile,
    key: _Key | None = None,
) -> models.State:
    """Hand in an agency's sheet. It is kept at once and checked afterwards."""
    state = state_of(request)
    data = file.file.read(state.settings.upload_limit + 1)
    taken = uploads.receive(conn, state, person, file.filename or "", data, key or "")
    announce(request, after, taken.id)
    return models.State(id=taken.id, state=taken.state, again=taken.again)


def announce(request: Request, after: BackgroundTasks, upload_id: str) -> None:
    """Have an upload checked once the request's transaction is kept."""
    jobs: Jobs = request.app.state.jobs
    after.add_task(jobs.announce, upload_id)


@router.get("/verbs")
def verbs(request: Request, person: _Presser) -> models.Verbs:
    """Say what the pane may ask for."""
    sheets = sorted(name.casefold() for name in wanted_sheets(state_of(request).framework))
    return models.Verbs(name=person.name, verbs=list(SERVED), sheets=sheets)


@router.post("/verbs/{verb}", response_class=Response)
def press(request: Request, conn: Conn, person: _Presser, verb: str, body: models.VerbRequest) -> Response:
    """Do the work of a button on the tables that Excel sends; the answer says what to change. Nothing of it is kept."""
    state = state_of(request)
    if state.verbs is None or verb not in SERVED:
        raise Problem("no-such-verb", 404, "The service does not do the work of this button.")
    if verb == "merge" and not body.returns:
        raise Problem("no-returns", 422, "Choose the returned files first.")
    audit.append(conn, person.account_id, person.role, "pressed", f"verb {verb}")
    conn.commit()  # the work takes seconds, and nobody else's request is to wait for it
    try:
        answer = state.verbs(verb, {**body.model_dump(), "user": person.name}, False)
    except CvsbError as error:
        raise Problem("refused", 422, str(error)) from error
    return JSONResponse(None) if not answer else Response(answer, media_type="application/json")


SERVED = (
    "update", "check", "due", "undo", "issue", "merge", "resolve", "chase", "ratify", "record", "changes", "board", "crg",
    "dashboard", "plan", "mapf", "progress", "prove", "export",
)  # fmt: skip
"""The buttons that the service does the work of; Publish and Pull are the desktop's own."""
