"""W, reviews and referrals: sign-off, notification, publication, clocks, acknowledgement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cvsb_xl.framework.clocks import as_date
from cvsb_xl.rules.facts import Facts
from cvsb_xl.rules.registry import looks_for
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.review_clocks import OUTCOMES_WITHOUT_A_DECISION

_MAPF_ACTIONS = 3


@looks_for("W106", "W109")
def decision_not_signed_off(facts: Facts) -> Iterator[Finding]:
    for row in facts["referrals"]:
        decision = row.values.get("crg_decision")
        if decision is None or decision in OUTCOMES_WITHOUT_A_DECISION:
            continue
        for code, field, what, who in (
            (
                "W106",
                "chair_signed_off_on",
                "the Board's chair has not signed it off",
                "the chair signed it off",
            ),
            ("W109", "wg_notified_on", "Welsh Government has not been notified", "Welsh Government was told"),
        ):
            if row.values.get(field) is None and field not in row.faults:
                yield facts.finding(
                    code,
                    "referrals",
                    row,
                    field,
                    f"the Case Review Group decided ({row.text('crg_decision')}), but {what}",
                    f"Put in the day {who}; or get it done: every decision needs it, also the decision not to review.",
                )


@looks_for("W104")
def mapf_over_three_actions(facts: Facts) -> Iterator[Finding]:
    counts = Counter(row.text("review_id") for row in facts["actions"])
    for row in facts["reviews"]:
        number = counts[row.text("review_id")]
        if row.values.get("review_type") == "MAPF" and number > _MAPF_ACTIONS and row.text("review_id"):
            yield facts.finding(
                "W104",
                "reviews",
                row,
                None,
                f"this MAPF has {number} actions",
                f"Keep the {_MAPF_ACTIONS} that matter most; or leave it so: the framework prefers three, it does not forbid more.",
            )


@looks_for("W107")
def not_acknowledged(facts: Facts) -> Iterator[Finding]:
    reviews = facts["reviews"].by_key
    for row in facts["acknowledgements"]:
        review = reviews.get(row.text("review_id"))
        published = as_date(review.values.get("report_published_on")) if review else None
        if published is None or published > facts.today:
            continue
        if row.values.get("acknowledged_on") is None and "acknowledged_on" not in row.faults:
            yield facts.finding(
                "W107",
                "acknowledgements",
                row,
                "acknowledged_on",
                f"review {row.text('review_id')} was published on {published.isoformat()} and this partner has not "
                "acknowledged it",
                "It is asked for on the agency's sheet; or put in who read it and when, if they have told you.",
            )


@looks_for("W111")
def published_without_plan(facts: Facts) -> Iterator[Finding]:
    with_actions = {row.text("review_id") for row in facts["actions"]}
    for row in facts["reviews"]:
        published = as_date(row.values.get("report_published_on"))
        if published is None or published > facts.today or "plan_published_on" in row.faults:
            continue
        if row.values.get("plan_published_on") is None:
            none = "" if row.text("review_id") in with_actions else ", and it has no actions"
            yield facts.finding(
                "W111",
                "reviews",
                row,
                "plan_published_on",
                f"the report was published on {published.isoformat()}, the action plan on no date{none}",
                "Put in the day the plan was published; the 12-month progress report is counted from the later of the two.",
            )


@looks_for("W114", "W121")
def milestone_passed(facts: Facts) -> Iterator[Finding]:
    rows = facts["reviews"].by_key
    for key, found in facts.milestones.items():
        row = rows[key]
        for item in found:
            if item.due is None:
                continue
            if item.clock.done == "progress_reported_on" and item.done_on is None:
                left = (item.due - facts.today).days
                if left <= facts.due_soon_days:
                    when = (
                        f"was due on {item.due.isoformat()}"
                        if left < 0
                        else f"is due on {item.due.isoformat()}"
                    )
                    yield facts.finding(
                        "W114",
                        "reviews",
                        row,
                        "progress_reported_on",
                        f"the progress report {when}",
                        f"Write it (cvsb progress TRACKER --review {key} --out report.docx) and put in the day it was given.",
                    )
            elif (
                item.clock.done == "completed_on"
                and row.values.get("overrun_reason") is None
                and (item.done_on or facts.today) > item.due
            ):
                yield facts.finding(
                    "W121",
                    "reviews",
                    row,
                    "overrun_reason",
                    f"the review ran past {item.due.isoformat()} ({item.clock.strength}), and no reason is recorded",
                    "Say in a sentence why, under Overrun reason; or put in the day it was completed.",
                )


@looks_for("W115")
def recommendation_without_action(facts: Facts) -> Iterator[Finding]:
    carried_out = {row.text("recommendation_id") for row in facts["actions"]}
    reviews = facts["reviews"].by_key
    for row in facts["recommendations"]:
        key = row.text("recommendation_id")
        if not key or key in carried_out or row.values.get("response") not in (None, "Accepted"):
            continue
        review = reviews.get(row.text("review_id"))
        published = as_date(review.values.get("report_published_on")) if review else None
        considered = as_date(row.values.get("crg_considered_on"))
        if (published and published <= facts.today) or (considered and considered <= facts.today):
            yield facts.finding(
                "W115",
                "recommendations",
                row,
                None,
                "no action carries this recommendation out",
                "Add an action that names it; or record under Response that it was not accepted, or referred nationally.",
            )


@looks_for("W118")
def clock_start_differs(facts: Facts) -> Iterator[Finding]:
    reviews = facts["reviews"].by_key
    for referral in facts["referrals"]:
        row = reviews.get(referral.text("review_id"))
        if row is None or row.values.get("review_type") != "SUSR":
            continue
        referred, started = as_date(referral.values.get("referred_on")), as_date(row.values.get("started_on"))
        if referred and started and referred != started:
            yield facts.finding(
                "W118",
                "reviews",
                row,
                "started_on",
                f"the clock starts on {started.isoformat()}, but referral {referral.text('referral_id')} is dated "
                f"{referred.isoformat()}",
                "Make the two agree: a SUSR's twelve months are counted from its referral to the Case Review Group; or waive "
                "it with the reason, if it was referred twice.",
            )
