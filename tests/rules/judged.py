"""Invented recommendations and actions, each with what a careful reader says of it: is it Vague, is there a Deliverable, is it Measurable?

They are worded as real plans are, and none of them is taken from one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judged:
    """A text with what a reader says of it."""

    text: str
    vague: bool
    deliverable: bool
    measurable: bool


_TEXTS = """
V-- | GPs should be reminded of the need to enquire about domestic abuse routinely.
VDM | The Health Board to ensure that its domestic abuse policy includes a section on male victims.
-DM | Each agency to audit 20 cases in which a child was not brought to an appointment.
-DM | The Police will publish a protocol on welfare checks.
VD- | Agencies should review their training to ensure it is fit for purpose.
V-- | Professionals should be more curious about the role of fathers.
V-- | All agencies to promote a culture of respectful challenge.
V-- | Multi-agency working needs to be strengthened across the region.
-DM | Add a mandatory field to the referral form for the name of the alleged perpetrator.
V-- | The Board should explore opportunities for closer working with housing providers.
-DM | Training on coercive control to be delivered to all front line staff.
VD- | Training should be made available to relevant staff as appropriate.
V-- | Staff should be supported to have confidence in challenging parents.
-DM | A single point of contact for schools to be appointed in each local authority.
-DM | The Community Safety Partnership should commission an awareness campaign aimed at older victims.
V-- | Practitioners should give consideration to the impact of caring responsibilities.
V-- | Consideration should be given to developing a joint protocol.
V-- | The Board should seek to influence national policy on this issue.
-DM | Write to the Home Office to request that guidance on posthumous records be published.
-DM | Report on the number of MARAC referrals from primary care to the Board every quarter.
-DM | Develop a seven minute briefing on self-neglect and circulate it to all partners.
V-- | Improve communication between agencies.
V-- | Information sharing should be timely and effective.
-D- | Review the discharge procedure.
-DM | The hospital must record the outcome of each safeguarding referral in the patient's notes.
--- | Officers attending a domestic incident must speak to each child who is in the house.
--- | A social worker should visit the child at home before the conference.
V-- | Health visitors should maintain contact with families who do not engage.
-DM | Amend the risk assessment template so that it asks about animals in the home.
VDM | Strengthen the supervision policy by adding a requirement for monthly case discussion.
-DM | Create a flowchart showing the steps to be taken when a patient leaves the ward.
V-- | Ensure the voice of the child is heard.
V-- | Partners to work together to address gaps in provision for adults with autism.
V-- | Raise awareness of the signs of exploitation amongst the public.
-DM | Produce a leaflet for the public on the signs of exploitation.
-DM | Appoint two independent domestic violence advisers to the emergency department.
-DM | A task and finish group will be established to rewrite the threshold document.
VD- | The Trust's risk assessment policy should be reviewed and strengthened.
V-- | Agencies are encouraged to use the existing escalation policy.
--- | GPs must ask the patient about firearms in the home at each review.
V-- | The learning from this review should be embedded in practice.
V-- | Lessons from this case should be shared across the region.
-DM | The report will be presented to the Quality Committee by March.
-DM | Carry out a dip sample of 30 child protection plans.
V-- | Managers should satisfy themselves that staff understand their responsibilities.
V-- | Agencies should take steps to improve recording.
VDM | Ensure that an audit of compliance with the bruising protocol is carried out and reported to the Board.
-DM | The IT system to be changed so that an alert appears on the record of each known perpetrator.
V-- | Explore with the Health Board whether a clinic could be set up.
V-- | Continue to embed trauma informed practice.
-DM | Hold a learning event for midwives in each locality.
V-- | Services should be accessible to all communities.
V-- | Consider the use of interpreters wherever possible.
-DM | Induction for new staff to include a session on the Mental Capacity Act.
V-- | There should be better joined up working at the point of transition.
--- | Police to inform children's services of each incident at an address where a child lives.
-DM | Establish a register of informal carers.
V-- | The Trust should look at how families are involved in investigations.
-DM | Complaints leaflet to be translated into Polish, Arabic and Welsh.
V-- | Promote the use of the DASH checklist.
V-- | Staff to be aware of the pathway for self-neglect.
-DM | Send a letter to all GP practices setting out the referral criteria.
VDM | Relaunch the escalation policy with regular briefings for team managers.
--- | Adult services should not close a case until the referrer has been told.
"""


def judged_texts() -> list[Judged]:
    """Return the texts; a letter before a text says yes, a dash no."""
    found = []
    for line in _TEXTS.strip().splitlines():
        marks, text = line.split(" | ", 1)
        found.append(Judged(text, *(mark != "-" for mark in marks)))
    return found
