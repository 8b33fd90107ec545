"""As much of a sync service as the buttons Publish and Pull speak to, on this computer. tests/service has the real one."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "the-managers-token"


@dataclass
class StandIn:
    """A service to which nothing has been published yet, and to which agencies sent in what lies in `returns`."""

    address: str
    returns: Path | None = None
    received: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Answer one request: a status, and what goes back."""
        if body is not None:
            self.received.append((path, body))
        sent_in = {one.stem: one for one in self.returns.iterdir()} if self.returns else {}
        match method, path.strip("/").split("/")[1:]:
            case "GET", ["publications", "latest"]:
                return 404, {"code": "none-published", "message": "Nothing has been published yet."}
            case "GET", [which] if which.startswith("returns?"):
                return 200, [_listed(agency, file) for agency, file in sent_in.items()]
            case "GET", ["returns", agency, "file"]:
                return 200, sent_in[agency].read_bytes()
            case "POST", ["publications"]:
                told = {
                    "id": "P1",
                    "number": 1,
                    "at": "2027-03-31T09:00:00Z",
                    "by": "Manager",
                    "as_at": "2027-03-31",
                }
                return 200, {
                    **told,
                    "tracker_id": body["tracker_id"],
                    "log_seq": 1,
                    "log_head": "",
                    "audit": {"seq": 1, "head": ""},
                }
            case "PUT", ["returns", _, "receipt"]:
                return 200, {}
        return 404, {"code": "not-found", "message": "There is no such address."}


def _listed(agency: str, file: Path) -> dict[str, str]:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    at = "2027-03-30T09:00:00Z"
    return {
        "id": agency,
        "agency": agency,
        "file_name": file.name,
        "received_at": at,
        "sha256": digest,
        "by": "Lead",
    }


@contextmanager
def sync_service() -> Iterator[StandIn]:
    """Serve on a port of its own; only who has the token is answered."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            status, said = service.answer(self.command, self.path, body) if known else (401, {})
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = StandIn(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
