"""What happens around a return: it is answered twice, comes late, crosses with the manager's own work, or meets a restored tracker."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from cvsb_xl.tracker.tables import HEADER_ROW
from tests.merge.tracker import TRACKER
from tests.scenarios.rig import Rig, built
from tests.scenarios.scenario import Scenario, play

EARLY, LATE = "2027-03-30T10:00:00Z", "2027-03-31T10:00:00Z"
PLACE = ("AS-0001", "barriers")
TAKEN = {(*PLACE, "applied", "applied")}
DECIDED = (
    TRACKER
    + """
## Decisions
| decision_id | body | meeting_on | action_id | proposal | decision |
|---|---|---|---|---|---|
| D-0001 | Delivery Group | 2027-03-01 | A-0002 | Complete | Deferred |
"""
)


def _twice(first: str, second: str) -> Any:
    def happens(rig: Rig) -> None:
        rig.answer("SWP", {PLACE: "No venue"}, file="a.xlsx", saved=first)
        rig.answer("SWP", {PLACE: "Venue found"}, file="b.xlsx", saved=second)

    return happens


def _merged_before(first: str, second: str) -> Any:
    """The first answer is merged; then the second comes."""

    def happens(rig: Rig) -> None:
        rig.answer("SWP", {PLACE: "No venue"}, saved=first)
        rig.merge(exits=0)
        shutil.rmtree(rig.receipts)
        (rig.returns / "SWP.xlsx").unlink()
        rig.answer("SWP", {PLACE: "Venue found"}, saved=second)

    return happens


def _barriers(words: str | None) -> Any:
    def then(rig: Rig, _: object) -> None:
        assert rig.open()["assignments"].by_key["AS-0001"]["barriers"] == words

    return then


def _late(rig: Rig) -> None:
    rig.answer("SWP", {PLACE: "No venue"})
    rig.issue(date(2027, 4, 30))


def _late_states(rig: Rig, _: object) -> None:
    states = {row["issued_on"]: row["state"] for row in rig.open()["returns"] if row["agency"] == "SWP"}
    assert states == {date(2027, 3, 31): "Superseded", date(2027, 4, 30): "Issued"}
    _barriers("No venue")(rig, None)


def _both_changed(rig: Rig) -> None:
    rig.answer("SWP", {PLACE: "No venue"})
    rig.type("assignments", *PLACE, "The manager's words")


def _both_the_same(rig: Rig) -> None:
    rig.answer("SWP", {PLACE: "No venue"})
    rig.type("assignments", *PLACE, "No venue  ")


def _settle_and_merge_again(rig: Rig, report: Any) -> None:
    (row,) = rig.open()["conflicts"]
    held = {
        name: row[name]
        for name in ("table", "key", "field", "base", "tracker_value", "returned_value", "kind")
    }
    assert held == {
        "table": "Assignments",
        "key": "AS-0001",
        "field": "barriers",
        "base": None,
        "tracker_value": "The manager's words",
        "returned_value": "No venue",
        "kind": "both-changed",
    }
    assert row["returned_cell"] == report["returns"][0]["cells"][0]["returned_cell"]
    again = rig.merge(exits=1)
    assert again["returns"][0]["state"] == "repeated"
    assert [item.values for item in rig.open()["conflicts"]] == [row.values]
    rig.type("conflicts", row.text("conflict_id"), "decision", "Take return")
    rig.cvsb("resolve", rig.tracker, exits=0)
    _barriers("No venue")(rig, None)
    assert rig.merge(exits=0)["conflicts"] == 0


def _closed_meanwhile(rig: Rig) -> None:
    rig.answer("SWP", {("AS-0003", "barriers"): "No venue"})
    rig.type("decisions", "D-0001", "decision", "Ratified")


def _restored(rig: Rig) -> None:
    rig.answer("SWP", {PLACE: "No venue"})
    rig.tracker.write_bytes(built())


def _pasted(rig: Rig) -> None:
    rig.answer("SWP", {PLACE: "No venue"})

    def paste(book: Workbook) -> None:
        for sheet in list(book.worksheets):
            if sheet.title not in ("Assignments", "Acknowledgements", "Dissemination"):
                del book[sheet.title]
        book.custom_doc_props.props.clear()

    rig.reshape("SWP", paste)


def _broken_signature(rig: Rig) -> None:
    def edit(book: Workbook) -> None:
        for row in book["_cvsb"].iter_rows():
            if row[0].value == "base-1":
                row[1].value = row[1].value.replace("Write the protocol", "Write a memo")

    rig.reshape("SWP", edit)


def _lost_part(rig: Rig) -> None:
    def edit(book: Workbook) -> None:
        for row in book["_cvsb"].iter_rows():
            if row[0].value == "base-1":
                row[1].value = None

    rig.reshape("SWP", edit)


def _other_tracker(rig: Rig) -> None:
    other = rig.folder / "other"
    other.mkdir()
    rig.returns.joinpath("SWP.xlsx").write_bytes(
        (Rig.issued(other, tracker_id="T-OTHER").sheets / "SWP.xlsx").read_bytes()
    )


def _unknown_agency(rig: Rig) -> None:
    rig.answer("SWP", {PLACE: "No venue"})
    rig.type("agencies", "SWP", "agency", "HDC")


def _two_agencies(rig: Rig) -> None:
    rig.answer("SWP", {PLACE: "No venue"})
    rig.answer("CC", {("AS-0002", "progress"): "In progress"})


def _private(rig: Rig) -> None:
    rig.answer("SWP", {PLACE: "Words of the police", ("AS-0001", "area"): "Wrong"})
    rig.answer("CC", {("AS-0002", "barriers"): "Words of the council"})
    rig.type("assignments", "AS-0002", "barriers", "Secret of the board")


def _nobody_elses_words(rig: Rig, _: object) -> None:
    police = (rig.receipts / "SWP-receipt-2027-03-31-0900.txt").read_text(encoding="utf-8")
    council = (rig.receipts / "CC-receipt-2027-03-31-0900.txt").read_text(encoding="utf-8")
    assert "Words of the police" in police
    assert "Words of the council" not in police
    assert "Words of the council" in council
    assert "Words of the police" not in council
    assert "Secret of the board" not in police + council


SCENARIOS = [
    Scenario(
        "answered twice in one folder: the newer stands, whatever the files are called",
        _twice(LATE, EARLY),
        cells={(*PLACE, "applied", "applied"), (*PLACE, "applied", "newer")},
        states=("merged", "merged"),
        then=_barriers("No venue"),
    ),
    Scenario(
        "answered again, newer: it replaces the earlier answer",
        _merged_before(EARLY, LATE),
        cells={(*PLACE, "applied", "newer")},
        then=_barriers("Venue found"),
    ),
    Scenario(
        "answered again, but the older one comes last",
        _merged_before(LATE, EARLY),
        cells=set(),
        then=_barriers("No venue"),
    ),
    Scenario(
        "answered twice at the same moment: a person decides",
        _merged_before(EARLY, EARLY),
        cells={(*PLACE, "conflict", "which-is-newer")},
        then=_barriers("No venue"),
    ),
    Scenario(
        "answered twice by a program that does not say when",
        _merged_before("-", "-"),
        cells={(*PLACE, "conflict", "which-is-newer")},
        then=_barriers("No venue"),
    ),
    Scenario(
        "a late return of a sheet that a later one has superseded",
        _late,
        cells=TAKEN,
        findings={"superseded-sheet"},
        then=_late_states,
    ),
    Scenario(
        "the manager changed the same cell: base, tracker and return side by side, and a decision that stands",
        _both_changed,
        cells={(*PLACE, "conflict", "both-changed")},
        words=('"No venue" returned, the tracker holds "The manager\'s words"'),
        then=_settle_and_merge_again,
    ),
    Scenario("the manager typed the same words", _both_the_same, cells=set()),
    Scenario(
        "the action was closed meanwhile",
        _closed_meanwhile,
        cells={("AS-0003", "barriers", "conflict", "action-closed")},
        tracker=DECIDED,
    ),
    Scenario(
        "a tracker restored from before the sheets went out",
        _restored,
        cells={(*PLACE, "conflict", "other-copy")},
        findings={"other-copy"},
        words=("was the tracker restored, or copied?",),
        then=_barriers(None),
    ),
    Scenario(
        "rows pasted into a new workbook",
        _pasted,
        cells={(*PLACE, "conflict", "no-base")},
        findings={"no-base"},
        then=_barriers(None),
    ),
    Scenario(
        "the hidden base changed",
        _broken_signature,
        cells=set(),
        findings={"bad-signature"},
        states=("refused",),
        words=("refused: R101",),
    ),
    Scenario(
        "a part of the hidden base lost",
        _lost_part,
        cells=set(),
        findings={"bad-signature"},
        states=("refused",),
    ),
    Scenario(
        "another tracker's sheet",
        _other_tracker,
        cells=set(),
        findings={"other-tracker"},
        states=("refused",),
        words=("R102",),
    ),
    Scenario(
        "an agency that is no longer in Agencies",
        _unknown_agency,
        cells=set(),
        findings={"unknown-agency"},
        states=("refused",),
        words=("R103", "Put the agency back"),
    ),
    Scenario("two agencies at once", _two_agencies, counts=(2, 0, 0), states=("merged", "merged")),
    Scenario(
        "nobody reads another agency's words in a receipt, nor the tracker's own",
        _private,
        cells={
            (*PLACE, "applied", "applied"),
            ("AS-0001", "area", "rejected", "not-yours"),
            ("AS-0002", "barriers", "conflict", "both-changed"),
        },
        states=("merged", "merged"),
        then=_nobody_elses_words,
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[item.name for item in SCENARIOS])
def test_rounds(scenario: Scenario, tmp_path: Path) -> None:
    play(scenario, Rig.issued(tmp_path, scenario.tracker))


def test_on_files_undo_takes_back_the_merge_that_only_raised_conflicts_and_not_the_run_before(
    tmp_path: Path,
) -> None:
    rig = Rig.issued(tmp_path)
    rig.answer("SWP", {("AS-0001", "barriers"): "No venue"})
    rig.merge(exits=0)
    rig.type("assignments", "AS-0002", "barriers", "The manager's words")
    rig.answer("CC", {("AS-0002", "barriers"): "The council's words"})
    before = rig.open()
    assert rig.merge(rig.returns / "CC.xlsx", exits=1)["conflicts"] == 1
    rig.issue()  # given out since, and so never taken back
    assert len(rig.open()["conflicts"]) == 1
    said = rig.cvsb("undo", rig.tracker, exits=0).output
    assert "Stays, though it came later: issue of" in said
    after = rig.open()
    assert len(after["conflicts"]) == 0
    assert after["assignments"].by_key["AS-0001"]["barriers"] == "No venue"
    assert after["assignments"].by_key["AS-0002"]["barriers"] == "The manager's words"
    held = {row["agency"]: row["returned_on"] for row in before["returns"]}
    assert {row["agency"]: row["returned_on"] for row in after["returns"].rows[: len(held)]} == held
    for paper in sorted(rig.receipts.glob("*.txt")):
        rig.cvsb("log", rig.tracker, "verify", "--against", paper, exits=0)
    rig.cvsb("undo", rig.tracker, exits=0)
    assert rig.open()["assignments"].by_key["AS-0001"]["barriers"] is None
    assert rig.merge(rig.returns, exits=1)["applied"] == 1
    rig.cvsb("log", rig.tracker, "verify", exits=0)


def test_on_files_each_conflict_offers_its_decisions_and_leads_to_the_trackers_cell(tmp_path: Path) -> None:
    rig = Rig.issued(tmp_path)
    fields = ("barriers", "evidence", "impact")
    rig.answer("SWP", {(PLACE[0], field): f"Theirs, {field}" for field in fields})
    for field in fields:
        rig.type("assignments", PLACE[0], field, f"Ours, {field}")
    assert rig.merge(exits=1)["conflicts"] == len(fields)
    book = load_workbook(rig.tracker)
    sheet = book["Conflicts"]
    at = {cell.value: cell.column_letter for cell in sheet[HEADER_ROW]}
    rows = range(HEADER_ROW + 1, HEADER_ROW + 1 + len(fields))
    for row in rows:
        name, cell = sheet[f"{at['Key']}{row}"].hyperlink.location.split("!")
        assert book[name.strip("'")][cell].value == sheet[f"{at['Tracker value']}{row}"].value
    offered = {
        row
        for rule in sheet.data_validations.dataValidation
        if rule.formula1 == '"Keep tracker,Take return,Use this value"'
        for row in rows
        if f"{at['Decision']}{row}" in rule.sqref
    }
    assert offered == set(rows)
