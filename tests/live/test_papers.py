"""Every paper of the worked example, opened and printed by LibreOffice: all of its words are there, and it is short enough."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cvsb_xl.framework.load import load_framework
from cvsb_xl.outputs.word import word_bytes
from cvsb_xl.papers.board import board
from cvsb_xl.papers.changes import changes
from cvsb_xl.papers.crg import crg
from cvsb_xl.papers.mapf import mapf
from cvsb_xl.papers.paper import Figure, Heading, PageBreak, Paper, TableBlock
from cvsb_xl.papers.plan import plan
from cvsb_xl.papers.progress import progress
from cvsb_xl.papers.prove import prove
from cvsb_xl.papers.ratify_pack import ratify
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.log import Entry, LoggedChange, log_rows
from cvsb_xl.tracker.tables import tracker_of
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sample import sample_rows

pytestmark = [pytest.mark.live, pytest.mark.slow]
MADE = datetime(2026, 11, 23, 9, tzinfo=UTC)
MOST_PAGES = {
    "ratify": 4,
    "board": 6,
    "plan": 2,
    "mapf": 2,
    "crg": 3,
    "changes": 1,
    "prove": 4,
    "progress": 4,
}


@pytest.fixture(scope="module")
def papers() -> Mapping[str, Paper]:
    framework = load_framework()
    tracker = tracker_of(framework, sample_rows(framework, MADE.date()), {"key": "0f" * 32})
    context = Context(now=MADE)
    made = {
        "ratify": ratify(tracker, context),
        "board": board(tracker, context),
        "plan": plan(tracker, context, "RV-0004"),
        "mapf": mapf(tracker, context, "RV-0010"),
        "crg": crg(tracker, context),
        "changes": changes(tracker, context, date(2026, 11, 1)),
        "prove": prove(tracker, context, "A-0009"),
        "progress": progress(tracker, context, "RV-0003"),
    }
    return {name: outcome.documents[0] for name, outcome in made.items()}


@pytest.fixture(scope="module")
def printed(papers: Mapping[str, Paper], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """The pages of each paper as LibreOffice prints them, as text."""
    if not (shutil.which("soffice") and shutil.which("pdftotext")):
        pytest.fail("this test needs LibreOffice and poppler-utils; scripts/test installs them")
    folder = tmp_path_factory.mktemp("papers")
    for name, paper in papers.items():
        (folder / f"{name}.docx").write_bytes(word_bytes(paper))
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
         "--outdir", str(folder), *(str(folder / f"{name}.docx") for name in papers)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return {name: _pages(folder / f"{name}.pdf") for name in papers}


def _pages(path: Path) -> list[str]:
    done = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, timeout=60
    )
    return done.stdout.decode().rstrip("\f").split("\f")


@pytest.mark.parametrize("name", MOST_PAGES)
def test_each_page_has_its_marking_date_and_number(
    name: str, papers: Mapping[str, Paper], printed: Mapping[str, list[str]]
) -> None:
    pages = printed[name]
    assert 1 <= len(pages) <= MOST_PAGES[name]
    for number, page in enumerate(pages, 1):
        assert papers[name].marking in page
        assert f"as at 23 November 2026 · page {number} of {len(pages)}" in page


@pytest.mark.parametrize("name", MOST_PAGES)
def test_every_heading_caption_and_row_is_printed(
    name: str, papers: Mapping[str, Paper], printed: Mapping[str, list[str]]
) -> None:
    """Of each row its first cell, which names it: wrapped cells stand apart in the print."""
    squeezed = re.sub(r"\s", "", "".join(printed[name]))
    for block in papers[name].blocks:
        if isinstance(block, Heading):
            assert re.sub(r"\s", "", block.text) in squeezed
        elif isinstance(block, TableBlock | Figure):
            assert re.sub(r"\s", "", block.title) in squeezed
        if isinstance(block, TableBlock):
            for row in block.rows:
                assert re.sub(r"\s", "", row[0].split("\n")[0].split(" ")[0]) in squeezed


def test_the_boards_report_is_two_pages_and_an_annex(
    papers: Mapping[str, Paper], printed: Mapping[str, list[str]]
) -> None:
    assert any(isinstance(block, PageBreak) for block in papers["board"].blocks)
    first = next(number for number, page in enumerate(printed["board"], 1) if "Annex: the figures" in page)
    assert first <= 3


def test_however_much_there_is_to_tell_the_boards_first_pages_are_two(tmp_path: Path) -> None:
    """Thirty escalations, thirty changes and every text at length: fewer stand in front, all of them in the annex."""
    long = (
        "The agencies could not agree who should hold the record of the young person who moved between services. "
        * 5
    )
    framework = load_framework()
    rows = {name: [dict(row) for row in found] for name, found in sample_rows(framework, MADE.date()).items()}
    rows["escalations"] = [
        {"escalation_id": f"E-{at:04d}", "action_id": f"A-{at + 8:04d}", "kind": "Barrier", "description": long,
         "raised_on": date(2026, 10, 1), "asked_of_board": long if at < 20 else None,
         "board_met_on": date(2026, 11, 16) if at < 10 else None, "board_response": long if at < 10 else None}
        for at in range(30)
    ]  # fmt: skip
    for row in rows["reviews"]:
        row |= {"good_practice": long, "title": f"{row['title']} and of several other people over the years"}
    tracker = tracker_of(framework, rows, {"key": "0f" * 32})
    changed = [
        LoggedChange("assignments", str(row["assignment_id"]), "evidence", None, long)
        for row in rows["assignments"][:30]
    ]
    context = Context(now=MADE)
    tracker = apply_edits(tracker, log_rows(tracker, MADE, [Entry("merge", "R-1", "somebody", changed)]))
    paper = board(tracker, context, since=date(2026, 11, 20)).documents[0]
    (tmp_path / "board.docx").write_bytes(word_bytes(paper))
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
         "--outdir", str(tmp_path), str(tmp_path / "board.docx")],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    pages = _pages(tmp_path / "board.pdf")
    assert "Annex: the figures" in pages[2]
    assert "Good practice" in pages[1]
    annex = "".join(pages[2:])
    assert all(f"E-{at:04d}" in annex for at in range(30))
