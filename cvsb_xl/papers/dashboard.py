"""The dashboard as a page: where reviews and actions stand on a day, for the Board's members or for one agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cvsb_xl.errors import CannotDo
from cvsb_xl.papers.board_paper import may_name_people
from cvsb_xl.papers.dashboard_facts import Shown, facts, shown_to, shown_to_members
from cvsb_xl.papers.dashboard_lists import lists
from cvsb_xl.papers.dashboard_own import own_work
from cvsb_xl.papers.dashboard_position import position
from cvsb_xl.papers.page import Count, Page
from cvsb_xl.tracker.assigning import known_code
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.verbs.outcome import Context, Outcome

MEMBERS = (
    "For members of the Board, the Delivery Group and the Case Review Group only. "
    "It holds what every agency reported, and reviews that are not published: do not pass it on."
)


@dataclass(frozen=True, slots=True)
class DashboardReport:
    """What a page tells of, in figures.

    Attributes:
        agency: the code of the agency whose page it is; blank for the full page.
    """

    as_at: date
    agency: str
    reviews: int
    actions: int
    open: int
    overdue: int
    awaiting_ratification: int


def dashboard(tracker: Tracker, context: Context, *, as_at: date | None = None, agency: str = "") -> Outcome:
    """Make the page.

    Args:
        as_at: the day whose position is told; today when None. Decisions of later meetings do not count.
        agency: a code of Agencies, for that agency's own page; blank for the full page.

    Returns:
        documents: one Page; report: a DashboardReport; findings: what the page prints that may name a person. Where that
        is an error (an NHS number, an address), an agency's page is held back as its sheet is: there is no document.

    Raises:
        CannotDo: for an agency that Agencies does not have.
    """
    day = as_at or context.today
    shown = _shown(tracker, context, day, agency)
    name = shown.whole.agency(shown.agency) if shown.agency else ""
    page = Page(
        title="Where reviews and actions stand",
        board=tracker.setting("board_name"),
        marking=tracker.setting("marking"),
        as_at=day,
        made_at=context.now,
        readers=_readers(name) if name else MEMBERS,
        agency=name,
        parts=(*own_work(shown), *position(shown), *lists(shown)),
        facts=tuple(facts(shown)),
        reviews=tuple((key, shown.review(key)) for key in _reviews(shown)),
        agencies=_agencies(shown),
        areas=_areas(shown),
    )
    report = DashboardReport(
        day,
        shown.agency,
        reviews=page.value(Count("review")),
        actions=page.value(Count("action")),
        open=page.value(Count("action", ("open",))),
        overdue=page.value(Count("action", ("timeliness:Overdue",))),
        awaiting_ratification=page.value(Count("action", ("status:Awaiting ratification",))),
    )
    findings = _may_name(shown, context)
    held_back = bool(shown.agency) and any(item.severity == "error" for item in findings)
    return Outcome(findings=findings, report=report, documents=[] if held_back else [page])


def _shown(tracker: Tracker, context: Context, day: date, agency: str) -> Shown:
    if not agency:
        return shown_to_members(tracker, day, context.now)
    code = known_code(tracker, agency)
    if code is None:
        there = ", ".join(sorted(tracker["agencies"].by_key, key=natural)) or "none yet"
        raise CannotDo(f"{agency} is not in Agencies. The codes there are: {there}.")
    return shown_to(tracker, code, day, context.now)


def _readers(agency: str) -> str:
    return (
        f"For {agency}. It holds that agency's own rows in full, and the recommendations, actions, owners and status of every "
        "published review. It holds nothing that other agencies reported, and no contacts of theirs."
    )


def _reviews(shown: Shown) -> list[str]:
    keys = {row.text("review_id") for row in shown.reviews}
    keys |= {item.action.text("review_id") for item in shown.actions}
    return sorted(keys - {""}, key=natural)


def _agencies(shown: Shown) -> tuple[tuple[str, str], ...]:
    """Those that a row of the page belongs to, by name."""
    found = {code for item in shown.actions for code in shown.place(item.action).agencies or ()}
    found |= {shown.whole.code(row.text("agency")) for row in (*shown.returns, *shown.acknowledgements)}
    named = [(code, shown.whole.agency(code)) for code in found - {""}]
    return tuple(sorted(named, key=lambda item: item[1].casefold()))


def _areas(shown: Shown) -> tuple[str, ...]:
    known = shown.tracker.framework["assignments"]["area"].enum
    found = {area for item in shown.actions for area in shown.place(item.action).areas or ()}
    return (*(area for area in known if area in found), *sorted(found - set(known)))


def _may_name(shown: Shown, context: Context) -> list[Finding]:
    """What the rules find of people's names, numbers and addresses in the words that the page prints."""
    named = [row for row in shown.reviews if row.text("review_id") in shown.named]
    printed: dict[str, tuple[Sequence[Row], Sequence[str]]] = {
        "reviews": (named, ("title",)),
        "recommendations": (shown.recommendations, ("recommendation", "theme")),
        "actions": ([item.action for item in shown.actions], ("action",)),
        "escalations": (shown.escalations, ("description", "asked_of_board", "board_response")),
    }
    found = may_name_people(shown.tracker, context, printed)
    if shown.agency:
        doing = {row.text("action_id") for row in shown.assignments}
        measured = [item.action for item in shown.actions if item.action.text("action_id") in doing]
        own = {
            "assignments": shown.assignments,
            "acknowledgements": shown.acknowledgements,
            "dissemination": shown.dissemination,
        }
        fields = {table: [item.name for item in shown.tracker.framework[table].fields] for table in own}
        found += may_name_people(
            shown.tracker,
            context,
            {"actions": (measured, ("measure",)), **{table: (own[table], fields[table]) for table in own}},
        )
    return found
