"""Put a paper together: the facts below its title, and whom its texts may name. Every verb that writes a paper ends here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cvsb_xl.papers.overall import Overall
from cvsb_xl.papers.paper import Block, Paper, numbered
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.verbs.check import check
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.sentences import day


def board_paper(
    material: Overall,
    blocks: Iterable[Block],
    *,
    title: str,
    subtitle: str,
    facts: Sequence[tuple[str, str]] = (),
    draft: bool = False,
) -> Paper:
    """Return the paper: board and marking from Settings, "As at" among its facts, tables and figures numbered."""
    return Paper(
        title=title,
        subtitle=subtitle,
        facts=(("As at", day(material.as_at)), *facts),
        board=material.tracker.setting("board_name"),
        marking=material.tracker.setting("marking"),
        as_at=material.as_at,
        made_at=material.made_at,
        blocks=numbered(blocks),
        draft=draft,
    )


def may_name_people(
    tracker: Tracker,
    context: Context,
    printed: Mapping[str, tuple[Iterable[Row], Sequence[str]]],
) -> list[Finding]:
    """Return what the rules of family P find in the texts that a paper prints; a waiver covers them here too.

    Args:
        printed: table -> its rows and their fields that the paper prints.
    """
    places = {
        (table, tracker[table].key_of(row), name)
        for table, (rows, names) in printed.items()
        for row in rows
        for name in names
        if isinstance(row[name], str)
    }
    if not places:
        return []
    found = check(tracker, context, select=("P",)).findings
    return [item for item in found if (item.table, item.key, item.field) in places]
