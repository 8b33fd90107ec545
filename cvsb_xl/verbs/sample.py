"""The invented worked example: read schemas/sample/*.yaml as rows, with every date counted from the day it is built.

The files are plain YAML in which every value is text, so that "Yes" stays "Yes". Each file holds rows of one table or of
several (`actions: [...]`), so that one review and all that hangs on it can be read in one place. Dates are written
"-412d", "+6w" or "-14m": days, weeks or calendar months from the day of building, moved to a weekday (past ones back,
coming ones on, so that what is past stays past). Inside a text, "{-3m}" is such a date in words and "{+12m year}" its year.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dateutil.relativedelta import relativedelta

from cvsb_xl.errors import SchemaError
from cvsb_xl.framework.load import data_folder
from cvsb_xl.framework.schema import Field, Framework
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.values import RawValue
from cvsb_xl.tracker.wording import day_in_words

RawRow = dict[str, RawValue]

_MONTHS = "January February March April May June July August September October November December".split()
_OFFSET = re.compile(r"([+-]?\d+)([dwm])")
_IN_TEXT = re.compile(r"\{([+-]?\d+[dwm])( year)?\}")
_PLANTED = "planted.yaml"


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault put into the sample on purpose.

    Attributes:
        code: the rule that finds it.
        table, key, field: where; field is None for a fault of the whole row.
        why: what was done, in one line.
    """

    code: str
    table: str
    key: str
    field: str | None
    why: str


def sample_rows(framework: Framework, today: date, folder: Path | None = None) -> dict[str, list[RawRow]]:
    """Return the sample's rows: table name -> rows of field name -> raw value, in the order of their keys.

    Args:
        today: the day from which every date is counted.
        folder: where the files are; schemas/sample of this cvsb-xl when None.

    Raises:
        SchemaError: naming the file, where it names a table or a field that there is not.
    """
    rows: dict[str, list[RawRow]] = {}
    for path in sorted((folder or data_folder("schemas") / "sample").glob("*.yaml")):
        if path.name == _PLANTED:
            continue
        for name, raw_rows in _mapping(path).items():
            table = framework.tables.get(name)
            if table is None:
                raise SchemaError(f"{path}: {name} is no table of schemas/framework.yaml.")
            for raw in raw_rows:
                unknown = [field for field in raw if field not in table.by_name]
                if unknown:
                    raise SchemaError(f"{path}: {name} has no field {', '.join(unknown)}.")
                row = {field: _value(table[field], text, today) for field, text in raw.items() if text}
                rows.setdefault(name, []).append(row)
    for name, found in rows.items():
        table = framework[name]
        if table.id_prefix:
            found.sort(key=lambda row, key=table.key: natural(str(row.get(key) or "")))  # type: ignore[misc]
    return rows


def planted_faults(folder: Path | None = None) -> tuple[Planted, ...]:
    """Return the faults that were put into the sample on purpose, each at the cell it stands in."""
    content = _mapping((folder or data_folder("schemas") / "sample") / _PLANTED)
    return tuple(
        Planted(item["code"], item["table"], item["key"], item.get("field"), item["why"])
        for item in content["planted"]
    )


def natural_findings(folder: Path | None = None) -> Mapping[str, str]:
    """Return rule code -> why the sample has findings of it without any being planted, such as overdue actions."""
    content: Mapping[str, Mapping[str, str]] = _mapping(
        (folder or data_folder("schemas") / "sample") / _PLANTED
    )
    return content["also"]


def _mapping(path: Path) -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every value stays text: Yes is no True
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - builds text alone
    except OSError as error:
        raise SchemaError(f"{path}: cannot be read ({error.strerror}).") from error
    except yaml.YAMLError as error:
        raise SchemaError(f"{path}: is not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise SchemaError(f"{path}: should hold one mapping of names to values.")
    return content


def _value(field: Field, text: str, today: date) -> RawValue:
    if field.type == "date" and _OFFSET.fullmatch(text):
        return on_weekday(text, today)
    if field.type == "integer" and text.isdigit():
        return int(text)
    return _IN_TEXT.sub(lambda found: _in_words(on_weekday(found[1], today), found[2]), text)


def _in_words(day: date, year_alone: str | None) -> str:
    return str(day.year) if year_alone else day_in_words(day)


def on_weekday(offset: str, today: date) -> date:
    """Return the day that "-412d", "+6w" or "-14m" means, counted from today and moved off a weekend, away from today."""
    found = _OFFSET.fullmatch(offset)
    if found is None:
        raise SchemaError(f'schemas/sample: "{offset}" is no offset such as -412d, +6w or -14m.')
    count = int(found[1])
    months, days = (count, 0) if found[2] == "m" else (0, count * (7 if found[2] == "w" else 1))
    day: date = today + relativedelta(months=months, days=days)
    over = day.weekday() - 4  # Saturday 1, Sunday 2
    if over <= 0 or count == 0:
        return day
    return day - timedelta(days=over) if count < 0 else day + timedelta(days=3 - over)
