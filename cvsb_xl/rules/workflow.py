"""W: how actions move. Agencies propose with evidence, the Delivery Group ratifies, barriers go to the board."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.status import Standing, is_mixed, lateness, needed
from cvsb_xl.tracker.tables import Row


@looks_for("W101", "W102")
def proposal_without_grounds(facts: Facts) -> Iterator[Finding]:
    for row in facts["assignments"]:
        progress = row.values.get("progress")
        if progress == "Proposed complete" and row.values.get("evidence") is None:
            standing = facts.standings.get(row.text("action_id"))
            if standing is not None and standing.status == "Stepped down":
                continue
            yield facts.finding(
                "W101",
                "assignments",
                row,
                "evidence",
                "completion is proposed, but no evidence is given",
                "Ask the agency what shows that it was done (a document, an audit, minutes) and where it can be seen; or set "
                "Progress back to In progress until it can.",
            )
        elif progress == "Proposed step-down" and row.values.get("step_down_reason") is None:
            yield facts.finding(
                "W102",
                "assignments",
                row,
                "step_down_reason",
                "stepping down is proposed, but no reason is given",
                "Ask the agency why it should not be done: the Delivery Group decides on the reason; or set Progress back.",
            )


@looks_for("W103", "W113", "W117", "W119")
def decision_incomplete(facts: Facts) -> Iterator[Finding]:
    for row in facts["decisions"]:
        met, decision = as_date(row.values.get("meeting_on")), row.values.get("decision")
        if decision == "Not ratified" and row.values.get("reason") is None:
            yield facts.finding(
                "W119",
                "decisions",
                row,
                "reason",
                "it was not ratified, and no reason is recorded",
                "Say in a sentence what the meeting wants before it ratifies, so that the agency can do it.",
            )
        if decision != "Ratified":
            continue
        if "meeting_on" not in row.faults and (met is None or met > facts.today):
            when = f"on {met.isoformat()}, which is still to come" if met else "on no date"
            yield facts.finding(
                "W103",
                "decisions",
                row,
                "meeting_on",
                f"it is marked as ratified by a meeting {when}; until then the action is not closed by it",
                "Give the date of the meeting that ratified it; or set Decision to Deferred, or clear the row, until it has.",
            )
        if row.values.get("proposal") != "Extension":
            continue
        if row.values.get("recorded_by") is None:
            yield facts.finding(
                "W113",
                "decisions",
                row,
                "recorded_by",
                "an extension was granted, but nobody is named who recorded that it was",
                "Put in who wrote the decision down; or, if no meeting granted it, delete the row: the due date stays as it was.",
            )
        if row.values.get("new_due_on") is None and "new_due_on" not in row.faults:
            yield facts.finding(
                "W117",
                "decisions",
                row,
                "new_due_on",
                "an extension was granted, but to no date, so the action keeps its old one",
                "Give the new date that the meeting granted.",
            )


@looks_for("W105", "W112")
def standing_of_actions(facts: Facts) -> Iterator[Finding]:
    days = facts.due_soon_days
    for standing in facts.standings.values():
        if is_mixed(standing):
            yield _mixed(facts, standing)
        if standing.timeliness(facts.today, days) == "Overdue":
            yield _overdue(facts, standing)


@looks_for("W108")
def barrier_not_escalated(facts: Facts) -> Iterator[Finding]:
    escalated = {
        row.text("action_id") for row in facts["escalations"] if row.values.get("action_id") is not None
    }
    for row in facts.open_assignments:
        action = row.text("action_id")
        asked, barrier = row.values.get("help_needed") == "Yes", row.values.get("barriers") is not None
        if not (asked or barrier) or action in escalated:
            continue
        standing = facts.standings.get(action)
        late = standing is not None and standing.timeliness(facts.today, facts.due_soon_days) == "Overdue"
        if asked or late:
            why = "asks for the board's help" if asked else "names a barrier on an overdue action"
            yield facts.finding(
                "W108",
                "assignments",
                row,
                "help_needed" if asked else "barriers",
                f"the agency {why}, and nothing is recorded under Escalations",
                "Add a row to Escalations with what is asked of the Board; or settle it with the agency and have its next "
                "sheet say so.",
            )


@looks_for("W110")
def no_update_this_round(facts: Facts) -> Iterator[Finding]:
    """Told once the day the sheets were asked back has passed: before it, silence is not yet a fault."""
    rounds: dict[str, tuple[date, date]] = {}
    for row in facts["returns"]:
        issued, due_back = as_date(row.values.get("issued_on")), as_date(row.values.get("due_back_on"))
        code = row.text("agency").upper()
        if (
            issued
            and due_back
            and row.values.get("state") != "Superseded"
            and issued >= rounds.get(code, (issued,))[0]
        ):
            rounds[code] = (issued, due_back)
    for row in facts.open_assignments:
        issued, due_back = rounds.get(row.text("agency").upper(), (None, None))
        updated = as_date(row.values.get("updated_on"))
        if issued is None or due_back is None or due_back >= facts.today or (updated and updated >= issued):
            continue
        standing = facts.standings.get(row.text("action_id"))
        if (
            standing is None
            or standing.status == "Awaiting ratification"
            or row not in needed(standing.assignments)
        ):
            continue
        yield facts.finding(
            "W110",
            "assignments",
            row,
            "progress_update",
            f"no update came in this round; the sheet was asked back by {due_back.isoformat()}",
            "Ask the agency for its sheet; or merge it if it has come; or take the update by telephone and write it down here.",
        )


@looks_for("W116")
def impact_never_looked_at(facts: Facts) -> Iterator[Finding]:
    for standing in facts.standings.values():
        row = standing.action
        planned = as_date(row.values.get("impact_check_on"))
        if standing.status != "Complete" or row.values.get("impact_result") is not None:
            continue
        if planned and planned >= facts.today:
            continue
        what = f"was to be looked at on {planned.isoformat()}" if planned else "has no date to be looked at"
        yield facts.finding(
            "W116",
            "actions",
            row,
            "impact_result" if planned else "impact_check_on",
            f"the action is complete; whether it made a difference {what} and has no result",
            "Put the day the board will look under Impact check on; or record what it found under Impact result.",
        )


def _mixed(facts: Facts, standing: Standing) -> Finding:
    proposals = [
        f"{facts.agency_name(row.text('agency'))}: {row.text('progress')}"
        for row in needed(standing.assignments)
        if row.text("progress").startswith("Proposed")
    ]
    return facts.finding(
        "W112",
        "actions",
        standing.action,
        "status",
        f"its agencies propose different ends ({'; '.join(proposals)}), so it cannot go to the Delivery Group",
        "Settle with the agencies which it is; or mark the one that is not relevant as not needed for sign-off, with the reason.",
    )


def _overdue(facts: Facts, standing: Standing) -> Finding:
    late = lateness(standing, facts.today)
    row: Row = standing.action
    extended = standing.revised_due_on is not None
    what = f"overdue by {_days(late.revised)}"
    if extended:
        what += f" against the revised date, {_days(late.original)} against the first"
    return facts.finding(
        "W105",
        "actions",
        row,
        "revised_due_on" if extended else "due_on",
        f"{what} (due {standing.due_on.isoformat() if standing.due_on else ''}, {standing.status.lower()})",
        "Ask the agency for its evidence or for what stands in the way; or take an extension or a step-down to the Delivery "
        "Group.",
    )


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"
