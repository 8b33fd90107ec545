"""What a progress report tells the Board of barriers and of shared learning, and what it asks of it."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.overall import Overall
from cvsb_xl.papers.paper import Block, Bullets, Heading, Paragraph, TableBlock
from cvsb_xl.papers.progress_material import Material, Position
from cvsb_xl.papers.progress_sections import without_action
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import Standing
from cvsb_xl.tracker.tables import Row
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.sentences import counted, day, sentence, shortened, verb

_LONGEST = 360
_LONGEST_IMPACT = 220


def asks_blocks(material: Material, counts: Position) -> Iterator[Block]:
    """Yield what the Board is asked to decide and to note. Only what was asked in the tracker is put as a decision."""
    yield Heading("What the Board is asked to do")
    items = [
        Paragraph(sentence(_short(row, "asked_of_board")), f"Decide on {escalation_name(row)}:")
        for row in material.escalations
        if row["asked_of_board"] is not None
        and escalation_is_open(row, material)
        and not is_answered(row, material)
    ]
    for item, row in _asking_for_help(material):
        escalated = [escalation_name(other) for other in _open_escalations(material, item)]
        if not escalated:
            who = material.agency(row.text("agency"))
            items.append(
                Paragraph(f"{who} asks for help with {_key(item)}, which has not been escalated.", "Note:")
            )
    if left := counts.in_progress + counts.not_started:
        late = (
            f"{counts.overdue or 'none'} of them overdue"
            if left > 1
            else "and overdue"
            if counts.overdue
            else "and not overdue"
        )
        items.append(Paragraph(f"{counted(left, 'action')} {verb(left, 'is', 'are')} open, {late}.", "Note:"))
    if number := counts.awaiting_ratification:
        items.append(
            Paragraph(
                f"{counted(number, 'action')} {verb(number, 'awaits', 'await')} the Delivery Group's ratification.",
                "Note:",
            )
        )
    if number := len(without_action(material)):
        items.append(
            Paragraph(
                f"{counted(number, 'recommendation')} {verb(number, 'has', 'have')} no action.", "Note:"
            )
        )
    if not any(item.start.startswith("Decide") for item in items):
        yield Paragraph("No decision of the Board is asked for in the tracker.")
    if items:
        yield Bullets(tuple(items))


def barrier_blocks(material: Material) -> Iterator[Block]:
    """Yield escalations with what was asked and answered, then barriers that agencies report on open actions."""
    yield Heading("Barriers and escalations")
    reported = [
        (item, row) for item in material.actions if item.is_open for row in item.assignments
        if row["barriers"] is not None or row["help_needed"] == "Yes"
    ]  # fmt: skip
    if not material.escalations and not reported:
        yield Paragraph(
            "No barrier is recorded on an open action, and nothing has been escalated to the Board."
        )
        return
    if material.escalations:
        yield Bullets(tuple(escalation_item(row, material) for row in material.escalations))
    else:
        yield Paragraph("Nothing has been escalated to the Board.")
    if reported:
        yield Paragraph("Barriers that agencies report on open actions:")
        yield Bullets(tuple(barrier_item(item, row, material) for item, row in reported))
    else:
        yield Paragraph("No agency reports a barrier on an open action.")


def escalation_item(row: Row, material: Overall) -> Paragraph:
    """Return one escalation's story: what it is, what was asked, what the Board answered, and whether it is open."""
    raised_by = row.text("raised_by")  # a role or an agency
    who = material.agency(raised_by) if material.code(raised_by) in material.names else raised_by
    by = f" by {who}" if who else ""
    words = [sentence(_short(row, "description")) or "No description is recorded."]
    words.append(f"Raised on {day(row['raised_on'])}{by}.")
    if row["asked_of_board"] is None:
        words.append("Nothing is recorded as asked of the Board.")
    else:
        words.append(f"Asked of the Board: {sentence(_short(row, 'asked_of_board'))}")
    met = as_date(row["board_met_on"])
    if is_answered(row, material):
        words.append(
            f"The Board answered{f' on {day(met)}' if met else ' (no date recorded)'}: {sentence(_short(row, 'board_response'))}"
        )
    elif met and met <= material.as_at:
        words.append(f"The Board considered it on {day(met)}; no answer is recorded.")
    else:
        words.append("No answer of the Board is recorded.")
    closed = as_date(row["closed_on"])
    words.append("Still open." if escalation_is_open(row, material) else f"Closed on {day(closed)}.")
    action = row.text("action_id")
    about = f" on {action}" if action else ""
    return Paragraph(
        " ".join(words), f"{escalation_name(row)}, {row.text('kind').lower() or 'no kind recorded'}{about}:"
    )


def barrier_item(item: Standing, row: Row, material: Overall) -> Paragraph:
    """Return what one agency reports as standing in the way, and whether it was escalated."""
    words = [sentence(_short(row, "barriers", "Assignments")) or "No barrier is described."]
    if row["help_needed"] == "Yes":
        words.append("The agency asks for the Board's help.")
    raised = [escalation_name(other) for other in _open_escalations(material, item)]
    words.append(f"Escalated as {listed(raised)}." if raised else "Not escalated.")
    return Paragraph(" ".join(words), f"{_key(item)}, {material.agency(row.text('agency'))}:")


def dissemination_blocks(material: Material) -> Iterator[Block]:
    """Yield how the learning was shared, by agency, and who has acknowledged the report."""
    yield Heading("Dissemination of the learning")
    rows = sorted(material.dissemination, key=lambda row: natural(material.agency(row.text("agency"))))
    if rows:
        yield TableBlock(
            title="How the learning was shared",
            summary="One row for each time the learning was shared: who shared it, how and when, with whom, and what came of it.",
            headings=("Shared by", "How and when", "With whom", "Impact"),
            widths=(4.2, 3.4, 4.4, 5.3),
            rows=tuple(_dissemination_row(row, material) for row in rows),
        )
        yield Paragraph(_reach_words(rows, material))
    else:
        yield Paragraph("No dissemination is recorded.")
    shared = {material.code(row.text("agency")) for row in rows}
    silent = [material.agency(code) for code in material.partners if code not in shared]
    if rows and silent:
        yield Paragraph(f"No dissemination is recorded for {listed(sorted(silent, key=natural))}.")
    yield from _acknowledgement_blocks(material)


def _dissemination_row(row: Row, material: Material) -> tuple[str, ...]:
    on = row["delivered_on"]
    planned = (found := as_date(on)) is not None and found > material.as_at
    return (
        material.agency(row.text("agency")),
        f"{row.text('method') or 'Method not recorded'}\n{'Planned for ' if planned else ''}{day(on, 'Date not recorded')}",
        f"{row.text('audience') or 'Audience not recorded'}\n{_people(row)}",
        _short(row, "impact", "Dissemination", _LONGEST_IMPACT) or "Not recorded",
    )


def _people(row: Row) -> str:
    reach = row["reach"]
    if isinstance(reach, int):
        return counted(reach, "person", "people").capitalize()
    return "Number not recorded" if reach is None else f'"{row.text("reach")}" (not a number)'


def _reach_words(rows: list[Row], material: Material) -> str:
    held = [row for row in rows if not ((on := as_date(row["delivered_on"])) and on > material.as_at)]
    known = [row["reach"] for row in held if isinstance(row["reach"], int)]
    unknown = len(held) - len(known)
    if not known:
        return "How many people were reached is not recorded."
    words = f"{counted(sum(known), 'person was', 'people were').capitalize()} reached, as recorded"
    if unknown:
        return f"{words}; {counted(unknown, 'entry gives', 'entries give')} no number."
    return f"{words}; some may have been counted more than once." if len(known) > 1 else f"{words}."


def _acknowledgement_blocks(material: Material) -> Iterator[Block]:
    published = as_date(material.review["report_published_on"])
    # Nobody has been asked before the report is published, whatever partners the Board has.
    partners = material.partners if published is not None and published <= material.as_at else ()
    expected = dict.fromkeys(
        [*(material.code(row.text("agency")) for row in material.acknowledgements), *partners]
    )
    expected.pop("", None)
    if not expected:
        yield Paragraph("No agency is recorded as having to acknowledge the report.")
        return
    given = {
        material.code(row.text("agency"))
        for row in material.acknowledgements
        if _has_acknowledged(row, material)
    }
    yes = sorted((material.agency(code) for code in expected if code in given), key=natural)
    no = sorted((material.agency(code) for code in expected if code not in given), key=natural)
    of = f"Of {counted(len(expected), 'agency', 'agencies')} asked, "
    if not no:
        words = (
            "1 agency was asked, and it has acknowledged the report."
            if len(yes) == 1
            else f"All {len(yes)} agencies asked have acknowledged the report: {listed(yes)}."
        )
    elif not yes:
        words = f"{of}none has acknowledged the report: {listed(no)}."
    else:
        words = (
            f"{of}{len(yes)} {verb(len(yes), 'has', 'have')} acknowledged the report: {listed(yes)}. "
            f"Not yet: {listed(no)}."
        )
    yield Paragraph(words, "Acknowledgements.")


def _has_acknowledged(row: Row, material: Material) -> bool:
    on = as_date(row["acknowledged_on"])
    return on <= material.as_at if on else row["acknowledged_by"] is not None


def _asking_for_help(material: Material) -> list[tuple[Standing, Row]]:
    return [
        (item, row)
        for item in material.actions
        if item.is_open
        for row in item.assignments
        if row["help_needed"] == "Yes"
    ]


def _open_escalations(material: Overall, item: Standing) -> list[Row]:
    return [
        row
        for row in material.escalations
        if row.text("action_id") == _key(item) and escalation_is_open(row, material)
    ]


def escalation_is_open(row: Row, material: Overall) -> bool:
    """Tell whether an escalation was not closed by the day."""
    closed = as_date(row["closed_on"])
    return closed is None or closed > material.as_at


def is_answered(row: Row, material: Overall) -> bool:
    """Tell whether the Board had answered by the day."""
    met = as_date(row["board_met_on"])
    return row["board_response"] is not None and (met is None or met <= material.as_at)


def escalation_name(row: Row) -> str:
    """Return an escalation's id, or words where it has none."""
    return row.text("escalation_id") or "Escalation without an ID"


def _key(item: Standing) -> str:
    return item.action.text("action_id")


def _short(row: Row, name: str, sheet: str = "Escalations", limit: int = _LONGEST) -> str:
    keys = {
        "Escalations": "escalation_id",
        "Assignments": "assignment_id",
        "Dissemination": "dissemination_id",
    }
    return shortened(row.text(name), limit, f"{sheet}, {row.text(keys[sheet])}")
