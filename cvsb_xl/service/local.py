"""The service that the user starts for Excel where Excel may start nothing: on this computer, for this user alone.

It listens on the loopback address, on a port the system picks. Every request must carry the token that stands in
`local.txt`, in a folder that only the user can read, name the right Host, and come from no web page (Origin). What goes
through is never written to a log: only the verb, how it ended and how long it took.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cvsb_xl.errors import CannotSave, CvsbError

ADDRESS = "127.0.0.1"
FILE = "local.txt"
STOP = "stop"
_LARGEST = 64 << 20
_REST_AFTER = 8 * 3600.0


@dataclass(frozen=True)
class Doors:
    """What a request can ask for.

    Attributes:
        press: (a run's name) -> what to answer in words; the answer itself lies in the run's folder.
        verb: (verb, request, whether plain lines are wanted) -> the answer.
        tell: one line about each request, without any value of it.
    """

    press: Callable[[str], str]
    verb: Callable[[str, Any, bool], str]
    tell: Callable[[str], None]


class LocalService:
    """The service. `with LocalService(home, doors) as service: service.wait()`."""

    def __init__(self, home: Path, doors: Doors, rest_after: float = _REST_AFTER) -> None:
        """Starts to listen, and writes port and token where only this user can read them.

        Args:
            rest_after: seconds without a request after which it stops by itself.

        Raises:
            CannotSave: the file cannot be written.
        """
        self.home = home
        self.doors = doors
        self.token = secrets.token_urlsafe(32)
        self._rest_after = rest_after
        self._last = time.monotonic()
        self._one_at_a_time = threading.Lock()
        self._stopped = threading.Event()
        self._server = _Server((ADDRESS, 0), _handler(self))
        self.port = int(self._server.server_address[1])
        try:
            self._write()
        except OSError as error:
            self._server.server_close()
            raise CannotSave(f"{home / FILE} cannot be written ({error.strerror}).") from error
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _write(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        path = self.home / FILE
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii", newline="") as file:
            file.write(f"port\t{self.port}\r\ntoken\t{self.token}\r\nprocess\t{os.getpid()}\r\n")

    def wait(self) -> None:
        """Return when it was told to stop, or nobody has asked for anything for long."""
        while not self._stopped.wait(min(60.0, self._rest_after)):
            if time.monotonic() - self._last > self._rest_after:
                return

    def stop(self) -> None:
        """Let `wait` return."""
        self._stopped.set()

    def __enter__(self) -> LocalService:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        path = self.home / FILE
        with contextlib.suppress(OSError):
            if f"\t{self.token}\r" in path.read_bytes().decode(
                "ascii", "replace"
            ):  # a later one's file stays
                path.unlink()

    def answer(self, path: str, body: bytes, *, lines: bool) -> tuple[HTTPStatus, str]:
        """Do what an allowed request asks."""
        self._last = time.monotonic()
        started = time.monotonic()
        what, _, name = path.strip("/").partition("/")
        try:
            with self._one_at_a_time:
                if what == "press" and name and "/" not in name:
                    status, text = HTTPStatus.OK, self.doors.press(name)
                elif what == "run" and name:
                    status, text = HTTPStatus.OK, self.doors.verb(name, json.loads(body), lines)
                elif what == "ping":
                    status, text = HTTPStatus.OK, "cvsb"
                elif what == STOP:
                    status, text = HTTPStatus.OK, "stopping"
                else:
                    status, text = HTTPStatus.NOT_FOUND, "There is no such address."
        except CvsbError as error:
            status, text = HTTPStatus.BAD_REQUEST, str(error)
        except (ValueError, RecursionError):
            status, text = HTTPStatus.BAD_REQUEST, "The request is not JSON."
        except Exception as error:  # one bad request must not end the service
            self.doors.tell(f"{what}: {type(error).__name__}, a fault of cvsb-xl")
            status, text = HTTPStatus.INTERNAL_SERVER_ERROR, "This is a fault of cvsb-xl."
        self._last = time.monotonic()
        self.doors.tell(
            f"{what} {name if what == 'run' and status == HTTPStatus.OK else ''}: {int(status)}, {self._last - started:.1f} s"
        )
        return status, text

    def refusal(self, headers: Any) -> str:
        """Return why a request is not let in; "" when it is."""
        if headers.get("Host", "") not in (f"{ADDRESS}:{self.port}", f"localhost:{self.port}"):
            return "The Host is not this service."
        if headers.get("Origin") is not None:
            return "Web pages may not use this service."
        given = headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("latin-1", "replace"), f"Bearer {self.token}".encode()):
            return "The token is wrong."
        return ""


class _Server(ThreadingHTTPServer):
    """A port that is this program's alone: on Windows another program could else listen on it too, and be asked instead."""

    daemon_threads = True
    allow_reuse_address = False

    def server_bind(self) -> None:
        alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        if alone is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, alone, 1)
        super().server_bind()


def _handler(service: LocalService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "cvsb", ""
        timeout = 30

        def do_POST(self) -> None:
            refused = service.refusal(self.headers)
            size = self.headers.get("Content-Length", "0")
            if refused:
                self._say(HTTPStatus.FORBIDDEN, refused)
            elif not size.isdecimal() or int(size) > _LARGEST:
                self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large.")
            else:
                lines = "text/plain" in self.headers.get("Accept", "")
                status, text = service.answer(self.path, self.rfile.read(int(size)), lines=lines)
                self._say(status, text)
                if self.path.strip("/") == STOP and status == HTTPStatus.OK:
                    service.stop()  # only once the answer is out: the process ends at once

        def do_GET(self) -> None:
            self._say(HTTPStatus.METHOD_NOT_ALLOWED, "Only POST is answered.")

        def _say(self, status: HTTPStatus, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header(
                "Content-Type", ("application/json" if body[:1] == b"{" else "text/plain") + "; charset=utf-8"
            )
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Addresses and headers are not logged: `tell` says what may be said."""

    return Handler
