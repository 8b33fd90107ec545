"""Dates typed as text: what is understood, what is no date, and what is left to a person."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsb_xl.tracker.dates import AmbiguousDate, read_date

UNDERSTOOD = {
    "31/03/2027": date(2027, 3, 31),
    "31/3/2027": date(2027, 3, 31),
    "31.3.2027": date(2027, 3, 31),
    "31-3-2027": date(2027, 3, 31),
    " 31 / 3 / 2027 ": date(2027, 3, 31),
    "5/5/2027": date(2027, 5, 5),
    "2027-03-31": date(2027, 3, 31),
    "2027/3/31": date(2027, 3, 31),
    "2027-03-31T00:00:00": date(2027, 3, 31),
    "2027-03-31T00:00:00.000Z": date(2027, 3, 31),
    "2027-03-31 00:00:00+00:00": date(2027, 3, 31),
    "31/03/2027 00:00": date(2027, 3, 31),
    "31 March 2027": date(2027, 3, 31),
    "31 MARCH 2027.": date(2027, 3, 31),
    "31-Mar-2027": date(2027, 3, 31),
    "31/Mar/2027": date(2027, 3, 31),
    "31March2027": date(2027, 3, 31),
    "31st March 2027": date(2027, 3, 31),
    "31st of March, 2027": date(2027, 3, 31),
    "1 Sept. 2027": date(2027, 9, 1),
    "March 31, 2027": date(2027, 3, 31),
    "March 31st 2027": date(2027, 3, 31),
    "Wednesday 31 March 2027": date(2027, 3, 31),
    "Wed. 31 March 2027": date(2027, 3, 31),
    "Weds 31/03/2027": date(2027, 3, 31),
    "31 March 2027 (Wednesday)": date(2027, 3, 31),
    "31\u00a0March\u202f2027": date(2027, 3, 31),
    "\u200e31/\u200e03/\u200e2027": date(2027, 3, 31),
    "29 February 2028": date(2028, 2, 29),
    # Welsh, plain, softened after "o", with ordinals and weekdays
    "31 Mawrth 2027": date(2027, 3, 31),
    "31ain o Fawrth 2027": date(2027, 3, 31),
    "1af o Ionawr 2027": date(2027, 1, 1),
    "2il Chwefror 2027": date(2027, 2, 2),
    "5ed o Fai 2027": date(2027, 5, 5),
    "6 o Fehefin 2027": date(2027, 6, 6),
    "7fed o Orffennaf 2027": date(2027, 7, 7),
    "15fed o Fedi 2027": date(2027, 9, 15),
    "12fed Hydref 2027": date(2027, 10, 12),
    "11eg o Dachwedd 2027": date(2027, 11, 11),
    "25ain o Ragfyr 2027": date(2027, 12, 25),
    "4 Ebr 2027": date(2027, 4, 4),
    "3 Rhag 2027": date(2027, 12, 3),
    "Dydd Mercher 31 Mawrth 2027": date(2027, 3, 31),
    "Dydd Mawrth, 30 Mawrth 2027": date(2027, 3, 30),
    "Mawrth 30 Mawrth 2027": date(2027, 3, 30),
    "Mawrth 31, 2027": date(2027, 3, 31),
    "ddydd Mercher 31 Mawrth 2027": date(2027, 3, 31),
}

NOT_DATES = (
    """
On going|Ongoing|ASAP|TBC|Q1 2027|March 2027|2027|31 September 2020|31/09/2020|29 February 2027|By 31/12/2016
31/03/2027 and 30/04/2027|31 March 2027 - 30 April 2027|within 3 months|0/0/2027|2027-13-01|31 Marchember 2027
12|46112|31/03/2027 10:30|Mawrth|Wednesday|1/1/1850|31 March 20277|the 31st|٣١/٣/٢٠٢٧|Monday Tuesday 31 March 2027
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

AMBIGUOUS = {
    "03/04/27": date(2027, 4, 3),
    "31/03/27": date(2027, 3, 31),
    "03/04/2027": date(2027, 4, 3),
    "3.4.2027": date(2027, 4, 3),
    "31 March 27": date(2027, 3, 31),
    "31 Mawrth '27": date(2027, 3, 31),
    "31-Mar-27": date(2027, 3, 31),
    "Monday 31 March 2027": date(2027, 3, 31),
    "Dydd Llun 31 Mawrth 2027": date(2027, 3, 31),
}


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_a_date_that_can_only_be_one_is_understood(text: str) -> None:
    assert read_date(text) == UNDERSTOOD[text]


@pytest.mark.parametrize("text", NOT_DATES)
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_a_date_that_can_be_several_is_proposed_and_not_taken(text: str) -> None:
    with pytest.raises(AmbiguousDate) as caught:
        read_date(text)
    assert caught.value.likely == AMBIGUOUS[text]


ENGLISH = "January February March April May June July August September October November December".split()
WELSH = "Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd Rhagfyr".split()
SOFTENED = "Ionawr Chwefror Fawrth Ebrill Fai Fehefin Orffennaf Awst Fedi Hydref Dachwedd Ragfyr".split()
DAYS = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@given(DAYS)
def test_every_day_written_in_words_or_as_iso_is_that_day(day: date) -> None:
    for text in (
        day.isoformat(),
        f"{day.day} {ENGLISH[day.month - 1]} {day.year}",
        f"{day:%a} {day.day} {ENGLISH[day.month - 1][:3]} {day.year}",
        f"{ENGLISH[day.month - 1]} {day.day}, {day.year}",
        f"{day.day} {WELSH[day.month - 1]} {day.year}",
        f"{day.day} o {SOFTENED[day.month - 1]} {day.year}",
    ):
        assert read_date(text) == day, text


@given(DAYS)
def test_a_numeric_date_is_read_only_where_the_day_cannot_be_a_month(day: date) -> None:
    text = f"{day.day}/{day.month}/{day.year}"
    if day.day > 12 or day.day == day.month:
        assert read_date(text) == day
    else:
        with pytest.raises(AmbiguousDate):
            read_date(text)


@given(st.text())
def test_no_text_makes_the_reader_fail(text: str) -> None:
    try:
        found = read_date(text)
    except AmbiguousDate:
        return
    assert found is None or isinstance(found, date)
