"""When a returned file was saved, as it says itself: told alike whichever program wrote it, or not at all."""

from __future__ import annotations

import pytest

from cvsb_xl.xlsx.returned_book import saved_at


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2027-03-31T10:00:00Z", "2027-03-31T10:00:00Z"),
        ("2027-03-31T10:00Z", "2027-03-31T10:00:00Z"),
        ("2027-03-31T10:00:00.5Z", "2027-03-31T10:00:00.500000Z"),
        ("2027-03-31T11:00:00+01:00", "2027-03-31T10:00:00Z"),  # summer time in Cardiff
        (" 2027-03-31T10:00:00Z\n", "2027-03-31T10:00:00Z"),
        ("2027-03-31T10:00:00", ""),
        ("2027-03-31", ""),
        ("31/03/2027 10:00", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_a_time_is_told_in_utc_and_one_that_is_not_clear_is_none(written: str, read: str) -> None:
    assert saved_at(written) == read
