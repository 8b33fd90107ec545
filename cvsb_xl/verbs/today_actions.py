"""What actions want done: whom to chase, and what to put to the Delivery Group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.status import (
    AWAITING,
    Standing,
    extension_asked,
    is_mixed,
    last_update_on,
    lateness,
    waited_for,
    was_refused,
)
from cvsb_xl.tracker.wording import counted, day_in_words, listed
from cvsb_xl.verbs.task import Facts, Task

_NAMED = 6
"""So many ids are named in one line; the rest are counted."""


def refused_and_overdue(facts: Facts) -> list[Task]:
    """Return the overdue actions that the Delivery Group did not ratify, oldest first."""
    return _chased(
        facts,
        [item for item in facts.by_timeliness["Overdue"] if was_refused(item)],
        "was not ratified and is",
    )


def overdue(facts: Facts) -> list[Task]:
    """Return the other overdue actions, by the agencies they wait for; the agency with the oldest first."""
    late = facts.by_timeliness["Overdue"]
    return _chased(facts, [item for item in late if not was_refused(item) and not is_mixed(item)], "is")


def due_soon(facts: Facts) -> list[Task]:
    """Return the actions due within the board's due-soon days, by agency."""
    soon = [item for item in facts.by_timeliness["Due soon"] if not is_mixed(item)]
    tasks = []
    for agency, items in _by_agency(soon).items():
        first = items[0]
        due = first.due_on
        key = first.action.text("action_id")
        whom = f"Remind {facts.agency_name(agency)}" if agency else "Say who is to move"
        day = day_in_words(due) if due else ""
        if len(items) == 1:
            what, why = f"{whom}: {key} is due on {day}", _history(first)
        else:
            what = f"{whom}: {counted(len(items), 'action')} are due soon, the first on {day}"
            why = _ids(items)
        tasks.append(Task(what, why, due, "actions", key, "due_on"))
    return tasks


def awaiting_ratification(facts: Facts) -> Iterator[Task]:
    """Yield one line for all that the Delivery Group is asked to ratify."""
    waiting = [item for item in facts.standings.values() if item.status == AWAITING]
    if waiting:
        yield Task(
            f"Put {counted(len(waiting), 'action')} to the Delivery Group for ratification",
            f"{_ids(waiting)}: every agency needed proposes to close {'it' if len(waiting) == 1 else 'them'}.",
            None,
            "ratification",
        )


def extensions_asked(facts: Facts) -> Iterator[Task]:
    """Yield the actions for which an agency asks for more time."""
    for item in facts.open_actions:
        asked = extension_asked(item)
        if asked is not None:
            agency, until = asked
            key = item.action.text("action_id")
            yield Task(
                f"Put the extension of {key} to the Delivery Group",
                f"{facts.agency_name(agency)} asks for time until {day_in_words(until)}; "
                + (f"it is due on {day_in_words(item.due_on)}." if item.due_on else "it has no due date."),
                item.due_on,
                "actions",
                key,
                "due_on",
            )


def mixed_proposals(facts: Facts) -> Iterator[Task]:
    """Yield the actions that one agency proposes to complete and another to step down."""
    for key, item in facts.standings.items():
        if item.is_open and is_mixed(item):
            yield Task(
                f"Settle {key}: complete, or step down?",
                "Its agencies propose both, so nothing can be put to the Delivery Group.",
                item.due_on,
                "actions",
                key,
                "status",
            )


def without_date(facts: Facts) -> Iterator[Task]:
    """Yield one line for the open actions that have no due date."""
    undated = facts.by_timeliness["No date"]
    if undated:
        yield Task(
            f"Agree a due date for {counted(len(undated), 'action')}",
            f"{_ids(undated)}: without a date nobody can say whether it is late.",
            None,
            "actions",
            undated[0].action.text("action_id"),
            "due_on",
        )


def help_asked(facts: Facts) -> Iterator[Task]:
    """Yield the open actions on which an agency asks for the Board's help and no escalation is open."""
    escalated = {row.text("action_id") for row in facts.tracker["escalations"] if row["closed_on"] is None}
    for key, item in facts.standings.items():
        asking = [row.text("agency") for row in item.assignments if row["help_needed"] == "Yes"]
        if asking and item.is_open and key not in escalated:
            names = listed([facts.agency_name(code) for code in dict.fromkeys(asking)])
            yield Task(
                f"Decide whether to escalate {key}: {names} asked for help",
                "A barrier to completion goes to the Board; none is open for this action.",
                item.due_on,
                "actions",
                key,
                "action_id",
            )


def _by_agency(items: Iterable[Standing]) -> dict[str, list[Standing]]:
    found: dict[str, list[Standing]] = {}
    for item in items:
        for agency in waited_for(item) or [""]:
            found.setdefault(agency, []).append(item)
    return found


def _chased(facts: Facts, items: list[Standing], stands: str) -> list[Task]:
    tasks = []
    for agency, own in _by_agency(items).items():
        first = own[0]
        key = first.action.text("action_id")
        late = counted(lateness(first, facts.today).revised, "day")
        whom = f"Chase {facts.agency_name(agency)}" if agency else "Say who is to move"
        if len(own) == 1:
            what, why = f"{whom}: {key} {stands} {late} overdue", _history(first)
        else:
            plural = stands.replace("was", "were").replace("is", "are")
            what = f"{whom}: {len(own)} actions {plural} overdue, the longest by {late}"
            why = _ids(own)
        tasks.append(Task(what, why, first.due_on, "actions", key, "due_on"))
    return tasks


def _history(item: Standing) -> str:
    original, last = as_date(item.action["due_on"]), last_update_on(item.assignments)
    parts = []
    if item.revised_due_on:
        first = f", first agreed for {day_in_words(original)}" if original else ""
        parts.append(f"Extended to {day_in_words(item.revised_due_on)}{first}")
    elif original:
        parts.append(f"Due on {day_in_words(original)}")
    parts.append(f"last heard of on {day_in_words(last)}" if last else "no update yet")
    return "; ".join(parts) + "."


def _ids(items: Iterable[Standing]) -> str:
    return listed([item.action.text("action_id") for item in items], _NAMED)
