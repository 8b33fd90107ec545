"""How the actions stand, worked out with pandas from the exported CSVs: what every paper's figures are held against."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pandas as pd

from cvsb_xl.outputs.csvs import export_files
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.export import export
from cvsb_xl.verbs.outcome import Context

_kept: list[tuple[Tracker, Mapping[str, bytes]]] = []


def csvs(tracker: Tracker) -> Mapping[str, bytes]:
    """The files of `cvsb export`; those of the last few trackers are kept."""
    for known, files in _kept:
        if known is tracker:
            return files
    files = export_files(export(tracker, Context(now=datetime(2027, 3, 31, 9, tzinfo=UTC))).documents)
    _kept.append((tracker, files))
    del _kept[:-4]
    return files


def frame(tracker: Tracker, table: str) -> pd.DataFrame:
    """A table read back from its CSV: dates where the column has them, whole numbers likewise, None for blank."""
    read = pd.read_csv(io.BytesIO(csvs(tracker)[f"{table}.csv"]), dtype=str, keep_default_na=False)
    kinds = {field.name: field.type for field in tracker[table].schema.fields}
    found = {name: [_value(text, kinds[name]) for text in read[name]] for name in read.columns}
    return pd.DataFrame(found, columns=list(kinds), dtype=object)


def _value(text: str, kind: str) -> object:
    if kind == "date":
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text or None
    return int(text) if kind == "integer" and text.isdecimal() else text or None


def dates(column: pd.Series) -> pd.Series:
    """What in a column is a date; None for all else."""
    return column.map(lambda value: value if type(value) is date else None).astype(object)


def statuses(tracker: Tracker, as_at: date) -> pd.Series:
    """Every action's status by the table of the design, joined and grouped, not walked."""
    actions = frame(tracker, "actions").drop_duplicates("action_id").set_index("action_id")
    decisions = frame(tracker, "decisions")
    decisions["met"] = dates(decisions["meeting_on"])
    decisions = decisions[decisions["met"].map(lambda met: met is not None and met <= as_at)]
    decisions = decisions.sort_values("met", kind="stable")
    closing = decisions[
        (decisions["decision"] == "Ratified")
        & decisions["proposal"].isin(["Complete", "Stepped down", "Reopen"])
    ]
    closed = closing.groupby("action_id")["proposal"].last()
    refused = decisions[
        ((decisions["decision"] == "Not ratified") & decisions["proposal"].isin(["Complete", "Stepped down"]))
        | ((decisions["decision"] == "Ratified") & (decisions["proposal"] == "Reopen"))
    ]
    parts = frame(tracker, "assignments")
    parts["after"] = parts["action_id"].map(refused.groupby("action_id")["met"].last())
    parts["updated"] = dates(parts["updated_on"])
    proposes = parts["progress"].isin(["Proposed complete", "Proposed step-down"])
    fresh = [
        not isinstance(after, date) or (isinstance(updated, date) and updated > after)
        for after, updated in zip(parts["after"], parts["updated"], strict=True)
    ]
    parts["live"] = parts["progress"].where(proposes & pd.Series(fresh, index=parts.index))
    parts["begun"] = (
        proposes
        | (parts["progress"] == "In progress")
        | parts["progress_update"].notna()
        | (parts["updated_on"].notna() & (parts["progress"] != "Not started"))
    )
    needed = parts[parts["needed_for_signoff"] != "No"].groupby("action_id")["live"]
    agreed = (needed.size() == needed.count()) & (needed.nunique() == 1)
    kind = needed.first()
    mixed = needed.nunique() > 1
    begun = parts.groupby("action_id")["begun"].any()
    told = pd.Series("Not started", index=actions.index)
    told[begun.reindex(told.index, fill_value=False) | mixed.reindex(told.index, fill_value=False)] = (
        "In progress"
    )
    told[agreed.reindex(told.index, fill_value=False)] = "Awaiting ratification"
    unsigned = actions["signoff_required"].eq("No") & kind.reindex(told.index).eq("Proposed complete")
    told[agreed.reindex(told.index, fill_value=False) & unsigned] = "Complete"
    final = closed[closed != "Reopen"]
    final = final[final.index.isin(told.index)]
    told.loc[final.index] = final
    return told


def effective_due(tracker: Tracker, as_at: date) -> pd.Series:
    """The date each action is now due: the latest ratified extension, else the first."""
    decisions = frame(tracker, "decisions")
    decisions["met"] = dates(decisions["meeting_on"])
    granted = decisions[
        (decisions["proposal"] == "Extension")
        & (decisions["decision"] == "Ratified")
        & decisions["met"].map(lambda met: met is not None and met <= as_at)
    ].sort_values("met", kind="stable")
    granted = granted[dates(granted["new_due_on"]).notna()]
    actions = frame(tracker, "actions").drop_duplicates("action_id").set_index("action_id")
    revised = granted.groupby("action_id")["new_due_on"].last().reindex(actions.index)
    return revised.where(revised.notna(), dates(actions["due_on"]))
