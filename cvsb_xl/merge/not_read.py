"""What a returned file holds that is not read: told, so that nobody thinks it was.

Notes pinned to cells, text boxes and pictures, cells above and beside the issued columns, cells swallowed by a merge, words
among those that a sheet is printed with, sheets that were not issued. None of it is taken over, for nobody can tell what it is
about; a person looks at it in the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cvsb_xl.framework.schema import Framework, Table
from cvsb_xl.merge.columns import sheet_columns
from cvsb_xl.merge.printed import Printed
from cvsb_xl.merge.reasons import finding
from cvsb_xl.merge.sheet import (
    CARRIER_SHEET,
    CHECK_HEADINGS,
    LISTS_SHEET,
    OVERVIEW_SHEET,
    START_SHEET,
    START_SHEET_CY,
    SheetColumn,
)
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.locate import Headings, find_headings
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import RawValue, as_text, normalise

if TYPE_CHECKING:
    from cvsb_xl.merge.returned import ReturnedSheet

_NAMED = 5
"""So many cells are named with their words; of more, the rest are counted."""
_SHOWN = 120
_ISSUED = {
    name.casefold() for name in (START_SHEET, START_SHEET_CY, OVERVIEW_SHEET, LISTS_SHEET, CARRIER_SHEET)
}


def beside(
    table: Table,
    columns: Mapping[str, SheetColumn],
    headings: Headings,
    sheet: ReturnedSheet,
    file: str,
    printed: Printed,
) -> Iterator[Finding]:
    """Yield what stands on a table's sheet beside its issued cells."""
    place = {"file": file, "sheet": sheet.name, "table": table.name}
    own = {
        headings.columns[name]
        for name, column in columns.items()
        if column.kind == "input" and name in headings.columns
    }
    for top, left, bottom, right in sheet.merged:
        if bottom > headings.row and own.intersection(range(left, right + 1)):
            first = f"{column_letters(left)}{top}"
            area = f"{first}:{column_letters(right)}{bottom}"
            message = (
                f"the cells {area} of {sheet.name} are merged, so what stands in them is read for {first} alone. If it was "
                "meant for the others too, ask the agency to write it in each"
            )
            yield finding("cells-merged", message, cell=first, **place)
    yield from _notes(sheet, file, table)
    above = list(_above(headings, sheet, printed)) if printed else []
    if above:
        message = (
            f"{_named(above)} on {sheet.name} {_stand(len(above))} above the rows, and {_is(len(above))} not read. Look at "
            f"{_it(len(above))} in the file"
        )
        yield finding("not-read", message, cell=above[0][0], **place)
    known = {*headings.columns.values(), (headings.unknown or {}).get(CHECK_HEADINGS.get(table.name, ""), 0)}
    outside = [
        (f"{column_letters(column)}{number}", value)
        for number, row in enumerate(sheet.grid[headings.row :], headings.row + 1)
        for column, value in enumerate(row, 1)
        if value is not None and column not in known and normalise(value) is not None
    ]
    if outside:
        message = (
            f"{_named(outside)} on {sheet.name} {_stand(len(outside))} beside the columns that were issued, and "
            f"{_is(len(outside))} not read. Look at {_it(len(outside))} in the file"
        )
        yield finding("not-read", message, cell=outside[0][0], **place)


def _above(headings: Headings, sheet: ReturnedSheet, printed: Printed) -> Iterator[tuple[str, RawValue]]:
    """Yield what was typed above the headings, or among them where nothing stands below."""
    yield from printed.typed(sheet.grid[: headings.row - 1])
    known = set(headings.columns.values())
    for column, value in enumerate(sheet.grid[headings.row - 1], 1):
        under = any(len(row) >= column and row[column - 1] is not None for row in sheet.grid[headings.row :])
        cell = f"{column_letters(column)}{headings.row}"
        if not under and column not in known and any(printed.typed([[value]])):
            yield cell, value


def other_sheets(
    framework: Framework,
    sheets: Iterable[ReturnedSheet],
    read: Collection[str],
    file: str,
    printed: Printed,
) -> Iterator[Finding]:
    """Yield the sheets that are not read though something stands on them: a second one of a table, or one of their own; and
    what was typed among the words of those that are only to be read."""
    for sheet in sheets:
        if sheet.name in read:
            continue
        # Apple's Numbers exports "Overview" as "Overview - Table 1".
        if sheet.name.partition(" - ")[0].strip().casefold() in _ISSUED:
            typed = list(printed.typed(sheet.grid)) if printed else []
            if typed:
                message = (
                    f"{_named(typed)} on {sheet.name} {_stand(len(typed))} where nothing was asked, and {_is(len(typed))} "
                    f"not read. Look at {_it(len(typed))} in the file"
                )
                yield finding("not-read", message, file=file, sheet=sheet.name, cell=typed[0][0])
            yield from _notes(sheet, file)
            continue
        table = _looks_like(framework, sheet)
        filled = list(printed.typed(sheet.grid))
        if table is not None:
            message = (
                f"the sheet {sheet.name} is a second {table.sheet}, and is not read. If the agency answered there, delete the "
                f"other one, name this one {table.sheet} and merge the file again"
            )
            yield finding("sheet-twice", message, file=file, sheet=sheet.name, table=table.name)
        elif filled:
            message = (
                f"the sheet {sheet.name} was not issued, and is not read: {_named(filled)} {_stand(len(filled))} on it. Look at "
                f"{_it(len(filled))} in the file"
            )
            yield finding("not-read", message, file=file, sheet=sheet.name, cell=filled[0][0])
        yield from _notes(sheet, file)


def _looks_like(framework: Framework, sheet: ReturnedSheet) -> Table | None:
    """Return the table whose headings, and rows below them, stand on a sheet."""
    for table in framework.issued_tables:
        columns = sheet_columns(table, framework)
        headings = find_headings([column.field for column in columns], sheet.grid)
        if headings and table.key in headings.columns and len(headings.columns) * 2 > len(columns):
            at = headings.columns[table.key] - 1
            if any(len(row) > at and normalise(row[at]) is not None for row in sheet.grid[headings.row :]):
                return table
    return None


def _notes(sheet: ReturnedSheet, file: str, table: Table | None = None) -> Iterator[Finding]:
    for cell, words in sheet.notes:
        message = f'the note on {sheet.name}!{cell} is not read: "{_short(words)}". Look at it in the file'
        name = table.name if table else None
        yield finding("not-read", message, file=file, sheet=sheet.name, cell=cell, table=name)
    for cell, words in sheet.boxes:
        said = f'says "{_short(words)}"' if words else "lies there"
        message = f"a text box, picture or chart at {sheet.name}!{cell} {said}, and is not read. Look at it in the file"
        name = table.name if table else None
        yield finding("not-read", message, file=file, sheet=sheet.name, cell=cell, table=name)


def _named(cells: Sequence[tuple[str, RawValue]]) -> str:
    named = ", ".join(f'{cell} "{_short(as_text(value))}"' for cell, value in cells[:_NAMED])
    more = len(cells) - _NAMED
    return f"{named} and {more} more {'cell' if more == 1 else 'cells'}" if more > 0 else named


def _stand(count: int) -> str:
    return "stands" if count == 1 else "stand"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _it(count: int) -> str:
    return "it" if count == 1 else "them"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
