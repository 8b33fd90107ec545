"""The learning template of a Multi Agency Professional Forum: key findings, its SMART actions, and how it is shared.

"Key findings will be summarised along with a set of SMART actions (good practice indicates a maximum of 3 is preferred) and
shared with professionals via the MAPF learning template." (Learning and Improvement Framework.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.board_paper import board_paper, may_name_people
from cvsb_xl.papers.paper import Block, Bullets, Heading, Paragraph, TableBlock
from cvsb_xl.papers.progress import find_review
from cvsb_xl.papers.progress_board import dissemination_blocks
from cvsb_xl.papers.progress_material import Material, gather
from cvsb_xl.papers.progress_position import AREAS
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.status import Standing
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.sentences import counted, day, sentence, shortened, verb

MOST_ACTIONS = 3
"""The framework's preferred maximum."""
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class MapfReport:
    """What the template holds; `due` is the framework's three months from initiation."""

    review_id: str
    as_at: date
    draft: bool
    actions: int
    has_findings: bool
    due: date | None


def mapf(tracker: Tracker, context: Context, review_id: str, *, as_at: date | None = None) -> Outcome:
    """Write the learning template. Before the forum is completed it is headed DRAFT.

    Raises:
        CannotDo: for a review that is not there, or that is no MAPF.
    """
    review = find_review(tracker, review_id)
    if review["review_type"] != "MAPF":
        kind = review.text("review_type") or "a review without a type"
        raise CannotDo(
            f"{review.text('review_id')} is {kind}, and the learning template is for a MAPF. For its action plan: "
            f"cvsb plan --review {review.text('review_id')}"
        )
    material = gather(tracker, review, as_at or context.today, context.now)
    completion = next(
        (
            item
            for item in review_milestones(tracker)[material.review_id]
            if item.clock.due == "completion_due"
        ),
        None,
    )
    draft = not material.is_public
    report = MapfReport(
        review_id=material.review_id,
        as_at=material.as_at,
        draft=draft,
        actions=len(material.actions),
        has_findings=review["key_findings"] is not None,
        due=completion.due if completion else None,
    )
    facts = [("Forum", material.review_id)]
    facts += [
        (label, day(review[name]) if as_date(review[name]) else review.text(name))
        for name, label in (
            ("purpose", "Purpose"),
            ("format", "Format"),
            ("started_on", "Initiated"),
            ("completed_on", "Completed"),
            ("review_manager", "Review Manager"),
        )
        if review[name] is not None
    ]
    if report.due and review["completed_on"] is None:
        facts.append(("To be completed by", f"{day(report.due)}, within 3 months of initiation"))
    paper = board_paper(
        material,
        _blocks(material, draft=draft),
        title="Multi Agency Professional Forum: learning",
        subtitle=review.text("title") or "Forum without a title",
        facts=facts,
        draft=draft,
    )
    printed = {
        "reviews": ((review,), ("title", "key_findings", "good_practice")),
        "actions": ([item.action for item in material.actions], ("action", "measure")),
        "dissemination": (material.dissemination, ("audience", "impact")),
    }
    return Outcome(findings=may_name_people(tracker, context, printed), report=report, documents=[paper])


def _blocks(material: Material, *, draft: bool) -> Iterator[Block]:
    if draft:
        yield Paragraph("DRAFT. The forum has not been completed. Not for circulation.", kind="notice")
    for name, title, blank in (
        ("key_findings", "Key findings", "No key findings are recorded."),
        ("good_practice", "Good practice", "No good practice is recorded."),
    ):
        yield Heading(title)
        lines = [line.strip(" -\u2022\t") for line in material.review.text(name).splitlines() if line.strip()]
        where = f"Reviews, {material.review_id}"
        if len(lines) > 1:
            yield Bullets(tuple(Paragraph(sentence(shortened(line, _LONGEST, where))) for line in lines))
        else:
            yield Paragraph(sentence(shortened(lines[0], _LONGEST, where)) if lines else blank)
    yield Heading("Actions")
    number = len(material.actions)
    if not number:
        yield Paragraph("No actions came of the forum.")
    else:
        yield Paragraph(f"{counted(number, 'action').capitalize()} came of the forum.")
        if number > MOST_ACTIONS:
            yield Paragraph(
                f"Good practice indicates a maximum of {MOST_ACTIONS}; consider whether {number - MOST_ACTIONS} of them "
                f"{verb(number - MOST_ACTIONS, 'is', 'are')} part of another.",
                kind="note",
            )
        yield TableBlock(
            title="The actions, and how each is SMART",
            summary="One row for each action: what will be done, the measure, whether it is confirmed achievable and realistic, who leads it and when it is due.",
            headings=(
                "Action",
                "Specific: what will be done",
                "Measurable",
                "Achievable, realistic",
                "Lead, and by when",
            ),
            widths=(1.4, 5.3, 3.7, 2.6, 4.3),
            rows=tuple(_row(material, item) for item in material.actions),
        )
    yield from dissemination_blocks(material)


def _row(material: Material, item: Standing) -> tuple[str, ...]:
    action = item.action
    key = action.text("action_id")
    lead = action.text("lead_agency")
    confirmed = [
        f"{label}: {action.text(name).lower() or 'not confirmed'}"
        for name, label in (("achievable", "Achievable"), ("realistic", "Realistic"))
    ]
    return (
        key,
        shortened(action.text("action"), 500, f"Actions, {key}") or "No wording recorded",
        shortened(action.text("measure"), 400, f"Actions, {key}") or "No measure recorded",
        "\n".join(confirmed),
        "\n".join(
            [
                material.agency(lead) if lead else "No lead agency recorded",
                AREAS.get(action.text("area"), action.text("area")) or "No area recorded",
                day(item.revised_due_on or action["due_on"], "No due date"),
            ]
        ),
    )
