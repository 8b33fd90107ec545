"""What only Excel itself has (filters, notes, protection, AutoSave, busy calls), played by stand-ins: nothing is lost to it.

The stand-ins answer as Excel's object model is documented to; tests/live runs the same host on a real LibreOffice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cvsb_xl.errors import CannotDo, CannotSave, TrackerChanged
from cvsb_xl.hosts.excel import LiveTracker, _raw, _sheet
from cvsb_xl.hosts.excel_steps import do
from cvsb_xl.hosts.steps import Grow, LinkCell, Put, Show, Shrink, Step
from cvsb_xl.xlsx.read import Book

Cell = tuple[int, int]


@dataclass
class Sheet:
    """A sheet that keeps what was done to it, in order."""

    name: str = "Actions"
    done: list[Any] = field(default_factory=list)
    cells: dict[Cell, Any] = field(default_factory=dict)
    formats: dict[Cell, str] = field(default_factory=dict)
    api: Any = field(default_factory=lambda: SimpleNamespace(ProtectContents=False))
    filtered: bool = False
    keeps_apostrophes: bool = False

    @property
    def tables(self) -> list[Any]:
        sheet = self

        class AutoFilter:
            FilterMode = sheet.filtered

            def ShowAllData(self) -> None:  # noqa: N802 - Excel's name
                sheet.done.append("everything is shown")

        resize = lambda _: self.done.append("resized")  # noqa: E731 - one line says it
        return [SimpleNamespace(name="Actions", resize=resize, api=SimpleNamespace(AutoFilter=AutoFilter()))]

    def range(self, first: Cell, last: Cell | None = None) -> Range:
        return Range(self, first, last or first)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "visible":
            self.done.append(("visible", value))
        else:
            object.__setattr__(self, name, value)


@dataclass
class Range:
    sheet: Sheet
    first: Cell
    last: Cell
    font: Any = None

    def _places(self) -> list[Cell]:
        return [(row, column) for row in range(self.first[0], self.last[0] + 1) for column in range(self.first[1], self.last[1] + 1)]  # fmt: skip

    @property
    def count(self) -> int:
        return len(self._places())

    def __iter__(self) -> Iterator[Range]:
        return iter([Range(self.sheet, place, place) for place in self._places()])

    @property
    def api(self) -> Any:
        done = self.sheet.done
        clear = lambda: done.append(("notes cleared", self.first, self.last))  # noqa: E731
        fonts = self.sheet.__dict__.setdefault("fonts", {})
        font = fonts.setdefault(self.first, SimpleNamespace(Name="Arial", Size=10, Bold=False, Italic=None))
        return SimpleNamespace(ClearComments=clear, Font=font)

    @property
    def number_format(self) -> str | None:
        found = {self.sheet.formats.get(place, "General") for place in self._places()}
        return found.pop() if len(found) == 1 else None

    @number_format.setter
    def number_format(self, value: str) -> None:
        self.sheet.formats.update(dict.fromkeys(self._places(), value))

    @property
    def value(self) -> Any:
        return self.sheet.cells.get(self.first)

    @value.setter
    def value(self, value: Any) -> None:
        rows: Sequence[Sequence[Any]] = value if isinstance(value, list) else [[value]]
        flat = [one for row in rows for one in row]
        for place, one in zip(self._places(), flat, strict=True):
            if isinstance(one, complex):
                raise OSError("Exception occurred.")
            marked = isinstance(one, str) and one.startswith("'") and not self.sheet.keeps_apostrophes
            self.sheet.cells[place] = one[1:] if marked else one

    def copy(self, to: Range) -> None:
        self.sheet.done.append(("copied", self.first, to.first, to.last))

    def clear_contents(self) -> None:
        self.sheet.done.append("contents cleared")

    def clear_formats(self) -> None:
        self.sheet.done.append("formats cleared")

    def add_hyperlink(self, address: str, text_to_display: str, screen_tip: str) -> None:
        self.sheet.done.append(("link", address))
        self.api.Font.Name, self.api.Font.Size = "Calibri", 11


class Workbook:
    """A workbook whose saving can fail."""

    name = fullname = "Tracker.xlsx"

    def __init__(self, sheet: Sheet, *, structure: bool = False, saves: bool = True) -> None:
        self.sheets = _Sheets(sheet)
        self.api = SimpleNamespace(SaveCopyAs=lambda path: Path(path).write_bytes(b"x"), AutoSaveOn=True, ProtectStructure=structure)  # fmt: skip
        self.app = SimpleNamespace(
            screen_updating=True, enable_events=True, calculation="manual", selection=None
        )
        self.saved_when: Any = None
        self._saves = saves

    def save(self) -> None:
        if not self._saves:
            raise OSError("the disk is full")
        self.saved_when = (self.app.calculation, self.app.enable_events, self.app.screen_updating)


class _Sheets(dict[str, Sheet]):
    def __init__(self, sheet: Sheet) -> None:
        super().__init__({sheet.name: sheet})
        self.active = SimpleNamespace(activate=lambda: None)

    def __iter__(self) -> Any:
        return iter(self.values())


def live(workbook: Workbook) -> LiveTracker:
    return LiveTracker(workbook, Book({}), None)  # type: ignore[arg-type]


GROW = Grow("Actions", "Actions", 9, 1, 3, 4, 9, 11)


def test_rows_are_added_to_a_table_that_is_filtered_and_take_no_note_along() -> None:
    sheet = Sheet(filtered=True)
    do(_book(sheet), GROW)
    assert sheet.done == ["everything is shown", ("copied", (9, 1), (10, 1), (11, 3)), ("notes cleared", (10, 1), (11, 3)), "resized"]  # fmt: skip


def test_a_table_that_is_not_filtered_is_left_as_it_is() -> None:
    sheet = Sheet()
    do(_book(sheet), Shrink("Actions", "Actions", 1, 3, 4, 9, 6))
    assert sheet.done == ["contents cleared", "resized", "formats cleared"]


def test_a_link_keeps_the_cells_own_typeface() -> None:
    sheet = Sheet(cells={(5, 4): "Actions!F17"})
    do(_book(sheet), LinkCell("Actions", 5, 4, "'Actions'!F17"))
    font = sheet.range((5, 4)).api.Font
    assert sheet.done == [("link", "#'Actions'!F17")]
    assert (font.Name, font.Size) == ("Arial", 10)


@pytest.mark.parametrize("keeps", [True, False])
def test_a_text_that_begins_with_an_apostrophe_arrives_whole_however_excel_reads_it(keeps: bool) -> None:
    sheet = Sheet(keeps_apostrophes=keeps)
    do(_book(sheet), Put("Actions", 5, 1, (("'Tis", "=1+1"), (None, "x"))))
    assert sheet.cells[5, 1] == "'Tis"
    assert sheet.cells[5, 2] == "=1+1"
    assert sheet.formats[5, 2] == "@"


def test_a_date_keeps_each_cells_own_format_also_where_they_differ() -> None:
    sheet = Sheet(formats={(5, 1): "d mmm yy", (6, 1): "General"})
    do(_book(sheet), Put("Actions", 5, 1, ((dt.date(2027, 3, 31),), (dt.date(2027, 4, 1),))))
    assert sheet.formats == {(5, 1): "d mmm yy", (6, 1): "dd/mm/yyyy"}


def _book(sheet: Sheet) -> Any:
    return SimpleNamespace(sheets={sheet.name: sheet})


def test_a_protected_sheet_is_told_before_anything_is_written(tmp_path: Path) -> None:
    sheet = Sheet(api=SimpleNamespace(ProtectContents=True))
    with pytest.raises(CannotDo, match=r"sheet Actions is protected.*Unprotect Sheet.*Nothing was changed"):
        live(Workbook(sheet)).carry_out([Put("Actions", 5, 1, (("x",),))], tmp_path)
    assert not sheet.cells
    assert not list(tmp_path.iterdir())


def test_a_protected_structure_is_told_only_where_a_sheet_is_to_be_shown(tmp_path: Path) -> None:
    with pytest.raises(CannotDo, match="structure of Tracker"):
        live(Workbook(Sheet(), structure=True)).carry_out([Show("Actions", visible=True)], tmp_path)
    live(Workbook(Sheet(), structure=True)).carry_out([Put("Actions", 5, 1, (("x",),))], tmp_path)


def test_the_workbook_is_saved_when_calculation_is_back_and_autosave_is_on_again(tmp_path: Path) -> None:
    workbook = Workbook(Sheet())
    workbook.app.calculation = "automatic"
    live(workbook).carry_out([Put("Actions", 5, 1, (("x",),))], tmp_path)
    assert workbook.saved_when == ("automatic", True, True)
    assert workbook.api.AutoSaveOn is True


@pytest.mark.parametrize(
    ("steps", "saves", "says"),
    [
        ([Put("Actions", 5, 1, (("x",),)), Put("Actions", 6, 1, ((1 + 2j,),))], True, "in the middle"),
        ([Put("Actions", 5, 1, (("x",),))], False, "could not save it"),
    ],
)
def test_after_an_error_autosave_stays_off_and_the_rest_is_as_it_was(
    tmp_path: Path, steps: list[Step], saves: bool, says: str
) -> None:
    workbook = Workbook(Sheet(), saves=saves)
    with pytest.raises(CannotSave, match=says) as error:
        live(workbook).carry_out(steps, tmp_path)
    assert str(next(tmp_path.iterdir())) in str(error.value)
    assert workbook.api.AutoSaveOn is False
    app = workbook.app
    assert (app.calculation, app.enable_events, app.screen_updating) == ("manual", True, True)


def test_a_sheet_that_is_gone_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(TrackerChanged, match="no sheet Nowhere any more"):
        live(Workbook(Sheet())).carry_out([Put("Nowhere", 5, 1, (("x",),))], tmp_path)


def test_excel_that_is_busy_is_told_in_words(tmp_path: Path) -> None:
    class Busy(Workbook):
        @property
        def sheets(self) -> Any:  # type: ignore[override]
            raise OSError("Call was rejected by callee.")

        @sheets.setter
        def sheets(self, _: Any) -> None: ...

    with pytest.raises(CannotDo, match=r"Excel did not answer .*Enter or Esc.*Nothing was changed"):
        live(Busy(Sheet())).carry_out([Put("Actions", 5, 1, (("x",),))], tmp_path)


def test_a_currency_is_read_as_a_number() -> None:
    assert _raw(Decimal("12.50")) == 12.5


@pytest.mark.parametrize(
    ("says", "state"), [(-1, "visible"), (True, "visible"), (0, "hidden"), (2, "hidden")]
)
def test_a_sheet_that_people_cannot_show_is_hidden_too(says: int, state: str) -> None:
    whole = SimpleNamespace(options=lambda **_: SimpleNamespace(value=[["x"]]))
    used = SimpleNamespace(last_cell=SimpleNamespace(row=1, column=1))
    sheet = SimpleNamespace(name="_cvsb", used_range=used, range=lambda *_: whole, tables=[], visible=says)
    assert _sheet(sheet).state == state


def test_the_newest_ten_copies_are_kept(tmp_path: Path) -> None:
    for _ in range(12):
        live(Workbook(Sheet())).carry_out([Put("Actions", 5, 1, (("x",),))], tmp_path)
    assert len(list(tmp_path.iterdir())) == 10


def test_the_row_that_is_picked_in_excel_is_known_and_a_chart_is_none() -> None:
    workbook = Workbook(Sheet())
    workbook.sheets.active = SimpleNamespace(name="Actions")
    assert live(workbook).picked == ("Actions", 0)
    workbook.app.selection = SimpleNamespace(row=7)
    assert live(workbook).picked == ("Actions", 7)
