"""The service's pages: what a person sees. Rules and merging stand elsewhere; here things are shown and handed on."""

from collections.abc import Iterator

from fastapi import APIRouter

from cvsb_xl.service.pages.static import static

__all__ = ["routers", "static"]


def routers() -> Iterator[APIRouter]:
    """Yield the routers of every page; those with fixed addresses before those that take an id."""
    from cvsb_xl.service.pages import (
        agency,
        agency_row,
        agency_sent,
        audit_page,
        dashboard,
        manage,
        people,
        plain,
        tokens,
    )

    for module in (plain, agency, agency_row, agency_sent, dashboard, people, tokens, audit_page, manage):
        yield module.router
