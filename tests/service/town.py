"""A service with an invented tracker published on it, and people with browsers around it.

Every word that one agency alone may read is replaced by a word of its own ("zq17"), so that it can be looked for on pages.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import select

from cvsb_xl.books.agency_book import build_agency_sheet
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.agency_sheet import answered, open_sheet
from cvsb_xl.hosts.publication import publication_json
from cvsb_xl.service.database import new_id, reading, sheet, upload
from cvsb_xl.service.sessions import COOKIE
from cvsb_xl.service.uploads import settle
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.publish import publish
from cvsb_xl.verbs.sample import sample_rows
from tests.rounds import META
from tests.service.running import Service, Visitor, served, settings_for

FRAMEWORK = load_framework()
OWN = "SWP"
"""The agency whose lead looks at pages; every other agency's words are planted."""
MANAGER, LEAD, OTHER_LEAD = "manager@example.org", "lead@example.org", "other.lead@example.org"
BOARD, NOBODY, STRANGER = "board@example.org", "nobody@example.org", "stranger@example.org"
MEMBERS: list[dict[str, Any]] = [
    {"email": MANAGER, "name": "Mair Manager", "review_manager": "Yes", "active": "Yes"},
    {"email": LEAD, "name": "Lee Lead", "agency": OWN, "agency_lead": "Yes", "active": "Yes"},
    {"email": OTHER_LEAD, "name": "Olwen Other", "agency": "CARDIFF", "agency_lead": "Yes", "active": "Yes"},
    {"email": BOARD, "name": "Bryn Board", "board": "Yes", "active": "Yes"},
    {"email": NOBODY, "name": "Nia Nobody", "active": "Yes"},
]
_OWN_TABLES = ("assignments", "acknowledgements", "dissemination")


def planted_rows(day: date) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Return the sample's rows with words planted, and those words."""
    rows = {table: [dict(row) for row in held] for table, held in sample_rows(FRAMEWORK, day).items()}
    numbers = count(100)
    words: list[str] = []

    def plant(row: dict[str, Any], *names: str) -> None:
        for name in names:
            words.append(f"zq{next(numbers)}w")
            row[name] = f"{words[-1]} said"

    for table in _OWN_TABLES:
        texts = [
            item.name for item in FRAMEWORK[table].agency_fields if item.type == "string" and not item.enum
        ]
        for row in rows[table]:
            if row["agency"] != OWN:
                plant(row, *texts)
    for row in rows["agencies"]:
        if row["agency"] != OWN:
            plant(row, "contact_name", "contact_email")
    parts = {row["action_id"] for row in rows["assignments"] if row["agency"] == OWN}
    for row in rows["decisions"]:
        if row.get("action_id") and row["action_id"] not in parts:
            plant(row, "reason")
    for row in rows.get("escalations", ()):
        plant(row, "description", "asked_of_board")
    for row in rows["reviews"]:
        plant(row, "key_findings", "notes")
        if not row.get("report_published_on"):
            plant(row, "title")
    rows["members"] = MEMBERS
    return rows, words


class Town:
    """The service, its people, and what is planted.

    Attributes:
        words: what the lead of OWN must never read.
        day: the day on which everything was published.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.day = datetime.now(UTC).date()
        rows, self.words = planted_rows(self.day)
        self.tracker: Tracker = tracker_of(FRAMEWORK, rows, META)
        self.publication = ""
        self.url = service.url
        for member in MEMBERS:
            service.account(member["email"], name=member["name"], founder=member["email"] == MANAGER)
        service.account(STRANGER, name="Sian Stranger")

    def publish(self, change: Callable[[Tracker], Tracker] = lambda tracker: tracker) -> None:
        """Publish the tracker, changed or not, as the Review Manager's Excel does."""
        context = Context(datetime.now(UTC), "Mair")
        before = change(self.tracker)
        outcome = publish(before, context, self.url, self.day + timedelta(days=13))
        self.tracker = apply_edits(before, outcome.edits)
        (made,) = outcome.documents
        files = {item.sheet_id: build_agency_sheet(item) for item in made.sheets}
        body = publication_json(made, files, self.publication or None)
        program = self.service.with_token(MANAGER, "publish")
        answer = program.request(
            "POST", "/api/publications", json=body, headers={"Idempotency-Key": made.key}
        )
        assert answer.status_code == 201, answer.text
        self.publication = answer.json()["id"]

    def issued(self, agency: str = OWN) -> bytes:
        """Return an agency's current sheet."""
        with reading(self.service.state.engine) as conn:
            wanted = select(sheet.c.file_key).where(sheet.c.agency == agency, sheet.c.current.is_(True))
            return self.service.state.files.get(conn.execute(wanted).scalar_one())

    def answered(self, agency: str = OWN, **values: Any) -> bytes:
        """Return an agency's sheet with values typed into its first assignment: column -> what its lead says."""
        data = self.issued(agency)
        row = open_sheet(FRAMEWORK, "sheet.xlsx", data).rows["assignments"][0]
        at = datetime.now(UTC)
        answers = {("assignments", row.key): values}
        return answered(FRAMEWORK, "sheet.xlsx", data, answers, by="Somebody", on=at.date(), at=at)

    def hand_in(self, email: str, data: bytes, name: str = "sheet.xlsx") -> str:
        """Hand a file in as somebody's page does; return its id once it is checked."""
        answer = self.service.signed_in(email).post(
            "/agency/send", {"key": new_id()}, files={"file": (name, data)}
        )
        assert answer.status_code == 303, answer.text
        return self.checked(answer.headers["location"].rpartition("/")[2])

    def checked(self, upload_id: str) -> str:
        """Wait until an upload is out of quarantine; return its id. On PostgreSQL this does what a worker does."""
        if self.service.state.engine.dialect.name == "postgresql":
            settle(self.service.state, [upload_id])
        until = time.monotonic() + 60
        while self.state_of(upload_id) == "quarantined":
            assert time.monotonic() < until, "the upload was not checked"
            time.sleep(0.1)
        return upload_id

    def state_of(self, upload_id: str) -> str:
        """Return an upload's state."""
        with reading(self.service.state.engine) as conn:
            return str(conn.execute(select(upload.c.state).where(upload.c.id == upload_id)).scalar_one())

    def visitor(self, email: str) -> Visitor:
        """Return somebody's browser as far as HTTP goes."""
        return self.service.signed_in(email) if email else self.service.visitor()

    def context(self, browser: Browser, email: str = "", **options: Any) -> BrowserContext:
        """Return a browser's own world, on which somebody is signed in."""
        context = browser.new_context(**options)
        if email:
            secret = self.service.signed_in(email).cookies[COOKIE]
            context.add_cookies(
                [{"name": COOKIE, "value": secret, "domain": "127.0.0.1", "path": "/", "secure": True}]
            )
        return context


@contextmanager
def town(folder: Path, **changes: Any) -> Iterator[Town]:
    """Yield a town in which nothing is published yet."""
    settings = dataclasses.replace(settings_for(folder / "data"), **changes)
    with served(settings) as service:
        yield Town(service)
