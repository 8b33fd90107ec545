"""The Board's report: the position, what changed since the last one, and what the Board is asked. Two pages and an annex.

"Regional Safeguarding Board will be provided with regular data and analysis which outlines the current position in terms of
progress and any barriers or risks to completion will be escalated to board for review." (Learning and Improvement Framework.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from cvsb_xl.framework.clocks import as_date, outstanding
from cvsb_xl.papers.board_annex import annex_blocks
from cvsb_xl.papers.board_asks import (
    barrier_blocks,
    decision_blocks,
    earlier_asks_blocks,
    is_asked,
)
from cvsb_xl.papers.board_figures import (
    NO_THEME,
    BoardReport,
    Line,
    Theme,
    by_area,
    by_lead,
    by_review,
    line,
    themes,
)
from cvsb_xl.papers.board_paper import board_paper, may_name_people
from cvsb_xl.papers.board_room import Room, fitting
from cvsb_xl.papers.changed_rows import changed_between, last_board_meeting
from cvsb_xl.papers.changes import ChangesReport, about_the_log, since_day, summary, told
from cvsb_xl.papers.overall import Overall, overall
from cvsb_xl.papers.paper import Block, Bullets, Heading, Paragraph
from cvsb_xl.papers.progress_board import escalation_name
from cvsb_xl.papers.progress_position import status_figure
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.sentences import counted, day, sentence, shortened, verb

_NAME = 90
"""So many characters of a review's ID and title stand before what is told of it."""


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
    asks = tuple(row for row in material.escalations if is_asked(row, material))
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
    front, room = fitting(lambda room: _front(material, report, changed, asks, room))
    paper = board_paper(
        material,
        [*front, *annex_blocks(material, report, changed, room)],
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


def _front(
    material: Overall, report: BoardReport, changed: ChangesReport | None, asks: Sequence[Row], room: Room
) -> Iterator[Block]:
    yield from decision_blocks(material, asks, room)
    yield Heading("Position")
    yield Paragraph(position_words(report.position))
    yield from _reviews(material, room)
    if material.actions:
        yield status_figure(material, room.most)
    yield Heading("What has changed since the last report")
    yield from _changed(changed, room)
    yield from earlier_asks_blocks(material, report.since, room)
    yield from barrier_blocks(material, room)
    yield Heading("Themes across reviews")
    yield Paragraph(_theme_words(report.themes, room))
    yield Heading("Good practice")
    yield from _good_practice(material, room)


def position_words(counts: Line) -> str:
    """Say how many actions stand where and how timely they are; right for none, one and many."""
    if not counts.actions:
        return "The tracker holds no actions."
    parts = [
        f"{f'{counts.complete:,}' if counts.complete else 'none'} {verb(counts.complete or 1, 'is', 'are')} complete"
    ]
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


def _reviews(material: Overall, room: Room) -> Iterator[Block]:
    rows = [
        row for row in material.tracker["reviews"].by_key.values() if not _later(row["started_on"], material)
    ]
    if not rows:
        yield Paragraph("The tracker holds no reviews.")
        return
    opened = [row for row in rows if row["stage"] != "Closed"]
    found = review_milestones(material.tracker)
    late = [
        (item, row)
        for row in opened
        for item in outstanding(found[row.text("review_id")])
        if item.has_passed(material.as_at)
    ]
    # What the framework requires comes before what it hopes for.
    late.sort(key=lambda pair: (pair[0].clock.strength != "required", str(pair[0].due)))
    passed = [
        Paragraph(
            f"{item.clock.milestone}, {day(item.due)}: {counted(item.days_past(material.as_at), 'day')} {item.clock.passed}.",
            f"{_review(material, row)}:",
        )
        for item, row in late
    ]
    words = f"{counted(len(opened), 'review').capitalize()} {verb(len(opened), 'is', 'are')} open, of {len(rows)} recorded."
    if passed:
        words += f" {counted(len(passed), 'date').capitalize()} of the framework {verb(len(passed), 'has', 'have')} passed:"
    elif opened:
        words += " No date of the framework has passed."
    yield Paragraph(words)
    if passed:
        yield Bullets(tuple(passed[: room.most]))
    left = len(passed) - room.most
    if left > 0:
        yield Paragraph(f"And {left} more; the tracker's sheet Reviews has them all.", kind="note")


def _review(material: Overall, row: Row) -> str:
    name = material.review_name(row.text("review_id"))
    return name if len(name) <= _NAME else f"{name[:_NAME].rsplit(' ', 1)[0]} \u2026"


def _later(value: object, material: Overall) -> bool:
    found = as_date(value)
    return found is not None and found > material.as_at


def _changed(changed: ChangesReport | None, room: Room) -> Iterator[Block]:
    if changed is None:
        yield Paragraph("No earlier meeting of the Board is recorded, so there is nothing to compare with.")
        return
    yield Paragraph(summary(changed))
    if note := about_the_log(changed):
        yield Paragraph(note, kind="note")
    shown = changed.changes[: room.most]
    if shown:
        yield Bullets(
            tuple(
                Paragraph(shortened(item.words, room.longest, room.rest_in("cvsb changes")), item.about)
                for item in shown
            )
        )
    if left := len(changed.changes) - len(shown):
        yield Paragraph(
            f"{counted(left, 'more change').capitalize()} {verb(left, 'stands', 'stand')} in the annex.",
            kind="note",
        )


def _theme_words(found: Sequence[Theme], room: Room) -> str:
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
    return f"{counted(len(shared), 'theme').capitalize()} {verb(len(shared), 'recurs', 'recur')} in more than one review: {listed(told, room.most)}."


def _good_practice(material: Overall, room: Room) -> Iterator[Block]:
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
                sentence(
                    shortened(
                        row.text("good_practice"), min(room.longest, 260), f"Reviews, {row.text('review_id')}"
                    )
                ),
                f"{_review(material, row)}:",
            )
            for row in rows[: min(room.most, 4)]
        )
    )


def _is_shared(row: Row, material: Overall) -> bool:
    """Tell whether a review's findings may be told: its report is published; a MAPF, which has none, is completed."""
    name = "completed_on" if row["review_type"] == "MAPF" else "report_published_on"
    on = as_date(row[name])
    return on is not None and on <= material.as_at
