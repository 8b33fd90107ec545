"""What the Board is asked to decide, what became of what it was asked before, and which other barriers and risks there are.

"any barriers or risks to completion will be escalated to board for review" (Learning and Improvement Framework). Every open
escalation stands under one of these three headings, and under one alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.board_room import Room
from cvsb_xl.papers.overall import Overall
from cvsb_xl.papers.paper import Block, Bullets, Heading, Paragraph
from cvsb_xl.papers.progress_board import escalation_is_open, escalation_name, is_answered
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import lateness
from cvsb_xl.tracker.tables import Row
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.sentences import counted, day, sentence, shortened, verb

_RECENT = timedelta(days=92)
"""What the Board answered and was closed longer ago stands in the annex, where no earlier report says what is new."""


def is_asked(row: Row, material: Overall) -> bool:
    """Tell whether an escalation waits for the Board's decision."""
    return (
        row["asked_of_board"] is not None
        and escalation_is_open(row, material)
        and not is_answered(row, material)
    )


def decision_blocks(material: Overall, asks: Sequence[Row], room: Room) -> Iterator[Block]:
    """Yield what needs a decision: what is in the way, and what is asked."""
    yield Heading("What needs a decision of the Board")
    if not asks:
        yield Paragraph("No decision of the Board is asked for in the tracker.")
        return
    yield Bullets(tuple(_ask(row, material, room) for row in asks[: room.most]))
    if len(asks) > room.most:
        yield Paragraph(f"And {len(asks) - room.most} more, in the annex.", kind="note")


def _ask(row: Row, material: Overall, room: Room) -> Paragraph:
    met = as_date(row["board_met_on"])
    considered = f" The Board considered it on {day(met)}." if met and met <= material.as_at else ""
    asked = _short(row, "asked_of_board", room)
    return Paragraph(
        f"{_short(row, 'description', room)}{_action_words(row, material)}{considered} The Board is asked: {asked[:1].lower()}{asked[1:]}",
        f"{escalation_name(row)}, {_about(row)}, raised on {day(row['raised_on'])}:",
    )


def earlier_asks_blocks(material: Overall, since: date | None, room: Room) -> Iterator[Block]:
    """Yield what became of what the Board answered: all that is open, and what was closed since the last report."""
    yield Heading("What became of earlier asks")
    answered = recent_answers(material, since)
    if not answered:
        older = any(is_answered(row, material) for row in material.escalations)
        yield Paragraph(
            "Nothing that the Board answered is open, or was closed since the last report; the annex has what was closed before."
            if older
            else "The Board has answered no earlier ask."
        )
        return
    yield Bullets(tuple(_answer(row, material, room) for row in answered[: room.most]))
    if len(answered) > room.most:
        yield Paragraph(f"And {len(answered) - room.most} more, in the annex.", kind="note")


def recent_answers(material: Overall, since: date | None) -> list[Row]:
    """Return the answered escalations that are open, or were closed since the last report."""
    from_day = since or material.as_at - _RECENT
    return [
        row
        for row in material.escalations
        if is_answered(row, material)
        and (
            escalation_is_open(row, material)
            or ((closed := as_date(row["closed_on"])) is not None and closed >= from_day)
        )
    ]


def _answer(row: Row, material: Overall, room: Room) -> Paragraph:
    met = as_date(row["board_met_on"])
    on = f" on {day(met)}" if met else ", no date recorded"
    closed = "" if escalation_is_open(row, material) else f" Closed on {day(row['closed_on'])}."
    asked = (
        f"asked: {_short(row, 'asked_of_board', room)}"
        if row["asked_of_board"] is not None
        else "nothing recorded as asked."
    )
    return Paragraph(
        f"{asked} Answer{on}: {_short(row, 'board_response', room)}{closed or ' Still open.'}{_action_words(row, material)}",
        f"{escalation_name(row)}, {_about(row)},",
    )


def barrier_blocks(material: Overall, room: Room) -> Iterator[Block]:
    """Yield the open escalations that nothing is asked or answered about, and the barriers that nobody has escalated."""
    yield Heading("Other barriers and risks")
    opened = [row for row in material.escalations if escalation_is_open(row, material)]
    rest = [row for row in opened if not is_asked(row, material) and not is_answered(row, material)]
    if rest:
        yield Bullets(tuple(_item(row, material, room) for row in rest[: room.most]))
    if len(rest) > room.most:
        yield Paragraph(f"And {len(rest) - room.most} more, in the annex.", kind="note")
    raised = {row.text("action_id") for row in opened}
    silent = {
        item.action.text("action_id")
        for item in material.actions
        if item.is_open
        and any(row["help_needed"] == "Yes" or row["barriers"] is not None for row in item.assignments)
    } - raised
    if silent:
        number = len(silent)
        yield Paragraph(
            f"Agencies report barriers on {counted(number, 'open action')} that {verb(number, 'has', 'have')} not been escalated: "
            f"{listed(sorted(silent, key=natural), 10)}."
        )
    elif not rest:
        words = "No other barrier or risk is open" if opened else "No barrier or risk is open"
        yield Paragraph(f"{words}, and no agency reports one that has not been escalated.")


def _item(row: Row, material: Overall, room: Room) -> Paragraph:
    words = _short(row, "description", room) or "No description is recorded."
    return Paragraph(
        f"{words}{_action_words(row, material)} Nothing is asked of the Board.",
        f"{escalation_name(row)}, {_about(row)}, raised on {day(row['raised_on'])}:",
    )


def _action_words(row: Row, material: Overall) -> str:
    """Say how the action now stands that an escalation is about; blank for one about a review or about nothing."""
    key = row.text("action_id")
    item = next((item for item in material.actions if item.action.text("action_id") == key), None)
    if item is None or not key:
        return ""
    late = item.timeliness(material.as_at, 0) == "Overdue"
    days = f", {counted(lateness(item, material.as_at).revised, 'day')} overdue" if late else ""
    return f" {key} is {item.status.lower()}{days}."


def _about(row: Row) -> str:
    about = row.text("action_id") or row.text("review_id")
    return f"{row.text('kind').lower() or 'barrier'}{f' on {about}' if about else ''}"


def _short(row: Row, name: str, room: Room) -> str:
    rest_in = room.rest_in(f"Escalations, {escalation_name(row)}")
    return sentence(shortened(row.text(name), room.longest, rest_in))
