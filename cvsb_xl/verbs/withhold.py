"""Hold back an agency sheet that would carry somebody's NHS number, date of birth or address out of the board.

The others go out. A finding that is waived holds nothing back: it is told which sheet it went out on, and by whose leave, and
the change log says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cvsb_xl.merge.columns import LAST_DECISION, last_of
from cvsb_xl.merge.sheet import AgencySheet
from cvsb_xl.rules.waivers import Waived
from cvsb_xl.tracker.edits import AppendRow
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.log import Entry, LoggedChange, log_rows
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import as_text
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.overview import last_answers, shown_heading

_OVERVIEW = {
    "reviews": ("Review ID", ("title",)),
    "actions": ("Action ID", ("action",)),
}
"""What the overview shows of other tables: the column with the row's key, and the fields beside it."""


WAIVED = "sent under a waiver"
"""The verb under which the log tells what went out although a rule would have held it back."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """What the sheets of one issue would show that gives somebody away.

    Attributes:
        held: agency -> the findings that hold its sheet back.
        waived: (sheet, what goes out on it under a waiver).
    """

    held: Mapping[str, list[Finding]]
    waived: Sequence[tuple[AgencySheet, Waived]]


def withheld(tracker: Tracker, context: Context, sheets: Sequence[AgencySheet]) -> Privacy:
    """Tell which sheets must not go out, and what goes out under a waiver on the others."""
    outcome = check(tracker, context, select=["P"])
    errors = [item for item in outcome.findings if _holds_back(item)]
    waived = [item for item in outcome.report.waived if _holds_back(item.finding)]
    if not errors and not waived:
        return Privacy({}, [])
    held: dict[str, list[Finding]] = {}
    let_through: list[tuple[AgencySheet, Waived]] = []
    for sheet in sheets:
        shown = _shown(tracker, sheet)
        found = [item for item in errors if _place(item) in shown]
        if found:
            held[sheet.agency] = found
        else:
            let_through += [(sheet, item) for item in waived if _place(item.finding) in shown]
    return Privacy(held, let_through)


def told(waived: Waived) -> str:
    """Return what goes out by whose leave: "P103 at Assignments AS-0049, Barriers: waived by ... until ..., because ..."."""
    finding, waiver = waived.finding, waived.waiver
    return (
        f"{finding.code} at {finding.sheet} {finding.key}, {finding.field}: waived by {waiver.text('granted_by')} until "
        f"{waiver.text('until')}, because {waiver.text('reason')}"
    )


def waivers_logged(tracker: Tracker, context: Context, privacy: Privacy) -> list[AppendRow]:
    """Return the log's rows on what goes out under a waiver; call it with the tracker as the issue leaves it."""
    changes = [
        LoggedChange("returns", sheet.sheet_id, "waived", None, told(item)) for sheet, item in privacy.waived
    ]
    entry = Entry(WAIVED, f"R-{context.new_id()}", context.user, changes)
    return log_rows(tracker, context.now, [entry]) if changes else []


def _holds_back(finding: Finding) -> bool:
    return finding.severity == "error" and bool(finding.key and finding.field)


def _place(finding: Finding) -> tuple[str, str, str]:
    return finding.table or "", finding.key or "", finding.field or ""


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
        keys = _column(tracker, sheet, heading)
        shown |= {(table_name, key, name) for key in keys for name in fields}
    reviews = _column(tracker, sheet, "Review ID")
    for recommendation in tracker["recommendations"]:
        if recommendation.text("review_id") in reviews:
            shown.add(("recommendations", recommendation.text("recommendation_id"), "recommendation"))
    return shown


def _column(tracker: Tracker, sheet: AgencySheet, heading: str) -> set[str]:
    """Return what stands in a column of the overview, whichever language it is headed in."""
    return {as_text(row.get(shown_heading(tracker, heading))) for row in sheet.overview}
