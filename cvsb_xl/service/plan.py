"""What will become of a return once the Review Manager takes it in: a dry run of the one merge engine on what was published.

The service does not have the tracker's key, so it cannot check a sheet's signature. It need not: at publication it was told
the digest of each sheet's base. A base with that digest is the one that was issued; it is then signed anew, with a throwaway
key, for a merge that is kept nowhere. The tracker checks the real signature when it takes the return in.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from cvsb_xl.errors import CvsbError
from cvsb_xl.framework.schema import Framework
from cvsb_xl.merge.envelope import sign
from cvsb_xl.merge.receipt import Receipt
from cvsb_xl.merge.result import ReturnResult
from cvsb_xl.merge.returned import Return
from cvsb_xl.outputs.merge_json import merge_json
from cvsb_xl.service.cautions import cautions
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.values import Value
from cvsb_xl.verbs.merge import merge
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.publish import base_digest

_SHOWN = ("table", "key", "field", "outcome", "reason", "code", "returned", "returned_cell")
"""Of each cell: what the agency itself said, and what becomes of it; never the tracker's own value."""


_IF_IT_NAMES = "If that names a child, an adult at risk or their family, send the sheet again with other words, and tell the Review Manager."


@dataclass(frozen=True, slots=True)
class IssuedSheet:
    """What was published of a sheet."""

    agency: str
    base_digest: str


@dataclass(frozen=True)
class Plan:
    """What will become of a return.

    Attributes:
        state: "received" or "refused".
        reason: why it is refused, or what cannot be told yet, in words for the agency; "" where nothing needs saying.
        sheet_id: the published sheet that it answers; "" when that is not known.
        counts: read, applied, unchanged, conflicts, rejected; empty when it cannot be told.
        cells: every cell that is not unchanged. lines: the same as a receipt says them.
        notes: (what was found of the file, or of words that may name a person; its cure).
    """

    state: str
    reason: str = ""
    sheet_id: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    cells: tuple[Mapping[str, Any], ...] = ()
    lines: tuple[Mapping[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the plan as it is kept for the pages."""
        return asdict(self)


def plan_of(
    published: Tracker,
    read: Return | CvsbError,
    *,
    agency: str,
    issued: Callable[[str], IssuedSheet | None],
    context: Context,
    asked: bool = False,
) -> Plan:
    """Return the plan of one upload.

    Args:
        published: the newest publication's tables.
        read: the file as the limited child process read it, or why it was refused.
        agency: whose person signed in to send it.
        issued: sheet_id -> what was published of that sheet; None for a sheet that never was.
        asked: whether its sender was asked already about words that may name a person, as on the page.
    """
    if isinstance(read, CvsbError):
        return Plan("refused", str(read))
    ret = replace(read, sent_by=agency)
    if ret.carrier:
        found = _known(published, ret, agency, issued)
        if isinstance(found, Plan):
            return found
        ret, published = found
    return _dry_run(published, ret, context, asked=asked)


def _known(
    published: Tracker, ret: Return, agency: str, issued: Callable[[str], IssuedSheet | None]
) -> Plan | tuple[Return, Tracker]:
    """Return the return and the tracker under one throwaway key; a plan when there is nothing to merge."""
    carrier = ret.carrier
    sheet_id = carrier.get("sheet_id", "")
    if not sheet_id and "key" in carrier:
        return Plan(
            "refused",
            f"{ret.file} is a tracker, not an agency sheet. Trackers do not belong here: delete this copy unless you keep "
            "the tracker, and send in your agency's sheet.",
        )
    if carrier.get("tracker_id") != published.meta.get("tracker_id"):
        return Plan(
            "refused",
            f"{ret.file} was issued by another board's tracker. Send it to the board that issued it.",
        )
    sheet = issued(sheet_id)
    if (sheet.agency if sheet else carrier.get("agency")) != agency:
        return Plan(
            "refused",
            f"{ret.file} is another agency's sheet. Send in the sheet that was issued to your own agency; it is on your "
            "agency's page.",
        )
    if sheet is None:
        return Plan(
            "received",
            "This sheet was not fetched from here, so what will become of each answer is told only by the receipt.",
        )
    digest = base_digest(carrier)
    if not hmac.compare_digest(digest, sheet.base_digest):
        return Plan("refused", _damaged(ret.file), sheet_id)
    secret = secrets.token_hex(32)
    text = "".join(carrier[f"base-{number}"] for number in range(1, int(carrier["parts"]) + 1))
    sealed = {**carrier, "signature": sign(text, secret)}
    return replace(ret, carrier=sealed), replace(published, meta={**published.meta, "key": secret})


def _dry_run(published: Tracker, ret: Return, context: Context, *, asked: bool) -> Plan:
    outcome = merge(published, context, [ret])
    (result,) = outcome.report.returns
    (receipt,) = outcome.documents
    if result.state == "refused":
        return Plan("refused", _why(ret, result), ret.carrier.get("sheet_id", ""))
    told = merge_json(outcome.report)
    (merged,) = told["returns"]
    return Plan(
        "received",
        sheet_id=result.sheet_id if ret.carrier else "",
        counts={name: told[name] for name in ("read", "applied", "unchanged", "conflicts", "rejected")},
        cells=tuple({name: cell[name] for name in _SHOWN} for cell in merged["cells"]),
        lines=tuple(_lines(receipt)),
        notes=(*receipt.notes, *(() if asked else _may_name(published.framework, result))),
    )


def _may_name(framework: Framework, result: ReturnResult) -> Iterator[tuple[str, str]]:
    """Say of which cells the words may name a person."""
    said: dict[tuple[str, str], dict[str, Value]] = {}
    for cell in result.cells:
        if cell.outcome in ("applied", "conflict"):
            said.setdefault((framework.by_sheet[cell.table].name, cell.key), {})[cell.field] = cell.returned
    for (table, key), told in cautions(framework, said).items():
        for column, words in told.items():
            yield f"{key}, {framework[table][column].title}: {words}.", _IF_IT_NAMES


def _lines(receipt: Receipt) -> list[dict[str, str]]:
    names = ("outcome", "where", "key", "column", "returned", "why", "cure")
    return [{name: str(getattr(line, name)) for name in names} for line in receipt.lines]


def _why(ret: Return, result: ReturnResult) -> str:
    """The refusal's own words, but for those that would say whose rows they are."""
    if any(item.name in ("several-agencies", "other-sender") for item in result.findings):
        return (
            f"{ret.file} holds rows that are not your agency's, and has lost the hidden sheet that says what was issued. "
            "Answer on your own sheet as it was issued; it is on your agency's page."
        )
    return " ".join(_sentence(item.message) for item in result.findings)


def _sentence(message: str) -> str:
    return message if message.endswith(".") else f"{message}."


def _damaged(file: str) -> str:
    return (
        f"The hidden sheet that says what {file} was issued with was changed or damaged, so nothing of it was read. Fetch "
        "your sheet from your agency's page again, copy your answers into it, and send that."
    )
