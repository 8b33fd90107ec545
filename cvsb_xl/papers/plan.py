"""A review's action plan, to circulate: each recommendation with what will be done about it, by whom, by when, and how it is known.

"... these recommendations are considered by Case Review Group members and are translated into an action plan that will be
circulated to board partners." (Learning and Improvement Framework, Recommendations / Actions.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.board_paper import board_paper, may_name_people
from cvsb_xl.papers.paper import Block, Bullets, Heading, Paragraph, TableBlock
from cvsb_xl.papers.progress import find_review
from cvsb_xl.papers.progress_material import Material, gather
from cvsb_xl.papers.progress_position import due_words, who_words
from cvsb_xl.tracker.status import Standing
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.sentences import counted, day, sentence, shortened, verb

_LONGEST = 600


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What the plan holds.

    Attributes:
        incomplete: ids of actions that lack a lead, a date or a measure: a plan that goes out should lack none.
    """

    review_id: str
    as_at: date
    draft: bool
    recommendations: int
    actions: int
    without_action: int
    incomplete: tuple[str, ...]


def plan(
    tracker: Tracker, context: Context, review_id: str, *, as_at: date | None = None, draft: bool = False
) -> Outcome:
    """Write the plan as a Paper.

    Args:
        draft: the paper is headed DRAFT; needed before publication (a MAPF: before completion).

    Returns:
        An outcome with a Paper, a PlanReport, and a finding for each printed text that may name a person.

    Raises:
        CannotDo: for a review that is not there, or not published when no draft was asked for.
    """
    material = gather(tracker, find_review(tracker, review_id), as_at or context.today, context.now)
    if not material.is_public and not draft:
        state = "completed" if material.made_public_by == ("completed_on",) else "published"
        raise CannotDo(
            f"{tracker.name}: {material.review_id} is not {state} as at {day(material.as_at)}, so its plan is not for partners "
            "yet. For a paper headed DRAFT, give --draft; else put the dates in Reviews."
        )
    lacking = tuple(item.action.text("action_id") for item in material.actions if _lacks(material, item))
    named = {item.action.text("recommendation_id") for item in material.actions}
    report = PlanReport(
        review_id=material.review_id,
        as_at=material.as_at,
        draft=draft,
        recommendations=len(material.recommendations),
        actions=len(material.actions),
        without_action=sum(row.text("recommendation_id") not in named for row in material.recommendations),
        incomplete=lacking,
    )
    paper = board_paper(
        material,
        _blocks(material, report),
        title="Action plan",
        subtitle=material.review.text("title") or "Review without a title",
        facts=list(_facts(material)),
        draft=draft,
    )
    printed = {
        "reviews": ((material.review,), ("title",)),
        "recommendations": (material.recommendations, ("recommendation", "notes")),
        "actions": ([item.action for item in material.actions], ("action", "measure", "ownership_notes")),
        "assignments": (
            [row for item in material.actions for row in item.assignments],
            ("not_needed_reason",),
        ),
    }
    return Outcome(findings=may_name_people(tracker, context, printed), report=report, documents=[paper])


def _facts(material: Material) -> Iterator[tuple[str, str]]:
    review = material.review
    kind = review.text("review_type")
    yield "Review", f"{material.review_id}{f', {kind}' if kind else ''}"
    for name, label in (
        ("report_published_on", "Report published"),
        ("plan_circulated_on", "Plan circulated"),
    ):
        if review[name] is not None:
            yield label, day(review[name])
    if review["review_manager"] is not None:
        yield "Review Manager", review.text("review_manager")


def _blocks(material: Material, report: PlanReport) -> Iterator[Block]:
    if report.draft:
        yield Paragraph("DRAFT. Not for circulation.", kind="notice")
    yield Heading("What partners are asked to do")
    yield Bullets(
        (
            Paragraph("carry out the actions that name your agency, and return your sheet with what was done.", "Lead and contributing agencies:"),
            Paragraph(
                "read every recommendation and action, also those that others carry out; take from them what applies to you; and "
                "acknowledge the report on your sheet.",
                "All partners:",
            ),
        )
    )  # fmt: skip
    made, agreed = report.recommendations, report.actions
    yield Heading("Recommendations and actions")
    yield Paragraph(
        f"The review made {counted(made, 'recommendation')}, and {counted(agreed, 'action')} {verb(agreed, 'was', 'were')} agreed."
        if made or agreed
        else "The review made no recommendations, and no actions were agreed."
    )
    if report.incomplete:
        number = len(report.incomplete)
        yield Paragraph(
            f"{counted(number, 'action').capitalize()} {verb(number, 'lacks', 'lack')} a lead agency, a due date or a success measure: "
            f"{listed(report.incomplete)}.",
            "To be settled.",
        )
    of: dict[str, list[Standing]] = {}
    for item in material.actions:
        of.setdefault(item.action.text("recommendation_id"), []).append(item)
    known = {row.text("recommendation_id") for row in material.recommendations}
    for row in material.recommendations:
        yield from _recommendation(material, row, of.get(row.text("recommendation_id"), []))
    rest = [item for key, items in of.items() if key not in known for item in items]
    if rest:
        yield Heading("Actions of no recommendation of this review", 2)
        yield _actions_table(material, rest, "no recommendation")


def _recommendation(material: Material, row: Row, items: Sequence[Standing]) -> Iterator[Block]:
    number = row.text("number") or row.text("recommendation_id")
    about = ", ".join(filter(None, [row.text("reach").lower(), row.text("theme")]))
    yield Heading(f"Recommendation {number}{f' ({about})' if about else ''}", 2)
    words = (
        sentence(shortened(row.text("recommendation"), _LONGEST, "Recommendations"))
        or "No wording is recorded."
    )
    response = row.text("response")
    yield Paragraph(words + (f" Response: {response.lower()}." if response else ""))
    if row["notes"] is not None:
        yield Paragraph(sentence(shortened(row.text("notes"), _LONGEST, "Recommendations")), kind="note")
    if items:
        yield _actions_table(material, items, f"recommendation {number}")
    else:
        yield Paragraph("No action was agreed for this recommendation.")


def _actions_table(material: Material, items: Sequence[Standing], of: str) -> TableBlock:
    return TableBlock(
        title=f"{counted(len(items), 'action').capitalize()} for {of}",
        summary="One row for each action: what will be done and how it is known, who leads it with whom and where, and when it is due.",
        headings=("Action", "What will be done, and how it is known", "Lead, area and partners", "Due"),
        widths=(1.6, 7.2, 5.2, 3.0),
        rows=tuple(_row(material, item) for item in items),
    )


def _row(material: Material, item: Standing) -> tuple[str, ...]:
    action = item.action
    key = action.text("action_id")
    what = [shortened(action.text("action"), _LONGEST, f"Actions, {key}") or "No wording recorded"]
    measure = shortened(action.text("measure"), _LONGEST, f"Actions, {key}")
    what.append(f"Success measure: {measure or 'not recorded'}")
    who = [*who_words(material, item), *(f"Note: {note}" for note in _notes(material, item))]
    due = due_words(item)
    if action["immediacy"] is not None:
        due.append(action.text("immediacy"))
    return key, "\n".join(what), "\n".join(who), "\n".join(due)


def _notes(material: Material, item: Standing) -> Iterator[str]:
    """Yield what was agreed about who does what: it stands beside the names, where its reader looks."""
    action = item.action
    if action["ownership_notes"] is not None:
        yield sentence(
            shortened(action.text("ownership_notes"), _LONGEST, f"Actions, {action.text('action_id')}")
        )
    for row in item.assignments:
        if row["needed_for_signoff"] == "No":
            where = f" in {row.text('area')}" if row["area"] is not None else ""
            why = sentence(shortened(row.text("not_needed_reason"), 300, "Assignments"))
            yield (
                f"{material.agency(row.text('agency'))}{where} need not finish for the action to be signed off."
                f"{f' {why}' if why else ''}"
            )


def _lacks(material: Material, item: Standing) -> bool:
    action = item.action
    known = material.code(action.text("lead_agency")) in material.names
    return not known or as_date(action["due_on"]) is None or action["measure"] is None
