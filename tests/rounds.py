"""A round in memory: issue a sheet, answer it, merge it. Tests say only what the agency or the manager did.

tracker = settled(TRACKER)
tracker, sheet = issued(tracker, "SWP")
answer = answered(sheet, {("AS-0001", "progress"): "In progress"})
tracker, report = merged(tracker, answer)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count

from cvsb_xl.framework.load import load_framework
from cvsb_xl.framework.schema import Framework
from cvsb_xl.merge.result import MergeReport, ReturnResult
from cvsb_xl.merge.returned import Return, ReturnedSheet, read_return
from cvsb_xl.merge.sheet import AgencySheet
from cvsb_xl.tracker.edits import SetCell, apply_edits
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import RawValue
from cvsb_xl.verbs.issue import issue
from cvsb_xl.verbs.merge import merge
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.update import update
from tests.markdown import tracker_from

META = {"tracker_id": "T-TEST", "key": "0f" * 32, "language": "en"}
TODAY = date(2027, 3, 31)
SAVED = "2027-03-31T10:00:00Z"


def _ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"TEST{next(numbers):04d}"


def context(day: date = TODAY, new_id: Callable[[], str] | None = None) -> Context:
    """Return a context on a day, whose random ids are counted."""
    return Context(datetime(day.year, day.month, day.day, 9, tzinfo=UTC), "tester", new_id or _COUNTED)


_COUNTED = _ids()


def settled(text: str, day: date = TODAY) -> Tracker:
    """Return the tracker of these Markdown tables, brought up to date."""
    tracker = tracker_from(text, META)
    return apply_edits(tracker, update(tracker, context(day)).edits)


def issued(tracker: Tracker, agency: str, day: date = TODAY) -> tuple[Tracker, AgencySheet]:
    """Issue one agency's sheet."""
    outcome = issue(tracker, context(day), [agency])
    return apply_edits(tracker, outcome.edits), outcome.documents[0]


def grids(sheet: AgencySheet) -> dict[str, list[list[RawValue]]]:
    """Return the sheet's tables as grids, headings in row 1; spare rows stand below with their reserved ids."""
    found: dict[str, list[list[RawValue]]] = {}
    for table in sheet.tables:
        rows: list[list[RawValue]] = [[column.heading(sheet.language) for column in table.columns]]
        rows += [[row.get(column.name) for column in table.columns] for row in table.rows]
        rows += [[spare, *[None] * (len(table.columns) - 1)] for spare in table.spare]
        found[table.table.sheet] = rows
    return found


def column_of(sheet: AgencySheet, table: str, name: str) -> int:
    """Return the position, from 0, of a column on an issued table's sheet."""
    for item in sheet.tables:
        if item.table.sheet == table:
            return [column.name for column in item.columns].index(name)
    raise KeyError(table)


def answered(
    sheet: AgencySheet,
    cells: Mapping[tuple[str, str], RawValue] | None = None,
    *,
    table: str = "Assignments",
    edit: Callable[[dict[str, list[list[RawValue]]]], object] | None = None,
    formulas: Mapping[str, Iterable[tuple[int, int]]] | None = None,
    carrier: Mapping[str, str] | None = None,
    modified: str = SAVED,
    file: str = "",
    framework: Framework | None = None,
    answers_alone: bool = False,
) -> Return:
    """Return what the agency sends back.

    Args:
        cells: (key, column name) -> what was typed there.
        edit: does anything else to the grids, by sheet name: sorts, drops, pastes, renames.
    """
    found = grids(sheet)
    for (key, name), value in (cells or {}).items():
        row = next(row for row in found[table][1:] if row[0] == key)
        row[column_of(sheet, table, name)] = value
    if edit:
        edit(found)
    sheets: Sequence[ReturnedSheet] = [
        ReturnedSheet(name, grid, frozenset((formulas or {}).get(name, ()))) for name, grid in found.items()
    ]
    return read_return(
        framework or load_framework(),
        file or sheet.file_name,
        sheets,
        dict(sheet.carrier) if carrier is None else dict(carrier),
        modified,
        answers_alone=answers_alone,
    )


def merged(
    tracker: Tracker, *returns: Return | ReturnResult, day: date = TODAY
) -> tuple[Tracker, MergeReport]:
    """Merge returns; the counts are checked every time."""
    outcome = merge(tracker, context(day), returns)
    report: MergeReport = outcome.report
    for result in report.returns:
        assert result.read == result.counts.read
    return apply_edits(tracker, outcome.edits), report


def by_hand(tracker: Tracker, table: str, key: str, name: str, value: RawValue) -> Tracker:
    """Return the tracker after the Review Manager typed into one cell."""
    row = tracker[table].by_key[key]
    return apply_edits(tracker, [SetCell(table, key, name, row[name], value, row.number)])  # type: ignore[arg-type]


def tables_of(tracker: Tracker) -> dict[str, dict[str, dict[str, object]]]:
    """Return every input table as key -> field -> value, to compare two trackers."""
    return {
        name: {data.key_of(row): dict(row.values) for row in data}
        for name, data in tracker.tables.items()
        if data.schema.kind == "input"
    }


def outcomes(report: MergeReport) -> set[tuple[str, str, str, str]]:
    """Return (key, field, outcome, reason) of every cell that is not unchanged."""
    return {
        (cell.key, cell.field, cell.outcome, cell.reason)
        for result in report.returns
        for cell in result.cells
    }
