"""Invented recommendations and actions, each with what a careful reader says of it: is it Vague, is there a Deliverable, is it Measurable?

They are worded as real plans are, and none of them is taken from one. `judged_texts` holds those that the lists were made with: each
must come out right. The files in unseen/ were each written and judged before the rules were run on it, one after the other;
the lists were then mended by what was learnt, so that only the last can tell how the rules do on texts they have not met. On that
day they scored (F1 / balanced accuracy):

    set       S101 vague      S102 nothing made   S201 no measure
    first     0.971 / 0.972   0.873 / 0.888       0.870 / 0.845
    second    0.828 / 0.838   0.836 / 0.848       0.906 / 0.896
    third     0.903 / 0.912   0.806 / 0.803       0.805 / 0.738
    fourth    0.914 / 0.921   0.830 / 0.838       0.900 / 0.882
    fifth     0.877 / 0.868   0.933 / 0.934       0.885 / 0.860
    sixth     0.952 / 0.955   0.895 / 0.895       0.878 / 0.856

Published recommendations, judged before the rules were run on them and kept out of the repository, scored at first sight:

    48 of nine reviews            0.974 / 0.974   0.800 / 0.799       0.893 / 0.878
    48 more, after mending        0.962 / 0.912   0.821 / 0.828       0.879 / 0.806
    10 more, after mending again  0.857 / 0.875   0.667 / 0.619       0.769 / 0.690
    82 of NHS trusts, councils    0.944 / 0.876   0.745 / 0.802       0.697 / 0.746
    49 more, after mending        0.873 / 0.857   0.863 / 0.857       0.902 / 0.899
    29 of inquiries, after again  0.914 / 0.887   0.783 / 0.875       0.815 / 0.861
    26 of inquiries, after again  0.909 / 0.917   0.667 / 0.771       0.583 / 0.688

A few judgements were corrected when the first run showed them to go against the readers of published plans (`consider issuing` makes
nothing; assurance that is asked for can be read).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cvsb_xl.rules.phrases import Words
from cvsb_xl.rules.wording import Wording

UNSEEN = Path(__file__).parent / "unseen"


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
-DM | SOP for observations to be amended to state who signs the record.
V-- | Ward staff to be reminded of the importance of documentation.
-DM | Quality and Safety team to produce a monthly report of overdue actions for the Executive.
V-- | Robust arrangements for handover are required.
VDM | Update the training package so that it is more relevant to community teams.
-DM | New referral pathway agreed with the CCG and published on the intranet.
V-- | The Safeguarding Children Board should satisfy itself that there is sufficient capacity.
-DM | Recruit a named doctor for safeguarding.
-DM | Develop and implement a neglect strategy.
V-- | Agencies must ensure effective communication takes place between adult and children services.
VDM | Each agency should provide assurance to the Board that the recommendations have been implemented.
-DM | Include domestic abuse in the induction programme for councillors.
V-- | The importance of professional curiosity should be promoted.
V-- | Consider developing a leaflet for parents.
--- | Practitioners should speak to the child alone.
--- | The pre-birth assessment must start at 18 weeks of pregnancy.
-DM | Carry out a skills audit of all duty social workers.
V-- | Explore options for funding a perpetrator service.
-DM | The bruising protocol must specify that the consultant is informed.
V-- | Better engagement with the Polish community.
-DM | Set up a joint meeting between health visitors and GPs every six weeks.
V-- | Staff to have an understanding of the cycle of change.
-DM | Safeguarding supervision records to be audited twice a year.
-DM | Add the question to the electronic patient record template.
V-- | To continue to improve the timeliness of assessments.
-DM | Board to write to the Chief Constable about the transfer of records.
V-- | The Trust should work closely with partners to support carers.
-DM | Staff who chair strategy meetings to attend a two day course.
VDM | A robust policy is written which clarifies roles when children go missing.
-DM | Appoint a lead nurse for learning disability.
V-- | Where appropriate, agencies should share information in a timely manner.
-DM | Board to commission an independent evaluation of the MASH.
-DM | Create a directory of services for older people.
--M | GPs should see a child within 48 hours of a missed immunisation appointment.
V-- | Front line practitioners should feel confident to escalate concerns.
-DM | Introduce a tracker for section 42 enquiries.
-DM | Amendments to the CPA policy approved by the Policy Group.
V-- | Look at ways of engaging fathers.
V-- | Opportunities for joint working should be maximised.
-DM | Put in place a rota for out of hours cover.
V-- | Seek to understand the reasons for non-attendance.
-DM | Risk assessment tool to be completed for all new admissions.
VDM | Ensure that a copy of the plan is sent to the GP.
-DM | Hold three workshops for head teachers on forced marriage.
V-- | There needs to be a shared understanding of thresholds.
-DM | Review of the DNA policy completed and new version circulated.
V-- | Strengthen links between probation and housing.
-DM | Implement the recommendations of the national review on bruising.
V-- | Police to give greater consideration to the history of the couple.
-DM | Chronology template introduced in all teams.
--- | Midwives ask each woman about domestic abuse when she is alone.
--- | No child is to be discharged from hospital before a named social worker has visited the ward.
--- | The duty manager telephones the school on the day of the incident.
--- | Care homes must call an ambulance after a fall with a head injury.
V-- | Agencies should be more joined up when families move across boundaries.
V-- | Work with the university to develop a better understanding of student vulnerability.
V-- | Housing providers to be encouraged to report concerns.
V-- | That the Board reviews the effectiveness of its arrangements.
V-- | A whole family approach should be adopted by all services.
V-- | All services need to recognise the impact of parental substance misuse on children.
V-- | There should be greater scrutiny of elective home education.
V-- | Officers should use their professional judgement and consider all relevant information.
V-- | Supervision should be regular and reflective.
V-- | Agencies to examine how they respond to non-engagement.
V-- | Health services should continue to prioritise routine enquiry.
V-- | Communication between the ward and the community team needs to improve.
V-- | Support practitioners to have difficult conversations.
V-- | Drug and alcohol services should endeavour to involve carers.
-DM | The Board will publish the review and hold a press briefing.
-DM | A joint visiting protocol between midwifery and health visiting to be signed by both heads of service.
-DM | Each GP practice to nominate a domestic abuse champion.
-DM | The Crown Prosecution Service to issue guidance on stalking.
-DM | A review of all open cases of neglect to be undertaken by the Principal Social Worker and reported to the Board.
-DM | Deliver bite size training to 12 GP practices.
-DM | Housing allocation policy to be changed so that survivors are placed in band A.
-DM | Purchase body worn cameras for all response officers.
-DM | Appoint an independent author for the next review.
-DM | A webinar for councillors will be recorded and put on the website.
-DM | Circulate the seven minute briefing to all schools.
-DM | Case file audit of 15 cases closed without a visit.
VDM | Introduce a more robust system for tracking out of area placements.
VDM | Develop and promote a toolkit for practitioners on self-neglect.
VDM | Ensure that policies on safe discharge are updated.
"""


@dataclass(frozen=True, slots=True)
class Score:
    """How a rule does on judged texts: the rule fires, or should, where a text has the fault."""

    missed: list[str]
    false_alarms: list[str]
    hits: int
    clear: int

    @property
    def f1(self) -> float:
        return 2 * self.hits / (2 * self.hits + len(self.missed) + len(self.false_alarms))

    @property
    def balanced_accuracy(self) -> float:
        of_faults, of_clear = self.hits + len(self.missed), self.clear + len(self.false_alarms)
        return (self.hits / of_faults + self.clear / of_clear) / 2

    def told(self) -> str:
        """Return the figures and the mistakes."""
        figures = f"F1 {self.f1:.3f}, balanced accuracy {self.balanced_accuracy:.3f}"
        return f"{figures}; missed {self.missed}; false alarms {self.false_alarms}"


def scores(wording: Wording, texts: Iterable[Judged]) -> dict[str, Score]:
    """Return the score of each wording rule."""
    found = {code: Score([], [], 0, 0) for code in ("S101", "S102", "S201")}
    for item in texts:
        words = Words(item.text)
        answers = {
            "S101": (item.vague, bool(wording.vague(words))),
            "S102": (not item.deliverable, wording.deliverable(words) is None),
            "S201": (not item.measurable, wording.measure(words) is None),
        }
        for code, (faulty, told) in answers.items():
            score = found[code]
            (score.missed if faulty else score.false_alarms).extend([item.text] * (faulty != told))
            agreed = faulty == told
            found[code] = Score(
                score.missed,
                score.false_alarms,
                score.hits + (agreed and faulty),
                score.clear + (agreed and not faulty),
            )
    return found


def judged_texts() -> list[Judged]:
    """Return the texts that the lists were made with."""
    return _read(_TEXTS)


def unseen_texts(name: str) -> list[Judged]:
    """Return one of the sets in unseen/."""
    return _read((UNSEEN / f"{name}.txt").read_text(encoding="utf-8"))


def _read(lines: str) -> list[Judged]:
    """A letter before a text says yes, a dash no."""
    found = []
    for line in lines.strip().splitlines():
        marks, text = line.split(" | ", 1)
        found.append(Judged(text, *(mark != "-" for mark in marks)))
    return found
