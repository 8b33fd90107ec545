"""The second half of a progress report: what is behind the figures. What is blank is said in words, never guessed."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.overall import Overall
from cvsb_xl.papers.paper import Block, Bullets, Heading, Paragraph, TableBlock
from cvsb_xl.papers.progress_material import Material
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import Standing, latest_update, live_proposals, needed, ratified, waiting_on
from cvsb_xl.tracker.tables import Row
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.sentences import counted, day, sentence, shortened, verb

_LONGEST = 360
"""Characters of one returned text; the tracker holds the rest, and the paper says where."""
_NO_IMPACT = "No impact has been recorded yet."


def open_blocks(material: Material) -> Iterator[Block]:
    """Yield the latest update of each action that is still open."""
    items = material.with_status("In progress", "Not started")
    yield Heading("Progress on open actions")
    if not items:
        yield Paragraph("No action is open." if material.actions else "There is no action to report on.")
        return
    yield Bullets(tuple(_open_item(material, item) for item in items))


def _open_item(material: Material, item: Standing) -> Paragraph:
    told = latest_update(item.assignments)
    if told is None:
        words = ["No update has been recorded."]
    else:
        words = [
            f"{material.agency(told.text('agency'))}, {_on(told['updated_on'], 'undated')}: "
            + sentence(_quote(told, "progress_update", "assignments"))
        ]
    for row in item.assignments:
        asked = as_date(row["extension_requested_to"])
        if asked and (item.due_on is None or asked > item.due_on):
            words.append(f"{material.agency(row.text('agency'))} asks for an extension to {day(asked)}.")
    expected = sorted(found for row in item.assignments if (found := as_date(row["expected_on"])))
    if expected and (item.due_on is None or expected[-1] > item.due_on):
        words.append(f"Now expected to finish on {day(expected[-1])}.")
    waits = [
        who if who in ("Delivery Group", "Review Manager") else material.agency(who)
        for who in waiting_on(item).split(", ")
    ]
    if told is None or waits != [material.agency(told.text("agency"))]:
        words.append(f"Waiting on {listed(waits)}.")
    return Paragraph(" ".join(words), f"{_key(item)}:")


def awaiting_blocks(material: Material) -> Iterator[Block]:
    """Yield what awaits the Delivery Group, and what it is asked to ratify."""
    items = material.with_status("Awaiting ratification")
    yield Heading("Awaiting ratification")
    if not items:
        yield Paragraph("No action awaits ratification.")
        return
    number = len(items)
    yield Paragraph(
        f"{counted(number, 'action')} {verb(number, 'awaits', 'await')} the Delivery Group's ratification."
    )
    yield Bullets(tuple(_awaiting_item(material, item) for item in items))


def _awaiting_item(material: Material, item: Standing) -> Paragraph:
    live = live_proposals(item)
    kind = live[0][1]
    who = listed(list(dict.fromkeys(material.agency(row.text("agency")) for row, _ in live)))
    last = max(filter(None, (as_date(row["updated_on"]) for row, _ in live)), default=None)
    since = f" (last proposal received {day(last)})" if last else ""
    words = [f"proposed as {kind.lower()} by {who}{since}."]
    if kind == "Stepped down":
        words += [
            sentence(f"Reason: {_quote(row, 'step_down_reason', 'assignments')}")
            if row["step_down_reason"] is not None
            else f"{material.agency(row.text('agency'))} has recorded no reason."
            for row, _ in live
        ]
    else:
        words.append("Its evidence stands below.")
    deferred = [row for row in item.decisions if row["decision"] == "Deferred" and row["proposal"] == kind]
    if deferred:
        words.append(f"Deferred by the {deferred[-1].text('body')} on {day(deferred[-1]['meeting_on'])}.")
    return Paragraph(" ".join(words), f"{_key(item)}:")


def stepped_down_blocks(material: Material) -> Iterator[Block]:
    """Yield the actions that were stepped down, with reasons; nothing where there are none."""
    items = material.with_status("Stepped down")
    if not items:
        return
    yield Heading("Stepped down")
    yield Bullets(tuple(_stepped_down_item(material, item) for item in items))


def _stepped_down_item(material: Material, item: Standing) -> Paragraph:
    decision = ratified(item.decisions)
    words = []
    if decision is not None:
        words.append(
            f"ratified by the {decision.text('body') or 'meeting'} on {day(decision['meeting_on'])}."
        )
    reasons = [
        _quote(row, "step_down_reason", "assignments")
        for row in item.assignments
        if row["step_down_reason"] is not None
    ]
    if decision is not None and decision["reason"] is not None:
        reasons.append(_quote(decision, "reason", "decisions"))
    told = [sentence(reason) for reason in dict.fromkeys(reasons)]
    words.append(f"Reason: {' '.join(told)}" if told else "No reason is recorded.")
    return Paragraph(" ".join(words), f"{_key(item)}:")


def evidence_blocks(material: Material) -> Iterator[Block]:
    """Yield, for each action that is complete or proposed as complete, the evidence, who saw it, and the impact."""
    yield Heading("Evidence and impact")
    complete = material.with_status("Complete")
    proposed = [
        item for item in material.with_status("Awaiting ratification") if _proposed(item) == "Complete"
    ]
    yield Paragraph(_evidence_words(complete))
    if not complete and not proposed:
        return
    yield TableBlock(
        title=f"Evidence and impact of {counted(len(complete), 'complete action')}"
        + (f" and {len(proposed)} proposed as complete" if proposed else ""),
        summary="One row for each agency's part of an action: the evidence and who has seen it, and the impact.",
        headings=("Action", "Agency", "Evidence, and who has seen it", "Impact"),
        widths=(1.5, 4.1, 6.2, 5.5),
        rows=tuple(
            row
            for item in sorted([*complete, *proposed], key=lambda item: natural(_key(item)))
            for row in evidence_rows(material, item)
        ),
    )


def _evidence_words(complete: list[Standing]) -> str:
    """Count complete actions by what is recorded; an action counts only when every part that is needed has it."""
    if not complete:
        return "No action is complete yet."
    evidenced = sum(
        all(row["evidence"] is not None for row in _parts(item)) for item in complete if _parts(item)
    )
    seen = sum(all(_is_seen(row) for row in _parts(item)) for item in complete if _parts(item))
    impact = sum(any(row["impact"] is not None for row in item.assignments) for item in complete)
    return (
        f"Of {counted(len(complete), 'complete action')}, {evidenced or 'none'} {verb(evidenced or 1, 'has', 'have')} evidence "
        f"for every agency's part, {seen or 'none'} {verb(seen or 1, 'has', 'have')} had all of it seen, and {impact or 'none'} "
        f"{verb(impact or 1, 'has', 'have')} an impact recorded."
    )


def evidence_rows(material: Overall, item: Standing) -> Iterator[tuple[str, ...]]:
    """Yield (action, agency, evidence and who has seen it, impact) for each agency's part that is needed or has evidence."""
    rows = [
        row for row in item.assignments if row["needed_for_signoff"] != "No" or row["evidence"] is not None
    ]
    check = _check_words(material, item)
    if not rows:
        yield (
            _key(item),
            "No agency's part is recorded",
            "No evidence is recorded.",
            _lines(_NO_IMPACT, check),
        )
    for number, row in enumerate(rows):
        evidence = sentence(_quote(row, "evidence", "assignments"))
        impact = sentence(_quote(row, "impact", "assignments")) or _NO_IMPACT
        yield (
            _key(item),
            _agency_in_area(material, row, rows),
            _lines(evidence, _seen_words(material, row)) if evidence else "No evidence is recorded.",
            _lines(impact, "" if number else check),
        )


def _check_words(material: Overall, item: Standing) -> str:
    check, result = as_date(item.action["impact_check_on"]), item.action.text("impact_result")
    if result:
        when = f" on {day(check)}" if check and check <= material.as_at else ""
        return f"The impact check{when} found: {result.lower()}."
    if check:
        is_set = "is" if check > material.as_at else "was"
        return f"An impact check {is_set} set for {day(check)}; no result is recorded."
    return ""


def _parts(item: Standing) -> list[Row]:
    return needed(item.assignments)


def _is_seen(row: Row) -> bool:
    return row["evidence"] is not None and (
        row["evidence_seen_on"] is not None or row["evidence_seen_by"] is not None
    )


def _proposed(item: Standing) -> str:
    return live_proposals(item)[0][1]


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _seen_words(material: Overall, row: Row) -> str:
    by, on = row.text("evidence_seen_by"), as_date(row["evidence_seen_on"])
    if on and on > material.as_at:
        on = None
    if by and on:
        return f"Seen by {by} on {day(on)}."
    if on:
        return f"Seen on {day(on)}; by whom is not recorded."
    if by:
        return f"Seen by {by}; the date is not recorded."
    return "Nobody is recorded as having seen it."


def recommendation_blocks(material: Material) -> Iterator[Block]:
    """Yield the recommendations that no action carries out; nothing where each has one."""
    rows = without_action(material)
    if not rows:
        return
    yield Heading("Recommendations without an action")
    yield Bullets(tuple(_recommendation_item(row) for row in rows))


def without_action(material: Material) -> list[Row]:
    """Return the recommendations that no action of the tracker names."""
    named = {row.text("recommendation_id") for row in material.tracker["actions"]}
    return [row for row in material.recommendations if row.text("recommendation_id") not in named]


def _recommendation_item(row: Row) -> Paragraph:
    number = row.text("number") or row.text("recommendation_id")
    response = row.text("response")
    answer = f"Response: {response.lower()}." if response else "No response is recorded."
    notes = f" {sentence(_quote(row, 'notes', 'recommendations'))}" if row["notes"] is not None else ""
    reach = f" ({row.text('reach').lower()})" if row["reach"] is not None else ""
    return Paragraph(
        f"{sentence(_quote(row, 'recommendation', 'recommendations'))} {answer}{notes}",
        f"Recommendation {number}{reach}:",
    )


def _key(item: Standing) -> str:
    return item.action.text("action_id")


def _agency_in_area(material: Overall, row: Row, rows: list[Row]) -> str:
    """Name the agency; with its area only where it stands more than once among the rows."""
    name, area = material.agency(row.text("agency")), row.text("area")
    twice = sum(other["agency"] == row["agency"] for other in rows) > 1
    return f"{name} ({area})" if twice and area else name


def _on(value: object, blank: str) -> str:
    found = as_date(value)
    return day(found) if found else blank


_SHEETS = {"assignments": "assignment_id", "decisions": "decision_id", "recommendations": "recommendation_id"}


def _quote(row: Row, name: str, table: str) -> str:
    return shortened(row.text(name), _LONGEST, f"{table.capitalize()}, {row.text(_SHEETS[table])}")
