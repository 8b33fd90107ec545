"""An empty tracker, one review with one action, and ten thousand actions: every paper is written and reads as a person would say it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import docx
import pytest
from docx.shared import Cm, Pt

from cvsb_xl.framework.load import load_framework
from cvsb_xl.outputs.html import html_bytes
from cvsb_xl.outputs.word import word_bytes
from cvsb_xl.papers.board import board
from cvsb_xl.papers.changes import changes
from cvsb_xl.papers.crg import crg
from cvsb_xl.papers.dashboard import dashboard
from cvsb_xl.papers.mapf import mapf
from cvsb_xl.papers.paper import Paper, TableBlock, plain_text
from cvsb_xl.papers.plan import plan
from cvsb_xl.papers.progress import progress
from cvsb_xl.papers.progress_due import progress_due
from cvsb_xl.papers.prove import prove
from cvsb_xl.papers.ratify_pack import ratify
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.sample import sample_rows
from cvsb_xl.verbs.update import update
from cvsb_xl.xlsx.fitting import digits
from tests.rounds import META, TODAY, context

FRAMEWORK = load_framework()
UNSAID = re.compile(
    r"\b1 (?:actions|reviews|recommendations|agencies|rows|changes|days|decisions|proposals|referrals|themes|texts|months|people)\b"
    r"|\bNone\b(?! left)|\bnan\b|\(s\)|  +|\.\.(?!\.)|,,| ,| \.(?:\s|$)"
)
"""What nobody would say: a plural of one, a word of Python, two stops."""


def one_review() -> Tracker:
    rows: Mapping[str, list[dict[str, Any]]] = {
        "agencies": [{"agency": "SWP", "name": "South Wales Police", "areas": "Cardiff", "board_partner": "Yes"}],
        "reviews": [
            {"review_id": "RV-1", "title": "A case", "review_type": "SUSR", "started_on": date(2025, 1, 6), "stage": "Monitoring",
             "completed_on": date(2026, 1, 5), "report_published_on": date(2026, 3, 2), "plan_published_on": date(2026, 3, 2)},
            {"review_id": "MF-1", "title": "A forum", "review_type": "MAPF", "started_on": date(2027, 2, 1), "stage": "Panel"},
        ],
        "recommendations": [{"recommendation_id": "RC-1", "review_id": "RV-1", "number": "1", "recommendation": "Train staff"}],
        "actions": [{"action_id": "A-1", "review_id": "RV-1", "recommendation_id": "RC-1", "action": "Train 40 staff",
                     "lead_agency": "SWP", "area": "Cardiff", "due_on": date(2027, 3, 30), "measure": "38 of 40"}],
    }  # fmt: skip
    return tidy(tracker_of(FRAMEWORK, rows, META))


def ten_thousand() -> Tracker:
    rows: Mapping[str, list[dict[str, Any]]] = {
        "agencies": [{"agency": f"X{at}", "name": f"Agency {at}", "areas": "Cardiff", "board_partner": "Yes"} for at in range(30)],
        "reviews": [
            {"review_id": f"RV-{at}", "title": f"Case {at}", "review_type": "SUSR" if at else "MAPF", "started_on": date(2025, 1, 6),
             "completed_on": date(2026, 1, 5), "report_published_on": date(2026, 3, 2) if at else None,
             "plan_published_on": date(2026, 3, 2) if at else None, "stage": "Monitoring"}
            for at in range(50)
        ],
        "actions": [
            {"action_id": f"A-{at:05d}", "review_id": f"RV-{at % 50}", "action": f"Train {at + 2} staff", "lead_agency": f"X{at % 30}",
             "area": "Cardiff", "due_on": TODAY + timedelta(days=at % 700 - 350)}
            for at in range(10_000)
        ],
        "assignments": [
            {"assignment_id": f"AS-{at:05d}", "action_id": f"A-{at:05d}", "agency": f"X{at % 30}", "area": "Cardiff", "role": "Lead",
             "progress": ("Not started", "In progress", "Proposed complete")[at % 3], "barriers": "No room" if at % 100 == 1 else None}
            for at in range(10_000)
        ],
    }  # fmt: skip
    return tidy(tracker_of(FRAMEWORK, rows, META))


def tidy(tracker: Tracker) -> Tracker:
    return apply_edits(tracker, update(tracker, context()).edits)


def every_paper(tracker: Tracker, review: str, forum: str, action: str) -> dict[str, Paper]:
    """Every paper by its name; those about one review, forum or action only where it is given."""
    now = context()
    made = {
        "ratify": ratify(tracker, now),
        "board": board(tracker, now),
        "crg": crg(tracker, now),
        "changes": changes(tracker, now, date(2027, 1, 1)),
    }
    if review:
        made |= {
            "plan": plan(tracker, now, review),
            "mapf": mapf(tracker, now, forum),
            "progress": progress(tracker, now, review),
            "prove": prove(tracker, now, action),
            "prove --redact": prove(tracker, now, review, redact=True),
        }
    papers = {name: outcome.documents[0] for name, outcome in made.items()}
    papers |= {
        f"progress --due {at}": item for at, item in enumerate(progress_due(tracker, now).documents[:2])
    }
    return papers


def read(papers: Mapping[str, Paper]) -> None:
    """Each can be put into Word, and says nothing that nobody would say."""
    for name, paper in papers.items():
        assert word_bytes(paper).startswith(b"PK"), name
        for line in plain_text(paper).splitlines():
            assert not (found := UNSAID.search(line)), f"{name}: {found and found[0]!r} in {line[:200]!r}"


def pages(tracker: Tracker, agency: str = "") -> None:
    for whose in {"", agency}:
        page = html_bytes(dashboard(tracker, context(), agency=whose).documents[0])
        assert len(page) < 4_000_000


def test_an_empty_tracker_gives_every_paper_that_is_about_no_one_review() -> None:
    empty = tidy(tracker_of(FRAMEWORK, {}, META))
    papers = every_paper(empty, "", "", "")
    assert len(papers) == 4
    read(papers)
    pages(empty)


def test_one_review_with_one_action_gives_every_paper() -> None:
    tracker = one_review()
    papers = every_paper(tracker, "RV-1", "MF-1", "A-1")
    assert len(papers) == 10, "the progress report is owed, too"
    read(papers)
    pages(tracker, "SWP")


def test_the_samples_papers_say_nothing_that_nobody_would_and_break_no_heading_also_on_a_narrow_page() -> (
    None
):
    tracker = tidy(tracker_of(FRAMEWORK, sample_rows(FRAMEWORK, TODAY), META))
    papers = every_paper(tracker, "RV-0003", "RV-0010", "A-0014")
    read(papers)
    narrow = docx.Document()
    narrow.sections[0].left_margin = narrow.sections[0].right_margin = Cm(3.3)
    template = io.BytesIO()
    narrow.save(template)
    digit = Pt(9) * 0.556  # of Arial, in which tables are set
    for name, paper in papers.items():
        for look in (None, template.getvalue()):
            document = docx.Document(io.BytesIO(word_bytes(paper, look)))
            section = document.sections[0]
            room = section.page_width - section.left_margin - section.right_margin
            for table in document.tables:
                widths = [int(column.width) for column in table.columns]
                assert abs(room - sum(widths)) < Pt(1), name
                for cell, width in zip(table.rows[0].cells, widths, strict=True):
                    needed = max(digits(word, bold=True) for word in cell.text.split()) * digit
                    assert needed + Cm(0.29) <= width + Pt(1), f"{cell.text} in {name}"


@pytest.mark.slow
def test_ten_thousand_actions_give_every_paper_and_none_runs_away() -> None:
    """What is about the whole tracker is cut where it says so; the pack alone names every decision that is asked for."""
    tracker = ten_thousand()
    papers = every_paper(tracker, "RV-1", "RV-0", "A-00001")
    read(papers)
    for name in ("board", "crg", "changes", "plan", "mapf", "progress", "prove"):
        rows = sum(len(block.rows) for block in papers[name].blocks if isinstance(block, TableBlock))
        assert rows < 700, name
    pages(tracker, "X1")
