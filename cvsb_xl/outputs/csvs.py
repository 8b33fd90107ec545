"""An export as bytes: CSVs (RFC 4180, UTF-8) and datapackage.json."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from cvsb_xl.verbs.export import PACKAGE_FILE, CsvTable


def csv_bytes(table: CsvTable) -> bytes:
    """Return a table as CSV: comma, double quotes where needed, CRLF after each record, UTF-8 without a byte order mark."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(table.rows)
    return text.getvalue().encode()


def package_bytes(descriptor: Mapping[str, Any]) -> bytes:
    """Return the descriptor as JSON."""
    return (json.dumps(descriptor, ensure_ascii=False, indent=2, default=str) + "\n").encode()


def export_files(documents: Sequence[CsvTable | Mapping[str, Any]]) -> dict[str, bytes]:
    """Return file name -> bytes for the documents of an export."""
    return {
        item.file if isinstance(item, CsvTable) else PACKAGE_FILE: (
            csv_bytes(item) if isinstance(item, CsvTable) else package_bytes(item)
        )
        for item in documents
    }
