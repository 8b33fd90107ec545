"""What this user's program home keeps of services: the token for each, and what still has to be sent to it.

It lies where only the user can read; nothing of it is ever in the workbook. What waits to be sent is written before the
tracker is saved and goes out only when the tracker's log shows that it was: so neither a lost connection nor a workbook
that could not be saved loses anything or says what was not done.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cvsb_xl.errors import CannotDo, CannotSave

_TOKENS = "services.json"
_WAITING = "to-send"


def token_for(home: Path, address: str) -> str:
    """Return the token for a service; "" when there is none."""
    return str(_tokens(home).get(address, ""))


def known_services(home: Path) -> list[str]:
    """Return the addresses of the services this user is connected to."""
    return sorted(_tokens(home))


def keep_token(home: Path, address: str, token: str) -> None:
    """Keep the token for a service; a blank one is forgotten.

    Raises:
        CannotSave: the file cannot be written.
    """
    tokens = {**_tokens(home), address: token}
    _write_private(
        home / _TOKENS, json.dumps({name: held for name, held in tokens.items() if held}, indent=1)
    )


def _tokens(home: Path) -> dict[str, Any]:
    try:
        found = json.loads((home / _TOKENS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CannotDo(
            f"{home / _TOKENS} cannot be read. Remove it, then connect again: cvsb connect ADDRESS"
        ) from error
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Parcel:
    """Something that waits to be sent: a publication, or the receipt of a return.

    Attributes:
        kind: "publication" or "receipt"; key: the publication's key, or the return's id.
        log: the head that the tracker's log has once what the parcel tells was saved.
        about: what to call it to a person.
    """

    kind: str
    key: str
    tracker_id: str
    address: str
    log: tuple[int, str]
    about: str
    body: dict[str, Any]


class Outbox:
    """The parcels that wait for one service, from one tracker."""

    def __init__(self, home: Path, address: str, tracker_id: str) -> None:
        name = hashlib.sha256(f"{address}\n{tracker_id}".encode()).hexdigest()[:24]
        self.tracker_id = tracker_id
        self._folder = home / _WAITING / name

    def put(self, parcel: Parcel) -> None:
        """Keep a parcel until it is taken out; the same key again replaces it.

        Raises:
            CannotSave: it cannot be written.
        """
        _write_private(self._path(parcel), json.dumps(asdict(parcel), ensure_ascii=True))

    def __iter__(self) -> Iterator[Parcel]:
        """Yield the parcels, receipts first: they tell of what the next publication shows."""
        found = []
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ():
            try:
                held = json.loads(path.read_text(encoding="ascii"))
                found.append(Parcel(**{**held, "log": (int(held["log"][0]), str(held["log"][1]))}))
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise CannotDo(
                    f"{path} waits to be sent, and cannot be read. Move it away, then run this again."
                ) from error
        yield from sorted(found, key=lambda parcel: parcel.kind != "receipt")

    def take_out(self, parcel: Parcel) -> None:
        """Forget a parcel: it has arrived, or tells of what never came to be."""
        with contextlib.suppress(FileNotFoundError):
            self._path(parcel).unlink()

    def _path(self, parcel: Parcel) -> Path:
        # A name of our own making: keys come from the service.
        return self._folder / f"{parcel.kind}-{hashlib.sha256(parcel.key.encode()).hexdigest()[:24]}.json"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only the user can read, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise CannotSave(f"{path} cannot be written ({error.strerror}). Nothing was sent.") from error
    finally:
        temporary.unlink(missing_ok=True)
