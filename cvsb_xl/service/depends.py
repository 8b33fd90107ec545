"""What a route can ask for: the database, and somebody who may call it.

Every route names one guard; an app with a route that names none does not start (`undeclared`).

    @router.get("/returns")
    def returns(conn: Conn, person: Annotated[Person, Depends(needs("read", "returns"))]) -> Response: ...
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import Connection
from starlette.routing import BaseRoute

from cvsb_xl.framework.access import Access
from cvsb_xl.service import sessions, tokens
from cvsb_xl.service.database import WRITING, writing
from cvsb_xl.service.people import ROLES, Person, Role, person_of
from cvsb_xl.service.problems import Problem, forbidden, signed_out
from cvsb_xl.service.state import State, state_of

SAFE = ("GET", "HEAD", "OPTIONS")
By = Literal["cookie", "token", "either"]


async def conn(request: Request) -> AsyncIterator[Connection]:
    """One transaction for the request, kept before the answer leaves; undone when the route raises.

    A GET only reads; one that must write (a download that is audited) opens `writing(state.engine)` for that.
    """
    state = state_of(request)
    async with state.places:
        connection = await run_in_threadpool(_begin, state, request.method not in SAFE)
        try:
            yield connection
        except BaseException:
            await run_in_threadpool(connection.rollback)
            raise
        else:
            await run_in_threadpool(connection.commit)
        finally:
            await run_in_threadpool(connection.close)


def _begin(state: State, writes: bool) -> Connection:
    connection = state.engine.connect().execution_options(**{WRITING: writes})
    connection.begin()
    return connection


Conn = Annotated[Connection, Depends(conn, scope="function")]


class Guard:
    """Who may call a route. Called by FastAPI; returns the person, or refuses."""

    def __init__(
        self, *, verb: str = "", thing: str = "", by: By = "cookie", scope: str = "", public: bool = False
    ) -> None:
        """Args: scope: what a token must be for; "" for the cookie alone."""
        self.verb, self.thing, self.by, self.scope, self.public = verb, thing, by, scope, public

    def roles(self, access: Access) -> frozenset[Role]:
        """Return the roles that may call the route; all of them for a page that needs no role."""
        if not self.verb:
            return frozenset(ROLES)
        return frozenset(role for role in ROLES if access.can(role, self.verb, self.thing))

    def __call__(self, request: Request, conn: Conn) -> Person | None:
        """Return the person."""
        state = state_of(request)
        person = self._person(request, conn, state)
        request.state.person = person
        if person is None:
            if self.public:
                return None
            raise signed_out()
        if person.roles.isdisjoint(self.roles(state.framework.access)):
            raise forbidden(person.account_id, person.role, f"{self.verb} {self.thing}")
        by_cookie = getattr(request.state, "session", None) is not None
        if not self.public and by_cookie and _lacks_two_step(state, person, request):
            raise Problem(
                "two-step", 403, "Set up the second step first.", headers={"Location": "/account/two-step"}
            )
        return person

    def _person(self, request: Request, conn: Connection, state: State) -> Person | None:
        bearer = tokens.bearer_of(request.headers.get("authorization", ""))
        if bearer and self.by != "cookie":
            found = tokens.find(conn, bearer, self.scope)
            if found is None:
                return None
            if found.stale:
                _touch(state, conn, tokens.touch, found.id)
            return person_of(conn, state.files, found.account_id)
        secret = request.cookies.get(sessions.COOKIE, "")
        if not secret or self.by == "token":
            return None
        live = sessions.find(conn, state.settings, secret)
        if live is None or live.stage != "full":
            return None
        request.state.session = live
        if live.stale:
            _touch(state, conn, sessions.touch, live.id_hash)
        return person_of(conn, state.files, live.account_id)


def _touch(state: State, conn: Connection, touch: Callable[[Connection, str], None], which: str) -> None:
    """Write that a session or token was used: in the request's own transaction, where that may write."""
    if conn.get_execution_options().get(WRITING):
        touch(conn, which)
    else:
        with writing(state.engine) as other:
            touch(other, which)


def _lacks_two_step(state: State, person: Person, request: Request) -> bool:
    exempt = request.url.path.startswith("/account") or request.url.path == "/sign-out"
    manager = "review_manager" in person.roles
    return state.settings.sign_in == "local" and manager and not person.two_step and not exempt


def needs(verb: str, thing: str, *, by: By = "cookie", scope: str = "") -> Guard:
    """Whoever may do this verb on this table or thing: schemas/access.yaml says who."""
    return Guard(verb=verb, thing=thing, by=by, scope=scope)


signed_in = Guard()
"""Anybody who is signed in and has a role in Members."""
anyone = Guard(public=True)
"""Anybody at all; the person when somebody is signed in."""
publisher = Guard(verb="write", thing="publications", by="token", scope="publish")
"""The Review Manager's Excel, by its token."""


def undeclared(routers: Iterable[APIRouter]) -> list[str]:
    """Return the addresses that do not say who may call them."""
    return [
        getattr(route, "path", "?") for router in routers for route in router.routes if not _is_guarded(route)
    ]


def _is_guarded(route: BaseRoute) -> bool:
    return isinstance(route, APIRoute) and bool(guards_of(route))


def guards_of(route: APIRoute) -> list[Guard]:
    """Return the guards of a route, however deep they stand."""
    return [item.call for item in _flat(route.dependant) if isinstance(item.call, Guard)]


def _flat(dependant: Dependant) -> Iterable[Dependant]:
    for item in dependant.dependencies:
        yield item
        with suppress(AttributeError):
            yield from _flat(item)
