"""`due`: every due date, and what it stands on: a sentence of the framework, or the people who set it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.clocks import Milestone, as_date
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.status import Standing, extension, ratified_on, standings
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.wording import counted, day_in_words
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.summaries import due_soon_days
from cvsb_xl.verbs.update import review_dates

SET_BY_PEOPLE = "Set by people: the framework gives no rule for an action's due date."


@dataclass(frozen=True, slots=True)
class DueDate:
    """One due date.

    Attributes:
        due_on: None while it waits for a start, or where an action has no date that can be read.
        table, key: "reviews" or "actions", and the row.
        what: the milestone's name, or the action's own words.
        state: "awaiting ...", "due", "past target", "overdue" or "done"; of an action its timeliness in small letters.
        counted: how the date comes about: "12 months from 3 March 2026", "as first agreed".
        stands_on: the sentence of the framework, or who set it.
        done_on: the day it happened.
        sheet, cell: where the date stands in the tracker; the cell is None where there is no such column.
    """

    due_on: date | None
    table: str
    key: str
    title: str
    what: str
    state: str
    counted: str
    stands_on: str
    done_on: date | None
    sheet: str
    cell: str | None


@dataclass(frozen=True, slots=True)
class DueReport:
    """Every due date: the dated ones in order of date, then those without a date.

    Attributes:
        source: the document that the quoted sentences are from.
    """

    as_at: date
    source: str
    dates: tuple[DueDate, ...]


def due(tracker: Tracker, context: Context, as_at: date | None = None) -> Outcome:
    """Return a DueReport, and the edits that write the dates of reviews into the tracker.

    Args:
        as_at: tell what is overdue as on this day; the dates themselves do not depend on it.
    """
    today = as_at or context.today
    found = [*_of_reviews(tracker, today), *_of_actions(tracker, today)]
    found.sort(key=lambda item: (item.due_on or date.max, item.table != "reviews", natural(item.key)))
    report = DueReport(today, tracker.framework.source, tuple(found))
    return Outcome(list(review_dates(tracker, context)), report=report)


def _of_reviews(tracker: Tracker, today: date) -> Iterator[DueDate]:
    data = tracker["reviews"]
    for key, found in review_milestones(tracker).items():
        row = data.by_key[key]
        for item in found:
            yield DueDate(
                due_on=item.due,
                table="reviews",
                key=key,
                title=row.text("title"),
                what=item.clock.milestone,
                state=_state(item, today),
                counted=f"{counted(item.clock.months, 'month')} from {day_in_words(item.start)}"
                if item.start
                else f"{counted(item.clock.months, 'month')} from then",
                stands_on=item.clock.sentence,
                done_on=item.done_on,
                sheet=data.schema.sheet,
                cell=data.cell(row, item.clock.due),
            )


def _state(item: Milestone, today: date) -> str:
    if item.done_on is not None:
        return "done"
    if item.due is None:
        return item.awaiting
    return item.clock.passed if item.has_passed(today) else "due"


def _of_actions(tracker: Tracker, today: date) -> Iterator[DueDate]:
    data, days = tracker["actions"], due_soon_days(tracker)
    for key, standing in standings(tracker, today).items():
        row = standing.action
        yield DueDate(
            due_on=standing.due_on,
            table="actions",
            key=key,
            title=row.text("review_id"),
            what=row.text("action"),
            state=standing.timeliness(today, days).casefold(),
            counted=_agreed(row, standing),
            stands_on=SET_BY_PEOPLE,
            done_on=ratified_on(standing),
            sheet=data.schema.sheet,
            cell=data.cell(row, "revised_due_on" if standing.revised_due_on else "due_on"),
        )


def _agreed(row: Row, standing: Standing) -> str:
    original = as_date(row["due_on"])
    granted = extension(standing.decisions)
    if granted is not None:
        met = as_date(granted["meeting_on"])
        by = f"{granted.text('body') or 'a meeting'}{f' on {day_in_words(met)}' if met else ''}"
        first = f", first agreed for {day_in_words(original)}" if original else ""
        return f"extended by the {by} ({granted.text('decision_id')}){first}"
    if original is None:
        return (
            f'reads "{row.text("due_on")}", which is no date' if row["due_on"] is not None else "has no date"
        )
    return "as first agreed"
