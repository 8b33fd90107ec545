"""An OpenID provider as a process of its own: `oidc-provider-mock`, made to hold its clients to PKCE, which it does not by itself.

python -m tests.service.provider PORT
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2


class Pkce:
    """Around the provider: a code is exchanged only with the verifier whose S256 challenge it was asked for with."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._challenges: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        path, asked = environ["PATH_INFO"], parse_qs(environ.get("QUERY_STRING", ""))
        if path == "/oauth2/authorize" and asked.get("code_challenge_method") != ["S256"]:
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"code_challenge_method=S256 is required"]
        if path == "/oauth2/token":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            form = parse_qs(body.decode())
            verifier = form.get("code_verifier", [""])[0]
            made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if self._challenges.pop(form.get("code", [""])[0], None) != made:
                start_response("400 Bad Request", [("Content-Type", "application/json")])
                return [b'{"error": "invalid_grant"}']

        def watch(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            for name, value in headers:
                code = parse_qs(urlsplit(value).query).get("code") if name.lower() == "location" else None
                if code and path == "/oauth2/authorize":
                    self._challenges[code[0]] = asked["code_challenge"][0]
            return start_response(status, headers, *rest)

        return self._app(environ, watch)


class ProviderProcess:
    """A running provider."""

    def __init__(self, port: int) -> None:
        self.url = f"http://localhost:{port}"
        self._client = httpx2.Client(base_url=self.url, trust_env=False, timeout=30)

    def has(self, subject: str, **claims: object) -> None:
        """Say what the provider knows of a person."""
        self._client.put(f"/users/{subject}", json=claims).raise_for_status()

    def signs_in(self, address: str, subject: str, action: str = "") -> str:
        """Sign in at an address of the provider as a person would; return where it sends the browser."""
        form = {"action": action} if action else {"sub": subject}
        answer = self._client.post(address, data=form)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def is_up(self) -> bool:
        """Tell whether it answers."""
        try:
            return self._client.get("/.well-known/openid-configuration").status_code == 200
        except httpx2.HTTPError:
            return False


@contextmanager
def provider() -> Iterator[ProviderProcess]:
    """Yield a provider that runs; it ends with the block."""
    import socket

    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.service.provider", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
    )
    running = ProviderProcess(port)
    until = time.monotonic() + 60
    try:
        while not running.is_up():
            assert process.poll() is None, "the provider ended"
            assert time.monotonic() < until, "the provider did not start"
            time.sleep(0.1)
        yield running
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    import werkzeug.serving
    from oidc_provider_mock import app

    served = app(require_nonce=True)
    served.wsgi_app = Pkce(served.wsgi_app)  # type: ignore[method-assign]
    werkzeug.serving.run_simple("localhost", int(sys.argv[1]), served, threaded=True)
