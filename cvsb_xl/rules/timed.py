"""S5: time specific. The row's due date counts; a deadline inside the text is only proposed to a person.

Not deadlines: a standard of care ("within 24 hours of discharge"), a look back ("in the previous 12 months"), the date of something
that has happened ("the audit completed in December 2018"), a rhythm ("every 6 months").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_DAY = (
    rf"(?:(?:the\s+)?(?:end\s+of\s+)?(?:the\s+)?(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?)?{_MONTH}\.?,?\s+\d{{4}}"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d{2}-\d{2}|(?:the\s+)?end\s+of\s+(?:the\s+)?(?:financial\s+|calendar\s+)?"
    r"(?:year\s+)?\d{4}(?:[/-]\d{2,4})?|(?:spring|summer|autumn|winter|q[1-4]|quarter\s+(?:one|two|three|four|[1-4]))"
    r"(?:\s+of)?\s+\d{4}(?:[/-]\d{2,4})?)"
)
_DEADLINE = re.compile(
    rf"\b(?:by|before|until|no\s+later\s+than|not\s+later\s+than|to\s+be\s+completed\s+(?:by|in))\s+(?:the\s+)?{_DAY}"
    r"|\bwithin\s+(?:the\s+next\s+)?(?:\d+|one|two|three|four|six|nine|twelve|eighteen)\s+(?:calendar\s+)?"
    r"(?:weeks?|months?|years?)\s+of\s+(?:the\s+)?(?:publication|this\s+(?:review|report|plan)|the\s+(?:review|report|plan)|"
    r"(?:the\s+)?(?:review|report|plan)\s+being\s+published)"
    r"|\b(?:with)?in\s+the\s+next\s+(?:\d+|one|two|three|four|six|nine|twelve|eighteen)\s+(?:weeks?|months?|years?)",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"\b(?:made|occurred|happened|completed|published|undertaken|conducted|dated|held|between|was|were|had|been)\s+"
    r"(?:\w+\s+){0,3}\Z",
    re.IGNORECASE,
)


def deadline_in(text: str) -> str | None:
    """Return the words of a text that give the action a deadline; None when it has none."""
    for found in _DEADLINE.finditer(text):
        planned = re.search(
            r"\b(?:to|will|shall|must|should)\s+be\s+(?:\w+\s+){0,3}\Z", text[: found.start()]
        )
        if planned or not _HAPPENED.search(text[: found.start()]):
            return " ".join(found.group().split())
    return None


@looks_for("S501")
def no_due_date(facts: Facts) -> Iterator[Finding]:
    for row in facts.open_actions:
        if row.values.get("due_on") is not None or "due_on" in row.faults:
            continue
        said = deadline_in(row.text("action"))
        hint = f'The text says "{said}": put that day in Due on. ' if said else ""
        yield facts.finding(
            "S501",
            "actions",
            row,
            "due_on",
            "the action has no due date",
            f"{hint}Agree a day with the lead agency and put it in Due on; the framework gives no rule for it, so it is "
            "never worked out.",
        )
