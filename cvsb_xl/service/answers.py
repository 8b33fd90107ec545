"""How a problem reaches who asked: JSON to a program, a page to a person."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from cvsb_xl.service import audit
from cvsb_xl.service.database import writing
from cvsb_xl.service.frames import frame_without_database
from cvsb_xl.service.problems import Problem, not_found, wrong_form
from cvsb_xl.service.state import State, state_of
from cvsb_xl.service.templating import rendered


async def answer_problem(request: Request, problem: Exception) -> Response:
    """Answer a problem that a route raised; write it in the audit where it asks for that."""
    assert isinstance(problem, Problem)  # noqa: S101 - as registered
    state = state_of(request)
    if problem.audited:
        await run_in_threadpool(_write, state, problem.audited)
    return answer(state, request.scope, problem)


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses: no such address, no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - as registered
    if error.status_code == HTTPStatus.NOT_FOUND:
        return answer(state_of(request), request.scope, not_found())
    words = HTTPStatus(error.status_code).phrase
    problem = Problem(
        words.lower().replace(" ", "-"), error.status_code, f"{words}.", headers=dict(error.headers or {})
    )
    return answer(state_of(request), request.scope, problem)


async def answer_wrong_form(request: Request, _error: Exception) -> Response:
    """Answer a request whose parts are missing or wrong, without repeating them."""
    return answer(state_of(request), request.scope, wrong_form())


def answer(state: State, scope: Any, problem: Problem) -> Response:
    """Return the answer to a problem."""
    path, number = scope["path"], scope.get("request_id", "")
    if path.startswith("/api/"):
        body = {"code": problem.code, "message": problem.message, "request": number, **problem.more}
        return JSONResponse(body, problem.status, headers=problem.headers)
    if "Location" in problem.headers:
        return go(problem.headers["Location"])
    if problem.code == "signed-out" and scope["method"] in ("GET", "HEAD"):
        query = scope.get("query_string", b"").decode("latin-1")
        back = quote(path + (f"?{query}" if query else ""), safe="")
        return go("/sign-in" + (f"?next={back}" if path != "/" else ""))
    text = rendered(
        state.templates, "problem.html", frame_without_database(scope), problem=problem, number=number
    )
    return HTMLResponse(text, problem.status, headers=problem.headers)


def go(address: str) -> RedirectResponse:
    """Send a browser on after a form, so that loading the page again sends nothing again."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _write(state: State, row: tuple[str, str, str, str]) -> None:
    with writing(state.engine) as conn:
        audit.append(conn, *row)
