"""Start a workbook with XlsxWriter: our typeface, text that stays text, formulas written as they are given."""

from __future__ import annotations

from typing import IO, Any

from cvsb_xl.books.style import FONT, SIZE


def new_book(stream: IO[bytes]) -> Any:
    """Return an empty XlsxWriter workbook that will be written to a stream when it is closed."""
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

    class Sheet(Worksheet):  # type: ignore[misc,unused-ignore]
        """XlsxWriter searches every formula for forty functions that are newer than the file format. We use none of them,
        and a tracker has thousands of formulas: without the search it is built in half the time."""

        def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
            return formula.removeprefix("=")

    book = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": FONT, "font_size": SIZE, "font_scheme": "none"},
        },
    )
    book.worksheet_class = Sheet
    return book
