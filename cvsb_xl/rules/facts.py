"""What the rules share in one check: the tracker, the day, and what is worked out from them once.

Status comes from the assignments and decisions (tracker/status.py), not from the computed columns: those hold what the
last `update` wrote, and a check must see the tracker as it is now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from cvsb_xl.framework.clocks import Milestone
from cvsb_xl.rules.beside import Failures, validating
from cvsb_xl.rules.phrases import Words
from cvsb_xl.rules.registry import rules
from cvsb_xl.rules.typed import in_doubt
from cvsb_xl.rules.wording import Wording, load_wording
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.review_clocks import review_milestones
from cvsb_xl.tracker.status import Standing, standings
from cvsb_xl.tracker.tables import Row, TableData, Tracker

_MANY_ROWS = 5_000
"""In fewer, a second process would not have loaded pandera before the rules are through."""
_NOUNS = {
    "members": "member",
    "agencies": "agency",
    "settings": "setting",
    "waivers": "waiver",
    "returns": "sheet",
}


@dataclass(frozen=True)
class Facts:
    """A tracker on a day.

    Attributes:
        today: the day that "future", "overdue" and "active" are told against.
    """

    tracker: Tracker
    today: date

    def __getitem__(self, name: str) -> TableData:
        return self.tracker[name]

    @cached_property
    def wording(self) -> Wording:
        """The word lists, from the framework's own folder where it has them."""
        return load_wording(self.tracker.framework.folder)

    @cached_property
    def agencies(self) -> Mapping[str, Row]:
        """Agencies by code, upper case: a code typed in small letters is the same agency."""
        return {key.upper(): row for key, row in self["agencies"].by_key.items()}

    def agency_name(self, code: str) -> str:
        """Return an agency's name, or the code where it is not known."""
        row = self.agencies.get(code.strip().upper())
        return (row.text("name") if row else "") or code

    @cached_property
    def assignments_of(self) -> Mapping[str, list[Row]]:
        """Action ID -> its assignments."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self["assignments"]:
            found[row.text("action_id")].append(row)
        return found

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """Action ID -> how it stands."""
        return standings(self.tracker, self.today)

    @cached_property
    def open_actions(self) -> tuple[Row, ...]:
        """Actions that are neither complete nor stepped down: wording and owners of closed ones are history."""
        return tuple(row for row in self["actions"] if self.is_open(row.text("action_id")))

    @cached_property
    def worded_actions(self) -> tuple[tuple[Row, Words], ...]:
        """The open actions that say something in English, each with its text as words: taken apart once for all rules."""
        return tuple(item for item in self._worded if not self.wording.is_welsh(item[1]))

    @cached_property
    def welsh_actions(self) -> tuple[Row, ...]:
        """The open actions that are written in Welsh."""
        return tuple(row for row, words in self._worded if self.wording.is_welsh(words))

    @cached_property
    def _worded(self) -> tuple[tuple[Row, Words], ...]:
        return tuple(
            (row, Words(text))
            for row in self.open_actions
            if isinstance(text := row.values.get("action"), str) and "action" not in row.faults
        )

    @cached_property
    def failures(self) -> Callable[[], Failures]:
        """What waits for the cells that typed columns do not allow, by table. Looking for them begins when this is first asked for."""
        inputs = {name: data for name, data in self.tracker.tables.items() if data.schema.kind == "input"}
        doubts = {name: doubt for name, data in inputs.items() if (doubt := in_doubt(data))}
        return validating(doubts, beside=sum(map(len, inputs.values())) > _MANY_ROWS)

    @cached_property
    def open_assignments(self) -> tuple[Row, ...]:
        """Assignments of open actions."""
        return tuple(row for row in self["assignments"] if self.is_open(row.text("action_id")))

    def is_open(self, action_id: str) -> bool:
        """Tell whether an action is open; one without an ID, or unknown, is."""
        standing = self.standings.get(action_id)
        return standing is None or standing.is_open

    @cached_property
    def due_soon_days(self) -> int:
        """The board's setting; 30 where it is not a number."""
        text = self.tracker.setting("due_soon_days")
        return int(text) if text.isdigit() else 30

    @cached_property
    def milestones(self) -> Mapping[str, list[Milestone]]:
        """Review ID -> its milestones."""
        return review_milestones(self.tracker)

    def about(self, table: str, row: Row) -> str:
        """Return whose row it is, as it ends a message: "action A-0014, South Wales Police"."""
        place = (table, id(row))
        if place not in self._told:
            self._told[place] = self._about(table, row)
        return self._told[place]

    @cached_property
    def _told(self) -> dict[tuple[str, int], str]:
        return {}

    def _about(self, table: str, row: Row) -> str:
        data = self[table]
        noun = _NOUNS.get(table) or data.schema.key.removesuffix("_id").replace("_", " ")
        key = data.key_of(row)
        parts = [f"{noun} {key}" if key else f"row {row.number}"]
        code = row.text("lead_agency" if table == "actions" else "agency")
        if code and table != "agencies":
            parts.append(self.agency_name(code))
        return ", ".join(parts)

    def finding(self, code: str, table: str, row: Row, field: str | None, what: str, ways: str) -> Finding:
        """Return a finding at a cell.

        Args:
            field: the column it stands in; None for the whole row (its key cell is named).
            what: what was found, beginning in small letters, without a full stop.
            ways: each way out, as whole sentences.
        """
        rule = rules()[code]
        data = self[table]
        return Finding(
            code=code,
            name=rule.name,
            severity=rule.severity,
            message=f"{what} ({self.about(table, row)})\n{ways}",
            sheet=data.schema.sheet,
            cell=data.cell(row, field or data.schema.key),
            table=table,
            key=data.key_of(row) or None,
            field=field,
        )

    def about_table(self, code: str, table: str, field: str | None, what: str, ways: str) -> Finding:
        """Return a finding about a whole sheet."""
        rule = rules()[code]
        data = self[table]
        cell = f"A{data.header_row}" if data.header_row else None
        return Finding(
            code, rule.name, rule.severity, f"{what}\n{ways}", data.schema.sheet, cell, table, None, field
        )


def filled(data: TableData, name: str) -> Iterator[tuple[Row, str]]:
    """Yield the rows whose field can be read and is not blank, with its text."""
    for row in data:
        if row.values.get(name) is not None and name not in row.faults:
            yield row, row.text(name)
