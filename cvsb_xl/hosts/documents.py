"""Write the documents a verb made: all of them appear, or none does."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from cvsb_xl.errors import CannotSave


def make_folder(folder: Path) -> None:
    """Make a folder, in words where it cannot be made.

    Raises:
        CannotSave: when it is a file, or may not be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise CannotSave(f"{folder} is a file, not a folder; give the name of a folder.") from error
    except OSError as error:
        raise CannotSave(
            f"{folder} cannot be made ({error.strerror}). Choose a folder you may write to."
        ) from error


def write_together(files: Mapping[Path, bytes], before_they_appear: Callable[[], None] | None = None) -> None:
    """Write files under temporary names, do what must succeed first, then let all of them appear.

    Args:
        before_they_appear: such as saving the tracker that says they were issued; when it fails, no file appears.

    Raises:
        CannotSave: when a file cannot be written; nothing has appeared then.
    """
    temporary: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            temporary[path] = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
            temporary[path].write_bytes(data)
        if before_they_appear is not None:
            before_they_appear()
        for path, temp in temporary.items():
            temp.replace(path)
    except OSError as error:
        raise CannotSave(
            f"{error.filename or 'The files'} cannot be written ({error.strerror}). "
            "Choose a folder you may write to, with enough room on its disk."
        ) from error
    finally:
        for temp in temporary.values():
            temp.unlink(missing_ok=True)
