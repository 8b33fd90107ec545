"""What the Delivery Group decides: the pack it reads, and the decisions taken from the Ratification sheet into Decisions.

"Actions that require completion sign off will be presented to Delivery Group by the Review Manager for ratification."
(Learning and Improvement Framework, Recommendations - Complete / Stepped Down.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.tracker.edits import AppendRow, Edit, apply_edits
from cvsb_xl.tracker.ids import free_ids
from cvsb_xl.tracker.status import Standing, standings
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.ratification_sheet import BODY, EXTENSION, asked_of_meeting, decided, has_typed
from cvsb_xl.verbs.sentences import day
from cvsb_xl.verbs.update import update


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one typed decision.

    Attributes:
        done: whether it stands in Decisions now.
        words: what was written, or why not and what to do.
    """

    action_id: str
    proposal: str
    decision: str
    done: bool
    words: str


@dataclass(frozen=True)
class RecordReport:
    """Every typed decision, and how many asks have none yet."""

    settled: tuple[Recorded, ...]
    undecided: int


def record(tracker: Tracker, context: Context) -> Outcome:
    """Take the decisions typed into Ratification into Decisions; the statuses follow from there.

    A decision is refused, in words, and stays where it was typed, when it has no meeting date or one to come, no decision
    on the list, a refusal without a reason, an extension without its new date, or when the action is not asked about.
    """
    fresh = list(update(tracker, context).edits)
    now = apply_edits(tracker, fresh)
    found = standings(now, context.today)
    held = {decided(row) for row in now["decisions"] if row["body"] == BODY}
    ids = free_ids(now["decisions"])
    rows: list[Edit] = []
    settled: list[Recorded] = []
    undecided = 0
    for row in now["ratification"]:
        if not has_typed(row):
            undecided += not row.is_blank
            continue
        item = found.get(row.text("action_id"))
        why_not = _refusal(row, item, context.today)
        if why_not or decided(row) in held:
            settled.append(_said(row, why_not, done=not why_not))
            continue
        held.add(decided(row))
        values: dict[str, Value] = {"decision_id": next(ids), "body": BODY, "meeting_on": row["meeting_on"]}
        values |= {name: row[name] for name in ("action_id", "proposal", "decision", "new_due_on", "reason")}
        values["recorded_by"] = row["recorded_by"] or context.user
        rows.append(AppendRow("decisions", values))
        settled.append(_said(row, _done_words(row, item, str(values["decision_id"])), done=True))
    edits = finish(tracker, [*fresh, *rows], context, "ratify")
    return Outcome(edits, report=RecordReport(tuple(settled), undecided))


def _said(row: Row, words: str, *, done: bool) -> Recorded:
    words = words or "stands in Decisions already"
    return Recorded(row.text("action_id"), row.text("proposal"), row.text("decision"), done, words)


_DECISIONS = ("Ratified", "Not ratified", "Deferred")


def _refusal(row: Row, item: Standing | None, today: date) -> str:
    """Say why a typed decision cannot be recorded, and what to do; blank when it can."""
    for name in ("meeting_on", "decision", "new_due_on"):
        if name in row.faults:
            return f"{name.replace('_', ' ').capitalize()} {row.faults[name].message}"
    if row["decision"] not in _DECISIONS:
        picked = (
            "no decision is picked" if row["decision"] is None else f'"{row.text("decision")}" is no decision'
        )
        return f"{picked}: Ratified, Not ratified or Deferred"
    met, until = as_date(row["meeting_on"]), as_date(row["new_due_on"])
    if met is None:
        return "the date of the meeting is missing; type it in Meeting on"
    if met > today:
        return f"the meeting of {day(met)} has not been held yet; record its decision when it has"
    if row["decision"] == "Not ratified" and row["reason"] is None:
        return "what is not ratified needs a reason: the agency reads it on its next sheet"
    if until and not (row["proposal"] == EXTENSION and row["decision"] == "Ratified"):
        return "only an extension that is ratified has a new date; clear New due on"
    if row["proposal"] == EXTENSION and row["decision"] == "Ratified":
        if until is None:
            return "an extension that is ratified needs its new date; type it in New due on"
        if item is not None and item.due_on and until <= item.due_on:
            return (
                f"the new date {day(until)} is not after the date the action is due now, {day(item.due_on)}"
            )
    asked = asked_of_meeting(item) if item else None
    if asked is None or asked["proposal"] != row["proposal"]:
        return (
            "the action is not before the Delivery Group with this proposal any more. If the meeting did decide it, write "
            "it in Decisions; else clear what is typed in Ratification"
        )
    return ""


def _done_words(row: Row, item: Standing | None, key: str) -> str:
    met = as_date(row["meeting_on"])
    words = f"recorded as {key}, meeting of {day(met)}"
    live = item.live if item else []
    later = [on for part, _ in live if (on := as_date(part["updated_on"])) and met and on > met]
    if row["decision"] == "Not ratified" and row["proposal"] != EXTENSION and later:
        words += (
            f"; but the agency's row was updated on {day(max(later))}, after the meeting, so its proposal still stands "
            "before the group"
        )
    return words
