"""The merge's report as text: what happened, what to look at first, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cvsb_xl.merge.reasons import REASONS
from cvsb_xl.merge.result import CellOutcome, Counts, MergeReport, ReturnResult
from cvsb_xl.tracker.values import as_text

_SHOWN = 60
"""Characters of a value that a line shows."""
_FIRST = 5
"""How many things are named under "look at first"."""


def merge_text(report: MergeReport, tracker: str, *, dry_run: bool) -> str:
    """Return the report in lines a Review Manager can read in a minute."""
    return "\n".join(_lines(report, tracker, dry_run=dry_run))


def _lines(report: MergeReport, tracker: str, *, dry_run: bool) -> Iterator[str]:
    for result in report.returns:
        yield from _return(result)
    first = _look_at_first(report)
    if first:
        yield "Look at first:"
        yield from (f"  {number}. {line}" for number, line in enumerate(first, 1))
        yield ""
    counts = report.counts
    files = len(report.returns)
    refused = f", {report.refused} of them refused" if report.refused else ""
    yield f"{files} {'file' if files == 1 else 'files'}{refused}: {_sum(report.read, counts)}"
    if dry_run:
        yield "Dry run: nothing was changed."
    elif counts.conflicts:
        yield (
            f"Next: open {tracker}, sheet Conflicts, and pick a decision in each row "
            "(the tracker keeps its own values until then)."
        )
    elif not counts.applied and not report.wants_a_person:
        yield "Nothing changed: the tracker already holds all of it."


def _return(result: ReturnResult) -> Iterator[str]:
    who = f" ({result.agency}, sheet {result.sheet_id})" if result.agency else ""
    yield f"{result.file}{who}"
    if result.state == "refused":
        yield from (f"  refused: {item.code} {item.message}" for item in result.findings)
        yield ""
        return
    again = " - merged before" if result.state == "repeated" else ""
    yield f"  {_sum(result.read, result.counts)}{again}"
    for item in result.findings:
        place = f"{item.sheet}!{item.cell}: " if item.sheet and item.cell else ""
        key = f" ({item.key})" if item.key else ""
        yield f"  {item.code} {place}{item.message}{key}"
    told = {(item.name, item.key) for item in result.findings}
    for (_, reason), cells in _by_row(result.cells).items():
        if cells[0].outcome == "rejected" and (reason, cells[0].key) in told:  # the row's finding says why
            where = ", ".join(cell.returned_cell.rpartition("!")[2] for cell in cells)
            yield f"  rejected {_count(len(cells))} of {cells[0].key or 'a row without ID'}: {where}"
        else:
            yield from (f"  {_cell(cell)}" for cell in cells)
    yield ""


def _by_row(cells: Sequence[CellOutcome]) -> dict[tuple[str, str], list[CellOutcome]]:
    """Group the cells that are not applied by row of the return and reason, in the order they came."""
    groups: dict[tuple[str, str], list[CellOutcome]] = {}
    for cell in cells:
        if cell.outcome != "applied":
            row = cell.returned_cell.rpartition("!")[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            groups.setdefault((f"{cell.table} {row}", cell.reason), []).append(cell)
    return groups


def _count(number: int) -> str:
    return f"{number} {'cell' if number == 1 else 'cells'}"


def _sum(read: int, counts: Counts) -> str:
    return (
        f"read {read} = applied {counts.applied} + unchanged {counts.unchanged} "
        f"+ conflicts {counts.conflicts} + rejected {counts.rejected}"
    )


def _cell(cell: CellOutcome) -> str:
    code = cell.code or REASONS[cell.reason].code
    why = cell.detail or REASONS[cell.reason].sentence
    held = f', the tracker holds "{_short(as_text(cell.tracker))}"' if cell.outcome == "conflict" else ""
    meant = f' (did they mean "{as_text(cell.proposal)}"?)' if cell.proposal is not None else ""
    returned = "" if cell.detail else f' "{_short(as_text(cell.returned))}" returned{held}.'
    return f"{cell.outcome} {cell.returned_cell}: {code} {cell.key} {cell.field}:{returned} {why}{meant}"


def _look_at_first(report: MergeReport) -> list[str]:
    """Refused files, then rejected cells by reason, then conflicts by reason: the largest groups first."""
    lines = [f"{result.file} was refused" for result in report.returns if result.state == "refused"]
    groups: dict[tuple[str, str, str], list[CellOutcome]] = {}
    for result in report.returns:
        for cell in result.cells:
            if cell.outcome != "applied":
                groups.setdefault((cell.outcome, cell.reason, result.file), []).append(cell)
    rank = {"rejected": 0, "conflict": 1}
    for (outcome, reason, file), cells in sorted(
        groups.items(), key=lambda item: (rank[item[0][0]], -len(item[1]))
    ):
        what = "cell was not accepted" if outcome == "rejected" else "cell waits for a decision"
        if len(cells) > 1:
            what = what.replace("cell was", "cells were").replace("cell waits", "cells wait")
        lines.append(
            f"{file}: {len(cells)} {what}. {REASONS[reason].sentence} (first: {cells[0].returned_cell})"
        )
    return lines[:_FIRST]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
