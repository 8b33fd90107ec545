"""O: who answers for an action, and where. The framework wants the single agency responsible, and its area, clearly identified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from cvsb_xl.framework.clocks import is_date
from cvsb_xl.rules.facts import Facts, filled
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.status import needed
from cvsb_xl.tracker.tables import Row

_SEVERAL = re.compile(r"[;,/|&\n+]|\band\b", re.IGNORECASE)
_VACANT = re.compile(
    r"\b(?:vacan(?:t|cy)|t\.?b\.?[cad]\.?|to be (?:confirmed|agreed|appointed|advised|decided|allocated|recruited)|left post|"
    r"has left|post empty|unfilled|no one|nobody|not known|unknown)\b|^\W+$|^n/?a$",
    re.IGNORECASE,
)
AREAS_OF = {"Both": ("Cardiff", "Vale of Glamorgan")}


@looks_for("O101")
def no_lead_agency(facts: Facts) -> Iterator[Finding]:
    for row in facts.open_actions:
        if row.values.get("lead_agency") is None:
            yield facts.finding(
                "O101",
                "actions",
                row,
                "lead_agency",
                "the action has no lead agency",
                "Put in the code of the one agency that answers for it; others who have a part go under Contributing.",
            )


@looks_for("O102", "O103")
def who_leads(facts: Facts) -> Iterator[Finding]:
    for row, value in filled(facts["actions"], "lead_agency"):
        if value.strip().upper() in facts.agencies:
            continue
        parts = [part.strip() for part in _SEVERAL.split(value) if part.strip()]
        if len(parts) > 1 and value.casefold() not in _by_name(facts):
            yield facts.finding(
                "O103",
                "actions",
                row,
                "lead_agency",
                f'"{value}" names {len(parts)} lead agencies; an action has one',
                "Keep the one that answers for it and move the others to Contributing; or give each its own action.",
            )
        else:
            yield _unknown(facts, "actions", row, "lead_agency", value)
    for row, value in filled(facts["actions"], "contributing"):
        for part in codes(value):
            if part.upper() not in facts.agencies:
                yield _unknown(facts, "actions", row, "contributing", part)


@looks_for("O102")
def unknown_agency_elsewhere(facts: Facts) -> Iterator[Finding]:
    for name, data in facts.tracker.tables.items():
        if data.schema.kind != "input" or name == "actions":
            continue
        for link in data.schema.foreign_keys:
            if link.table != "agencies":
                continue
            allowed = {item.upper() for item in link.also_allowed}
            for row, value in filled(data, link.field):
                if value.strip().upper() not in facts.agencies and value.strip().upper() not in allowed:
                    yield _unknown(facts, name, row, link.field, value)


@looks_for("O104")
def no_area(facts: Facts) -> Iterator[Finding]:
    for row in facts.open_actions:
        if row.values.get("area") is None and "area" not in row.faults:
            yield facts.finding(
                "O104",
                "actions",
                row,
                "area",
                "the action does not say which area it applies to",
                "Choose Cardiff, Vale of Glamorgan or Both; Regional or National where it is wider than the two.",
            )


@looks_for("O105", "O108")
def no_lead_person(facts: Facts) -> Iterator[Finding]:
    left = {row.text("email").casefold() for row in facts["members"] if row.values.get("active") == "No"}
    for row in facts.open_assignments:
        name = row.text("lead_name")
        gone = row.text("lead_email").casefold() in left
        if not name and row.values.get("role") == "Lead":
            yield facts.finding(
                "O105",
                "assignments",
                row,
                "lead_name",
                "the lead agency has named nobody who leads on this action",
                "Ask the agency for a name: its sheet has a cell for it. Meanwhile its contact in Agencies is who to ask.",
            )
        elif name and (gone or _VACANT.search(name)):
            why = f"{name} is no longer active in Members" if gone else f'the lead reads "{name}"'
            yield facts.finding(
                "O108",
                "assignments",
                row,
                "lead_name",
                f"the lead is vacant: {why}",
                "Ask the agency who has taken over; until then put the name of the manager who answers for the post.",
            )


@looks_for("O106")
def inactive_agency(facts: Facts) -> Iterator[Finding]:
    inactive = {code: why for code, row in facts.agencies.items() if (why := _inactive(facts, row))}
    if not inactive:
        return
    for row in facts.open_actions:
        said = set()
        for field, given in (
            ("lead_agency", [row.text("lead_agency")]),
            ("contributing", codes(row.text("contributing"))),
        ):
            for code in given:
                if code.upper() in inactive:
                    said.add(code.upper())
                    yield _left(facts, "actions", row, field, code, inactive[code.upper()])
        for assignment in facts.assignments_of.get(row.text("action_id"), ()):
            code = assignment.text("agency")
            if code.upper() in inactive and code.upper() not in said:
                yield _left(facts, "assignments", assignment, "agency", code, inactive[code.upper()])


@looks_for("O107")
def nothing_needed_for_signoff(facts: Facts) -> Iterator[Finding]:
    for row in facts.open_actions:
        assignments = facts.assignments_of.get(row.text("action_id"), [])
        if assignments and not needed(assignments):
            yield facts.finding(
                "O107",
                "actions",
                row,
                None,
                "every one of its assignments is marked as not needed for sign-off, so it can never be signed off",
                "Set Needed for sign-off to Yes for the agency that answers for it; or step the action down with a reason.",
            )


@looks_for("O109")
def not_needed_without_reason(facts: Facts) -> Iterator[Finding]:
    for row in facts.open_assignments:
        if row.values.get("needed_for_signoff") == "No" and row.values.get("not_needed_reason") is None:
            yield facts.finding(
                "O109",
                "assignments",
                row,
                "not_needed_reason",
                "it is marked as not needed for sign-off, and nobody has said why",
                "Say why it is not relevant here; or set Needed for sign-off to Yes.",
            )


@looks_for("O110")
def agency_outside_area(facts: Facts) -> Iterator[Finding]:
    for row in facts.open_actions:
        area = row.text("area")
        agency = facts.agencies.get(row.text("lead_agency").upper())
        works_in = {part.casefold() for part in codes(agency.text("areas"))} if agency else set()
        wanted = AREAS_OF.get(area, (area,) if area in AREAS_OF["Both"] else ())
        if works_in and wanted and not works_in & {item.casefold() for item in wanted}:
            if works_in & {"regional", "national", "both"}:
                continue
            yield facts.finding(
                "O110",
                "actions",
                row,
                "area",
                f"the lead agency works in {agency.text('areas') if agency else ''}, the action applies to {area}",
                "Correct the area or the lead agency; or add the area to the agency in Agencies.",
            )


@looks_for("O111")
def area_that_nobody_covers(facts: Facts) -> Iterator[Finding]:
    """Silent where Ownership notes says why, and where an agency's own areas are not known."""
    for row in facts.open_actions:
        if row.text("area") != "Both" or row.values.get("ownership_notes") is not None:
            continue
        named = [row.text("lead_agency"), *codes(row.text("contributing"))]
        worked = [
            facts.agencies[code.upper()].text("areas") for code in named if code.upper() in facts.agencies
        ]
        works_in = {part.casefold() for areas in worked for part in codes(areas)}
        if not all(worked) or not works_in or works_in & {"regional", "national", "both"}:
            continue
        missing = [area for area in AREAS_OF["Both"] if area.casefold() not in works_in]
        if len(missing) == 1:
            yield facts.finding(
                "O111",
                "actions",
                row,
                "area",
                f"the action applies to both areas, and none of its agencies works in {missing[0]}",
                "Say in Ownership notes why it is not relevant there, and name the one area; or add the agency that does the "
                "work there under Contributing.",
            )


def codes(value: str) -> list[str]:
    """Return the parts of a cell that holds several things with ; between them."""
    return [part.strip() for part in re.split(r"[;,\n]", value) if part.strip()]


def _by_name(facts: Facts) -> dict[str, str]:
    found = {}
    for code, row in facts.agencies.items():
        for name in (row.text("name"), row.text("name_cy"), *row.text("former_names").split(";")):
            if name.strip():
                found[name.strip().casefold()] = code
    return found


def _unknown(facts: Facts, table: str, row: Row, field: str, value: str) -> Finding:
    names = _by_name(facts)
    code = names.get(value.strip().casefold())
    if code is None:
        close = get_close_matches(value.upper(), list(facts.agencies), n=1, cutoff=0.6)
        close = close or [
            names[name] for name in get_close_matches(value.casefold(), list(names), n=1, cutoff=0.8)
        ]
        code = close[0] if close else None
    hint = f"Is {code} ({facts.agency_name(code)}) meant? " if code else ""
    return facts.finding(
        "O102",
        table,
        row,
        field,
        f'"{value}" is no agency of this tracker',
        f"{hint}Put the agency's code as it stands in Agencies; or add the agency there.",
    )


def _inactive(facts: Facts, agency: Row) -> str:
    start, end = agency.values.get("active_from"), agency.values.get("active_to")
    if is_date(end) and end < facts.today:
        return f"ended on {end.isoformat()}"
    if is_date(start) and start > facts.today:
        return f"only begins on {start.isoformat()}"
    return ""


def _left(facts: Facts, table: str, row: Row, field: str, code: str, why: str) -> Finding:
    agency = facts.agencies[code.upper()]
    after = agency.text("succeeded_by")
    hint = f"{facts.agency_name(after)} ({after}) took over from it. " if after else ""
    return facts.finding(
        "O106",
        table,
        row,
        field,
        f"{facts.agency_name(code)} {why}, and the action is still open",
        f"{hint}Put in the agency that answers for the action now; or correct its dates in Agencies.",
    )
