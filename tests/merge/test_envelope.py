"""What a sheet carries of itself comes back as it went out, whatever program saved it, or it is not believed."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvsb_xl.merge.envelope import CHUNK, BadEnvelope, Envelope, canonical, open_seal, seal

SECRET = "0f" * 32
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=200),
    st.dates(),
    st.datetimes(),
)


def envelope(rows: dict[str, list[object]], **about: object) -> Envelope:
    base = {key: {"evidence": one, "impact": two} for key, (one, two) in rows.items()}
    return Envelope(
        **(
            {
                "sheet_id": "S-1",
                "tracker_id": "T-1",
                "agency": "SWP",
                "issued_at": "2027-03-31",
                "schema_version": "1",
            }
            | about
        ),
        columns={"assignments": ("assignment_id", "evidence", "impact")},
        base={"assignments": base},
        spare={"dissemination": ("DI-1-1", "DI-1-2")},
        reviews=("RV-0001", "CYSUR 4 2019"),
    )


@given(st.dictionaries(st.text(max_size=20), st.tuples(values, values), max_size=6))
@settings(max_examples=200, deadline=None)
def test_every_value_comes_back_as_it_went_out(rows):
    sent = envelope(rows)
    assert open_seal(seal(sent, SECRET), SECRET) == sent


def test_the_parts_fit_into_cells_of_any_spreadsheet_program_and_none_begins_or_ends_blank():
    sent = envelope({f"AS-{n}": (" x  y " * 800, "ŵ✅" * 500) for n in range(40)})
    parts = seal(sent, SECRET)
    chunks = [text for name, text in parts.items() if name.startswith("base-")]
    assert len(chunks) > 5
    assert int(parts["parts"]) == len(chunks)
    assert all(len(text) <= CHUNK and text.isascii() and text == text.strip() for text in chunks)
    assert open_seal(parts, SECRET) == sent


def test_nothing_in_it_is_read_as_an_escape_or_a_formula_by_a_spreadsheet():
    parts = seal(envelope({"AS-1": ("_x000D_ _xD83D_", "=1+1")}), SECRET)
    assert not any(re.search("_x[0-9A-Fa-f]{4}_", text) for text in parts.values())
    assert not any(text[:1] in "=+-@" for text in parts.values())


def test_the_same_content_is_the_same_text():
    assert canonical({"b": 1, "a": [date(2027, 1, 1).isoformat()]}) == canonical(
        {"a": ["2027-01-01"], "b": 1}
    )


def test_a_date_and_its_text_are_told_apart():
    sent = envelope({"AS-1": (date(2027, 3, 31), "2027-03-31"), "AS-2": (datetime(2027, 3, 31, 9), None)})  # noqa: DTZ001
    back = open_seal(seal(sent, SECRET), SECRET).base["assignments"]
    assert back["AS-1"] == {"evidence": date(2027, 3, 31), "impact": "2027-03-31"}


@pytest.mark.parametrize("name", ["base-1", "parts", "signature", "sheet_id", "agency", "tracker_id"])
def test_a_part_that_is_missing_or_changed_is_not_believed(name):
    parts = seal(envelope({"AS-1": ("x", "y")}), SECRET)
    for broken in (
        {key: value for key, value in parts.items() if key != name},
        {**parts, name: parts[name] + "1"},
    ):
        with pytest.raises(BadEnvelope):
            open_seal(broken, SECRET)


@pytest.mark.parametrize("parts", ["0", "-1", "1e3", "9999999999"])
def test_a_number_of_parts_that_cannot_be_is_not_believed(parts):
    with pytest.raises(BadEnvelope):
        open_seal(seal(envelope({"AS-1": ("x", "y")}), SECRET) | {"parts": parts}, SECRET)


def test_another_trackers_key_opens_nothing():
    with pytest.raises(BadEnvelope):
        open_seal(seal(envelope({}), SECRET), "1e" * 32)


def test_parts_that_were_swapped_are_not_believed():
    parts = seal(envelope({f"AS-{n}": ("x" * 9000, "y" * 9000) for n in range(9)}), SECRET)
    with pytest.raises(BadEnvelope):
        open_seal({**parts, "base-1": parts["base-2"], "base-2": parts["base-1"]}, SECRET)
