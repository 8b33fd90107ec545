"""The same button pressed on the same tracker: on disk, in a live workbook, and on tables that a client sent."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cvsb_xl.cli import cvsb
from cvsb_xl.commands import common
from cvsb_xl.commands.pressing import BUTTONS, Asked, Pressed, press
from cvsb_xl.commands.run import answer_lines
from cvsb_xl.commands.serve import answer_json
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.book import BookTracker, tracker_in, wanted_sheets
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.hosts.json import value_from, value_to
from cvsb_xl.hosts.lines import whole
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import RawValue
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.xlsx import patch_workbook
from cvsb_xl.xlsx.read import Book, read_book
from cvsb_xl.xlsx.tracker_book import build_tracker
from tests.markdown import tracker_from
from tests.merge.tracker import TRACKER
from tests.rounds import META

NOW = datetime(2027, 3, 31, 9, tzinfo=UTC)
SETTINGS = """
## Settings
| setting | value |
|---|---|
| returns_folder | Returns |
"""
VERBS = ("update", "check", "due", "issue", "merge", "resolve", "undo")


@contextmanager
def same_ids() -> Iterator[None]:
    """Count the random ids and fix the clock, so that two hosts can come to the same tables."""
    with pytest.MonkeyPatch.context() as patch:
        numbers = count(1)
        patch.setattr(
            common, "Context", lambda **_: Context(NOW, "tester", lambda: f"TEST{next(numbers):04d}")
        )
        yield


@dataclass
class Story:
    """A tracker on disk before each verb, and the returned sheets."""

    before: dict[str, Path] = field(default_factory=dict)
    returns: Path = Path()


def story(folder: Path) -> Story:
    """Play a round on disk, keeping the tracker as it stood before each verb."""
    found = Story(returns=folder / "returns")
    path = folder / "Tracker.xlsx"
    path.write_bytes(build_tracker(tracker_from(TRACKER + SETTINGS, META), NOW.date()))
    _keep(found, path, "update", "due")
    on_disk(path, "update", found)
    _keep(found, path, "check", "issue")
    on_disk(path, "issue", found)
    _answer(path.parent / "Agency sheets" / "SWP.xlsx", found.returns)
    _type(path, "assignments", "AS-0003", "barriers", "Nobody to read them")
    _keep(found, path, "merge")
    on_disk(path, "merge", found)
    _keep(found, path, "undo")
    for conflict in open_tracker(path).tracker["conflicts"]:
        _type(path, "conflicts", conflict.text("conflict_id"), "decision", "Take return")
    _keep(found, path, "resolve")
    return found


def _keep(found: Story, path: Path, *verbs: str) -> None:
    for verb in verbs:
        kept = path.parent / f"before-{verb}" / path.name
        kept.parent.mkdir()
        shutil.copyfile(path, kept)
        found.before[verb] = kept


def _type(path: Path, table: str, key: str, name: str, value: str) -> None:
    data = open_tracker(path).tracker[table]
    cell = data.cell(data.by_key[key], name)
    assert cell
    patch_workbook(path, path, {(data.schema.sheet, cell): value})


def _answer(sheet: Path, returns: Path) -> None:
    """What the police send back: texts that Excel would make numbers, dates or formulas of, were they not text."""
    returns.mkdir()
    grid = read_book(sheet.read_bytes(), name=sheet.name).sheets["Assignments"].grid
    head = next(at for at, row in enumerate(grid) if row and row[0] == "Assignment ID")
    columns = {str(text): column_letters(at) for at, text in enumerate(grid[head], 1) if text is not None}
    numbers = {str(row[0]): number for number, row in enumerate(grid, 1)}
    answers = {
        ("AS-0001", "Progress"): "In progress",
        ("AS-0001", "Progress update"): "'Tis begun\nŵyl 😀 \\ end",
        ("AS-0001", "Lead name"): "1/2",
        ("AS-0001", "Impact"): "+44 people",
        ("AS-0001", "Expected on"): date(2027, 5, 31),
        ("AS-0003", "Barriers"): "No room",
    }
    cells = {
        ("Assignments", f"{columns[name]}{numbers[key]}"): value for (key, name), value in answers.items()
    }
    patch_workbook(sheet, returns / sheet.name, cells)


def asked(verb: str, path: Path, told: Story) -> Asked:
    """What is asked when the button is pressed in the workbook at `path`."""
    stage = path.parent / "stage"
    stage.mkdir(exist_ok=True)
    return Asked(verb, str(path), stage, returns=(str(told.returns),) if verb == "merge" else ())


def on_disk(path: Path, verb: str, told: Story) -> int:
    """Run the command on the file; return how many documents it wrote."""
    opened = open_tracker(path)
    words = BUTTONS[verb](asked(verb, path, told), opened)
    words = [word.replace(str(path.parent / "stage"), str(path.parent)) for word in words]
    with same_ids():
        result = CliRunner().invoke(cvsb, [words[0], str(path), *words[1:]])
    assert result.exit_code in (0, 1), (result.output, result.exception)
    return sum(one.is_file() for one in path.parent.glob("*/*"))


def pressed_on(book: Book, opened: BookTracker, verb: str, path: Path, told: Story) -> Pressed:
    """Press the button on a tracker that is open elsewhere."""
    with same_ids():
        pressed = press(cvsb, [], asked(verb, path, told), book, opened)
    assert pressed.failed == ""
    return pressed


def lines_of(pressed: Pressed) -> str:
    """Return the answer as VBA gets it, but for the file copies."""
    return whole([one for one in answer_lines(pressed) if not one.startswith(("document\t", "save"))])


def by_json(path: Path, verb: str, told: Story) -> BookTracker:
    """Send the file's tables to the JSON door, take the steps as a client would, and read the tables again."""
    book = read_book(path.read_bytes(), name=path.name, only=wanted_sheets(load_framework()))
    request = {"workbook": {"name": path.name, "sheets": [_sheet_json(book, name) for name in book.sheets]}}
    if verb == "merge":
        import base64

        request["returns"] = [  # type: ignore[assignment]
            {"name": one.name, "base64": base64.b64encode(one.read_bytes()).decode()}
            for one in told.returns.iterdir()
        ]
    with click.Context(cvsb, info_name="cvsb").scope() as ctx, same_ids():
        answer = json.loads(answer_json(ctx, verb, json.loads(json.dumps(request)), lines=False))
    assert answer["failed"] == ""
    assert answer["steps"] or answer["documents"]
    return client_after(request["workbook"]["sheets"], answer["steps"], path.name)  # type: ignore[call-overload]


def _sheet_json(book: Book, name: str) -> dict[str, Any]:
    sheet = book.sheets[name]
    return {
        "name": name,
        "visible": sheet.state == "visible",
        "rows": [[value_to(value) for value in row] for row in sheet.grid],
        "tables": [{"name": ref.name, "ref": ref.ref} for ref in sheet.tables],
        "formulas": [f"{column_letters(column)}{row}" for row, column in sheet.formulas],
    }


def client_after(sheets: list[dict[str, Any]], steps: list[dict[str, Any]], name: str) -> BookTracker:
    """A client of its own, written from the contract alone: it takes its tables through the steps."""
    from cvsb_xl.hosts.json import book_from

    by_name = {sheet["name"]: sheet for sheet in sheets}
    for step in steps:
        sheet = by_name[step["sheet"]]
        rows: list[list[Any]] = sheet["rows"]
        kind = step["step"]
        last = max((step.get(key, 0) for key in ("row", "new_last_row", "last_row")), default=0)
        last += len(step.get("values", ())) if kind == "put" else 0
        width = max(
            [len(row) for row in rows] + [step.get("column", 0) + len((step.get("values") or [[]])[0])]
        )
        rows += [[] for _ in range(last - len(rows))]
        for row in rows:
            row.extend([None] * (width - len(row)))
        if kind == "expect":
            assert value_from(rows[step["row"] - 1][step["column"] - 1]) == value_from(step["value"])
        elif kind in ("grow", "shrink"):
            for row in rows[step["new_last_row"] : step["last_row"]]:
                row[step["first_column"] - 1 : step["last_column"]] = [None] * (
                    step["last_column"] - step["first_column"] + 1
                )
            for table in sheet["tables"]:
                if table["name"] == step["table"]:
                    first, _, _ = table["ref"].partition(":")
                    table["ref"] = f"{first}:{column_letters(step['last_column'])}{step['new_last_row']}"
        elif kind == "put":
            for down, values in enumerate(step["values"]):
                rows[step["row"] - 1 + down][step["column"] - 1 : step["column"] - 1 + len(values)] = values
        elif kind == "show":
            sheet["visible"] = step["visible"]
        else:
            assert kind in ("unlink", "linkcell")
    return tracker_in(book_from({"sheets": sheets}), name, load_framework())


def tables(opened: BookTracker) -> Mapping[str, object]:
    """Return every cell of every table with its row's number, and the hidden sheets; not what Excel works out itself."""
    found: dict[str, object] = {}
    for name, data in opened.tracker.tables.items():
        stored = [item.name for item in data.schema.fields if not item.live]
        for row in data:
            for item in stored:
                if row[item] is not None:
                    found[f"{name} {row.number} {item}"] = _rounded(row[item])
    found |= {f"_cvsb {name}": value for name, value in opened.hidden.meta.items() if name != "saved_at"}
    found |= {f"_last {place}": line for place, line in (opened.hidden.last or {}).items()}
    return found


def _rounded(value: RawValue) -> RawValue:
    """A time is a fraction of a day: the seconds are what counts."""
    if isinstance(value, datetime):
        return (value + timedelta(milliseconds=500)).replace(microsecond=0)
    return value
