"""Editing a workbook in place: what is asked for changes, everything else stays byte for byte.

    from cvsb_xl.xlsx.patch import patch_workbook
    patch_workbook("Tracker.xlsx", "Tracker.xlsx", {("Actions", "B7"): "text", ("Actions", "C7"): date(2027, 3, 1)})

How it works, for a newcomer. An .xlsx file is a zip of XML parts. A library that loads a workbook into objects
and saves it again keeps only what it has objects for, and rewrites the rest; slicers, threaded comments,
ribbons, sparklines go missing without a word. So nothing is loaded here:

1.  `package.py` reads the zip's directory (`zip_format.py`). Parts nobody touches are copied as the compressed
    bytes they are.
2.  `parts.py` follows the relationships from the package to the workbook, its sheets, their tables.
3.  `scan.py` finds where the rows and cells of a touched sheet stand in its bytes, without parsing it.
4.  `cells.py` turns each value into a cell (`write.py`, `values_out.py`) and notes where it goes: a splice (start,
    end, new bytes). A value whose kind the cell's format cannot show gets a copy of that format (`styles.py`).
5.  `rows.py` does the same for rows of a table (`tables.py`, `headings.py`, `links.py`), and `grow.py` for all that
    has to follow when the table grows: filters, validations, formats, names, charts, formulas.
6.  `formulas.py` keeps shared formulas whole; `workbook.py` asks Excel to recalculate; the splices are applied,
    the result is checked to be well-formed (`check.py`), and only the touched parts are packed anew (`deflate.py`).

`apply.py` calls these in order and is the place to start reading; `markup.py` and `refs.py` are what all stand on.

Whatever cannot be done without loss or guessing raises `UnsupportedWorkbook`, with the reason in words, before
anything is written. `save.py` puts the bytes on disk so that a crash leaves the old file or the new one.
"""

from collections.abc import Mapping
from pathlib import Path

from cvsb_xl.errors import UnsupportedWorkbook, UnusableFile
from cvsb_xl.xlsx.apply import apply_change
from cvsb_xl.xlsx.change import AppendRows, CellValue, ReplaceRows, WorkbookChange
from cvsb_xl.xlsx.package import Package
from cvsb_xl.xlsx.save import save_bytes

__all__ = [
    "AppendRows",
    "CellValue",
    "ReplaceRows",
    "UnsupportedWorkbook",
    "WorkbookChange",
    "change_workbook",
    "patch_workbook",
]


def change_workbook(data: bytes, change: WorkbookChange) -> bytes:
    """The workbook with the change made. Pure: nothing is read or written but these bytes.

    Raises:
        UnsupportedWorkbook: something would be lost or guessed; the message says what and where.
    """
    package = Package(data, keep=True)
    try:
        changed = apply_change(package, change)
        package.test()
    except (RecursionError, UnicodeError, ValueError) as error:
        raise UnsupportedWorkbook(f"The workbook is damaged: {error}") from error
    return package.to_bytes() if changed else data


def patch_workbook(src: Path | str, dst: Path | str, cells: Mapping[tuple[str, str], CellValue]) -> None:
    """Set cells of the workbook `src` and save it at `dst` (which may be the same), atomically.

    Args:
        src: an .xlsx, .xlsm, .xltx or .xltm file.
        dst: where to save; a file there is replaced, its old version kept in `.cvsb-backups/` beside it.
        cells: (sheet name, address such as "B7") to text, number, bool, date, datetime or None for blank.

    Raises:
        UnsupportedWorkbook: it cannot be done without loss; nothing was written.
        UnusableFile: `src` cannot be read.
        TrackerLocked, TrackerChanged, CannotSave: see `save_bytes`.
    """
    source, target = Path(src), Path(dst)
    try:
        data = source.read_bytes()
    except OSError as error:
        raise UnusableFile(f"{source} cannot be read: {error.strerror or error}.") from error
    try:
        new = change_workbook(data, WorkbookChange(cells=cells))
    except UnsupportedWorkbook as error:
        raise UnsupportedWorkbook(f"{source.name}: {error}") from error
    same = target.exists() and target.samefile(source)
    save_bytes(target, new, expect=data if same else None)
