"""Put the sheet Conflicts back to where it stood before a run: raised conflicts go, replaced and decided ones are open again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cvsb_xl.merge.conflicts import CONFLICTS, DECIDED, OPEN, links
from cvsb_xl.tracker.edits import Edit, ReplaceRows, ShowSheet
from cvsb_xl.tracker.log import LoggedChange, is_redacted, says_the_same
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.verbs.resolve import DECISION


@dataclass(frozen=True, slots=True)
class Undone:
    """One logged change, and whether it could be taken back."""

    table: str
    key: str
    field: str
    back_to: str
    done: bool
    words: str


class ConflictsBack:
    """The rows of Conflicts while a run is taken back, newest change first."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.sheet = tracker[CONFLICTS].schema.sheet
        self._before: list[dict[str, Value]] = [dict(row.values) for row in tracker[CONFLICTS]]
        self._rows = {as_text(row["conflict_id"]): dict(row) for row in self._before}
        self._reopened: list[tuple[str, str]] = []

    def take_back(self, row: Row) -> Undone:
        """Take one logged change back, unless the conflict has gone another way since."""
        key, name = row.text("key"), row.text("field")
        held = self._rows.get(key)

        def said(words: str, *, done: bool = True) -> Undone:
            return Undone(self.sheet, key, name, row.text("before"), done, words)

        if held is None:
            return said("the conflict is no longer there", done=False)
        if row["verb"] == "resolve":  # what was decided stays in its cell; who and when goes
            if held["state"] != DECIDED:
                return said("the conflict is no longer there", done=False)
            held |= {"state": OPEN, "decided_by": None, "decided_on": None}
            self._reopened.append((key, row.text("after")))
            return said("open again, its decision still in its cell")
        if not says_the_same(row.text("after"), as_text(held.get(name))):
            return said(f'it has changed since, to "{as_text(held.get(name))}"', done=False)
        if name == "state" and row["before"] is None:
            decision = f', and with it its decision "{held[DECISION]}"' if held[DECISION] is not None else ""
            del self._rows[key]
            return said(f"the conflict is gone{decision}: it comes back if the return is merged again")
        if is_redacted(row.text("before")):
            return said("its earlier words were taken out of the log", done=False)
        held[name] = row["before"]
        return said("taken back")

    def reopened(self, source: str) -> Iterator[LoggedChange]:
        """Yield the decisions that are no longer carried out, for the log."""
        for key, decision in self._reopened:
            yield LoggedChange(CONFLICTS, key, DECISION, decision, None, source)

    def edits(self) -> list[Edit]:
        """Return what changed on the sheet: nothing when nothing did. It is shown while a conflict is open."""
        rows = list(self._rows.values())
        if rows == self._before:
            return []
        shown = any(row["state"] == OPEN for row in rows)
        return [ReplaceRows(CONFLICTS, rows, links(self._tracker, rows)), ShowSheet(CONFLICTS, visible=shown)]
