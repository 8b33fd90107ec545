"""F: sheets and headings. A tracker is found by the text of its headings, so a renamed heading hides its whole column."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.tables import TableData
from cvsb_xl.tracker.whole import is_needed


@looks_for("F101")
def missing_sheet(facts: Facts) -> Iterator[Finding]:
    for name, data in facts.tracker.tables.items():
        if not data.found:
            yield facts.about_table(
                "F101",
                name,
                None,
                f'the sheet "{data.schema.sheet}" is not there',
                f'Rename the sheet back to "{data.schema.sheet}" if it has another name now; or take it from a '
                "kept copy in .cvsb-backups beside the tracker.",
            )
        elif data.header_row == 0:
            yield facts.about_table(
                "F101",
                name,
                None,
                f'the sheet "{data.schema.sheet}" has none of its headings',
                "Put its row of headings back above the rows, as a new tracker has it (cvsb new shows it).",
            )


@looks_for("F102", "F104")
def missing_heading(facts: Facts) -> Iterator[Finding]:
    for name, data in facts.tracker.tables.items():
        if not data.found or not data.header_row:
            continue
        for field in data.schema.fields:
            if field.name in data.columns:
                continue
            needed = is_needed(name, field) or field.name in data.schema.primary_key
            yield facts.about_table(
                "F102" if needed else "F104",
                name,
                field.name,
                f'no column is headed "{field.title}"',
                _back(data, field.title),
            )


@looks_for("F103")
def heading_twice(facts: Facts) -> Iterator[Finding]:
    for name, data in facts.tracker.tables.items():
        for field in data.twice:
            title = data.schema[field].title
            yield facts.about_table(
                "F103",
                name,
                field,
                f'two columns are headed "{title}"; only the first is read',
                "Rename the second if it is something else; or move what it holds into the first and delete it.",
            )


@looks_for("F105")
def rows_below_the_table(facts: Facts) -> Iterator[Finding]:
    for name, data in facts.tracker.tables.items():
        if data.below:
            rows = (
                f"row {data.below[0]}"
                if len(data.below) == 1
                else f"rows {data.below[0]} to {data.below[-1]}"
            )
            yield facts.about_table(
                "F105",
                name,
                None,
                f"{rows} of {data.schema.sheet} {'stands' if len(data.below) == 1 else 'stand'} below the table and {'is' if len(data.below) == 1 else 'are'} not read",
                "Pull the table's lower right corner down over them (in LibreOffice: copy them into rows inside the table); or "
                "delete them if they are only notes.",
            )


@looks_for("F106")
def lost_hidden_sheet(facts: Facts) -> Iterator[Finding]:
    for sheet in facts.tracker.lost:
        yield Finding(
            "F106",
            "lost-hidden-sheet",
            "error",
            f"the hidden sheet {sheet} is gone, or no longer holds the tracker's key: nothing can be issued, merged or logged\n"
            "Take the tracker from a kept copy in .cvsb-backups beside it and type in again what was changed since.",
        )


def _back(data: TableData, title: str) -> str:
    close = get_close_matches(title.casefold(), [text.casefold() for text in data.unknown], n=1, cutoff=0.6)
    if close:
        as_written = next(text for text in data.unknown if text.casefold() == close[0])
        return f'Rename the heading "{as_written}" back to "{title}" if that is what it was; or add a column with this heading.'
    return (
        f'Rename the column back to "{title}" if its heading was changed; or add a column with this heading anywhere in '
        "the table."
    )
