"""Cut the tracker into one sheet for each agency: its own rows, what it may read, and the signed base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.clocks import is_date
from cvsb_xl.framework.schema import Table
from cvsb_xl.merge.columns import LAST_DECISION, last_of, sheet_columns
from cvsb_xl.merge.envelope import Envelope, seal
from cvsb_xl.merge.sheet import PROPOSALS, REFUSED, AgencySheet, SheetColumn, SheetTable, past_due
from cvsb_xl.tracker.edits import AppendRow, Edit, apply_edits, set_cell
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.ids import natural
from cvsb_xl.tracker.log import LoggedChange, head
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value
from cvsb_xl.tracker.wording import day_in_words
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.overview import due_of, last_answers, last_decisions, name_of, overview
from cvsb_xl.verbs.update import update
from cvsb_xl.verbs.withhold import told, waivers_logged, withheld

ISSUE = "issue"
CLOSED = ("Complete", "Stepped down")


@dataclass(frozen=True, slots=True)
class Issued:
    """One sheet that was issued."""

    agency: str
    agency_name: str
    sheet_id: str
    file: str
    assignments: int
    acknowledgements: int
    overdue: int


@dataclass(frozen=True)
class IssueReport:
    """What was issued, which agencies there was nothing to send to, and whose sheet was held back, with the findings.

    Attributes:
        waived: (agency, what went out to it under a waiver, in words).
    """

    issued: tuple[Issued, ...]
    nothing_for: tuple[str, ...]
    due_back_on: date | None
    held_back: Mapping[str, Sequence[Finding]]
    waived: Sequence[tuple[str, str]] = ()


def issue(
    tracker: Tracker, context: Context, agencies: Sequence[str] = (), due_back_on: date | None = None
) -> Outcome:
    """Make the sheets.

    Args:
        agencies: codes; none means every active agency that has something to do or to acknowledge.

    Returns:
        Edits that record the sheets in Returns; documents: one AgencySheet for each agency.

    Raises:
        CannotDo: for a code that is not in Agencies, two codes that give files of one name, or a tracker that has lost its key.
    """
    if not tracker.meta.get("key") or not tracker.meta.get("tracker_id"):
        raise CannotDo(
            f"{tracker.name} has lost the hidden sheet that holds its key, so nothing it issues could be trusted on "
            "return. Take the tracker from .cvsb-backups beside it, or start one with cvsb new."
        )
    wanted = _wanted(tracker, agencies)
    now = apply_edits(tracker, update(tracker, context).edits)
    maker = _Maker(now, context, due_back_on)
    sheets: list[AgencySheet] = []
    nothing: list[str] = []
    for agency in wanted or _active(now, context.today):
        sheet = maker.sheet(agency)
        if any(table.rows for table in sheet.tables) or wanted:
            sheets.append(sheet)
        else:
            nothing.append(agency)
    privacy = withheld(now, context, sheets)
    sheets = [sheet for sheet in sheets if sheet.agency not in privacy.held]
    _refuse_one_name_for_two(sheets)
    given_out = [
        LoggedChange("returns", sheet.sheet_id, "issued_on", None, sheet.issued_at.date()) for sheet in sheets
    ]
    edits = finish(tracker, _record(tracker, sheets), context, ISSUE, logged=given_out)
    edits += waivers_logged(apply_edits(tracker, edits), context, privacy)
    report = IssueReport(
        tuple(maker.issued(sheet) for sheet in sheets),
        tuple(nothing),
        due_back_on,
        privacy.held,
        [(sheet.agency, told(item)) for sheet, item in privacy.waived],
    )
    return Outcome(edits, _left_out(now, context.today, wanted), report, sheets)


def _wanted(tracker: Tracker, agencies: Sequence[str]) -> list[str]:
    known = {code.casefold(): code for code in tracker["agencies"].by_key}
    wanted = []
    for code in agencies:
        if code.casefold() not in known:
            raise CannotDo(
                f"{code} is not in Agencies. The codes there are: {', '.join(sorted(known.values(), key=natural))}."
            )
        wanted.append(known[code.casefold()])
    return list(dict.fromkeys(wanted))


def _refuse_one_name_for_two(sheets: Sequence[AgencySheet]) -> None:
    """One file would take the place of the other. Windows does not tell capitals apart."""
    owners: dict[str, str] = {}
    for sheet in sheets:
        other = owners.setdefault(sheet.file_name.casefold(), sheet.agency)
        if other != sheet.agency:
            raise CannotDo(
                f'The sheets of "{other}" and "{sheet.agency}" would be files of one name, {sheet.file_name}. Give one of them a '
                "code without such signs: add it to Agencies, then cvsb handover OLD NEW."
            )


def is_active(row: Row, day: date) -> bool:
    """Tell whether an agency is active on a day, by its active_from and active_to."""
    first, last = row["active_from"], row["active_to"]
    return not (is_date(first) and first > day) and not (is_date(last) and last < day)


def _active(tracker: Tracker, day: date) -> list[str]:
    return [code for code, row in tracker["agencies"].by_key.items() if is_active(row, day)]


def _left_out(tracker: Tracker, day: date, wanted: Sequence[str]) -> list[Finding]:
    """Open assignments that no sheet carries, because their agency is unknown or has left."""
    if wanted:
        return []
    active = set(_active(tracker, day))
    data = tracker["assignments"]
    actions = tracker["actions"].by_key
    findings = []
    for row in data:
        parent = actions.get(row.text("action_id"))
        if row.text("agency") in active or (parent and parent["status"] in CLOSED):
            continue
        code = "O106" if row.text("agency") in tracker["agencies"].by_key else "K102"
        name, why = (
            ("inactive-agency", "has left") if code == "O106" else ("unknown-reference", "is not in Agencies")
        )
        findings.append(
            Finding(
                code,
                name,
                "error",
                f'no sheet carries {data.key_of(row)}: its agency "{row.text("agency")}" {why}. Give the assignment to an '
                "active agency, or add the agency, then issue again",
                sheet=data.schema.sheet,
                cell=data.cell(row, "agency"),
                table=data.schema.name,
                key=data.key_of(row),
                field="agency",
            )
        )
    return findings


def _record(tracker: Tracker, sheets: Sequence[AgencySheet]) -> list[Edit]:
    """One Returns row for each sheet; earlier sheets of the same agency are superseded."""
    data = tracker["returns"]
    codes = {sheet.agency for sheet in sheets}
    edits: list[Edit] = [
        set_cell(data, row, "state", "Superseded")
        for row in data
        if row["agency"] in codes and row["state"] == "Issued"
    ]
    return edits + [
        AppendRow(
            "returns",
            {
                "sheet_id": sheet.sheet_id,
                "agency": sheet.agency,
                "issued_on": sheet.issued_at.date(),
                "due_back_on": sheet.due_back_on,
                "state": "Issued",
            },
        )
        for sheet in sheets
    ]


class _Maker:
    """Makes the sheets of one run: what is the same for all of them is worked out once."""

    def __init__(self, tracker: Tracker, context: Context, due_back_on: date | None) -> None:
        self.tracker = tracker
        self.context = context
        self.due_back_on = due_back_on
        self.columns = {
            table.name: sheet_columns(table, tracker.framework) for table in tracker.framework.issued_tables
        }
        self.published = [
            row
            for row in tracker["reviews"]
            if is_date(row["report_published_on"]) and row["stage"] != "Closed"
        ]
        self.decisions = last_decisions(tracker)
        self.answers = last_answers(tracker)
        self.overview = tuple(overview(tracker))
        self.rows_of: dict[str, dict[str, list[Row]]] = {}
        for table in tracker.framework.issued_tables:
            by_agency = self.rows_of.setdefault(table.name, {})
            for row in tracker[table.name]:
                by_agency.setdefault(row.text("agency"), []).append(row)

    def sheet(self, agency: str) -> AgencySheet:
        tracker = self.tracker
        sheet_id = f"S-{self.context.new_id()}"
        tables = tuple(self._table(table, agency, sheet_id) for table in tracker.framework.issued_tables)
        named = {str(row["review_id"]) for table in tables for row in table.rows if row.get("review_id")}
        titles = {key: row.text("title") for key, row in tracker["reviews"].by_key.items()}
        reviews = sorted(named | {row.text("review_id") for row in self.published}, key=natural)
        seq, log_head = head(tracker)
        issued_at = self.context.now.astimezone(UTC).isoformat(timespec="microseconds")
        envelope = Envelope(
            sheet_id=sheet_id,
            tracker_id=tracker.meta["tracker_id"],
            agency=agency,
            issued_at=issued_at,
            schema_version=tracker.framework.version,
            log_seq=seq,
            log_head=log_head,
            columns={table.table.name: tuple(column.name for column in table.columns) for table in tables},
            base={
                table.table.name: {str(row[table.table.key]): row for row in table.rows} for table in tables
            },
            spare={table.table.name: table.spare for table in tables if table.spare},
            reviews=tuple(reviews),
        )
        return AgencySheet(
            sheet_id=sheet_id,
            agency=agency,
            agency_name=name_of(tracker, agency),
            board_name=tracker.setting("board_name"),
            marking=tracker.setting("marking"),
            language=tracker.language,
            issued_at=self.context.now,
            due_back_on=self.due_back_on,
            tables=tables,
            overview=self.overview,
            reviews=tuple((key, titles.get(key, "")) for key in reviews),
            carrier=seal(envelope, tracker.meta["key"]),
        )

    def _table(self, table: Table, agency: str, sheet_id: str) -> SheetTable:
        rows = [row for row in self.rows_of[table.name].get(agency, ()) if self._goes_out(table, row)]
        if table.name == "assignments":
            rows.sort(key=self._urgency)
        columns = self.columns[table.name]
        spare: tuple[str, ...] = ()
        if table.insertable:
            count = self.tracker.setting("spare_rows")
            spare = tuple(
                f"{table.id_prefix}-{sheet_id[2:]}-{number}"
                for number in range(1, 1 + (int(count) if count.isdigit() else 5))
            )
        return SheetTable(table, columns, tuple(self._values(table, columns, row) for row in rows), spare)

    def _goes_out(self, table: Table, row: Row) -> bool:
        if not self.tracker[table.name].key_of(row):
            return False
        if table.name == "assignments":
            action = self.tracker["actions"].by_key.get(row.text("action_id"))
            return action is not None and action["status"] not in CLOSED
        review = self.tracker["reviews"].by_key.get(row.text("review_id"))
        answered = all(row[item.name] is not None for item in table.agency_fields)
        return review is not None and not (review["stage"] == "Closed" and answered)

    def _values(self, table: Table, columns: Sequence[SheetColumn], row: Row) -> Mapping[str, Value]:
        parent: Row | None = None
        if table.context:
            parent = self.tracker[table.context.table].by_key.get(row.text(table.context.by))
        values: dict[str, Value] = {}
        for column in columns:
            if column.name == LAST_DECISION:
                values[column.name] = self._said(row)
            elif column.field.per_round:
                values[last_of(column.name)] = row[column.name]
                values[column.name] = None
            elif column.name in values:
                continue
            elif parent is not None and table.context and column.name in table.context.fields:
                values[column.name] = parent[column.name]
            else:
                values[column.name] = row[column.name]
        return values

    def _said(self, row: Row) -> str | None:
        """Return the Delivery Group's last answer; of a refusal, whether this agency has proposed it again since."""
        key = row.text("action_id")
        said = self.decisions.get(key)
        if said is None or not said.startswith(REFUSED):
            return said
        met, updated = self.answers[key]["meeting_on"], row["updated_on"]
        if row["progress"] in PROPOSALS and is_date(met) and is_date(updated) and updated > met:
            return f"You proposed it again on {day_in_words(updated)}. Before: {said}"
        return said

    def _urgency(self, row: Row) -> tuple[int, int, date, tuple[object, ...]]:
        """Overdue first, refused by the Delivery Group next, then by due date."""
        action = self.tracker["actions"].by_key[row.text("action_id")]
        due = due_of(action)
        overdue = due is not None and due < self.context.today and action["status"] != "Awaiting ratification"
        answer = self.answers.get(row.text("action_id"))
        refused = answer is not None and answer["decision"] == REFUSED
        return (not overdue, not refused, due or date.max, natural(row.text("assignment_id")))

    def issued(self, sheet: AgencySheet) -> Issued:
        counts = {table.table.name: len(table.rows) for table in sheet.tables}
        rows = [row for table in sheet.tables if table.table.name == "assignments" for row in table.rows]
        return Issued(
            sheet.agency,
            sheet.agency_name,
            sheet.sheet_id,
            sheet.file_name,
            counts.get("assignments", 0),
            counts.get("acknowledgements", 0),
            past_due(rows, self.context.today),
        )
