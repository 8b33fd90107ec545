"""What stands around a page: the board's name and marking, what it is as at, where its reader can go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlalchemy import Connection

from cvsb_xl.service import publications
from cvsb_xl.service.database import reading
from cvsb_xl.service.people import Person
from cvsb_xl.service.state import state_of
from cvsb_xl.service.templating import WALES, Frame, Place


def frame_of(request: Request, conn: Connection, person: Person | None) -> Frame:
    """Return the frame of a page: the board's name and marking, what the page is as at, where this person can go."""
    state = state_of(request)
    published = publications.latest(conn)
    here = request.url.path
    if published is None:
        return _kept(
            request, Frame(person=person.name if person else "", places=places_of(person), here=here)
        )
    tracker = publications.tracker_of(state.files, state.framework, published)
    frame = Frame(
        board=tracker.setting("board_name"),
        marking=tracker.setting("marking"),
        as_at=datetime.fromisoformat(published.as_at).astimezone(WALES).date(),
        published_at=published.at,
        person=person.name if person else "",
        places=places_of(person),
        here=here,
        language=person.language if person else "en",
    )
    return _kept(request, frame)


def frame_for(request: Request, person: Person | None = None) -> Frame:
    """Return the frame of a page of a route that has no transaction at hand, or one that only writes."""
    with reading(state_of(request).engine) as conn:
        return frame_of(request, conn, person)


def _kept(request: Request, frame: Frame) -> Frame:
    request.app.state.frame = frame
    return frame


def frame_without_database(scope: Any) -> Frame:
    """Return the frame of a page that says what went wrong, from what was last known: the database may be what is wrong."""
    person = scope.get("state", {}).get("person")
    known: Frame = getattr(getattr(scope.get("app"), "state", None), "frame", Frame())
    return replace(known, person=person.name if person else "", places=places_of(person), here=scope["path"])


def places_of(person: Person | None) -> tuple[Place, ...]:
    """Return where somebody can go from every page, by their roles."""
    if person is None:
        return ()
    found = []
    if "review_manager" in person.roles:
        found.append(Place("Overview", "/manage"))
        found.append(Place("Returns", "/manage/returns"))
    if "agency_lead" in person.roles:
        found.append(Place("Your sheet", "/agency"))
        found.append(Place("What you sent", "/agency/sent"))
    found.append(Place("Where things stand", "/dashboard"))
    if "review_manager" in person.roles:
        found += [
            Place("People", "/manage/people"),
            Place("Tokens", "/manage/tokens"),
            Place("Audit", "/manage/audit"),
        ]
    return (*found, Place("Your account", "/account"))
