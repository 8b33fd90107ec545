"""The client of a sync service: over HTTPS, with the computer's own proxy and certificates, and a token of one person.

A call either came through or it did not; every error says which, and what to do. Nothing here changes the tracker.
"""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

from cvsb_xl.errors import CannotDo, CvsbError

_WAIT = 60.0
"""Seconds without a byte after which a call is given up."""
_LARGEST = 256 << 20
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Unreachable(CvsbError):
    """The service did not answer, or the connection broke. It may have done what was asked: ask again."""


class Refused(CvsbError):
    """The service answered, and said no.

    Attributes:
        code: the problem's name, such as "stale"; status: the HTTP status.
    """

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Latest:
    """The newest publication that a service has.

    Attributes:
        log: the change log's head, (seq, chain), when it was published.
        audit: the head of the service's own audit as it now stands.
    """

    id: str
    number: int
    at: str
    by: str
    as_at: str
    tracker_id: str
    log: tuple[int, str]
    audit: tuple[int, str]


@dataclass(frozen=True)
class WaitingReturn:
    """A return that the service has received and the tracker has not taken in yet."""

    id: str
    agency: str
    file_name: str
    received_at: str
    sha256: str
    by: str


def address_of(url: str) -> str:
    """Return a service's address in one form, without a slash at its end.

    Raises:
        CannotDo: it is no address, or would send the token and the tables unencrypted.
    """
    text = url.strip().rstrip("/")
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or parts.username:
        raise CannotDo(f"{url!r} is not the address of a service. It looks like https://tracker.example.org")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise CannotDo(
            f"{url} begins with http: what is sent could be read on the way. Use the address that begins with https:"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path}"


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to wherever it points."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


class Remote:
    """One service, as one person uses it."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self._token = token
        self._opener = urllib.request.build_opener(_StayHere)

    def me(self) -> dict[str, Any]:
        """Return whose token it is: "name", "roles" and "expires_at"."""
        said = self._json("GET", "/api/me")
        if not isinstance(said, dict):
            raise self._not_a_service()
        return said

    def latest(self) -> Latest | None:
        """Return the newest publication; None when nothing has been published yet."""
        try:
            said = self._json("GET", "/api/publications/latest")
        except Refused as error:
            if error.code == "none-published":
                return None
            raise
        return _latest(said)

    def publish(self, key: str, body: dict[str, Any]) -> Latest:
        """Send a publication; sent again under the same key it is still one."""
        return _latest(self._json("POST", "/api/publications", body, key=key))

    def returns(self, *, taken: bool = False) -> list[WaitingReturn]:
        """Return what agencies have sent in, oldest first: what the tracker has not taken in, or what it has."""
        said = self._json("GET", f"/api/returns?state={'accepted' if taken else 'received'}")
        try:
            return [
                WaitingReturn(
                    *(
                        str(item[name])
                        for name in ("id", "agency", "file_name", "received_at", "sha256", "by")
                    )
                )
                for item in said
            ]
        except (KeyError, TypeError) as error:
            raise self._not_a_service() from error

    def file(self, return_id: str) -> bytes:
        """Return the workbook that an agency sent."""
        return self._call("GET", f"/api/returns/{return_id}/file")

    def receipt(self, return_id: str, body: dict[str, Any]) -> None:
        """Tell the service what became of a return; told again it is still one receipt."""
        self._json("PUT", f"/api/returns/{return_id}/receipt", body)

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
        try:
            return json.loads(self._call(method, path, body, key))
        except ValueError as error:
            raise self._not_a_service() from error

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> bytes:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "User-Agent": "cvsb-xl",
        }
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=True, allow_nan=False).encode("ascii")
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(self.address + path, data, headers, method=method)  # noqa: S310 - http(s) alone, by address_of
        try:
            with self._opener.open(request, timeout=_WAIT) as answer:
                content: bytes = answer.read(_LARGEST + 1)
                if answer.length and len(content) <= _LARGEST:  # read(n) does not say that the end is missing
                    raise http.client.IncompleteRead(content, answer.length)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from error
        except urllib.error.URLError as error:
            raise self._unreachable(error.reason) from error
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        if len(content) > _LARGEST:
            raise self._not_a_service()
        return content

    def _unreachable(self, why: object) -> CvsbError:
        if isinstance(why, ssl.SSLCertVerificationError):
            return CannotDo(
                f"{self.address} does not prove that it is the service: its certificate is not one this computer trusts "
                f"({why.verify_message}). Nothing was sent. Check the address; if it is right, ask your IT department."
            )
        if isinstance(why, ssl.SSLError):
            return CannotDo(
                f"{self.address} cannot be spoken to over a safe connection ({why.reason}). Check the address."
            )
        return Unreachable(
            f"The service at {self.address} did not answer, or the connection broke ({_words(why)}). Check the network, "
            "then run this again: what has arrived already is not taken twice."
        )

    def _refusal(self, error: urllib.error.HTTPError) -> CvsbError:
        code, message = "", ""
        try:
            said = json.loads(error.read(100_000))
            code, message = str(said["code"]), str(said["message"])
        except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
            pass
        if error.code == 401:
            return Refused(
                code or "token",
                401,
                f"{self.address} does not accept this token (it is wrong, or it has expired or been withdrawn). Sign in "
                f"there, make a new token on the page Tokens, then: cvsb connect {self.address}",
            )
        if error.code == 407:
            return CannotDo("The network's proxy wants to know who you are first. Ask your IT department.")
        if 300 <= error.code < 400:
            return CannotDo(
                f"{self.address} is not the service's own address: it points elsewhere. Give the address that the browser "
                "shows when you are signed in."
            )
        if not code:
            if error.code >= 500:
                return Unreachable(
                    f"{self.address} had a fault of its own ({error.code}). Nothing is lost here; run this again in a while, "
                    "and tell whoever looks after the service."
                )
            return self._not_a_service(error.code)
        return Refused(code, error.code, f"{self.address} says: {message}")

    def _not_a_service(self, status: int = 200) -> CannotDo:
        return CannotDo(
            f"{self.address} answered ({status}), but not as a sync service of cvsb-xl does. Check the address."
        )


def _latest(said: Any) -> Latest:
    try:
        audit = said.get("audit") or {}
        return Latest(
            str(said["id"]),
            int(said["number"]),
            str(said["at"]),
            str(said["by"]),
            str(said["as_at"]),
            str(said["tracker_id"]),
            (int(said["log_seq"]), str(said["log_head"])),
            (int(audit.get("seq", 0)), str(audit.get("head", ""))),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CannotDo(
            "The service answered, but not as a sync service of cvsb-xl does. Check its address."
        ) from error


def _words(why: object) -> str:
    if isinstance(why, TimeoutError):
        return "no answer within a minute"
    if isinstance(why, http.client.IncompleteRead):
        return "the end of its answer is missing"
    if isinstance(why, OSError) and why.strerror:
        return why.strerror
    return str(why)[:200]
