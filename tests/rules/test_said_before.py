"""We have said this before: pairs that say the same are found, pairs that share a topic are not; what became of the first is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cvsb_xl.framework.load import load_framework
from cvsb_xl.rules.examples import EXAMPLE_DAY, tracker_from
from cvsb_xl.rules.likeness import LIKE, Earlier, gist, likeness
from cvsb_xl.rules.registry import rules
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context

SAME = """
Publish a protocol on hospital discharge of homeless adults. | The Health Board to publish a joint protocol for the discharge of homeless adults from hospital.
Train all front line staff in recognising coercive control. | Coercive control training to be delivered to front line staff.
Audit 20 cases in which a child was not brought to an appointment. | An audit is undertaken of cases where children were not brought to appointments.
Add a mandatory field to the referral form for the name of the alleged perpetrator. | The referral form should be amended so that the name of the alleged perpetrator is a mandatory field.
Agencies to raise awareness of the escalation policy for professional disagreements. | Remind all practitioners of the escalation policy for resolving professional disagreements.
Produce a seven minute briefing on self-neglect. | A 7 minute briefing about self-neglect is produced and circulated.
Appoint an independent domestic violence adviser to the emergency department. | An independent domestic violence adviser (IDVA) should be located in the emergency department.
GPs to record whether a patient is a carer and offer a carer's assessment. | Carer status to be recorded by GPs, with the offer of a carer's assessment.
Review the information sharing agreement between the university and the police. | The police and the university should review their information sharing agreement.
Interpreters, not family members, to be used when speaking to victims of domestic abuse. | Family members must not be used as interpreters for victims of domestic abuse.
Establish a multi-agency panel for adults who neglect themselves. | A multi-agency self-neglect panel for adults is set up.
Introduce a flag on the GP record for children subject to a child protection plan. | Children on a child protection plan to be flagged on the GP record.
Midwives to ask about domestic abuse at every booking appointment, with the woman seen alone. | Women should be seen alone at the booking appointment and asked by the midwife about domestic abuse.
The Board to circulate a briefing on the learning from this review to all schools. | A learning briefing about the review will be sent to every school.
Chronologies to be kept on all open cases. | Every open case to have an up to date chronology.
Fathers should be included in pre-birth assessments. | Pre-birth assessments must include the father.
Health visitors to receive notification of all domestic abuse incidents involving under fives. | Domestic abuse notifications concerning children under five to be passed to health visitors.
Strategy discussions to include a health representative. | A representative of health must take part in each strategy discussion.
Commission therapeutic support for children bereaved by homicide. | Children who are bereaved through homicide to be offered commissioned therapeutic support.
Police to share Operation Encompass notifications with colleges. | Operation Encompass to be extended so that colleges are notified.
Ensure staff understand the Mental Capacity Act through annual training. | Annual Mental Capacity Act training for staff.
Improve the recording of ethnicity and language in case files. | Ethnicity and language should be recorded in each case file.
Landlords to refer hoarding cases to the self-neglect panel. | Hoarding cases known to landlords to be brought to the self-neglect panel.
"""
TOPIC = """
Publish a protocol on hospital discharge of homeless adults. | Publish a protocol on the transfer of young people from hospital to prison.
Train all front line staff in recognising coercive control. | Train all front line staff in the Mental Capacity Act.
Audit 20 cases in which a child was not brought to an appointment. | Audit 20 cases of self-neglect in which the adult had capacity.
Add a mandatory field to the referral form for the name of the alleged perpetrator. | Add a question on safety at home to the triage form of the emergency department.
Produce a seven minute briefing on self-neglect. | Produce a seven minute briefing on bruising in babies.
Appoint an independent domestic violence adviser to the emergency department. | Appoint three exploitation workers on three-year contracts.
GPs to record whether a patient is a carer and offer a carer's assessment. | GPs to record the outcome of each safeguarding referral.
Review the information sharing agreement between the university and the police. | Review the supervision policy of the health visiting service.
Write a leaflet for young people who turn eighteen. | Write a leaflet on safe sleeping for new parents.
Domestic abuse training for housing officers. | Domestic abuse leaflets in GP surgeries.
Establish a multi-agency panel for adults who neglect themselves. | Establish a multi-agency panel for children at risk of exploitation.
Introduce a flag on the GP record for children subject to a child protection plan. | Health visitors to see the GP record before each home visit.
Midwives to ask about domestic abuse at every booking appointment. | Midwives to give safe sleeping advice at every booking appointment.
The Board to circulate a briefing on the learning from this review to all schools. | The Board to publish its annual report on its website.
Fathers should be included in pre-birth assessments. | Fathers should be invited to parenting classes.
Strategy discussions to include a health representative. | Strategy discussions to be minuted within two days.
Review the threshold document with all partners. | Review the escalation policy with all partners.
Police to share Operation Encompass notifications with colleges. | Police to attend MARAC meetings with risk assessments.
Commission therapeutic support for children bereaved by homicide. | Commission advocacy for children who go missing.
Annual manual handling training for staff. | Annual fire safety training for staff.
Landlords to refer hoarding cases to the self-neglect panel. | Landlords to fit smoke alarms.
Audit of 20 files on recording of ethnicity. | Audit of 20 files on supervision.
Health visitors to receive notification of all domestic abuse incidents involving under fives. | Health visitors to receive quarterly safeguarding supervision.
Add a question about carers to the discharge form. | Add a question about pets to the refuge referral form.
"""
CONTEXT = Context(now=datetime(EXAMPLE_DAY.year, EXAMPLE_DAY.month, EXAMPLE_DAY.day, 9, tzinfo=UTC))


def pairs(text: str) -> list[tuple[str, str]]:
    return [(one, other) for line in text.strip().splitlines() for one, other in [line.split(" | ")]]


@pytest.mark.parametrize(("one", "other"), pairs(SAME))
def test_texts_that_say_the_same_in_other_words_are_alike(one: str, other: str) -> None:
    assert likeness(gist(one), gist(other)) >= LIKE
    assert likeness(gist(other), gist(one)) >= LIKE


@pytest.mark.parametrize(("one", "other"), pairs(TOPIC))
def test_texts_that_share_a_form_or_a_topic_are_not_alike(one: str, other: str) -> None:
    assert likeness(gist(one), gist(other)) < LIKE


def test_each_text_finds_its_own_pair_first_among_all_the_others() -> None:
    every = pairs(SAME) + pairs(TOPIC)
    earlier = Earlier({str(number): one for number, (one, _) in enumerate(every)})
    keys = {str(number) for number in range(len(every))}
    for number, (first, text) in enumerate(pairs(SAME)):
        best = earlier.like(text, keys)[0].key
        assert every[int(best)][0] == first, (number, text)


def test_the_outcome_of_the_earlier_action_and_whether_impact_was_shown_are_told() -> None:
    tracker = tracker_from(rules()["S104"].sections["Example"], load_framework())
    [item] = check(tracker, CONTEXT, select=["S104"]).findings
    assert item.key == "A-0002"
    assert "action A-0001 of RV-0001 (" in item.message
    assert "of 100; complete, impact not looked at)" in item.message


def test_a_review_is_not_compared_with_itself() -> None:
    same = "| {id} | RV-0001 | Publish a protocol on the discharge of homeless adults from hospital |\n"
    rows = "".join(same.format(id=f"A-000{number}") for number in (1, 2))
    text = f"Actions\n\n| Action ID | Review ID | Action |\n| --- | --- | --- |\n{rows}"
    assert not check(tracker_from(text, load_framework()), CONTEXT, select=["S104"]).findings
