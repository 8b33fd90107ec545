"""F2: waivers. A finding somebody has decided to live with, why, and until when. Waivers lapse; none hides another's fault.

A waiver counts when its rule, sheet and key are a finding's, its field is too (or is blank: the whole row), it says why and who granted
it, and its day has not passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.clocks import is_date
from cvsb_xl.framework.schema import Framework
from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import rules
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.tables import Row


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding that a waiver covers."""

    finding: Finding
    waiver: Row


def sift(facts: Facts, findings: Sequence[Finding]) -> tuple[list[Finding], list[Waived], list[Row]]:
    """Return the findings that stand, those that are waived, and the waivers in force that covered nothing."""
    waivers = [row for row in facts["waivers"] if in_force(row, facts.today)]
    by_place: dict[tuple[str, str, str], list[Row]] = {}
    for row in waivers:
        place = (
            row.text("rule").upper(),
            table_name(facts.tracker.framework, row.text("table")),
            row.text("key"),
        )
        by_place.setdefault(place, []).append(row)
    standing, waived, used = [], [], set()
    for finding in findings:
        candidates = by_place.get((finding.code, finding.table or "", finding.key or ""), [])
        cover = next((row for row in candidates if _covers(facts, row, finding)), None)
        if cover is None:
            standing.append(finding)
        else:
            used.add(id(cover))
            waived.append(Waived(finding, cover))
    return standing, waived, [row for row in waivers if id(row) not in used]


def in_force(row: Row, today: date) -> bool:
    """Tell whether a waiver is whole and its day has not passed."""
    until = row.values.get("until")
    whole = all(row.values.get(name) is not None for name in ("rule", "table", "key", "reason", "granted_by"))
    return whole and is_date(until) and until >= today


def about_waivers(facts: Facts, unused: Sequence[Row]) -> list[Finding]:
    """Return the findings about waivers themselves: lapsed (F201), covering nothing (F202), naming no rule or sheet (F203)."""
    found = []
    for row in facts["waivers"]:
        until = row.values.get("until")
        wrong = _wrong(facts, row)
        if wrong:
            field, what, ways = wrong
            found.append(facts.finding("F203", "waivers", row, field, what, ways))
        elif is_date(until) and until < facts.today:
            found.append(
                facts.finding(
                    "F201",
                    "waivers",
                    row,
                    "until",
                    f"the waiver ran out on {until.isoformat()}",
                    "Look at the finding again: settle it and delete this row; or have it granted to a new date.",
                )
            )
        elif any(row is item for item in unused):
            found.append(
                facts.finding(
                    "F202",
                    "waivers",
                    row,
                    "rule",
                    "the waiver covers nothing: the finding is gone",
                    "Delete the row, so that it does not hide the same fault later.",
                )
            )
    return found


def table_name(framework: Framework, text: str) -> str:
    """Return the table that a waiver names, by its sheet in either language or its own name; blank when there is none."""
    wanted = text.strip().casefold()
    for table in framework.tables.values():
        if wanted in (table.sheet.casefold(), table.sheet_cy.casefold(), table.name.casefold()):
            return table.name
    return ""


def _covers(facts: Facts, waiver: Row, finding: Finding) -> bool:
    wanted = waiver.text("field").strip().casefold()
    if not wanted:
        return True
    field = facts.tracker.framework[finding.table or ""].by_name.get(finding.field or "")
    return field is not None and wanted in (
        field.name.casefold(),
        field.title.casefold(),
        field.title_cy.casefold(),
    )


def _wrong(facts: Facts, row: Row) -> tuple[str, str, str] | None:
    code, sheet = row.text("rule").upper(), row.text("table")
    if code and code not in rules():
        return (
            "rule",
            f'"{row.text("rule")}" is no rule',
            "Put in a rule's code, such as S101; cvsb rule lists them.",
        )
    name = table_name(facts.tracker.framework, sheet)
    if sheet and not name:
        return "table", f'"{sheet}" is no sheet of the tracker', "Put in the sheet's name, such as Actions."
    field = row.text("field").strip().casefold()
    if name and field:
        fields = facts.tracker.framework[name].fields
        if not any(field in (item.name, item.title.casefold(), item.title_cy.casefold()) for item in fields):
            return (
                "field",
                f'"{row.text("field")}" is no column of {sheet}',
                "Put in the column's heading; or leave it blank for the whole row.",
            )
    return None
