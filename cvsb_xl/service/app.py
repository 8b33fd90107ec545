"""The service as an app: what stands around every request, and where its routes come from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Framework
from cvsb_xl.service import account_pages, api, audit, keys, office, pages, sign_in, sign_in_oidc
from cvsb_xl.service.answers import answer_http_exception, answer_problem, answer_wrong_form
from cvsb_xl.service.database import open_database, reading
from cvsb_xl.service.depends import undeclared
from cvsb_xl.service.files import Files
from cvsb_xl.service.jobs import jobs_for
from cvsb_xl.service.middleware import BodyLimit, Faults, Headers, Heads, Hosts, Limits, SameOrigin
from cvsb_xl.service.oidc import Provider
from cvsb_xl.service.problems import Problem
from cvsb_xl.service.settings import Settings
from cvsb_xl.service.state import State, Verbs
from cvsb_xl.service.templating import environment


def open_state(
    settings: Settings, *, verbs: Verbs | None = None, framework: Framework | None = None
) -> State:
    """Open everything that stands for as long as the service runs.

    Raises:
        CannotDo: the database cannot be used, or its audit was written under another key.
    """
    engine = open_database(settings)
    engine = audit.keyed(engine, _audit_key(settings, engine))
    return State(
        settings=settings,
        engine=engine,
        files=Files(settings.files_url),
        framework=framework or load_framework(),
        templates=environment(),
        verbs=verbs,
        places=asyncio.Semaphore(settings.at_once),
        secrets_key=keys.key_in(settings.keys, keys.SECRETS),
        provider=Provider(settings.oidc) if settings.oidc else None,
    )


def _audit_key(settings: Settings, engine: Engine) -> str:
    if not (settings.keys / keys.AUDIT).exists():
        with reading(engine) as conn:
            if audit.head(conn)[0]:
                raise CannotDo(
                    f"The database holds an audit, but its key {settings.keys / keys.AUDIT} is missing. Put back the keys "
                    "folder from the backup; every process of one service shares it."
                )
    return keys.key_in(settings.keys, keys.AUDIT)


def build_app(state: State) -> FastAPI:
    """Return the app.

    Raises:
        CannotDo: a route does not say who may call it: a fault of cvsb-xl that must not be served.
    """
    found = list(routers())
    missing = undeclared(found)
    if missing:
        raise CannotDo(f"These addresses do not say who may call them: {', '.join(missing)}.")
    app = FastAPI(
        title="CVSB sync service", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_with_jobs
    )
    app.state.service = state
    app.mount("/static", pages.static())
    for router in found:
        app.include_router(router)
    for handled, handler in (
        (Problem, answer_problem),
        (HTTPException, answer_http_exception),
        (RequestValidationError, answer_wrong_form),
        (DataError, answer_wrong_form),  # a text that the database does not hold, such as one with NUL in it
    ):
        app.add_exception_handler(handled, handler)
    # The last one added stands outermost.
    for inner in (Heads, BodyLimit, SameOrigin, Limits, Hosts, Faults, Headers):
        app.add_middleware(inner, state=state)
    return app


@asynccontextmanager
async def _with_jobs(app: FastAPI) -> AsyncIterator[None]:
    """See to what is handed in for as long as the app is up."""
    app.state.jobs = await run_in_threadpool(jobs_for, app.state.service)
    try:
        yield
    finally:
        await run_in_threadpool(app.state.jobs.stop)


def routers() -> Iterator[APIRouter]:
    yield sign_in.router
    yield sign_in_oidc.router
    yield account_pages.router
    yield api.router
    yield office.router
    yield from pages.routers()
