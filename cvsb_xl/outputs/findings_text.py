"""Findings as text: grouped by sheet, the address first (it pastes into Excel's Name Box), counts and the next step at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from cvsb_xl.tracker.findings import SEVERITIES, Finding

_MANY = 12
"""A rule with more findings than this on one sheet shows its ways out once."""


def findings_text(findings: Sequence[Finding], name: str, rows: int = 0, waived: int = 0) -> Iterator[str]:
    """Yield the lines.

    Args:
        name: the tracker's file name.
        rows: how many rows were looked at.
        waived: how many findings waivers cover.
    """
    for sheet, group in groupby(findings, key=lambda item: item.sheet):
        of_sheet = list(group)
        yield f"{sheet or name} ({counted(of_sheet)})"
        often = {code for code, number in Counter(item.code for item in of_sheet).items() if number > _MANY}
        told: set[str] = set()
        for finding in of_sheet:
            what, _, ways = finding.message.partition("\n")
            yield f"  {address(finding, name)}: {finding.code} {what}"
            if ways and (finding.code not in often or finding.code not in told):
                yield f"      {ways}"
            told.add(finding.code)
        yield ""
    yield from _end(findings, name, rows, waived)


def address(finding: Finding, name: str) -> str:
    """Return the place as Excel writes it, behind the file's name: Tracker.xlsx:Actions!F17."""
    sheet = finding.sheet or ""
    plain = sheet.replace("_", "a").isalnum() and not sheet[:1].isdigit()
    quoted = sheet if plain or not sheet else "'" + sheet.replace("'", "''") + "'"
    place = "!".join(filter(None, (quoted, finding.cell)))
    return ":".join(filter(None, (name, place)))


def counted(findings: Iterable[Finding]) -> str:
    """Return the counts in words: "2 errors, 1 warning"; "nothing found" for none."""
    counts = Counter(finding.severity for finding in findings)
    parts = [
        f"{counts[name]:,} {name}{'' if counts[name] == 1 else 's'}" for name in SEVERITIES if counts[name]
    ]
    return ", ".join(parts) or "nothing found"


def _end(findings: Sequence[Finding], name: str, rows: int, waived: int) -> Iterator[str]:
    looked = f" in {rows:,} rows" if rows else ""
    covered = f" {waived:,} more {'is' if waived == 1 else 'are'} waived." if waived else ""
    yield f"{counted(findings).capitalize()}{looked}.{covered}"
    counts = Counter(item.code for item in findings)
    often = [item for item in counts.most_common(3) if item[1] > _MANY]
    if often and len(counts) > len(often):
        told = ", ".join(f"{code} {number:,} times" for code, number in often)
        codes = ",".join(code for code, _ in often)
        yield f"Most often: {told}. To see the others first: cvsb check {name} --ignore {codes}"
    if any(item.severity == "error" for item in findings):
        worst = next(item for item in findings if item.severity == "error")
        yield f"Next: settle the errors first. cvsb rule {worst.code} explains a rule and how to settle it."
    elif findings:
        yield f"Next: go through them before the meeting. cvsb rule {findings[0].code} explains a rule and how to settle it."
