"""check: run the rules over a tracker.

Findings come sorted: by the order of sheets, then by row, then by code; findings about a whole sheet first. A finding that only says
that a cell is blank (D103) gives way to one that says more about the same cell, and what is found in a column that is not there gives
way to the finding that says so (F102, F104).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from cvsb_xl.errors import CannotDo
from cvsb_xl.rules.dates import column_not_kept
from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks, rules, selected
from cvsb_xl.rules.waivers import Waived, about_waivers, sift
from cvsb_xl.tracker.findings import SEVERITIES, Finding, Severity
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.outcome import Context, Outcome

SEVERITY_SETTING = re.compile(r"severity\s+([A-Z]\d{0,3})", re.IGNORECASE)
"""A row of Settings that changes a rule's severity: setting "severity S101", value "hint", or "off"."""


_NO_COLUMN = ("F102", "F104")


@dataclass(frozen=True)
class CheckReport:
    """What was looked at.

    Attributes:
        counts: severity -> how many findings.
        rows: how many rows of input tables were read.
        waived: what waivers cover.
        rules: how many rules looked.
    """

    counts: Counter[str]
    rows: int
    waived: Sequence[Waived] = field(default_factory=tuple)
    rules: int = 0


def check(
    tracker: Tracker, context: Context, select: Iterable[str] = (), ignore: Iterable[str] = ()
) -> Outcome:
    """Run the rules.

    Args:
        select, ignore: codes or prefixes ("S", "S1", "S101"); the longer match counts. Nothing selected means all.

    Raises:
        CannotDo: when a code or prefix fits no rule.
    """
    chosen, refused = _codes(select), _codes(ignore)
    facts = Facts(tracker, context.today)
    severities, about_settings = _severities(facts)
    wanted = {code for code in rules() if selected(code, chosen, refused) and severities.get(code) != "off"}
    found: list[Finding] = []
    asked = {look: codes for look, codes in looks().items() if not wanted.isdisjoint(codes)}
    if column_not_kept in asked:  # pandera loads while the others look
        asked[column_not_kept] = asked.pop(column_not_kept)
        _ = facts.failures
    for look in asked:
        found += [finding for finding in look(facts) if finding.code in wanted]
    standing, waived, unused = sift(facts, found)
    # A waiver of a rule that was not asked for now is not unused.
    unused = [row for row in unused if row.text("rule").upper() in wanted]
    own = [*about_waivers(facts, unused), *about_settings]
    standing += [finding for finding in own if finding.code in wanted]
    standing = [_with_severity(finding, severities) for finding in _giving_way(standing)]
    standing.sort(key=_place(tracker))
    report = CheckReport(
        counts=Counter(finding.severity for finding in standing),
        rows=sum(len(data) for data in tracker.tables.values() if data.schema.kind == "input"),
        waived=waived,
        rules=len(wanted),
    )
    return Outcome(findings=standing, report=report)


def _codes(given: Iterable[str]) -> tuple[str, ...]:
    codes = tuple(part.strip().upper() for item in given for part in item.split(",") if part.strip())
    for code in codes:
        if not any(name.startswith(code) for name in rules()):
            raise CannotDo(f"{code} is no rule and begins none. cvsb rule lists every rule with its code.")
    return codes


def _severities(facts: Facts) -> tuple[dict[str, str], list[Finding]]:
    """Return code -> the severity that Settings gives it ("severity S101" counts before "severity S"), and what is wrong there."""
    changed: list[tuple[str, str]] = []
    wrong = []
    for row in facts["settings"]:
        named = SEVERITY_SETTING.fullmatch(row.text("setting").strip())
        if named is None:
            continue
        prefix, value = named[1].upper(), row.text("value").strip().casefold()
        known = any(code.startswith(prefix) for code in rules())
        if known and value in (*SEVERITIES, "off"):
            changed.append((prefix, value))
            continue
        what = f'"{row.text("value")}" is no severity' if known else f'"{row.text("setting")}" names no rule'
        wrong.append(
            facts.finding(
                "F301",
                "settings",
                row,
                "value" if known else "setting",
                f"{what}; the setting has no effect",
                'Write the setting as "severity S101" and its value as error, warning, hint or off.',
            )
        )
    by_length = sorted(changed, key=lambda item: len(item[0]))
    return {code: value for prefix, value in by_length for code in rules() if code.startswith(prefix)}, wrong


def _with_severity(finding: Finding, severities: dict[str, str]) -> Finding:
    value = severities.get(finding.code)
    return replace(finding, severity=cast(Severity, value)) if value else finding


def _giving_way(findings: list[Finding]) -> list[Finding]:
    said = {(item.table, item.key, item.cell, item.field) for item in findings if item.code != "D103"}
    gone = {(item.table, item.field) for item in findings if item.code in _NO_COLUMN}
    return [
        item
        for item in findings
        if not (item.code == "D103" and (item.table, item.key, item.cell, item.field) in said)
        and not (item.code not in _NO_COLUMN and item.cell is None and (item.table, item.field) in gone)
    ]


def _place(tracker: Tracker) -> Callable[[Finding], tuple[int, int, str, int, str]]:
    order = {name: position for position, name in enumerate(tracker.tables)}

    def place(finding: Finding) -> tuple[int, int, str, int, str]:
        cell = re.fullmatch(r"([A-Z]+)(\d+)", finding.cell or "")
        column, row = (cell[1], int(cell[2])) if cell else ("", 0)
        return order.get(finding.table or "", -1), row, finding.code, len(column), column

    return place
