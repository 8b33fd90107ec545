"""The formulas of the tracker's live columns, made from the framework's clocks and the headings of the tables.

They name their table (`Actions[[#This Row],[Due on]]`): LibreOffice destroys the short form. Only functions that Excel 2010,
LibreOffice and Google Sheets share are used. What they say is what tracker/status.py and framework/clocks.py say.
"""

from __future__ import annotations

from cvsb_xl.framework.schema import Framework, Language, Table


def column(table: Table, field: str, language: Language) -> str:
    """Return a structured reference to a table's column: `Actions[Due on]`."""
    return f"{table.excel_name}[{_escaped(table[field].heading(language))}]"


def here(table: Table, field: str, language: Language) -> str:
    """Return a structured reference to the same row's cell: `Actions[[#This Row],[Due on]]`."""
    return f"{table.excel_name}[[#This Row],[{_escaped(table[field].heading(language))}]]"


def quoted(text: str) -> str:
    """Return a text as a formula writes it."""
    return '"' + text.replace('"', '""') + '"'


def setting(framework: Framework, name: str, language: Language, *, number: bool = False) -> str:
    """Return a formula that reads a setting, or the default that schemas/settings.yaml gives."""
    settings = framework["settings"]
    default = next((item["value"] or "" for item in settings.defaults if item["setting"] == name), "")
    found = (
        f"INDEX({column(settings, 'value', language)},"
        f"MATCH({quoted(name)},{column(settings, 'setting', language)},0))"
    )
    return f"IFERROR(VALUE({found}),{default})" if number else f'IFERROR({found}&"",{quoted(default)})'


def live_formula(framework: Framework, table: str, field: str, language: Language) -> str | None:
    """Return the formula of a live column; None for a column that has none."""
    if (table, field) == ("actions", "timeliness"):
        return timeliness(framework, language)
    if (table, field) == ("reviews", "next_milestone"):
        return None
    if (table, field) == ("reviews", "next_milestone_due"):
        return None
    return None


def timeliness(framework: Framework, language: Language) -> str:
    """Return the formula of an action's timeliness (DESIGN 5): the words, against the revised date where there is one."""
    actions = framework["actions"]
    status, due, revised = (here(actions, name, language) for name in ("status", "due_on", "revised_due_on"))
    action = here(actions, "action", language)
    soon = setting(framework, "due_soon_days", language, number=True)
    date_held = f"IF(ISNUMBER({revised}),{revised},{due})"
    return (
        f'=IF(AND({action}="",{status}=""),"",'
        f'IF(OR({status}="Complete",{status}="Stepped down"),"Done",'
        f'IF({status}="Awaiting ratification","Awaiting ratification",'
        f'IF(NOT(ISNUMBER({date_held})),"No date",'
        f'IF({date_held}<TODAY(),"Overdue",'
        f'IF({date_held}<=TODAY()+{soon},"Due soon","On track"))))))'
    )


def _escaped(heading: str) -> str:
    """Put an apostrophe before the characters that a structured reference reads as its own."""
    return "".join(f"'{letter}" if letter in "[]#'" else letter for letter in heading)
