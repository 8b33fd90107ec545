"""What reviews and referrals want done: their clocks, sign-off and notification."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.framework.clocks import Milestone, as_date, outstanding
from cvsb_xl.tracker.review_clocks import OUTCOMES_WITHOUT_A_DECISION
from cvsb_xl.tracker.tables import Row
from cvsb_xl.tracker.wording import counted, day_in_words, listed
from cvsb_xl.verbs.task import DUE, MAPF, PROGRESS, Facts, Task


def required_dates_passed(facts: Facts) -> list[Task]:
    """Return the milestones the framework requires that are overdue: progress reports, then MAPFs; oldest first."""
    passed = [
        (review, item)
        for review, item in _milestones(facts)
        if item.clock.strength == "required" and item.has_passed(facts.today)
    ]
    passed.sort(key=lambda pair: (pair[1].clock.done == "completed_on", pair[1].due))
    return [_passed(facts, review, item) for review, item in passed]


def targets_passed(facts: Facts) -> list[Task]:
    """Return the targets that have passed, oldest first; one whose overrun is explained wants nothing more."""
    passed = [
        (review, item)
        for review, item in _milestones(facts)
        if item.clock.strength != "required"
        and item.has_passed(facts.today)
        and not (item.clock.done == "completed_on" and review["overrun_reason"] is not None)
    ]
    passed.sort(key=lambda pair: str(pair[1].due))
    return [_passed(facts, review, item) for review, item in passed]


def milestones_soon(facts: Facts) -> list[Task]:
    """Return the milestones that fall within the due-soon days."""
    soon = [
        Task(
            f"Prepare for {_named(item)} of {review.text('review_id')}, due on {day_in_words(item.due)}",
            f"{review.text('title')}: {_counted_from(item)}.",
            item.due,
            "reviews",
            review.text("review_id"),
            item.clock.due,
            _paper(item) or DUE,
        )
        for review, item in _milestones(facts)
        if item.due is not None and facts.is_soon(item.due)
    ]
    return sorted(soon, key=lambda task: str(task.due_on))


def clocks_without_start(facts: Facts) -> list[Task]:
    """Return the clocks that cannot start because a date is not filled in, where the review has come that far."""
    tasks = []
    for review, item in _milestones(facts):
        if item.due is not None:
            continue
        blank = [name for name in item.clock.start_fields if as_date(review[name]) is None]
        begun = len(blank) < len(item.clock.start_fields) or review["completed_on"] is not None
        if item.clock.done == "progress_reported_on" and not begun:
            continue  # the review is still running: its report is not late, it is not yet there
        fields = facts.tracker.framework["reviews"]
        gaps = listed([f'"{fields[name].title}"' for name in blank]) or "the decision in Referrals"
        tasks.append(
            Task(
                f"Fill in {gaps} for {review.text('review_id')}",
                f"{item.text(facts.today)}: without it no date can be worked out.",
                None,
                "reviews",
                review.text("review_id"),
                blank[0] if blank else item.clock.due,
            )
        )
    return tasks


def completion_not_recorded(facts: Facts) -> list[Task]:
    """Return the reviews that are published but not recorded as completed: their clock still runs."""
    return [
        Task(
            f'Fill in "Completed on" for {key}',
            f"Its report was published on {day_in_words(published)}, but nobody has said when the review was completed.",
            published,
            "reviews",
            key,
            "completed_on",
        )
        for key, review in facts.tracker["reviews"].by_key.items()
        if facts.milestones.get(key)
        and (published := as_date(review["report_published_on"]))
        and review["completed_on"] is None
    ]


def decisions_not_signed_off(facts: Facts) -> Iterator[Task]:
    """Yield the decisions of the Case Review Group that lack the chair's sign-off or the notice to Welsh Government."""
    wanted = {
        "chair_signed_off_on": "the chair's sign-off",
        "wg_notified_on": "the notice to Welsh Government",
    }
    for key, row in facts.tracker["referrals"].by_key.items():
        if row["crg_decision"] is None or row["crg_decision"] in OUTCOMES_WITHOUT_A_DECISION:
            continue
        blank = [name for name in wanted if row[name] is None]
        if blank:
            met = as_date(row["crg_met_on"])
            decided = f" on {day_in_words(met)}" if met else ""
            yield Task(
                f"Get {listed([wanted[name] for name in blank])} for {key}",
                f'The Case Review Group decided "{row.text("crg_decision")}"{decided}. Every decision needs both.',
                met,
                "referrals",
                key,
                blank[0],
            )


def _milestones(facts: Facts) -> Iterator[tuple[Row, Milestone]]:
    for key, found in facts.milestones.items():
        review = facts.tracker["reviews"].by_key[key]
        for item in outstanding(found):
            yield review, item


def _passed(facts: Facts, review: Row, item: Milestone) -> Task:
    key = review.text("review_id")
    late = counted(item.days_past(facts.today), "day")
    if item.clock.done == "progress_reported_on":
        what = f"Give the progress report on {key}: it is {late} overdue"
    elif item.clock.strength == "required":
        what = f"Complete {key}: this {item.clock.review_type} is {late} overdue"
    elif item.clock.done == "completed_on":
        what = f"Complete {key}, or say why it takes longer: {late} past target"
    else:
        what = f"Hold {_named(item)} of {key}: {late} past target"
    why = f"{review.text('title')}: {_counted_from(item)}."
    return Task(what, why, item.due, "reviews", key, item.clock.due, _paper(item))


def _paper(item: Milestone) -> str:
    """Return the verb that writes what a milestone asks for; blank where it asks for a meeting."""
    if item.clock.done == "progress_reported_on":
        return PROGRESS
    return MAPF if item.clock.review_type == "MAPF" and item.clock.done == "completed_on" else ""


def _counted_from(item: Milestone) -> str:
    start = day_in_words(item.start) if item.start else ""
    strength = {
        "target": "a target, where possible",
        "expected": "not normally longer",
        "required": "required",
    }
    return f"{counted(item.clock.months, 'month')} from {start} ({strength[item.clock.strength]})"


def _named(item: Milestone) -> str:
    return f"the {item.clock.milestone[:1].lower()}{item.clock.milestone[1:]}"
