"""The merge's report as text: what happened, what to look at first, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cvsb_xl.merge.reasons import REASONS
from cvsb_xl.merge.result import CellOutcome, Counts, MergeReport, ReturnResult
from cvsb_xl.outputs.merge_digest import look_at_first, proposals, short, spoken, taken_over
from cvsb_xl.tracker.values import as_text
from cvsb_xl.tracker.wording import counted, listed

_FIRST = 5
"""How many things are named under "look at first"."""
_SHOWN = 60
_SHOWN_OF_A_ROW = 30
_KEYS = 12
"""Characters of a value, and keys, that a line shows."""


def merge_text(report: MergeReport, tracker: str, *, dry_run: bool, receipts: str = "") -> str:
    """Return the report in lines a Review Manager can read in a minute.

    Args:
        receipts: the folder in which the agencies' receipts were written, where they were.
    """
    return "\n".join(_lines(report, tracker, receipts, dry_run=dry_run))


def _lines(report: MergeReport, tracker: str, receipts: str, *, dry_run: bool) -> Iterator[str]:
    for result in report.returns:
        yield from _return(result)
    first = look_at_first(report)
    if first:
        yield "Look at first:"
        yield from (f"  {number}. {line}" for number, line in enumerate(first[:_FIRST], 1))
        if len(first) > _FIRST:
            yield f"  and {counted(len(first) - _FIRST, 'thing')} more, above"
        yield ""
    refused = f", {report.refused} of them refused" if report.refused else ""
    yield f"{counted(len(report.returns), 'file')}{refused}: {_sum(report.read, report.counts)}"
    if dry_run:
        yield "Dry run: nothing was changed."
        return
    if not report.counts.applied and not report.wants_a_person:
        older = any(cell.reason == "superseded" for result in report.returns for cell in result.noted)
        but = "; what is set aside above has a newer answer" if older else ""
        yield f"No action changed: the tracker already holds {'the rest' if older else 'all of it'}{but}."
    yield from (f"Next: {line}" for line in _next(report, tracker, receipts))


def _next(report: MergeReport, tracker: str, receipts: str) -> Iterator[str]:
    counts = report.counts
    if counts.conflicts:
        yield (
            f"open {tracker}, sheet Conflicts, and pick a decision in each row (the tracker keeps its own values until then); "
            f"save it, close it, then: cvsb resolve {tracker}"
        )
    if counts.rejected or report.refused:
        where = (
            f"the receipts in {receipts} tell" if receipts else "--receipts FOLDER writes receipts that tell"
        )
        yield (
            f"{where} each agency what to put right. What it sends back can be merged as it comes: nothing is taken over twice."
        )
    if proposals(report):
        yield f"cvsb ratify {tracker} --out Ratification.docx takes the new proposals to the Delivery Group."


def _return(result: ReturnResult) -> Iterator[str]:
    sheet = f", sheet {result.sheet_id}" if result.sheet_id.startswith("S-") else ""
    yield f"{result.file}{f' ({result.agency}{sheet})' if result.agency else ''}"
    if result.state == "refused":
        yield from (f"  refused: {item.code} {item.message}" for item in result.findings)
        yield ""
        return
    again = " - merged before" if result.state == "repeated" else ""
    yield f"  {_sum(result.read, result.counts)}{again}"
    if result.reviewed_by:
        yield f"  reviewed by {result.reviewed_by}, says its first page"
    yield from (f"  {line}" for line in taken_over(result.cells))
    yield from _set_aside(result)
    same: dict[tuple[str, str], list[str]] = {}
    for item in result.findings:
        place = f"{item.sheet}!{item.cell}: " if item.sheet and item.cell else ""
        keys = same.setdefault((item.code, f"{place}{item.message}"), [])
        keys += [item.key] if item.key else []
    for (code, message), keys in same.items():
        yield f"  {code} {message}{f' ({listed(keys, _KEYS)})' if keys else ''}"
    told = {(item.name, item.key) for item in result.findings}
    for (_, reason), cells in _by_row(result.cells).items():
        whole_row = cells[0].outcome == "rejected" and (reason, cells[0].key) in told
        yield from _rejected_row(cells) if whole_row else _cells(cells)
    yield ""


def _set_aside(result: ReturnResult) -> Iterator[str]:
    """What the agency said that is not taken over, since it has said something else later: unchanged, and not unsaid."""
    older = [cell for cell in result.noted if cell.reason == "superseded"]
    if older:
        said = [
            f'{_address(cell)} ({cell.key} {cell.field.replace("_", " ")}) "{short(as_text(cell.returned), _SHOWN_OF_A_ROW)}"'
            for cell in older
        ]
        yield (
            f"  set aside {counted(len(older), 'cell')}, since a newer return of {result.agency} stands: "
            f"{listed(said, _KEYS)}"
        )


def _by_row(cells: Sequence[CellOutcome]) -> dict[tuple[str, str], list[CellOutcome]]:
    """Group the cells that are not applied by row of the return and reason, in the order they came."""
    groups: dict[tuple[str, str], list[CellOutcome]] = {}
    for cell in cells:
        if cell.outcome != "applied":
            row = _address(cell).lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            groups.setdefault((f"{cell.table} {row}", cell.reason), []).append(cell)
    return groups


def _rejected_row(cells: Sequence[CellOutcome]) -> Iterator[str]:
    """A row that is not used at all: its finding says why, this says what stands in it."""
    said = ", ".join(f'{_address(cell)} "{short(as_text(cell.returned), _SHOWN_OF_A_ROW)}"' for cell in cells)
    yield f"  rejected {counted(len(cells), 'cell')} of {cells[0].key or 'a row without ID'}: {said}"


def _cells(cells: Sequence[CellOutcome]) -> Iterator[str]:
    """Cells of one row for one reason: the reason once, then a line for each cell."""
    first = cells[0]
    code = first.code or REASONS[first.reason].code
    yield f"  {first.outcome} {code} {first.table} {first.key}: {REASONS[first.reason].sentence}"
    for cell in cells:
        returned = f'"{short(as_text(cell.returned), _SHOWN)}" returned'
        if cell.outcome == "conflict":
            returned += f', the tracker holds "{short(as_text(cell.tracker), _SHOWN)}"'
        meant = f' (did they mean "{spoken(cell.proposal)}"?)' if cell.proposal is not None else ""
        yield f"    {_address(cell)} {cell.field.replace('_', ' ')}: {cell.detail or returned}{meant}"


def _address(cell: CellOutcome) -> str:
    return cell.returned_cell.rpartition("!")[2]


def _sum(read: int, counts: Counts) -> str:
    return (
        f"read {read} = applied {counts.applied} + unchanged {counts.unchanged} "
        f"+ conflicts {counts.conflicts} + rejected {counts.rejected}"
    )
