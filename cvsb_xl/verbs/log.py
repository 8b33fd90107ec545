"""The change log: one action's story, whether the chain holds, and taking a name out of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from cvsb_xl.errors import CannotDo
from cvsb_xl.merge.conflicts import CONFLICTS
from cvsb_xl.tracker.edits import set_cell
from cvsb_xl.tracker.log import LOG, LOG_HEAD, LoggedChange, chain_of, digest_of, head, is_redacted
from cvsb_xl.tracker.tables import Row, Tracker
from cvsb_xl.tracker.values import as_text
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.outcome import Context, Outcome

REDACT = "redact"


@dataclass(frozen=True)
class LogReport:
    """Rows of the log, oldest first."""

    rows: Sequence[Row]


@dataclass(frozen=True)
class RedactReport:
    """The row whose words were taken out, as it was before.

    Attributes:
        also: where else the same words stand, such as "row 18 of the change log" or "Assignments AS-0001 barriers".
    """

    row: Row
    also: tuple[str, ...]


@dataclass(frozen=True)
class VerifyReport:
    """Whether the chain holds.

    Attributes:
        rows: how many rows were checked.
        head: the newest row's (seq, chain).
        faults: what is wrong, each naming the first row concerned; empty when all is well.
    """

    rows: int
    head: tuple[int, str]
    faults: tuple[str, ...]


def story(tracker: Tracker, key: str | None = None) -> Outcome:
    """Return the log, or what concerns one key: the row itself and every row that belongs to it."""
    rows = sorted(tracker[LOG], key=lambda row: as_text(row["seq"]).zfill(12))
    if key is None:
        return Outcome(report=LogReport(rows))
    keys = _family(tracker, key)
    if keys is None and not any(row.text("key") == key for row in rows):
        raise CannotDo(f"{key} is no id in {tracker.name}, and the log does not know it either.")
    wanted = keys or {key}
    return Outcome(report=LogReport([row for row in rows if row.text("key") in wanted]))


def _family(tracker: Tracker, key: str) -> set[str] | None:
    """Return the key and the keys of the rows that refer to it: an action's assignments, decisions and escalations; and of the conflicts on them."""
    if not any(key in data.by_key for data in tracker.tables.values() if data.schema.kind == "input"):
        return None
    keys = {key}
    for data in tracker.tables.values():
        if data.schema.kind == "input":
            fields = [link.field for link in data.schema.foreign_keys]
            keys |= {data.key_of(row) for row in data if any(row.text(name) == key for name in fields)}
    conflicts = tracker[CONFLICTS]
    keys |= {row.text("conflict_id") for row in conflicts if row.text("key") in keys}
    return keys - {""}


def verify(tracker: Tracker, against: tuple[int, str] | None = None) -> Outcome:
    """Check the chain, by seq.

    Args:
        against: the (seq, chain) that a receipt or an issued sheet carries: the log must still hold it.
    """
    secret = tracker.meta.get("key", "")
    faults: list[str] = []
    numbered = [(row["seq"], row) for row in tracker[LOG] if isinstance(row["seq"], int)]
    if len(numbered) < len(tracker[LOG]):
        faults.append("a row has lost its number")
    previous, expected, seen = "", 1, set()
    for seq, row in sorted(numbered, key=lambda item: item[0]):
        if seq in seen:
            faults.append(f"row {seq} stands twice")
            continue
        seen.add(seq)
        if seq != expected:
            faults.append(f"row {expected} is missing" + (f" (to {seq - 1})" if seq - 1 > expected else ""))
        if chain_of(secret, previous, seq, row) != row.text("chain"):
            faults.append(
                f"row {seq} ({row.text('table')} {row.text('key')}) was changed, or a row before it was"
            )
            break
        previous, expected = row.text("chain"), seq + 1
    left, _, chain = tracker.meta.get(LOG_HEAD, "").partition(" ")
    if left.isdigit() and not faults:
        faults += _held(tracker, (int(left), chain), "when the tracker was last saved")
    if against is not None and not faults:
        faults += _held(tracker, against, "when that paper was made")
    return Outcome(report=VerifyReport(len(numbered), head(tracker), tuple(faults)))


def _held(tracker: Tracker, head: tuple[int, str], when: str) -> list[str]:
    seq, chain = head
    if seq == 0:
        return []
    found = next((row for row in tracker[LOG] if row["seq"] == seq), None)
    if found is None:
        return [f"row {seq}, which had been written {when}, is missing: the log's end was cut off"]
    return [] if found.text("chain") == chain else [f"row {seq} is not the one that stood there {when}"]


def redact(tracker: Tracker, context: Context, seq: int, reason: str) -> Outcome:
    """Take the words out of one row's before and after; their digests stay, so the chain still holds.

    The log says that it was done, by whom and why. The words may stand elsewhere too: the report names the rows.

    Raises:
        CannotDo: when there is no such row, or its words are gone already.
    """
    data = tracker[LOG]
    row = next((item for item in data if item["seq"] == seq), None)
    if row is None:
        raise CannotDo(f"There is no row {seq} in the change log.")
    if not reason.strip():
        raise CannotDo("Say why: --reason is kept in the log.")
    said = {name: row.text(name) for name in ("before", "after") if row[name] is not None}
    words = {name: text for name, text in said.items() if not is_redacted(text)}
    if not words:
        raise CannotDo(f"Row {seq} holds no words to take out.")
    edits = [set_cell(data, row, name, digest_of(text, reason)) for name, text in words.items()]
    told = f"taken out: {' '.join(reason.split())}"
    logged = [LoggedChange(LOG, str(seq), name, None, told) for name in words]
    report = RedactReport(row, tuple(_also(tracker, row, words.values())))
    return Outcome(finish(tracker, edits, context, REDACT, logged=logged), report=report)


def _also(tracker: Tracker, row: Row, words: Collection[str]) -> Iterator[str]:
    """Yield where else any of the words stand, as they are: other rows of the log, and cells of the tracker."""
    for other in tracker[LOG]:
        if other is not row and any(other.text(name) in words for name in ("before", "after")):
            yield f"row {other.text('seq')} of the change log"
    for data in tracker.tables.values():
        if data.schema.name != LOG:
            for held in data:
                fields = [
                    name for name, value in held.values.items() if isinstance(value, str) and value in words
                ]
                yield from (f"{data.schema.sheet} {data.key_of(held)} {name}" for name in fields)
