"""What an agency gets back: what became of each cell it returned, why, and how to put it right.

No other agency's words are in it, and none of the tracker's own either: only what the agency itself returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cvsb_xl.framework.schema import Framework
from cvsb_xl.merge.columns import sheet_columns
from cvsb_xl.merge.reasons import REASONS
from cvsb_xl.merge.result import CellOutcome, Counts, ReturnResult
from cvsb_xl.tracker.values import as_text

APPLIED, THERE, WAITING, REFUSED = "Taken over", "Already there", "Waiting for a decision", "Not accepted"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One cell.

    Attributes:
        outcome: APPLIED, THERE, WAITING or REFUSED.
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

    def of(self, outcome: str) -> list[ReceiptLine]:
        """Return the lines of one outcome."""
        return [line for line in self.lines if line.outcome == outcome]


def receipt_of(
    framework: Framework,
    result: ReturnResult,
    *,
    agency_name: str,
    board_name: str,
    marking: str,
    at: datetime,
    log_head: tuple[int, str],
) -> Receipt:
    """Make one return's receipt."""
    headings = {
        (table.sheet, column.name): column.field.title
        for table in framework.issued_tables
        for column in sheet_columns(table, framework)
    }
    lines = tuple(_lines(headings, [*result.cells, *result.noted]))
    notes = tuple(
        (_sentence(item.message), REASONS[item.name].cure if item.name in REASONS else "")
        for item in result.findings
    )
    return Receipt(
        file=result.file,
        sheet_id=result.sheet_id,
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
    )


_OUTCOMES = {"applied": APPLIED, "unchanged": THERE, "conflict": WAITING, "rejected": REFUSED}


def _lines(headings: dict[tuple[str, str], str], cells: Sequence[CellOutcome]) -> Iterable[ReceiptLine]:
    order = [REFUSED, WAITING, APPLIED, THERE]
    lines = []
    for cell in cells:
        reason = REASONS[cell.reason]
        column = headings.get((cell.table, cell.field), cell.field)
        why = f"{column} {cell.detail}." if cell.detail else reason.sentence
        cure = reason.cure
        if cell.proposal is not None:
            cure = f"Did you mean {as_text(cell.proposal)}? {cure}"
        lines.append(
            ReceiptLine(
                _OUTCOMES[cell.outcome],
                cell.returned_cell,
                cell.key,
                column,
                as_text(cell.returned),
                why,
                cure,
            )
        )
    return sorted(lines, key=lambda line: order.index(line.outcome))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
