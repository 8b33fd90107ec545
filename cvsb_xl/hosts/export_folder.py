"""The folder that an export goes into: empty, or holding an earlier export and nothing else of value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from cvsb_xl.errors import CannotSave
from cvsb_xl.hosts.documents import make_folder, write_together
from cvsb_xl.verbs.export import PACKAGE_FILE, PACKAGE_NAME


def earlier_files(folder: Path) -> set[str]:
    """Return the names of an earlier export's files; none for a folder that is empty or not there yet.

    Raises:
        CannotSave: when the folder is a file, or holds something that is no earlier export.
    """
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise CannotSave(f"{folder} is a file, not a folder; give the name of a folder.")
    try:
        names = {item.name for item in folder.iterdir()}
        if not names:
            return set()
        package = json.loads((folder / PACKAGE_FILE).read_text(encoding="utf-8"))
        ours = package["name"] == PACKAGE_NAME
        files = {Path(resource["path"]).name for resource in package["resources"]} | {PACKAGE_FILE}
    except (OSError, ValueError, KeyError, TypeError):
        ours, files = False, set()
    if not ours:
        raise CannotSave(
            f"{folder} holds other files. An export goes into an empty folder, or over an earlier export; give another folder."
        )
    return files & names


def write_export(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of an export; all of them appear, or none does. Tables of an earlier export that are no more go.

    Raises:
        CannotSave: when the folder holds something else, or cannot be written.
    """
    before = earlier_files(folder)
    make_folder(folder)
    write_together({folder / name: data for name, data in files.items()})
    for name in before - set(files):
        (folder / name).unlink(missing_ok=True)
