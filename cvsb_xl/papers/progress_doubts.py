"""What a person should look at before a progress report goes out: what it could not count or read, and whom it may name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.papers.progress_material import Material
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.tables import Row
from cvsb_xl.verbs.sentences import day

_STANDS_ON = {
    "reviews": ("report_published_on", "plan_published_on", "review_type", "progress_reported_on"),
    "recommendations": ("reach", "response"),
    "actions": ("due_on", "area", "signoff_required", "impact_check_on", "impact_result"),
    "assignments": (
        "needed_for_signoff", "evidence_seen_on", "progress", "help_needed", "expected_on", "extension_requested_to",
        "updated_on",
    ),
    "decisions": ("meeting_on", "proposal", "decision", "new_due_on"),
    "escalations": ("raised_on", "board_met_on", "closed_on", "kind"),
    "dissemination": ("method", "delivered_on", "reach"),
    "acknowledgements": ("acknowledged_on",),
}  # fmt: skip
"""The typed fields that the report stands on: where one cannot be read, the report says so."""

_PRINTED = {
    "reviews": ("title",),
    "recommendations": ("recommendation", "notes"),
    "actions": ("action",),
    "assignments": ("progress_update", "evidence", "impact", "barriers", "step_down_reason"),
    "decisions": ("reason",),
    "escalations": ("description", "asked_of_board", "board_response"),
    "dissemination": ("audience", "impact"),
}
"""The free texts that the report prints."""


def what_is_left_out(material: Material) -> Iterator[str]:
    """Yield, in sentences, the rows that the report could not count and the cells that it could not read."""
    tracker = material.tracker
    same = tracker["reviews"].where("review_id", material.review_id)
    if len(same) > 1:
        yield f"{material.review_id} stands in Reviews {len(same)} times; this report follows row {same[0].number}."
    for row in material.unlisted:
        key = row.text("action_id")
        why = f"repeats the ID {key}" if key else "has no ID (cvsb update gives it one)"
        yield f"The action in row {row.number} of Actions {why} and is not counted."
    for row in material.decisions_left_out:
        held = as_date(row["meeting_on"])
        why = f"is of {day(held)}" if held else "has no meeting date that can be read"
        yield f"The decision {row.text('decision_id')} on {row.text('action_id')} {why} and is not counted."
    for table, rows in material.rows.items():
        for row in rows:
            yield from _unreadable(material, table, row)


def _unreadable(material: Material, table: str, row: Row) -> Iterator[str]:
    data = material.tracker[table]
    sheet = data.schema.sheet_cy if material.tracker.language == "cy" else data.schema.sheet
    for name in _STANDS_ON[table]:
        if fault := row.faults.get(name):
            where = f"{sheet}!{data.cell(row, name) or f'row {row.number}'}"
            yield f"{where}: {data.schema[name].title} {fault.message} ({data.key_of(row)})."


def personal_data(material: Material, found: Iterable[Finding]) -> list[Finding]:
    """Return, of what the rules of family P find in the tracker, what stands in the texts that the report prints."""
    printed = {
        (table, material.tracker[table].key_of(row), name)
        for table, names in _PRINTED.items()
        for row in material.rows[table]
        for name in names
    }
    return [item for item in found if (item.table, item.key, item.field) in printed]
