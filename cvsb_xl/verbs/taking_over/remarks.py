"""What of an old plan wants a person: findings that point into the old file, since that is where the words stand."""

from __future__ import annotations

from collections.abc import Sequence

from cvsb_xl.rules.registry import rules
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.verbs.taking_over.old_plan import Column, OldPlan, PlanRow


class Remarks:
    """Findings as they are made, and remarks on many rows that are told once."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._many: dict[tuple[str, str], tuple[str, list[int]]] = {}

    def cell(
        self,
        code: str,
        message: str,
        plan: OldPlan,
        row: PlanRow,
        column: Column | None,
        place: tuple[str, str, str],
    ) -> None:
        """Add a finding at a cell of the old plan; `place` is (table, key, field) in the tracker."""
        address = plan.address(row, column or plan.columns[0])
        self._add(code, message, plan.file, plan.sheet, address, place)

    def plan(
        self,
        code: str,
        message: str,
        file: str,
        sheet: str | None = None,
        place: tuple[str, str, str] | None = None,
    ) -> None:
        """Add a finding about a sheet, a file, or a row that several rows of the plan became."""
        self._add(code, message, file, sheet, None, place)

    def rows(self, code: str, message: str, plan: OldPlan, row: PlanRow) -> None:
        """Add a row to a remark that is told once for a sheet; `{rows}` in the message names the rows."""
        self._many.setdefault((code, f"{plan.file}\0{plan.sheet}\0{message}"), (message, []))[1].append(
            row.number
        )

    def all(self) -> list[Finding]:
        """Return every finding."""
        for (code, where), (message, numbers) in self._many.items():
            if numbers:
                file, sheet, _ = where.split("\0")
                self._add(
                    code, message.replace("{rows}", _listed(numbers)), file, sheet, f"A{numbers[0]}", None
                )
        self._many.clear()
        return self.findings

    def _add(
        self,
        code: str,
        message: str,
        file: str,
        sheet: str | None,
        cell: str | None,
        place: tuple[str, str, str] | None,
    ) -> None:
        rule = rules()[code]
        table, key, field = place or (None, None, None)
        self.findings.append(
            Finding(code, rule.name, rule.severity, message, sheet, cell, table, key, field, file=file)
        )


def _listed(numbers: Sequence[int]) -> str:
    """Write row numbers as a person would: "row 4", "rows 4 to 9 and 12"."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    words = [str(first) if first == last else f"{first} to {last}" for first, last in spans]
    joined = " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
    return f"row {joined}" if len(words) == 1 and spans[0][0] == spans[0][1] else f"rows {joined}"
