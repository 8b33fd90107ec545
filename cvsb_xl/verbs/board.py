"""The Board's report: the position, what changed since the last one, and what the Board is asked. Two pages and an annex.

"Regional Safeguarding Board will be provided with regular data and analysis which outlines the current position in terms of
progress and any barriers or risks to completion will be escalated to board for review." (Learning and Improvement Framework.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.board_annex import MOST_IN_FRONT, annex_blocks
from cvsb_xl.verbs.board_figures import NO_THEME, Line, Theme, by_area, by_lead, by_review, line, themes
from cvsb_xl.verbs.board_paper import board_paper, may_name_people
from cvsb_xl.verbs.changed_rows import changed_between, last_board_meeting
from cvsb_xl.verbs.changes import ChangesReport, about_the_log, since_day, summary, told
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.overall import Overall, overall
from cvsb_xl.verbs.paper import Block, Bullets, Heading, PageBreak, Paragraph
from cvsb_xl.verbs.progress_board import escalation_is_open, escalation_item, escalation_name, is_answered
from cvsb_xl.verbs.progress_position import status_figure
from cvsb_xl.verbs.sentences import counted, day, sentence, shortened, verb


@dataclass(frozen=True)
class BoardReport:
    """The figures of the paper.

    Attributes:
        since: the day from which changes are told; None where no earlier report or meeting is known.
        asks: escalations that wait for the Board's decision.
    """

    as_at: date
    since: date | None
    position: Line
    reviews: tuple[Line, ...]
    agencies: tuple[Line, ...]
    areas: tuple[Line, ...]
    themes: tuple[Theme, ...]
    asks: tuple[str, ...]


def board(
    tracker: Tracker, context: Context, *, as_at: date | None = None, since: date | str | None = None
) -> Outcome:
    """Write the Board's report.

    Args:
        since: the day of the last report, or "last-board"; when None, the Board's last meeting before the day, if known.

    Returns:
        An outcome with one Paper, a BoardReport, and a finding for each printed text that may name a person.
    """
    told_on = as_at or context.today
    material = overall(tracker, told_on, context.now)
    start = since_day(tracker, since, told_on) if since is not None else last_board_meeting(tracker, told_on)
    changed = None
    if start is not None:
        changed = told(material, changed_between(tracker, start, told_on, context.now), start)
    asks = tuple(row for row in material.escalations if _is_asked(row, material))
    report = BoardReport(
        as_at=told_on,
        since=start,
        position=line(material, "All actions", material.actions),
        reviews=tuple(by_review(material)),
        agencies=tuple(by_lead(material)),
        areas=tuple(by_area(material)),
        themes=tuple(themes(material)),
        asks=tuple(escalation_name(row) for row in asks),
    )
    paper = board_paper(
        material,
        [
            *_front(material, report, changed, asks),
            PageBreak(),
            *annex_blocks(material, report.reviews, report.agencies, report.areas, report.themes, changed),
        ],
        title="Reviews and actions: report to the Board",
        subtitle=tracker.setting("board_name") or "Safeguarding Board",
        facts=[("Changes since", day(start, "no earlier meeting is recorded"))],
    )
    printed = {
        "escalations": (material.escalations, ("description", "asked_of_board", "board_response")),
        "reviews": (tracker["reviews"].rows, ("title", "good_practice")),
        "actions": ([item.action for item in material.actions], ("action",)),
    }
    return Outcome(findings=may_name_people(tracker, context, printed), report=report, documents=[paper])


def _is_asked(row: Row, material: Overall) -> bool:
    return (
        row["asked_of_board"] is not None
        and escalation_is_open(row, material)
        and not is_answered(row, material)
    )


def _front(
    material: Overall, report: BoardReport, changed: ChangesReport | None, asks: Sequence[Row]
) -> Iterator[Block]:
    yield Heading("What needs a decision of the Board")
    if not asks:
        yield Paragraph("No decision of the Board is asked for in the tracker.")
    else:
        yield Bullets(
            tuple(
                Paragraph(
                    sentence(
                        shortened(row.text("asked_of_board"), 300, f"Escalations, {escalation_name(row)}")
                    ),
                    f"{escalation_name(row)}{_about(row)}:",
                )
                for row in asks[:MOST_IN_FRONT]
            )
        )
        if len(asks) > MOST_IN_FRONT:
            yield Paragraph(f"And {len(asks) - MOST_IN_FRONT} more, in the annex.", kind="note")
    yield Heading("Position")
    yield Paragraph(position_words(report.position))
    yield Paragraph(_reviews_words(material))
    if material.actions:
        yield status_figure(material)
    yield Heading("What has changed since the last report")
    yield from _changed(changed)
    yield Heading("Barriers, risks, and earlier asks")
    yield from _escalated(material)
    yield Heading("Themes across reviews")
    yield Paragraph(_theme_words(report.themes))
    yield Heading("Good practice")
    yield from _good_practice(material)


def _about(row: Row) -> str:
    about = row.text("action_id") or row.text("review_id")
    return f", {row.text('kind').lower() or 'barrier'}{f' on {about}' if about else ''}"


def position_words(counts: Line) -> str:
    """Say how many actions stand where and how timely they are; right for none, one and many."""
    if not counts.actions:
        return "The tracker holds no actions."
    parts = [f"{counts.complete or 'none'} {verb(counts.complete or 1, 'is', 'are')} complete"]
    for number, one, many in (
        (counts.stepped_down, "was stepped down", "were stepped down"),
        (counts.awaiting, "awaits ratification", "await ratification"),
        (counts.in_progress, "is in progress", "are in progress"),
        (counts.not_started, "is not started", "are not started"),
    ):
        if number:
            parts.append(f"{number:,} {verb(number, one, many)}")
    words = f"Of {counted(counts.actions, 'action')}, {listed(parts)}."
    running = counts.in_progress + counts.not_started
    if running:
        late = [
            f"{number:,} {verb(number, one, many)}"
            for number, one, many in (
                (counts.overdue, "is overdue", "are overdue"),
                (counts.due_soon, "is due soon", "are due soon"),
                (counts.on_track, "is on track", "are on track"),
                (counts.no_date, "has no due date", "have no due date"),
            )
            if number
        ]
        words += f" Of the {counted(running, 'action')} still being worked on, {listed(late)}."
    return words + (" Stepped-down actions are not counted as complete." if counts.stepped_down else "")


def _reviews_words(material: Overall) -> str:
    rows = [
        row for row in material.tracker["reviews"].by_key.values() if not _later(row["started_on"], material)
    ]
    if not rows:
        return "The tracker holds no reviews."
    opened = [row for row in rows if row["stage"] != "Closed"]
    found = review_milestones(material.tracker)
    passed = [
        f"{row.text('review_id')} ({item.clock.milestone[0].lower() + item.clock.milestone[1:]}, {item.clock.passed})"
        for row in opened
        for item in found[row.text("review_id")]
        if item.has_passed(material.as_at)
    ]
    words = f"{counted(len(opened), 'review').capitalize()} {verb(len(opened), 'is', 'are')} open, of {len(rows)} recorded."
    if passed:
        words += f" {counted(len(passed), 'date').capitalize()} of the framework {verb(len(passed), 'has', 'have')} passed: {listed(passed, MOST_IN_FRONT)}."
    elif opened:
        words += " No date of the framework has passed."
    return words


def _later(value: object, material: Overall) -> bool:
    found = as_date(value)
    return found is not None and found > material.as_at


def _changed(changed: ChangesReport | None) -> Iterator[Block]:
    if changed is None:
        yield Paragraph("No earlier meeting of the Board is recorded, so there is nothing to compare with.")
        return
    yield Paragraph(summary(changed))
    if note := about_the_log(changed):
        yield Paragraph(note, kind="note")
    shown = changed.changes[:MOST_IN_FRONT]
    if shown:
        yield Bullets(tuple(Paragraph(item.words, item.about) for item in shown))
    if left := len(changed.changes) - len(shown):
        yield Paragraph(
            f"{counted(left, 'more change').capitalize()} {verb(left, 'stands', 'stand')} in the annex.",
            kind="note",
        )


def _escalated(material: Overall) -> Iterator[Block]:
    opened = [row for row in material.escalations if escalation_is_open(row, material)]
    asking = [
        (item, row)
        for item in material.actions
        if item.is_open
        for row in item.assignments
        if row["help_needed"] == "Yes" or row["barriers"] is not None
    ]
    if not opened and not asking:
        yield Paragraph("No barrier or risk is open, and no agency reports one.")
        return
    answered = [row for row in opened if is_answered(row, material)]
    yield Paragraph(
        f"{counted(len(opened), 'escalation').capitalize()} {verb(len(opened), 'is', 'are')} open, {len(answered) or 'none'} of them answered "
        "by the Board."
        if opened
        else "Nothing that was escalated is open."
    )
    if opened:
        yield Bullets(tuple(escalation_item(row, material) for row in opened[:MOST_IN_FRONT]))
        if len(opened) > MOST_IN_FRONT:
            yield Paragraph(f"And {len(opened) - MOST_IN_FRONT} more, in the annex.", kind="note")
    raised = {row.text("action_id") for row in opened}
    silent = sorted({item.action.text("action_id") for item, _ in asking} - raised, key=natural)
    if silent:
        number = len(silent)
        yield Paragraph(
            f"Agencies report barriers on {counted(number, 'further open action')} that {verb(number, 'has', 'have')} not been escalated: "
            f"{listed(silent, 10)}."
        )


def _theme_words(found: Sequence[Theme]) -> str:
    named = [theme for theme in found if theme.name != NO_THEME]
    if not named:
        return "No themes are recorded."
    shared = [theme for theme in named if len(theme.reviews) > 1]
    if not shared:
        return "No theme is shared by more than one review; the annex lists them all."
    told = [
        f"{theme.name} ({len(theme.reviews)} reviews, {counted(theme.open, 'open action')})"
        for theme in shared
    ]
    return f"{counted(len(shared), 'theme').capitalize()} {verb(len(shared), 'recurs', 'recur')} in more than one review: {listed(told, MOST_IN_FRONT)}."


def _good_practice(material: Overall) -> Iterator[Block]:
    rows = [
        row
        for row in material.tracker["reviews"].by_key.values()
        if row["good_practice"] is not None and _is_shared(row, material)
    ]
    rows.sort(
        key=lambda row: as_date(row["report_published_on"]) or as_date(row["completed_on"]) or date.min,
        reverse=True,
    )
    if not rows:
        yield Paragraph("No good practice is recorded for a review that is published or completed.")
        return
    yield Bullets(
        tuple(
            Paragraph(
                sentence(shortened(row.text("good_practice"), 260, f"Reviews, {row.text('review_id')}")),
                f"{row.text('review_id')}:",
            )
            for row in rows[:4]
        )
    )


def _is_shared(row: Row, material: Overall) -> bool:
    """Tell whether a review's findings may be told: its report is published; a MAPF, which has none, is completed."""
    name = "completed_on" if row["review_type"] == "MAPF" else "report_published_on"
    on = as_date(row[name])
    return on is not None and on <= material.as_at
