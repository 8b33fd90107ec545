"""A real service for the tests: uvicorn in a thread of its own, on a port of its own, over SQLite or PostgreSQL."""

from __future__ import annotations

import dataclasses
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from sqlalchemy import func, insert, select

from cvsb_xl.service import accounts, sessions, tokens
from cvsb_xl.service.app import build_app, open_state
from cvsb_xl.service.database import account, new_id, now, publication, writing
from cvsb_xl.service.server import uvicorn_config
from cvsb_xl.service.settings import Settings, read_settings
from cvsb_xl.service.state import State, Verbs

PASSWORD = "seven grey otters asleep"


class Visitor:
    """Somebody's browser, as far as HTTP goes: it keeps its cookies and says where its forms come from."""

    def __init__(self, service: Service, token: str = "") -> None:
        self.cookies: dict[str, str] = {}
        self._client = httpx2.Client(
            base_url=service.url, timeout=60, follow_redirects=False, trust_env=False
        )
        self._origin = service.url
        self._token = token

    def request(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> httpx2.Response:
        """Send a request; redirects are not followed."""
        sent = (
            {"Origin": self._origin, "Sec-Fetch-Site": "same-origin"} if method not in ("GET", "HEAD") else {}
        )
        if self._token:
            sent = {"Authorization": f"Bearer {self._token}"}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = self._client.request(method, path, headers={**sent, **(headers or {})}, **rest)
        for line in response.headers.get_list("set-cookie"):
            name, _, value = line.split(";")[0].partition("=")
            if value.strip('"'):
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        self._client.cookies.clear()
        return response

    def get(self, path: str, **rest: Any) -> httpx2.Response:
        """GET."""
        return self.request("GET", path, **rest)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **rest: Any) -> httpx2.Response:
        """POST a form."""
        return self.request("POST", path, data=data or {}, **rest)


class Service:
    """A service that answers at `url`.

    Attributes:
        state: the app's own; tests look into its database and put rows there.
    """

    def __init__(self, state: State, port: int) -> None:
        self.state, self.port = state, port
        self.url = state.settings.base_url

    def visitor(self, token: str = "") -> Visitor:
        """Return a browser that nobody is signed in on, or a program with a token."""
        return Visitor(self, token)

    def publish_members(self, *rows: Mapping[str, Any], **tables: list[dict[str, Any]]) -> str:
        """Publish a tracker that holds these Members (email, agency, board="Yes", ...); return the publication's id."""
        key = self.state.files.put(gzip.compress(json.dumps({"members": list(rows), **tables}).encode()))
        by = self.account("publisher@example.org", founder=True)
        with writing(self.state.engine) as conn:
            number = conn.execute(select(func.coalesce(func.max(publication.c.number), 0))).scalar_one() + 1
            row_id = new_id()
            conn.execute(
                insert(publication).values(
                    id=row_id, number=number, key=new_id(), by_account=by, at=now(), as_at="2026-11-25", tracker_id="t",
                    log_seq=number, log_head="h", digest="0" * 64, tables_key=key,
                )
            )  # fmt: skip
        return row_id

    def account(self, email: str, *, name: str = "Someone", founder: bool = False) -> str:
        """Return the id of the account with this e-mail; make it, without a password, where there is none."""
        with writing(self.state.engine) as conn:
            found = conn.execute(select(account.c.id).where(account.c.email == email)).scalar()
            if found is None:
                found = new_id()
                conn.execute(
                    insert(account).values(
                        id=found, email=email, name=name, founder=founder, created_at=now()
                    )
                )
        return str(found)

    def with_password(self, email: str, password: str = PASSWORD) -> str:
        """Return the id of an account that signs in with a password."""
        account_id = self.account(email)
        with writing(self.state.engine) as conn:
            accounts.set_password(conn, account_id, password)
        return account_id

    def signed_in(self, email: str, *, two_step: bool = True) -> Visitor:
        """Return a browser on which this account is signed in; with a second step, so that a manager is let on."""
        account_id = self.account(email)
        with writing(self.state.engine) as conn:
            if two_step:
                from cvsb_xl.service.two_step import new_secret, set_up

                set_up(conn, self.state.secrets_key, account_id, new_secret(), 0)
            secret = sessions.start(conn, self.state.settings, account_id, "Chrome")
        visitor = self.visitor()
        visitor.cookies[sessions.COOKIE] = secret
        return visitor

    def with_token(self, email: str, *scopes: str) -> Visitor:
        """Return a program that carries a token of this account."""
        account_id = self.account(email)
        with writing(self.state.engine) as conn:
            _, secret = tokens.make(conn, account_id, "test", scopes or tokens.SCOPES)
        return self.visitor(secret)


def settings_for(data: Path, database_url: str = "", **changes: Any) -> Settings:
    """Return settings for a test: no limits on requests that a test would run into unless it asks for them."""
    settings = read_settings(data, {})
    many = {"requests_per_minute": 100_000, "sign_ins_per_minute": 100_000}
    if database_url:
        many["database_url"] = database_url  # type: ignore[assignment]
    return dataclasses.replace(settings, **{**many, **changes})


@contextmanager
def served(settings: Settings, *, verbs: Verbs | None = None) -> Iterator[Service]:
    """Yield a service that answers on a port of its own; it ends with the block."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = settings.base_url or f"http://127.0.0.1:{listener.getsockname()[1]}"
    state = open_state(dataclasses.replace(settings, base_url=url), verbs=verbs)
    server = uvicorn.Server(uvicorn_config(build_app(state), state.settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the service did not start"
        assert time.monotonic() < until, "the service took too long to start"
        time.sleep(0.01)
    try:
        yield Service(state, listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
        state.engine.dispose()
