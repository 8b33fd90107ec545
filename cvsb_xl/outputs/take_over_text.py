"""An import as text: where each column goes, what would be added, and what wants a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cvsb_xl.tracker.findings import Finding
from cvsb_xl.verbs.take_over import SheetTaken, TakeOver

_NOUNS = {
    "reviews": ("review", "reviews"),
    "recommendations": ("recommendation", "recommendations"),
    "actions": ("action", "actions"),
    "assignments": ("assignment", "assignments"),
    "agencies": ("new agency", "new agencies"),
}


def mapping_text(report: TakeOver) -> str:
    """Return the mapping of every sheet, and the agencies that would be new."""
    lines = [line for sheet in report.sheets for line in _sheet(report.file, sheet)]
    if report.agencies:
        lines += ["New agencies (change a code or a name in a map before the first sheet is issued):"]
        wide = max(len(code) for code in report.agencies)
        lines += [f"  {code:<{wide}}  {name}" for code, name in report.agencies.items()]
        lines.append("")
    return "\n".join(lines)


def added_text(report: TakeOver) -> str:
    """Return what is added as one phrase: "1 review, 9 actions"."""
    parts = [f"{number} {_NOUNS[table][number != 1]}" for table, number in report.added.items() if number]
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1] if parts else ""]))


def findings_lines(findings: Sequence[Finding]) -> str:
    """Return one line for each finding, the address in the old file first."""
    return "\n".join(_line(finding) for finding in findings)


def _sheet(file: str, sheet: SheetTaken) -> Iterator[str]:
    rows = f"{sheet.rows} {'row' if sheet.rows == 1 else 'rows'}"
    yield f"{file}, sheet {sheet.name}: headings in row {sheet.heading_row}, {rows} below with {sheet.cells} filled cells"
    wide = min(44, max(len(item.column.heading) for item in sheet.placements))
    for item in sheet.placements:
        goes = item.target or "kept in the row's notes"
        why = f" ({item.why})" if item.why else ""
        yield f"  {item.column.heading:<{wide}}  {item.filled:>5}  ->  {goes}{why}"
    yield ""


def _line(finding: Finding) -> str:
    sheet = f"{finding.sheet}" if finding.sheet else ""
    where = ":".join(filter(None, [finding.file, f"{sheet}!{finding.cell}" if finding.cell else sheet]))
    about = f" ({finding.key})" if finding.key and finding.key not in finding.message else ""
    return f"{where}: {finding.code} {finding.message}{about}"
