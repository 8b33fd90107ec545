"""The Guide sheet."""

from __future__ import annotations

from typing import Any

from cvsb_xl.xlsx.table_sheet import GUIDE, Drawing, write_top


def write_guide(drawing: Drawing, sheet: Any) -> None:
    """Write the Guide."""
    write_top(drawing, sheet, GUIDE, "What this workbook is, and how to work with it.")
