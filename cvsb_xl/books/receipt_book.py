"""A receipt as a workbook: one sheet an agency lead can filter."""

from __future__ import annotations

import io
from collections.abc import Mapping

from cvsb_xl.books.new_book import new_book
from cvsb_xl.books.style import Formats, Role, Tone
from cvsb_xl.merge.receipt import APPLIED, KEEP, REFUSED, SETTLED, THERE, WAITING, Receipt
from cvsb_xl.tracker.wording import day_in_words
from cvsb_xl.xlsx.fitting import text_height

_COLUMNS = [
    ("What became of it", 22),
    ("Where", 20),
    ("ID", 14),
    ("Column", 20),
    ("What you returned", 44),
    ("Why", 44),
    ("How to put it right", 48),
]

_TONES: Mapping[str, Tone] = {
    REFUSED: "alert",
    WAITING: "caution",
    APPLIED: "good",
    SETTLED: "quiet",
    THERE: "quiet",
}


def build_receipt(receipt: Receipt, summary: str, beneath: str = "") -> bytes:
    """Return the receipt's workbook.

    Args:
        summary: what became of the file, in a sentence.
        beneath: a line under the log's head, such as the head of the service's audit.
    """
    made = io.BytesIO()
    book = new_book(made)
    formats = Formats(book)
    sheet = book.add_worksheet("Receipt")
    for position, (_, width) in enumerate(_COLUMNS):
        sheet.set_column(position, position, width)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, f"Receipt from {receipt.board_name}", formats("title"))
    about = f"{receipt.file}, taken in on {day_in_words(receipt.at)} at {receipt.at:%H:%M}"
    seq, chain = receipt.log_head
    top: list[tuple[Role, str]] = [
        ("marking", receipt.marking),
        ("lead", f"To: {receipt.agency_name}" if receipt.agency_name else ""),
        ("lead", f"For: {about}" + (f" (sheet {receipt.sheet_id})" if receipt.sheet_id else "")),
        ("answer", summary),
        *(("lead", f"{note} {cure}".strip()) for note, cure in receipt.notes),
        ("lead", f"{KEEP} Log head: {seq} {chain or '-'}"),
        ("lead", beneath.strip()),
    ]
    row = 1
    for role, line in top:
        if line:
            sheet.set_row(row, 18)
            sheet.write_string(row, 0, line, formats(role))
            row += 1
    row += 1
    if receipt.lines:
        for position, (name, _) in enumerate(_COLUMNS):
            sheet.write_string(row, position, name, formats("heading"))
        for number, item in enumerate(receipt.lines, row + 1):
            texts = (item.outcome, item.where, item.key, item.column, item.returned, item.why, item.cure)
            for position, text in enumerate(texts):
                quoted = text.startswith(("=", "+", "-", "@"))
                sheet.write_string(number, position, text, formats("record", "text", quoted=quoted))
            sheet.set_row(number, text_height(zip(texts, [width for _, width in _COLUMNS], strict=True)))
        last = row + len(receipt.lines)
        sheet.add_table(
            row,
            0,
            last,
            len(_COLUMNS) - 1,
            {"name": "Receipt", "style": None, "columns": [{"header": name} for name, _ in _COLUMNS]},
        )
        for position, (name, _) in enumerate(_COLUMNS):
            sheet.write_string(row, position, name, formats("heading"))
        for outcome, tone in _TONES.items():
            options = {
                "type": "cell",
                "criteria": "==",
                "value": f'"{outcome}"',
                "format": formats.tone(tone),
            }
            sheet.conditional_format(row + 1, 0, last, 0, options)
        sheet.set_row(row, 22)
        sheet.repeat_rows(row)
        sheet.freeze_panes(row + 1, 0)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    of = f"Receipt for {receipt.file}".replace("&", "&&")  # "&" alone starts a code of the footer
    sheet.set_footer(f"&L{of[:200]}&RPage &P of &N", {"margin": 0.25})
    book.set_properties({"title": f"Receipt for {receipt.file}", "author": receipt.board_name})
    book.close()
    return made.getvalue()
