"""Whatever a cell can hold comes back the same: written by XlsxWriter, by openpyxl, by our own patch, or by LibreOffice."""

# ruff: noqa: DTZ001 - a cell has no time zone

from __future__ import annotations

import io
import re
import shutil
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cvsb_xl.tracker.values import RawValue, Value, normalise, same
from cvsb_xl.xlsx.child import read_untrusted
from cvsb_xl.xlsx.patch import patch_workbook
from cvsb_xl.xlsx.read import Book, read_book

# No program keeps a lone surrogate or a non-character; the controls are escaped by some and refused by others.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
PRINTABLE = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
TELLING = st.sampled_from(
    ["=1+1", "+44 29 2000", "-", "@name", "'quoted", "_x0007_", "_x005F_", "007", "1e5", "TRUE", "#REF!", " lead", "a\nb",
     "a\r\nb", "a\tb", "<b>&amp;</b>", "e\u0301", "\U0001f600", "31/03/2027", "ŵŷ Môn", "]]>", "{=A1}"]
)  # fmt: skip
TEXT = st.text(PRINTABLE, max_size=40) | TELLING
NUMBERS = (
    st.integers(-(10**15) + 1, 10**15 - 1)
    | st.floats(-1e12, 1e12, allow_subnormal=False).map(lambda number: float(f"{number:.15g}"))
    | st.booleans()
)
# Before March 1900 Excel counts a day that never was.
DATES = st.dates(date(1900, 3, 1), date(2999, 12, 31)) | st.datetimes(
    datetime(1900, 3, 1),
    datetime(2999, 12, 31),
).map(lambda when: when.replace(microsecond=0))
VALUES = st.none() | TEXT | NUMBERS | DATES


def by_xlsxwriter(values: list[Value], *, date1904: bool = False) -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"date_1904": date1904}) as book:
        page = book.add_worksheet("Values")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        for row, value in enumerate(values):
            match value:
                case datetime():
                    page.write_datetime(row, 0, value, moment)
                case date():
                    page.write_datetime(row, 0, value, day)
                case bool():
                    page.write_boolean(row, 0, value)
                case int() | float():
                    page.write_number(row, 0, value)
                case str():
                    page.write_string(row, 0, value)
        page.write_string(len(values), 0, "end")
    return written.getvalue()


def by_openpyxl(values: list[Value]) -> bytes:
    book = openpyxl.Workbook()
    page = book.create_sheet("Values", 0)
    for row, value in enumerate(values, 1):
        cell = page.cell(row, 1, value)
        if isinstance(value, str):
            cell.data_type = "s"  # or "=1+1" becomes a formula
    page.cell(len(values) + 1, 1, "end")
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def read_back(data: bytes, count: int) -> list[Value]:
    sheet = next(iter(read_book(data).sheets.values()))
    assert sheet.value(count + 1, 1) == "end"
    assert not sheet.formulas
    return [normalise(sheet.value(row, 1)) for row in range(1, count + 1)]


def assert_same(values: list[Value], found: list[Value]) -> None:
    for value, back in zip(values, found, strict=True):
        assert same(value, back), (value, back)


@given(st.lists(VALUES | st.text(LETTERS, max_size=20), max_size=12), st.booleans())
def test_what_xlsxwriter_writes_comes_back(values: list[Value], date1904: bool) -> None:
    if date1904:
        values = [v for v in values if not isinstance(v, date) or v.year > 1904]
    assert_same(values, read_back(by_xlsxwriter(values, date1904=date1904), len(values)))


@given(st.lists(VALUES, max_size=12))
def test_what_openpyxl_writes_comes_back(values: list[Value]) -> None:
    # openpyxl does not escape what looks like an escape.
    values = [v for v in values if not (isinstance(v, str) and re.search(r"_x[0-9A-Fa-f]{4}_", v))]
    assert_same(values, read_back(by_openpyxl(values), len(values)))


@settings(max_examples=60)
@given(st.lists(VALUES, min_size=1, max_size=12))
@example(["_x0007_", "=1+1", date(2027, 3, 31), None, True, 0.1])
def test_what_our_own_patch_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[Value]
) -> None:
    folder = tmp_path_factory.mktemp("patch")
    source, target = folder / "a.xlsx", folder / "b.xlsx"
    source.write_bytes(by_xlsxwriter(["old"] * len(values)))
    patch_workbook(source, target, {("Values", f"A{row}"): value for row, value in enumerate(values, 1)})
    assert_same(values, read_back(target.read_bytes(), len(values)))
    shutil.rmtree(folder)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(VALUES | st.floats(), max_size=5), min_size=1, max_size=3))
def test_a_child_process_gives_what_the_parent_would_have_read(sheets: list[list[Value]]) -> None:
    files = [
        (f"{n}.xlsx", by_xlsxwriter([v for v in values if v == v and abs_fits(v)]))
        for n, values in enumerate(sheets)
    ]
    results = read_untrusted(files)
    for (_, data), result in zip(files, results, strict=True):
        assert isinstance(result, Book)
        assert result == read_book(data)


def abs_fits(value: RawValue) -> bool:
    return not isinstance(value, float) or abs(value) < 1e300


@given(st.lists(VALUES | st.floats() | st.text(), min_size=2, max_size=2))
def test_sameness_is_symmetric_and_normalising_settles(pair: list[Value]) -> None:
    one, other = pair
    assert same(one, other) == same(other, one)
    if one == one:  # NaN is not even itself
        assert same(one, normalise(one))
        assert normalise(normalise(one)) == normalise(one)


@pytest.mark.live
@pytest.mark.slow
def test_what_libreoffice_saves_again_comes_back(tmp_path: Path) -> None:
    values: list[Value] = [
        "In progress", "ŵŷ Môn \U0001f600", "a\nb", " lead", "=1+1", "+44", "'quoted", "007", "<b>&amp;</b>", "31/03/2027",
        "TRUE", "x" * 5000, "e\u0301", "_x0007_", "a\tb", 0, 1, -5, 0.1, 1234567.891, 10**14 + 1, True, False, None,
        date(1900, 3, 1), date(2027, 3, 31), date(2028, 2, 29), date(2999, 12, 31), datetime(2027, 3, 31, 10, 20, 31),
        *(datetime(2027, 3, 31) + timedelta(seconds=n * 7919) for n in range(300)),
    ]  # fmt: skip
    for date1904 in (False, True):
        kept = [v for v in values if not (date1904 and isinstance(v, date) and v.year < 1904)]
        source = tmp_path / "values.xlsx"
        source.write_bytes(by_xlsxwriter(kept, date1904=date1904))
        out = tmp_path / f"out{date1904}"
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx",
             "--outdir", str(out), str(source)],
            check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        assert_same(kept, read_back((out / "values.xlsx").read_bytes(), len(kept)))
