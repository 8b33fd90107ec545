"""What an agency has to do, as its page shows it: the rows of its current sheet, what is owed and overdue first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cvsb_xl.books.agency_checks import check_value
from cvsb_xl.framework.clocks import as_date
from cvsb_xl.hosts.agency_sheet import OpenSheet, SheetRow
from cvsb_xl.service.pages.sent import Pending, PendingCells
from cvsb_xl.tracker.status import Standing
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.tracker.wording import counted

PROPOSED = ("Proposed complete", "Proposed step-down")


@dataclass(frozen=True)
class Task:
    """One row of the sheet.

    Attributes:
        title: what it is about: the action's text, or the review's title.
        values: column -> what was issued, with what was sent since laid over it.
        due_on, first_due_on: when it is due now, and when it was first due where that was another day.
        timeliness: "Overdue", "Due soon", "On track", "Awaiting ratification", "No date", "Done"; blank for what has no date.
        check: what the sheet's own check says of the values: "Not answered yet", "Answered", "Missing: evidence".
        pending: what was sent and is not in the published tracker yet.
    """

    row: SheetRow
    title: str
    values: dict[str, Value]
    due_on: date | None
    first_due_on: date | None
    timeliness: str
    check: str
    pending: dict[str, Pending]
    days: int | None

    @property
    def table(self) -> str:
        """The table's name, as in its page's address."""
        return self.row.table.name

    @property
    def key(self) -> str:
        """The row's ID."""
        return self.row.key

    def text(self, name: str) -> str:
        """Return a value as text."""
        return as_text(self.values.get(name))

    @property
    def sent_at(self) -> datetime | None:
        """When something was last sent of it that is not accepted yet."""
        times = [item.sent.received_at for item in self.pending.values() if item.sent.state == "received"]
        return max(times, default=None)

    @property
    def due_words(self) -> str:
        """How far off its day is."""
        if self.days is None:
            return ""
        if self.days < 0:
            return f"{counted(-self.days, 'day')} late"
        return "today" if self.days == 0 else f"in {counted(self.days, 'day')}"


@dataclass(frozen=True)
class Work:
    """Everything on an agency's sheet.

    Attributes:
        shared: rows that tell how learning was shared; spare ones are not among them.
        spare: the key of the next row that can be added; blank when all are used, or the sheet has none.
    """

    sheet: OpenSheet
    assignments: tuple[Task, ...]
    acknowledgements: tuple[Task, ...]
    shared: tuple[Task, ...]
    spare: str

    @property
    def overdue(self) -> int:
        """Assignments past their date."""
        return sum(task.timeliness == "Overdue" for task in self.assignments)

    @property
    def due_soon(self) -> int:
        """Assignments due soon."""
        return sum(task.timeliness == "Due soon" for task in self.assignments)

    @property
    def to_acknowledge(self) -> int:
        """Published reviews of which nothing was said yet."""
        return sum(not task.pending and not _is_done(task) for task in self.acknowledgements)

    @property
    def unanswered(self) -> int:
        """Assignments and acknowledgements of which nothing was sent in this round."""
        return self.to_acknowledge + sum(not task.pending for task in self.assignments)

    def task(self, table: str, key: str) -> Task | None:
        """Return a row's task."""
        tasks = (*self.assignments, *self.acknowledgements, *self.shared)
        return next((task for task in tasks if task.table == table and task.key == key), None)


def _is_done(task: Task) -> bool:
    return task.table == "acknowledgements" and task.check == "Answered"


def work_of(
    tracker: Tracker,
    standings: dict[str, Standing],
    sheet: OpenSheet,
    sent: PendingCells,
    today: date,
    due_soon: int,
) -> Work:
    """Return what the sheet asks of its agency on a day.

    Args:
        standings: how every action stands that day, by id.
    """

    def tasks(table: str) -> list[Task]:
        rows = [row for row in sheet.rows.get(table, ()) if not row.spare or (table, row.key) in sent]
        return [_task(tracker, standings, sheet, row, sent, today, due_soon) for row in rows]

    spare = next(
        (
            row.key
            for row in sheet.rows.get("dissemination", ())
            if row.spare and ("dissemination", row.key) not in sent
        ),
        "",
    )
    return Work(
        sheet,
        tuple(sorted(tasks("assignments"), key=_urgency)),
        tuple(sorted(tasks("acknowledgements"), key=_is_done)),
        tuple(tasks("dissemination")),
        spare,
    )


def _task(
    tracker: Tracker,
    standings: dict[str, Standing],
    sheet: OpenSheet,
    row: SheetRow,
    sent: PendingCells,
    today: date,
    due_soon: int,
) -> Task:
    table = row.table.name
    over = dict(sent.get((table, row.key), {}))
    values = {**row.values, **{name: item.value for name, item in over.items()}}
    due, first, timeliness = None, None, ""
    if table == "assignments":
        first = as_date(row["due_on"])
        due = as_date(row["revised_due_on"]) or first
        own = tracker["assignments"].by_key.get(row.key)
        standing = standings.get(own.text("action_id")) if own else None
        timeliness = standing.timeliness(today, due_soon) if standing else ""
    title = as_text(values.get("action") or values.get("title"))
    if not title:
        title = as_text(values.get("method")) or row.key
    return Task(
        row=row,
        title=title,
        values=values,
        due_on=due,
        first_due_on=first if first != due else None,
        timeliness=timeliness,
        check=check_value(table, sheet.columns[table], values),
        pending=over,
        days=(due - today).days if due else None,
    )


def _urgency(task: Task) -> tuple[object, ...]:
    """Overdue first, then what the Delivery Group did not ratify, then by date: as the sheet has it."""
    refused = task.text("last_decision").startswith("Not ratified")
    waits = task.text("progress") in PROPOSED
    return (task.timeliness != "Overdue" or waits, not refused, task.due_on or date.max)
