"""The wording rules judge like a careful reader: on texts they know, on texts they do not, and on the turns that mislead.

How they judge published actions is told by scripts/bench checking: those texts are no part of the repository.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cvsb_xl.errors import SchemaError
from cvsb_xl.framework.load import data_folder
from cvsb_xl.rules.measurable import is_stated
from cvsb_xl.rules.phrases import Words
from cvsb_xl.rules.timed import deadline_in
from cvsb_xl.rules.wording import load_wording
from tests.rules.judged import Judged, judged_texts, scores, unseen_texts

WORDING = load_wording()


@pytest.mark.parametrize("item", judged_texts(), ids=lambda item: item.text[:40])
def test_an_invented_text_is_judged_as_its_reader_does(item: Judged) -> None:
    words = Words(item.text)
    vague, made, measure = WORDING.vague(words), WORDING.deliverable(words), WORDING.measure(words)
    told = (bool(vague), made is not None, measure is not None)
    assert told == (item.vague, item.deliverable, item.measurable), (vague, made, measure)


@pytest.mark.parametrize(
    "text",
    [
        'Strike the words "consider whether" from the protocol.',
        "Publish the checklist ‘Ensure and assure’ on the intranet.",
        "Officers must not consider the matter closed until the child has been seen.",
        "Register with the College Centre for Quality Improvement.",
        "Record, rather than encourage, the attendance of each agency.",
    ],
)
def test_what_is_quoted_denied_or_a_name_is_not_vague(text: str) -> None:
    assert WORDING.vague(Words(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Consider whether a protocol is needed.",
        "Explore with partners a joint policy on transport.",
        "When training officers, speak about the child.",
        "No new policy is asked for.",
        "Key lines of enquiry are followed in investigation reports.",
        "Staff follow the safeguarding policy.",
        "Tell families how to report abuse.",
        "Highlight the bruising protocol to new starters.",
        "Staff are told of the importance of supervision training.",
        "There are templates on the intranet for this.",
        "The chair is told before the report goes out.",
        "Tenants who sit outside local arrangements are identified.",
        "Provide a better understanding of the role of grandparents.",
    ],
)
def test_a_thing_that_is_only_weighed_or_was_there_before_is_no_deliverable(text: str) -> None:
    assert WORDING.deliverable(Words(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "Include the landlord's name on the panel's agenda.",
        "A learning event for school nurses.",
        "There should be a facilitated discussion with the landlords.",
        "The child's name should be removed from the annex.",
    ],
)
def test_what_leaves_a_trace_is_a_deliverable(text: str) -> None:
    assert WORDING.deliverable(Words(text))


@pytest.mark.parametrize(
    "text",
    [
        "The landlords should provide the Board with assurance that the repairs were done.",
        "All staff should familiarise themselves with the bruising protocol.",
        "The findings should be used to inform the next plan.",
    ],
)
def test_asking_for_comfort_or_for_reading_is_vague(text: str) -> None:
    assert WORDING.vague(Words(text))


@pytest.mark.parametrize(
    "text",
    [
        # only spoken of
        "Midwives are reminded of the transfer protocol, the pathway and the checklist.",
        "Team briefings should highlight the new transfer form.",
        "Remind wardens to record each visit.",
        # in one list with what was there before
        "Lodge staff make use of risk tools, fire plans and policies.",
        "Learning from audits, case reviews and inspections is used to develop practice.",
        # a verb, not a thing
        "The housing wardens report all thefts from tenants.",
        # only says when, or which people are meant
        "The clinic must know that when a nurse opens a care plan the parents are called.",
        "Help is offered to tenants whose names are removed from the list.",
        # how well it is kept, used or known
        "Strengthen compliance with the discharge policy.",
        "Improve the use of the transfer form by wardens.",
        # what it does, or that it is followed
        "Level 2 training to remind wardens of the rules.",
        "Correct procedures are followed by the lodge.",
        "A patient's plan remains the same after a move.",
        # looked at, under way, or made only to weigh
        "The council should review the provision of day services.",
        "To monitor the implementation of any recommendations of the group.",
        "Current work to develop a charter should heed the findings.",
        "Carry out a review to consider whether a helpline is needed.",
        # found out, or only in the mind
        "It should be established whether the lodge was locked.",
        "Contact should be established with the father.",
        "A culture of trust should be created in the lodges.",
        # several of a kind
        "The colleges have processes in place for lost keys.",
    ],
)
def test_a_document_counts_only_where_it_is_made_or_changed(text: str) -> None:
    assert WORDING.deliverable(Words(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "The college should review its bullying policy.",
        "Widen the kinship carers' handbook.",
        "Training for all lodge wardens in first aid.",
        "When the tenancy strategy is revised it should set out who calls the family.",
        "When training wardens the hospice should write a checklist.",
        "Where necessary update the transfer form.",
        "If no interpreter can be had, record the reason.",
        "Wardens are reminded of the rules and a checklist is produced.",
        "Consider the findings, and review the transfer form.",
        "The hospice should have an escalation process.",
        "The lodge makes sure that a process is in place that shows who was called.",
        "The chair should report publicly on progress.",
        "Seek agreement with the two councils for a joint protocol.",
        "The warden tells the surgery of each fall, with a documented note.",
        "That the Welsh Government establishes a regulator for lodges.",
        "Lessons to be set out in a bulletin for wardens.",
        "There should be an entry on lost keys in the ledger.",
        "An advisory council should be established by the two colleges.",
        "A dedicated liaison officer for kinship carers.",
        "The college introduces exit interviews.",
        "Put a marker on the address of each tenant.",
        "Include the number of the out of hours team in the carers' pack.",
        "The chair asks for written confirmation from each lodge.",
        "Give each carer whose visits were missed more than twice a leaflet on complaints.",
    ],
)
def test_what_is_made_changed_or_ordered_in_a_document_is_a_deliverable(text: str) -> None:
    assert WORDING.deliverable(Words(text))


def test_a_thing_to_be_made_after_one_that_is_weighed_counts() -> None:
    assert WORDING.deliverable(Words("Consider the findings and develop a protocol for both areas."))


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("Publish the protocol by 31 March 2027.", "by 31 March 2027"),
        ("Publish the protocol no later than the end of June 2027.", "no later than the end of June 2027"),
        ("Train all staff within six months of publication.", "within six months of publication"),
        ("Responsibility is decided within 24 hours of the absence.", None),
        ("Adults known to services in the previous 12 months are listed.", None),
        ("Review the findings of the audit completed in December 2018.", None),
        ("Examine the response to calls made between 2 November and 7 November.", None),
        ("The list is looked through every 6 months.", None),
        ("The audit was published by 1 March 2024.", None),
        ("The protocol is to be published by 1 March 2027.", "by 1 March 2027"),
    ],
)
def test_a_standard_of_care_or_a_look_back_is_no_deadline(text: str, deadline: str | None) -> None:
    assert deadline_in(text) == deadline


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("1. Publish a protocol. 2. Train all staff in it.", True),
        ("Publish a protocol. The Trust must also audit ten cases.", True),
        ("- Publish a protocol\n- Train all staff", True),
        ("Publish a protocol. It will include a section on transport.", False),
        ("Publish a protocol (a) for wards and (b) for clinics.", False),
        ("Write a leaflet and hand it to each family.", False),
        ("Section 2.1 of the policy is rewritten.", False),
    ],
)
def test_several_actions_in_one_cell_are_told_from_one_with_an_explanation(text: str, several: bool) -> None:
    assert bool(WORDING.joined(Words(text))) is several


@pytest.mark.parametrize(
    ("measure", "stated"), [("Audit report", True), ("TBC", False), ("n/a", False), ("", False)]
)
def test_a_success_measure_that_says_nothing_is_none(measure: str, stated: bool) -> None:
    assert is_stated(measure) is stated


@pytest.mark.parametrize("code", ["S101", "S102", "S201"])
@pytest.mark.parametrize("name", ["first", "second", "third", "fourth", "fifth", "sixth"])
def test_texts_that_the_lists_were_not_made_with_are_judged_well_enough(name: str, code: str) -> None:
    score = scores(WORDING, unseen_texts(name))[code]
    assert score.f1 >= 0.85, score.told()
    assert score.balanced_accuracy >= 0.80, score.told()


@pytest.mark.parametrize(
    "text",
    [
        "Foster carers to be sent the health passport.",
        "Publish the guidance on confidentiality and Gillick competence.",
        "Train social workers with cases of significant harm in court skills.",
        "Refresher course to be held for staff working with comprehensive schools.",
        "Family liaison officer to be appointed.",
        "Record the reasonable adjustments made and the right to an advocate in each file.",
        "Keep an enhanced DBS certificate on file for each volunteer.",
    ],
)
def test_a_term_of_the_field_is_not_taken_for_the_vague_word_in_it(text: str) -> None:
    assert WORDING.vague(Words(text)) == []


def test_every_list_says_on_what_principle_its_phrases_stand() -> None:
    for items in WORDING.lists.values():
        assert all(len(item.principle) > 40 for item in items)
    assert all(item.advice for item in WORDING.lists["vague"])


def test_a_board_extends_the_lists_in_its_own_copy(tmp_path: Path) -> None:
    text = (data_folder("schemas") / "wording.yaml").read_text(encoding="utf-8")
    (tmp_path / "wording.yaml").write_text(
        text.replace("consider*,", "consider*, ponder*,", 1), encoding="utf-8"
    )
    own = "Ponder the wording of the protocol."
    assert not WORDING.vague(Words(own))
    (tmp_path / "wording.yaml").write_text(
        text.replace("    phrases: |\n      consider*,", "    phrases: |\n      ponder*, consider*,"),
        encoding="utf-8",
    )
    assert load_wording(tmp_path).vague(Words(own))


def test_a_word_list_that_is_not_as_it_should_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "wording.yaml").write_text("shared: {}\nvague: [{name: x}]\n", encoding="utf-8")
    with pytest.raises(SchemaError, match=r"wording\.yaml"):
        load_wording(tmp_path)
