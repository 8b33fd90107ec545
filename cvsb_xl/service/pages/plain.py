"""The pages that only say something, and where somebody lands first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from cvsb_xl.outputs.html_blocks import css_string
from cvsb_xl.service.answers import go
from cvsb_xl.service.depends import Conn, anyone, signed_in
from cvsb_xl.service.frames import frame_of
from cvsb_xl.service.pages.common import home_of, page
from cvsb_xl.service.people import Person
from cvsb_xl.tracker.wording import day_in_words

router = APIRouter()
Visitor = Annotated[Person | None, Depends(anyone)]


@router.get("/")
def first_page(person: Annotated[Person, Depends(signed_in)]) -> Response:
    """Go to the page that this person wants first."""
    return go(home_of(person))


@router.get("/help")
def help_page(request: Request, conn: Conn, visitor: Visitor) -> Response:
    """How to use the service."""
    return page(request, conn, visitor, "help.html")


@router.get("/accessibility")
def accessibility_page(request: Request, conn: Conn, visitor: Visitor) -> Response:
    """The accessibility statement."""
    return page(request, conn, visitor, "accessibility.html")


@router.get("/paper.css")
def paper(request: Request, conn: Conn, visitor: Visitor) -> Response:
    """The style of paper: each sheet carries the marking, the day, and its number."""
    frame = frame_of(request, conn, visitor)
    day = f"As at {day_in_words(frame.as_at)}. " if frame.as_at else ""
    style = (
        f"@page{{@top-center{{content:{css_string(frame.marking)};font:bold 9pt Arial}}"
        f'@bottom-right{{content:{css_string(f"{day}Page ")} counter(page) " of " counter(pages);font:8pt Arial}}}}'
    )
    return Response(style, media_type="text/css; charset=utf-8")
