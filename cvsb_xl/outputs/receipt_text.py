"""A receipt as text, to paste into an e-mail."""

from __future__ import annotations

from collections.abc import Iterator

from cvsb_xl.merge.receipt import APPLIED, REFUSED, THERE, WAITING, Receipt

HEADS = {
    REFUSED: "Not accepted - please put these right and send the sheet again",
    WAITING: "Waiting for a decision by the Review Manager",
    APPLIED: "Taken over",
    THERE: "Already there",
}


def summary(receipt: Receipt) -> str:
    """Return what became of the file, in a sentence or two."""
    if receipt.refused:
        return "The file could not be taken in. Nothing of it was read, and nothing was changed."
    counts = receipt.counts
    said = [f"We read {receipt.read} cells: {counts.applied} taken over, {counts.unchanged} unchanged"]
    said.append(f"{counts.conflicts} waiting for a decision and {counts.rejected} not accepted.")
    return ", ".join(said)


def receipt_text(receipt: Receipt) -> str:
    """Return the whole receipt."""
    return "\n".join(_lines(receipt)) + "\n"


def _lines(receipt: Receipt) -> Iterator[str]:
    if receipt.marking:
        yield receipt.marking
    yield f"Receipt from {receipt.board_name}"
    yield f"To: {receipt.agency_name}" if receipt.agency else "To: whom it concerns"
    sheet = f" (sheet {receipt.sheet_id})" if receipt.sheet_id else ""
    yield f"For: {receipt.file}{sheet}, taken in on {receipt.at.day} {receipt.at:%B %Y at %H:%M}"
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
        for line in lines:
            returned = " ".join(line.returned.split())
            yield f'- {line.where} ({line.key}, {line.column}): "{returned[:200]}"'
            if outcome in (REFUSED, WAITING):
                yield f"  {line.why} {line.cure}".rstrip()
    yield ""
    seq, chain = receipt.log_head
    yield f"Log head: {seq} {chain or '-'}"
