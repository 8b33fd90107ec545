"""The Dashboard sheet."""

from __future__ import annotations

from typing import Any

from cvsb_xl.xlsx.table_sheet import Drawing, write_top

DASHBOARD = "Dashboard"


def write_dashboard(drawing: Drawing, sheet: Any) -> None:
    """Write the Dashboard."""
    write_top(drawing, sheet, DASHBOARD, "Where the board's reviews and actions stand today.")
