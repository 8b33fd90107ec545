"""A progress report's own clock, in words: when report and plan were published, and when this report is due."""

from __future__ import annotations

from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.progress_material import Material
from cvsb_xl.tracker.tables import Row
from cvsb_xl.tracker.values import Value
from cvsb_xl.verbs.sentences import counted, day, sentence


def clock_words(material: Material) -> str:
    """Say when report and plan were published, and when the progress report is due and why."""
    review, clock = material.review, material.clock
    if review["review_type"] == "MAPF":
        words = [_completion_words(review, material.as_at)]
    else:
        words = [_publication_words(review, material.as_at)]
    if clock is None:
        kind = review.text("review_type") or "review without a type"
        article = "an" if kind in ("APR", "MHHR", "OWHR") else "a"
        words.append(
            f"The Board's framework asks for a progress report 12 months after publication for each SUSR, and sets none "
            f"for {article} {kind}; this paper was asked for all the same, and has no due date."
        )
        return " ".join(words)
    if clock.due is None:
        words.append(f"There is no due date for this report yet: it is {clock.awaiting}.")
    else:
        gap = (material.as_at - clock.due).days
        months = f"{clock.clock.months} months after the recommendations and actions were published"
        later = (
            ""
            if review["report_published_on"] == review["plan_published_on"]
            else ", counted from the later date"
        )
        words.append(
            f"This report {'is' if gap <= 0 else 'was'} due on {day(clock.due)} ({months}{later}), {_gap_words(gap)}."
        )
    words.append(f"The framework says: \u201c{clock.clock.sentence.rstrip('.')}.\u201d")
    if clock.done_on:
        words.append(f"A progress report is recorded as given on {day(clock.done_on)}.")
    return " ".join(words)


def _gap_words(days: int) -> str:
    if days == 0:
        return "the date of this paper"
    return f"{counted(abs(days), 'day')} {'after' if days < 0 else 'before'} the date of this paper"


def _completion_words(review: Row, as_at: date) -> str:
    completed = as_date(review["completed_on"])
    if completed is None:
        return "No date of completion is recorded for the review."
    return f"The review {'was' if completed <= as_at else 'is to be'} completed on {day(completed)}."


def _publication_words(review: Row, as_at: date) -> str:
    report, plan = review["report_published_on"], review["plan_published_on"]
    if report == plan and report is not None:
        return sentence(_published("the report and the action plan", "were", report, as_at))
    if report is None and plan is None:
        return "No date of publication is recorded, neither for the report nor for the action plan."
    one, other = (
        _published("the report", "was", report, as_at),
        _published("the action plan", "was", plan, as_at),
    )
    return sentence(f"{one}; {other}")


def _published(what: str, were: str, value: Value, as_at: date) -> str:
    if value is None:
        return f"no date of publication is recorded for {what}"
    published = as_date(value)
    if published is None:
        return f"the date of publication of {what} reads {day(value)}"
    if published > as_at:
        return f"{what} {'is' if were == 'was' else 'are'} to be published on {day(published)}"
    return f"{what} {were} published on {day(published)}"
