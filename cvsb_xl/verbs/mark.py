"""mark: write what a check found into the tracker's own Findings sheet, worst first, each linked to its cell.

The cells themselves are never touched: a tracker's sheets carry a conditional format (books/marks.py) that outlines a cell while
Findings names it, so a person's own colours and notes stay, and a mark goes when its finding goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cvsb_xl.tracker.edits import Edit, Link, ReplaceRows, ShowSheet
from cvsb_xl.tracker.findings import SEVERITIES, Finding
from cvsb_xl.tracker.tables import Tracker, column_letters
from cvsb_xl.tracker.values import MAXIMUM_TEXT, Value

_TABLE = "findings"


def marks(tracker: Tracker, findings: Sequence[Finding]) -> list[Edit]:
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
                "heading": _heading(tracker, finding),
                "message": finding.message[:MAXIMUM_TEXT],
            }
        )
        if finding.sheet and finding.cell:
            links[index, "where"] = Link(finding.sheet, finding.cell)
    return [ReplaceRows(_TABLE, rows, links), ShowSheet(_TABLE, bool(rows))]


def _heading(tracker: Tracker, finding: Finding) -> str | None:
    """The heading over the finding's cell; a finding about a whole row stands at its key."""
    data = tracker.tables.get(finding.table or "")
    if data is None or not finding.cell:
        return None
    letters = finding.cell.rstrip("0123456789")
    at = {column_letters(column): name for name, column in data.columns.items()}
    return data.schema[at[letters]].heading(tracker.language) if letters in at else None
