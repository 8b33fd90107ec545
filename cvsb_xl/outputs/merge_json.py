"""The merge's report as JSON.

    {"read", "applied", "unchanged", "conflicts", "rejected",
     "returns": [{"file", "sheet_id", "agency", "state", "read", "applied", "unchanged", "conflicts", "rejected",
                  "findings": [{"code", "name", "severity", "message", "sheet", "cell", "table", "key", "field"}],
                  "cells": [{"table", "key", "field", "outcome", "reason", "code", "base", "tracker", "returned",
                             "returned_cell", "tracker_cell", "detail", "proposal"}]}],
     "passed_over"}

`state` is "merged", "repeated" (this return was merged before) or "refused"; `outcome` is "applied", "conflict" or "rejected";
`reason` a name in merge/reasons.py. `code` and `detail` say why a value cannot be read, and `proposal` what it may have meant;
they are null elsewhere. `base`, `tracker` and `returned` are numbers, texts or null; dates are ISO text. `passed_over`, which the
command adds, names what lay in the folders and was not read.
"""

from __future__ import annotations

from typing import Any

from cvsb_xl.merge.result import CellOutcome, MergeReport, ReturnResult
from cvsb_xl.tracker.values import Value, as_text


def merge_json(report: MergeReport) -> dict[str, Any]:
    """Return the report as plain values; `cells` holds all but the unchanged."""
    counts = report.counts
    return {
        "read": report.read,
        "applied": counts.applied,
        "unchanged": counts.unchanged,
        "conflicts": counts.conflicts,
        "rejected": counts.rejected,
        "returns": [_return(result) for result in report.returns],
    }


def _return(result: ReturnResult) -> dict[str, Any]:
    counts = result.counts
    return {
        "file": result.file,
        "sheet_id": result.sheet_id,
        "agency": result.agency,
        "state": result.state,
        "read": result.read,
        "applied": counts.applied,
        "unchanged": counts.unchanged,
        "conflicts": counts.conflicts,
        "rejected": counts.rejected,
        "findings": [item.as_json() for item in result.findings],
        "cells": [_cell(cell) for cell in result.cells],
    }


def _cell(cell: CellOutcome) -> dict[str, Any]:
    return {
        "table": cell.table,
        "key": cell.key,
        "field": cell.field,
        "outcome": cell.outcome,
        "reason": cell.reason,
        "code": cell.code or None,
        "base": _plain(cell.base),
        "tracker": _plain(cell.tracker),
        "returned": _plain(cell.returned),
        "returned_cell": cell.returned_cell,
        "tracker_cell": cell.tracker_cell,
        "detail": cell.detail or None,
        "proposal": _plain(cell.proposal),
    }


def _plain(value: Value) -> object:
    return value if value is None or isinstance(value, bool | int | float) else as_text(value)
