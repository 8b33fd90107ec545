"""The CVSB tab's own code, run in LibreOffice: each button starts Python for real, and something comes of it.

LibreOffice runs nothing of a project in which one module does not compile, and says nothing: so each test looks at effects.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from cvsb_xl.addin.build import build_addin, code_modules, with_ribbon
from cvsb_xl.addin.ribbon import callbacks
from cvsb_xl.cli import cvsb
from cvsb_xl.commands.serve import _press
from cvsb_xl.hosts.connections import keep_token
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.hosts.lines import line, unescaped, whole
from cvsb_xl.service.local import Doors, LocalService
from tests.live.desk import Desk, at_desk
from tests.live.presses import Story, story
from tests.live.sync_stand_in import TOKEN

pytestmark = [pytest.mark.live, pytest.mark.slow]

GOES_TO = {"CvsbToday": "Today", "CvsbConflicts": "Conflicts", "CvsbGuide": "Guide"}
ORDER = [
    "CvsbUpdate", "CvsbCheck", "CvsbDue", "CvsbIssue", "CvsbMerge", "CvsbUndo", "CvsbMergeChosen", "CvsbResolve",
    "CvsbPublish", "CvsbPull", "CvsbChase", "CvsbRatify", "CvsbRecord", "CvsbChanges", "CvsbProgress", "CvsbProve", "CvsbBoard",
    "CvsbCrg", "CvsbPlan", "CvsbMapf", "CvsbDashboard", "CvsbExport", "CvsbDoctor",
]  # fmt: skip
"""Each as its own press, on one tracker, in an order in which each has something to do or to say."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with story(tmp_path_factory.mktemp("story")) as found:
        yield found


@pytest.fixture(scope="module")
def desk(told: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("home")
    keep_token(home, told.service.address, TOKEN)
    data = with_ribbon(told.before["merge"].read_bytes())
    with at_desk(data, home, tmp_path_factory.mktemp("Board"), chosen=next(told.returns.iterdir())) as found:
        yield found


def test_the_add_in_itself_loads_and_its_code_runs(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "cvsb.xlam"
    path.write_bytes(build_addin("1.2.3"))
    desk.office.ask("close")
    try:
        desk.office.ask("open", str(path))
        text = "dŵr\t\\ 😀\n"
        sent = desk.office.ask("macro", "CvsbLines.CvsbEscaped", text)
        assert unescaped(sent) == text
        assert desk.office.ask("macro", "CvsbLines.CvsbUnescaped", sent) == text
        desk.office.ask("close")
    finally:
        desk.office.ask("open", str(desk.tracker))


def test_every_callback_is_pressed_in_one_of_these_tests() -> None:
    assert {*GOES_TO, *ORDER, "CvsbLastRun"} == callbacks(module.text for module in code_modules())


@pytest.mark.parametrize("name", GOES_TO)
def test_a_button_that_leads_somewhere_shows_that_sheet(desk: Desk, name: str) -> None:
    desk.office.ask("activate", "Settings")
    desk.office.ask("macro", f"CvsbRibbon.{name}", "<control>")
    assert desk.office.ask("active") == GOES_TO[name]


def test_each_button_starts_python_and_its_answer_is_carried_out(desk: Desk, told: Story) -> None:
    """One test, since each press works on what the one before it left."""
    said: dict[str, str] = {}
    for name in ORDER:
        desk.office.ask("select", "Actions", 5, 1)
        if name == "CvsbMerge":
            _set_returns_folder(desk, told.returns)
        if name == "CvsbResolve":
            _decide(desk)
        said[name] = desk.press(name)
        assert "The same at a command line: cvsb " in said[name] or "Nothing was done. " in said[name], (
            name,
            said[name],
        )
        assert "fault of cvsb-xl" not in said[name], (name, said[name])
        started = (desk.last_run() / "command.txt").read_text(encoding="ascii").strip()
        assert started.startswith(f'"{sys.executable}" -P -m cvsb_xl run '), started
        assert started.endswith(f'--request "{desk.last_run()}"')
    folder = desk.tracker.parent
    assert {path.name for path in (folder / "Agency sheets").iterdir()} >= {"SWP.xlsx"}
    assert any((folder / "Receipts").iterdir())
    assert {path.name for path in (folder / "Papers").iterdir()} >= {
        "Progress report RV-0001.docx",
        "Ratification pack.docx",
        "Board report.docx",
        "Dashboard.html",
    }
    assert (folder / "Export" / "datapackage.json").exists()
    tracker = open_tracker(desk.tracker).tracker
    assert len(tracker["findings"]) > 3
    paths = [path for path, _ in told.service.received]
    assert "/api/publications" in paths, (
        "Publish saved first; what it left went out with the next press, Pull"
    )
    assert "The receipts go to the agencies" in said["CvsbPull"]
    verbs = {row.text("verb") for row in tracker["change-log"]}
    assert {"merge", "undo", "resolve"} <= verbs, said
    assert tracker["assignments"].by_key["AS-0001"]["lead_name"] == "1/2", "text stays text"
    assert tracker["assignments"].by_key["AS-0001"]["impact"] == "+44 people"
    result = CliRunner().invoke(cvsb, ["log", str(desk.tracker), "verify"])
    assert result.exit_code == 0, result.output
    assert said["CvsbDoctor"] in desk.press("CvsbLastRun")


def _set_returns_folder(desk: Desk, returns: Path) -> None:
    data = open_tracker(desk.tracker).tracker["settings"]
    row = data.by_key["returns_folder"]
    desk.office.ask("write", "Settings", row.number, data.columns["value"], [[str(returns)]])


def _decide(desk: Desk) -> None:
    data = open_tracker(desk.tracker).tracker["conflicts"]
    for row in data:
        if row["state"] == "Open":
            desk.office.ask("write", "Conflicts", row.number, data.columns["decision"], [["Take return"]])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            whole([line("sheet", "Actions"), "expect\t5\t1\tte", "put\t5\t1\ttX"]),
            "changed while Python worked",
        ),
        (whole([line("sheet", "Nowhere"), "put\t5\t1\ttX"]), "no longer there"),
        (whole([line("sheet", "Actions"), "put\t5\t1\ttX"]).replace("end\t4", "end\t9"), "cut short"),
        (whole([line("sheet", "Actions"), "put\t5\t1\ttX"])[:-8], "cut short"),
        (whole(["x"]).replace("cvsb-lines\t1", "cvsb-lines\t2"), "different versions"),
        (whole([line("failed", "Nothing was done. Dŵr.")]), "Nothing was done. D"),
        ("", "no answer"),
    ],
)
def test_an_answer_that_does_not_fit_changes_nothing_and_says_why(
    desk: Desk, tmp_path: Path, answer: str, says: str
) -> None:
    before = desk.office.ask("read", "Actions", 1, 1, 10, 5)
    path = tmp_path / "answer.txt"
    path.write_bytes(answer.encode("ascii"))
    desk.office.ask("macro", "CvsbLines.CvsbApplyFile", str(path))
    assert says in (desk.home / "summary.txt").read_text(encoding="utf-8", errors="replace")
    assert desk.office.ask("read", "Actions", 1, 1, 10, 5) == before


def test_where_python_cannot_be_started_the_person_is_told_what_to_do(desk: Desk) -> None:
    settings = desk.home / "cvsb.txt"
    held = settings.read_bytes()
    settings.write_bytes(b"transport\tservice\r\n")
    try:
        assert re.search('Start "CVSB service" from the Start menu', desk.press("CvsbUpdate"))
        settings.write_bytes(b"transport\tprocess\r\n")
        assert "cvsb addin install" in desk.press("CvsbUpdate")
    finally:
        settings.write_bytes(held)


def test_the_services_answer_is_carried_out_by_vba(desk: Desk) -> None:
    """What Excel does by MSXML2 is done here by http.client: LibreOffice has no such object. All else is the real thing."""
    settings = desk.home / "cvsb.txt"
    held = settings.read_bytes()
    with (
        click.Context(cvsb, info_name="cvsb").scope() as ctx,
        LocalService(
            desk.home,
            Doors(press=lambda name: _press(ctx, name), verb=lambda *_: "", tell=lambda _: None),
        ) as service,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("CVSB_HOME", str(desk.home))
        settings.write_bytes(b"transport\tservice\r\n")
        try:
            desk.office.ask("write", "Learning", 5, 1, [["L-0001"]])
            assert "does not answer" in desk.press("CvsbUpdate")
        finally:
            settings.write_bytes(held)
        run = desk.last_run()
        connection = HTTPConnection("127.0.0.1", service.port, timeout=120)
        connection.request("POST", f"/press/{run.name}", headers={"Authorization": f"Bearer {service.token}"})
        assert connection.getresponse().status == 200
        connection.close()
    before = len(open_tracker(desk.tracker).tracker["change-log"])
    desk.office.ask("macro", "CvsbLines.CvsbApplyFile", str(run / "answer.txt"))
    assert "cvsb update" in (desk.home / "summary.txt").read_text(encoding="utf-8", errors="replace")
    logged = open_tracker(desk.tracker).tracker["change-log"].rows[before:]
    assert ("by hand", "L-0001") in {(row.text("verb"), row.text("key")) for row in logged}


def test_after_an_error_in_the_middle_excel_is_left_as_it_was_and_the_way_back_is_told(
    desk: Desk, tmp_path: Path
) -> None:
    """The last test, since it leaves a cell written that nobody saved."""
    path = tmp_path / "answer.txt"
    path.write_bytes(
        whole([line("sheet", "Actions"), "put\t9\t60\ttX", "put\t0\t1\ttX", "save"]).encode("ascii")
    )
    saved = desk.tracker.read_bytes()
    desk.office.ask("select", "Reviews", 5, 2)
    desk.office.ask("macro", "CvsbLines.CvsbApplyFile", str(path))
    told = (desk.home / "summary.txt").read_text(encoding="utf-8", errors="replace")
    assert "stopped in the middle" in told
    assert "WITHOUT saving" in told
    assert desk.office.ask("read", "Actions", 9, 60, 9, 60) == [["X"]], "it had begun"
    assert desk.office.ask("automatic") is True
    assert (desk.office.ask("active"), desk.office.ask("selection")[1:]) == ("Reviews", [5, 2])
    assert desk.tracker.read_bytes() == saved
