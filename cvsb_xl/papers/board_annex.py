"""The annex of the Board's report: the figures by review, agency, area and theme, what is overdue, and what became of earlier asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.board_asks import is_asked, recent_answers
from cvsb_xl.papers.board_figures import BoardReport, Line, Theme
from cvsb_xl.papers.board_room import Room
from cvsb_xl.papers.changes import ChangesReport, change_blocks
from cvsb_xl.papers.overall import Overall
from cvsb_xl.papers.paper import Block, Bullets, Heading, PageBreak, Paragraph, TableBlock
from cvsb_xl.papers.progress_board import escalation_is_open, escalation_item
from cvsb_xl.tracker.status import Standing, lateness
from cvsb_xl.tracker.tables import Row
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.sentences import counted, day, shortened

_MOST = 200
_LINE_HEADINGS = ("Actions", "Complete", "Stepped down", "Awaiting", "In progress", "Not started", "Overdue")
_LINE_WIDTHS = (1.7, 2.0, 1.8, 1.9, 1.9, 1.6, 1.8)


def annex_blocks(
    material: Overall, report: BoardReport, changed: ChangesReport | None, room: Room
) -> Iterator[Block]:
    """Yield the annex on a page of its own; long lists are cut where it is said. An empty tracker needs none."""
    if not (material.actions or report.themes or material.escalations):
        return
    yield PageBreak()
    yield Heading("Annex: the figures")
    for what, lines, words in (
        ("review", report.reviews, "review"),
        ("lead agency", report.agencies, "agency, each action counted once under the agency that leads it"),
        ("area", report.areas, "area, each action counted once"),
    ):
        if lines:
            yield _lines_table(what, lines, words)
    if report.themes:
        yield _themes_table(report.themes)
    late = [item for item in material.actions if item.timeliness(material.as_at, 0) == "Overdue"]
    yield Heading("Annex: overdue actions")
    yield from _late_blocks(material, late)
    rest = _not_in_front(material, report.since, room)
    if rest:
        yield Heading(f"Annex: {'all' if room.is_tight else 'other'} asks, barriers and risks")
        yield Bullets(tuple(escalation_item(row, material) for row in rest[:_MOST]))
    if changed is not None and changed.changes and (room.is_tight or len(changed.changes) > room.most):
        yield Heading(f"Annex: what has changed since {day(changed.since)}")
        yield from change_blocks(changed.changes, level=2, limit=_MOST)


def _not_in_front(material: Overall, since: date | None, room: Room) -> list[Row]:
    """Return the escalations that the first pages do not tell: those past the first of each kind, then those closed before.

    Where texts are cut in front, all of them.
    """
    asked = [row for row in material.escalations if is_asked(row, material)]
    answered = recent_answers(material, since)
    opened = [row for row in material.escalations if escalation_is_open(row, material)]
    others = [row for row in opened if row not in asked and row not in answered]
    told = [] if room.is_tight else [*asked[: room.most], *answered[: room.most], *others[: room.most]]
    rest = [row for row in material.escalations if row not in told]
    return sorted(rest, key=lambda row: as_date(row["closed_on"]) or date.max, reverse=True)


def _lines_table(what: str, lines: Sequence[Line], words: str) -> TableBlock:
    total = Line("All", *(sum(getattr(entry, name) for entry in lines) for name in Line.__slots__[1:]))
    return TableBlock(
        title=f"Actions by {what}",
        summary=f"One row for each {words}: how many actions stand where. The last row is the sum.",
        headings=(what.capitalize(), *_LINE_HEADINGS),
        widths=(5.5, *_LINE_WIDTHS),
        rows=tuple(
            (entry.name, *(f"{number:,}" for number in (entry.actions, entry.complete, entry.stepped_down, entry.awaiting, entry.in_progress, entry.not_started, entry.overdue)))
            for entry in [*lines, total]
        ),
    )  # fmt: skip


def _themes_table(found: Sequence[Theme]) -> TableBlock:
    return TableBlock(
        title="Themes of recommendations and other learning",
        summary="One row for each theme: how many recommendations and other pieces of learning have it, in which reviews, and how many of its actions are open.",
        headings=("Theme", "Recommendations", "Reviews", "Other learning", "Open actions"),
        widths=(3.6, 3.4, 5.0, 2.6, 2.6),
        rows=tuple(
            (
                theme.name,
                str(theme.recommendations),
                listed(list(theme.reviews), 12) or "No review",
                str(theme.learning),
                str(theme.open),
            )
            for theme in found
        ),
    )


def _late_blocks(material: Overall, late: Sequence[Standing]) -> Iterator[Block]:
    if not late:
        yield Paragraph("No action is overdue.")
        return
    order = sorted(late, key=lambda item: -lateness(item, material.as_at).revised)
    shown = order[:_MOST]
    yield TableBlock(
        title=f"{counted(len(late), 'overdue action').capitalize()}, longest overdue first",
        summary="One row for each action: what was agreed, who leads it, when it was due, and by how many days it is late.",
        headings=("Action", "What was agreed", "Lead", "Due", "Late by"),
        widths=(1.6, 6.2, 3.9, 3.2, 2.1),
        rows=tuple(_late_row(material, item) for item in shown),
    )
    if left := len(late) - len(shown):
        yield Paragraph(f"And {left:,} more; the tracker's sheet Actions has them all.", kind="note")


def _late_row(material: Overall, item: Standing) -> tuple[str, ...]:
    key = item.action.text("action_id")
    days = lateness(item, material.as_at)
    due = [day(item.action["due_on"])]
    if item.revised_due_on:
        due.append(f"Revised: {day(item.revised_due_on)}")
    lead = item.action.text("lead_agency")
    return (
        "\n".join(filter(None, [key, item.action.text("review_id")])),
        shortened(item.action.text("action"), 220, f"Actions, {key}") or "No wording recorded",
        material.agency(lead) if lead else "No lead agency recorded",
        "\n".join(due),
        counted(days.revised, "day"),
    )
