"""What came, or would come, of one return, for the agency that sent it and for the Review Manager."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from cvsb_xl.merge.receipt import APPLIED, REFUSED, SETTLED, THERE, WAITING
from cvsb_xl.service.database import account, upload
from cvsb_xl.service.pages.common import sent_of
from cvsb_xl.service.pages.sent import Sent
from cvsb_xl.service.problems import not_found
from cvsb_xl.service.state import State

_HEADS = {
    REFUSED: "Not accepted: please put these right and send them again",
    WAITING: "For the Review Manager to decide",
    APPLIED: "Would be taken over",
    SETTLED: "Settled before",
    THERE: "Already there",
}


def outcomes_of(state: State, conn: Connection, upload_id: str) -> tuple[Sent, dict[str, Any]]:
    """Return a return, and what its page says beside it: the plan while it waits, the receipt's words once there is one."""
    found = select(upload, account.c.name.label("by")).join(account, account.c.id == upload.c.by_account)
    row = conn.execute(found.where(upload.c.id == upload_id)).mappings().first()
    if row is None:
        raise not_found()
    sent = sent_of(state, row, plan=True)
    receipt = ""
    if row["receipt_text_key"]:
        receipt = state.files.get(row["receipt_text_key"]).decode("utf-8", errors="replace")
    lines = [_planned(line) for line in sent.plan.get("lines", ())] if sent.state == "received" else []
    outcomes = [
        (head, [line for line in lines if line["outcome"] == outcome]) for outcome, head in _HEADS.items()
    ]
    notes = list(sent.plan.get("notes", ())) if sent.state in ("received", "refused") and not receipt else []
    return sent, {
        "outcomes": [(head, held) for head, held in outcomes if held],
        "notes": notes,
        "receipt_text": receipt,
    }


def _planned(line: Mapping[str, str]) -> Mapping[str, str]:
    """Return a line of a receipt that is not written yet: what it says of the tracker is not so until then."""
    if line["outcome"] != APPLIED:
        return line
    why = line["why"].replace(
        "It stands in the tracker now", "It will stand in the tracker when it is taken in"
    )
    return {**line, "why": why}
