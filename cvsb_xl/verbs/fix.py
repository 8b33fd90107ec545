"""fix: rewrite cells whose meaning is clear, and nothing else.

    | the cell                                                          | becomes                        |
    |-------------------------------------------------------------------|--------------------------------|
    | a list value in other capitals, with blanks, or in Welsh          | the value as it is stored      |
    | a date typed as text that can mean one day only                   | a real date                    |
    | a whole number typed as text                                      | a number                       |
    | text with blanks before it                                        | the text without them          |
    | an agency's code in other capitals                                | the code as Agencies has it    |
    | an ID left blank                                                  | filled by `update`, with the rest |

A cell that holds a formula stays as it is (D111 tells it). Whatever can be read in two ways ("03/04/27") stays for a person, and so
does "n/a" in a date column: it is read as blank, but somebody wrote it. What a cell means is the same before and after, also where the cell is an agency's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cvsb_xl.framework.schema import Field
from cvsb_xl.tracker.edits import Edit, SetCell, set_cell
from cvsb_xl.tracker.tables import Row, TableData, Tracker
from cvsb_xl.tracker.values import Value


@dataclass(frozen=True, slots=True)
class Fix:
    """One cell rewritten.

    Attributes:
        edit: the change; its value is what the cell will hold.
        before: what it holds, as it is written.
        sheet, cell: where.
    """

    edit: SetCell
    before: str
    sheet: str
    cell: str


def fixes(tracker: Tracker) -> Sequence[Fix]:
    """Return the safe fixes of a tracker, in the order of its sheets."""
    codes = {key.casefold(): key for key in tracker["agencies"].by_key}
    found = []
    for data in tracker.tables.values():
        if data.schema.kind == "input":
            references = {link.field for link in data.schema.foreign_keys if link.table == "agencies"}
            for row in data:
                found += [
                    Fix(
                        edit,
                        row.untidy.get(edit.field) or row.text(edit.field),
                        data.schema.sheet,
                        data.cell(row, edit.field) or "",
                    )
                    for edit in _of_row(data, row, references, codes)
                ]
    return found


def edits_of(found: Sequence[Fix]) -> list[Edit]:
    """Return the edits of fixes."""
    return [item.edit for item in found]


def _of_row(data: TableData, row: Row, references: set[str], codes: dict[str, str]) -> Iterator[SetCell]:
    for name, value in row.values.items():
        field = data.schema[name]
        if value is None or field.owner == "computed" or name in row.faults:
            continue
        if (row.number, name) in data.formulas:
            continue  # what a formula shows is not what stands there
        better = _better(field, row, value, codes if name in references else {})
        if better is not None:
            # A reading that is only untidy holds the better value already: the cell is written all the same.
            yield set_cell(data, row, name, better)


def _better(field: Field, row: Row, value: Value, codes: dict[str, str]) -> Value:
    if field.name in row.untidy and (field.type != "string" or field.enum):
        return value
    if isinstance(value, str):
        trimmed = value.strip()
        known = codes.get(trimmed.casefold(), trimmed)
        if known != value:
            return known
    return None
