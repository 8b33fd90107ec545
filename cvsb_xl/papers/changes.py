"""What changed since a day, told from the change log in sentences and in order of weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.errors import CannotDo
from cvsb_xl.papers.board_paper import board_paper
from cvsb_xl.papers.change_words import FOLLOW_A_DECISION, GROUPS, is_by_hand, told_fields, weight, words_of
from cvsb_xl.papers.changed_rows import (
    Period,
    agencies_of,
    changed_between,
    last_board_meeting,
    parties_of,
    review_of,
)
from cvsb_xl.papers.overall import Overall, overall
from cvsb_xl.papers.paper import Block, Bullets, Heading, Paragraph
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.sentences import counted, day, verb

LAST_BOARD = "last-board"
MOST_PRINTED = 200
"""So many changes of one group are printed; the command's own list has them all."""


@dataclass(frozen=True, slots=True)
class ToldChange:
    """One sentence.

    Attributes:
        group: the heading it stands under; groups come in order of weight.
        about: what it is about, such as "A-0004, South Wales Police:".
        by_hand: some of it was typed by hand.
        last: the day of the row's last change in the time.
    """

    group: str
    about: str
    words: str
    table: str
    key: str
    by_hand: bool
    last: date


@dataclass(frozen=True)
class ChangesReport:
    """What changed, in order of weight.

    Attributes:
        rows: how many rows changed, those left out with them.
        consequences: rows in which only what the tool works out changed; they are not told.
        begins: the day on which the log begins; what lies before it, the tracker does not know.
    """

    since: date
    until: date
    changes: tuple[ToldChange, ...]
    rows: int
    consequences: int
    unread: int
    begins: date | None


def changes(
    tracker: Tracker,
    context: Context,
    since: date | str,
    *,
    as_at: date | None = None,
    review: str | None = None,
    agency: str | None = None,
) -> Outcome:
    """Tell what changed.

    Args:
        since: a day, from its beginning; or "last-board", the day of the Board's last meeting.
        as_at: up to the end of this day; today when None.
        review, agency: only what belongs to that review, or concerns that agency.

    Returns:
        An outcome with a ChangesReport and one Paper.

    Raises:
        CannotDo: for a review or an agency that is not there; for "last-board" when no meeting is known.
    """
    until = as_at or context.today
    start = since_day(tracker, since, until)
    material = overall(tracker, until, context.now)
    _known(material, review, agency)
    report = told(
        material, changed_between(tracker, start, until, context.now), start, review=review, agency=agency
    )
    about = [
        words
        for words in (review and material.review_name(review), agency and material.agency(agency))
        if words
    ]
    paper = board_paper(
        material,
        _blocks(report),
        title="What has changed",
        subtitle=f"From {day(start)} to {day(until)}",
        facts=[("About", ", ".join(about))] if about else [],
    )
    return Outcome(report=report, documents=[paper])


def since_day(tracker: Tracker, since: date | str, today: date) -> date:
    """Return the day that "last-board" stands for, or the day itself."""
    if isinstance(since, date):
        if since > today:
            raise CannotDo(
                f"{day(since)} is after {day(today)}, so nothing can have changed since. Give an earlier day."
            )
        return since
    held = last_board_meeting(tracker, today)
    if held is None:
        raise CannotDo(
            f"{tracker.name} knows of no meeting of the Board: no decision of the Board stands in Decisions, and no escalation "
            "says when it met. Give --since DATE, or put the date in Settings as last_board_on."
        )
    return held


def told(
    material: Overall, period: Period, since: date, *, review: str | None = None, agency: str | None = None
) -> ChangesReport:
    """Put the changed rows of a period into sentences, weightiest first."""
    parties = parties_of(material.tracker)
    found, consequences, rows = [], 0, 0
    decided = {
        item.row.text("action_id")
        for item in period.rows
        if item.table.name == "decisions" and item.is_new and item.row["decision"] != "Deferred"
    }
    for item in period.rows:
        if review and review_of(material.tracker, item) != review:
            continue
        if agency and material.code(agency).casefold() not in agencies_of(parties, item):
            continue
        rows += 1
        fields = told_fields(item)
        # The decision is told: that the status followed it goes without saying.
        follows = item.table.name == "actions" and item.key in decided and set(fields) <= FOLLOW_A_DECISION
        if not fields or follows:
            consequences += 1
            continue
        about, words = words_of(material, item)
        change = ToldChange(
            GROUPS[weight(item)], about, words, item.table.name, item.key, is_by_hand(item), item.last
        )
        found.append((weight(item), natural(about), change))
    found.sort(key=lambda entry: entry[:2])
    return ChangesReport(
        since,
        material.as_at,
        tuple(entry[2] for entry in found),
        rows,
        consequences,
        period.unread,
        period.begins,
    )


def _known(material: Overall, review: str | None, agency: str | None) -> None:
    if review and review not in material.titles:
        raise CannotDo(f'{material.tracker.name}: Reviews holds no review "{review}".')
    if agency and material.code(agency) not in material.names:
        raise CannotDo(f'{material.tracker.name}: Agencies holds no agency "{agency}".')


def _blocks(report: ChangesReport) -> Iterator[Block]:
    yield Paragraph(summary(report))
    if note := about_the_log(report):
        yield Paragraph(note, kind="note")
    yield from change_blocks(report.changes, limit=MOST_PRINTED)


def summary(report: ChangesReport) -> str:
    """Say how much changed, in a sentence."""
    number = len(report.changes)
    if not number:
        return f"No change is recorded between {day(report.since)} and {day(report.until)}."
    hand = sum(change.by_hand for change in report.changes)
    typed = (
        f", {hand} of them (partly) typed by hand" if 0 < hand < number else ", typed by hand" if hand else ""
    )
    is_or_are = verb(number, "is", "are")
    return f"{counted(number, 'change').capitalize()} {is_or_are} recorded between {day(report.since)} and {day(report.until)}{typed}."


def about_the_log(report: ChangesReport) -> str:
    """Say what the log cannot tell; blank when it tells all."""
    words = []
    if report.begins is None or report.begins > report.since:
        begins = f"begins on {day(report.begins)}" if report.begins else "is empty"
        words.append(f"The tracker's change log {begins}; what changed before it, nobody has recorded.")
    if report.unread:
        number = report.unread
        words.append(
            f"{counted(number, 'row')} of the log {verb(number, 'has', 'have')} no time or place that can be read."
        )
    return " ".join(words)


def change_blocks(found: Sequence[ToldChange], level: int = 1, limit: int = 0) -> Iterator[Block]:
    """Yield the changes under the headings of their groups.

    Args:
        level: of the headings, 1 or 2.
        limit: so many of each group; the rest are counted. None are left out when 0.
    """
    for group in GROUPS:
        own = [change for change in found if change.group == group]
        if not own:
            continue
        yield Heading(group, 2 if level == 2 else 1)
        shown = own if not limit or len(own) <= limit + 1 else own[:limit]
        yield Bullets(tuple(Paragraph(change.words, change.about) for change in shown))
        if left := len(own) - len(shown):
            yield Paragraph(f"And {left:,} more: cvsb changes lists them all.", kind="note")
