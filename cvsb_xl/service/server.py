"""Runs the service: where it may listen, the first link, and a clean end."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import signal
import socket
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.schema import Framework
from cvsb_xl.service import accounts, audit, jobs, logs
from cvsb_xl.service.app import build_app, open_state
from cvsb_xl.service.database import writing
from cvsb_xl.service.settings import FILE, Settings
from cvsb_xl.service.state import State, Verbs

_AT_ONCE = 500
"""Connections that one process holds; more are told to come back (503)."""
_LAST_WORDS_SECONDS = 15
_WAITING = 1024
"""Connections that wait to be taken."""


def serve(
    settings: Settings,
    host: str,
    port: int,
    tell: Callable[[str], None],
    *,
    verbs: Verbs | None = None,
    framework: Framework | None = None,
    new_link: bool = False,
) -> None:
    """Serve until the process is told to end (Ctrl+C, SIGTERM); requests that have begun are finished.

    Args:
        tell: says something to whoever started it.
        new_link: print a link for a Review Manager although there are accounts.

    Raises:
        CannotDo: it may not or cannot listen there, or its data cannot be used.
    """
    check_address(settings, host)
    os.umask(0o077)  # what is kept is for the service's own user
    signal.signal(signal.SIGTERM, _end)
    with _listening(host, port) as listener:
        if not settings.base_url:
            shown = f"[{host}]" if ":" in host else host
            settings = dataclasses.replace(settings, base_url=f"http://{shown}:{listener.getsockname()[1]}")
        logs.start()
        state = open_state(settings, verbs=verbs, framework=framework)
        try:
            app = build_app(state)
            tell(f"The CVSB service answers at {settings.base_url}. Ctrl+C stops it.")
            link = first_link(state, always=new_link)
            if link:
                tell(
                    f"Open this link once, within {settings.invitation_hours} hours, to make the Review Manager's account:\n{link}"
                )
            server = uvicorn.Server(uvicorn_config(app, settings))
            logs.event("started", database=state.engine.dialect.name)
            server.run(sockets=[listener])
        finally:
            state.engine.dispose()
            logs.event("stopped")


def uvicorn_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Return how the server runs: no log of its own, whose lines would hold addresses as they were asked for."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips=list(settings.proxies),
        limit_concurrency=_AT_ONCE,
        timeout_graceful_shutdown=_LAST_WORDS_SECONDS,
    )


def work(settings: Settings, tell: Callable[[str], None], *, framework: Framework | None = None) -> None:
    """Check what is handed in, for a service on PostgreSQL, until the process is told to end (Ctrl+C, SIGTERM).

    Raises:
        CannotDo: the service is on SQLite, where it checks itself; or its data cannot be used.
    """
    os.umask(0o077)
    logs.start()
    state = open_state(settings, framework=framework)
    try:
        if state.engine.dialect.name != "postgresql":
            raise CannotDo(
                "On SQLite the service checks returns itself; it needs no worker. Workers are for PostgreSQL: set database_url "
                f"in {settings.data / FILE}."
            )
        tell("This worker checks what agencies hand in. Ctrl+C stops it.")
        logs.event("worker-started")
        jobs.work(state)
    finally:
        state.engine.dispose()
        logs.event("worker-stopped")


def _end(*_: object) -> NoReturn:
    """SIGTERM ends the service as Ctrl+C does: things are put away first."""
    raise KeyboardInterrupt


def check_address(settings: Settings, host: str) -> None:
    """Refuse an address where what people send could be read on the way.

    Raises:
        CannotDo: saying why, and what to set.
    """
    file = settings.data / FILE
    url = urlsplit(settings.base_url)
    if not _is_loopback(host) and not settings.secure:
        raise CannotDo(
            f"The service would listen at {host}, where other computers reach it, without TLS: passwords and what agencies "
            "write about people could be read on the way. Put a proxy that speaks TLS before it, and set base_url = "
            f'"https://..." and behind_proxy = true in {file}.'
        )
    if url.scheme == "http" and not _is_loopback(url.hostname or ""):
        raise CannotDo(
            f"base_url is {settings.base_url}: browsers keep a sign-in only over HTTPS, or on this computer itself. "
            f"Set it to https://... in {file}."
        )
    if settings.secure and not settings.behind_proxy:
        raise CannotDo(
            "base_url is https://, but the service speaks no TLS itself: a proxy does. Say so with behind_proxy = true, and "
            f"in proxies the addresses that the proxy asks from, in {file}."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def first_link(state: State, *, always: bool = False) -> str:
    """Return a one-time link for the first account; "" where there is one already."""
    with writing(state.engine) as conn:
        if accounts.any_account(conn) and not always:
            return ""
        secret = accounts.invite(conn, "", None, state.settings.invitation_hours, founder=True)
        audit.append(conn, "command line", "none", "manager-invited", "account -")
    return f"{state.settings.base_url}/invitation/{secret}"


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_WAITING)  # who opens the link at once waits a moment, and is not turned away
    except OSError as error:
        listener.close()
        raise CannotDo(
            f"The service cannot listen at {host} port {port} ({error.strerror}). Is one running already?"
        ) from error
    return listener
