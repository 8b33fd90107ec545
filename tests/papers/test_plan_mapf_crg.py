"""`plan`, `mapf` and `crg`: the papers to circulate and for the Case Review Group; figures agree with pandas."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import load_framework
from cvsb_xl.papers.crg import CrgReport, crg
from cvsb_xl.papers.mapf import mapf
from cvsb_xl.papers.paper import TableBlock, plain_text
from cvsb_xl.papers.plan import PlanReport, plan
from cvsb_xl.tracker.tables import tracker_of
from cvsb_xl.verbs.sample import sample_rows
from tests.papers.figures import dates, frame
from tests.rounds import META, TODAY, context, settled

SAMPLE = tracker_of(load_framework(), sample_rows(load_framework(), TODAY), META)
REVIEWS = sorted(SAMPLE["reviews"].by_key)
REVIEW = """
## Reviews
| review_id | title  | review_type | started_on | report_published_on | plan_published_on | completed_on | key_findings |
|-----------|--------|-------------|------------|---------------------|-------------------|--------------|--------------|
| RV-1      | A case | SUSR        | 2026-01-05 | 2026-12-01          | 2026-12-08        |              |              |
| RV-2      | To be  | SUSR        | 2026-01-05 |                     |                   |              |              |
| MF-1      | Forum  | MAPF        | 2027-02-01 |                     |                   | 2027-03-01   | First.<br>- Second |
| MF-2      | Soon   | MAPF        | 2027-03-01 |                     |                   |              |              |
## Agencies
| agency | name               | board_partner |
|--------|--------------------|---------------|
| SWP    | South Wales Police | Yes           |
## Recommendations
| recommendation_id | review_id | number | recommendation | response |
|-------------------|-----------|--------|----------------|----------|
| RC-1              | RV-1      | 1      | Train staff    | Accepted |
| RC-2              | RV-1      | 2      | Change the law |          |
## Actions
| action_id | review_id | recommendation_id | action         | measure  | due_on     | lead_agency | area    |
|-----------|-----------|-------------------|----------------|----------|------------|-------------|---------|
| A-1       | RV-1      | RC-1              | Train 40 staff | 38 of 40 | 2027-06-01 | SWP         | Both    |
| A-2       | RV-1      |                   | Print a card   |          | On going   | NOPE        | Cardiff |
"""


@pytest.mark.parametrize("review_id", REVIEWS)
def test_a_plan_counts_what_pandas_counts(review_id: str) -> None:
    outcome = plan(SAMPLE, context(), review_id, draft=True)
    report: PlanReport = outcome.report
    actions, made = frame(SAMPLE, "actions").drop_duplicates("action_id"), frame(SAMPLE, "recommendations")
    actions, made = actions[actions["review_id"] == review_id], made[made["review_id"] == review_id]
    known = frame(SAMPLE, "agencies")["agency"].str.casefold()
    lacking = actions[
        ~actions["lead_agency"].fillna("").str.casefold().isin(known)
        | dates(actions["due_on"]).isna()
        | actions["measure"].isna()
    ]
    assert (report.actions, report.recommendations) == (len(actions), len(made))
    assert report.without_action == (~made["recommendation_id"].isin(actions["recommendation_id"])).sum()
    assert set(report.incomplete) == set(lacking["action_id"])
    tables = [block for block in outcome.documents[0].blocks if isinstance(block, TableBlock)]
    assert sorted(row[0] for table in tables for row in table.rows) == sorted(actions["action_id"])


def test_a_plan_says_what_is_missing_and_what_all_partners_are_asked() -> None:
    told = plain_text(plan(settled(REVIEW), context(), "RV-1").documents[0])
    assert "The review made 2 recommendations, and 2 actions were agreed." in told
    assert "No action was agreed for this recommendation." in told
    assert (
        "A-1 | Train 40 staff; Success measure: 38 of 40 | South Wales Police; Both areas | 1 June 2027"
        in told
    )
    assert 'NOPE (not in Agencies); Cardiff | "On going" (not a date)' in told
    assert "1 action lacks a lead agency, a due date or a success measure: A-2." in told
    assert "All partners: read every recommendation and action" in told


def test_a_plan_that_is_not_published_goes_out_as_a_draft_alone() -> None:
    with pytest.raises(CannotDo, match="RV-2 is not published as at 31 March 2027"):
        plan(settled(REVIEW), context(), "RV-2")
    paper = plan(settled(REVIEW), context(), "RV-2", draft=True).documents[0]
    assert paper.draft
    assert "The review made no recommendations, and no actions were agreed." in plain_text(paper)


def test_a_template_for_a_forum_and_for_nothing_else() -> None:
    paper = mapf(settled(REVIEW), context(), "MF-1").documents[0]
    told = plain_text(paper)
    assert not paper.draft
    assert "Key findings\nFirst.\nSecond.\n" in told
    assert "No actions came of the forum." in told
    assert mapf(settled(REVIEW), context(), "MF-2").documents[0].draft
    assert "To be completed by: 1 June 2027, within 3 months of initiation" in plain_text(
        mapf(settled(REVIEW), context(), "MF-2").documents[0]
    )
    with pytest.raises(CannotDo, match="the learning template is for a MAPF"):
        mapf(settled(REVIEW), context(), "RV-1")


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 action came"), (3, "3 actions came"), (5, "consider whether 2 of them are part")],
)
def test_a_forum_with_more_than_three_actions_is_told_so(number: int, words: str) -> None:
    rows = "".join(f"| B-{at} | MF-1 | Do | SWP | Cardiff |\n" for at in range(number))
    text = REVIEW.split("## Recommendations", maxsplit=1)[0]
    text += "## Actions\n| action_id | review_id | action | lead_agency | area |\n|-|-|-|-|-|\n" + rows
    told = plain_text(mapf(settled(text), context(), "MF-1").documents[0])
    assert words in told
    assert ("Good practice indicates" in told) == (number > 3)


FORUMS = [key for key, row in sorted(SAMPLE["reviews"].by_key.items()) if row["review_type"] == "MAPF"]


@pytest.mark.parametrize("review_id", FORUMS)
def test_a_template_counts_what_pandas_counts(review_id: str) -> None:
    outcome = mapf(SAMPLE, context(), review_id)
    actions, shared = frame(SAMPLE, "actions").drop_duplicates("action_id"), frame(SAMPLE, "dissemination")
    own = actions[actions["review_id"] == review_id]
    assert outcome.report.actions == len(own)
    told = plain_text(outcome.documents[0])
    assert all(f"\n{key} | " in told for key in own["action_id"])
    reached = shared[(shared["review_id"] == review_id) & shared["delivered_on"].notna()]["reach"].sum()
    if reached:
        assert f"{reached:,} people were reached" in told
    assert (
        outcome.report.has_findings
        == frame(SAMPLE, "reviews").set_index("review_id")["key_findings"].notna()[review_id]
    )


@pytest.mark.parametrize("as_at", [TODAY, TODAY - timedelta(days=100)])
def test_the_groups_paper_agrees_with_pandas(as_at: date) -> None:
    report: CrgReport = crg(SAMPLE, context(), as_at=as_at).report
    rows = frame(SAMPLE, "referrals")

    def come(name: str) -> pd.Series:
        return dates(rows[name]).map(lambda day: isinstance(day, date) and day <= as_at)

    rows = rows[come("referred_on")]
    later = dates(rows["crg_met_on"]).map(lambda day: isinstance(day, date) and day > as_at)
    decided = rows["crg_decision"].notna() & (rows["crg_decision"] != "More information") & ~later
    assert list(report.to_decide) == list(rows[~decided]["referral_id"])
    assert list(report.unsigned) == list(rows[decided & ~come("chair_signed_off_on")]["referral_id"])
    assert list(report.unnotified) == list(rows[decided & ~come("wg_notified_on")]["referral_id"])
    reviews = frame(SAMPLE, "reviews")
    begun = dates(reviews["started_on"]).map(lambda day: not isinstance(day, date) or day <= as_at)
    assert set(report.open_reviews) == set(reviews[(reviews["stage"] != "Closed") & begun]["review_id"])


def test_the_groups_paper_names_criteria_decisions_and_what_they_want() -> None:
    told = plain_text(
        crg(
            settled(
                """
                ## Referrals
                | referral_id | referred_on | referring_agency | apr | dhr | crg_met_on | crg_decision        | immediacy | chair_signed_off_on |
                |-------------|-------------|------------------|-----|-----|------------|---------------------|-----------|---------------------|
                | RF-1        | 2027-03-01  | SWP              | Yes | Yes |            |                     |           |                     |
                | RF-2        | 2027-02-01  |                  |     |     | 2027-03-01 | No further action   | Standard  |                     |
                | RF-3        | 2027-02-01  |                  |     |     | 2027-03-01 | More information    |           |                     |
                """
            ),
            context(),
        ).documents[0]
    )
    assert "2 referrals wait for a decision" in told
    assert "Adult Practice Review and Domestic Homicide Review" in told
    assert "More information was asked for on 1 March 2027." in told
    assert (
        "1 decision waits for the chair's sign-off (RF-2) and 1 decision waits for notice to Welsh Government (RF-2). All "
        "decisions, those against a review too, are subject to both." in told
    )
    assert "No criterion is marked" in told


def test_an_empty_tracker_has_nothing_for_the_group() -> None:
    told = plain_text(crg(settled(""), context()).documents[0])
    for words in ("No referral waits for a decision.", "No decision is recorded.", "No review is open."):
        assert words in told
