"""The first half of a progress report: the position in sentences, the table of actions and the chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.overall import Overall
from cvsb_xl.papers.paper import Block, Figure, Heading, Paragraph, Segment, StackedBars, TableBlock
from cvsb_xl.papers.progress_material import Material, Position, is_past, is_past_revised
from cvsb_xl.tracker.assigning import codes
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import (
    Standing,
    is_mixed,
    lateness,
    live_proposals,
    ratified,
    ratified_on,
    was_refused,
)
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.sentences import counted, day, shortened, verb

STATUSES = ("Complete", "Awaiting ratification", "In progress", "Not started", "Stepped down")
"""In the order in which a reader wants them: what is done, what is nearly done, what is not, what will not be."""
_MOST_BARS = 14
AREAS = {"Both": "Both areas"}
"""What an area is called in a paper, where that is not its own word."""
_LONGEST_ACTION = 420


def position_words(material: Material, counts: Position) -> str:
    """Say how many actions stand where, in one or two sentences that are right for none, one and many."""
    if not counts.actions:
        return "No actions are recorded for this review."
    ratified_complete = counts.complete - counts.complete_without_ratification
    parts = [f"{ratified_complete or 'none'} {verb(ratified_complete or 1, 'is', 'are')} ratified complete"]
    if number := counts.complete_without_ratification:
        parts.append(f"{number} {verb(number, 'is', 'are')} complete without needing ratification")
    if number := counts.stepped_down:
        parts.append(f"{number} {verb(number, 'was', 'were')} stepped down")
    if number := counts.awaiting_ratification:
        kinds = [live_proposals(item)[0][1] for item in material.with_status("Awaiting ratification")]
        kinds_told = [
            f"{kinds.count(kind)} as {kind.lower()}" for kind in ("Complete", "Stepped down") if kind in kinds
        ]
        how = f" as {kinds[0].lower()}" if len(kinds_told) == 1 else f" ({listed(kinds_told)})"
        parts.append(f"{number} {verb(number, 'awaits', 'await')} ratification{how}")
    for status, number in (("In progress", counts.in_progress), ("Not started", counts.not_started)):
        if number:
            late = _late_words(material, material.with_status(status))
            parts.append(f"{number} {verb(number, 'is', 'are')} {status.lower()}{late}")
    whole = "Of 1 action" if counts.actions == 1 else f"Of {counts.actions} actions"
    words = f"{whole}, {_joined(parts)}."
    if counts.no_date:
        words += (
            f" {counted(counts.no_date, 'open action')} {verb(counts.no_date, 'has', 'have')} no due date."
        )
    if counts.stepped_down:
        words += " Stepped-down actions are not counted as complete."
    return words


def _late_words(material: Material, items: Sequence[Standing]) -> str:
    late = [item for item in items if is_past(item, material.as_at)]
    if not late:
        return ""
    both = sum(is_past_revised(item, material.as_at) for item in late)
    granted = sum(item.revised_due_on is not None for item in late) - both
    if len(items) == 1:
        detail = [
            words
            for words, many in (
                ("also past its revised date", both),
                ("its revised date is still to come", granted),
            )
            if many
        ]
        return f", and is past its due date{f' ({detail[0]})' if detail else ''}"
    detail = []
    if both:
        detail.append(f"{both} also past {verb(both, 'its', 'their')} revised date")
    if granted:
        detail.append(f"{granted} with a revised date still to come")
    number = len(late)
    its = verb(number, "its", "their")
    which = f"of which {number} {verb(number, 'is', 'are')}" if number < len(items) else "all"
    return f", {which} past {its} due date{f' ({listed(detail)})' if detail else ''}"


def _joined(parts: Sequence[str]) -> str:
    # Parts hold commas of their own ("3 are in progress, of which 2 ..."), so the last one is set off by a comma too.
    return ", and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def standing_blocks(material: Material) -> Iterator[Block]:
    """Yield what was agreed, the table of actions, and the chart."""
    yield Heading("What was agreed, and where each action stands")
    made, agreed = len(material.recommendations), len(material.actions)
    named = [material.code(item.action.text("lead_agency")) for item in material.actions]
    leads = {code for code in named if code in material.names}
    first = (
        f"{counted(made, 'recommendation').capitalize()} {verb(made, 'is', 'are')} recorded for this review"
    )
    if not agreed:
        yield Paragraph(f"{first}, and no actions.")
        return
    led = f", led by {counted(len(leads), 'agency', 'agencies')}" if leads else ""
    words = f"{first}, and {counted(agreed, 'action')}{led}."
    if unled := sum(code not in material.names for code in named):
        words += f" {counted(unled, 'action')} {verb(unled, 'names', 'name')} no one lead agency that Agencies has."
    yield Paragraph(words)
    yield TableBlock(
        title=f"The {'action' if agreed == 1 else f'{agreed} actions'} and where each stands",
        summary="One row for each action: its number, what was agreed, who leads it and where, when it is due, and how it stands.",
        headings=("Action", "What was agreed", "Lead and area", "Due", "Where it stands"),
        widths=(1.4, 5.2, 4.6, 2.9, 3.2),
        rows=tuple(_row(material, item) for item in material.actions),
    )
    yield status_figure(material)


def _row(material: Material, item: Standing) -> tuple[str, ...]:
    action = item.action
    key = action.text("action_id")
    number = next(
        (
            row.text("number") or row.text("recommendation_id")
            for row in material.recommendations
            if row.text("recommendation_id") == action.text("recommendation_id")
        ),
        "",
    )
    return (
        "\n".join([key, *([f"Rec. {number}"] if number else [])]),
        shortened(action.text("action"), _LONGEST_ACTION, f"Actions, {key}") or "No wording recorded",
        "\n".join(who_words(material, item)),
        "\n".join(due_words(item)),
        "\n".join(standing_words(material, item)),
    )


def who_words(material: Overall, item: Standing) -> list[str]:
    """Return who leads an action, where, and with whom."""
    action = item.action
    lead, area = action.text("lead_agency"), action.text("area")
    others = [material.agency(code) for code in codes(action.text("contributing"))]
    return [
        material.agency(lead) if lead else "No lead agency recorded",
        AREAS.get(area, area) or "No area recorded",
        *([f"With {listed(others)}"] if others else []),
    ]


def due_words(item: Standing) -> list[str]:
    """Return when an action is due, and beneath it the revised date."""
    revised = [f"Revised: {day(item.revised_due_on)}"] if item.revised_due_on else []
    return [day(item.action["due_on"], "No due date"), *revised]


def standing_words(material: Overall, item: Standing) -> list[str]:
    """Return an action's status, and beneath it what a reader needs to judge it."""
    status: str = item.status
    if status in ("Complete", "Stepped down"):
        meeting = ratified_on(item)
        return [status, f"Ratified {day(meeting)}" if ratified(item.decisions) else "Sign-off not required"]
    if status == "Awaiting ratification":
        kind = live_proposals(item)[0][1]
        return [status, "Proposed as complete" if kind == "Complete" else "Proposed as stepped down"]
    words = [status, _timeliness_words(material, item)]
    if is_mixed(item):
        words.append("Agencies propose both completion and stepping down")
    elif was_refused(item):
        words.append("Proposal not ratified")
    return words


def _timeliness_words(material: Overall, item: Standing) -> str:
    timeliness: str = item.timeliness(material.as_at, material.due_soon_days)
    late = lateness(item, material.as_at)
    if timeliness != "Overdue":
        return timeliness
    if item.revised_due_on is None:
        return f"Overdue by {counted(late.original, 'day')}"
    if as_date(item.action["due_on"]) is None:
        return f"Overdue by {counted(late.revised, 'day')} against the revised date"
    return f"Overdue by {counted(late.original, 'day')}; by {late.revised} against the revised date"


def status_figure(material: Overall, most: int = _MOST_BARS) -> Figure:
    """Draw each action once, under its lead agency; beyond the first `most` agencies the rest stand in one bar.

    A rest that is longer than any agency's own bar would make those unreadable: it is told in the caption instead.
    """
    bars: dict[str, list[str]] = {}
    for item in material.actions:
        lead = item.action.text("lead_agency")
        bars.setdefault(material.agency(lead) if lead else "No lead agency", []).append(item.status)
    names = sorted(bars, key=lambda name: (-len(bars[name]), natural(name)))
    title = "Status of the actions, each counted once under its lead agency"
    if len(names) > most + 1:
        rest = names[most:]
        other = f"{len(rest)} other agencies"
        bars[other] = [status for name in rest for status in bars[name]]
        names = names[:most]
        if len(bars[other]) <= len(bars[names[0]]):
            names.append(other)
        else:
            title = f"Status of the actions of the {most} agencies that lead most; {other} lead {len(bars[other]):,}"
    chart = StackedBars(
        bars=tuple(names),
        segments=tuple(
            Segment(status, tuple(bars[name].count(status) for name in names)) for status in STATUSES
        ),
        unit="actions",
    )
    return Figure(title, _alt(chart), chart)


def _alt(chart: StackedBars) -> str:
    told = []
    for place, name in enumerate(chart.bars):
        parts = [f"{part.counts[place]} {part.name.lower()}" for part in chart.segments if part.counts[place]]
        told.append(f"{name}: {listed(parts)}.")
    return f"Bar chart of the number of actions of each lead agency, by status. {' '.join(told)}"
