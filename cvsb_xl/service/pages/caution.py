"""Whether words that somebody is about to send may name a child, an adult at risk or their family: the rules of family P.

They are asked about, not refused: the rules cannot know, and a lead's own telephone number may well be meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.agency_sheet import SheetRow
from cvsb_xl.tracker.tables import tracker_of
from cvsb_xl.tracker.values import Value
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context


def cautions(framework: Framework, row: SheetRow, values: Mapping[str, Value]) -> dict[str, str]:
    """Return what may name a person: column -> what it is, in words that do not repeat it."""
    if not any(isinstance(value, str) for value in values.values()):
        return {}
    table = row.table.name
    alone = tracker_of(framework, {table: [{**values, row.table.key: row.key}]})
    found: dict[str, str] = {}
    for item in check(alone, Context(), select=("P",)).findings:
        if item.table == table and item.field in values:
            said = item.message.splitlines()[0].rpartition(" (")[0] or item.message
            told = said[:1].upper() + said[1:]
            found[str(item.field)] = f"{found[str(item.field)]}; {said}" if str(item.field) in found else told
    return found
