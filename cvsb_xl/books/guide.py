"""The Guide: what the workbook is, what each sheet is for, what its cells mean, and what its dates stand on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cvsb_xl.books.dashboard import DASHBOARD
from cvsb_xl.books.drawing import GUIDE, Drawing, write_tracker_top
from cvsb_xl.books.style import Role
from cvsb_xl.xlsx.fitting import text_height

_LABEL_WIDTH, _TEXT_WIDTH = 30, 104
_LEAD = "What this workbook is, what each sheet is for, and how to work with it."

_ABOUT = (
    ("The record", "The Board's one record of its reviews, what they recommended, what was agreed and what became of it."),
    ("Working in it", "As in any workbook: sort, filter, add columns or sheets of your own. Columns are found by their heading, so a "
     "column may be moved, but its heading must stay as it is."),
    ("Adding a row", "Type in the first empty row under a table; the table grows. Leave the ID blank: it is filled in."),
    ("Agencies", "They never open this file. Each gets a sheet of its own, and what they send back is merged, cell by cell, with a "
     "record of every change."),
)  # fmt: skip

_LEGEND: Sequence[tuple[Role, str, str]] = (
    ("input", "Yours to fill in", "White cells under a dark heading. Many have a list or a check; pick the cell to see its help."),
    ("key", "ID", "Bold. It joins the sheets together. Once other rows use it, do not change it."),
    ("computed", "Worked out", "Italic, on grey, under a pale italic heading. Worked out from the other cells: never type here."),
    ("agency", "From an agency", "On a sand-coloured ground, right of the words \u201cFilled in by agencies\u201d. They come from the sheets that "
     "agencies return. You may correct them; the correction is recorded."),
    ("marked", "Has a finding", "Outlined in red: the last check found something here, and the sheet Findings says what. The outline goes "
     "when the next check no longer finds it; the cell's own colours and notes are never touched."),
)  # fmt: skip

_ORDER = (
    ("Referrals", "A case is referred. Enter it, what the Case Review Group decided, and when the Chair signed it off."),
    ("Reviews", "For a SUSR or a MAPF add a review. Its due dates are worked out from the date its clock starts on."),
    ("Recommendations", "When it is agreed, enter what the review says should change."),
    ("Actions", "Enter what will be done: one action to a row, one lead agency, a measure and a date."),
    ("Assignments", "Update makes one row for each agency and area. Issue cuts one sheet for each agency; merge takes in what comes back."),
    ("Conflicts", "Where a returned value needs a person, decide here, then run resolve."),
    ("Decisions", "What meetings decided. Type the Delivery Group's decisions in Ratification, then record them. An action closes here "
     "and nowhere else."),
    ("Escalations", "Put a barrier or a risk to the Board, and enter what it answered."),
)  # fmt: skip

_PAPERS = (
    ("Case Review Group", "Case Review Group (cvsb crg): referrals to decide, decisions to sign off and notify, clocks of open reviews."),
    ("Delivery Group", "Ratification pack (cvsb ratify) before the meeting; Record decisions (cvsb ratify --record) after it."),
    ("The Board", "Board report (cvsb board): what needs a decision, where things stand, what has changed, what became of earlier asks."),
    ("Partners", "Action plan (cvsb plan) when a report is published; MAPF template (cvsb mapf) after a forum."),
    ("12 months on", "Progress report (cvsb progress). Today names the actions that will miss it while they can still be brought forward."),
    ("To look at", "Dashboard (cvsb dashboard), one web page; Evidence (cvsb prove), one action's or review's whole story."),
)  # fmt: skip

_ACCESSIBILITY = (
    ("What it keeps to", "One table to a sheet, with one heading row and no merged cells; titles carry a title style; links say where "
     "they lead; charts have a description; nothing is said by colour alone. A blank cell means that nothing has been entered yet."),
    ("Where it departs", "From the Analysis Function's checklist, because people work in it: tables have filters, headings stay in view "
     "(frozen panes), some sheets are hidden, cells have coloured grounds, and the Dashboard holds several small tables beside "
     "its charts."),
)  # fmt: skip


_UNHIDE = "A link to a hidden sheet does nothing in Excel until the sheet is shown: right-click any sheet tab, choose Unhide, pick it."
_COUNTING = (
    "In calendar months, to the corresponding day or the month's last day. An action's own due date is set by people: the "
    "framework gives no rule for it."
)


def write_guide(drawing: Drawing, sheet: Any, shown: Sequence[str]) -> None:
    """Write the Guide.

    Args:
        shown: the names of the sheets that are visible.
    """
    write_tracker_top(drawing, sheet, GUIDE, _LEAD, back="Today")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, _LABEL_WIDTH)
    sheet.set_column(1, 1, _TEXT_WIDTH)
    sheet.set_column(2, 2, 12)
    page = _Page(drawing, sheet)
    page.section("What this workbook is")
    page.lines(_ABOUT)
    page.section("What the cells mean")
    for role, word, meaning in _LEGEND:
        page.line(word, meaning, role=role)
    page.section("The order of work")
    for number, (name, text) in enumerate(_ORDER, 1):
        page.line(f"{number}. {name}", text, link=name)
    page.section("The meetings and their papers (button of the CVSB tab, command)")
    page.lines(_PAPERS)
    breaks = [page.row]
    page.section("The sheets")
    page.line("Hidden sheets", _UNHIDE)
    for name, text in _sheets(drawing):
        page.line(name, text, link=name, third="" if name in shown else "Hidden")
    page.section("What the dates of a review stand on")
    for clock in drawing.tracker.framework.clocks:
        start = " and ".join(drawing.tracker.framework["reviews"][name].title for name in clock.start_fields)
        strength = {"target": "a target", "expected": "expected", "required": "required"}.get(
            clock.strength, clock.strength
        )
        page.line(
            f"{clock.review_type}: {clock.milestone}",
            f"{clock.months} months from {start}; {strength}. \u201c{clock.sentence}\u201d",
        )  # fmt: skip
    page.line("How they are counted", _COUNTING)
    page.line("Source", f"{drawing.tracker.framework.source}.")
    page.section("Accessibility")
    page.lines(_ACCESSIBILITY)
    sheet.set_portrait()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_h_pagebreaks(breaks)
    sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
    sheet.set_footer("&L&A&RPage &P of &N", {"margin": 0.25})
    sheet.print_area(0, 0, page.row - 1, 2)


def _sheets(drawing: Drawing) -> list[tuple[str, str]]:
    tables = drawing.tracker.framework.tables
    first = [
        ("Today", tables["today"].description),
        (DASHBOARD, "Figures and charts, counted when the file is opened."),
    ]
    return first + [(table.sheet, table.description) for table in tables.values() if table.name != "today"]


class _Page:
    """Writes the Guide from top to bottom: a label in column A, its text in column B."""

    def __init__(self, drawing: Drawing, sheet: Any) -> None:
        self._drawing, self._sheet = drawing, sheet
        self.row = 4

    def section(self, title: str) -> None:
        self._sheet.set_row(self.row, 32)
        self._sheet.write_string(self.row, 0, title, self._drawing.formats("section"))
        self.row += 1

    def lines(self, pairs: Sequence[tuple[str, str]]) -> None:
        for label, text in pairs:
            self.line(label, text)

    def line(self, label: str, text: str, *, role: Role = "strong", link: str = "", third: str = "") -> None:
        formats = self._drawing.formats
        self._height(label, text)
        if link:
            self._sheet.write_url(
                self.row, 0, f"internal:'{link}'!A1", formats("link"), label, f"Go to {link}"
            )
        else:
            self._sheet.write_string(self.row, 0, label, formats(role))
        self._sheet.write_string(self.row, 1, text, formats("beside"))
        if third:
            self._sheet.write_string(self.row, 2, third, formats("note"))
        self.row += 1

    def _height(self, label: str, text: str) -> None:
        self._sheet.set_row(self.row, 2 + text_height([(text, _TEXT_WIDTH), (label, _LABEL_WIDTH)]))
