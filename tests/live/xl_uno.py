"""An xlwings engine on a real LibreOffice: as much of Excel's object model as the product uses, and no more.

It takes values as Excel does (text in a cell that is not text is read as if typed), so that a host that forgets to make
text text is found out.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import xlwings
from xlwings import base_classes as base

from tests.live.libreoffice import LibreOffice

_DAY_0 = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - cells have no zone


class Engine:
    """What xlwings asks of an engine."""

    name, type = "libreoffice", "desktop"

    def __init__(self, office: LibreOffice) -> None:
        self.apps = _Apps(office)

    def clean_value_data(
        self, data: Any, datetime_builder: Any, empty_as: Any, number_builder: Any, err_to_str: bool
    ) -> list[list[Any]]:
        def clean(value: Any) -> Any:
            if isinstance(value, dict):
                if "error" in value:
                    return value["error"] if err_to_str else None
                moment = _DAY_0 + dt.timedelta(days=value["date"])
                moment = (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
                return datetime_builder(
                    year=moment.year, month=moment.month, day=moment.day,
                    hour=moment.hour, minute=moment.minute, second=moment.second, microsecond=0, tzinfo=None,
                )  # fmt: skip
            if value is None:
                return empty_as
            return number_builder(value) if isinstance(value, float) and number_builder else value

        return [[clean(value) for value in row] for row in data]

    def prepare_xl_data_element(self, x: Any, options: Any) -> Any:
        if isinstance(x, dt.datetime):
            return {"date": (x - _DAY_0) / dt.timedelta(days=1)}
        if isinstance(x, dt.date):
            return {"date": float((x - _DAY_0.date()).days)}
        return x


class _Apps(base.Apps):
    def __init__(self, office: LibreOffice) -> None:
        self._app = _App(office)

    def keys(self) -> list[int]:
        return [1]

    def __iter__(self) -> Any:
        return iter([self._app])

    def __len__(self) -> int:
        return 1

    def __getitem__(self, pid: int) -> _App:
        return self._app


class _App(base.App):
    def __init__(self, office: LibreOffice) -> None:
        self.office = office
        self._screen = True

    api = property(lambda self: self)
    display_alerts = False
    enable_events = True
    pid = property(lambda self: 1)
    engine = property(lambda self: xlwings.engines["libreoffice"].impl)

    @property
    def books(self) -> _Books:
        return _Books(self)

    @property
    def selection(self) -> Any:
        sheet, row, column = self.office.ask("selection")
        name = self.office.ask("sheets")[sheet][0]
        return _Range(_Sheet(_Book(self), name), (row, column, row, column))

    @property
    def screen_updating(self) -> bool:
        return self._screen

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        self._screen = value

    @property
    def calculation(self) -> str:
        return "automatic" if self.office.ask("automatic") else "manual"

    @calculation.setter
    def calculation(self, value: str) -> None:
        self.office.ask("automatic", value == "automatic")


class _Books(base.Books):
    def __init__(self, app: _App) -> None:
        self._app = app

    @property
    def active(self) -> _Book:
        return _Book(self._app)

    def __call__(self, name_or_index: Any) -> _Book:
        book = _Book(self._app)
        if name_or_index not in (1, book.name):
            raise KeyError(name_or_index)
        return book

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Any:
        return iter([_Book(self._app)])


class _Book(base.Book):
    def __init__(self, app: _App) -> None:
        self._app = app
        self.office = app.office

    api = property(lambda self: self)

    def SaveCopyAs(self, path: str) -> None:  # noqa: N802
        """As Excel's own object has it."""
        self.office.ask("save", path)

    @property
    def app(self) -> _App:
        return self._app

    @property
    def fullname(self) -> str:
        return str(self.office.ask("location"))

    @property
    def name(self) -> str:
        return self.fullname.rpartition("/")[2]

    @property
    def sheets(self) -> _Sheets:
        return _Sheets(self)

    def save(self, path: Any = None, password: Any = None) -> None:
        self.office.ask("save", self.fullname if path is None else str(path))


class _Sheets(base.Sheets):
    def __init__(self, book: _Book) -> None:
        self._book = book

    def _names(self) -> list[str]:
        return [name for name, _ in self._book.office.ask("sheets")]

    @property
    def active(self) -> _Sheet:
        return _Sheet(self._book, self._book.office.ask("active"))

    def __call__(self, name_or_index: Any) -> _Sheet:
        names = self._names()
        if isinstance(name_or_index, int):
            return _Sheet(self._book, names[name_or_index - 1])
        return _Sheet(self._book, next(name for name in names if name.casefold() == name_or_index.casefold()))

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> Any:
        return iter([_Sheet(self._book, name) for name in self._names()])


class _Sheet(base.Sheet):
    def __init__(self, book: _Book, name: str) -> None:
        self._book, self._name = book, name
        self.office = book.office

    api = property(lambda self: self)
    book = property(lambda self: self._book)
    name = property(lambda self: self._name)

    def activate(self) -> None:
        self.office.ask("activate", self._name)

    @property
    def visible(self) -> bool:
        return bool(dict(self.office.ask("sheets"))[self._name])

    @visible.setter
    def visible(self, value: bool) -> None:
        self.office.ask("show", self._name, bool(value))

    @property
    def used_range(self) -> _Range:
        row, column = self.office.ask("used", self._name)
        return _Range(self, (1, 1, row, column))

    def range(self, arg1: Any, arg2: Any = None) -> _Range:
        if isinstance(arg1, _Range):
            first, last = arg1.box, (arg2 or arg1).box
            return _Range(self, (first[0], first[1], last[2], last[3]))
        last = arg2 or arg1
        return _Range(self, (arg1[0], arg1[1], last[0], last[1]))

    @property
    def tables(self) -> _Tables:
        return _Tables(self)


class _Range(base.Range):
    def __init__(self, sheet: _Sheet, box: tuple[int, int, int, int]) -> None:
        self.sheet, self.box = sheet, box
        self.office = sheet.office

    api = property(lambda self: self)
    coords = property(lambda self: (self.sheet.name, *self.box))
    row = property(lambda self: self.box[0])
    column = property(lambda self: self.box[1])
    shape = property(lambda self: (self.box[2] - self.box[0] + 1, self.box[3] - self.box[1] + 1))
    max_cells_per_read = None
    max_cells_per_write = None

    def __len__(self) -> int:
        return int(self.shape[0] * self.shape[1])

    def __call__(self, arg1: Any, arg2: Any = None) -> _Range:
        if arg2 is None:
            arg1, arg2 = divmod(arg1 - 1, self.shape[1])
            arg1, arg2 = arg1 + 1, arg2 + 1
        row, column = self.box[0] + arg1 - 1, self.box[1] + arg2 - 1
        return _Range(self.sheet, (row, column, row, column))

    @property
    def address(self) -> str:
        def ref(row: int, column: int) -> str:
            return f"${xlwings.utils.col_name(column)}${row}"

        return f"{ref(*self.box[:2])}:{ref(*self.box[2:])}"

    @property
    def raw_value(self) -> Any:
        return self.office.ask("read", self.sheet.name, *self.box)

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        if not isinstance(value, list):
            value = [[value] * self.shape[1] for _ in range(self.shape[0])]
        self.office.ask("write", self.sheet.name, *self.box[:2], value)

    @property
    def formula(self) -> Any:
        return tuple(tuple(row) for row in self.office.ask("formulas", self.sheet.name, *self.box))

    @property
    def number_format(self) -> str | None:
        held = self.office.ask("format_of", self.sheet.name, *self.box)
        return None if held is None else str(held)

    @number_format.setter
    def number_format(self, value: str) -> None:
        self.office.ask("format", self.sheet.name, *self.box, value)

    def clear_contents(self) -> None:
        self.office.ask("clear", self.sheet.name, True, *self.box)

    def clear_formats(self) -> None:
        self.office.ask("clear", self.sheet.name, False, *self.box)

    def copy(self, destination: Any = None) -> None:
        to = getattr(destination, "impl", destination).box
        self.office.ask("copy", self.sheet.name, *self.box, to[0], to[1], to[2])

    def select(self) -> None:
        self.office.ask("select", self.sheet.name, *self.box[:2])

    def add_hyperlink(
        self, address: str, text_to_display: str | None = None, screen_tip: str | None = None
    ) -> None:
        self.office.ask("link", self.sheet.name, *self.box[:2], address, text_to_display)


class _Tables(base.Tables):
    def __init__(self, sheet: _Sheet) -> None:
        self._sheet = sheet

    def _all(self) -> list[_Table]:
        return [
            _Table(self._sheet, name, tuple(box))
            for name, *box in self._sheet.office.ask("tables", self._sheet.name)
        ]

    def __iter__(self) -> Any:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __call__(self, key: Any) -> _Table:
        return (
            self._all()[key - 1]
            if isinstance(key, int)
            else next(one for one in self._all() if one.name == key)
        )


class _Table(base.Table):
    def __init__(self, sheet: _Sheet, name: str, box: Any) -> None:
        self._sheet, self._name, self._box = sheet, name, box

    api = property(lambda self: self)
    parent = property(lambda self: self._sheet)
    name = property(lambda self: self._name)

    @property
    def range(self) -> _Range:
        return _Range(self._sheet, self._box)

    def resize(self, range: Any) -> None:  # noqa: A002 - xlwings' name
        self._sheet.office.ask("resize", self._name, *getattr(range, "impl", range).box)


def open_book(office: LibreOffice, path: str) -> Any:
    """Open a workbook in LibreOffice and return it as xlwings' Book."""
    office.ask("open", path)
    engine = xlwings.Engine(impl=Engine(office))
    for known in [one for one in xlwings.engines.engines if one.name == engine.name]:
        xlwings.engines.engines.remove(known)
    xlwings.engines.add(engine)
    engine.activate()
    return xlwings.Book(impl=_Book(engine.impl.apps[1]))
