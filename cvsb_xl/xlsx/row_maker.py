"""Whole new rows as bytes. A merge logs thousands of cells: nothing is made for each of them but its bytes."""

from collections.abc import Mapping

from cvsb_xl.xlsx.cells import SheetEdit
from cvsb_xl.xlsx.formulas import formula_element
from cvsb_xl.xlsx.markup import quoteattr
from cvsb_xl.xlsx.refs import Box, cell_ref, column_letters, moved_formula, stays_when_moved
from cvsb_xl.xlsx.styles import FIRST_CHARACTERS, Styles
from cvsb_xl.xlsx.values_out import CellValue, check_value, content
from cvsb_xl.xlsx.write import Write

_REMEMBERED = 64  # characters: longer text hardly comes twice
_EXACT = 1 << 53  # whole numbers up to here are kept as they are


class RowMaker:
    """Makes the rows of one table that no row stands in yet."""

    def __init__(
        self,
        edit: SheetEdit,
        box: Box,
        styles: Styles,
        plain: Mapping[int, int | None],
        formulas: Mapping[int, tuple[str, int]],
    ) -> None:
        """`plain` and `formulas` by column: a format, and a formula with the row it is written for."""
        self._edit = edit
        self._styles = styles
        self._prefix = edit.sheet.prefix.decode()
        self._formulas = formulas
        self._columns = [
            (column, f'<{self._prefix}c r="{column_letters(column)}', plain.get(column))
            for column in range(box.left, box.right + 1)
        ]
        self._span = f"{box.left}:{box.right}"
        self._ends = f"</{self._prefix}row>"
        self._texts: dict[str, str] = {}
        self._numbers: dict[int, int] = {}
        self._have: Mapping[str, str] | None = None
        self._tag = ""

    def put(self, number: int, have: Mapping[str, str], values: Mapping[int, CellValue]) -> None:
        """Put in a row: the attributes of its tag, and its values by column."""
        cells: list[str] = []
        for column, opened, style in self._columns:
            value = values.get(column)
            if column in self._formulas or style is None:
                cells.append(self._any_cell(number, column, style, value))
            elif value is None or value == "":
                cells.append(f'{opened}{number}" s="{style}"/>' if style else "")
            elif value.__class__ is str and (text := self._text(value, number, column)):
                cells.append(
                    f'{opened}{number}" s="{style}" t="inlineStr">{text}'
                    if style
                    else f'{opened}{number}" t="inlineStr">{text}'
                )
            elif value.__class__ is int and style in self._numbers and abs(value) < _EXACT:
                shown = self._numbers[style]
                said = f' s="{shown}"' if shown else ""
                cells.append(f'{opened}{number}"{said}><{self._prefix}v>{value}</{self._prefix}v></{self._prefix}c>')  # fmt: skip
            else:
                cells.append(self._any_cell(number, column, style, value))
        body = "".join(cells)
        if body:
            columns = (self._columns[0][0], self._columns[-1][0])
            xml = f'<{self._prefix}row r="{number}"{self._attributes(have)}>{body}{self._ends}'.encode()
            self._edit.put_row(number, xml, columns, formulas=bool(self._formulas))

    def _attributes(self, have: Mapping[str, str]) -> str:
        """As they are written; most rows are given those of the row before."""
        if have is not self._have:
            tag = {**have, "spans": self._span} if "spans" in have else have
            self._have = have
            self._tag = "".join(f" {name}={quoteattr(value)}" for name, value in tag.items())
        return self._tag

    def _text(self, value: str, number: int, column: int) -> str:
        """A text's content and its cell's end; "" for one that needs a format of its own."""
        known = self._texts.get(value)
        if known is None:
            if value.startswith(FIRST_CHARACTERS):
                return ""
            where = f"{self._edit.sheet.name}!{cell_ref(number, column)}"
            check_value(value, where)
            p = self._prefix
            _, inner = content(value, p, date1904=self._edit.date1904, where=where)
            known = f"{inner}</{p}c>"
            if len(value) <= _REMEMBERED:
                self._texts[value] = known
        return known

    def _any_cell(self, number: int, column: int, style: int | None, value: CellValue) -> str:
        formula = self._formulas.get(column)
        made = None
        if formula is not None:
            text, at = formula
            made = formula_element(
                self._edit.sheet.prefix,
                text if stays_when_moved(text) else moved_formula(text, number - at, 0),
            )
        elif style is not None and value.__class__ is int:
            self._numbers[style] = self._styles.fitting(style, value)
        check_value(value, f"{self._edit.sheet.name}!{cell_ref(number, column)}")
        return self._edit.cell_xml(number, column, Write(value, style, made)).decode()
