"""What `cvsb publish` and `cvsb pull` share: which service, whether this tracker follows what it has, and what waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cvsb_xl.commands.common import note
from cvsb_xl.errors import CannotDo
from cvsb_xl.hosts.connections import Outbox, Parcel, token_for
from cvsb_xl.hosts.elsewhere import tracker_at
from cvsb_xl.hosts.file import OpenTracker
from cvsb_xl.hosts.remote import Latest, Refused, Remote, address_of
from cvsb_xl.hosts.runs import program_home
from cvsb_xl.tracker.wording import day_in_words
from cvsb_xl.verbs.publish import holds_head

SERVICE_SETTING = "service_address"


@dataclass(frozen=True)
class Service:
    """A service that this user is connected to, and what waits for it."""

    remote: Remote
    outbox: Outbox

    @property
    def address(self) -> str:
        return self.remote.address


def service_for(opened: OpenTracker, url: str | None) -> Service:
    """Return the service that was named, or the one that Settings names.

    Raises:
        CannotDo: none is named, or there is no token for it.
    """
    given = url or opened.tracker.setting(SERVICE_SETTING)
    if not given:
        raise CannotDo(
            f"Nothing says which service to use. Write its address into Settings ({SERVICE_SETTING}), or name it on the "
            "command line: --to or --from https://..."
        )
    address = address_of(given)
    token = token_for(program_home(), address)
    if not token:
        raise CannotDo(
            f"This computer is not connected to {address} yet. Sign in there, make a token on the page Tokens, then: "
            f"cvsb connect {address}"
        )
    tracker_id = opened.tracker.meta.get("tracker_id", "")
    if not tracker_id or not opened.tracker.meta.get("key"):
        raise CannotDo(
            f"{opened.path.name} has lost the hidden sheet that says which tracker it is. Take the tracker from "
            ".cvsb-backups beside it."
        )
    return Service(Remote(address, token), Outbox(program_home(), address, tracker_id))


def is_open_elsewhere(opened: OpenTracker) -> bool:
    """Tell whether the tracker is open in Excel: what is changed in it is saved only after the command has ended."""
    return tracker_at(opened.path) is not None


def require_follows(opened: OpenTracker, latest: Latest | None, address: str) -> None:
    """Refuse to go on when the service has another tracker, or a state that this copy of the tracker never had.

    Raises:
        CannotDo: saying who published what, and what to do.
    """
    if latest is None:
        return
    if latest.tracker_id != opened.tracker.meta["tracker_id"]:
        raise CannotDo(
            f"{address} serves another tracker, not {opened.path.name}; one service serves one tracker. Check the address."
        )
    if not holds_head(opened.tracker, latest.log):
        raise CannotDo(
            f"{latest.by} published a newer state of this tracker on {when(latest.at)} (up to change {latest.log[0]} of its "
            f"log), and {opened.path.name} does not have it: it is an older copy, or was changed side by side with the other. "
            f"Nothing was sent or changed. Work on in the file that {latest.by} published from; what was changed in this "
            f"one is in its sheet Change log."
        )


def send_waiting(service: Service, opened: OpenTracker) -> list[Parcel]:
    """Send what an earlier run has left; return what has arrived now. What was never saved in the tracker is dropped."""
    arrived = []
    for parcel in service.outbox:
        if holds_head(opened.tracker, parcel.log):
            try:
                if send(service, parcel):
                    arrived.append(parcel)
            except Refused as error:
                if error.code != "stale":
                    raise
                note(f"{parcel.about} came too late and was not taken. {error}")
        else:
            service.outbox.take_out(parcel)
            note(f"{parcel.about} was not sent: the tracker was not saved then, so it will be made anew.")
    return arrived


def send(service: Service, parcel: Parcel) -> bool:
    """Send one parcel and take it out of the outbox; False when the service has no use for it, which is said.

    Raises:
        Unreachable: it stays in the outbox, for the next run.
        Refused: the token is not accepted; it stays likewise.
    """
    try:
        if parcel.kind == "receipt":
            service.remote.receipt(parcel.key, parcel.body)
        else:
            service.remote.publish(parcel.key, parcel.body)
    except Refused as error:
        if error.status in (401, 403, 429):
            raise
        service.outbox.take_out(parcel)
        if parcel.kind == "receipt":
            note(f"{parcel.about} was not taken: {error}")
            return False
        raise
    service.outbox.take_out(parcel)
    return True


def when(iso: str) -> str:
    """Return a time of the service as people say it here: "3 March 2027 at 14:05"."""
    try:
        at = datetime.fromisoformat(iso).astimezone()
    except ValueError:
        return iso
    return f"{day_in_words(at.date())} at {at:%H:%M}"
