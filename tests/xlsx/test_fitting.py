"""Rows are as tall as their wrapped words need: measured by the typeface, broken at words."""

from __future__ import annotations

import pytest

from cvsb_xl.xlsx.fitting import LINE, TALLEST, lines, text_height


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, 1),
        ("0123456789", 11, 1),
        ("0123456789 0", 11, 2),
        ("iiiiiiiiii iiiiiiiiii", 10, 1),  # thin letters
        ("MMMMMM MM", 10, 2),
        ("one\ntwo\n\nfour", 10, 4),
        ("Sample Review Manager", 20, 2),
        ("340 people answered the quiz; the question on being alone was answered best.", 34, 3),
        ("The visit form does what the card was for.", 35, 1),
        ("x" * 100, 20, 5),  # broken within the word
        ("Mae'r tŷ ymhellach o'r môr na'r ŵyn", 40, 1),  # letters that are not in the table count as a digit
    ],
)
def test_a_text_takes_as_many_lines_as_its_letters_need(text: str, width: float, expected: int) -> None:
    assert lines(text, width) == expected


def test_bold_needs_more_room() -> None:
    assert lines("Recommendation ID", 17.2) == 1
    assert lines("Recommendation ID", 17.2, bold=True) == 2


def test_no_row_is_taller_than_excel_allows() -> None:
    assert text_height([("word " * 9_000, 20)]) == TALLEST
    assert text_height([]) == text_height([("word", 20)]) == 3 + LINE
