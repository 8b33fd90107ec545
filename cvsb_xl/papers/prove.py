"""One action's or review's whole story for an inspector: what was learned, agreed, done, seen and decided, each with its proof.

Every entry of the change log is printed with the sheet it came from and its chain value, so that what the paper says can be held
against the tracker, and the tracker against the receipts that left it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.clocks import as_date
from cvsb_xl.framework.schema import Field
from cvsb_xl.papers.board_paper import board_paper, may_name_people
from cvsb_xl.papers.overall import Overall, overall
from cvsb_xl.papers.paper import Block, Bullets, Heading, Paragraph, TableBlock
from cvsb_xl.papers.progress_position import standing_words
from cvsb_xl.papers.redaction import LEFT_OUT, Redaction
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.log import LOG, is_redacted
from cvsb_xl.tracker.memory import by_hand
from cvsb_xl.tracker.status import Standing
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import parse
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.log import verify
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.sentences import counted, day, sentence, verb


@dataclass(frozen=True)
class ProofReport:
    """What the paper holds.

    Attributes:
        entries: rows of the change log that it prints.
        unlogged: cells of it that were typed since the last verb saved, and stand in no log yet.
        receipts: returned sheets that something in it came from.
        log_holds: whether the chain of the whole log holds.
        left_out: title of a column -> how many texts of it `redact` left out.
    """

    key: str
    actions: int
    entries: int
    unlogged: int
    receipts: int
    log_holds: bool
    left_out: dict[str, int]


def prove(
    tracker: Tracker, context: Context, key: str, *, redact: bool = False, as_at: date | None = None
) -> Outcome:
    """Write the story of an action or a review.

    Args:
        redact: leave out what people wrote and who they are; the paper says what was left out.

    Returns:
        An outcome with a Paper, a ProofReport, and a finding for each printed text that may name a person.

    Raises:
        CannotDo: for a key that is no action's and no review's.
    """
    material = overall(tracker, as_at or context.today, context.now)
    wanted = key.strip()
    items, review = _subject(material, wanted)
    places = _places(tracker, items, review)
    log = _entries(tracker, places)
    unlogged = sum((tracker[item.table].schema.sheet, item.key) in places for item in by_hand(tracker))
    redaction = Redaction(tracker, context) if redact else Redaction()
    chain = verify(tracker).report
    receipts = _receipts(tracker, items, log)
    proof = _Proof(material, items, review, log, receipts, redaction)
    blocks = [*proof.blocks(), *proof.log_blocks(list(chain.faults), chain.head, unlogged)]
    if redact:
        blocks = [*_left_out_blocks(redaction.counts), *blocks]
    paper = board_paper(
        material,
        blocks,
        title="Record of an action" if review is None else "Record of a review",
        subtitle=f"{wanted}: {redaction.text('reviews', review, 'title')}" if review is not None else wanted,
        facts=[
            (
                "Prepared",
                "for release; what people wrote is left out" if redact else "in full; not for release",
            )
        ],
    )
    report = ProofReport(
        wanted, len(items), len(log), unlogged, len(receipts), not chain.faults, dict(redaction.counts)
    )
    printed = {} if redact else {
        "actions": ([item.action for item in items], ("action", "measure", "ownership_notes")),
        "assignments": (
            [row for item in items for row in item.assignments],
            ("evidence", "impact", "step_down_reason", "barriers", "progress_update"),
        ),
        "decisions": ([row for item in items for row in item.decisions], ("reason",)),
    }  # fmt: skip
    return Outcome(findings=may_name_people(tracker, context, printed), report=report, documents=[paper])


def _subject(material: Overall, key: str) -> tuple[list[Standing], Row | None]:
    review = material.tracker["reviews"].by_key.get(key)
    if review is not None:
        return [item for item in material.actions if item.action.text("review_id") == key], review
    found = [item for item in material.actions if item.action.text("action_id") == key]
    if not found:
        raise CannotDo(
            f"{key} is no action and no review of {material.tracker.name}. Give an ID as it stands in Actions or Reviews, "
            "such as A-0001 or RV-0001."
        )
    return found, None


def _places(tracker: Tracker, items: list[Standing], review: Row | None) -> set[tuple[str, str]]:
    """Return (sheet, key) of these actions, the review, and every row that belongs to them."""
    actions = {item.action.text("action_id") for item in items}
    reviews = {review.text("review_id")} if review is not None else set()
    origins = {
        item.action.text(name)
        for item in items
        for name in ("recommendation_id", "learning_id", "referral_id")
    } - {""}
    places: set[tuple[str, str]] = set()
    for data in tracker.tables.values():
        if data.schema.kind == "generated":
            continue
        for row in data:
            key = data.key_of(row)
            belongs = row.text("action_id") in actions or (reviews and row.text("review_id") in reviews)
            if belongs or key in origins:
                places.add((data.schema.sheet, key))
    return places


def _entries(tracker: Tracker, places: set[tuple[str, str]]) -> list[Row]:
    """Return the log's rows about these places, oldest first."""
    found = [row for row in tracker[LOG] if (row.text("table"), row.text("key")) in places]
    return sorted(found, key=lambda row: natural(row.text("seq")))


def _receipts(tracker: Tracker, items: list[Standing], log: list[Row]) -> list[Row]:
    """Return the rows of Returns that something here came from: by the log's sources, and by updated_from."""
    named = {row.text("source").split(" ")[0] for row in log if row["source"] is not None}
    named |= {row.text("updated_from") for item in items for row in item.assignments}
    return [
        row for row in tracker["returns"] if row.text("sheet_id") in named and row["sheet_id"] is not None
    ]


def _left_out_blocks(counts: Counter[str]) -> Iterator[Block]:
    yield Heading("What is left out")
    if not counts:
        yield Paragraph("Nothing had to be left out.")
        return
    told = [f"{title} ({number})" for title, number in sorted(counts.items())]
    yield Paragraph(
        "What people wrote in their own words, and who they are, is left out of this paper: the tracker and its receipts hold "
        f"it. Left out, with the number of texts: {listed(told)}. The wording of recommendations and actions, agencies, dates, "
        "statuses and decisions are in full."
    )


@dataclass(frozen=True)
class _Proof:
    material: Overall
    items: list[Standing]
    review: Row | None
    log: list[Row]
    receipts: list[Row]
    redaction: Redaction

    def blocks(self) -> Iterator[Block]:
        if self.review is not None:
            yield Heading("The review")
            yield Bullets(tuple(self._review_facts(self.review)))
        if not self.items:
            yield Paragraph("The review has no actions.")
        for item in self.items:
            yield from self._action(item)
        yield Heading("Returned sheets")
        if not self.receipts:
            yield Paragraph("Nothing here came from a returned sheet that the tracker knows.")
            return
        yield TableBlock(
            title="Returned sheets that something here came from",
            summary="One row for each returned sheet: the agency, when it went out and came back, who reviewed it, and the digest of the file.",
            headings=("Sheet", "Agency", "Issued and returned", "Digest of the return"),
            widths=(2.6, 4.2, 4.7, 5.8),
            rows=tuple(self._receipt(row) for row in self.receipts),
        )

    def _review_facts(self, row: Row) -> Iterator[Paragraph]:
        schema = self.material.tracker["reviews"].schema
        for name in schema.by_name:
            if row[name] is not None and name not in ("review_id", "title") and not schema[name].live:
                value = day(row[name]) if as_date(row[name]) else self._text("reviews", row, name)
                yield Paragraph(value, f"{schema[name].title}:")

    def _action(self, item: Standing) -> Iterator[Block]:
        action, material = item.action, self.material
        yield Heading(f"{action.text('action_id')}: what was learned and agreed")
        facts = list(self._origin(item))
        facts.append(Paragraph(self._text("actions", action, "action") or "No wording recorded.", "Action:"))
        for name, label in (("measure", "Success measure:"), ("ownership_notes", "Notes on ownership:")):
            if action[name] is not None:
                facts.append(Paragraph(self._text("actions", action, name), label))
        lead = (
            material.agency(action.text("lead_agency"))
            if action["lead_agency"] is not None
            else "nobody recorded"
        )
        facts.append(Paragraph(f"{lead}; area: {action.text('area') or 'not recorded'}.", "Lead:"))
        revised = f"; revised to {day(item.revised_due_on)}" if item.revised_due_on else ""
        facts.append(Paragraph(f"{day(action['due_on'], 'no due date')}{revised}.", "Due:"))
        facts.append(Paragraph(f"{'; '.join(standing_words(material, item))}.", "Status:"))
        yield Bullets(tuple(facts))
        if not item.assignments:
            yield Paragraph("No agency's part is recorded.")
        for row in item.assignments:
            whose = f"{material.agency(row.text('agency'))}, {row.text('area') or 'no area'}"
            yield Heading(f"{row.text('assignment_id')}: {whose}", 2)
            yield Bullets(tuple(self._part(row)))
        yield Heading("What meetings decided, and the impact", 2)
        yield Bullets(tuple(self._decisions(item)))

    def _origin(self, item: Standing) -> Iterator[Paragraph]:
        action, tracker = item.action, self.material.tracker
        if self.review is None and action["review_id"] is not None:
            yield Paragraph(self.material.review_name(action.text("review_id")), "Review:")
        for table, key, name, label in (
            ("recommendations", "recommendation_id", "recommendation", "Recommendation"),
            ("learning", "learning_id", "summary", "Learning"),
            ("referrals", "referral_id", "identified_learning", "Referral"),
        ):
            row = tracker[table].by_key.get(action.text(key))
            if row is not None:
                number = row.text("number") if table == "recommendations" else ""
                yield Paragraph(
                    self._text(table, row, name) or "No words recorded.",
                    f"{label} {number or action.text(key)}:",
                )

    def _part(self, row: Row) -> Iterator[Paragraph]:
        schema = self.material.tracker["assignments"].schema
        skipped = {"assignment_id", "action_id", "agency", "area"}
        told = [name for name in schema.by_name if row[name] is not None and name not in skipped]
        if not told:
            yield Paragraph("Nothing is recorded.")
        for name in told:
            value = day(row[name]) if as_date(row[name]) else self._text("assignments", row, name)
            yield Paragraph(value, f"{schema[name].title}:")

    def _decisions(self, item: Standing) -> Iterator[Paragraph]:
        for row in item.decisions:
            until = f", to {day(row['new_due_on'])}" if row["new_due_on"] is not None else ""
            words = [f"{row.text('proposal')}{until}: {row.text('decision').lower()}."]
            for name, label in (("reason", "Reason: "), ("recorded_by", "Recorded by ")):
                if row[name] is not None:
                    words.append(sentence(label + self._text("decisions", row, name)))
            yield Paragraph(
                " ".join(words), f"{row.text('decision_id')}, {row.text('body')}, {day(row['meeting_on'])}:"
            )
        if not item.decisions:
            yield Paragraph("No meeting has decided on it.")
        for row in self.material.escalations:
            if row.text("action_id") == item.action.text("action_id"):
                asked, answer = (
                    self._text("escalations", row, name) for name in ("asked_of_board", "board_response")
                )
                words = [
                    sentence(self._text("escalations", row, "description")),
                    sentence(f"Asked: {asked or 'nothing'}"),
                    sentence(f"Answer: {answer or 'none'}"),
                ]
                yield Paragraph(
                    " ".join(filter(None, words)), f"{row.text('escalation_id')}, {day(row['raised_on'])}:"
                )
        check, result = item.action["impact_check_on"], item.action.text("impact_result")
        if check is None and not result:
            yield Paragraph("No impact check is recorded.")
        else:
            yield Paragraph(f"{day(check)}: {result.lower() or 'no result recorded'}.", "Impact check:")

    def _receipt(self, row: Row) -> tuple[str, ...]:
        by = self._text("returns", row, "reviewed_by")
        lines = [
            f"Issued {day(row['issued_on'])}",
            f"Returned {day(row['returned_on'], 'not yet')}",
            f"By {by}" if by else "",
        ]
        return (
            row.text("sheet_id"),
            self.material.agency(row.text("agency")),
            "\n".join(filter(None, lines)),
            row.text("digest") or "None: it has not come back",
        )

    def log_blocks(self, faults: list[str], head: tuple[int, str], unlogged: int) -> Iterator[Block]:
        yield Heading("Every change, in order")
        if unlogged:
            yield Paragraph(
                f"{counted(unlogged, 'cell').capitalize()} of it {verb(unlogged, 'was', 'were')} typed since the tracker was last "
                "saved by a command, and not in the log below: run cvsb update and write this paper again.",
                kind="notice",
            )
        if faults:
            yield Paragraph(
                f"The chain of the change log does NOT hold: {sentence('; '.join(faults))} What follows may have been changed.",
                kind="notice",
            )
        elif head[0]:
            yield Paragraph(
                f"The chain of the tracker's {counted(head[0], 'change')} holds; its head is {head[0]} {head[1]}. Receipts and issued "
                "sheets carry such heads, so the log can be held against what had left the Board: cvsb log verify --against RECEIPT."
            )
        number = len(self.log)
        if not number:
            yield Paragraph(
                "The change log holds nothing about it."
                if unlogged
                else "The change log holds nothing about it: nothing has changed since the tracker was made."
            )
            return
        yield TableBlock(
            title=f"{counted(number, 'change').capitalize()} that {verb(number, 'concerns', 'concern')} it",
            summary="One row for each changed cell: its number and chain value in the log, when and by whom, what changed, and where the value came from.",
            headings=("No.", "When, who, how", "What changed", "From, and chain"),
            widths=(1.1, 3.6, 6.3, 6.3),
            rows=tuple(self._entry(row) for row in self.log),
        )

    def _entry(self, row: Row) -> tuple[str, ...]:
        who = row.text("by") or "not known"
        if self.redaction.is_on and row["by"] is not None:
            who = self.redaction.person("By")
        schema = self.material.tracker.framework.by_sheet.get(row.text("table"))
        column = schema.by_name.get(row.text("field")) if schema else None
        before, after = (_dated(column, self._logged(row, name)) for name in ("before", "after"))
        what = f"{row.text('table')} {row.text('key')}, {column.title if column else row.text('field')}"
        return (
            row.text("seq"),
            f"{_moment(row.text('at'))}\n{who}, {row.text('verb')}",
            f"{what}\nBefore: {before or 'blank'}\nAfter: {after or 'blank'}",
            "\n".join(filter(None, [row.text("source"), row.text("chain")])),
        )

    def _logged(self, row: Row, name: str) -> str:
        text = row.text(name)
        if is_redacted(text):
            return "[words taken out of the log; their digest stands there]"
        return self.redaction.logged(self.material.tracker, row, text) if text else ""

    def _text(self, table: str, row: Row, name: str) -> str:
        return self.redaction.text(table, row, name)


def _dated(column: Field | None, text: str) -> str:
    """Return a date of the log as papers print dates; any other text as it stands."""
    on = as_date(parse(column, text).value) if column and column.type == "date" and text else None
    return day(on) if on else text


def _moment(text: str) -> str:
    """Return "3 March 2027, 14:02 UTC" for a time of the log; what cannot be read stays as it is."""
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return text
    return f"{day(at)}, {at:%H:%M} UTC"


__all__ = ["LEFT_OUT", "ProofReport", "prove"]
