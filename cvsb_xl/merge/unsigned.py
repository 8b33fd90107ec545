"""A return whose hidden `_cvsb` sheet is gone, because its rows were pasted into a new workbook."""

from __future__ import annotations

from cvsb_xl.merge.envelope import Envelope
from cvsb_xl.merge.returned import Return
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.tables import Tracker


def envelope_without_base(tracker: Tracker, ret: Return) -> tuple[Envelope | None, tuple[str, str]]:
    """Return an envelope without a base for the one agency whose rows the file holds.

    Returns:
        The envelope; or None and (reason, message): no row is known, or they are several agencies'.
    """
    owners = set()
    for name, table in ret.tables.items():
        rows = tracker[name].by_key
        owners |= {rows[row.key].text("agency") for row in table.rows if row.key in rows}
    if not owners:
        return None, (
            "not-a-return",
            f"{ret.file} holds no row of this tracker: no ID in it is known here. If it is an agency sheet, ask for it to "
            "be sent again as it was issued",
        )
    if len(owners) > 1:
        names = ", ".join(sorted(owners, key=natural))
        return None, (
            "several-agencies",
            f"{ret.file} has lost the hidden sheet that says whose it is, and its rows belong to several agencies "
            f"({names}). Ask each to answer on its own sheet",
        )
    agency = owners.pop()
    reviews = tuple(tracker["reviews"].by_key)
    return Envelope(
        f"no-sheet-{agency}", tracker.meta.get("tracker_id", ""), agency, "", "", reviews=reviews
    ), ("", "")
