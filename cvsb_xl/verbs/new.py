"""`new`: a tracker from nothing, empty or with the invented worked example."""

from __future__ import annotations

import secrets
from dataclasses import replace

from cvsb_xl.framework.schema import Framework, Language
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.tables import HEADER_ROW, TableData, Tracker, tracker_of
from cvsb_xl.tracker.values import RawValue
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sample import sample_rows
from cvsb_xl.verbs.update import update

_KEY_BYTES = 32  # as long as the SHA-256 it keys


def new_tracker(
    framework: Framework, context: Context, *, language: Language = "en", sample: bool = False
) -> Tracker:
    """Return a new tracker, brought up to date for `context.today`, its rows laid out as on their sheets.

    Args:
        language: of the headings, lists and help.
        sample: fill it with the invented worked example of schemas/sample.

    Its meta holds "tracker_id", "key" (32 random bytes in hex: signs agency sheets and the change log), "language",
    "schema_version" and "created" (ISO time).
    """
    rows = sample_rows(framework, context.today) if sample else {}
    tracker = tracker_of(
        framework,
        {**rows, "settings": _settings(framework, rows.get("settings", []))},
        meta={
            "tracker_id": context.new_id(),
            "key": secrets.token_hex(_KEY_BYTES),
            "language": language,
            "schema_version": framework.version,
            "created": context.now.isoformat(timespec="seconds"),
        },
    )
    tracker = _updated(tracker, context)
    # Today points at rows by their address, which the rows that update has just made did not have yet.
    return _updated(tracker, context) if sample else tracker


def _settings(framework: Framework, chosen: list[dict[str, RawValue]]) -> list[dict[str, RawValue]]:
    values = {str(row["setting"]): row.get("value") for row in chosen}
    return [
        {"setting": name, "value": values.get(name, default["value"]), "about": default["help"]}
        for default in framework["settings"].defaults
        if (name := str(default["setting"]))
    ]


def _updated(tracker: Tracker, context: Context) -> Tracker:
    tracker = apply_edits(tracker, update(tracker, context).edits)
    return replace(tracker, tables={name: _laid_out(data) for name, data in tracker.tables.items()})


def _laid_out(data: TableData) -> TableData:
    rows = tuple(replace(row, number=number) for number, row in enumerate(data.rows, HEADER_ROW + 1))
    return replace(data, rows=rows)
