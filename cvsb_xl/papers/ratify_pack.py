"""The Delivery Group's pack: each decision asked for, with its evidence, who has seen it, its impact, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.board_paper import board_paper, may_name_people
from cvsb_xl.papers.overall import Overall, overall
from cvsb_xl.papers.paper import Block, Bullets, Heading, Paragraph, TableBlock
from cvsb_xl.papers.progress_sections import evidence_rows
from cvsb_xl.tracker.status import Standing, extension_asked, lateness
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.ratification_sheet import BODY, EXTENSION, asked_of_meeting, missing, still_to_finish
from cvsb_xl.verbs.sentences import counted, day, sentence, shortened, verb

_IN_DETAIL = 60
"""Beyond so many asks, each review gets one table instead of a page for each action."""
_LONGEST = 700
_BOXES = "\u2610 Ratified\n\u2610 Not ratified\n\u2610 Deferred"
_KINDS = ("Complete", "Stepped down", EXTENSION)
_PROPOSED = {
    "Complete": "Proposed as complete",
    "Stepped down": "Proposed as stepped down",
    EXTENSION: "Extensions asked for",
}


@dataclass(frozen=True, slots=True)
class PackReport:
    """How many decisions the group is asked for, and how many of the asks lack something."""

    as_at: date
    complete: int
    stepped_down: int
    extensions: int
    lacking: int


@dataclass(frozen=True, slots=True)
class _Ask:
    item: Standing
    cells: Mapping[str, Value]

    @property
    def key(self) -> str:
        return self.item.action.text("action_id")

    def text(self, name: str) -> str:
        return as_text(self.cells[name])

    def lacks(self, material: Overall) -> str:
        return missing(self.item, self.text("proposal"), material.agency)

    def waits(self, material: Overall) -> str:
        return still_to_finish(self.item, material.agency)


def ratify(tracker: Tracker, context: Context, *, as_at: date | None = None) -> Outcome:
    """Write the pack as a Paper, from how the actions stand as at the day; the Ratification sheet is not read.

    Returns:
        An outcome with one Paper, a PackReport, and a finding for each text it prints that may name a person.
    """
    material = overall(tracker, as_at or context.today, context.now)
    asks = [_Ask(item, cells) for item in material.actions if (cells := asked_of_meeting(item)) is not None]
    of_kind = {kind: [ask for ask in asks if ask.text("proposal") == kind] for kind in _KINDS}
    report = PackReport(
        as_at=material.as_at,
        complete=len(of_kind["Complete"]),
        stepped_down=len(of_kind["Stepped down"]),
        extensions=len(of_kind[EXTENSION]),
        lacking=sum(bool(ask.text("missing")) for ask in asks),
    )
    paper = board_paper(
        material,
        _blocks(material, asks, of_kind),
        title="Actions for ratification",
        subtitle=f"Paper for the {BODY}",
    )
    items = [ask.item for ask in asks]
    parts = [row for item in items for row in item.assignments]
    printed = {
        "actions": ([item.action for item in items], ("action", "measure")),
        "assignments": (parts, ("evidence", "impact", "step_down_reason", "barriers", "progress_update")),
        "decisions": ([row for item in items for row in item.decisions], ("reason",)),
    }
    return Outcome(findings=may_name_people(tracker, context, printed), report=report, documents=[paper])


def _blocks(
    material: Overall, asks: Sequence[_Ask], of_kind: Mapping[str, Sequence[_Ask]]
) -> Iterator[Block]:
    yield Heading("What the group is asked to decide")
    if not asks:
        yield Paragraph(
            "No action awaits ratification, and no agency asks for more time. Nothing is asked of the group."
        )
        return
    yield Paragraph(_asked_words(of_kind))
    lacking = [ask.key for ask in asks if ask.text("missing")]
    if lacking:
        number = len(lacking)
        yield Paragraph(
            f"{counted(number, 'proposal')} {verb(number, 'lacks', 'lack')} something that a decision may need: "
            f"{listed(lacking, 12)}.",
            "Look at first.",
        )
    yield TableBlock(
        title=f"{counted(len(asks), 'decision').capitalize()} asked for",
        summary="One row for each decision asked for: the action, what was agreed, what is proposed and what is missing, and boxes for the decision.",
        headings=("Action", "What was agreed", "What is asked", "Decision"),
        widths=(1.6, 7.2, 5.4, 2.8),
        rows=tuple(_summary_row(ask) for kind in _KINDS for ask in of_kind[kind]),
    )
    for kind in ("Complete", "Stepped down"):
        if of_kind[kind]:
            yield Heading(_PROPOSED[kind])
            yield from _details(material, of_kind[kind], brief=len(asks) > _IN_DETAIL)
    if of_kind[EXTENSION]:
        yield Heading(_PROPOSED[EXTENSION])
        yield _extension_table(material, of_kind[EXTENSION])
    yield Heading("After the meeting")
    yield Paragraph(
        "Type each decision beside its action in the tracker's sheet Ratification, with the date of the meeting, and run "
        "cvsb ratify --record. What is not ratified goes back to its agencies on their next sheet, with the reason."
    )


def _asked_words(of_kind: Mapping[str, Sequence[_Ask]]) -> str:
    complete, down, more = (len(of_kind[kind]) for kind in _KINDS)
    closing = []
    if complete:
        closing.append(f"{complete:,} proposed as complete")
    if down:
        closing.append(f"{down:,} proposed as stepped down")
    parts = []
    if closing:
        parts.append(f"ratify {counted(complete + down, 'action')}, {listed(closing)}")
    if more:
        parts.append(f"answer {counted(more, 'request')} for more time")
    words = f"The {BODY} is asked to {' and to '.join(parts)}."
    return words + (" A stepped-down action is not counted as complete." if down else "")


def _summary_row(ask: _Ask) -> tuple[str, ...]:
    proposal = ask.text("proposal")
    if proposal == EXTENSION:
        asked = [f"Extension to {day(ask.cells['extension_to'])}"]
    else:
        asked = [f"Ratify as {proposal.lower()}"]
    if lacks := ask.text("missing"):  # by agencies' codes: their names stand with the details
        asked.append(f"Missing: {lacks[:1].lower()}{lacks[1:]}")
    action = shortened(ask.text("action"), 260, f"Actions, {ask.key}") or "No wording recorded"
    return "\n".join(filter(None, [ask.key, ask.text("review_id")])), action, "\n".join(asked), _BOXES


def _details(material: Overall, asks: Sequence[_Ask], *, brief: bool) -> Iterator[Block]:
    if brief:
        by_review: dict[str, list[_Ask]] = {}
        for ask in asks:
            by_review.setdefault(ask.text("review_id"), []).append(ask)
        for review, group in by_review.items():
            yield Heading(material.review_name(review) or "Actions of no review", 2)
            yield _evidence_table(material, group)
        return
    for ask in asks:
        yield Heading(f"{ask.key}, {_PROPOSED[ask.text('proposal')].lower()}", 2)
        yield Paragraph(sentence(shortened(ask.text("action"), _LONGEST, f"Actions, {ask.key}")))
        yield Bullets(tuple(_facts(material, ask)))
        if ask.text("proposal") == "Complete":
            yield _evidence_table(material, [ask])


def _facts(material: Overall, ask: _Ask) -> Iterator[Paragraph]:
    action, item = ask.item.action, ask.item
    if review := ask.text("review_id"):
        yield Paragraph(material.review_name(review), "Review:")
    if action["measure"] is not None:
        yield Paragraph(
            sentence(shortened(action.text("measure"), _LONGEST, f"Actions, {ask.key}")), "Success measure:"
        )
    yield Paragraph(_due_words(material, item), "Due:")
    if ask.text("proposal") == "Stepped down":
        for row, _ in item.live:
            reason = (
                sentence(shortened(row.text("step_down_reason"), _LONGEST, "Assignments"))
                or "No reason is recorded."
            )
            yield Paragraph(reason, f"Reason given by {material.agency(row.text('agency'))}:")
    if waits := ask.waits(material):
        yield Paragraph(sentence(waits), "Still to finish:")
    if lacks := ask.lacks(material):
        yield Paragraph(sentence(lacks), "Missing:")
    if ask.cells["extension_to"]:
        yield Paragraph(
            f"An extension to {day(ask.cells['extension_to'])} was asked for as well.", "Extension:"
        )
    for row in item.decisions:
        if row["decision"] in ("Deferred", "Not ratified") and row["proposal"] in (
            "Complete",
            "Stepped down",
        ):
            yield Paragraph(_earlier_words(row), "Earlier decision:")


def _earlier_words(row: Row) -> str:
    reason = (
        f" {sentence(shortened(row.text('reason'), _LONGEST, 'Decisions'))}"
        if row["reason"] is not None
        else ""
    )
    return (
        f"{row.text('decision')} by the {row.text('body') or 'meeting'} on {day(row['meeting_on'])}.{reason}"
    )


def _due_words(material: Overall, item: Standing) -> str:
    first = as_date(item.action["due_on"])
    words = day(item.action["due_on"], "no due date")
    if item.revised_due_on:
        words += f"; revised to {day(item.revised_due_on)}"
    late = lateness(item, material.as_at)
    days = late.revised if item.revised_due_on or first is None else late.original
    return f"{words}; proposed {counted(days, 'day')} late." if days else f"{words}."


def _evidence_table(material: Overall, asks: Sequence[_Ask]) -> TableBlock:
    summary = "One row for each agency's part: its evidence and who has seen it, and its impact."
    rows = [row for ask in asks for row in evidence_rows(material, ask.item)]
    headings, widths = ("Action", "Agency", "Evidence, and who has seen it", "Impact"), (1.6, 3.8, 6.4, 5.5)
    if len(asks) == 1:  # its heading names the action already
        rows = [row[1:] for row in rows]
        return TableBlock(
            f"Evidence and impact for {asks[0].key}", summary, headings[1:], (4.4, 7.0, 5.9), tuple(rows)
        )
    return TableBlock("Evidence and impact", summary, headings, widths, tuple(rows))


def _extension_table(material: Overall, asks: Sequence[_Ask]) -> TableBlock:
    return TableBlock(
        title=f"{counted(len(asks), 'request').capitalize()} for more time",
        summary="One row for each action: who asks, the date it is due and the date asked for, and the reason that the agency gives.",
        headings=("Action", "Asked by", "Due now", "Asked for", "What the agency says"),
        widths=(1.6, 3.6, 2.6, 2.6, 6.9),
        rows=tuple(_extension_row(material, ask) for ask in asks),
    )


def _extension_row(material: Overall, ask: _Ask) -> tuple[str, ...]:
    asked = extension_asked(ask.item)
    agency, until = asked if asked else ("", None)
    rows = [row for row in ask.item.assignments if row.text("agency") == agency]
    said = [
        sentence(shortened(row.text(name), 400, f"Assignments, {row.text('assignment_id')}"))
        for row in rows
        for name in ("barriers", "progress_update")
        if row[name] is not None
    ]
    waits = ask.waits(material)
    return (
        ask.key,
        material.agency(agency),
        day(ask.item.due_on),
        day(until),
        "\n".join(
            [*(said or ["No reason is recorded."]), *([f"Still to finish: {waits}."] if waits else [])]
        ),
    )
