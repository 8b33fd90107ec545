"""The page as a file: nothing in it runs but its own script, nothing in a cell is markup, nothing is left out unsaid."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsb_xl.framework.load import load_framework
from cvsb_xl.outputs.html import html_bytes
from cvsb_xl.papers.dashboard import dashboard
from cvsb_xl.papers.dashboard_lists import MOST_ACTIONS, MOST_ROWS
from cvsb_xl.papers.page import Listing
from cvsb_xl.tracker.tables import Tracker, tracker_of
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sample import sample_rows

TODAY = date(2026, 11, 23)
CONTEXT = Context(now=datetime(2026, 11, 23, 14, 2, tzinfo=UTC))
FRAMEWORK = load_framework()
SAMPLE = tracker_of(FRAMEWORK, sample_rows(FRAMEWORK, TODAY))
VOID = {"meta", "link", "br"}
SELF_CLOSED = {"rect", "line"}


class Parsed(HTMLParser):
    """The elements of a page with their attributes and text; elements that are not closed in order are an error."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        {"script": self.scripts, "style": self.styles}.get(inside, self.words).append(data)


def written(tracker: Tracker, agency: str = "") -> str:
    """Return the page as text."""
    return html_bytes(dashboard(tracker, CONTEXT, agency=agency).documents[0]).decode()


def hash_of(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


@pytest.mark.parametrize("agency", ["", "SWP"])
def test_the_policy_allows_the_pages_own_script_and_style_and_nothing_else(agency: str) -> None:
    page = Parsed(written(SAMPLE, agency))
    policy = next(
        names for tag, names in page.elements if names.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in str(policy["content"]).split(";"))
    facts, script = page.scripts
    assert rules == {
        "default-src": "'none'",
        "style-src": hash_of("".join(page.styles)),
        "script-src": hash_of(script),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert facts.startswith("{")


@pytest.mark.parametrize("agency", ["", "SWP"])
def test_nothing_points_out_of_the_page(agency: str) -> None:
    """Links are to places of the page that are there; no element loads anything; the style names no address."""
    page = Parsed(written(SAMPLE, agency))
    ids = [names["id"] for _, names in page.elements if "id" in names]
    assert len(ids) == len(set(ids))
    for tag, names in page.elements:
        assert not {"src", "srcset", "action", "style", "background", "data"} & names.keys(), tag
        assert not any(name.startswith("on") for name in names), tag
        if names.get("href") not in (None, "data:,"):
            assert str(names["href"]).removeprefix("#") in ids
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set(str(names.get(name) or "").split()) <= set(ids)
    assert "@import" not in page.styles[0]
    assert "url(" not in page.styles[0]
    assert "://" not in "".join(page.scripts + page.styles)


ATTACKS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "<!-- <script>",
    "&lt;b&gt; & &amp;",
    "]]>",
    "${alert(1)} {{7*7}}",
    'x";}body{display:none}/*',
]


def _everywhere(words: str, key: str) -> Tracker:
    """A tracker in which every cell that may be words holds these, and every id that key."""
    rows: dict[str, list[dict[str, Any]]] = {
        "settings": [{"setting": "board_name", "value": words}, {"setting": "marking", "value": words}],
        "agencies": [{"agency": key, "name": words}, {"agency": "SWP", "name": words}],
        "reviews": [
            {"review_id": key, "title": words, "review_type": "SUSR", "report_published_on": date(2026, 1, 1)}
        ],
        "recommendations": [
            {"recommendation_id": key, "review_id": key, "recommendation": words, "theme": words}
        ],
        "actions": [
            {"action_id": key, "review_id": key, "recommendation_id": key, "action": words, "measure": words,
             "lead_agency": key, "contributing": "SWP", "area": words, "due_on": words}
        ],
        "assignments": [
            {"assignment_id": key, "action_id": key, "agency": "SWP", "progress": words, "evidence": words}
        ],
        "acknowledgements": [{"acknowledgement_id": key, "review_id": key, "agency": "SWP"}],
        "escalations": [{"escalation_id": key, "review_id": key, "description": words, "kind": words}],
        "returns": [{"sheet_id": key, "agency": key, "state": "Issued"}],
    }  # fmt: skip
    return tracker_of(FRAMEWORK, rows)


def _elements(page: Parsed) -> list[tuple[str, list[str]]]:
    """Every element and the names of its attributes, but for the lines into which long words are cut."""
    return [(tag, sorted(names)) for tag, names in page.elements if tag not in ("br", "text")]


PLAIN = _elements(Parsed(written(_everywhere("plain words", "K-1"))))


@pytest.mark.parametrize("agency", ["", "SWP"])
@pytest.mark.parametrize("words", ATTACKS)
def test_markup_in_cells_stays_text(words: str, agency: str) -> None:
    """The page has the same elements as one whose cells hold plain words, and the words stand in it as they are."""
    plain = Parsed(written(_everywhere("plain words", "K-1"), agency))
    page = Parsed(written(_everywhere(words, words), agency))
    assert _elements(page) == _elements(plain)
    assert words in page.words
    assert page.scripts[-1] == plain.scripts[-1]
    assert page.styles[0].count("{") == plain.styles[0].count("{")


@settings(max_examples=40, deadline=None)
@given(words=st.text(min_size=1, max_size=40).filter(str.strip))
def test_any_words_at_all_make_a_page_with_the_same_elements(words: str) -> None:
    assert _elements(Parsed(written(_everywhere(words, "K-1")))) == PLAIN


def test_marking_day_and_readers_stand_on_top_and_the_language_is_said() -> None:
    page = Parsed(written(SAMPLE))
    assert ("html", {"lang": "en-GB"}) in page.elements
    top = " ".join(page.words)[:900]
    assert "SAMPLE - INVENTED DATA" in top
    assert "23 November 2026" in top
    assert "For members of the Board, the Delivery Group and the Case Review Group only." in top


def test_every_row_and_figure_stands_in_the_page_without_the_script() -> None:
    page = dashboard(SAMPLE, CONTEXT).documents[0]
    told = Parsed(html_bytes(page).decode())
    rows = sum(tag == "tr" for tag, _ in told.elements)
    lists = [block for block in page.blocks() if isinstance(block, Listing) and block.lines]
    in_figures = sum(1 + len(block.bars) for block in page.blocks() if hasattr(block, "bars"))
    assert rows == sum(1 + len(block.lines) for block in lists) + in_figures
    words = set(told.words)
    for block in lists:
        for line in block.lines:
            for cell in line.cells:
                if isinstance(cell, str):
                    assert set(cell.split("\n")) - {""} <= words
    assert "Filters need JavaScript. Without it, every row is shown." in words


def test_a_welsh_tracker_has_welsh_headings_that_say_they_are_welsh() -> None:
    page = Parsed(written(tracker_of(FRAMEWORK, sample_rows(FRAMEWORK, TODAY), {"language": "cy"})))
    assert {"Cam gweithredu", "Asiantaeth arweiniol", "Carreg filltir nesaf"} <= set(page.words)
    headings = [names for tag, names in page.elements if tag == "th" and names.get("role") == "columnheader"]
    assert sum(names.get("lang") == "cy" for names in headings) > 30


def many_actions(actions: int) -> Tracker:
    """A tracker with many actions of 40 reviews and 20 agencies, a third of them overdue."""
    rows: dict[str, list[dict[str, Any]]] = {
        "agencies": [{"agency": f"AG{number}", "name": f"Agency number {number}"} for number in range(20)],
        "reviews": [
            {"review_id": f"RV-{number:04d}", "title": f"Review number {number}", "review_type": "SUSR",
             "report_published_on": date(2026, 1, 1), "stage": "Monitoring"}
            for number in range(40)
        ],
        "actions": [
            {"action_id": f"A-{number:05d}", "review_id": f"RV-{number % 40:04d}", "lead_agency": f"AG{number % 20}",
             "area": ["Cardiff", "Both", "Regional"][number % 3], "due_on": TODAY + timedelta(days=number % 900 - 300),
             "action": f"Train the {number} people who answer the telephone, and check after three months what they remember."}
            for number in range(actions)
        ],
    }  # fmt: skip
    return tracker_of(FRAMEWORK, rows)


@pytest.mark.slow
def test_ten_thousand_actions_make_a_page_of_moderate_size_that_says_what_it_left_out() -> None:
    page = dashboard(many_actions(10_000), CONTEXT).documents[0]
    data = html_bytes(page)
    assert len(data) < 3_000_000
    told = Parsed(data.decode())
    cut = {block.id: block for block in page.blocks() if isinstance(block, Listing) and block.total}
    assert (len(cut["actions"].lines), cut["actions"].total) == (MOST_ACTIONS, 10_000)
    assert len(cut["overdue"].lines) == MOST_ROWS
    said = " ".join(told.words)
    assert "The first 2,000 of 10,000 rows. The figures above count all of them" in said
    assert re.search(r"The first 500 of 3,\d\d\d rows", said)
    assert all(line.cells[-1].endswith("Overdue") for line in cut["actions"].lines)
