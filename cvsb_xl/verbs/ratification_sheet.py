"""The Ratification sheet, as rows: what the Delivery Group is asked to decide, and the decisions typed beside it.

The tool rewrites the sheet, and a person types decisions into it, so every typed cell stands until it is in Decisions:

    | the row that was there                                   | becomes                                                     |
    |----------------------------------------------------------|-------------------------------------------------------------|
    | nothing typed                                            | written anew, or gone when nothing is asked any more        |
    | typed, and the action is still asked about               | written anew, with what was typed                           |
    | typed, and the action is not asked about any more        | stays as it was; `missing` says that nothing is asked now   |
    | typed, without an action ID, or with one that stood twice | stays as it was                                             |
    | typed, and Decisions holds that very decision            | the typed cells are cleared: they are recorded              |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.status import AWAITING, PROPOSES, Standing, extension_asked, needed, waited_for
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value
from cvsb_xl.tracker.wording import day_in_words, listed

TYPED = ("meeting_on", "decision", "new_due_on", "reason", "recorded_by")
BODY = "Delivery Group"
EXTENSION = "Extension"
NOT_ASKED = "Not proposed any more. If the meeting did decide this, write it in Decisions; else clear what is typed here."
_CELL = 30_000
"""Joined text is cut here, with a word that says so: Excel holds 32,767 characters in a cell."""

Decided = tuple[Value, ...]


def ratification_rows(tracker: Tracker, standings: Mapping[str, Standing]) -> list[dict[str, Value]]:
    """Return the sheet's rows, by natural order of the actions' ids; rows that nothing is asked about any more come last."""
    asked: dict[str, dict[str, Value]] = {}
    for key, item in standings.items():
        if (new := asked_of_meeting(item)) is not None:
            asked[key] = new
    recorded = {decided(row) for row in tracker["decisions"] if row["body"] == BODY}
    typed: dict[str, Row] = {}
    left: list[dict[str, Value]] = []
    for row in tracker["ratification"]:
        if not has_typed(row) or decided(row) in recorded:
            continue
        key = row.text("action_id")
        # What was typed about one proposal is no decision on another.
        if key in asked and key not in typed and row["proposal"] == asked[key]["proposal"]:
            typed[key] = row
        else:
            left.append({**row.values, "missing": NOT_ASKED})
    rows = [
        {**asked[key], **({name: typed[key][name] for name in TYPED} if key in typed else {})}
        for key in sorted(asked, key=natural)
    ]
    return rows + left


def has_typed(row: Row) -> bool:
    """Tell whether a person has typed anything of a decision into the row."""
    return any(row[name] is not None for name in TYPED)


def decided(row: Row) -> Decided:
    """Return what makes two rows, of Ratification and of Decisions, the same decision."""
    return tuple(
        row[name] for name in ("action_id", "proposal", "meeting_on", "decision", "new_due_on", "reason")
    )


def asked_of_meeting(standing: Standing) -> dict[str, Value] | None:
    """Return the computed cells for an action that the Delivery Group is asked about; None for any other.

    Asked about: one that awaits ratification; else one that is open and for which an extension was asked and not answered.
    """
    extension = extension_asked(standing) if standing.is_open else None
    if standing.status == AWAITING:
        proposal: str = standing.live[0][1]
        rows = [row for row, _ in standing.live]
    elif extension:
        proposal, rows = EXTENSION, needed(standing.assignments)
    else:
        return None
    field = "step_down_reason" if proposal == "Stepped down" else "evidence"
    return {
        "action_id": standing.action["action_id"],
        "review_id": standing.action["review_id"],
        "action": standing.action["action"],
        "proposal": proposal,
        "evidence": _joined(rows, lambda row: row.text(field)),
        "evidence_seen": None if proposal == "Stepped down" else _joined(rows, _seen),
        "impact": _joined(rows, lambda row: row.text("impact")),
        "still_to_finish": still_to_finish(standing) or None,
        "missing": missing(standing, proposal) or None,
        "extension_to": extension[1] if extension else None,
    }


def still_to_finish(standing: Standing, name: Callable[[str], str] = str) -> str:
    """Say whose part is not finished: "VALE", "YJS (not needed for sign-off)"; blank when all have finished.

    Args:
        name: what an agency's code is called; the code itself on a sheet, its name in a paper.
    """
    waited = [name(code) for code in waited_for(standing)]
    optional = [
        row
        for row in standing.assignments
        if row["needed_for_signoff"] == "No" and row["progress"] not in PROPOSES and row["agency"]
    ]
    told = _agencies(optional, standing.assignments, name)
    return listed([*waited, *(f"{who} (not needed for sign-off)" for who in told)])


def missing(standing: Standing, proposal: str, name: Callable[[str], str] = str) -> str:
    """Say what a proposal lacks: "Evidence from SWP; impact from SWP and CAV"; blank when nothing."""
    rows = [row for row, _ in standing.live]
    wanted: Mapping[str, tuple[str, ...]] = {
        "Complete": ("evidence", "impact"),
        "Stepped down": ("step_down_reason",),
    }
    names = {"evidence": "evidence", "impact": "impact", "step_down_reason": "a reason"}
    gaps = []
    for field in wanted.get(proposal, ()):
        silent = _agencies((row for row in rows if row[field] is None), standing.assignments, name)
        if silent:
            gaps.append(f"{names[field]} from {listed(silent)}")
    if proposal == "Complete":
        evidenced = (row for row in rows if row["evidence"] is not None and not _seen(row))
        unseen = _agencies(evidenced, standing.assignments, name)
        if unseen:
            gaps.append(f"nobody is recorded as having seen the evidence from {listed(unseen)}")
    text = "; ".join(gaps)
    return text[:1].upper() + text[1:]


def _agencies(rows: Iterable[Row], among: Sequence[Row], name: Callable[[str], str]) -> list[str]:
    """Name the agencies of rows; with its area one that has several parts in the action."""
    told = []
    for row in rows:
        several = sum(other["agency"] == row["agency"] for other in among) > 1
        area = f" in {row.text('area')}" if several and row["area"] is not None else ""
        told.append(name(row.text("agency")) + area)
    return list(dict.fromkeys(told))


def _seen(row: Row) -> str:
    on = as_date(row["evidence_seen_on"])
    by = row.text("evidence_seen_by")
    if row["evidence"] is None or not (on or by):
        return ""
    return ", ".join(filter(None, [by, day_in_words(on) if on else "date not recorded"]))


def _joined(rows: Sequence[Row], words: Callable[[Row], str]) -> str | None:
    said = [(row, text) for row in rows if (text := words(row))]
    several = len(rows) > 1
    text = "\n".join(f"{row.text('agency')}: {text}" if several else text for row, text in said)
    if len(text) > _CELL:
        text = text[:_CELL] + " ... (the rest stands in Assignments)"
    return text or None
