"""A return as JSON and back: what a child process sends its parent of a file that it has read as a return."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from cvsb_xl.framework.schema import Framework
from cvsb_xl.merge.columns import sheet_columns
from cvsb_xl.merge.returned import Return, ReturnedCell, ReturnedRow, ReturnedTable
from cvsb_xl.merge.sheet import SheetColumn
from cvsb_xl.tracker.findings import SEVERITIES, Finding
from cvsb_xl.xlsx.wire import text_of, value_of, written

Columns = Mapping[str, Mapping[str, SheetColumn]]
"""Table -> column name -> column, of every issued table."""


def issued_columns(framework: Framework) -> Columns:
    """The columns that a return may have."""
    return {
        table.name: {column.name: column for column in sheet_columns(table, framework)}
        for table in framework.issued_tables
    }


def return_to_json(ret: Return) -> bytes:
    """The return as JSON, but for its file's name."""
    told = {
        "carrier": dict(ret.carrier),
        "tables": {
            name: [
                table.sheet,
                list(table.columns),
                [
                    [
                        row.number,
                        row.key,
                        {name: [c.value, c.address, c.formula] for name, c in row.cells.items()},
                    ]
                    for row in table.rows
                ],
            ]
            for name, table in ret.tables.items()
        },
        "modified": ret.modified,
        "digest": ret.digest,
        "reviewed_by": ret.reviewed_by,
        "reviewed_on": ret.reviewed_on.isoformat() if ret.reviewed_on else None,
        "findings": [asdict(item) for item in ret.findings],
    }
    return json.dumps(told, default=written, check_circular=False).encode("ascii")


def return_from_json(said: bytes, file: str, columns: Columns) -> Return:
    """The return again.

    Args:
        file: its file's name.
        columns: those of `issued_columns`: a return that names others is none.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it is no return.
    """
    told: Mapping[str, Any] = json.loads(said)
    by, on = told["reviewed_by"], told["reviewed_on"]
    return Return(
        file,
        {text_of(name): text_of(value) for name, value in told["carrier"].items()},
        {name: _table(columns[name], *table) for name, table in told["tables"].items()},
        text_of(told["modified"]),
        text_of(told["digest"]),
        None if by is None else text_of(by),
        None if on is None else date.fromisoformat(on),
        tuple(_finding(item) for item in told["findings"]),
    )


def _table(columns: Mapping[str, SheetColumn], sheet: object, names: list[str], rows: Any) -> ReturnedTable:
    return ReturnedTable(
        text_of(sheet),
        {name: columns[name] for name in names},
        tuple(_row(columns, *row) for row in rows),
    )


def _row(columns: Mapping[str, SheetColumn], number: int, key: object, cells: Any) -> ReturnedRow:
    found = {
        columns[name].name: ReturnedCell(value_of(value), text_of(address), bool(formula))
        for name, (value, address, formula) in cells.items()
    }
    return ReturnedRow(int(number), text_of(key), found)


def _finding(told: Mapping[str, Any]) -> Finding:
    if told["severity"] not in SEVERITIES:
        raise ValueError(told["severity"])
    return Finding(**{name: None if value is None else text_of(value) for name, value in told.items()})  # type: ignore[arg-type]
