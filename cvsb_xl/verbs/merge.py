"""Merge returned agency sheets into the tracker. Nothing is lost, nothing is guessed, and the counts add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from cvsb_xl.merge.conflicts import ConflictBook
from cvsb_xl.merge.envelope import BadEnvelope, Envelope, open_seal
from cvsb_xl.merge.ledger import Ledger
from cvsb_xl.merge.one import merge_one
from cvsb_xl.merge.reasons import finding
from cvsb_xl.merge.receipt import receipt_of
from cvsb_xl.merge.records import records_changed
from cvsb_xl.merge.result import MergeReport, ReturnResult
from cvsb_xl.merge.returned import Return
from cvsb_xl.merge.sheet import REVIEWED_BY
from cvsb_xl.merge.unsigned import envelope_without_base
from cvsb_xl.merge.working import Working
from cvsb_xl.tracker.edits import AppendRow, apply_edits
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.log import LOG, head
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import Value, as_text
from cvsb_xl.verbs.finish import finish
from cvsb_xl.verbs.outcome import Context, Outcome
from cvsb_xl.verbs.overview import name_of
from cvsb_xl.verbs.update import update

_HELD = {
    "other-copy": "{file} answers a sheet that this copy of the tracker never issued (was the tracker restored, or "
    "copied?). What would have been applied waits in Conflicts instead",
    "no-base": "{file} has lost the hidden sheet that says what was issued (were its rows pasted into a new workbook?). "
    "Each difference waits in Conflicts; nothing was applied unasked",
}


def merge(tracker: Tracker, context: Context, returns: Sequence[Return | ReturnResult]) -> Outcome:
    """Merge returns.

    Args:
        returns: what was read; a ReturnResult stands for a file that was refused before it could be read.

    Returns:
        An outcome whose report is a MergeReport with one result, and whose documents are one Receipt, for each return,
        in the order given.
    """
    fresh = list(update(tracker, context, sheets=False).edits)
    work = Working(apply_edits(tracker, fresh))
    book = ConflictBook(work.tracker)
    results: dict[int, ReturnResult] = {}
    ready: list[tuple[tuple[int, str, str], int, Return, Envelope, str]] = []
    for at, ret in enumerate(returns):
        if isinstance(ret, ReturnResult):
            results[at] = ret
            continue
        envelope = _of_its_sender(_opened(work.tracker, ret), ret)
        if isinstance(envelope, ReturnResult):
            results[at] = envelope
            continue
        issued = work.order_of_sheets.get(envelope.sheet_id)
        rank = (issued[0] if issued else -1, ret.modified, ret.digest)
        hold = "" if issued else "other-copy" if ret.carrier else "no-base"
        ready.append((rank, at, ret, envelope, hold))
    for _, at, ret, envelope, hold in sorted(ready, key=lambda item: (item[0], item[1])):
        ledger = Ledger(work, book, ret, envelope, hold)
        results[at] = result = merge_one(ledger)
        if hold:
            result.findings.append(finding(hold, _HELD[hold].format(file=ret.file), file=ret.file))
        result.findings += _remarks(work, ret, result)
        for table, key in sorted(ledger.updated):
            _stamp(work, table, key, context.today, envelope.sheet_id)
        _record(work, ret, result, context.today)
    edits = [*fresh, *work.edits, *book.edits()]
    ordered = [results[at] for at in range(len(returns))]
    findings: list[Finding] = [item for result in ordered for item in result.findings]
    # Where every file was refused, nothing is done: not even what an update would.
    logged = list(records_changed(tracker, edits))
    saved = finish(tracker, edits, context, "merge", work.sources, logged) if ready else []
    newest = head(tracker)
    for edit in saved:
        if isinstance(edit, AppendRow) and edit.table == LOG:
            newest = (newest[0] + 1, as_text(edit.values["chain"]))
    names = tracker["agencies"].by_key
    receipts = [
        receipt_of(
            tracker.framework,
            result,
            language=tracker.language,
            agency_name=name_of(tracker, result.agency) if result.agency in names else "",
            board_name=tracker.setting("board_name"),
            marking=tracker.setting("marking"),
            at=context.now,
            log_head=newest,
        )
        for result in ordered
    ]
    return Outcome(saved, findings, MergeReport(ordered), receipts)


def _opened(tracker: Tracker, ret: Return) -> Envelope | ReturnResult:
    """Open what the return carries; a ReturnResult when it is refused whole."""
    if not ret.carrier:
        envelope, why = envelope_without_base(tracker, ret)
        return envelope or _refused(ret, *why)
    carrier = ret.carrier
    if "sheet_id" not in carrier and "key" in carrier:
        return _refused(
            ret,
            "not-a-return",
            f"{ret.file} is a tracker, not an agency sheet; one tracker is never merged into another. Move it out of the "
            "folder of returns",
        )
    if carrier.get("tracker_id") != tracker.meta.get("tracker_id"):
        return _refused(
            ret,
            "other-tracker",
            f"{ret.file} was issued by another tracker, not by {tracker.name}. Merge it into the tracker that issued it",
        )
    try:
        envelope = open_seal(carrier, tracker.meta.get("key", ""))
    except (BadEnvelope, ValueError, KeyError, TypeError):
        return _refused(
            ret,
            "bad-signature",
            f"the hidden sheet that says what {ret.file} was issued with was changed or damaged, so nothing of it was "
            "read. Ask the agency to copy its answers into a sheet issued anew",
        )
    if envelope.agency not in tracker["agencies"].by_key:
        return _refused(
            ret,
            "unknown-agency",
            f"{ret.file} was issued to {envelope.agency}, which is no longer in Agencies. Put the agency back, then "
            "merge again",
        )
    return envelope


def _of_its_sender(envelope: Envelope | ReturnResult, ret: Return) -> Envelope | ReturnResult:
    """Refuse a sheet that another agency than its own signed in to send."""
    if isinstance(envelope, ReturnResult) or ret.sent_by in ("", envelope.agency):
        return envelope
    return _refused(
        ret,
        "other-sender",
        f"{ret.file} is not the sheet of {ret.sent_by}, which signed in to send it. Whose sheet it is has to send it",
    )


def _remarks(work: Working, ret: Return, result: ReturnResult) -> list[Finding]:
    """What nobody has to do anything about, but should know."""
    remarks = []
    later = work.later_sheet(result.sheet_id)
    if later:
        message = (
            f"sheet {later} has been issued to {result.agency} since; {ret.file} answers the earlier sheet "
            f"{result.sheet_id} and was merged against what that one was issued with"
        )
        remarks.append(finding("superseded-sheet", message, file=ret.file))
    if not (result.cells or result.noted or result.findings or ret.reviewed_by or ret.reviewed_on):
        message = (
            f'{ret.file} came back with nothing changed, and nobody is named beside "{REVIEWED_BY}" on its first sheet: it '
            "may not have been looked at"
        )
        remarks.append(finding("nothing-reviewed", message, file=ret.file))
    return remarks


def _refused(ret: Return, reason: str, message: str) -> ReturnResult:
    return ReturnResult(
        ret.file,
        ret.carrier.get("sheet_id", ""),
        ret.carrier.get("agency", ""),
        state="refused",
        findings=[finding(reason, message, file=ret.file)],
    )


def _stamp(work: Working, table: str, key: str, today: date, sheet_id: str) -> None:
    """Write down when a row was last changed by a return, and by which sheet."""
    fields = work.tracker[table].schema.by_name
    row: Mapping[str, object] = work.row(table, key) or {}
    if "updated_on" in fields and row.get("updated_on") != today:
        work.set(table, key, "updated_on", today)
    if "updated_from" in fields and row.get("updated_from") != sheet_id:
        work.set(table, key, "updated_from", sheet_id)


def _record(work: Working, ret: Return, result: ReturnResult, today: date) -> None:
    """Fill the sheet's row in Returns; the same return merged again leaves it as it is."""
    row = work.row("returns", result.sheet_id)
    if row is None:
        return
    known = as_text(row.get("digest")).split()
    if ret.digest in known:
        result.state = "repeated"
        if ret.reviewed_by and not row.get("reviewed_by"):  # sent again, now with a name
            work.set("returns", result.sheet_id, "reviewed_by", ret.reviewed_by)
        return
    counts = result.counts
    values: dict[str, Value] = {
        "returned_on": today,
        "reviewed_by": ret.reviewed_by,
        "file": ret.file[-200:],
        "digest": " ".join([*known, ret.digest]),  # of every return of this sheet: each is known again
        "read": result.read,
        "applied": counts.applied,
        "unchanged": counts.unchanged,
        "conflicts": counts.conflicts,
        "rejected": counts.rejected,
        "state": "Superseded" if row.get("state") == "Superseded" else "Returned",
    }
    for name, value in values.items():
        if row.get(name) != value:
            work.set("returns", result.sheet_id, name, value)
