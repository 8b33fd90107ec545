"""A publication as JSON, as `cvsb publish` sends it and the service keeps it; and the tracker that its tables make.

{"format": 1, "tracker_id", "name", "language", "schema_version", "as_at", "log": {"seq", "head"},
 "previous": the id of the publication before, or null,
 "tables": {table: [{field: value}]},          values as in hosts/json.py; blanks left out
 "sheets": [{"sheet_id", "agency", "issued_at", "due_back_on", "base_digest", "file": base64 of the workbook}]}
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.json import value_from, value_to
from cvsb_xl.merge.sheet import AgencySheet
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.publish import FORMAT, Publication, base_digest


def publication_json(
    publication: Publication, files: Mapping[str, bytes], previous: str | None
) -> dict[str, Any]:
    """Return what is sent.

    Args:
        files: sheet_id -> the agency's workbook.
        previous: the id of the publication that this one follows.
    """
    seq, chain = publication.log
    return {
        "format": FORMAT,
        "tracker_id": publication.tracker_id,
        "name": publication.name,
        "language": publication.language,
        "schema_version": publication.schema_version,
        "as_at": publication.as_at,
        "log": {"seq": seq, "head": chain},
        "previous": previous,
        "tables": {
            name: [{field: value_to(value) for field, value in row.items()} for row in rows]
            for name, rows in publication.tables.items()
        },
        "sheets": [_sheet(sheet, files[sheet.sheet_id]) for sheet in publication.sheets],
    }


def _sheet(sheet: AgencySheet, file: bytes) -> dict[str, Any]:
    return {
        "sheet_id": sheet.sheet_id,
        "agency": sheet.agency,
        "issued_at": sheet.issued_at.astimezone(UTC).isoformat(timespec="seconds"),
        "due_back_on": sheet.due_back_on.isoformat() if sheet.due_back_on else None,
        "base_digest": base_digest(sheet.carrier),
        "file": base64.b64encode(file).decode("ascii"),
    }


def tracker_from(
    framework: Framework,
    tables: Mapping[str, Iterable[Mapping[str, Any]]],
    meta: Mapping[str, str],
    name: str,
) -> Tracker:
    """Return the tracker that published tables make, without its key: it can neither sign nor be saved.

    Args:
        meta: "tracker_id", "language" and "schema_version".

    Raises:
        CannotDo: when a table, a field or a value is none that a tracker has.
    """
    rows = {}
    for table, given in tables.items():
        schema = framework.tables.get(table)
        if schema is None:
            raise CannotDo(
                f"The publication has a table {table[:60]!r}, which this version of cvsb-xl does not know."
            )
        try:
            rows[table] = [{field: value_from(value) for field, value in row.items()} for row in given]
        except (ValueError, TypeError, AttributeError) as error:
            raise CannotDo(f"The publication's table {table} holds a value that no cell holds.") from error
        unknown = {field for row in rows[table] for field in row} - set(schema.by_name)
        if unknown:
            raise CannotDo(
                f"The publication's table {table} has a field {min(unknown)[:60]!r}, which this version of cvsb-xl does "
                "not know."
            )
    return tracker_of(framework, rows, meta, name)
