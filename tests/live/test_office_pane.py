"""The task pane in a real browser, over a real service, in front of a stand-in for Excel: each button does to the open
workbook, cell by cell, what its command does to the file.

What the stand-in cannot prove is Excel itself: workbook/ACCEPTANCE.md has the check for a person.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from cvsb_xl.cli import cvsb
from cvsb_xl.commands.serve import answer_json
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.book import tracker_in, wanted_sheets
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.hosts.json import book_from, value_to
from cvsb_xl.service.api import SERVED
from cvsb_xl.tracker.values import CellError
from cvsb_xl.xlsx.read import read_book
from cvsb_xl.xlsx.values_out import serial
from tests.browser import chromium, watched
from tests.live.presses import Came, Story, contents, on_disk, picked, same_run, story, tables
from tests.service.rounds import MANAGER, token_of
from tests.service.running import Service, served, settings_for

pytestmark = [pytest.mark.live, pytest.mark.slow]

FAKE = Path(__file__).with_name("fake_office.js")
OFFICE_JS = "https://appsforoffice.microsoft.com/**"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with story(tmp_path_factory.mktemp("story")) as found:
        yield found


@pytest.fixture(scope="module")
def service(told: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service; it does a button's work in its own process here, so that ids and the clock are the same as on disk."""

    def verbs(verb: str, request: Any, lines: bool) -> str:
        request.pop("user")
        with click.Context(cvsb, info_name="cvsb").scope() as ctx, same_run(told):
            return answer_json(ctx, verb, request, lines=lines)

    with served(settings_for(tmp_path_factory.mktemp("service")), verbs=verbs) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def on_file(told: Story, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Came]:
    @cache
    def came(verb: str) -> Came:
        path = copied(told, verb, tmp_path_factory.mktemp(f"disk-{verb}"))
        return on_disk(path, verb, told)

    return came


def copied(told: Story, verb: str, folder: Path) -> Path:
    path = folder / "Tracker.xlsx"
    shutil.copyfile(told.before[verb], path)
    return path


KEEP_WHAT_IS_OFFERED = """
window.offered = {};
const address = URL.createObjectURL;
URL.createObjectURL = (blob) => { const url = address.call(URL, blob); window.offered[url] = blob; return url; };
"""


class Pane:
    """The pane in front of one open workbook."""

    def __init__(self, browser: Browser, service: Service, path: Path, token: str) -> None:
        self.page: Page = browser.new_context(accept_downloads=True).new_page()
        self.said = watched(self.page)
        self.page.add_init_script(f"window.book = {as_json(excel_of(path))};")
        self.page.add_init_script(KEEP_WHAT_IS_OFFERED)
        self.page.route(OFFICE_JS, self._office_js)
        self.page.goto(f"{service.url}/office/pane.html")
        if token:
            self.page.get_by_label("Your token for this service").fill(token)
            self.page.get_by_role("button", name="Sign in").click()
            expect(self.page.get_by_role("status")).to_have_text("Ready.")

    @staticmethod
    def _office_js(route: Route) -> None:
        route.fulfill(body=FAKE.read_text(encoding="utf-8"), content_type="text/javascript")

    def pick(self, sheet: str, row: int) -> None:
        self.page.evaluate(
            "([sheet, row]) => { fake.front.sheet = book.sheets.findIndex((one) => one.name === sheet); fake.front.row = row - 1; }",
            [sheet, row],
        )

    def press(self, verb: str, returns: list[Path]) -> None:
        self.page.evaluate(
            "document.getElementById('said').className = 'working'"
        )  # a file is read before the pane says so
        if verb == "merge":
            self.page.get_by_label("Returned sheets").set_input_files(returns)
            self.page.get_by_role("button", name="Merge them").click()
        else:
            self.page.locator(f"button[data-verb={verb}]").click()
        self.page.locator("#said:not(.working)").wait_for(timeout=60_000)

    def words(self) -> str:
        return self.page.get_by_role("status").inner_text()

    def documents(self) -> dict[str, bytes]:
        """What the pane offers, each as it was made; one is saved as well: Chromium saves no more than ten at a time."""
        found = {}
        for link in self.page.locator("#documents a").all():
            address = link.get_attribute("href")
            held = self.page.evaluate(
                "async (url) => Array.from(new Uint8Array(await offered[url].arrayBuffer()))", address
            )
            if not found:
                with self.page.expect_download() as download:
                    link.click()
                assert download.value.path().read_bytes() == bytes(held)
            found[link.inner_text()] = bytes(held)
        return found

    def book(self) -> list[dict[str, Any]]:
        held: list[dict[str, Any]] = self.page.evaluate("book.sheets")
        return held

    def close(self) -> None:
        self.page.context.close()


def as_json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=True)


def excel_of(path: Path) -> dict[str, Any]:
    """What Excel shows of a file: days as numbers under the format that each cell has, hidden sheets too."""
    data = path.read_bytes()
    book = read_book(data, name=path.name)
    formats = openpyxl.load_workbook(io.BytesIO(data))
    sheets = []
    for sheet in book.sheets.values():
        page = formats[sheet.name]
        cells = []
        for number, row in enumerate(sheet.grid, 1):
            line = []
            for column, value in enumerate(row, 1):
                cell: dict[str, Any] = {"v": "", "nf": page.cell(number, column).number_format}
                if isinstance(value, CellError):
                    cell |= {"v": value.code, "e": True}
                elif isinstance(value, date | datetime):
                    cell["v"] = float(serial(value, date1904=False, where=""))
                elif value is not None:
                    cell["v"] = value
                if (number, column) in sheet.formulas:
                    cell["f"] = "=1"
                line.append(cell)
            cells.append(line)
        visibility = {"visible": "Visible", "hidden": "Hidden"}.get(sheet.state, "VeryHidden")
        refs = [{"name": ref.name, "ref": ref.ref} for ref in sheet.tables]
        sheets.append({"name": sheet.name, "visibility": visibility, "tables": refs, "cells": cells})
    return {"name": path.name, "use1904DateSystem": False, "sheets": sheets}


def tables_of(sheets: list[dict[str, Any]], name: str) -> Any:
    """The tables that the stand-in's cells make, read as our own reader reads a file."""
    wanted = wanted_sheets(load_framework())
    given = [
        {
            "name": sheet["name"],
            "visible": sheet["visibility"] == "Visible",
            "rows": [[_value(cell) for cell in row] for row in sheet["cells"]],
            "tables": sheet["tables"],
        }
        for sheet in sheets
        if sheet["name"].casefold() in {one.casefold() for one in wanted}
    ]
    return tables(tracker_in(book_from({"sheets": given}), name, load_framework()))


def _value(cell: dict[str, Any]) -> Any:
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    value = cell["v"]
    if cell.get("e"):
        return {"error": value}
    if value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and is_date_format(cell["nf"]):
        at = from_excel(value)
        return value_to(at.date() if isinstance(at, datetime) and at.time() == datetime.min.time() else at)
    return value


@pytest.mark.parametrize("verb", SERVED)
def test_a_button_of_the_pane_does_what_its_command_does(
    verb: str, told: Story, service: Service, browser: Browser, on_file: Callable[[str], Came], tmp_path: Path
) -> None:
    path = copied(told, verb, tmp_path)
    pane = Pane(browser, service, path, token_of(service, MANAGER, "verbs"))
    try:
        pane.pick(*picked(verb, open_tracker(path)))
        before = tables_of(pane.book(), path.name)
        assert before == tables(open_tracker(path)), "the stand-in holds what the file holds"
        pane.press(verb, list(told.returns.iterdir()))
        assert "This is a fault" not in pane.words()
        assert pane.page.locator("#said").get_attribute("class") in ("done", "attention"), pane.words()
        came = on_file(verb)
        after = tables_of(pane.book(), path.name)
        assert after == came.cells
        assert contents(pane.documents()) == came.documents
        assert pane.page.evaluate("fake.saved") == (
            ["Save"] if after != before else pane.page.evaluate("fake.saved")
        )
        shown = {name: sheet.state == "visible" for name, sheet in _states(path).items()}
        assert {sheet["name"] for sheet in pane.book()} == set(shown)
        errors = [one for one in pane.said if one.startswith(("console:", "error:"))]
        assert not errors
    finally:
        pane.close()


def _states(path: Path) -> Any:
    return read_book(path.read_bytes(), name=path.name).sheets


def test_a_ribbon_command_does_the_same_and_says_when_it_is_done(
    told: Story, service: Service, browser: Browser, on_file: Callable[[str], Came], tmp_path: Path
) -> None:
    path = copied(told, "update", tmp_path)
    pane = Pane(browser, service, path, token_of(service, MANAGER, "verbs"))
    try:
        pane.page.evaluate("new Promise((done) => Office.actions.map.CvsbUpdate({ completed: done }))")
        assert tables_of(pane.book(), path.name) == on_file("update").cells
    finally:
        pane.close()


def test_a_cell_that_changed_meanwhile_stops_everything_before_anything_is_written(
    told: Story, service: Service, browser: Browser, tmp_path: Path
) -> None:
    path = copied(told, "resolve", tmp_path)
    pane = Pane(browser, service, path, token_of(service, MANAGER, "verbs"))
    before: dict[str, Any] = {}
    try:

        def meanwhile(route: Route) -> None:
            answer = route.fetch()
            steps = answer.json()["steps"]
            before.update(tables_of(pane.book(), path.name))
            first = next(step for step in steps if step["step"] == "expect" and step["value"])
            pane.page.evaluate(
                "([sheet, row, column]) => { book.sheets.find((one) => one.name === sheet).cells[row - 1][column - 1].v = 'typed now'; }",
                [first["sheet"], first["row"], first["column"]],
            )
            route.fulfill(response=answer)

        pane.page.route("**/api/verbs/resolve", meanwhile)
        pane.press("resolve", [])
        assert "changed while this was running. Nothing was changed" in pane.words()
        after = tables_of(pane.book(), path.name)
        assert [place for place in before | after if before.get(place) != after.get(place)] == [
            place for place, value in after.items() if value == "typed now"
        ]
        assert pane.page.evaluate("fake.saved") == []
    finally:
        pane.close()


def test_a_change_that_excel_refuses_in_the_middle_is_told_with_the_way_back(
    told: Story, service: Service, browser: Browser, tmp_path: Path
) -> None:
    path = copied(told, "update", tmp_path)
    pane = Pane(browser, service, path, token_of(service, MANAGER, "verbs"))
    try:
        pane.page.route(
            "**/api/verbs/update",
            lambda route: (pane.page.evaluate("() => { window.refuses = true; }"), route.continue_()),
        )
        pane.press("update", [])
        assert "Excel refused a change in the middle" in pane.words()
        assert "WITHOUT saving" in pane.words()
        assert pane.page.evaluate("fake.saved") == []
    finally:
        pane.close()


def test_without_an_accepted_token_nothing_of_the_workbook_leaves_it(
    told: Story, service: Service, browser: Browser, tmp_path: Path
) -> None:
    path = copied(told, "update", tmp_path)
    pane = Pane(browser, service, path, "")
    try:
        expect(pane.page.get_by_role("button", name="Update")).to_be_hidden()
        sent: list[str] = []
        pane.page.on("request", lambda request: sent.append(request.post_data or ""))
        pane.page.get_by_label("Your token for this service").fill("cvsb_wrong")
        pane.page.get_by_role("button", name="Sign in").click()
        expect(pane.page.get_by_role("status")).to_contain_text("The token is not accepted")
        assert not any(sent)
        assert pane.page.evaluate("localStorage.length") == 0
    finally:
        pane.close()


def test_the_pane_is_reachable_by_every_reader(
    told: Story, service: Service, browser: Browser, tmp_path: Path
) -> None:
    """axe finds nothing, signed in and not; and it fits the 320 pixels that Excel gives it."""
    from axe_playwright_python.sync_playwright import Axe

    path = copied(told, "update", tmp_path)
    pane = Pane(browser, service, path, token_of(service, MANAGER, "verbs"))
    try:
        pane.page.set_viewport_size({"width": 320, "height": 900})
        assert Axe().run(pane.page).response["violations"] == []
        assert pane.page.evaluate("document.documentElement.scrollWidth") <= 320
        pane.page.get_by_role("button", name="Sign out").click()
        assert Axe().run(pane.page).response["violations"] == []
    finally:
        pane.close()
