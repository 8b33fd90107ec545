"""What every agency sheet shows beside the agency's own rows: the Delivery Group's last answers, and the overview."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from cvsb_xl.framework.clocks import is_date
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value

_FIELDS = {
    "Review ID": ("reviews", "review_id"),
    "Review": ("reviews", "title"),
    "Recommendation": ("recommendations", "recommendation"),
    "Action ID": ("actions", "action_id"),
    "Action": ("actions", "action"),
    "Lead agency": ("actions", "lead_agency"),
    "Area": ("actions", "area"),
    "Due on": ("actions", "due_on"),
    "Status": ("actions", "status"),
}
"""The overview's headings -> the table and the field that they stand for."""


def due_of(action: Row) -> date | None:
    """Return an action's revised due date, or its own; None when neither is a date."""
    for name in ("revised_due_on", "due_on"):
        value = action[name]
        if is_date(value):
            return value
    return None


def last_answers(tracker: Tracker) -> dict[str, Row]:
    """Action -> the Delivery Group's last decision on it, where that is a refusal or a deferral, which ask for more."""
    last: dict[str, tuple[date, Row]] = {}
    for row in tracker["decisions"]:
        met = row["meeting_on"]
        key = row.text("action_id")
        if (
            key
            and row["body"] == "Delivery Group"
            and is_date(met)
            and (key not in last or met >= last[key][0])
        ):
            last[key] = (met, row)
    return {key: row for key, (_, row) in last.items() if row["decision"] in ("Not ratified", "Deferred")}


def last_decisions(tracker: Tracker) -> dict[str, str]:
    """Action -> the Delivery Group's last answer, in words, with its reason."""
    said = {}
    for key, row in last_answers(tracker).items():
        met = row["meeting_on"]
        when = f" on {met.day} {met:%B %Y}" if is_date(met) else ""
        reason = f": {row.text('reason')}" if row["reason"] else ""
        decision = row.text("decision")
        if row["proposal"] == "Extension":  # the date stays; a proposal to close the action is another matter
            decision = f"Extension {decision.lower()}"
        said[key] = f"{decision}{when}{reason}"
    return said


def overview(tracker: Tracker) -> list[Mapping[str, Value]]:
    """Every published review's recommendations and actions, owners and status: what all partners review.

    "It will however be the responsibility of all partners to review the recommendations and actions generated from
    reviews" (Learning and Improvement Framework, Agency Ownership). Nothing of any agency's updates, evidence or contacts.
    """
    names = {code: name_of(tracker, code) for code in tracker["agencies"].by_key}
    actions: dict[str, list[Row]] = {}
    for row in tracker["actions"]:
        actions.setdefault(row.text("review_id"), []).append(row)
    recommendations: dict[str, list[Row]] = {}
    for row in tracker["recommendations"]:
        recommendations.setdefault(row.text("review_id"), []).append(row)
    lines: list[Mapping[str, Value]] = []
    for review in tracker["reviews"]:
        if not is_date(review["report_published_on"]):
            continue
        key = review.text("review_id")
        texts = {row.text("recommendation_id"): row for row in recommendations.get(key, ())}
        used = set()
        for action in sorted(actions.get(key, ()), key=lambda row: natural(row.text("action_id"))):
            used.add(action.text("recommendation_id"))
            recommendation = texts.get(action.text("recommendation_id"))
            lines.append(_overview_line(review, recommendation, action, names))
        lines += [_overview_line(review, row, None, names) for code, row in texts.items() if code not in used]
    return lines if tracker.language == "en" else [_translated(tracker, line) for line in lines]


def name_of(tracker: Tracker, agency: str) -> str:
    """Return an agency's name in the tracker's language, where it has one; else its English name, or its code."""
    row = tracker["agencies"].by_key[agency]
    return (row.text("name_cy") if tracker.language == "cy" else "") or row.text("name") or agency


def shown_heading(tracker: Tracker, heading: str) -> str:
    """Return a heading of the overview as it is shown, in the tracker's language."""
    table, field = _FIELDS[heading]
    return heading if tracker.language == "en" else tracker[table].schema[field].heading(tracker.language)


def _translated(tracker: Tracker, line: Mapping[str, Value]) -> Mapping[str, Value]:
    """The line under the tracker's own Welsh headings, with its own Welsh list values."""
    translated: dict[str, Value] = {}
    for heading, value in line.items():
        table, field = _FIELDS[heading]
        item = tracker[table].schema[field]
        at = item.enum.index(str(value)) if item.enum_cy and value in item.enum else -1
        translated[shown_heading(tracker, heading)] = item.enum_cy[at] if at >= 0 else value
    return translated


def _overview_line(
    review: Row, recommendation: Row | None, action: Row | None, names: Mapping[str, str]
) -> Mapping[str, Value]:
    lead = action.text("lead_agency") if action else ""
    return {
        "Review ID": review["review_id"],
        "Review": review["title"],
        "Recommendation": recommendation["recommendation"] if recommendation else None,
        "Action ID": action["action_id"] if action else None,
        "Action": action["action"] if action else "No action yet",
        "Lead agency": names.get(lead, lead) or None,
        "Area": action["area"] if action else None,
        "Due on": due_of(action) if action else None,
        "Status": action["status"] if action else None,
    }
