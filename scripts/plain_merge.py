"""The merge as a colleague who knows openpyxl would write it in an afternoon: what bench_merging.py measures against.

Run: python scripts/plain_merge.py TRACKER RETURNS_FOLDER NOW

It ends with what `cvsb merge` ends with on the bench's workbooks: the same cells applied, the same conflicts, statuses, rows
of Returns and of the change log; the bench compares them. It has what speed a plain program has for the asking: returns are
read row by row (`read_only`), of their sheets only those needed, and each table is looked through once. Left out is what
makes the merge safe, since nobody writes it in an afternoon: limits and preflight, signatures, the chain of the log, hand
edits, a check of what is written, backups, atomic saving.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

# Column name in the base -> heading, of what an agency may fill in.
OWN = {
    "progress": "Progress",
    "progress_update": "Progress update",
    "evidence": "Evidence",
    "impact": "Impact",
    "completed_on": "Completed on",
    "barriers": "Barriers",
    "help_needed": "Help needed",
    "expected_on": "Expected on",
    "step_down_reason": "Step down reason",
    "extension_requested_to": "Extension requested to",
    "lead_name": "Lead name",
    "lead_email": "Lead email",
}
READ = {
    "review_id": "Review ID",
    "action": "Action",
    "measure": "Success measure",
    "due_on": "Due on",
    "revised_due_on": "Revised due on",
    "area": "Area",
    "role": "Role",
    "last_decision": "Delivery Group said",
    "last_progress_update": "Your last update",
}
BEGUN = ("In progress", "Proposed complete", "Proposed step-down")


class Table:
    """A sheet's table: its columns by heading, and its rows by key."""

    def __init__(self, sheet: Any, key: str) -> None:
        self.sheet = sheet
        rows = list(sheet.iter_rows(values_only=True))
        head = next(at for at, row in enumerate(rows) if key in row)
        self.at = {name: number for number, name in enumerate(rows[head], 1) if name}
        self.rows = {
            row[self.at[key] - 1]: (number, row)
            for number, row in enumerate(rows[head + 1 :], head + 2)
            if row[self.at[key] - 1] is not None
        }

    def get(self, key: str, heading: str) -> Any:
        return tidy(self.sheet.cell(self.rows[key][0], self.at[heading]).value)

    def set(self, key: str, heading: str, value: Any) -> None:
        self.sheet.cell(self.rows[key][0], self.at[heading]).value = value

    def append(self, values: dict[str, Any]) -> None:
        self.sheet.append([values.get(name) for name in self.at])


def tidy(value: Any) -> Any:
    """A date for a datetime at midnight, no blanks at the end, None for nothing."""
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value
    if isinstance(value, str):
        return value.rstrip() or None
    return value


def text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


class Merge:
    """One run."""

    def __init__(self, tracker: Path, now: datetime) -> None:
        self.book = load_workbook(tracker)
        self.assignments = Table(self.book["Assignments"], "Assignment ID")
        self.actions = Table(self.book["Actions"], "Action ID")
        self.returns = Table(self.book["Returns"], "Sheet ID")
        self.conflicts = Table(self.book["Conflicts"], "Conflict ID")
        self.history = Table(self.book["Change log"], "Seq")
        self.newest = {
            (row[5], row[6], row[7]): (row[9], row[10]) for _, row in self.history.rows.values() if row
        }
        self.seq = max(self.history.rows, default=0)
        self.now = now

    def log(
        self, table: str, key: str, field: str, before: Any, after: Any, source: str | None = None
    ) -> None:
        self.seq += 1
        self.history.append(
            {
                "Seq": self.seq,
                "At": self.now.isoformat(),
                "By": "bench",
                "Verb": "merge",
                "Table": table,
                "Key": key,
                "Field": field,
                "Before": text(before),
                "After": text(after),
                "Source": source,
            }
        )
        self.newest[table, key, field] = (text(after), source)

    def take(self, path: Path) -> None:
        """Merge one return."""
        book = load_workbook(path, read_only=True, data_only=True)
        carried = {row[0]: row[1] for row in book["_cvsb"].iter_rows(values_only=True) if row[0]}
        base = json.loads("".join(carried[f"base-{n}"] for n in range(1, int(carried["parts"]) + 1)))
        sheet_id, modified = carried["sheet_id"], f"{book.properties.modified.isoformat()}Z"
        names = base["columns"]["assignments"]
        rows = list(book["Assignments"].iter_rows(values_only=True))
        head = next(at for at, row in enumerate(rows) if "Assignment ID" in row)
        at = {name: number for number, name in enumerate(rows[head]) if name}
        places = {name: at[heading] for name, heading in (OWN | READ).items() if heading in at}
        counts = dict.fromkeys(("Applied", "Unchanged", "Conflicts", "Rejected"), 0)
        digest = hashlib.sha256()
        for number, row in enumerate(rows[head + 1 :], head + 2):
            key = row[at["Assignment ID"]]
            if key not in base["base"]["assignments"]:
                continue
            digest.update(repr(row).encode())
            issued = dict(zip(names[1:], base["base"]["assignments"][key], strict=True))
            changed = False
            for name in names[1:]:
                value = tidy(row[places[name]]) if name in places else None
                was = issued["last_progress_update" if name == "progress_update" else name]
                was = date.fromisoformat(was["date"]) if isinstance(was, dict) else was
                if value == was or (name == "progress_update" and value is None):
                    counts["Unchanged"] += 1
                    continue
                if name not in OWN:
                    counts["Rejected"] += 1
                    continue
                held = self.assignments.get(key, OWN[name])
                source = f"{sheet_id} {modified} Assignments!{_letters(places[name])}{number}"
                if held == value:
                    counts["Unchanged"] += 1
                elif held == was or self._came_earlier(key, name, held, sheet_id):
                    self.assignments.set(key, OWN[name], value)
                    self.log("Assignments", key, name, held, value, source)
                    counts["Applied"] += 1
                    changed = True
                else:
                    self.conflicts.append(
                        {
                            "Conflict ID": f"C-{sheet_id}-{key}-{name}",
                            "Sheet ID": sheet_id,
                            "Table": "Assignments",
                            "Key": key,
                            "Field": name,
                            "Base": text(was),
                            "Tracker value": text(held),
                            "Returned value": text(value),
                        }
                    )
                    counts["Conflicts"] += 1
            if changed:
                for name, heading, value in (
                    ("updated_on", "Updated on", self.now.date()),
                    ("updated_from", "Updated from", sheet_id),
                ):
                    held = self.assignments.get(key, heading)
                    if held != value:
                        self.assignments.set(key, heading, value)
                        self.log("Assignments", key, name, held, value)
        filled = {"Returned on": self.now.date(), "File": path.name, "Digest": digest.hexdigest()[:16]}
        for heading, value in {
            **filled,
            "Read": sum(counts.values()),
            **counts,
            "State": "Returned",
        }.items():
            held = self.returns.get(sheet_id, heading)
            self.returns.set(sheet_id, heading, value)
            self.log("Returns", sheet_id, heading.lower().replace(" ", "_"), held, value)

    def _came_earlier(self, key: str, name: str, held: Any, sheet_id: str) -> bool:
        after, source = self.newest.get(("Assignments", key, name), (None, None))
        return after == text(held) and bool(source) and source.startswith(sheet_id)

    def settle(self) -> None:
        """Bring the actions' statuses and latest updates up to date."""
        of_action = defaultdict(list)
        sheet, at = self.assignments.sheet, self.assignments.at
        for number, _ in self.assignments.rows.values():
            row = {name: tidy(sheet.cell(number, column).value) for name, column in at.items()}
            of_action[row["Action ID"]].append(row)
        for key in self.actions.rows:
            own = of_action[key]
            told = [row for row in own if row["Progress update"]]
            newest = max(reversed(told), key=lambda row: row["Updated on"] or date.min, default=None)
            begun = any(row["Progress"] in BEGUN or row["Progress update"] for row in own)
            proposing = [row["Progress"] for row in own if row["Progress"] in BEGUN[1:]]
            status = "In progress" if begun else "Not started"
            if own and len(proposing) == len(own) and len(set(proposing)) == 1:
                status = "Awaiting ratification"
            words = f"{newest['Agency']}: {newest['Progress update']}" if newest else None
            days = [row["Updated on"] for row in own if row["Updated on"]]
            for name, heading, value in (
                ("status", "Status", status),
                ("latest_update", "Latest update", words),
                (
                    "last_update_on",
                    "Last update on",
                    newest["Updated on"] if newest else max(days, default=None),
                ),
            ):
                held = self.actions.get(key, heading)
                if held != value and held not in ("Complete", "Stepped down"):
                    self.actions.set(key, heading, value)
                    self.log("Actions", key, name, held, value)

    def save(self, path: Path) -> None:
        for table in (self.history, self.conflicts):
            for ref in table.sheet.tables.values():
                first, last = ref.ref.split(":")
                ref.ref = f"{first}:{last.rstrip('0123456789')}{max(table.sheet.max_row, 5)}"
        self.book.save(path)


def _letters(position: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(position + 1)


def main() -> None:
    """Merge every return of a folder into a tracker."""
    tracker, folder, now = sys.argv[1:]
    merge = Merge(Path(tracker), datetime.fromisoformat(now))
    for path in sorted(Path(folder).glob("*.xlsx")):
        merge.take(path)
    merge.settle()
    merge.save(Path(tracker))


if __name__ == "__main__":
    main()
