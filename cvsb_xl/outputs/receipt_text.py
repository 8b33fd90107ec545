"""A receipt as text, to paste into an e-mail."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.merge.receipt import APPLIED, KEEP, REFUSED, SETTLED, THERE, WAITING, Receipt
from cvsb_xl.tracker.wording import counted, day_in_words

HEADS = {
    REFUSED: "Not accepted - please put these right and send the sheet again",
    WAITING: "Waiting for a decision by the Review Manager",
    APPLIED: "Taken over",
    SETTLED: "Settled before",
    THERE: "Already there",
}


def summary(receipt: Receipt) -> str:
    """Return what became of the file, in a sentence or two."""
    if receipt.refused:
        return "The file could not be taken in. Nothing of it was read, and nothing was changed."
    counts = receipt.counts
    if counts.rejected:
        first = (
            f"{counted(counts.rejected, 'cell')} could not be accepted: please see below how to put it right."
        )
    elif counts.conflicts:
        first = "Thank you. Nothing more is needed from you now: what waits for a decision is for the Review Manager."
    elif receipt.of(SETTLED):
        first = "Thank you. Nothing more is needed from you: where you have said something else since, that stands."
    elif counts.applied:
        first = "Thank you. All of it has been taken over, and nothing more is needed from you."
    elif receipt.reviewed_by:
        first = f"Thank you. {receipt.reviewed_by} looked through it and nothing has changed: that is noted."
    else:
        first = "Thank you. Nothing was new in it: the Board's tracker stays as it was."
    if receipt.notes:
        first += " Please read the remarks below."
    return (
        f"{first} We read {counted(receipt.read, 'cell')}: {counts.applied} taken over, {counts.unchanged} unchanged, "
        f"{counts.conflicts} waiting for a decision and {counts.rejected} not accepted."
    )


def receipt_text(receipt: Receipt) -> str:
    """Return the whole receipt."""
    return "\n".join(_lines(receipt)) + "\n"


def _lines(receipt: Receipt) -> Iterator[str]:
    if receipt.marking:
        yield receipt.marking
    yield f"Receipt from {receipt.board_name}"
    yield f"To: {receipt.agency_name}" if receipt.agency else "To: whom it concerns"
    sheet = f" (sheet {receipt.sheet_id})" if receipt.sheet_id else ""
    yield f"For: {receipt.file}{sheet}, taken in on {day_in_words(receipt.at)} at {receipt.at:%H:%M}"
    yield ""
    yield summary(receipt)
    for note, cure in receipt.notes:
        yield f"- {note} {cure}".rstrip()
    for outcome, head in HEADS.items():
        lines = receipt.of(outcome)
        if not lines:
            continue
        yield ""
        yield f"{head} ({len(lines)})"
        said: dict[str, list[str]] = {}
        for line in lines:
            why = f"{line.why} {line.cure}".rstrip() if outcome in (REFUSED, WAITING, SETTLED) else ""
            returned = " ".join(line.returned.split())
            said.setdefault(why, []).append(
                f'- {line.where} ({line.key or "no ID"}, {line.column}): "{returned[:200]}"'
            )
        for why, cells in said.items():
            yield from cells
            if why:
                yield f"  {why}"
    yield ""
    seq, chain = receipt.log_head
    yield f"{KEEP} Log head: {seq} {chain or '-'}"
