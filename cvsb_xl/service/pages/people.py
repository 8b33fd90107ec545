"""Who can come in: the Review Manager invites by a one-time link, blocks, and ends sessions. What people may see is Members' to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection, Integer, cast, func, select, update

from cvsb_xl.service import accounts, audit, sessions
from cvsb_xl.service.answers import go
from cvsb_xl.service.database import account, invitation, now, session
from cvsb_xl.service.depends import Conn, needs
from cvsb_xl.service.pages.common import Posted, page
from cvsb_xl.service.people import Member, Person, fold, members_of
from cvsb_xl.service.problems import Problem, not_found
from cvsb_xl.service.sign_in import looks_like_email
from cvsb_xl.service.state import State, state_of
from cvsb_xl.service.templating import ROLE_WORDS

router = APIRouter(prefix="/manage/people")
Reader = Annotated[Person, Depends(needs("read", "people"))]
Writer = Annotated[Person, Depends(needs("write", "people"))]
_LONGEST = 254


@dataclass(frozen=True)
class Line:
    """Somebody of Members, or somebody with an account or an invitation alone.

    Attributes:
        account: "Has an account", "Blocked", "Invited" or "No account".
    """

    email: str
    name: str
    agency: str
    roles: tuple[str, ...]
    account: str
    account_id: str
    two_step: bool
    seen_at: datetime | None
    sessions: int

    @property
    def blocked(self) -> bool:
        """Whether the account is blocked."""
        return self.account == "Blocked"

    @property
    def may_invite(self) -> bool:
        """Whether a link can be made: for those whom Members lets in, and those who were invited before they stood there."""
        return not self.blocked and (bool(self.roles) or self.account == "Invited")


def lines_of(state: State, conn: Connection) -> list[Line]:
    """Return everybody: those who owe the Review Manager a step first, then by name."""
    members = members_of(conn, state.files) or {}
    live = (session.c.revoked_at.is_(None)) & (session.c.ends_at > now()) & (session.c.stage == "full")
    seen = {
        row.account_id: row
        for row in conn.execute(
            select(
                session.c.account_id,
                func.max(session.c.seen_at).label("seen_at"),
                func.sum(cast(live, Integer)).label("live"),
            ).group_by(session.c.account_id)
        )
    }
    there = {row["email"]: row for row in conn.execute(select(account)).mappings()}
    open_links = select(invitation.c.email).where(
        invitation.c.used_at.is_(None), invitation.c.expires_at > now()
    )
    invited = {email for email in conn.execute(open_links).scalars() if email}
    found = []
    for email in {*members, *there, *invited}:
        member, row = members.get(email), there.get(email)
        told = seen.get(row["id"]) if row else None
        found.append(
            Line(
                email=email,
                name=(member.name if member else "") or (row["name"] if row else ""),
                agency=member.agency if member else "",
                roles=tuple(_roles(member)),
                account=_account_words(row, email in invited),
                account_id=row["id"] if row else "",
                two_step=bool(row and row["totp_secret"]),
                seen_at=told.seen_at if told else None,
                sessions=int(told.live or 0) if told else 0,
            )
        )
    return sorted(found, key=lambda line: (not line.roles, line.name.casefold() or line.email))


def _roles(member: Member | None) -> Iterator[str]:
    if member is not None and member.active:
        yield from (words for role, words in ROLE_WORDS.items() if role in member.roles)


def _account_words(row: Any, invited: bool) -> str:
    if row is not None:
        return "Blocked" if row["disabled"] else "Has an account"
    return "Invited" if invited else "No account"


@router.get("")
def people_page(request: Request, conn: Conn, person: Reader) -> Response:
    """Everybody, and what can be done."""
    return _page(request, conn, person)


def _page(request: Request, conn: Connection, person: Person, status: int = 200, **words: Any) -> Response:
    local = state_of(request).settings.sign_in == "local"
    held = {"link": None, "error": "", "typed": "", "local": local, **words}
    return page(
        request,
        conn,
        person,
        "people.html",
        status,
        people=lines_of(state_of(request), conn),
        me=person,
        **held,
    )


@router.post("/invite")
def invite(request: Request, conn: Conn, person: Writer, posted: Posted) -> Response:
    """Make a one-time link, and show it this once."""
    state = state_of(request)
    email = fold(posted.get("email", ""))
    if not looks_like_email(email):
        error = "Give an e-mail address, such as name@example.org"
        return _page(request, conn, person, 422, error=error, typed=posted.get("email", "")[:_LONGEST])
    hours = state.settings.invitation_hours
    secret = accounts.invite(conn, email, person.account_id, hours)
    audit.append(
        conn, person.account_id, person.role, "invited", f"invitation {sessions.digest(secret)[:12]}"
    )
    link = SimpleNamespace(
        email=email,
        address=f"{state.settings.base_url}/invitation/{secret}",
        until=now() + timedelta(hours=hours),
    )
    return _page(request, conn, person, link=link)


@router.post("/{account_id}/block")
def block(conn: Conn, person: Writer, account_id: str) -> Response:
    """Let an account in no more; end its sessions, and the links that would let it in again."""
    _set_disabled(conn, person, account_id, True)
    sessions.end_all(conn, account_id)
    accounts.end_invitations(conn, account_id)
    return go("/manage/people")


@router.post("/{account_id}/unblock")
def unblock(conn: Conn, person: Writer, account_id: str) -> Response:
    """Let an account in again."""
    _set_disabled(conn, person, account_id, False)
    return go("/manage/people")


def _set_disabled(conn: Connection, person: Person, account_id: str, disabled: bool) -> None:
    if account_id == person.account_id:
        raise Problem("yourself", 409, "You cannot block yourself. Another Review Manager can.")
    changed = conn.execute(update(account).where(account.c.id == account_id).values(disabled=disabled))
    if not changed.rowcount:
        raise not_found()
    audit.append(
        conn, person.account_id, person.role, "blocked" if disabled else "unblocked", f"account {account_id}"
    )


@router.post("/{account_id}/sign-out")
def sign_out_everywhere(conn: Conn, person: Writer, account_id: str) -> Response:
    """End every session of an account."""
    if conn.execute(select(account.c.id).where(account.c.id == account_id)).first() is None:
        raise not_found()
    ended = sessions.end_all(conn, account_id)
    audit.append(
        conn, person.account_id, person.role, "sessions-ended", f"account {account_id}", {"sessions": ended}
    )
    return go("/manage/people")
