"""The progress report that the framework asks for, 12 months after a review's report and action plan were published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.paper import Block, Bullets, Heading, Paper, Paragraph, numbered
from cvsb_xl.papers.progress_board import asks_blocks, barrier_blocks, dissemination_blocks
from cvsb_xl.papers.progress_clock import clock_words
from cvsb_xl.papers.progress_doubts import personal_data, what_is_left_out
from cvsb_xl.papers.progress_material import Material, Position, Whole, gather, position, whole
from cvsb_xl.papers.progress_position import position_words, standing_blocks
from cvsb_xl.papers.progress_sections import (
    awaiting_blocks,
    evidence_blocks,
    open_blocks,
    recommendation_blocks,
    stepped_down_blocks,
)
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.sentences import counted, day, verb


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """The figures of the paper.

    Attributes:
        progress_due: when the framework wants the report; None where it sets no date.
        position: how many actions stand where.
        left_out: what the paper could not count or read, in sentences; each wants a person.
    """

    review_id: str
    title: str
    as_at: date
    draft: bool
    progress_due: date | None
    position: Position
    left_out: tuple[str, ...]


def progress(
    tracker: Tracker,
    context: Context,
    review_id: str,
    *,
    as_at: date | None = None,
    draft: bool = False,
    shared: Whole | None = None,
) -> Outcome:
    """Write one review's progress report as a Paper, from what the tracker holds.

    Statuses and dates are worked out anew as at the day; the computed columns are not read. A tracker keeps no earlier
    states, so rows updated after the day are told as they now are, and the paper says so.

    Args:
        as_at: the day whose position is told; today when None.
        draft: the paper is headed DRAFT. Needed, with as_at, for a review that is not published.
        shared: what other reports of the same day were made from too; worked out when None.

    Returns:
        An outcome with one Paper among its documents, a ProgressReport, and a finding for each cell printed in the paper
        that may name a person (the rules of family P).

    Raises:
        CannotDo: for a review that is not there, or that is not published (a MAPF: not completed) when no draft was asked
            for.
    """
    review = find_review(tracker, review_id)
    day_told = as_at or context.today
    shared = shared or whole(tracker, context, day_told)
    material = gather(tracker, review, day_told, context.now, shared)
    if not material.is_public and not (draft and as_at):
        raise CannotDo(_not_published(material))
    counts = position(material.actions, day_told)
    left_out = tuple(what_is_left_out(material))
    report = ProgressReport(
        review_id=material.review_id,
        title=review.text("title"),
        as_at=day_told,
        draft=draft,
        progress_due=material.clock.due if material.clock else None,
        position=counts,
        left_out=left_out,
    )
    return Outcome(
        findings=personal_data(material, shared.personal),
        report=report,
        documents=[_paper(material, counts, left_out, draft=draft)],
    )


def find_review(tracker: Tracker, review_id: str) -> Row:
    """Return a review by its id.

    Raises:
        CannotDo: naming those with a similar id, or those that there are.
    """
    wanted = review_id.strip()
    reviews = tracker["reviews"].by_key
    if wanted in reviews:
        return reviews[wanted]
    known = sorted(reviews, key=natural)
    if not known:
        raise CannotDo(f"{tracker.name}: Reviews holds no review with an ID, so there is none to report on.")
    folded = {key.casefold(): key for key in known}
    close = [folded[key] for key in get_close_matches(wanted.casefold(), folded, n=3, cutoff=0.5)]
    hint = f"Did you mean {_either(close)}?" if close else f"It holds {listed(known, 8)}."
    raise CannotDo(f'{tracker.name}: Reviews holds no review "{wanted}". {hint}')


def _either(names: list[str]) -> str:
    return listed(names).replace(" and ", " or ")


def _not_published(material: Material) -> str:
    review, schema = material.review, material.tracker["reviews"].schema
    names = material.made_public_by
    state = "completed" if names == ("completed_on",) else "published"
    blank = [schema[name].title for name in names if review[name] is None]
    told = [
        f"{schema[name].title} is {day(review[name])}"
        for name in names
        if review[name] is not None
        and not ((on := as_date(review[name])) is not None and on <= material.as_at)
    ]
    why = [f"{listed(blank)} {verb(len(blank), 'is', 'are')} blank"] if blank else []
    return (
        f"{material.tracker.name}: the review {material.review_id} is not {state} as at {day(material.as_at)}: "
        f"{listed([*why, *told])}. Until it is, its actions are not for the Board's papers. Put the date in Reviews; or, "
        f"for a paper headed DRAFT, give both --as-at DATE and --draft."
    )


def _paper(material: Material, counts: Position, left_out: tuple[str, ...], *, draft: bool) -> Paper:
    review, tracker = material.review, material.tracker
    kind = review.text("review_type")
    facts = [("Review", f"{material.review_id}{f', {kind}' if kind else ''}"), ("As at", day(material.as_at))]
    if review["review_manager"] is not None:
        facts.append(("Review Manager", review.text("review_manager")))
    return Paper(
        title="12-month progress report" if material.clock else "Progress report",
        subtitle=review.text("title") or "Review without a title",
        facts=tuple(facts),
        board=tracker.setting("board_name"),
        marking=tracker.setting("marking"),
        as_at=material.as_at,
        made_at=material.made_at,
        blocks=numbered(_blocks(material, counts, left_out, draft=draft)),
        draft=draft,
    )


def _blocks(
    material: Material, counts: Position, left_out: tuple[str, ...], *, draft: bool
) -> Iterator[Block]:
    if draft:
        what = (
            "The review has not been completed."
            if material.made_public_by == ("completed_on",)
            else "The report and the action plan have not both been published."
        )
        why = "" if material.is_public else f" {what}"
        yield Paragraph(f"DRAFT.{why} Not for circulation.", kind="notice")
    yield Heading("Position")
    yield Paragraph(position_words(material, counts))
    yield Paragraph(clock_words(material))
    yield from asks_blocks(material, counts)
    yield from standing_blocks(material)
    yield from open_blocks(material)
    yield from awaiting_blocks(material)
    yield from stepped_down_blocks(material)
    yield from evidence_blocks(material)
    yield from barrier_blocks(material)
    yield from dissemination_blocks(material)
    yield from recommendation_blocks(material)
    yield Heading("About this report")
    yield Paragraph(_about(material), kind="note")
    if left_out:
        yield Paragraph("What the tracker does not let this report count or read:", kind="note")
        yield Bullets(tuple(Paragraph(text) for text in left_out))


def _about(material: Material) -> str:
    made = material.made_at
    words = [
        f"Made from {material.tracker.name} as it stood on {day(made.date())} at {made:%H:%M}. Dates are judged as at "
        f"{day(material.as_at)}. Agencies propose that an action is complete or should be stepped down; the Delivery Group "
        f"ratifies it. Texts are as agencies sent them."
    ]
    later = [
        row.text("assignment_id")
        for item in material.actions
        for row in item.assignments
        if (on := as_date(row["updated_on"])) is not None and on > material.as_at
    ]
    if later:
        number = len(later)
        words.append(
            f"{counted(number, 'assignment')} {verb(number, 'was', 'were')} updated after {day(material.as_at)} and "
            f"{verb(number, 'is', 'are')} told as now: {listed(later, 6)}."
        )
    return " ".join(words)
