"""The Case Review Group's paper: referrals to decide, decisions that want sign-off and notice, and the clocks of open reviews.

"Case Review Group ... make decisions on safeguarding review referrals in respect of approval, review type, progression and any
identified learning, and the required level of immediacy for implementation." "All decisions are subject to RSB chair sign off and
Welsh government notification." (Learning and Improvement Framework.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.framework.clocks import Milestone, as_date, outstanding
from cvsb_xl.papers.board_paper import board_paper, may_name_people
from cvsb_xl.papers.overall import Overall, overall
from cvsb_xl.papers.paper import Block, Heading, Paragraph, TableBlock
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.review_clocks import OUTCOMES_WITHOUT_A_DECISION, review_milestones
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.wording import listed
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.sentences import counted, day, sentence, shortened, verb

CRITERIA = {
    "apr": "Adult Practice Review",
    "cpr": "Child Practice Review",
    "dhr": "Domestic Homicide Review",
    "mhhr": "Mental Health Homicide Review",
    "owhr": "Offensive Weapons Homicide Review",
}
_RECENT_DAYS = 365


@dataclass(frozen=True, slots=True)
class CrgReport:
    """What the group is shown; ids in natural order.

    Attributes:
        to_decide: referrals without a decision, or for which more information was asked.
        unsigned, unnotified: decided referrals that wait for the chair, or for notice to Welsh Government.
        passed: open reviews with a date of the framework that has passed.
    """

    as_at: date
    to_decide: tuple[str, ...]
    unsigned: tuple[str, ...]
    unnotified: tuple[str, ...]
    open_reviews: tuple[str, ...]
    passed: tuple[str, ...]


def crg(tracker: Tracker, context: Context, *, as_at: date | None = None) -> Outcome:
    """Write the group's paper, as at a day: what happened after it is not told.

    Returns:
        An outcome with a Paper, a CrgReport, and a finding for each printed text that may name a person.
    """
    material = overall(tracker, as_at or context.today, context.now)
    referrals = sorted(
        (
            row
            for row in tracker["referrals"]
            if not row.is_blank and not _after(row["referred_on"], material.as_at)
        ),
        key=lambda row: natural(row.text("referral_id")),
    )
    decided = [row for row in referrals if _is_decided(row, material.as_at)]
    waiting = [row for row in referrals if not _is_decided(row, material.as_at)]
    unsigned = [row for row in decided if not _has_come(row["chair_signed_off_on"], material.as_at)]
    unnotified = [row for row in decided if not _has_come(row["wg_notified_on"], material.as_at)]
    reviews = [
        tracker["reviews"].by_key[key]
        for key in sorted(tracker["reviews"].by_key, key=natural)
        if tracker["reviews"].by_key[key]["stage"] != "Closed"
        and not _after(tracker["reviews"].by_key[key]["started_on"], material.as_at)
    ]
    clocks = review_milestones(tracker)
    passed = [
        row.text("review_id")
        for row in reviews
        if any(item.has_passed(material.as_at) for item in outstanding(clocks[row.text("review_id")]))
    ]
    report = CrgReport(
        as_at=material.as_at,
        to_decide=_ids(waiting),
        unsigned=_ids(unsigned),
        unnotified=_ids(unnotified),
        open_reviews=tuple(row.text("review_id") for row in reviews),
        passed=tuple(passed),
    )
    paper = board_paper(
        material,
        _blocks(material, report, waiting, decided, reviews, clocks),
        title="Referrals and open reviews",
        subtitle="Paper for the Case Review Group",
    )
    printed = {
        "referrals": (referrals, ("rationale", "identified_learning", "subject_ref")),
        "reviews": (reviews, ("title", "overrun_reason")),
    }
    return Outcome(findings=may_name_people(tracker, context, printed), report=report, documents=[paper])


def _ids(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(row.text("referral_id") for row in rows)


def _after(value: object, as_at: date) -> bool:
    on = as_date(value)
    return on is not None and on > as_at


def _has_come(value: object, as_at: date) -> bool:
    on = as_date(value)
    return on is not None and on <= as_at


def _is_decided(row: Row, as_at: date) -> bool:
    settled = row["crg_decision"] is not None and row["crg_decision"] not in OUTCOMES_WITHOUT_A_DECISION
    return settled and not _after(row["crg_met_on"], as_at)


def _blocks(
    material: Overall,
    report: CrgReport,
    waiting: Sequence[Row],
    decided: Sequence[Row],
    reviews: Sequence[Row],
    clocks: dict[str, list[Milestone]],
) -> Iterator[Block]:
    yield Heading("Referrals to decide")
    if waiting:
        number = len(waiting)
        yield Paragraph(
            f"{counted(number, 'referral').capitalize()} {verb(number, 'waits', 'wait')} for a decision: whether the criteria are met, which "
            "review, what was learned already, and how immediate it is."
        )
        yield _referral_table(material, waiting)
    else:
        yield Paragraph("No referral waits for a decision.")
    yield Heading("Decisions to be signed off and notified")
    yield Paragraph(_sign_off_words(report, len(decided)))
    recent = [row for row in decided if not _has_settled(row, material.as_at)]
    if recent:
        yield _decision_table(material, recent)
    yield Heading("Clocks of open reviews")
    if not reviews:
        yield Paragraph("No review is open.")
        return
    late = len(report.passed)
    yield Paragraph(
        f"{counted(len(reviews), 'review').capitalize()} {verb(len(reviews), 'is', 'are')} open. "
        + (
            f"A date of the framework has passed for {listed(report.passed)}."
            if late
            else "No date of the framework has passed."
        )
    )
    order = sorted(reviews, key=lambda row: _urgency(row, clocks[row.text("review_id")], report))
    yield TableBlock(
        title=f"{counted(len(reviews), 'open review').capitalize()}, and what each works towards",
        summary="One row for each open review, those with a date that has passed first, then by their next date: its type and stage, when its clock started, each milestone that is left with its date, and the reason where it overruns.",
        headings=("Review", "Title and type", "Stage", "Clock started", "What is left, and when"),
        widths=(1.7, 4.8, 2.1, 3.3, 5.4),
        rows=tuple(_review_row(row, clocks[row.text("review_id")], material.as_at) for row in order),
    )


def _urgency(row: Row, clocks: Sequence[Milestone], report: CrgReport) -> tuple[bool, date]:
    """Reviews with a date that has passed first, then by the next date; those without one last."""
    dates = [item.due for item in outstanding(clocks) if item.due is not None]
    return row.text("review_id") not in report.passed, min(dates, default=date.max)


def _sign_off_words(report: CrgReport, decided: int) -> str:
    if not decided:
        return "No decision is recorded."
    parts = []
    for keys, what in (
        (report.unsigned, "the chair's sign-off"),
        (report.unnotified, "notice to Welsh Government"),
    ):
        if keys:
            parts.append(
                f"{counted(len(keys), 'decision')} {verb(len(keys), 'waits', 'wait')} for {what} ({listed(keys)})"
            )
    words = (
        sentence(listed(parts))
        if parts
        else "Every decision has been signed off by the chair and notified to Welsh Government."
    )
    return f"{words} All decisions, those against a review too, are subject to both."


def _has_settled(row: Row, as_at: date) -> bool:
    """Tell whether nothing about a decision is left to do and it was made long ago: the paper leaves it out."""
    done = _has_come(row["chair_signed_off_on"], as_at) and _has_come(row["wg_notified_on"], as_at)
    met = as_date(row["crg_met_on"])
    return done and (met is None or (as_at - met).days > _RECENT_DAYS)


def criteria_words(row: Row) -> str:
    """Name the criteria that a referral meets; one or more may."""
    met = [name for field, name in CRITERIA.items() if row[field] == "Yes"]
    return listed(met) if met else "No criterion is marked"


def _referral_table(material: Overall, rows: Sequence[Row]) -> TableBlock:
    return TableBlock(
        title=f"{counted(len(rows), 'referral').capitalize()} to decide",
        summary="One row for each referral: who referred and when, the criteria marked, what is known, and how immediate it is.",
        headings=("Referral", "Referred", "Criteria", "What is known", "Immediacy"),
        widths=(1.8, 3.6, 4.0, 5.8, 2.1),
        rows=tuple(
            (
                "\n".join(filter(None, [row.text("referral_id"), row.text("subject_ref")])),
                f"{day(row['referred_on'])}\n{_referrer(material, row)}",
                criteria_words(row),
                "\n".join(_known(row)),
                row.text("immediacy") or "Not decided",
            )
            for row in rows
        ),
    )


def _known(row: Row) -> list[str]:
    where = f"Referrals, {row.text('referral_id')}"
    told = [
        f"{label}{sentence(shortened(row.text(name), 400, where))}"
        for name, label in (("rationale", ""), ("identified_learning", "Learning: "))
        if row[name] is not None
    ]
    if row["crg_decision"] is not None:
        on = f" on {day(row['crg_met_on'])}" if row["crg_met_on"] is not None else ""
        told.insert(0, f"{row.text('crg_decision')} was asked for{on}.")
    return told or ["Nothing is recorded."]


def _referrer(material: Overall, row: Row) -> str:
    return (
        material.agency(row.text("referring_agency"))
        if row["referring_agency"] is not None
        else "By nobody recorded"
    )


def _decision_table(material: Overall, rows: Sequence[Row]) -> TableBlock:
    return TableBlock(
        title="Decisions of the last twelve months, and those that still want something",
        summary="One row for each referral that was decided: the criteria, the decision, how immediate it is, and when the chair signed it off and Welsh Government was told.",
        headings=("Referral", "Criteria", "Decision and learning", "Immediacy", "Chair, Welsh Government"),
        widths=(1.6, 2.8, 6.1, 2.0, 4.8),
        rows=tuple(_decision_row(material, row) for row in rows),
    )


def _decision_row(material: Overall, row: Row) -> tuple[str, ...]:
    where = f"Referrals, {row.text('referral_id')}"
    told = [f"{row.text('crg_decision')} on {day(row['crg_met_on'], 'no recorded day')}"]
    told += [f"Now {row.text('review_id')}"] if row["review_id"] is not None else []
    told += [
        f"{label}{sentence(shortened(row.text(name), 300, where))}"
        for name, label in (("rationale", ""), ("identified_learning", "Learning: "))
        if row[name] is not None
    ]
    signed, notified = (
        day(row[name]) if _has_come(row[name], material.as_at) else "not yet"
        for name in ("chair_signed_off_on", "wg_notified_on")
    )
    return (
        row.text("referral_id"),
        criteria_words(row),
        "\n".join(told),
        row.text("immediacy") or "Not recorded",
        f"Signed off: {signed}\nNotified: {notified}",
    )


def _review_row(row: Row, clocks: Sequence[Milestone], as_at: date) -> tuple[str, ...]:
    rest = outstanding(clocks)
    # A later clock that has no start yet tells nothing: only the next one says what it waits for.
    told = [item for at, item in enumerate(rest) if item.due or not at]
    left = [f"{item.text(as_at)}{f': {day(item.due)}' if item.due else ''}" for item in told]
    if not left:
        left = [
            "No clock of the framework is left" if clocks else "The framework sets no clock for this type"
        ]
    if row["overrun_reason"] is not None:
        left.append(f"Reason: {sentence(shortened(row.text('overrun_reason'), 300, 'Reviews'))}")
    return (
        row.text("review_id"),
        f"{row.text('title') or 'No title'}\n{row.text('review_type') or 'No type recorded'}",
        row.text("stage") or "Not recorded",
        day(row["started_on"]),
        "\n".join(left),
    )
