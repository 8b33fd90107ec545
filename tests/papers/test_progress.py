"""`progress`: what the paper says is right for none, one and many, and nothing in it is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cvsb_xl.errors import CannotDo
from cvsb_xl.papers.paper import Figure, Paper, TableBlock, plain_text
from cvsb_xl.papers.progress import ProgressReport, progress
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.outcome import Context
from tests.markdown import tracker_from

AS_AT = date(2027, 5, 4)
CONTEXT = Context(now=datetime(2027, 5, 4, 9, 30, tzinfo=UTC), user="tester")

REVIEW = """
## Reviews
| review_id | title            | review_type | started_on | report_published_on | plan_published_on |
|-----------|------------------|-------------|------------|---------------------|-------------------|
| RV-1      | A review of care | SUSR        | 2025-01-06 | 2026-05-04          | 2026-05-18        |
## Agencies
| agency | name               | board_partner |
|--------|--------------------|---------------|
| SWP    | South Wales Police | Yes           |
| CC     | Cardiff Council    | Yes           |
"""
MANY = (
    REVIEW
    + """
## Recommendations
| recommendation_id | review_id | number | recommendation           | reach    | response     |
|-------------------|-----------|--------|--------------------------|----------|--------------|
| RC-1              | RV-1      | 1      | Train those who ask      |          | Accepted     |
| RC-2              | RV-1      | 2      | Change the national form | National | Not accepted |
## Actions
| action_id | review_id | recommendation_id | action          | due_on     | lead_agency | area    | impact_check_on | impact_result |
|-----------|-----------|-------------------|-----------------|------------|-------------|---------|-----------------|---------------|
| A-1       | RV-1      | RC-1              | Train 40 staff  | 2026-12-01 | SWP         | Cardiff | 2027-04-01      | Embedded      |
| A-2       | RV-1      | RC-1              | Write a leaflet | 2026-12-01 | CC          | Both    |                 |               |
| A-3       | RV-1      |                   | Open a desk     | 2027-01-01 | CC          | Cardiff |                 |               |
| A-4       | RV-1      |                   | Audit 30 plans  | 2027-02-01 | SWP         | Cardiff |                 |               |
| A-5       | RV-1      |                   | Audit 20 plans  | 2027-03-01 | SWP         | Cardiff |                 |               |
| A-6       | RV-1      |                   | Buy a line      | 2027-12-01 | CC          | Cardiff |                 |               |
| A-10      | RV-1      |                   | Hold a workshop | On going   | CC          | Cardiff |                 |               |
## Assignments
| assignment_id | action_id | agency | role | progress           | evidence     | evidence_seen_on | evidence_seen_by | impact       | barriers   | help_needed | step_down_reason | updated_on |
|---------------|-----------|--------|------|--------------------|--------------|------------------|------------------|--------------|------------|-------------|------------------|------------|
| AS-1          | A-1       | SWP    | Lead | Proposed complete  | The register | 2027-01-20       | The manager      | 38 of 40 ask |            |             |                  | 2027-01-10 |
| AS-2          | A-2       | CC     | Lead | Proposed complete  | The leaflet  |                  |                  |              |            |             |                  | 2027-01-10 |
| AS-3          | A-3       | CC     | Lead | Proposed step-down |              |                  |                  |              |            |             | No longer needed | 2027-01-10 |
| AS-4          | A-4       | SWP    | Lead | In progress        |              |                  |                  |              | No auditor | Yes         |                  | 2027-04-10 |
| AS-5          | A-5       | SWP    | Lead | In progress        |              |                  |                  |              |            |             |                  | 2027-05-20 |
| AS-6          | A-6       | CC     | Lead | Proposed complete  |              |                  |                  |              |            |             |                  | 2027-04-10 |
## Decisions
| decision_id | body           | meeting_on | action_id | proposal     | decision | new_due_on |
|-------------|----------------|------------|-----------|--------------|----------|------------|
| D-1         | Delivery Group | 2027-02-01 | A-1       | Complete     | Ratified |            |
| D-2         | Delivery Group | 2027-02-01 | A-2       | Complete     | Ratified |            |
| D-3         | Delivery Group | 2027-02-01 | A-3       | Stepped down | Ratified |            |
| D-4         | Delivery Group | 2027-02-01 | A-5       | Extension    | Ratified | 2027-04-01 |
| D-5         | Delivery Group | 2027-06-01 | A-6       | Complete     | Ratified |            |
## Escalations
| escalation_id | action_id | kind    | description            | raised_on  | raised_by | asked_of_board | board_met_on | board_response |
|---------------|-----------|---------|------------------------|------------|-----------|----------------|--------------|----------------|
| E-1           | A-5       | Barrier | Two records disagree   | 2027-03-02 | swp       | Name one owner |              |                |
| E-2           | A-4       | Risk    | The post may stay open | 2027-03-02 |           | Fund the post  | 2027-04-06   | Agreed         |
## Acknowledgements
| acknowledgement_id | review_id | agency | acknowledged_by | acknowledged_on |
|--------------------|-----------|--------|-----------------|-----------------|
| AK-1               | RV-1      | SWP    | The lead        | 2026-06-01      |
| AK-2               | RV-1      | CC     | The lead        | 2027-05-05      |
## Dissemination
| dissemination_id | review_id | agency | method     | delivered_on | audience      | reach | impact |
|------------------|-----------|--------|------------|--------------|---------------|-------|--------|
| DI-1             | RV-1      | SWP    | Training   | 2026-09-01   | Response team | 1,200 |        |
| DI-2             | RV-1      | BOARD  | Case study | 2027-09-01   | Everyone      | 10    |        |
| DI-3             | RV-1      | CC     |            |              |               |       |        |
"""
)


def paper_of(
    tracker: Tracker, review_id: str = "RV-1", as_at: date | None = AS_AT, *, draft: bool = False
) -> Paper:
    paper = progress(tracker, CONTEXT, review_id, as_at=as_at, draft=draft).documents[0]
    assert isinstance(paper, Paper)
    return paper


def text_of(text: str, **named: object) -> str:
    return plain_text(paper_of(tracker_from(text), **named))  # type: ignore[arg-type]


def with_actions(number: int) -> str:
    rows = "".join(f"| A-{item} | RV-1 | Do {item} | SWP | Cardiff |\n" for item in range(1, number + 1))
    return f"{REVIEW}## Actions\n| action_id | review_id | action | lead_agency | area |\n|--|--|--|--|--|\n{rows}"


def test_position_is_told_in_sentences_that_add_up() -> None:
    """Each action is counted once, stepped down is not complete, and lateness is told against both dates."""
    told = text_of(MANY)
    assert (
        "Of 7 actions, 2 are ratified complete, 1 was stepped down, 1 awaits ratification as complete, 2 are in progress, "
        "all past their due date (1 also past its revised date), and 1 is not started. 1 open action has no due date. "
        "Stepped-down actions are not counted as complete."
    ) in told


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "No actions are recorded for this review."),
        (1, "Of 1 action, none is ratified complete, and 1 is not started. 1 open action has no due date."),
        (
            3,
            "Of 3 actions, none is ratified complete, and 3 are not started. 3 open actions have no due date.",
        ),
    ],
)
def test_grammar_is_right_for_none_one_and_many(number: int, words: str) -> None:
    """The position reads as a person would write it, whatever the number."""
    assert words in text_of(with_actions(number))


def test_a_review_without_actions_has_no_table_and_no_chart() -> None:
    """What is not there is said in words, section by section, and no empty table is drawn."""
    paper = paper_of(tracker_from(with_actions(0)))
    assert not [block for block in paper.blocks if isinstance(block, TableBlock | Figure)]
    told = plain_text(paper)
    for words in (
        "No recommendations are recorded for this review, and no actions.",
        "There is no action to report on.",
        "No action awaits ratification.",
        "No action is complete yet.",
        "No barrier is recorded on an open action, and nothing has been escalated to the Board.",
        "No dissemination is recorded.",
        "Of 2 agencies asked, none has acknowledged the report: Cardiff Council and South Wales Police.",
    ):
        assert words in told


def test_the_clock_is_counted_from_the_later_date_with_the_frameworks_sentence() -> None:
    """Both dates are shown, the due date stands 12 months after the later, and the sentence is quoted."""
    told = text_of(MANY)
    assert "The report was published on 4 May 2026; the action plan was published on 18 May 2026." in told
    assert "This report is due on 18 May 2027 (12 months after" in told
    assert "counted from the later date), 14 days after the date of this paper." in told
    assert "each SUSR completed will be subject to a brief Progress report 12 months after" in told


def test_each_action_stands_in_the_table_once_in_natural_order() -> None:
    """A-10 comes after A-6, and each row says lead, area, dates, status and timeliness in words."""
    table = next(block for block in paper_of(tracker_from(MANY)).blocks if isinstance(block, TableBlock))
    assert [row[0].split("\n")[0] for row in table.rows] == ["A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-10"]
    rows = {row[0].split("\n")[0]: row for row in table.rows}
    assert rows["A-1"][0] == "A-1\nRec. 1"
    assert rows["A-2"][2] == "Cardiff Council\nBoth areas"
    assert rows["A-3"][4] == "Stepped down\nRatified 1 February 2027"
    assert rows["A-4"][4] == "In progress\nOverdue by 92 days"
    assert rows["A-5"][3] == "1 March 2027\nRevised: 1 April 2027"
    assert rows["A-5"][4] == "In progress\nOverdue by 64 days; by 33 against the revised date"
    assert rows["A-6"][4] == "Awaiting ratification\nProposed as complete"
    assert rows["A-10"][3] == '"On going" (not a date)'
    assert rows["A-10"][4] == "Not started\nNo date"


def test_chart_counts_every_action_once_and_its_alt_text_says_all() -> None:
    """The bars add up to the actions, and the alt text names each bar with its counts."""
    paper = paper_of(tracker_from(MANY))
    figure = next(block for block in paper.blocks if isinstance(block, Figure))
    assert sum(sum(segment.counts) for segment in figure.chart.segments) == 7
    assert (
        "Cardiff Council: 1 complete, 1 awaiting ratification, 1 not started and 1 stepped down."
        in figure.alt
    )
    assert "South Wales Police: 1 complete and 2 in progress." in figure.alt


def test_evidence_and_impact_say_who_saw_what_and_what_is_blank() -> None:
    """A complete action shows its evidence, who saw it and when, and its impact; blanks are said in words."""
    tables = [block for block in paper_of(tracker_from(MANY)).blocks if isinstance(block, TableBlock)]
    rows = {row[0]: row for row in tables[1].rows}
    assert rows["A-1"][2] == "The register.\nSeen by The manager on 20 January 2027."
    assert rows["A-1"][3] == "38 of 40 ask.\nThe impact check on 1 April 2027 found: embedded."
    assert rows["A-2"][2:] == (
        "The leaflet.\nNobody is recorded as having seen it.",
        "No impact has been recorded yet.",
    )
    assert rows["A-6"][2:] == ("No evidence is recorded.", "No impact has been recorded yet.")
    assert "A-3" not in rows
    assert (
        "Of 2 complete actions, 2 have evidence for every agency's part, 1 has had all of it seen, and 1 has an impact"
        in text_of(MANY)
    )


def test_stepped_down_and_recommendations_without_action_are_told_with_reasons() -> None:
    """Nothing that will not be done is left out of the paper."""
    told = text_of(MANY)
    assert "A-3: ratified by the Delivery Group on 1 February 2027. Reason: No longer needed." in told
    assert "Recommendation 2 (national): Change the national form. Response: not accepted." in told


def test_barriers_show_what_was_asked_and_answered_and_only_open_asks_are_decisions() -> None:
    """An answered question is not put again; one that is open is, under its number."""
    told = text_of(MANY)
    assert "Decide on E-1: Name one owner." in told
    assert "Decide on E-2" not in told
    assert "Raised on 2 March 2027 by South Wales Police." in told
    assert (
        "E-2, risk on A-4: The post may stay open. Raised on 2 March 2027. Asked of the Board: Fund the post."
        in told
    )
    assert "The Board answered on 6 April 2027: Agreed. Still open." in told
    assert (
        "A-4, South Wales Police: No auditor. The agency asks for the Board's help. Escalated as E-2." in told
    )


def test_help_asked_for_and_not_escalated_is_noted_to_the_board() -> None:
    """An agency's call for help reaches the Board even where nobody escalated it."""
    told = text_of(MANY.replace("| E-2           | A-4       |", "| E-2           | A-1       |"))
    assert "Note: South Wales Police asks for help with A-4, which has not been escalated." in told


def test_dissemination_counts_what_was_delivered_and_names_who_has_not_acknowledged() -> None:
    """Blank rows that sheets go out with are no dissemination; a coming date is planned and not counted."""
    told = text_of(MANY)
    assert (
        "South Wales Police | Training; 1 September 2026 | Response team; 1,200 people | Not recorded" in told
    )
    assert "The Board | Case study; Planned for 1 September 2027 | Everyone; 10 people" in told
    assert "1,200 people were reached, as recorded." in told
    assert "No dissemination is recorded for Cardiff Council." in told
    assert (
        "Of 2 agencies asked, 1 has acknowledged the report: South Wales Police. Not yet: Cardiff Council."
        in told
    )


def test_what_lies_after_the_day_is_not_counted_and_is_said() -> None:
    """A decision of a later meeting, and a row updated later, are named at the end."""
    told = text_of(MANY)
    assert "The decision D-5 on A-6 is of 1 June 2027 and is not counted." in told
    assert "1 assignment was updated after 4 May 2027 and is told as now: AS-5." in told


def test_unreadable_cells_and_actions_without_an_id_are_named() -> None:
    """What the report cannot read or count is left out by name, never in silence."""
    text = MANY.replace("| A-6       | RV-1      |", "|           | RV-1      |")
    report: ProgressReport = progress(tracker_from(text), CONTEXT, "RV-1", as_at=AS_AT).report
    assert 'Actions!J11: Due on "On going" is not a date (A-10).' in report.left_out
    assert any("has no ID (cvsb update gives it one) and is not counted" in line for line in report.left_out)
    assert report.position.actions == 6


def test_computed_columns_are_not_believed() -> None:
    """A stale status in the workbook changes nothing: it is worked out anew."""
    text = MANY.replace("| impact_result |\n", "| impact_result | status |\n").replace(
        "|---------------|\n| A-1 ", "|---------------|--|\n| A-1 "
    )
    lines = [
        f"{line} Complete |" if line.startswith("| A-") and "RV-1 " in line else line
        for line in text.splitlines()
    ]
    assert progress(tracker_from("\n".join(lines)), CONTEXT, "RV-1").report.position.complete == 2


def test_an_unknown_review_is_refused_with_close_ids() -> None:
    """A typing error is answered with what was probably meant."""
    with pytest.raises(CannotDo, match=r'no review "RV1"\. Did you mean RV-1\?'):
        paper_of(tracker_from(MANY), "RV1")


def test_a_review_that_is_not_published_is_refused_unless_a_draft_of_a_day_is_asked_for() -> None:
    """Neither --draft nor --as-at alone is enough; with both the paper is plainly headed DRAFT and guesses no date."""
    text = MANY.replace(
        "| 2026-05-04          | 2026-05-18        |", "| 2026-05-04          |                   |"
    )
    tracker = tracker_from(text)
    for as_at, draft in ((AS_AT, False), (None, True), (None, False)):
        with pytest.raises(CannotDo, match="not published as at 4 May 2027: Plan published on is blank"):
            paper_of(tracker, as_at=as_at, draft=draft)
    paper = paper_of(tracker, draft=True)
    assert paper.draft
    told = plain_text(paper)
    assert "DRAFT. The report and the action plan have not both been published. Not for circulation." in told
    assert (
        "The report was published on 4 May 2026; no date of publication is recorded for the action plan."
        in told
    )
    assert (
        "There is no due date for this report yet: it is awaiting publication of the report and the action plan."
        in told
    )


def test_a_review_published_after_the_day_is_not_published_on_it() -> None:
    """As at a day before publication the review is refused, and the date is told."""
    with pytest.raises(CannotDo, match="Plan published on is 18 May 2026"):
        paper_of(tracker_from(MANY), as_at=date(2026, 5, 10))


@pytest.mark.parametrize(("kind", "name"), [("CPR", "a CPR"), ("APR", "an APR")])
def test_an_older_review_is_reported_and_the_paper_says_that_no_clock_applies(kind: str, name: str) -> None:
    """The framework sets no 12-month report for the older types; none is invented."""
    paper = paper_of(tracker_from(MANY.replace("| SUSR        |", f"| {kind}         |")))
    assert paper.title == "Progress report"
    assert (
        f"and sets none for {name}; this paper was asked for all the same, and has no due date."
        in plain_text(paper)
    )


def test_a_mapf_is_reported_once_it_is_completed() -> None:
    """A MAPF is completed, not published."""
    text = """
    ## Reviews
    | review_id | title   | review_type | started_on | completed_on |
    |-----------|---------|-------------|------------|--------------|
    | RV-1      | A forum | MAPF        | 2026-01-05 | 2026-04-01   |
    """
    told = text_of(text)
    assert "The review was completed on 1 April 2026." in told
    assert "sets none for a MAPF" in told
    with pytest.raises(CannotDo, match="not completed as at 4 May 2027: Completed on is blank"):
        paper_of(tracker_from(text.replace("2026-04-01", "")))


def test_an_action_that_needs_no_ratification_is_not_told_as_ratified() -> None:
    """Sign-off not required: complete, and said apart."""
    text = (
        REVIEW
        + """
    ## Actions
    | action_id | review_id | action | lead_agency | area    | signoff_required |
    |-----------|-----------|--------|-------------|---------|------------------|
    | A-1       | RV-1      | Do it  | SWP         | Cardiff | No               |
    ## Assignments
    | assignment_id | action_id | agency | progress          |
    |---------------|-----------|--------|-------------------|
    | AS-1          | A-1       | SWP    | Proposed complete |
    """
    )
    told = text_of(text)
    assert "Of 1 action, none is ratified complete, and 1 is complete without needing ratification." in told
    assert "Complete; Sign-off not required" in told


def test_agencies_are_known_in_any_letters_and_unknown_ones_are_not_counted_as_leads() -> None:
    """ "swp" is SWP; what Agencies does not have is told as it stands, and counted apart."""
    told = text_of(
        MANY.replace("2027-02-01 | SWP  ", "2027-02-01 | swp  ").replace(
            "2027-12-01 | CC ", "2027-12-01 | Social services "
        )
    )
    assert "and 7 actions, led by 2 agencies. 1 action names no one lead agency that Agencies has." in told
    assert "Audit 30 plans | South Wales Police; Cardiff |" in told
    assert "Buy a line | Social services (not in Agencies); Cardiff |" in told


def test_before_publication_nobody_is_said_to_have_been_asked() -> None:
    """A draft does not count partners who could not have seen the report yet."""
    text = with_actions(1).replace("2026-05-04          | 2026-05-18", "                    |           ")
    assert "No agency is recorded as having to acknowledge the report." in text_of(text, draft=True)


def test_long_texts_are_cut_at_a_word_and_the_rest_is_named() -> None:
    """Nothing is cut without saying where the whole stands."""
    told = text_of(MANY.replace("The register", "word " * 200))
    assert "word … (in full: Assignments, AS-1)" in told


def test_a_text_that_may_name_a_person_is_found_before_it_is_sent() -> None:
    """The paper goes further than the tracker: what it prints is looked over by the privacy rules."""
    tracker = tracker_from(MANY.replace("No auditor", "Ring 07700 900431"))
    found = progress(tracker, CONTEXT, "RV-1", as_at=AS_AT).findings
    assert [(item.code, item.key, item.field) for item in found] == [("P103", "AS-4", "barriers")]
