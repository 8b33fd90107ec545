"""The lines that VBA carries out: ASCII, whole or refused, and every value comes back as it went."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsb_xl.hosts.lines import coded, escaped, line, pairs, step_lines, unescaped, whole
from cvsb_xl.hosts.steps import Expect, Grow, LinkCell, Put, Show, Shrink, Unlink
from cvsb_xl.tracker.values import CellError, RawValue


def decoded(value: str) -> RawValue:
    """Return the value that a line carries, as VBA reads it."""
    kind, rest = value[:1], value[1:]
    if kind == "t":
        return unescaped(rest)
    if kind == "b":
        return rest == "1"
    if kind == "x":
        return CellError(unescaped(rest))
    if kind == "n":
        number = float(rest)
        return int(rest) if re.fullmatch(r"-?\d+", rest) else number
    if kind == "d":
        days = float(rest)
        moment = datetime(1899, 12, 31 if days < 60 else 30) + timedelta(days=days)  # noqa: DTZ001 - cells have no zone
        return moment.date() if days == int(days) else moment
    return None


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_any_text_comes_back_and_is_one_line_of_ascii_without_tabs(text: str) -> None:
    sent = escaped(text)
    assert sent.isascii()
    assert sent.isprintable()
    assert unescaped(sent) == text


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (None, "e"),
        ("", "e"),
        ("=1+1", "t=1+1"),
        ("a\tb\nc\\d", "ta\\tb\\nc\\\\d"),
        ("dŵr 😀", "td\\u373;r \\u55357;\\u56832;"),
        (12, "n12"),
        (-0.5, "n-0.5"),
        (True, "b1"),
        (date(2027, 3, 31), "d46477"),
        (datetime(2027, 3, 31, 12), "d46477.5"),  # noqa: DTZ001 - cells have no zone
        (CellError("#REF!"), "x#REF!"),
    ],
)
def test_each_kind_of_value_as_a_line_carries_it(value: RawValue, sent: str) -> None:
    assert coded(value) == sent
    assert decoded(sent) == (None if value == "" else value)


@given(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**12), 10**12),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXT.filter(bool),
        st.dates(date(1901, 1, 1), date(2999, 1, 1)),
    )
)
def test_any_value_comes_back(value: RawValue) -> None:
    assert decoded(coded(value)) == value


def test_steps_are_lines_beneath_their_sheet() -> None:
    steps = [
        Expect("Actions", 5, 2, "old"),
        Grow("Actions", "Actions", 5, 1, 3, 4, 5, 7),
        Put("Actions", 6, 1, (("A-0002", None), ("A-0003", 4))),
        Shrink("Today", "Today", 1, 2, 4, 9, 6),
        Unlink("Today", 5, 1, 6, 2),
        LinkCell("Today", 5, 1, "'Actions'!A5"),
        Show("Change log", visible=False),
    ]
    assert step_lines(steps) == [
        "sheet\tActions",
        "expect\t5\t2\ttold",
        "grow\tActions\t5\t1\t3\t4\t5\t7",
        "put\t6\t1\ttA-0002\te",
        "put\t7\t1\ttA-0003\tn4",
        "sheet\tToday",
        "shrink\tToday\t1\t2\t4\t9\t6",
        "unlink\t5\t1\t6\t2",
        "link\t5\t1\t'Actions'!A5",
        "sheet\tChange log",
        "show\t0",
    ]


def test_an_answer_says_how_many_lines_it_has() -> None:
    assert whole([line("say", "Done")]) == "cvsb-lines\t1\r\nsay\tDone\r\nend\t3\r\n"


def test_a_request_is_pairs_and_a_word_may_stand_twice() -> None:
    assert pairs("verb\tmerge\r\nreturn\tC:\\\\a.xlsx\r\nreturn\tb\\u373;.xlsx\r\n") == {
        "verb": ["merge"],
        "return": ["C:\\a.xlsx", "bŵ.xlsx"],
    }
