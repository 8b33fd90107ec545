"""The Review Manager at a command line, and agencies with a spreadsheet program, around a real service.

manager = Manager(tmp_path, service)           a tracker with the invented sample, and a token
manager.run("publish")
sheet = typed(service.sheet("SWP"), {"barriers": "..."})
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import select

from cvsb_xl.cli import cvsb
from cvsb_xl.hosts.connections import keep_token
from cvsb_xl.service import tokens
from cvsb_xl.service.database import reading, sheet, upload, writing
from cvsb_xl.tracker.tables import column_letters
from cvsb_xl.xlsx.change import WorkbookChange
from cvsb_xl.xlsx.patch import change_workbook
from cvsb_xl.xlsx.read import read_book
from tests.service.running import Service, Visitor

MANAGER = "sample.manager@example.org"
LEADS = {
    "CARDIFF": "sample.contact1@example.org",
    "VALE": "sample.contact2@example.org",
    "SWP": "sample.contact3@example.org",
    "CVUHB": "sample.contact4@example.org",
}
NOW = "2027-03-31T09:00:00+01:00"


class Manager:
    """A Review Manager with a tracker of their own.

    Attributes:
        tracker: the file.
    """

    def __init__(self, folder: Path, service: Service, *, name: str = "Ann") -> None:
        self.folder = folder
        self.service = service
        self.name = name
        self.home = folder / f"home of {name}"
        self.tracker = folder / f"Tracker of {name}.xlsx"
        self.token = token_of(service, MANAGER, "publish", "verbs")
        keep_token(self.home, service.url, self.token)

    def new(self) -> Manager:
        """Make a tracker with the invented sample."""
        self.said("new", str(self.tracker), "--sample")
        return self

    def run(self, command: str, *words: str) -> Result:
        """Run a command on the tracker."""
        options = {"publish": ["--to", self.service.url], "pull": ["--from", self.service.url]}
        return self._invoke(command, str(self.tracker), *options.get(command, []), *words)

    def said(self, *words: str) -> str:
        """Run a command line that must not fail; return what it said."""
        result = self._invoke(*words)
        assert result.exit_code in (0, 1), (words, result.output, result.exception)
        return result.output

    def _invoke(self, *words: str) -> Result:
        environment = {"CVSB_HOME": str(self.home), "CVSB_USER": self.name, "CVSB_NOW": NOW}
        return CliRunner().invoke(cvsb, list(words), env=environment)


def token_of(service: Service, email: str, *scopes: str) -> str:
    """Return a token of an account."""
    account_id = service.account(email, founder=email == MANAGER, name=email.split("@", maxsplit=1)[0])
    with writing(service.state.engine) as conn:
        return tokens.make(conn, account_id, "test", scopes)[1]


def lead(service: Service, agency: str) -> Visitor:
    """Return the program of an agency's lead, who may hand in returns."""
    return service.visitor(token_of(service, LEADS[agency], "return"))


def issued_sheet(service: Service, agency: str) -> bytes:
    """Return the sheet that an agency finds on its page."""
    with reading(service.state.engine) as conn:
        key = conn.execute(
            select(sheet.c.file_key).where(sheet.c.agency == agency, sheet.c.current.is_(True))
        ).scalar_one()
    return service.state.files.get(key)


def typed(data: bytes, values: dict[str, Any], row: int = 0) -> bytes:
    """Return the sheet after somebody typed into a row of Assignments: heading -> value."""
    grid = read_book(data, name="sheet.xlsx").sheets["Assignments"].grid
    head = next(at for at, cells in enumerate(grid) if "Progress" in cells)
    cells: dict[tuple[str, str], Any] = {}
    for heading, value in values.items():
        column = grid[head].index(heading)
        cells["Assignments", f"{column_letters(column + 1)}{head + 2 + row}"] = value
    return change_workbook(data, WorkbookChange(cells=cells))


def hand_in(visitor: Visitor, data: bytes, name: str = "SWP.xlsx", key: str = "") -> Any:
    """Send a file as the page does; return the response."""
    headers = {"Idempotency-Key": key} if key else {}
    return visitor.request("POST", "/api/returns", files={"file": (name, data)}, headers=headers)


def states(service: Service) -> dict[str, tuple[str, str]]:
    """Upload id -> its state and reason."""
    with reading(service.state.engine) as conn:
        rows = conn.execute(select(upload.c.id, upload.c.state, upload.c.reason)).all()
    return {row.id: (row.state, row.reason or "") for row in rows}
