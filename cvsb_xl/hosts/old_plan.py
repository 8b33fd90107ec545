"""Read an old tracker or action plan from disk, and the map that says where its columns and owners go."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cvsb_xl.errors import CannotSave, UnusableFile
from cvsb_xl.hosts.file import read_file
from cvsb_xl.merge.sheet import CARRIER_SHEET
from cvsb_xl.verbs.take_over import OldWorkbook, TakeOver
from cvsb_xl.verbs.taking_over.matching import NOTES
from cvsb_xl.verbs.taking_over.old_plan import OldSheet
from cvsb_xl.xlsx.merged import merged_areas
from cvsb_xl.xlsx.read import read_book


def read_old_workbook(path: Path) -> OldWorkbook:
    """Read every sheet that is not very hidden.

    Raises:
        UnusableFile: when the file is missing, is a folder, is no workbook, or is not safe to read.
    """
    data = read_file(path, "old plan")
    book = read_book(data, name=path.name, formulas=False)
    if any(name.casefold() == CARRIER_SHEET for name in book.sheets):
        raise UnusableFile(
            f"{path.name} is a tracker or an agency sheet already, not an old plan. To take in a returned sheet: cvsb merge."
        )
    merged = merged_areas(data)
    return OldWorkbook(
        path.name,
        [
            OldSheet(name, sheet.grid, tuple(merged.get(name, ())))
            for name, sheet in book.sheets.items()
            if sheet.state != "veryHidden"
        ],
        hashlib.sha256(data).hexdigest()[:8],
    )


def read_map(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return a map's columns (heading -> field or "notes") and owners (words -> code, "person" or "text").

    A YAML file has the two under "columns" and "owners"; a CSV file has a heading and a field in each line.

    Raises:
        UnusableFile: when the file is missing or is not laid out so.
    """
    try:
        text = read_file(path, "map").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableFile(f"{path} is not UTF-8 text. Save it as a CSV UTF-8 or YAML file.") from error
    if path.suffix.lower() == ".csv":
        return _csv_map(path, text), {}
    return _yaml_map(path, text)


def _csv_map(path: Path, text: str) -> dict[str, str]:
    columns = {}
    for number, line in enumerate(csv.reader(io.StringIO(text)), 1):
        cells = [cell.strip() for cell in line]
        if not any(cells) or (
            number == 1 and [cell.casefold() for cell in cells[:2]] == ["heading", "field"]
        ):
            continue
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise UnusableFile(f"{path}, line {number}: needs a heading, a comma, and a field or {NOTES}.")
        columns[cells[0]] = cells[1]
    return columns


def _yaml_map(path: Path, text: str) -> tuple[dict[str, str], dict[str, str]]:
    import yaml

    try:
        raw: Any = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise UnusableFile(f"{path} is not valid YAML: {error}") from error
    parts = raw if isinstance(raw, dict) else {"": raw}
    if set(parts) - {"columns", "owners"} or not all(isinstance(part or {}, dict) for part in parts.values()):
        raise UnusableFile(
            f'{path}: a map has "columns:" and "owners:", each with one "words: where they go" to a line. '
            "cvsb import ... --write-map FILE writes one to start from."
        )
    return _strings(parts.get("columns")), _strings(parts.get("owners"))


def _strings(part: Mapping[Any, Any] | None) -> dict[str, str]:
    return {str(key): NOTES if value is None else str(value) for key, value in (part or {}).items()}


def write_map(path: Path, report: TakeOver) -> None:
    """Write the mapping as a YAML map, ready to be changed.

    Raises:
        CannotSave: when a file of that name is there already, or cannot be written.
    """
    import yaml

    columns = {
        item.column.heading: item.target or NOTES for sheet in report.sheets for item in sheet.placements
    }
    owners = {words: taken for words, taken in report.owners.items() if " + " not in taken}
    text = (
        f"# Where the columns and owners of {report.file} go. Change what is wrong, then run cvsb import with --map.\n"
        f"# columns: a field such as actions.due_on, or {NOTES} (kept in words beside the row).\n"
        "# owners: an agency's code (a new one is added), person (a person or a role), or text (kept in words).\n"
    ) + yaml.safe_dump({"columns": columns, "owners": owners}, allow_unicode=True, sort_keys=False, width=200)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise CannotSave(
            f"{path} is there already; give the map another name, or delete it first."
        ) from error
    except OSError as error:
        raise CannotSave(
            f"{path} cannot be written ({error.strerror}). Choose a folder you may write to."
        ) from error
