"""Hold back an agency sheet that would carry somebody's NHS number, date of birth or address out of the board.

The others go out. A finding that is waived holds nothing back; the waiver stands in Waivers with who granted it, and the
change log has the row.
"""

from __future__ import annotations

from collections.abc import Sequence

from cvsb_xl.merge.columns import LAST_DECISION, last_of
from cvsb_xl.merge.sheet import AgencySheet
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import as_text
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.overview import last_answers

_OVERVIEW = {
    "reviews": ("Review ID", ("title",)),
    "actions": ("Action ID", ("action",)),
}
"""What the overview shows of other tables: the column with the row's key, and the fields beside it."""


def held_back(tracker: Tracker, context: Context, sheets: Sequence[AgencySheet]) -> dict[str, list[Finding]]:
    """Return, for each agency whose sheet must not go out, the privacy errors in what it would show."""
    errors = [
        finding
        for finding in check(tracker, context, select=["P"]).findings
        if finding.severity == "error" and finding.key and finding.field
    ]
    if not errors:
        return {}
    held: dict[str, list[Finding]] = {}
    for sheet in sheets:
        shown = _shown(tracker, sheet)
        found = [item for item in errors if (item.table, item.key, item.field) in shown]
        if found:
            held[sheet.agency] = found
    return held


def _shown(tracker: Tracker, sheet: AgencySheet) -> set[tuple[str, str, str]]:
    """Return (table, key, field) of every tracker cell whose words the sheet shows."""
    shown: set[tuple[str, str, str]] = set()
    answers = last_answers(tracker)
    for table in sheet.tables:
        schema = table.table
        own = {column.name for column in table.columns}
        own_fields = {name.removeprefix(last_of("")) for name in own}
        for row in table.rows:
            key = as_text(row[schema.key])
            shown |= {(schema.name, key, name) for name in own_fields}
            if schema.context:
                held = tracker[schema.name].by_key.get(key)
                parent = held.text(schema.context.by) if held else ""
                shown |= {(schema.context.table, parent, name) for name in schema.context.fields}
                if LAST_DECISION in own and parent in answers:
                    shown.add(("decisions", tracker["decisions"].key_of(answers[parent]), "reason"))
    for table_name, (heading, fields) in _OVERVIEW.items():
        keys = {as_text(row.get(heading)) for row in sheet.overview}
        shown |= {(table_name, key, name) for key in keys for name in fields}
    reviews = {as_text(row.get("Review ID")) for row in sheet.overview}
    for recommendation in tracker["recommendations"]:
        if recommendation.text("review_id") in reviews:
            shown.add(("recommendations", recommendation.text("recommendation_id"), "recommendation"))
    return shown
