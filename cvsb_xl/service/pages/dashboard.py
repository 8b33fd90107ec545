"""The live dashboard: the whole for members of the Board, the Delivery Group and the Case Review Group; else an agency's own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from cvsb_xl.errors import CannotDo
from cvsb_xl.papers.page import Filters, Page, narrowed
from cvsb_xl.service.database import now
from cvsb_xl.service.depends import Conn, signed_in
from cvsb_xl.service.pages.common import page, published_tracker, standing_returns
from cvsb_xl.service.pages.position import parts_html, position
from cvsb_xl.service.people import Person
from cvsb_xl.service.problems import Problem, not_found
from cvsb_xl.service.state import State, state_of

router = APIRouter()
_Chosen = Annotated[str, Query(max_length=200)]


@router.get("/dashboard")
def dashboard_page(
    request: Request,
    conn: Conn,
    person: Annotated[Person, Depends(signed_in)],
    review: _Chosen = "",
    agency: _Chosen = "",
    area: _Chosen = "",
) -> Response:
    """Where reviews and actions stand, filtered by what stands in the address."""
    state = state_of(request)
    whose = whose_page(state, person)
    held = published_tracker(state, conn)
    if held is None:
        return page(request, conn, person, "nothing_published.html")
    published, tracker = held
    try:
        made = position(published.id, tracker, now(), whose, standing_returns(state, conn, whose))
    except CannotDo as error:
        raise Problem(
            "unknown-agency",
            HTTPStatus.CONFLICT,
            f"Members says that you answer for {whose}, which Agencies does not have. Ask the Review Manager to mend your row there.",
        ) from error
    if made is None:
        return page(request, conn, person, "held_back.html")
    filters = _known(made, Filters(review, agency, area))
    reviews = [(key, key if name == key or not name else name) for key, name in made.reviews]
    names = (dict(reviews).get(filters.review), dict(made.agencies).get(filters.agency), filters.area)
    return page(
        request,
        conn,
        person,
        "dashboard.html",
        page=made,
        parts=parts_html(narrowed(made, filters)),
        filters=filters,
        reviews=reviews,
        areas=[(area, area) for area in made.areas],
        chosen=[name for name in names if name],
    )


def whose_page(state: State, person: Person) -> str:
    """Return the agency whose page somebody sees; blank for the whole.

    Raises:
        Problem: neither is theirs.
    """
    access = state.framework.access
    if any(access.can(role, "read", "dashboard") for role in person.roles):
        return ""
    if person.agency and any(access.can(role, "read", "agency-page") for role in person.roles):
        return person.agency
    raise not_found()


def _known(made: Page, filters: Filters) -> Filters:
    """Return the filters that the page offers; others are as if nothing had been asked."""
    return Filters(
        filters.review if filters.review in dict(made.reviews) else "",
        filters.agency if filters.agency in dict(made.agencies) else "",
        filters.area if filters.area in made.areas else "",
    )
