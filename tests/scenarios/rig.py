"""A round on real files, through the command line: a tracker, its issued sheets, and a folder of what came back.

rig.answer("SWP", {("AS-0001", "barriers"): "No venue"})     what an agency types
rig.reshape("SWP", lambda book: ...)                         what else happens to its file
rig.type("assignments", "AS-0001", "barriers", "Snow")       what the Review Manager types into the tracker
report = rig.merge()                                         cvsb merge, as JSON
"""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.cli import cvsb
from cvsb_xl.errors import CvsbError
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.merge.columns import sheet_columns
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.tables import HEADER_ROW, Tracker, column_letters
from cvsb_xl.tracker.values import RawValue
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.update import update
from cvsb_xl.xlsx.change import WorkbookChange
from cvsb_xl.xlsx.patch import change_workbook
from cvsb_xl.xlsx.read import read_book
from tests.markdown import tracker_from
from tests.merge.tracker import TRACKER

TODAY = date(2027, 3, 31)
META = {
    "tracker_id": "T-RIG",
    "key": "0f" * 32,
    "language": "en",
    "schema_version": "1",
    "created": "2027-01-04T09:00:00+00:00",
}
_IN_A_ZIP = (1980, 1, 1, 0, 0, 0)


def context(day: date = TODAY) -> Context:
    """Return a context on a day."""
    return Context(datetime(day.year, day.month, day.day, 9, tzinfo=UTC), "rm")


@cache
def built(text: str = TRACKER, tracker_id: str = META["tracker_id"]) -> bytes:
    """Return the workbook of a tracker that holds these Markdown tables, brought up to date."""
    return workbook_of(tracker_from(text, META | {"tracker_id": tracker_id}))


def workbook_of(tracker: Tracker) -> bytes:
    """Return a tracker's workbook, brought up to date."""
    for _ in range(2):  # Today points at rows by their address, which new rows get once they are laid out
        tracker = apply_edits(tracker, update(tracker, context()).edits)
        laid_out = {
            name: replace(
                data, rows=tuple(replace(row, number=at) for at, row in enumerate(data.rows, HEADER_ROW + 1))
            )
            for name, data in tracker.tables.items()
        }
        tracker = replace(tracker, tables=laid_out)
    return build_tracker(tracker, TODAY)


@cache
def _first_round(text: str, tracker_id: str) -> tuple[bytes, Mapping[str, bytes]]:
    """Return the tracker after issuing, and the sheets by agency: made once, since every scenario starts there."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(Path(folder))
        rig.tracker.write_bytes(built(text, tracker_id))
        sheets = rig.issue()
        return rig.tracker.read_bytes(), {path.stem: path.read_bytes() for path in sheets.iterdir()}


class Rig:
    """One round in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tracker = folder / "Tracker.xlsx"
        self.returns = folder / "returns"
        self.receipts = folder / "receipts"
        self.sheets = folder / "sheets"
        self.returns.mkdir(exist_ok=True)

    @classmethod
    def issued(cls, folder: Path, text: str = TRACKER, tracker_id: str = META["tracker_id"]) -> Rig:
        """Return a rig whose sheets have been issued."""
        rig = cls(folder)
        tracker, sheets = _first_round(text, tracker_id)
        rig.tracker.write_bytes(tracker)
        rig.sheets.mkdir()
        for agency, data in sheets.items():
            (rig.sheets / f"{agency}.xlsx").write_bytes(data)
        return rig

    # The Review Manager

    def cvsb(self, *arguments: object, day: date = TODAY, exits: int | None = None) -> Result:
        """Run a command as a person would."""
        env = {"CVSB_NOW": f"{day.isoformat()}T09:00", "CVSB_USER": "rm"}
        result = CliRunner().invoke(cvsb, [str(argument) for argument in arguments], env=env)
        if isinstance(result.exception, CvsbError):  # as cli.main does
            result.exit_code, result.output_bytes = 2, str(result.exception).encode()
        elif result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert exits is None or result.exit_code == exits, result.output
        return result

    def issue(self, day: date = TODAY) -> Path:
        """Issue every agency's sheet; an earlier one is replaced."""
        self.cvsb("issue", self.tracker, "--out", self.sheets, day=day, exits=0)
        return self.sheets

    def merge(
        self, *returns: object, exits: int | None = None, day: date = TODAY, options: tuple[str, ...] = ()
    ) -> Any:
        """Merge what came back and return the JSON; the sum is checked every time, in all and for each return."""
        result = self.cvsb(
            "merge",
            self.tracker,
            *(returns or [self.returns]),
            "--format",
            "json",
            "--receipts",
            self.receipts,
            *options,
            day=day,
        )
        assert exits is None or result.exit_code == exits, result.output
        report = json.loads(result.stdout)
        for counted in (report, *report["returns"]):
            assert counted["read"] == sum(
                counted[name] for name in ("applied", "unchanged", "conflicts", "rejected")
            )
        for name in ("read", "applied", "unchanged", "conflicts", "rejected"):
            assert report[name] == sum(item[name] for item in report["returns"])
        return report

    def open(self) -> Tracker:
        """Read the tracker as it stands on disk."""
        return open_tracker(self.tracker).tracker

    def type(self, table: str, key: str, field: str, value: RawValue) -> None:
        """Type into a cell of the tracker, as the Review Manager does in Excel."""
        opened = open_tracker(self.tracker)
        data = opened.tracker[table]
        cell = data.cell(data.by_key[key], field)
        change = WorkbookChange({(opened.sheets[table], cell): value})  # type: ignore[dict-item]
        self.tracker.write_bytes(change_workbook(opened.data, change))

    # The agency

    def file(self, agency: str, name: str = "") -> Path:
        """Return the agency's file in the folder of returns; at first, the sheet as it was issued."""
        path = self.returns / (name or f"{agency}.xlsx")
        if not path.exists():
            shutil.copy(self.sheets / f"{agency}.xlsx", path)
        return path

    def answer(
        self,
        agency: str,
        cells: Mapping[tuple[str, str], RawValue] | None = None,
        *,
        table: str = "Assignments",
        file: str = "",
        saved: str = "",
    ) -> Path:
        """Type into cells of the agency's sheet, by (key, column), without any program touching the rest of the file."""
        path = self.file(agency, file)
        path.write_bytes(answered(path.read_bytes(), cells or {}, table))
        if saved:
            path.write_bytes(saved_at(path.read_bytes(), saved))
        return path

    def reshape(
        self, agency: str, edit: Callable[[Workbook], object], *, file: str = "", saved: str = ""
    ) -> Path:
        """Open the agency's file in another program (openpyxl), do something to it, and save it."""
        path = self.file(agency, file)
        book = load_workbook(path)
        edit(book)
        book.save(path)
        if saved:
            path.write_bytes(saved_at(path.read_bytes(), saved))
        return path


def answered(data: bytes, cells: Mapping[tuple[str, str], RawValue], table: str = "Assignments") -> bytes:
    """Return a sheet with cells typed into it, by (key, column)."""
    if not cells:
        return data
    places = addresses(data, table)
    return change_workbook(
        data, WorkbookChange({(table, places[place]): value for place, value in cells.items()})
    )  # type: ignore[misc]


def addresses(data: bytes, table: str = "Assignments") -> dict[tuple[str, str], str]:
    """Return the address of each (key, column) of an issued table."""
    framework = open_framework()
    grid = read_book(data).sheets[table].grid
    schema = framework.by_sheet[table]
    names = {column.heading("en"): column.name for column in sheet_columns(schema, framework)}
    head = next(at for at, row in enumerate(grid) if schema[schema.key].title in row)
    columns = {names[str(text)]: at for at, text in enumerate(grid[head]) if text in names}
    return {
        (str(row[columns[schema.key]]), name): f"{column_letters(column + 1)}{number}"
        for number, row in enumerate(grid[head + 1 :], head + 2)
        if row[columns[schema.key]]
        for name, column in columns.items()
    }


@cache
def open_framework() -> Any:
    """Return the framework that came with cvsb-xl."""
    from cvsb_xl.framework.load import load_framework

    return load_framework()


def head_of(sheet: Worksheet) -> int:
    """Return the row of an issued table's headings."""
    return next(row for row in range(1, 40) if str(sheet.cell(row, 1).value or "").endswith(" ID"))


def column_at(sheet: Worksheet, heading: str) -> int:
    """Return the column under a heading."""
    head = head_of(sheet)
    return next(at for at in range(1, sheet.max_column + 1) if sheet.cell(head, at).value == heading)


def row_of(sheet: Worksheet, key: str) -> int:
    """Return the row of a key."""
    return next(row for row in range(head_of(sheet), sheet.max_row + 1) if sheet.cell(row, 1).value == key)


def saved_at(data: bytes, when: str) -> bytes:
    """Return the file as if its program had last saved it then (dcterms:modified)."""

    def stamp(core: bytes) -> bytes:
        tag = f'<dcterms:modified xsi:type="dcterms:W3CDTF">{when}</dcterms:modified>'.encode()
        return re.sub(rb"<dcterms:modified.*?</dcterms:modified>", tag if when != "-" else b"", core)

    return rezipped(data, {"docProps/core.xml": stamp})


def rezipped(data: bytes, edits: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """Return a workbook with some of its parts edited as bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(zipfile.ZipInfo(name, _IN_A_ZIP), edits[name](part) if name in edits else part)
    return made.getvalue()
