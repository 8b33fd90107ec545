"""mark: write what a check found into the tracker's own Findings sheet, worst first, each linked to its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cvsb_xl.tracker.edits import Edit, Link, ReplaceRows, ShowSheet
from cvsb_xl.tracker.findings import SEVERITIES, Finding
from cvsb_xl.tracker.values import MAXIMUM_TEXT, Value

_TABLE = "findings"


def marks(findings: Sequence[Finding]) -> list[Edit]:
    """Return the edits that rewrite the Findings sheet, and show it while it holds something."""
    worst_first = sorted(findings, key=lambda item: SEVERITIES.index(item.severity))
    rows: list[Mapping[str, Value]] = []
    links: dict[tuple[int, str], Link] = {}
    for index, finding in enumerate(worst_first):
        place = "!".join(filter(None, (finding.sheet, finding.cell)))
        rows.append(
            {
                "number": index + 1,
                "severity": finding.severity.capitalize(),
                "code": finding.code,
                "where": place or None,
                "key": finding.key,
                "message": finding.message[:MAXIMUM_TEXT],
            }
        )
        if finding.sheet and finding.cell:
            links[index, "where"] = Link(finding.sheet, finding.cell)
    return [ReplaceRows(_TABLE, rows, links), ShowSheet(_TABLE, bool(rows))]
