"""Who owes the board something: for each agency a ready e-mail, and its sheet issued again. It never sends anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.clocks import is_date
from cvsb_xl.merge.sheet import AgencySheet
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.status import needed, standings
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.wording import counted, day_in_words
from cvsb_xl.verbs.issue import is_active, issue
from cvsb_xl.verbs.outcome import Context, Outcome


@dataclass(frozen=True, slots=True)
class Chaser:
    """One e-mail, not sent.

    Attributes:
        to: the agency's contact address; blank where Agencies has none.
        sheet: the sheet to attach.
    """

    agency: str
    to: str
    subject: str
    body: str
    sheet: AgencySheet


@dataclass(frozen=True)
class ChaseReport:
    """Why each agency is written to, and who is not though something is owed.

    Attributes:
        owed: agency -> (returns owed, overdue actions).
        left: agencies that are no longer active: their actions need a new owner.
        held_back: agency -> the privacy errors for which its sheet does not go out.
    """

    owed: Mapping[str, tuple[int, int]]
    left: tuple[str, ...]
    held_back: Mapping[str, Sequence[Finding]]


def chase(tracker: Tracker, context: Context, due_back_on: date | None = None) -> Outcome:
    """Write to each agency that owes a return, or has not yet proposed its part of an overdue action.

    A return is owed when a sheet was issued, did not come back, and was asked back by now (or by no day at all).
    """
    overdue = _overdue(tracker, context.today)
    owed = _owed(tracker, context.today)
    wanted = {
        code: row for code, row in tracker["agencies"].by_key.items() if overdue.get(code) or owed.get(code)
    }
    agencies = [code for code, row in wanted.items() if is_active(row, context.today)]
    left = tuple(code for code in wanted if code not in agencies)
    if not agencies:
        return Outcome(report=ChaseReport({}, left, {}))
    issued = issue(tracker, context, agencies, due_back_on)
    chasers = [
        _chaser(tracker, sheet, overdue.get(sheet.agency, []), owed.get(sheet.agency, []))
        for sheet in issued.documents
    ]
    counts = {code: (len(owed.get(code, [])), len(overdue.get(code, []))) for code in agencies}
    report = ChaseReport(counts, left, issued.report.held_back)
    return Outcome(issued.edits, issued.findings, report, chasers)


def _overdue(tracker: Tracker, today: date) -> dict[str, list[Row]]:
    """Agency -> its overdue actions, earliest first."""
    due_soon = tracker.setting("due_soon_days")
    days = int(due_soon) if due_soon.isdigit() else 30
    found: dict[str, list[Row]] = {}
    for standing in standings(tracker, today).values():
        if standing.timeliness(today, days) != "Overdue":
            continue
        proposed = {
            id(row) for row, _ in standing.live
        }  # it has done its part: it is others who are waited for
        for agency in {row.text("agency") for row in needed(standing.assignments) if id(row) not in proposed}:
            found.setdefault(agency, []).append(standing.action)
    return found


def _owed(tracker: Tracker, today: date) -> dict[str, list[Row]]:
    owed: dict[str, list[Row]] = {}
    for row in tracker["returns"]:
        asked = row["due_back_on"]
        if row["state"] == "Issued" and not (is_date(asked) and asked > today):
            owed.setdefault(row.text("agency"), []).append(row)
    return owed


def _chaser(tracker: Tracker, sheet: AgencySheet, overdue: list[Row], owed: list[Row]) -> Chaser:
    agency = tracker["agencies"].by_key[sheet.agency]
    name = agency.text("contact_name") or agency.text("name")
    lines = [f"Dear {name},", ""]
    if owed:
        asked = max((row["due_back_on"] for row in owed if is_date(row["due_back_on"])), default=None)
        when = f", which we asked back by {day_in_words(asked)}" if asked else ""
        lines += [f"We have not yet had your action sheet back{when}.", ""]
    if overdue:
        lines.append(
            f"{counted(len(overdue), 'action')} you have a part in {'is' if len(overdue) == 1 else 'are'} overdue:"
        )
        for action in overdue:
            due = action["revised_due_on"] or action["due_on"]
            when = day_in_words(due) if is_date(due) else action.text("due_on")
            lines.append(
                f"  - {action.text('action_id')}, due {when}: {' '.join(action.text('action').split())[:160]}"
            )
        lines.append("")
    by = f" by {day_in_words(sheet.due_back_on)}" if sheet.due_back_on else ""
    lines += [
        f"Your sheet is attached again, as of today. Please fill in the unlocked cells and return it{by}; please use this "
        "file, not an earlier one. If nothing has changed, put your name and the date on its first page and return it as it is.",
        "",
        tracker.setting("board_name"),
    ]
    marking = f"[{sheet.marking}] " if sheet.marking else ""
    subject = f"{marking}{sheet.board_name}: action sheet of {sheet.agency_name}"
    return Chaser(sheet.agency, agency.text("contact_email"), subject, "\n".join(lines), sheet)
