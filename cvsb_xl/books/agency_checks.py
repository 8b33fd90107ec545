"""Formulas of the agency sheet that answer back before it is sent: what each row still needs, and how many are answered.

Plain functions and plain cell addresses alone (IF, AND, OR, NOT, TRIM, LEFT, MID, COUNTIFS): they work alike in Excel, LibreOffice and
Google Sheets. They stand outside the issued columns, so nothing they say is read back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cvsb_xl.framework.schema import Language
from cvsb_xl.merge.columns import LAST_DECISION
from cvsb_xl.merge.sheet import PROPOSALS, REFUSED, SheetColumn
from cvsb_xl.tracker.values import Value, as_text

READY = "Ready for the Delivery Group"
ANSWERED = "Answered"
NOT_ANSWERED = "Not answered yet"
MISSING = "Missing: "
NEWS = f"{MISSING}what has changed since it was not ratified"
"""Said of a proposal that the Delivery Group refused while the update is blank: sent back as it is, it would not go there again."""
_FOR_COMPLETE = ("completed_on", "evidence", "impact")
_FOR_STEP_DOWN = ("step_down_reason",)

Cells = Mapping[str, str]
"""Column name -> the address of this row's cell, such as "$F7"."""


def check_formula(
    table: str,
    columns: Sequence[SheetColumn],
    cells: Cells,
    words: Mapping[str, str],
    language: Language = "en",
) -> str | None:
    """Return the formula of a row's check; None where the table has none.

    Args:
        words: list value -> how this sheet writes it, in its own language.
    """
    titles = _titles(columns, language)
    if table == "assignments":
        return "=" + _assignment(cells, titles, words)
    own = [column.name for column in columns if column.kind == "input"]
    if table == "acknowledgements":
        return f'=IF({_all_blank(own, cells)},"{NOT_ANSWERED}",{_missing(own, cells, titles, ANSWERED)})'
    if table == "dissemination":
        wanted = [name for name in ("review_id", "method", "delivered_on") if name in cells]
        return f'=IF({_all_blank(own, cells)},"",{_missing(wanted, cells, titles, ANSWERED)})'
    return None


def check_value(
    table: str, columns: Sequence[SheetColumn], row: Mapping[str, Value], language: Language = "en"
) -> str:
    """Return what the check says of a row as it is issued, before anybody has typed: the formula's cached value."""
    titles = _titles(columns, language)
    own = [column.name for column in columns if column.kind == "input"]
    if table == "assignments":
        progress = row.get("progress")
        refused = as_text(row.get(LAST_DECISION)).startswith(REFUSED)
        if progress in PROPOSALS and refused and _is_blank(row.get("progress_update")):
            return NEWS
        if progress == "Proposed complete":
            return _said(_FOR_COMPLETE, row, titles, READY)
        if progress == "Proposed step-down":
            return _said(_FOR_STEP_DOWN, row, titles, READY)
        return NOT_ANSWERED if _is_blank(row.get("progress_update")) else ANSWERED
    if all(_is_blank(row.get(name)) for name in own):
        return NOT_ANSWERED if table == "acknowledgements" else ""
    wanted = own if table == "acknowledgements" else ["review_id", "method", "delivered_on"]
    return _said(wanted, row, titles, ANSWERED)


def answered_formula(area: str, count: int) -> str:
    """Return the formula that reads "7 of 9 answered", over the check column's cells."""
    return f'=({count}-COUNTIF({area},"{NOT_ANSWERED}"))&" of {count} answered"'


def filled_formula(area: str) -> str:
    """Return the formula that reads "2 filled in", over the check column of rows that an agency may add."""
    return f'=(COUNTIF({area},"{ANSWERED}")+COUNTIF({area},"{MISSING}*"))&" filled in"'


def missing_formula(area: str) -> str:
    """Return the formula that counts the rows with something missing."""
    return f'=COUNTIF({area},"{MISSING}*")'


def overdue_formula(areas: Cells, words: Mapping[str, str]) -> str:
    """Return the formula that counts the assignments past their date, the revised one where there is one.

    A proposal stops the clock: it is the Delivery Group's turn.
    """
    waiting = "".join(f',{areas["progress"]},"<>{words[word]}"' for word in PROPOSALS)
    due, revised = areas["due_on"], areas["revised_due_on"]
    return f'=COUNTIFS({revised},"<"&TODAY(){waiting})+COUNTIFS({revised},"",{due},"<"&TODAY(){waiting})'


def _titles(columns: Sequence[SheetColumn], language: Language) -> dict[str, str]:
    """The columns' headings as they stand within a sentence, such as "completed on"."""
    return {column.name: column.heading(language).lower() for column in columns}


def _assignment(cells: Cells, titles: Mapping[str, str], words: Mapping[str, str]) -> str:
    progress = cells["progress"]
    complete, step_down = (
        f'{progress}="{words[word]}"' for word in ("Proposed complete", "Proposed step-down")
    )
    again = ""
    if LAST_DECISION in cells:
        refused = f'LEFT({cells[LAST_DECISION]},{len(REFUSED)})="{REFUSED}"'
        again = f'IF(AND(OR({complete},{step_down}),{refused},{_blank(cells["progress_update"])}),"{NEWS}",'
    return (
        f"{again}IF({complete},{_missing(_FOR_COMPLETE, cells, titles, READY)},"
        f"IF({step_down},{_missing(_FOR_STEP_DOWN, cells, titles, READY)},"
        f'IF({_blank(cells["progress_update"])},"{NOT_ANSWERED}","{ANSWERED}"))){")" if again else ""}'
    )


def _missing(names: Sequence[str], cells: Cells, titles: Mapping[str, str], otherwise: str) -> str:
    held = [name for name in names if name in cells]
    parts = "&".join(f'IF({_blank(cells[name])},"; {titles[name]}","")' for name in held)
    whole = "AND(" + ",".join(f"NOT({_blank(cells[name])})" for name in held) + ")"
    return f'IF({whole},"{otherwise}","{MISSING}"&MID({parts},3,200))'


def _said(names: Sequence[str], row: Mapping[str, Value], titles: Mapping[str, str], otherwise: str) -> str:
    lacking = [titles[name] for name in names if name in titles and _is_blank(row.get(name))]
    return MISSING + "; ".join(lacking) if lacking else otherwise


def _all_blank(names: Sequence[str], cells: Cells) -> str:
    return "AND(" + ",".join(_blank(cells[name]) for name in names) + ")"


def _blank(cell: str) -> str:
    return f'TRIM({cell})=""'


def _is_blank(value: Value) -> bool:
    return not as_text(value).strip()
