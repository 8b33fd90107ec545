"""Which actions will still be open when their review's progress report is due: told while there is time to mend it.

"each SUSR completed will be subject to a brief Progress report 12 months after the recommendations and actions have been
published" (Learning and Improvement Framework): an action planned for later cannot be told there as done.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cvsb_xl.framework.clocks import as_date, outstanding
from cvsb_xl.tracker.status import AWAITING, Standing, needed
from cvsb_xl.tracker.wording import counted, day_in_words, listed
from cvsb_xl.verbs.task import Facts, Task

_NAMED = 4
"""So many actions are named with their dates; the rest are counted."""


def actions_that_miss_their_report(facts: Facts) -> Iterator[Task]:
    """Yield a line for each review with a report to come, by its date, when actions are due or expected after it.

    What is overdue or has no date is told elsewhere in Today; it counts here only if an agency says that it will take so long.
    """
    for due, review in sorted(_reports_to_come(facts)):
        late = [
            (item, words)
            for item in facts.open_actions
            if item.action.text("review_id") == review and (words := _after(facts, item, due))
        ]
        if late:
            key = late[0][0].action.text("action_id")
            named = [f"{item.action.text('action_id')} ({words})" for item, words in late]
            yield Task(
                f"Bring forward, or explain: {counted(len(late), 'action')} of {review} will miss its 12-month progress report",
                f"The report is due on {day_in_words(due)}; {listed(named, _NAMED)}.",
                due,
                "actions",
                key,
                "due_on",
            )


def _reports_to_come(facts: Facts) -> Iterator[tuple[date, str]]:
    for review, found in facts.milestones.items():
        for item in outstanding(found):
            if item.clock.done == "progress_reported_on" and item.due and item.due >= facts.today:
                yield item.due, review


def _after(facts: Facts, item: Standing, report_due: date) -> str:
    """Say what puts an action's end after the report: an agency's own expectation, or its due date. Blank if nothing does."""
    if item.status == AWAITING:
        return ""
    proposed = {id(row) for row, _ in item.live}
    expected = [
        (on, row.text("agency"))
        for row in needed(item.assignments)
        if id(row) not in proposed and (on := as_date(row["expected_on"])) and on > report_due
    ]
    if expected:
        on, agency = max(expected)
        return f"{facts.agency_name(agency)} expects {day_in_words(on)}"
    if item.due_on and item.due_on > report_due:
        return f"due on {day_in_words(item.due_on)}"
    return ""
