"""What a rule says about a cell, a row or a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        code, name: the rule's, such as "S502" and "due-date-not-a-date".
        message: what was found, and each way out.
        file: the file's name; blank where only one file is in play.
        sheet, cell: where, such as "Actions" and "F17"; None for a finding about a file or a missing sheet.
        table, key, field: the same place in names that do not move when rows do.
    """

    code: str
    name: str
    severity: Severity
    message: str
    sheet: str | None = None
    cell: str | None = None
    table: str | None = None
    key: str | None = None
    field: str | None = None
    file: str = ""

    def as_json(self) -> dict[str, str | None]:
        """Return the finding under the names of the JSON contract; the table goes by its sheet's name, as in a merge."""
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity,
            "message": self.message,
            "sheet": self.sheet,
            "cell": self.cell,
            "table": self.table.replace("-", " ").capitalize() if self.table else None,
            "key": self.key,
            "field": self.field,
        }
