"""Workbooks on disk and as bytes: looked at before reading, read, built, edited in place, saved.

    from cvsb_xl.xlsx import UnsupportedWorkbook, patch_workbook

Names are loaded when first used, so that importing this package costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvsb_xl.errors import UnsupportedWorkbook
    from cvsb_xl.xlsx.patch import AppendRows, ReplaceRows, WorkbookChange, change_workbook, patch_workbook
    from cvsb_xl.xlsx.save import check_not_open, conflict_copies, save_bytes

__all__ = [
    "AppendRows",
    "ReplaceRows",
    "UnsupportedWorkbook",
    "WorkbookChange",
    "change_workbook",
    "check_not_open",
    "conflict_copies",
    "patch_workbook",
    "save_bytes",
]

_FROM_SAVE = ("check_not_open", "conflict_copies", "save_bytes")


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _FROM_SAVE:
        from cvsb_xl.xlsx import save

        return getattr(save, name)
    from cvsb_xl.xlsx import patch

    return getattr(patch, name)
