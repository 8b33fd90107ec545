"""The first sheet of an agency's workbook: what to do, how far one has come, and where to sign it off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from cvsb_xl.books.agency_checks import (
    MISSING,
    NOT_ANSWERED,
    answered_formula,
    filled_formula,
    missing_formula,
    overdue_formula,
)
from cvsb_xl.books.agency_table import CHECK, PROTECTION, DrawnTable, words_of
from cvsb_xl.books.drawing import Looks, write_value
from cvsb_xl.books.style import Formats, Role
from cvsb_xl.merge.sheet import REVIEWED_BY, REVIEWED_ON, AgencySheet, past_due
from cvsb_xl.xlsx.fitting import text_height

_LABEL_WIDTH, _TEXT_WIDTH = 30, 100
_STEPS = (
    ("1. Assignments", "One row for each thing your agency was asked to do. Pick the progress from the list and write what has "
     "happened since your last update. If nothing has, leave the update blank."),
    ("2. If it is complete", "Say when, what shows it, and what is different now. You propose; the Delivery Group decides."),
    ("3. If you are stuck", "Say what stands in the way, whether you want the Board's help, and when you now expect to finish. If it "
     "should not be done at all, propose to step it down and say why."),
    ("4. Acknowledgements", "One row for each published review: who read it for you, when, and what it means for you even where no "
     "action is yours."),
    ("5. Dissemination", "How you shared the learning. Empty rows are there for you: pick the review and fill them in."),
    ("6. Check and return", "Look at the figures above, sign off at the foot of this page, save, and send the file back as it is."),
)  # fmt: skip
_CELLS: Sequence[tuple[Role, str, str]] = (
    ("agency", "Yours to fill in", "Sand-coloured cells under a dark heading. Pick one to see its list or its help."),
    ("computed", "To read", "Grey cells in italics, under a pale italic heading. They are locked: a change to them would not be taken over."),
)  # fmt: skip
_PRIVACY = (
    "Write no name, date of birth or address of a child, an adult at risk or a member of their family. Name documents and where "
    "they can be seen; do not paste from case records."
)
_ANY_PROGRAM = "Excel, LibreOffice or Google Sheets will do, and the file may be renamed. Please send it back as a spreadsheet, not as a PDF."


def write_start(formats: Formats, sheet: Any, issued: AgencySheet, drawn: Sequence[DrawnTable]) -> None:
    """Write the sheet. The labels "Reviewed by" and "Reviewed on" stand in column A, their cells beside them."""
    page = _Page(formats, sheet)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, _LABEL_WIDTH)
    sheet.set_column(1, 1, _TEXT_WIDTH)
    sheet.set_row(0, 30)
    sheet.set_row(1, 18)
    sheet.write_string(0, 0, f"{issued.agency_name}: your part in the Board's actions", formats("title"))
    sheet.write_string(
        1,
        0,
        f"From {issued.board_name}. It takes six steps; the sheets are the tabs at the foot.",
        formats("lead"),
    )
    sheet.write_string(2, 0, issued.marking, formats("marking"))
    page.row = 4
    if issued.due_back_on:
        page.line("Please return by", _in_words(issued.due_back_on), said="beside_strong")
    page.line("Issued on", _in_words(issued.issued_at.date()))
    page.line("Sheet", f"{issued.sheet_id} for {issued.agency}")
    page.section("How far you are")
    for item in drawn:
        page.counts(item, issued)
    page.section("What to do")
    for label, text in _STEPS:
        page.line(
            label,
            text,
            link=label.split(". ")[1]
            if label.split(". ")[1] in {item.table.table.sheet for item in drawn}
            else "",
        )
    page.section("Good to know")
    for role, label, text in _CELLS:
        page.line(label, text, role=role)
    page.line("Privacy", _PRIVACY)
    page.line("Programs", _ANY_PROGRAM)
    page.section("When you are done")
    page.line("Nothing to report?", "Sign off here all the same: it tells us that you looked at every row.")
    page.entry(REVIEWED_BY, Looks("agency", "text", unlocked=True), {
        "validate": "length", "criteria": "<=", "value": 200, "input_title": REVIEWED_BY,
        "input_message": "The name of the person who looked through this sheet for your agency.",
    })  # fmt: skip
    page.entry(REVIEWED_ON, Looks("agency", "date", unlocked=True), {
        "validate": "date", "criteria": "between", "minimum": date(2020, 1, 1), "maximum": date(2099, 12, 31),
        "input_title": REVIEWED_ON, "input_message": "The date, such as 31/03/2027.",
        "error_title": REVIEWED_ON, "error_message": "This is not a date. Write it as 31/03/2027.",
    })  # fmt: skip
    sheet.protect(options=PROTECTION)
    sheet.set_portrait()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
    sheet.print_area(0, 0, page.row - 1, 1)


def _in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


class _Page:
    """Writes the sheet from top to bottom: a label in column A, its text in column B."""

    def __init__(self, formats: Formats, sheet: Any) -> None:
        self._formats, self._sheet = formats, sheet
        self.row = 0

    def section(self, title: str) -> None:
        self._sheet.set_row(self.row, 32)
        self._sheet.write_string(self.row, 0, title, self._formats("section"))
        self.row += 1

    def line(
        self, label: str, text: str, *, role: Role = "strong", said: Role = "beside", link: str = ""
    ) -> None:
        self._sheet.set_row(self.row, 4 + text_height([(text, _TEXT_WIDTH), (label, _LABEL_WIDTH)]))
        if link:
            self._sheet.write_url(
                self.row, 0, f"internal:'{link}'!A1", self._formats("link"), label, f"Go to {link}"
            )
        else:
            self._sheet.write_string(self.row, 0, label, self._formats(role))
        self._sheet.write_string(self.row, 1, text, self._formats(said))
        self.row += 1

    def counts(self, drawn: DrawnTable, issued: AgencySheet) -> None:
        """Lines that count themselves: how many rows are answered, how many are past their date, where something is missing."""
        table, checks = drawn.table, drawn.areas.get(CHECK)
        if not checks or not drawn.said:
            return
        lacking = (missing_formula(checks), sum(said.startswith(MISSING) for said in drawn.said))
        if table.table.insertable:
            filled = sum(bool(said) for said in drawn.said)
            self._count(table.table.sheet, filled_formula(checks), f"{filled} filled in")
            self._count("    with something missing", *lacking)
            return
        asked = len(table.rows)
        done = asked - drawn.said.count(NOT_ANSWERED)
        self._count(table.table.sheet, answered_formula(checks, asked), f"{done} of {asked} answered")
        if {"due_on", "revised_due_on", "progress"} <= set(drawn.areas):
            late = past_due(table.rows, issued.issued_at.date())
            self._count(
                "    past their due date",
                overdue_formula(drawn.areas, words_of(table, issued.language)),
                late,
            )
        self._count("    with something missing", *lacking)

    def _count(self, label: str, formula: str, cached: str | int) -> None:
        self._sheet.write_string(self.row, 0, label, self._formats("strong"))
        self._sheet.write_formula(self.row, 1, formula, self._formats("beside_strong"), cached)
        self.row += 1

    def entry(self, label: str, looks: Looks, validation: dict[str, Any]) -> None:
        self._sheet.set_row(self.row, 24)
        self._sheet.write_string(self.row, 0, label, self._formats("strong"))
        write_value(self._formats, self._sheet, (self.row, 1), None, looks)
        self._sheet.data_validation(self.row, 1, self.row, 1, validation)
        self.row += 1
