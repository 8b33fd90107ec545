"""The same button pressed on the same tracker: on disk, in a live workbook, and on tables that a client sent."""

from __future__ import annotations

import base64
import io
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.cli import cvsb
from cvsb_xl.commands.pressing import BUTTONS, Asked, Pressed, press
from cvsb_xl.commands.run import answer_lines
from cvsb_xl.commands.serve import answer_json
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.book import BookTracker, tracker_in, wanted_sheets
from cvsb_xl.hosts.connections import keep_token
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.hosts.json import value_from, value_to
from cvsb_xl.hosts.lines import whole
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.tracker.values import RawValue
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.xlsx.patch import patch_workbook
from cvsb_xl.xlsx.read import Book, read_book
from tests.live.sync_stand_in import TOKEN, StandIn, sync_service
from tests.markdown import tracker_from
from tests.rounds import META

NOW = datetime(2027, 3, 31, 9, tzinfo=UTC)
TRACKER = """
## Agencies
| agency | name | areas | board_partner |
|---|---|---|---|
| SWP | South Wales Police (sample) | Cardiff; Vale of Glamorgan | Yes |
| CC | Cardiff Council (sample) | Cardiff | Yes |
| TP | Third Party (sample) | Cardiff | No |

## Referrals
| referral_id | referred_on | referring_agency | apr | crg_met_on | crg_decision |
|---|---|---|---|---|---|
| RF-0001 | 2027-02-01 | CC | Yes | | |

## Reviews
| review_id | title | review_type | started_on | report_published_on | plan_published_on | stage |
|---|---|---|---|---|---|---|
| RV-0001 | Sample review | SUSR | 2025-06-01 | 2026-06-01 | 2026-06-01 | Monitoring |
| RV-0002 | Sample forum | MAPF | 2026-06-01 | 2026-09-01 | 2026-09-01 | Monitoring |

## Recommendations
| recommendation_id | review_id | recommendation |
|---|---|---|
| RC-0001 | RV-0001 | Agree who writes to whom |

## Actions
| action_id | review_id | recommendation_id | action | measure | due_on | lead_agency | area | contributing |
|---|---|---|---|---|---|---|---|---|
| A-0001 | RV-0001 | RC-0001 | Write the protocol | Protocol in force | 2027-06-30 | SWP | Cardiff | CC |
| A-0002 | RV-0001 | | Audit 20 files | Audit report | 2027-05-31 | SWP | Cardiff | |
| A-0003 | RV-0002 | | Print 300 cards | 300 cards handed out | 2027-03-31 | CC | Cardiff | |

## Assignments
| assignment_id | action_id | agency | area | role | progress | evidence | impact | progress_update |
|---|---|---|---|---|---|---|---|---|
| AS-0001 | A-0001 | SWP | Cardiff | Lead | Not started | | | |
| AS-0002 | A-0001 | CC | Cardiff | Contributing | | | | |
| AS-0003 | A-0002 | SWP | Cardiff | Lead | In progress | Draft audit | Staff ask earlier | Half the files read |
| AS-0004 | A-0003 | CC | Cardiff | Lead | Proposed complete | Printer's bill | Cards were asked for | All handed out |

## Decisions
| decision_id | body | meeting_on | review_id | proposal | decision |
|---|---|---|---|---|---|
| DC-0001 | Board | 2027-01-15 | RV-0001 | Other | Ratified |

## Settings
| setting | value |
|---|---|
| returns_folder | Returns |
"""
PICKED = {"plan": "RV-0001", "mapf": "RV-0002", "progress": "RV-0001", "prove": "A-0003"}
"""The row that is picked when a button is pressed that works on one."""


@dataclass
class Story:
    """A tracker on disk before each button is pressed, and the returned sheets."""

    service: StandIn
    returns: Path
    before: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Came:
    """What came of a press: every cell of every table, and what each document holds, by its place beside the tracker."""

    cells: Mapping[str, object]
    documents: Mapping[str, object]


@contextmanager
def same_run(told: Story) -> Iterator[None]:
    """Count the random ids, fix the clock, and be who is connected to the service: so two hosts can come to the same."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as home:
        numbers = count(1)
        patch.setattr(
            "cvsb_xl.verbs.outcome.Context",
            lambda **_: Context(NOW, "tester", lambda: f"TEST{next(numbers):04d}"),
        )
        patch.setenv("CVSB_HOME", home)
        keep_token(Path(home), told.service.address, TOKEN)
        yield


@contextmanager
def story(folder: Path) -> Iterator[Story]:
    """Play a round on disk, keeping the tracker as it stood before each button, at a moment when it has something to do."""
    with sync_service() as service:
        found = Story(service, folder / "returns")
        _play(folder, found)
        service.returns = found.returns
        yield found


def _play(folder: Path, found: Story) -> None:
    path = folder / "Tracker.xlsx"
    text = f"{TRACKER}| service_address | {found.service.address} |\n"
    path.write_bytes(build_tracker(tracker_from(text, META), NOW.date()))
    _keep(found, path, "update", "due")
    on_disk(path, "update", found)
    _keep(
        found,
        path,
        "check",
        "issue",
        "ratify",
        "crg",
        "plan",
        "mapf",
        "progress",
        "prove",
        "export",
        "publish",
    )
    _type(path, "ratification", "A-0003", "meeting_on", date(2027, 3, 30))
    _type(path, "ratification", "A-0003", "decision", "Ratified")
    _type(path, "ratification", "A-0003", "recorded_by", "Clerk (sample)")
    _keep(found, path, "record")
    on_disk(path, "record", found)
    on_disk(path, "issue", found)
    _answer(path.parent / "made by issue" / "Agency sheets" / "SWP.xlsx", found.returns)
    _type(path, "assignments", "AS-0003", "barriers", "Nobody to read them")
    _keep(found, path, "merge", "pull", "chase")
    on_disk(path, "merge", found)
    _keep(found, path, "undo", "changes", "board", "dashboard")
    for conflict in open_tracker(path).tracker["conflicts"]:
        _type(path, "conflicts", conflict.text("conflict_id"), "decision", "Take return")
    _keep(found, path, "resolve")


def _keep(found: Story, path: Path, *verbs: str) -> None:
    for verb in verbs:
        kept = path.parent / f"before-{verb}" / path.name
        kept.parent.mkdir()
        shutil.copyfile(path, kept)
        found.before[verb] = kept


def _type(path: Path, table: str, key: str, name: str, value: str | date) -> None:
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


def asked(verb: str, path: Path, told: Story, opened: BookTracker) -> Asked:
    """What is asked when the button is pressed in the workbook at `path`."""
    stage = path.parent / "stage"
    stage.mkdir(exist_ok=True)
    sheet, row = picked(verb, opened)
    return Asked(verb, str(path), stage, sheet, row, (str(told.returns),) if verb == "merge" else ())


def picked(verb: str, opened: BookTracker) -> tuple[str, int]:
    """The sheet and row that the person picks first."""
    key = PICKED.get(verb, "")
    table = {"R": "reviews", "A": "actions"}.get(key[:1], "reviews")
    row = opened.tracker[table].by_key.get(key)
    return opened.sheets[table], row.number if row else 0


def on_disk(path: Path, verb: str, told: Story) -> Came:
    """Run the command on the file, in its own folder, as a person at a command line would."""
    opened = open_tracker(path)
    stage, home = path.parent / "stage", path.parent / f"made by {verb}"
    words = BUTTONS[verb](asked(verb, path, told, opened), opened)
    words = [word.replace(str(stage), str(home)) for word in words]
    for folder in {Path(word).parent for word in words if word.startswith(str(home))}:
        folder.mkdir(parents=True, exist_ok=True)
    with same_run(told):
        result = CliRunner().invoke(cvsb, [words[0], str(path), *words[1:]])
    assert result.exit_code in (0, 1), (result.output, result.exception)
    made = {one.relative_to(home).as_posix(): one.read_bytes() for one in home.rglob("*") if one.is_file()}
    return Came(tables(open_tracker(path)), contents(made))


def contents(made: Mapping[str, bytes]) -> Mapping[str, object]:
    """Return what each document holds: the parts of zips and e-mails but for the moment they were made in."""
    return {
        name: _parts(data) if data[:2] == b"PK" else _letter(data) if name.endswith(".eml") else data
        for name, data in made.items()
    }


def _letter(data: bytes) -> Sequence[object]:
    letter = message_from_bytes(data, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    parts = [part.get_content() for part in letter.walk() if not part.is_multipart()]
    heads = [(name, value) for name, value in letter.items() if name != "Content-Type"]
    return [heads, *(_parts(one) if isinstance(one, bytes) else one for one in parts)]


def _parts(data: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist() if name != "docProps/core.xml"}


def pressed_on(book: Book, opened: BookTracker, verb: str, path: Path, told: Story) -> Pressed:
    """Press the button on a tracker that is open elsewhere."""
    with same_run(told):
        pressed = press(cvsb, [], asked(verb, path, told, opened), book, opened)
    assert pressed.failed == ""
    return pressed


def documents_of(pressed: Pressed, path: Path) -> Mapping[str, object]:
    """What the documents of a press hold, by where they belong beside the tracker."""
    home = path.parent
    return contents(
        {place.relative_to(home).as_posix(): made.read_bytes() for made, place in pressed.documents.items()}
    )


def lines_of(pressed: Pressed) -> str:
    """Return the answer as VBA gets it, but for the file copies."""
    return whole([one for one in answer_lines(pressed) if not one.startswith(("document\t", "save"))])


def by_json(path: Path, verb: str, told: Story) -> Came:
    """Send the file's tables to the JSON door, take the steps as a client would, and read the tables again."""
    book = read_book(path.read_bytes(), name=path.name, only=wanted_sheets(load_framework()))
    sheet, row = picked(verb, tracker_in(book, path.name, load_framework()))
    request: dict[str, Any] = {
        "sheet": sheet,
        "row": row,
        "workbook": {"name": path.name, "sheets": [_sheet_json(book, name) for name in book.sheets]},
    }
    if verb == "merge":
        request["returns"] = [
            {"name": one.name, "base64": base64.b64encode(one.read_bytes()).decode()}
            for one in told.returns.iterdir()
        ]
    with click.Context(cvsb, info_name="cvsb").scope() as ctx, same_run(told):
        answer = json.loads(answer_json(ctx, verb, json.loads(json.dumps(request)), lines=False))
    assert answer["failed"] == ""
    made = {f"{one['folder']}/{one['name']}": base64.b64decode(one["base64"]) for one in answer["documents"]}
    after = client_after(request["workbook"]["sheets"], answer["steps"], path.name)
    return Came(tables(after), contents(made))


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
