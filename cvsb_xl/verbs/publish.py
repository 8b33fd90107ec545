"""Publish: issue every agency its sheet, and say what a sync service needs to know of the tracker - and no more.

The change log gets a row for each publication, so that every publication moves the log's head: a copy of the tracker from
which nothing was published can then be told from the one that was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date

from cvsb_xl.framework.schema import Table
from cvsb_xl.merge.sheet import AgencySheet
from cvsb_xl.merge.working import Source
from cvsb_xl.tracker.edits import apply_edits
from cvsb_xl.tracker.log import LOG, Entry, LoggedChange, head, log_rows, says_the_same
from cvsb_xl.tracker.memory import by_hand
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.verbs.issue import IssueReport, issue
from cvsb_xl.verbs.outcome import Context, Outcome

PUBLISH = "publish"
FORMAT = 1

SENT: Mapping[str, tuple[str, ...] | None] = {
    "agencies": None,
    "members": None,
    "settings": None,
    "reviews": None,
    "recommendations": None,
    "actions": None,
    "assignments": None,
    "acknowledgements": None,
    "dissemination": None,
    "decisions": None,
    "escalations": None,
    "returns": None,
    "conflicts": None,
    "waivers": ("rule", "table", "key", "field", "granted_by", "until"),
    # The clocks count from these; who was referred, and why, never leaves the tracker.
    "referrals": ("referral_id", "review_id", "referred_on", "crg_met_on", "crg_decision"),
}
"""The tables that are sent, and of which only some fields: what the dashboard shows and a merge needs, and nothing else.
Learning, why something was waived, and what is made from other tables stay at home; so do the change log's words."""


@dataclass(frozen=True)
class Publication:
    """One state of the tracker, as a service is to have it.

    Attributes:
        key: random; whoever sends the same publication twice sends the same key.
        as_at: when it was made (ISO, UTC).
        log: the change log's head, (seq, chain), with this publication's own row.
        tables: table -> rows, field -> value; blanks are left out.
        sheets: each agency's sheet, as data.
    """

    key: str
    tracker_id: str
    name: str
    language: str
    schema_version: str
    as_at: str
    log: tuple[int, str]
    tables: Mapping[str, list[dict[str, Value]]]
    sheets: tuple[AgencySheet, ...]


def publish(tracker: Tracker, context: Context, to: str, due_back_on: date | None = None) -> Outcome:
    """Issue sheets to every agency that has something, as `issue` does, and make the publication.

    Args:
        to: the service's address, for the log.

    Returns:
        Edits that record the sheets and the publication; report: an IssueReport; documents: one Publication.

    Raises:
        CannotDo, NotATracker: see `issue`.
    """
    key = f"P-{context.new_id()}{context.new_id()}"
    issued = issue(tracker, context, due_back_on=due_back_on)
    report: IssueReport = issued.report
    count = len(report.issued)
    said = f"published to {to} with {count} {'sheet' if count == 1 else 'sheets'}"
    logged = LoggedChange("returns", key, "published", None, said)
    before = apply_edits(tracker, issued.edits)
    entry = Entry(PUBLISH, f"R-{context.new_id()}", context.user, [logged])
    edits = [*issued.edits, *log_rows(before, context.now, [entry])]
    after = apply_edits(before, edits[len(issued.edits) :])
    publication = Publication(
        key,
        after.meta["tracker_id"],
        after.name,
        after.language,
        after.framework.version,
        context.now.astimezone(UTC).isoformat(timespec="seconds"),
        head(after),
        sent_tables(after),
        tuple(issued.documents),
    )
    return Outcome(edits, issued.findings, report, [publication])


def sent_tables(tracker: Tracker) -> dict[str, list[dict[str, Value]]]:
    """Return what is sent of each table."""
    tables: dict[str, list[dict[str, Value]]] = {
        name: [
            {
                field: value
                for field in fields or tracker[name].schema.by_name
                if (value := row[field]) is not None
            }
            for row in tracker[name]
            if not row.is_blank
        ]
        for name, fields in SENT.items()
    }
    return {**tables, LOG: list(_returned_cells(tracker))}


def _returned_cells(tracker: Tracker) -> Iterator[dict[str, Value]]:
    """Of the change log, which return put a value there that still stands: a later return of the agency may replace it.

    The values are those of the tables that are sent; no earlier word of any cell is.
    """
    newest: dict[tuple[str, str, str], Row] = {}
    for row in tracker[LOG]:
        newest[row.text("table"), row.text("key"), row.text("field")] = row
    for table in tracker.framework.issued_tables:
        for (sheet, key, field), row in newest.items():
            if sheet == table.sheet and _stands(tracker, table, key, field, row):
                names = ("seq", "table", "key", "field", "source")
                held = {name: row[name] for name in names}
                yield {**held, "after": as_text(tracker[table.name].by_key[key][field])}


def _stands(tracker: Tracker, table: Table, key: str, field: str, logged: Row) -> bool:
    row = tracker[table.name].by_key.get(key)
    return (
        row is not None
        and row[field] is not None
        and Source.read(logged.text("source")) is not None
        and says_the_same(logged.text("after"), as_text(row[field]))
    )


def holds_head(tracker: Tracker, log: tuple[int, str]) -> bool:
    """Tell whether the tracker's log holds that head: what was saved or published then is part of its history."""
    seq, chain = log
    return seq == 0 or any(row["seq"] == seq and row["chain"] == chain for row in tracker[LOG])


def is_as_published(tracker: Tracker, log: tuple[int, str]) -> bool:
    """Tell whether nothing has been changed, by a verb or by hand, since the log had that head."""
    return head(tracker) == log and next(by_hand(tracker), None) is None


def base_digest(carrier: Mapping[str, str]) -> str:
    """Return the SHA-256 of the base that a sheet carries, in hexadecimal; "" when a part of it is missing.

    A service that was told it at publication knows a sheet's base to be what the tracker issued, without the tracker's key.
    """
    try:
        text = "".join(carrier[f"base-{number}"] for number in range(1, int(carrier["parts"]) + 1))
    except (KeyError, ValueError):
        return ""
    return hashlib.sha256(text.encode()).hexdigest()
