"""What wants doing now, in order, each with its reason, its date, where to go and the verb that does it: the first sheet.

The order: what holds up everything else; what the framework requires and is late; what agencies owe; what the meetings must
decide; what will be late; targets; gaps; what comes soon. Today stays a page: work is gathered by agency, and a long list of one kind ends in a
line that counts and names the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.edits import Link
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.status import Standing
from cvsb_xl.tracker.tables import Tracker, column_letters
from cvsb_xl.tracker.values import Value
from cvsb_xl.tracker.wording import counted, day_in_words, listed
from cvsb_xl.verbs import today_actions, today_reports, today_reviews
from cvsb_xl.verbs.summaries import due_soon_days
from cvsb_xl.verbs.task import BOARD, CHASE, CRG, ISSUE, PROGRESS, RATIFY, RESOLVE, UPDATE, Facts, Task

LONGEST = 8
"""So many lines of one kind; the rest are gathered in one more."""


def open_conflicts(facts: Facts) -> Iterator[Task]:
    """Yield one line for the returned values that wait for a decision."""
    waiting = [row for row in facts.tracker["conflicts"] if row["state"] == "Open"]
    if waiting:
        keys = list(dict.fromkeys(row.text("key") for row in waiting))
        yield Task(
            f"Decide {counted(len(waiting), 'conflict')}, then run resolve",
            f"Returned values that the tracker has not taken: {listed(keys, 6)}.",
            None,
            "conflicts",
        )


def nothing_entered(facts: Facts) -> Iterator[Task]:
    """Yield where to begin with a tracker in which nothing stands yet."""
    entered = ("agencies", "referrals", "reviews", "learning", "actions")
    if all(row.is_blank for name in entered for row in facts.tracker[name]):
        yield Task(
            "Begin: enter the agencies",
            "Each action has a lead agency; each agency gets its own sheet.",
            None,
            "agencies",
        )
        yield Task(
            "Look through the Board's own choices",
            "Its name and the marking stand on every sheet and paper.",
            None,
            "settings",
        )
        yield Task(
            "Enter the first review, and its actions",
            "Or take an old tracker over: cvsb import.",
            None,
            "reviews",
        )


def returns_outstanding(facts: Facts) -> Iterator[Task]:
    """Yield the agencies whose sheet was due back before today and has not come."""
    late = [
        (due, row)
        for row in facts.tracker["returns"]
        if row["state"] == "Issued" and (due := as_date(row["due_back_on"])) and due < facts.today
    ]
    for due, row in sorted(late, key=lambda pair: pair[0]):
        issued = as_date(row["issued_on"])
        days = counted((facts.today - due).days, "day")
        yield Task(
            f"Chase {facts.agency_name(row.text('agency'))}: its sheet is {days} late",
            f"Issued {'on ' + day_in_words(issued) if issued else ''}, due back on {day_in_words(due)}.".replace(
                "  ", " "
            ),
            due,
            "returns",
            row.text("sheet_id"),
            "due_back_on",
        )


def escalations_unanswered(facts: Facts) -> Iterator[Task]:
    """Yield the open escalations that the Board has not answered, oldest first."""
    rows = [
        (as_date(row["raised_on"]), key, row)
        for key, row in facts.tracker["escalations"].by_key.items()
        if row["closed_on"] is None and row["board_response"] is None
    ]
    for raised, key, row in sorted(rows, key=lambda item: (str(item[0] or "9"), item[1])):
        met = as_date(row["board_met_on"])
        seen = met is not None and met <= facts.today
        about = row.text("action_id") or row.text("review_id")
        yield Task(
            f"Record the Board's answer on {key}" if seen else f"Put {key} to the Board",
            f"{row.text('kind') or 'A barrier'}{f' on {about}' if about else ''}, "
            + (f"raised on {day_in_words(raised)}" if raised else "raised on no known day")
            + (f"; the Board met on {day_in_words(met)}." if seen and met else "; not answered."),
            raised,
            "escalations",
            key,
            "board_response" if seen else "board_met_on",
        )


LISTS: tuple[tuple[Callable[[Facts], Iterable[Task]], str], ...] = (
    (nothing_entered, UPDATE),
    (open_conflicts, RESOLVE),
    (today_reviews.required_dates_passed, ""),
    (today_actions.refused_and_overdue, CHASE),
    (today_actions.overdue, CHASE),
    (today_reviews.decisions_not_signed_off, CRG),
    (today_actions.awaiting_ratification, RATIFY),
    (today_actions.extensions_asked, RATIFY),
    (today_actions.mixed_proposals, ISSUE),
    (escalations_unanswered, BOARD),
    (today_actions.help_asked, UPDATE),
    (returns_outstanding, CHASE),
    (today_reports.actions_that_miss_their_report, PROGRESS),
    (today_reviews.targets_passed, UPDATE),
    (today_reviews.completion_not_recorded, UPDATE),
    (today_reviews.clocks_without_start, UPDATE),
    (today_actions.without_date, UPDATE),
    (today_reviews.milestones_soon, ""),
    (today_actions.due_soon, ISSUE),
)
"""In the order of the sheet, each with the verb that does what it lists; blank where each task says its own."""


def tasks(tracker: Tracker, today: date, standings: Mapping[str, Standing]) -> list[Task]:
    """Return everything that wants doing on a day, in order."""
    facts = Facts(tracker, today, due_soon_days(tracker), standings, review_milestones(tracker))
    return [
        task if task.how else replace(task, how=how)
        for make, how in LISTS
        for task in _folded(list(make(facts)))
    ]


def today_rows(
    tracker: Tracker, today: date, standings: Mapping[str, Standing]
) -> tuple[list[dict[str, Value]], dict[tuple[int, str], Link]]:
    """Return the rows of Today, and where the "where" cell of each links to.

    The address stands in the cell too, so that rows that have moved show as a difference and the links are made anew.
    """
    rows: list[dict[str, Value]] = []
    links: dict[tuple[int, str], Link] = {}
    for position, task in enumerate(tasks(tracker, today, standings)):
        link = _link(tracker, task)
        links[position, "where"] = link
        rows.append(
            {
                "order": position + 1,
                "what": task.what,
                "why": task.why,
                "due_on": task.due_on,
                "where": f"{link.sheet}!{link.cell}" if task.key else link.sheet,
                "how": task.how or None,
            }
        )
    return rows, links


def _link(tracker: Tracker, task: Task) -> Link:
    data = tracker[task.table]
    row = data.by_key.get(task.key)
    cell = row and (data.cell(row, task.field) or data.cell(row, data.schema.key))
    heading = f"{column_letters(min(data.columns.values(), default=1))}{data.header_row or 1}"
    return Link(data.schema.sheet, cell or heading)


def _folded(found: list[Task]) -> list[Task]:
    if len(found) <= LONGEST + 1:
        return found
    rest = found[LONGEST:]
    first = rest[0]
    more = Task(
        f"And {len(rest)} more like these",
        f"{'; '.join(task.what for task in rest[:LONGEST])}{'; ...' if len(rest) > LONGEST else '.'}",
        first.due_on,
        first.table,
        first.key,
        first.field,
        first.how,
    )
    return [*found[:LONGEST], more]
