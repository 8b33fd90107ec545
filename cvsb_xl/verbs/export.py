"""`export`: every table as a CSV, and the data package that describes them (Frictionless Data Package, version 1).

Pure: the documents are CsvTable rows of text and the package's descriptor as data; outputs/csvs.py turns them into bytes. The
tracker's key and the rest of its hidden sheets are in no table, so they are in no export.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.schema import Table
from cvsb_xl.tracker.tables import TableData, Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.verbs.outcome import Context, Outcome

PACKAGE_NAME = "cvsb-tracker"
PACKAGE_FILE = "datapackage.json"
_OF_THE_SCHEMA = ("fields", "primaryKey", "foreignKeys")
_OF_THE_TABLE = (
    "sheet",
    "sheet_cy",
    "kind",
    "shown",
    "id_prefix",
    "insertable",
    "issued",
    "issued_context",
    "append_only",
)
"""Our own properties of a table, as schemas/ has them; they go beside the resource's standard ones."""

_RUNS = re.compile(r"'*[=+\-@\t\r]")
_DESCRIPTION = (
    "Every table of the tracker as it stood. Dates are ISO 8601; what could not be read as its column's type stands as it was "
    "typed. Text that begins with = + - @ or a tab has an apostrophe before it, so that no spreadsheet runs it as a formula; "
    "text that begins with apostrophes and then one of these has one more. To get the text back, take one apostrophe away "
    "wherever apostrophes are followed by one of these. Numbers and dates have none."
)


@dataclass(frozen=True)
class CsvTable:
    """One table as text.

    Attributes:
        file: such as "actions.csv".
        rows: the field names first, then a list of cells for each row; blank is "".
    """

    file: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class ExportReport:
    """What was exported.

    Attributes:
        rows: table -> how many rows.
        missing: sheets that the tracker does not have.
        left_out: sheet -> headings of the person's own columns, which no schema describes.
        apostrophes: how many cells were given an apostrophe.
    """

    rows: Mapping[str, int]
    missing: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]]
    apostrophes: int


def export(tracker: Tracker, context: Context) -> Outcome:
    """Return the tables and the package's descriptor.

    Returns:
        An outcome without edits whose report is an ExportReport and whose documents are a CsvTable for each table, and last
        the descriptor, a dict.

    Raises:
        CannotDo: when the tracker has no table at all.
    """
    found = {name: data for name, data in tracker.tables.items() if data.found and data.header_row}
    if not found:
        raise CannotDo(f"{tracker.name} has none of the tracker's tables, so there is nothing to export.")
    tables = {name: csv_table(data) for name, data in found.items()}
    resources = [_resource(data.schema, set(found)) for data in found.values()]
    descriptor = {
        "name": PACKAGE_NAME,
        "profile": "tabular-data-package",
        "title": f"{tracker.setting('board_name')}: {tracker.name}",
        "description": _DESCRIPTION,
        "created": context.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "schema_version": tracker.framework.version,
        "resources": resources,
    }
    report = ExportReport(
        {name: len(table.rows) - 1 for name, table in tables.items()},
        tuple(data.schema.sheet for name, data in tracker.tables.items() if name not in found),
        {data.schema.sheet: tuple(data.unknown) for data in found.values() if data.unknown},
        sum(
            _needs_apostrophe(row[name])
            for data in found.values()
            for row in data
            for name in data.schema.by_name
        ),
    )
    return Outcome(report=report, documents=[*tables.values(), descriptor])


def csv_table(data: TableData) -> CsvTable:
    """Return a table's rows as text under its field names, every field in the schema's order."""
    names = list(data.schema.by_name)
    return CsvTable(
        f"{data.schema.name}.csv", [names, *([csv_cell(row[name]) for name in names] for row in data)]
    )


def csv_cell(value: Value) -> str:
    """Return a value as a CSV cell; text that a spreadsheet would run gets an apostrophe before it."""
    text = as_text(value)
    return f"'{text}" if _needs_apostrophe(value) else text


def _needs_apostrophe(value: Value) -> bool:
    return isinstance(value, str) and bool(_RUNS.match(as_text(value)))


def _resource(table: Table, exported: set[str]) -> dict[str, Any]:
    raw = table.descriptor
    schema = {name: raw[name] for name in _OF_THE_SCHEMA if raw.get(name)}
    keys, left_out = _foreign_keys(table, exported)
    schema.pop("foreignKeys", None)
    if keys:
        schema["foreignKeys"] = keys
    if left_out:
        schema["foreign_keys_left_out"] = left_out
    schema["missingValues"] = [""]
    return {
        "name": table.name,
        "path": f"{table.name}.csv",
        "profile": "tabular-data-resource",
        "title": table.sheet,
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
        "schema": schema,
        **{name: raw[name] for name in _OF_THE_TABLE if name in raw},
    }


def _foreign_keys(table: Table, exported: set[str]) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return the foreign keys that the standard can say, and the others with the reason."""
    keys: list[dict[str, Any]] = []
    left_out: list[dict[str, str]] = []
    for link in table.foreign_keys:
        if link.also_allowed:
            reason = f"may also be {', '.join(link.also_allowed)}, which a foreign key cannot say; cvsb check knows"
            left_out.append({"field": link.field, "reference": link.table, "reason": reason})
        elif link.table not in exported:
            left_out.append(
                {"field": link.field, "reference": link.table, "reason": "the tracker lacks that sheet"}
            )
        else:
            # The standard names a table's own resource by an empty string.
            resource = "" if link.table == table.name else link.table
            keys.append(
                {"fields": [link.field], "reference": {"resource": resource, "fields": [link.to_field]}}
            )
    return keys, left_out
