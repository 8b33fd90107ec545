"""Whether a tracker is whole enough to be changed: statuses worked out without the Decisions sheet would be wrong."""

from __future__ import annotations

from cvsb_xl.errors import NotATracker
from cvsb_xl.framework.schema import Field
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.wording import listed

COUNTED_FROM = {
    "reviews": (
        "stage",
        "report_published_on",
        "plan_published_on",
        "first_panel_on",
        "completed_on",
        "progress_reported_on",
    ),
    "actions": ("review_id", "due_on", "lead_agency", "area", "contributing", "signoff_required"),
    "assignments": ("agency", "area", "progress", "progress_update", "needed_for_signoff", "updated_on"),
    "decisions": ("action_id", "meeting_on", "proposal", "decision", "new_due_on"),
    "agencies": ("areas", "board_partner", "active_from", "active_to"),
}
"""The columns, beside the required ones, that statuses, dates and rows are worked out from."""


def is_needed(table: str, field: Field) -> bool:
    """Tell whether nothing can be worked out safely without a column."""
    return field.required or field.name in COUNTED_FROM.get(table, ())


def require_whole(tracker: Tracker) -> None:
    """Refuse to go on when a sheet is missing, a column that is needed, or the hidden sheet with the tracker's key.

    Raises:
        NotATracker: naming each.
    """
    missing = [f"the hidden sheet {sheet}" for sheet in tracker.lost]
    for name, data in tracker.tables.items():
        if not data.found or not data.header_row:
            what = "sheet" if not data.found else "headings of the sheet"
            missing.append(f"the {what} {data.schema.sheet}")
        else:
            missing += [
                f'the column "{item.heading(tracker.language)}" of {data.schema.sheet}'
                for item in data.schema.fields
                if item.name not in data.columns and is_needed(name, item)
            ]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise NotATracker(
            f"{tracker.name}: {listed(missing)} {verb} missing, so what hangs on it would be wrong or lost. Put it back "
            "under its old name (earlier versions of the tracker are in .cvsb-backups beside it), then run this "
            "again. cvsb check shows everything that is missing."
        )
