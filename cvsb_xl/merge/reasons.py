"""Every reason a merge gives, once: its rule code, its severity, and the sentence a person reads.

Reasons of cells stand in receipts, in the Conflicts sheet and in JSON under their names; reasons of rows and files come
out as findings. rules/returns.py gives each its page.
"""

from __future__ import annotations

from dataclasses import dataclass

from cvsb_xl.tracker.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Attributes:
        sentence: what happened and what becomes of it, for the Review Manager and the agency alike.
        cure: what the agency can do about it.
    """

    name: str
    code: str
    severity: Severity
    sentence: str
    cure: str = ""


_ALL = [
    # Files
    Reason(
        "bad-signature",
        "R101",
        "error",
        "The hidden part that says what was issued has been changed, so the file is not read.",
        "Copy your answers into the sheet that will be sent to you anew; do not unhide or change hidden sheets.",
    ),
    Reason(
        "other-tracker",
        "R102",
        "error",
        "This sheet was issued by another tracker.",
        "Send it to the board that issued it.",
    ),
    Reason(
        "unknown-agency",
        "R103",
        "error",
        "The sheet names an agency that is not in this tracker's Agencies.",
        "Ask the Review Manager which agency answers now.",
    ),
    Reason(
        "several-agencies",
        "R104",
        "error",
        "The rows belong to more than one agency.",
        "Send each agency's sheet by itself, as it was issued.",
    ),
    Reason(
        "not-a-return",
        "R105",
        "error",
        "No row of this file belongs to this tracker.",
        "See whether this is the file you meant to send.",
    ),
    Reason(
        "other-copy",
        "R106",
        "warning",
        "This copy of the tracker never issued that sheet; nothing is applied unasked.",
        "Nothing to do: the Review Manager decides on it.",
    ),
    Reason(
        "no-base",
        "R107",
        "warning",
        "What was issued is no longer in the file, so each difference needs a decision.",
        "Nothing to do now. Next time please answer on the file as it was issued, and send that file.",
    ),
    Reason(
        "superseded-sheet",
        "R108",
        "hint",
        "A later sheet has been issued to this agency; this one is merged against what it was issued with.",
        "Nothing to do now. Next time please use the newest sheet.",
    ),
    Reason(
        "nothing-reviewed",
        "R109",
        "hint",
        "Nothing was changed and nobody put a name to a review of the sheet.",
        "If you looked through it, put your name and the date on the first page and send it again.",
    ),
    Reason(
        "other-sender",
        "R110",
        "error",
        "The sheet is another agency's than the one that signed in to send it.",
        "Send in the sheet that was issued to your own agency.",
    ),
    # Sheets and columns
    Reason(
        "sheet-missing",
        "R201",
        "error",
        "A sheet is missing; its rows stay as they are.",
        "If you answered on it, send the whole file again.",
    ),
    Reason(
        "heading-missing",
        "R202",
        "error",
        "A heading is missing or was renamed; its column stays as it is, the others are merged.",
        "Put the heading back as it was issued and send the sheet again.",
    ),
    Reason(
        "heading-twice",
        "R203",
        "warning",
        "A heading stands twice; the first column counts.",
        "Keep one of the two and send the sheet again.",
    ),
    Reason(
        "cells-merged",
        "R204",
        "warning",
        "Cells were merged, so what stands in them is read for the first of them alone.",
        "Write it in each cell it is meant for, without merging, and send the sheet again.",
    ),
    Reason(
        "not-read",
        "R205",
        "hint",
        "Notes, text boxes, and words outside the issued columns, are not read.",
        "If it matters, write it in one of your own cells of the row it is about.",
    ),
    Reason(
        "sheet-twice",
        "R206",
        "error",
        "A sheet stands twice, and only one of the two is read.",
        "Keep the one you answered on, under the name it was issued with, and send the file again.",
    ),
    # Rows
    Reason(
        "row-missing",
        "R301",
        "warning",
        "A row that was issued did not come back. It is never taken as a deletion.",
        "Nothing to do, unless you meant to say something about it: then answer on the sheet as it was issued.",
    ),
    Reason(
        "new-row",
        "R302",
        "error",
        "A row was added where agencies cannot add rows.",
        "Tell the Review Manager what is missing; they can add an assignment and issue your sheet again.",
    ),
    Reason(
        "key-twice",
        "R303",
        "error",
        "The same row stands twice, so neither is used.",
        "Delete the copied row and send the sheet again.",
    ),
    Reason(
        "key-blank",
        "R304",
        "error",
        "A row lost its ID, so nobody can tell what it belongs to.",
        "Put the ID back from the sheet as it was issued, and send it again.",
    ),
    Reason(
        "key-clash",
        "R305",
        "warning",
        "The row came back without having been issued, and differs from the tracker.",
        "Nothing to do: the Review Manager decides on it.",
    ),
    Reason(
        "edited-after-removal",
        "R306",
        "warning",
        "The row has been taken out of the tracker since; the new words are kept here.",
        "Nothing to do: the Review Manager decides on it.",
    ),
    Reason(
        "unknown-review",
        "R307",
        "error",
        "A new row must name one of the reviews on the sheet.",
        "Pick one of the reviews from the list in that cell, and send the sheet again.",
    ),
    Reason(
        "key-altered",
        "R308",
        "error",
        "The row bears the ID of one row and reads as another, so nobody can tell which of the two was answered.",
        "Put each ID back beside its own row, as on the sheet as it was issued, and send it again.",
    ),
    # Cells
    Reason(
        "not-yours",
        "R401",
        "error",
        "This cell is not the agency's to change.",
        "If it is wrong, tell the Review Manager; they can change it.",
    ),
    Reason(
        "bad-value",
        "R402",
        "error",
        "The value cannot be read as this column needs it.",
        "Correct the cell and send the sheet again.",
    ),
    Reason(
        "formula",
        "X202",
        "error",
        "The cell holds a formula where a value is needed; formulas are not taken over.",
        "Type the value itself and send the sheet again.",
    ),
    Reason(
        "emptied",
        "R403",
        "warning",
        "The cell was emptied. A record is not wiped unasked.",
        "If you meant to take it out, tell the Review Manager why.",
    ),
    Reason(
        "action-closed",
        "R404",
        "warning",
        "The action was closed after the sheet was issued.",
        "Nothing to do: the Review Manager decides on it.",
    ),
    Reason(
        "which-is-newer",
        "R405",
        "warning",
        "Two returns of this agency differ, and it cannot be told which is newer.",
        "Tell the Review Manager which of the two counts.",
    ),
    Reason(
        "both-changed",
        "R406",
        "warning",
        "The tracker and the agency both changed this cell since it was issued.",
        "Nothing to do: the Review Manager decides on it.",
    ),
    Reason(
        "unit",
        "R407",
        "warning",
        "It belongs with another cell of its row that could not be applied.",
        "Put the other cell right; this one then goes with it.",
    ),
    Reason(
        "rows-mixed",
        "R408",
        "warning",
        "Words that were issued in one row came back in another, so answers may stand beside the wrong action.",
        "See whether each answer stands beside its own action; if not, put them right and send the sheet again.",
    ),
    # Cells that need nobody
    Reason("applied", "R901", "hint", "It stands in the tracker now."),
    Reason("newer", "R902", "hint", "It stands in the tracker now, in place of what you returned earlier."),
    Reason("added", "R903", "hint", "It stands in the tracker now, in a new row."),
    Reason("same", "R904", "hint", "As it was issued."),
    Reason("left-blank", "R905", "hint", "Left blank, which means unchanged."),
    Reason("already-there", "R906", "hint", "The tracker already holds this value."),
    Reason("superseded", "R907", "hint", "What you returned later stands."),
    Reason("decided", "R908", "hint", "A person has already decided on this value."),
]

REASONS = {reason.name: reason for reason in _ALL}


def finding(name: str, message: str, **place: str | None) -> Finding:
    """Return a finding for a reason; `place` gives file, sheet, cell, table, key, field."""
    reason = REASONS[name]
    file = place.pop("file", None) or ""
    return Finding(reason.code, name, reason.severity, message, file=file, **place)
