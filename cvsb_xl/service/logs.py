"""The service's log: one JSON line for each request and event, on stderr, without a value, a name, an e-mail or a token.

An address is logged as its route ("/invitation/{secret}"), never as it was asked for.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

_log = logging.getLogger("cvsb.service")


def start() -> None:
    """Write the log to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _log.handlers = [handler]
    _log.setLevel(logging.INFO)
    _log.propagate = False


def request(*, number: str, method: str, route: str, status: int, milliseconds: int, account: str) -> None:
    """One answered request."""
    _line(
        event="request",
        request=number,
        method=method,
        route=route,
        status=status,
        ms=milliseconds,
        account=account,
    )


def fault(number: str, kind: str, places: list[str]) -> None:
    """A fault of cvsb-xl: its kind, and where in the code it happened."""
    _line(event="fault", request=number, kind=kind, at=places)


def event(what: str, **about: str | int) -> None:
    """Something else that happened. `about` holds ids, counts and states alone."""
    _line(event=what, **about)


def _line(**parts: object) -> None:
    _log.info(json.dumps({"at_time": datetime.now(UTC).isoformat(timespec="milliseconds"), **parts}))
