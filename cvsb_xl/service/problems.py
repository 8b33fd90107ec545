"""What the service says when it does not do what was asked: a code, a status, words for a person, and an id that is in the log."""

from __future__ import annotations

from http import HTTPStatus

from cvsb_xl.errors import CvsbError


class Problem(CvsbError):
    """A request that is refused.

    Attributes:
        code: a short name that programs can rely on, such as "stale".
        status: the HTTP status.
        audited: what to write in the audit as (actor, role, action, object key), after the request's own work is undone.
        headers: more headers of the answer.
        more: further JSON beside code and message; never a cell's value of somebody else's.
    """

    def __init__(
        self,
        code: str,
        status: int,
        message: str,
        *,
        audited: tuple[str, str, str, str] | None = None,
        headers: dict[str, str] | None = None,
        more: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.status, self.message = code, status, message
        self.audited, self.headers, self.more = audited, headers or {}, more or {}


def not_found() -> Problem:
    """There is no such thing, or it is another agency's: the two look the same."""
    return Problem(
        "not-found", HTTPStatus.NOT_FOUND, "There is nothing at this address, or it is not yours to see."
    )


def signed_out() -> Problem:
    """Nobody is signed in."""
    return Problem(
        "signed-out", HTTPStatus.UNAUTHORIZED, "Sign in first.", headers={"WWW-Authenticate": "Bearer"}
    )


def forbidden(actor: str, role: str, what: str) -> Problem:
    """Somebody is signed in who may not do this. It is written in the audit."""
    return Problem(
        "forbidden",
        HTTPStatus.FORBIDDEN,
        "You are signed in, but this is not for your role. If it should be, ask the Review Manager to see the Members sheet.",
        audited=(actor, role, "refused", what),
    )


def too_many() -> Problem:
    """One address asks too often."""
    return Problem(
        "too-many-requests",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests came from your address. Wait a minute, then try again.",
        headers={"Retry-After": "60"},
    )


def too_large(limit: int) -> Problem:
    """The request's body is over its limit (bytes)."""
    size = f"{limit // (1 << 20)} MB" if limit >= 1 << 20 else f"{limit // 1024} KB"
    return Problem(
        "too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"What was sent is too large; the limit is {size}."
    )


def wrong_form() -> Problem:
    """A form or request lacks something, or holds what it should not. The values are not repeated."""
    return Problem(
        "wrong-form",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not as it should be: a part is missing or wrong.",
    )


def fault() -> Problem:
    """A fault of cvsb-xl."""
    return Problem(
        "fault",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong in the service. Nothing was kept of this request. Give the number below to whoever runs it.",
    )
