"""A changed row as one sentence, and how much it weighs: what meetings decided first, what agencies report after it."""

from __future__ import annotations

from cvsb_xl.framework.schema import Field
from cvsb_xl.papers.changed_rows import ChangedRow, FieldChange
from cvsb_xl.papers.overall import Overall
from cvsb_xl.tracker.log import is_redacted
from cvsb_xl.tracker.values import as_text, parse
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.sentences import day, sentence, shortened

GROUPS = (
    "Decided by meetings",
    "Barriers and escalations",
    "Reviews and referrals",
    "Where actions stand, and when they are due",
    "What is to be done, and by whom",
    "What agencies report",
    "Acknowledged, shared and learned",
    "Other changes",
)
"""In order of weight."""
_OF_TABLE = {
    "decisions": 0, "escalations": 1, "reviews": 2, "referrals": 2, "actions": 4, "recommendations": 4, "assignments": 5,
    "acknowledgements": 6, "dissemination": 6, "learning": 6,
}  # fmt: skip
_OF_FIELD = {
    ("actions", "status"): 3, ("actions", "due_on"): 3, ("actions", "revised_due_on"): 3,
    ("assignments", "barriers"): 1, ("assignments", "help_needed"): 1, ("assignments", "extension_requested_to"): 3,
    ("assignments", "agency"): 4, ("assignments", "needed_for_signoff"): 4,
}  # fmt: skip
_TOLD_THOUGH_COMPUTED = {("actions", "status"), ("actions", "revised_due_on")}
FOLLOW_A_DECISION = frozenset({"status", "revised_due_on"})
"""Fields of an action that move because a meeting decided."""
_ADDRESSES = {"lead_email", "contact_email"}
"""Papers say who, not where they are to be reached: an address is told only where nothing else of its row has changed."""
_LONGEST = 240
_BRIEF = 48
"""So many characters of an action or a title, enough to know it again."""
_CONSEQUENCES = {
    "acknowledgements": {"review_id", "agency"},
    "assignments": {"action_id", "agency", "area", "role"},
}
"""What the tool fills in when it makes a row by itself: such a row is told with its review or action, not by itself."""


def told_fields(item: ChangedRow) -> list[str]:
    """Return the changed fields that a person did something to, in the order of the columns; the rest follow from them."""
    found = []
    for column in item.table.fields:
        computed = column.owner == "computed" and (item.table.name, column.name) not in _TOLD_THOUGH_COMPUTED
        made = item.is_new and column.name in _CONSEQUENCES.get(item.table.name, ())
        if (
            column.name in item.fields
            and not computed
            and not made
            and column.name not in item.table.primary_key
        ):
            found.append(column.name)
    if item.is_new and item.table.name == "actions":
        return found or [item.table.key]
    return [name for name in found if name not in _ADDRESSES] or found


def weight(item: ChangedRow) -> int:
    """Return the group a row belongs to: that of its weightiest field."""
    table = item.table.name
    own = _OF_TABLE.get(table, len(GROUPS) - 1)
    fields = [_OF_FIELD.get((table, name), own) for name in told_fields(item)]
    if item.is_new and table == "actions":
        return own
    return min(fields, default=own)


def words_of(material: Overall, item: ChangedRow) -> tuple[str, str]:
    """Return (what it is about, what changed) of a row; the first goes before the second, in bold."""
    start = _about(material, item)
    if item.table.name == "decisions" and item.is_new:
        text = _decision(item)
    elif item.is_new:
        text = _new(material, item)
    else:
        text = "; ".join(_clause(material, item, name) for name in told_fields(item))
    text = sentence(text)
    return start, f"{text}{_by_hand_words(item)}"


def is_by_hand(item: ChangedRow) -> bool:
    """Tell whether a told field of the row was typed by hand."""
    return any(name in item.fields and item.fields[name].by_hand for name in told_fields(item))


def _by_hand_words(item: ChangedRow) -> str:
    told = [name for name in told_fields(item) if name in item.fields]
    typed = [name for name in told if item.fields[name].by_hand]
    if not typed:
        return ""
    if len(typed) == len(told) or item.is_new:
        return " (Typed by hand.)"
    return f" ({listed([item.table[name].title for name in typed])} typed by hand.)"


def _about(material: Overall, item: ChangedRow) -> str:
    row, table = item.row, item.table.name
    action = row.text("action_id")
    if table == "assignments":
        area = f" ({row.text('area')})" if row["area"] is not None else ""
        return f"{_action(material, action) or item.key}, {material.agency(row.text('agency'))}{area}:"
    if table in ("acknowledgements", "dissemination"):
        return (
            f"{_review(material, row.text('review_id')) or item.key}, {material.agency(row.text('agency'))}:"
        )
    if table == "decisions":
        about = (
            _action(material, action) or _review(material, row.text("review_id")) or row.text("referral_id")
        )
        return f"{about or item.key}:"
    if table == "escalations":
        return f"{item.key}{f' on {action}' if action else ''}:"
    if table == "actions":
        return f"{_action(material, item.key)}:"
    if table == "reviews":
        return f"{_review(material, item.key)}:"
    if table in ("referrals", "recommendations", "learning"):
        return f"{item.key}:"
    return f"{item.table.sheet}, {item.key}:"


def _action(material: Overall, key: str) -> str:
    """Return "A-0016 (Write a joint handover protocol …)": who reads of it may not know it by its number."""
    row = material.tracker["actions"].by_key.get(key)
    return _with_words(key, row.text("action") if row else "")


def _review(material: Overall, key: str) -> str:
    return _with_words(key, material.titles.get(key, ""))


def _with_words(key: str, text: str) -> str:
    words = " ".join(text.split()).rstrip(".")
    if len(words) > _BRIEF:
        words = words[:_BRIEF].rsplit(" ", 1)[0].rstrip(" ,;:.") + " …"
    return f"{key} ({words})" if key and words else key


def _decision(item: ChangedRow) -> str:
    row = item.row
    body, proposal = row.text("body") or "a meeting", row.text("proposal")
    what = {
        "Complete": "that it is complete",
        "Stepped down": "stepping it down",
        "Reopen": "reopening it",
    }.get(
        proposal,
        "an extension" if proposal == "Extension" else f"a proposal ({proposal.lower() or 'not named'})",
    )
    verbs = {"Ratified": "ratified", "Not ratified": "did not ratify", "Deferred": "deferred"}
    until = f", to {day(row['new_due_on'])}" if row["new_due_on"] is not None else ""
    words = f"the {body} of {day(row['meeting_on'])} {verbs.get(row.text('decision'), 'considered')} {what}{until}"
    return f"{words}. {sentence(_short(row.text('reason')))}" if row["reason"] is not None else words


def _new(material: Overall, item: ChangedRow) -> str:
    row, table = item.row, item.table.name
    if table == "actions":
        lead = material.agency(row.text("lead_agency")) if row["lead_agency"] is not None else "nobody yet"
        due = f", due on {day(row['due_on'])}" if row["due_on"] is not None else ", without a due date"
        where = f" for {row.text('review_id')}" if row["review_id"] is not None else ""
        return f"a new action{where}, led by {lead}{due}. {sentence(_short(row.text('action')))}"
    if table == "escalations":
        asked = (
            f" Asked of the Board: {sentence(_short(row.text('asked_of_board')))}"
            if row["asked_of_board"]
            else ""
        )
        return f"a {row.text('kind').lower() or 'barrier'} was escalated. {sentence(_short(row.text('description')))}{asked}"
    if table == "reviews":
        return f"a new {row.text('review_type') or 'review'}. {sentence(_short(row.text('title')))}"
    if table == "recommendations":
        return (
            f"a new recommendation of {row.text('review_id')}. {sentence(_short(row.text('recommendation')))}"
        )
    if table == "dissemination":
        on = f" on {day(row['delivered_on'])}" if row["delivered_on"] is not None else ""
        return f"shared the learning{on}: {row.text('method') or 'method not recorded'}"
    if table == "learning":
        return f"learning was received. {sentence(_short(row.text('summary')))}"
    clauses = [_clause(material, item, name) for name in told_fields(item)[:6]]
    return f"a new row: {'; '.join(clauses)}" if clauses else "a new row"


def _clause(material: Overall, item: ChangedRow, name: str) -> str:
    column, change = item.table[name], item.fields[name]
    title = column.title[0].lower() + column.title[1:] if not column.title[:2].isupper() else column.title
    before, after = (_value(material, column, text) for text in (change.before, change.after))
    if name in _ADDRESSES:
        return f"{title} was {'changed' if change.after else 'taken out'}"
    if not change.after:
        return f"{title} was taken out (it was {before})"
    if not change.before or _is_narrative(column, change):
        return f"{title}: {after}" if _is_narrative(column, change) else f"{title} is now {after}"
    return f"{title} was {before}, is now {after}"


def _is_narrative(column: Field, change: FieldChange) -> bool:
    is_long = (column.maximum_length or 0) >= 500 or max(len(change.before), len(change.after)) > 40
    return column.type == "string" and not column.enum and is_long


def _value(material: Overall, column: Field, text: str) -> str:
    if not text:
        return "blank"
    if is_redacted(text):
        return "words that were taken out"
    if column.type == "date":
        return day(parse(column, text).value)
    if column.name in ("agency", "lead_agency"):
        return material.agency(text)
    return _short(as_text(text)) if column.enum or column.type == "integer" else f"\u201c{_short(text)}\u201d"


def _short(text: str) -> str:
    return shortened(text, _LONGEST, "the tracker")
