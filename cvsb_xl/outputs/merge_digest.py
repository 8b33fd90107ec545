"""What matters in a merge, in few words: what the agencies said in the cells taken over, and what to look at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cvsb_xl.framework.clocks import is_date
from cvsb_xl.merge.reasons import REASONS
from cvsb_xl.merge.result import CellOutcome, MergeReport, ReturnResult
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.tracker.wording import counted, day_in_words, listed

_FIRST = 5
"""How many keys a line names."""
_ROWS = 12
_REFUSED_ONE_BY_ONE = 2
_PROPOSED = {"Proposed complete": "proposed complete", "Proposed step-down": "proposed to be stepped down"}


def short(text: str, length: int) -> str:
    """Return a text on one line, cut to a length."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def spoken(value: Value) -> str:
    """Return a value as a person would say it: dates in words."""
    return day_in_words(value) if is_date(value) else as_text(value)


def taken_over(cells: Sequence[CellOutcome]) -> Iterator[str]:
    """Yield lines that say which rows the agency wrote in, what it asks of the board there, and what it emptied."""
    applied = [cell for cell in cells if cell.outcome == "applied"]
    rows: dict[str, list[str]] = {}
    for cell in applied:
        rows.setdefault(cell.key, []).extend(filter(None, [_asks(cell)]))
    if rows:
        named = [f"{key} ({', '.join(asks)})" if asks else key for key, asks in rows.items()]
        yield f"taken over in {counted(len(rows), 'row')}: {listed(named, _ROWS)}"
    emptied = _emptied(applied)
    if emptied:
        held = [
            f'{cell.key} {cell.field.replace("_", " ")}, was "{short(as_text(cell.tracker), 40)}"'
            for cell in emptied
        ]
        yield f"emptied {counted(len(emptied), 'cell')}: {'; '.join(held[:_ROWS])}{'; ...' if len(held) > _ROWS else ''}"


def proposals(report: MergeReport) -> list[str]:
    """Return the assignments that were newly proposed complete, or to be stepped down."""
    return [
        cell.key
        for result in report.returns
        for cell in result.cells
        if cell.outcome == "applied" and cell.field == "progress" and cell.returned in _PROPOSED
    ]


def look_at_first(report: MergeReport) -> list[str]:
    """Return the weightiest things first.

    Refused files; what could not be found in a file; rejected cells, then conflicts, by reason, the largest groups first;
    emptied cells; warnings; last, what agencies ask of the board.
    """
    lines = _refused([result for result in report.returns if result.state == "refused" and result.findings])
    merged = [result for result in report.returns if result.state != "refused"]
    rejecting = {cell.reason for result in merged for cell in result.cells}
    for severity in ("error", "warning"):
        found = [
            (result.file, item)
            for result in merged
            for item in result.findings
            if item.severity == severity and item.name not in rejecting
        ]
        lines += _by_message(found)
        if severity == "error":
            lines += _groups(report)
            lines += [
                f"{result.file}: {counted(len(emptied), 'cell')} emptied that held something (first: {emptied[0].returned_cell})"
                for result in merged
                if (emptied := _emptied(result.cells))
            ]
    asked = [cell for result in merged for cell in result.cells if cell.outcome == "applied" and _asks(cell)]
    help_wanted = [cell.key for cell in asked if cell.field == "help_needed"]
    if help_wanted:
        lines.append(f"Help is asked for in {listed(help_wanted, _FIRST)}")
    proposed = proposals(report)
    if proposed:
        lines.append(f"New for the Delivery Group: {listed(proposed, _FIRST)}")
    return lines


def _refused(refused: Sequence[ReturnResult]) -> list[str]:
    """A line for each of one or two files; one for more, which would hide what else there is to look at."""
    if len(refused) > _REFUSED_ONE_BY_ONE:
        files = listed([result.file for result in refused], _FIRST)
        return [f"{len(refused)} files were refused, each with its reason above: {files}"]
    return [
        f"{result.file} was refused: {short(result.findings[0].message.removeprefix(result.file).strip(), 90)}"
        for result in refused
    ]


def _asks(cell: CellOutcome) -> str:
    if cell.field == "progress":
        return _PROPOSED.get(as_text(cell.returned), "")
    if cell.field == "help_needed" and cell.returned == "Yes":
        return "asks for help"
    if cell.field == "extension_requested_to" and cell.returned is not None:
        return f"asks for more time, to {spoken(cell.returned)}"
    return ""


def _emptied(cells: Sequence[CellOutcome]) -> list[CellOutcome]:
    return [
        cell
        for cell in cells
        if cell.outcome == "applied" and cell.returned is None and cell.tracker is not None
    ]


def _by_message(found: Sequence[tuple[str, Finding]]) -> list[str]:
    """One line for each message of a file; rows that it concerns are counted."""
    same: dict[tuple[str, str], list[str]] = {}
    for file, item in found:
        keys = same.setdefault((file, short(item.message.partition(". ")[0], 110)), [])
        keys += [item.key] if item.key else []
    return [
        f"{file}: {message}{f' ({listed(keys, _FIRST)})' if keys else ''}"
        for (file, message), keys in same.items()
    ]


def _groups(report: MergeReport) -> list[str]:
    groups: dict[tuple[str, str, str], list[CellOutcome]] = {}
    for result in report.returns:
        for cell in result.cells:
            if cell.outcome != "applied":
                groups.setdefault((cell.outcome, cell.reason, result.file), []).append(cell)
    rank = {"rejected": 0, "conflict": 1}
    lines = []
    for (outcome, reason, file), cells in sorted(
        groups.items(), key=lambda item: (rank[item[0][0]], -len(item[1]))
    ):
        one, many = (
            ("cell was not accepted", "cells were not accepted")
            if outcome == "rejected"
            else ("cell waits for a decision", "cells wait for a decision")
        )
        lines.append(
            f"{file}: {counted(len(cells), one, many)}. {REASONS[reason].sentence} (first: {cells[0].returned_cell})"
        )
    return lines
