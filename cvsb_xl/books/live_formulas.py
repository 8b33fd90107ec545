"""The formulas of the tracker's live columns, made from the framework's clocks and the headings of the tables.

They name their table (`Actions[[#This Row],[Due on]]`): LibreOffice destroys the short form. Only functions that Excel 2010,
LibreOffice and Google Sheets share are used. What they say is what tracker/status.py and framework/clocks.py say, on the
day the file is open.
"""

from __future__ import annotations

from collections.abc import Sequence

from cvsb_xl.framework.clocks import FROM_DECISION
from cvsb_xl.framework.schema import Clock, Framework, Language, Table


def column(table: Table, field: str, language: Language) -> str:
    """Return a structured reference to a table's column: `Actions[Due on]`."""
    return f"{table.excel_name}[{_escaped(table[field].heading(language))}]"


def here(table: Table, field: str, language: Language) -> str:
    """Return a structured reference to the same row's cell: `Actions[[#This Row],[Due on]]`."""
    return f"{table.excel_name}[[#This Row],[{_escaped(table[field].heading(language))}]]"


def heading_of(table: Table, field: str, language: Language) -> str:
    """Return a structured reference to a column's heading: `Actions[[#Headers],[Due on]]`."""
    return f"{table.excel_name}[[#Headers],[{_escaped(table[field].heading(language))}]]"


def quoted(text: str) -> str:
    """Return a text as a formula writes it."""
    return '"' + text.replace('"', '""') + '"'


def setting(framework: Framework, name: str, language: Language, *, number: bool = False) -> str:
    """Return a formula that reads a setting, or the default that schemas/settings.yaml gives."""
    settings = framework["settings"]
    default = next((item["value"] or "" for item in settings.defaults if item["setting"] == name), "")
    row = f"MATCH({quoted(name)},{column(settings, 'setting', language)},0)"
    found = f"INDEX({column(settings, 'value', language)},{row})"
    # A blank cell reads as 0, so it is made a text first: a blank setting is the default, not nothing.
    if number:
        return f'IFERROR(VALUE({found}&""),{default})'
    return f'IFERROR(IF({found}="",{quoted(default)},{found}&""),{quoted(default)})'


def live_formula(framework: Framework, table: str, field: str, language: Language) -> str | None:
    """Return the formula of a live column; None for a live column of a board's own, for which there is none."""
    if (table, field) == ("actions", "timeliness"):
        return "=" + _timeliness(framework, language)
    if (table, field) == ("reviews", "next_milestone"):
        return "=" + _next_milestone(framework, language, text=True)
    if (table, field) == ("reviews", "next_milestone_due"):
        return "=" + _next_milestone(framework, language, text=False)
    return None


def _timeliness(framework: Framework, language: Language) -> str:
    """The words of tracker.status.timeliness, against the revised date where there is one; blank in a blank row."""
    actions = framework["actions"]
    status, due, revised = (here(actions, name, language) for name in ("status", "due_on", "revised_due_on"))
    soon = setting(framework, "due_soon_days", language, number=True)
    held = f"IF(ISNUMBER({revised}),{revised},{due})"
    blank = ",".join(f'{here(actions, name, language)}=""' for name in ("action_id", "action", "due_on"))
    return (
        f'IF(AND({blank}),"",'
        f'IF(OR({status}="Complete",{status}="Stepped down"),"Done",'
        f'IF({status}="Awaiting ratification","Awaiting ratification",'
        f'IF(NOT(ISNUMBER({held})),"No date",'
        f'IF(TODAY()>{held},"Overdue",'
        f'IF(TODAY()+{soon}>={held},"Due soon","On track"))))))'
    )


def _next_milestone(framework: Framework, language: Language, *, text: bool) -> str:
    """The first milestone after the last that is done, as framework.clocks.next_milestone tells it."""
    by_type: dict[str, list[Clock]] = {}
    for clock in framework.clocks:
        by_type.setdefault(clock.review_type, []).append(clock)
    review_type = here(framework["reviews"], "review_type", language)
    formula = '""'
    for name, clocks in reversed(by_type.items()):
        formula = (
            f"IF({review_type}={quoted(name)},{_of_type(framework, clocks, language, text=text)},{formula})"
        )
    return formula


def _of_type(framework: Framework, clocks: Sequence[Clock], language: Language, *, text: bool) -> str:
    shown = [
        _words(framework, item, language) if text else _date(framework, item, language) for item in clocks
    ]
    done = [f"ISNUMBER({here(framework['reviews'], item.done, language)})" for item in clocks]
    # Once a later milestone is done the earlier ones no longer matter, so its test stands outside theirs.
    formula = shown[0]
    for position in range(1, len(clocks)):
        formula = f"IF({done[position - 1]},{shown[position]},{formula})"
    return f'IF({done[-1]},"",{formula})'


def _date(framework: Framework, clock: Clock, language: Language) -> str:
    due = here(framework["reviews"], clock.due, language)
    return f'IF(ISNUMBER({due}),{due},"")'


def _words(framework: Framework, clock: Clock, language: Language) -> str:
    due = here(framework["reviews"], clock.due, language)
    passed = f"IF(TODAY()>{due},{quoted(f'{clock.milestone} - {clock.passed}')},{quoted(clock.milestone)})"
    waiting = quoted(f"{clock.milestone} - {clock.awaiting}")
    if clock.from_decision_setting and clock.awaiting_decision:
        chosen = setting(framework, clock.from_decision_setting, language)
        decision = quoted(f"{clock.milestone} - {clock.awaiting_decision}")
        waiting = f"IF(TRIM({chosen})={quoted(FROM_DECISION)},{decision},{waiting})"
    return f"IF(ISNUMBER({due}),{passed},{waiting})"


def _escaped(heading: str) -> str:
    """Put an apostrophe before the characters that a structured reference reads as its own."""
    return "".join(f"'{letter}" if letter in "[]#'" else letter for letter in heading)
