"""The figures of the dashboard: tiles, and charts of where actions and reviews stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from cvsb_xl.papers.dashboard_facts import HORIZONS, NO_AREA, Shown
from cvsb_xl.papers.page import Bar, Chart, Count, Part, Tile, Tiles

OPEN = "open"
OVERDUE = "timeliness:Overdue"
AGENCIES_SHOWN = 12
THEMES_SHOWN = 12


def position(shown: Shown) -> list[Part]:
    """Return the figures at a glance, and the charts."""
    others = _agency_tiles() if shown.agency else _other_tiles()
    tiles = (
        Tiles("Actions", tuple(_action_tiles())),
        Tiles("Reviews and returns" if shown.agency else "Reviews, the Board and partners", tuple(others)),
    )
    whose = (
        "Counted over this agency's own actions and those of every published review." if shown.agency else ""
    )
    charts = tuple(chart for chart in _charts(shown) if chart.bars)
    return [Part("position", "At a glance", tiles, whose), Part("charts", "In pictures", charts, whose)]


def _action_tiles() -> Iterable[Tile]:
    yield Tile("Open", Count("action", (OPEN,)), see="actions")
    yield Tile("Overdue", Count("action", (OVERDUE,)), True, "overdue")
    yield Tile("Awaiting ratification", Count("action", ("status:Awaiting ratification",)), see="awaiting")
    for days in HORIZONS:
        yield Tile(f"Due in the next {days} days", Count("action", (f"due in {days}",)), see="due")
    yield Tile("With no due date", Count("action", ("timeliness:No date",)), True, "actions")


def _other_tiles() -> Iterable[Tile]:
    yield Tile("Open reviews", Count("review", (OPEN,)), see="reviews")
    yield Tile("Review dates passed", Count("review", ("date passed",)), True, "reviews")
    yield Tile("Barriers and risks with the Board", Count("escalation", (OPEN,)), see="escalations")
    yield from _owed()


def _agency_tiles() -> Iterable[Tile]:
    yield Tile("Published reviews", Count("review"), see="reviews")
    yield from _owed()


def _owed() -> Iterable[Tile]:
    yield Tile("Returns outstanding", Count("return"), see="returns")
    yield Tile("Returns late", Count("return", ("late",)), True, "returns")
    yield Tile(
        "Learning not yet acknowledged", Count("acknowledgement", ("not yet",)), see="acknowledgements"
    )


def _charts(shown: Shown) -> Iterable[Chart]:
    actions = shown.tracker.framework["actions"]
    yield _by_word("chart-status", "Actions by status", "Status", "action", "status", actions["status"].enum)
    yield _by_word(
        "chart-timeliness",
        "Actions by timeliness",
        "Timeliness",
        "action",
        "timeliness",
        actions["timeliness"].enum,
    )
    found = {item.action.text("area") or NO_AREA for item in shown.actions}
    areas = [*actions["area"].enum, *sorted(found - set(actions["area"].enum))]
    yield Chart(
        "chart-area", "Open actions by area", "Area", ("Open", "Overdue"),
        tuple(_open_and_overdue(area, f"area:{area}") for area in areas),
    )  # fmt: skip
    stages = shown.tracker.framework["reviews"]["stage"].enum
    yield _by_word("chart-stage", "Reviews by stage", "Stage", "review", "stage", stages)
    yield _by_agency(shown)
    yield _by_theme(shown)


def _by_word(key: str, title: str, heading: str, kind: str, mark: str, words: Sequence[str]) -> Chart:
    bars = tuple(Bar(word, (Count(kind, (f"{mark}:{word}",)),)) for word in words)
    return Chart(key, title, heading, ("Number",), bars)


def _open_and_overdue(label: str, mark: str) -> Bar:
    return Bar(label, (Count("action", (OPEN, mark)), Count("action", (OVERDUE, mark))))


def _by_agency(shown: Shown) -> Chart:
    whole = shown.whole
    held = Counter(whole.code(item.action.text("lead_agency")) for item in shown.actions if item.is_open)
    ranked = sorted(held, key=lambda code: (-held[code], whole.agency(code).casefold()))
    bars = [_open_and_overdue(whole.agency(code), f"lead:{code}") for code in ranked[:AGENCIES_SHOWN]]
    left = len(ranked) - len(bars)
    note = f"The {AGENCIES_SHOWN} that lead most; {left} more lead fewer." if left > 0 else ""
    return Chart(
        "chart-agency", "Open actions by lead agency", "Lead agency", ("Open", "Overdue"), tuple(bars), note
    )


def _by_theme(shown: Shown) -> Chart:
    held = Counter(shown.themes.values())
    ranked = sorted(held, key=lambda theme: (-held[theme], theme.casefold()))
    bars = tuple(
        Bar(theme, (Count("recommendation", (f"theme:{theme}",)), Count("action", (OPEN, f"theme:{theme}"))))
        for theme in ranked[:THEMES_SHOWN]
    )
    left = len(ranked) - len(bars)
    note = f"The {THEMES_SHOWN} with most recommendations; {left} more have fewer." if left > 0 else ""
    return Chart(
        "chart-theme", "Themes across reviews", "Theme", ("Recommendations", "Open actions"), bars, note
    )
