"""Whether words that an agency sends may name a child, an adult at risk or their family: the rules of family P.

They are asked about, not refused: the rules cannot know, and a lead's own telephone number may well be meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cvsb_xl.framework.schema import Framework
from cvsb_xl.tracker.tables import tracker_of
from cvsb_xl.tracker.values import Value
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context


def cautions(
    framework: Framework, said: Mapping[tuple[str, str], Mapping[str, Value]]
) -> dict[tuple[str, str], dict[str, str]]:
    """Return what may name a person, in words that do not repeat it.

    Args:
        said: (table, key) -> column -> value.

    Returns:
        (table, key) -> column -> what it is, such as "The text holds an NHS number".
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for (table, key), values in said.items():
        if any(isinstance(value, str) for value in values.values()):
            rows.setdefault(table, []).append({**values, framework[table].key: key})
    found: dict[tuple[str, str], dict[str, str]] = {}
    if not rows:
        return found
    for item in check(tracker_of(framework, rows), Context(), select=("P",)).findings:
        place = item.table or "", item.key or ""
        field = str(item.field)
        if field in said.get(place, {}):
            words = item.message.splitlines()[0].rpartition(" (")[0] or item.message
            told = found.setdefault(place, {})
            told[field] = f"{told[field]}; {words}" if field in told else words[:1].upper() + words[1:]
    return found
