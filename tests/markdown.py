"""Spreadsheets as Markdown inside tests: a test shows the rows it is about, and nothing else.

    tracker = tracker_from('''
    ## Actions
    | action_id | action        | due_on     | lead_agency |
    |-----------|---------------|------------|-------------|
    | A-0001    | Train 40 staff | 2027-03-31 | SWP         |
    ''')

Headings are field names, or the English heading where that is the field's name with spaces. An ISO date is a date; every
other cell is text as it stands; `<br>` is a line break and `\\|` a bar. An empty cell is left out of its row.
"""

from __future__ import annotations

import re
from datetime import date

from cvsb_xl.framework.load import load_framework
from cvsb_xl.tracker.tables import Tracker, tracker_of

Cell = str | date


def tables(text: str) -> dict[str, list[dict[str, Cell]]]:
    """Return the tables of a Markdown text as rows for `tracker_of`, by table name ("## Change log" -> "change-log").

    Raises:
        ValueError: for a table without a "## Heading" above it, or a row with too many or too few cells.
    """
    found: dict[str, list[dict[str, Cell]]] = {}
    name: str | None = None
    columns: list[str] | None = None
    for line in (raw.strip() for raw in text.splitlines()):
        if line.startswith("#"):
            name, columns = line.lstrip("#").strip().casefold().replace(" ", "-"), None
            found.setdefault(name, [])
        elif line.startswith("|"):
            cells = _cells(line)
            if name is None:
                raise ValueError(f"a table needs a heading such as '## Actions' above it: {line}")
            if columns is None:
                columns = [cell.casefold().replace(" ", "_") for cell in cells]
            elif len(cells) != len(columns):
                raise ValueError(f"{name}: {len(columns)} columns but {len(cells)} cells: {line}")
            elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                found[name].append(
                    {column: _cell(cell) for column, cell in zip(columns, cells, strict=True) if cell}
                )
    return found


def tracker_from(text: str, meta: dict[str, str] | None = None) -> Tracker:
    """Return a tracker that holds these tables, under the framework that came with cvsb-xl.

    Raises:
        ValueError: for a table or a column that the framework does not have, so that no typing error passes as a test.
    """
    framework = load_framework()
    rows = tables(text)
    for name, items in rows.items():
        if name not in framework.tables:
            raise ValueError(f"no table is called {name}")
        for column in {column for item in items for column in item} - set(framework[name].by_name):
            raise ValueError(f"{name} has no field {column}")
    return tracker_of(framework, rows, meta)


def _cells(line: str) -> list[str]:
    inside = re.sub(r"^\||(?<!\\)\|$", "", line)
    return [part.strip().replace("\\|", "|").replace("<br>", "\n") for part in re.split(r"(?<!\\)\|", inside)]


def _cell(text: str) -> Cell:
    return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text
