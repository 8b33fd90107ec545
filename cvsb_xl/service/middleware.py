"""What stands around every request: its number and log line, safe headers, the right host, limits, and no other site's forms."""

from __future__ import annotations

import secrets
import time
import traceback
from abc import ABC, abstractmethod
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi.concurrency import run_in_threadpool
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers as Given
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cvsb_xl.service import logs, sessions, tokens
from cvsb_xl.service.answers import answer
from cvsb_xl.service.database import reading
from cvsb_xl.service.depends import SAFE
from cvsb_xl.service.problems import Problem, fault, too_large, too_many
from cvsb_xl.service.state import State

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SMALL = 64 * 1024
"""The largest body of somebody who is not signed in, in bytes."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_YEAR = 365 * 24 * 3600


class _Around(ABC):
    """A piece around the app; only HTTP requests concern it."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self.app, self.state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        else:
            await self.around(scope, receive, send)

    @abstractmethod
    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Do what this piece is for, and pass on what it lets through."""

    async def refuse(self, problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(self.state, scope, problem)(scope, receive, send)


class Faults(_Around):
    """Gives each request its number, writes its line in the log, and lets no fault out but as a number."""

    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["request_id"] = secrets.token_hex(8)
        scope.setdefault("state", {})
        started, status = time.monotonic(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = scope["request_id"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            logs.fault(scope["request_id"], type(error).__name__, _places(error))
            if not status:
                await self.refuse(fault(), scope, receive, watch)
        finally:
            person = scope["state"].get("person")
            logs.request(
                number=scope["request_id"],
                method=scope["method"] if scope["method"] in _METHODS else "?",
                route=getattr(scope.get("route"), "path", "-"),
                status=status,
                milliseconds=round((time.monotonic() - started) * 1000),
                account=person.account_id if person else "-",
            )


def _places(error: Exception) -> list[str]:
    """Where it happened, without what: an error's words can hold a cell's value."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


class Headers(_Around):
    """Headers that keep a page to itself. A route that needs another policy sets its own."""

    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", POLICY)
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
                if self.state.settings.secure:
                    headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
            await send(message)

        await self.app(scope, receive, add)


class Hosts(_Around):
    """Answers to the service's own name alone."""

    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        settings = self.state.settings
        if Given(scope=scope).get("host", "").lower() == settings.host.lower():
            await self.app(scope, receive, send)
        else:
            words = f"This service answers at {settings.base_url} alone.\n"
            await PlainTextResponse(words, HTTPStatus.MISDIRECTED_REQUEST)(scope, receive, send)


class Limits(_Around):
    """So many requests a minute from one address, and far fewer attempts to sign in. Each process counts its own."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        super().__init__(app, state)
        self._counted = MovingWindowRateLimiter(MemoryStorage())
        self._all = RateLimitItemPerMinute(state.settings.requests_per_minute)
        self._sign_ins = RateLimitItemPerMinute(state.settings.sign_ins_per_minute)

    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client") or ("", 0)
        tries = scope["method"] == "POST" and scope["path"].startswith(("/sign-in", "/invitation"))
        if scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
        elif not self._counted.hit(self._all, client[0]) or (
            tries and not self._counted.hit(self._sign_ins, "sign-in", client[0])
        ):
            await self.refuse(too_many(), scope, receive, send)
        else:
            await self.app(scope, receive, send)


class SameOrigin(_Around):
    """Refuses what another site's page makes a browser send. A request with a token of its own is not a browser's doing."""

    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Given(scope=scope)
        if (
            scope["method"] in SAFE
            or tokens.bearer_of(headers.get("authorization", ""))
            or self._ours(headers)
        ):
            await self.app(scope, receive, send)
        else:
            words = "This request came from another site's page. Open the service itself and try again there."
            await self.refuse(Problem("other-site", HTTPStatus.FORBIDDEN, words), scope, receive, send)

    def _ours(self, headers: Given) -> bool:
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None and site != "same-origin":
            return False
        if origin is not None:
            return _origin(origin) == _origin(self.state.settings.base_url)
        return site == "same-origin"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


class Heads(_Around):
    """Answers HEAD as it would GET: the server leaves out the body, by the method that it finds when the answer begins."""

    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def as_head(message: Message) -> None:
            scope["method"] = "HEAD"
            await send(message)

        scope["method"] = "GET"
        try:
            await self.app(scope, receive, as_head)
        finally:
            scope["method"] = "HEAD"


class BodyLimit(_Around):
    """Bodies up to the limit of their address, and only small ones from somebody who is not signed in."""

    async def around(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Given(scope=scope)
        length = headers.get("content-length", "")
        if length and not length.isdecimal():
            await self.refuse(too_large(SMALL), scope, receive, send)
            return
        limit = SMALL
        if int(length or 0) > SMALL or "transfer-encoding" in headers:
            limit = await run_in_threadpool(self._limit, scope["path"], headers)
        if int(length or 0) > limit:
            await self.refuse(too_large(limit), scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise too_large(limit)
            return message

        async def unless_too_large(message: Message) -> None:
            if seen <= limit:
                await send(message)

        await self.app(scope, counted, unless_too_large)
        if seen > limit:  # whatever the app made of a body that broke off
            await self.refuse(too_large(limit), scope, receive, send)

    def _limit(self, path: str, headers: Given) -> int:
        with reading(self.state.engine) as conn:
            if not _known(self.state, conn, headers):
                return SMALL
        settings = self.state.settings
        large = path.startswith(("/api/publications", "/api/verbs/"))
        return settings.publish_limit if large else settings.upload_limit


def _known(state: State, conn: Any, headers: Given) -> bool:
    bearer = tokens.bearer_of(headers.get("authorization", ""))
    if bearer:
        return tokens.is_live(conn, bearer)
    from http.cookies import CookieError, SimpleCookie

    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(sessions.COOKIE)
    except CookieError:
        return False
    return cookie is not None and sessions.find(conn, state.settings, cookie.value) is not None
