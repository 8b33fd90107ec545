"""The service's keys: random, made at the first start, in files that only its own user can read."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from cvsb_xl.errors import CannotDo

AUDIT, SECRETS = "audit.key", "secrets.key"


def key_in(folder: Path, name: str) -> str:
    """Return a key: 64 hexadecimal characters; make it where there is none.

    Raises:
        CannotDo: it cannot be read, or is no key.
    """
    path = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            # Written beside and linked into place, so that of two processes that start at once both read the same whole key.
            beside = folder / f".{name}.{secrets.token_hex(8)}"
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(beside, path)
            beside.unlink()
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotDo(f"The key {path} cannot be read.") from error
    if len(text) != 64 or any(letter not in "0123456789abcdef" for letter in text):
        raise CannotDo(
            f"{path} is no key of this service. Put back the one from the backup of the data folder."
        )
    return text
