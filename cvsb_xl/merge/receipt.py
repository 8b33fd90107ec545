"""What an agency gets back: what became of each cell it returned, why, and how to put it right.

No other agency's words are in it, and none of the tracker's own either: only what the agency itself returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cvsb_xl.framework.clocks import is_date
from cvsb_xl.framework.schema import Field, Framework, Language
from cvsb_xl.merge.columns import sheet_columns
from cvsb_xl.merge.reasons import REASONS
from cvsb_xl.merge.result import CellOutcome, Counts, ReturnResult
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.tracker.wording import day_in_words, listed

APPLIED, THERE, WAITING, REFUSED = "Taken over", "Already there", "Waiting for a decision", "Not accepted"
SETTLED = "Settled before"
"""What the agency said later stands in its place, or a person has decided on it."""
_KEYS = 12
KEEP = "Please keep this receipt: this line proves later what the Board's records held when it was made."


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One cell.

    Attributes:
        outcome: APPLIED, THERE, WAITING, REFUSED or SETTLED.
        where: the sheet and cell of the return, such as "Assignments!F12".
        column: the heading.
    """

    outcome: str
    where: str
    key: str
    column: str
    returned: str
    why: str
    cure: str


@dataclass(frozen=True)
class Receipt:
    """One return's receipt.

    Attributes:
        notes: what was found of the file, its sheets and rows, each with its cure.
        reviewed_by: who signed the sheet off, as the agency wrote it.
        log_head: the change log's newest (seq, chain): proof, later, that the log was not changed.
    """

    file: str
    sheet_id: str
    agency: str
    agency_name: str
    board_name: str
    marking: str
    at: datetime
    refused: bool
    read: int
    counts: Counts
    lines: tuple[ReceiptLine, ...]
    notes: tuple[tuple[str, str], ...]
    log_head: tuple[int, str]
    reviewed_by: str | None = None

    def of(self, outcome: str) -> list[ReceiptLine]:
        """Return the lines of one outcome."""
        return [line for line in self.lines if line.outcome == outcome]


def receipt_of(
    framework: Framework,
    result: ReturnResult,
    *,
    language: Language = "en",
    agency_name: str,
    board_name: str,
    marking: str,
    at: datetime,
    log_head: tuple[int, str],
) -> Receipt:
    """Make one return's receipt."""
    columns = {
        (table.sheet, column.name): column.field
        for table in framework.issued_tables
        for column in sheet_columns(table, framework)
    }
    lines = tuple(_lines(columns, [*result.cells, *result.noted], language))
    notes = tuple(_notes(result.findings, framework, columns, language))
    return Receipt(
        file=result.file,
        sheet_id=result.sheet_id if result.sheet_id.startswith("S-") else "",
        agency=result.agency,
        agency_name=agency_name or result.agency,
        board_name=board_name,
        marking=marking,
        at=at,
        refused=result.state == "refused",
        read=result.read,
        counts=result.counts,
        lines=lines,
        notes=notes,
        log_head=log_head,
        reviewed_by=result.reviewed_by,
    )


_OUTCOMES = {"applied": APPLIED, "unchanged": THERE, "conflict": WAITING, "rejected": REFUSED}


def _lines(
    columns: Mapping[tuple[str, str], Field], cells: Sequence[CellOutcome], language: Language
) -> Iterable[ReceiptLine]:
    order = [REFUSED, WAITING, APPLIED, SETTLED, THERE]
    lines = []
    for cell in cells:
        reason = REASONS[cell.reason]
        item = columns.get((cell.table, cell.field))
        column = item.heading(language) if item else cell.field
        why = f"{column} {_in_their_words(cell.detail, item, language)}." if cell.detail else reason.sentence
        cure = reason.cure
        if cell.proposal is not None:
            cure = f"Did you mean {_said(cell.proposal, item, language)}? {cure}"
        outcome = SETTLED if cell.reason in ("superseded", "decided") else _OUTCOMES[cell.outcome]
        returned = _said(cell.returned, item, language)
        if cell.reason == "formula":
            returned = f"a formula, showing {returned}" if returned else "a formula"
        lines.append(ReceiptLine(outcome, cell.returned_cell, cell.key, column, returned, why, cure))
    return sorted(lines, key=lambda line: order.index(line.outcome))


def _in_their_words(detail: str, item: Field | None, language: Language) -> str:
    """What is wrong with a cell, naming the list as the sheet has it."""
    if language == "cy" and item is not None and item.enum_cy:
        return detail.replace(f"({', '.join(item.enum)})", f"({', '.join(item.enum_cy)})")
    return detail


def _said(value: Value, item: Field | None, language: Language) -> str:
    """A value as its sheet shows it: dates in words, list values in the sheet's language."""
    if is_date(value):
        return day_in_words(value)
    if language == "cy" and item is not None and item.enum_cy and value in item.enum:
        return item.enum_cy[item.enum.index(as_text(value))]
    return as_text(value)


def _notes(
    findings: Iterable[Finding],
    framework: Framework,
    columns: Mapping[tuple[str, str], Field],
    language: Language,
) -> Iterable[tuple[str, str]]:
    """What was found of a file, told to the agency: where, what, and what it can do; rows of one kind together.

    A finding's own message is the Review Manager's: it tells them what to ask for, and may name others.
    """
    told: dict[tuple[str, str, str], list[str]] = {}
    for item in findings:
        reason = REASONS.get(item.name)
        if reason is None:  # the file could not be read: its message says what its sender can do
            told[_sentence(item.message), "", ""] = []
            continue
        table = framework.tables.get(item.table or "")
        sheet = item.sheet or (table.sheet if table else "")
        column = columns.get((table.sheet if table else "", item.field or ""))
        place = f"{sheet}!{item.cell}" if sheet and item.cell else sheet
        where = ", ".join(filter(None, [place, column.heading(language) if column else ""]))
        told.setdefault((reason.sentence, reason.cure, where), []).extend(filter(None, [item.key]))
    for (sentence, cure, where), keys in told.items():
        whole = ", ".join(filter(None, [where, listed(keys, _KEYS)]))
        yield f"{whole}: {sentence}" if whole else sentence, cure


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
