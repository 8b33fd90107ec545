"""The decision tables of the merge, as tables: each line is a test, and its first column says it in a sentence.

What an agency returned is merged into a tracker, and what became of it is held: the outcome, the reason, and what the tracker
holds afterwards. A blank cell of these tables is a blank cell.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from cvsb_xl.merge.returned import Return
from cvsb_xl.tracker.edits import AppendRow, apply_edits
from cvsb_xl.tracker.tables import Tracker
from tests.markdown import tables
from tests.merge.tracker import MET, TRACKER
from tests.rounds import answered, by_hand, column_of, grids, issued, merged, settled, tables_of

CELLS = """
## Cells
| when | field | issued | tracker | returned | and | comes to | then |
|---|---|---|---|---|---|---|---|
| a cell comes back as it was issued | barriers | Old | Old | Old | | unchanged same | Old |
| only the tracker changed it | barriers | Old | Typed | Old | | unchanged same | Typed |
| a progress update is left blank | progress_update | Half | Half | | | unchanged left-blank | Half |
| a progress update is left blank and the tracker changed it | progress_update | Half | Typed | | | unchanged left-blank | Typed |
| a progress update is written | progress_update | Half | Half | Whole | | applied applied | Whole |
| a locked cell was typed over | area | Cardiff | Cardiff | National | | rejected not-yours | Cardiff |
| a locked cell was emptied | area | Cardiff | Cardiff | | | rejected not-yours | Cardiff |
| a locked cell that the tracker changed too comes back as issued | area | Cardiff | National | Cardiff | | unchanged same | National |
| a formula stands in an input cell | barriers | Old | Old | New | a formula | rejected formula | Old |
| a formula shows what was issued | barriers | Old | Old | Old | a formula | rejected formula | Old |
| a value is not on the list | progress | In progress | In progress | Soon | | rejected bad-value | In progress |
| a text is no date | expected_on | | | On going | | rejected bad-value | |
| a date can be read two ways | expected_on | | | 03/04/27 | | rejected bad-value | |
| a day does not exist | expected_on | | | 31 September 2027 | | rejected bad-value | |
| a list value is written sloppily | progress | Not started | Not started | in  progress. | | applied applied | In progress |
| a list value is in Welsh | progress | Not started | Not started | Ar y gweill | | applied applied | In progress |
| a date is written in English | expected_on | | | 31 March 2027 | | applied applied | 2027-03-31 |
| a date is written in Welsh | expected_on | | | 31 Mawrth 2027 | | applied applied | 2027-03-31 |
| a date is written with en-dashes | expected_on | | | 31–3–2027 | | applied applied | 2027-03-31 |
| a date that is not needed says N/A | expected_on | 2027-05-01 | 2027-05-01 | N/A | | applied applied | |
| both wrote the same | barriers | Old | Same | Same | | unchanged already-there | Same |
| both emptied it | barriers | Old | | | | unchanged already-there | |
| evidence is emptied | evidence | Proof | Proof | | | conflict emptied | Proof |
| impact is emptied | impact | Better | Better | | | conflict emptied | Better |
| evidence that the tracker changed too is emptied | evidence | Proof | Typed | | | conflict emptied | Typed |
| another cell is emptied | barriers | Old | Old | | | applied applied | |
| the action was closed since | barriers | Old | Old | New | the action was closed | conflict action-closed | Old |
| the action was closed since and the cell is as issued | barriers | Old | Old | Old | the action was closed | unchanged same | Old |
| only the agency changed it | barriers | Old | Old | New | | applied applied | New |
| the tracker holds an earlier return's value and this one is newer | barriers | Old | First | New | after a return saved before | applied newer | New |
| the tracker holds a later return's value and this one is older | barriers | Old | First | New | after a return saved later | unchanged superseded | First |
| the tracker holds a value saved half a second before | barriers | Old | First | New | after a return saved half a second before | applied newer | New |
| the tracker holds a value saved an hour before in another zone | barriers | Old | First | New | after a return saved before in another zone | applied newer | New |
| the other return says a time without its zone | barriers | Old | First | New | after a return without a zone | conflict which-is-newer | First |
| it cannot be told which of two returns is newer | barriers | Old | First | New | after a return saved at the same time | conflict which-is-newer | First |
| one of two returns does not say when it was saved | barriers | Old | First | New | after a return without a time | conflict which-is-newer | First |
| the tracker holds the value of a sheet issued later | barriers | Old | First | New | after a later sheet | unchanged superseded | First |
| a person changed what an earlier return had put there | barriers | Old | Typed | New | after a return and a person | conflict both-changed | Typed |
| both changed it | barriers | Old | Typed | New | | conflict both-changed | Typed |
| the tracker emptied it and the agency changed it | barriers | Old | | New | | conflict both-changed | |
"""

UNITS = """
## Units
| when | progress | completed_on | evidence | barriers | applied | conflicts | rejected |
|---|---|---|---|---|---|---|---|
| a whole unit is sound it is applied together | Proposed complete | 2027-03-30 | Report | New | progress completed_on evidence barriers | | |
| one of a unit is no value its other changed cells wait | Proposed complete | last week | Report | New | barriers | progress evidence | completed_on |
| one of a unit is emptied its other changed cells wait | Proposed complete | 2027-03-30 | BLANK | New | barriers | progress completed_on evidence | |
| one of a unit both changed its other changed cells wait | Proposed complete | 2027-03-30 | Clash | New | barriers | progress completed_on evidence | |
| the bad cell of a unit stands alone nothing else is held | | last week | | New | barriers | | completed_on |
| a bad cell is in no unit the unit is applied | Proposed complete | 2027-03-30 | Report | \u202e | progress completed_on evidence | | barriers |
"""

ROWS = """
## Rows
| when | issued | in tracker | returned | comes to | findings |
|---|---|---|---|---|---|
| a row was issued, stands, and comes back changed | yes | yes | changed | applied applied | |
| a row was issued, stands, and comes back as it was | yes | yes | as issued | unchanged | |
| a row was issued, stands, and does not come back | yes | yes | no | unchanged | row-missing |
| a row was taken out of the tracker and comes back as it was | yes | no | as issued | unchanged | edited-after-removal |
| a row was taken out of the tracker and comes back changed | yes | no | changed | conflict edited-after-removal | edited-after-removal |
| a row was taken out of the tracker and does not come back | yes | no | no | unchanged | row-missing |
| a row that nobody knows comes back | no | no | changed | rejected new-row | new-row |
| an own row that was not issued comes back as the tracker has it | no | yes | as issued | unchanged | |
| an own row that was not issued comes back changed | no | yes | changed | conflict key-clash | |
| an own row that was not issued does not come back | no | yes | no | | |
| another agency's row comes back | no | theirs | changed | rejected not-yours | not-yours |
| a row comes back twice | yes | yes | twice | rejected key-twice | key-twice |
| a row comes back without its ID | yes | yes | without its ID | rejected key-blank | key-blank row-missing |
| a row comes back under an ID that nobody knows | yes | yes | under a new ID | rejected new-row | new-row row-missing |
| two rows come back with their IDs swapped | yes | yes | with IDs swapped | rejected key-altered | key-altered |
"""

ADDED = """
## Rows that agencies add
| when | id | review | method | reach | comes to | rows |
|---|---|---|---|---|---|---|
| a spare row is filled in | reserved | RV-0001 | Case study | 40 | applied added | 1 |
| a row without an ID is added | | RV-0001 | Case study | 40 | applied added | 1 |
| a row under an ID of its own is added | DI-OURS | RV-0001 | Case study | 40 | applied added | 1 |
| a new row names a review that was not issued | reserved | RV-0999 | Case study | 40 | rejected unknown-review | 0 |
| a new row names no review | reserved | | Case study | 40 | rejected unknown-review | 0 |
| one cell of a new row is bad | reserved | RV-0001 | Case study | lots | rejected bad-value | 1 |
| a spare row is left empty | reserved | | | | | 0 |
"""

FILES = """
## Whole files
| when | carrier | tracker | comes to | findings |
|---|---|---|---|---|
| a sheet comes back whole | as issued | same | applied applied | |
| its hidden base is gone | none | same | conflict no-base | no-base |
| this copy of the tracker never issued it | as issued | a copy from before | conflict other-copy | other-copy |
| a later sheet has been issued since | as issued | issued again | applied applied | superseded-sheet |
| its signature does not hold | changed | same | refused | bad-signature |
| another tracker issued it | as issued | another | refused | other-tracker |
| its agency is gone | as issued | without the agency | refused | unknown-agency |
"""


def _lines(text: str) -> list[dict[str, str]]:
    (rows,) = tables(text).values()
    return [{name: str(value) for name, value in row.items()} for row in rows]


def _each(text: str):
    rows = _lines(text)
    return pytest.mark.parametrize("line", rows, ids=[row["when"] for row in rows])


def _outcome(report, key: str, name: str) -> str:
    for result in report.returns:
        for cell in (*result.cells, *result.noted):
            if (cell.key, cell.field) == (key, name):
                return f"{cell.outcome} {cell.reason}"
    return "unchanged"


def _typed(tracker: Tracker, name: str, value: str | None) -> Tracker:
    row = tracker["assignments"].by_key["AS-0003"]
    return (
        tracker
        if row.text(name) == (value or "")
        else by_hand(tracker, "assignments", "AS-0003", name, value)
    )


def _closed(tracker: Tracker) -> Tracker:
    ratified = {
        "decision_id": "D-0001", "body": "Delivery Group", "meeting_on": MET, "action_id": "A-0002",
        "proposal": "Complete", "decision": "Ratified",
    }  # fmt: skip
    return apply_edits(tracker, [AppendRow("decisions", ratified)])


@_each(CELLS)
def test_a_cell_when(line: dict[str, str]) -> None:
    name, circumstance = line["field"], line.get("and", "")
    tracker, sheet = issued(_typed(settled(TRACKER), name, line.get("issued")), "SWP")
    place, saved = ("AS-0003", name), "2027-03-31T10:00:00Z"
    earlier = {
        "after a return saved before": "2027-03-31T09:00:00Z",
        "after a return saved later": "2027-03-31T11:00:00Z",
        "after a return saved at the same time": saved,
        "after a return without a time": "",
        "after a return saved half a second before": "2027-03-31T09:59:59.500000Z",
        "after a return saved before in another zone": "2027-03-31T10:00:00+01:00",
        "after a return without a zone": "2027-03-31T09:00:00",
        "after a return and a person": "2027-03-31T09:00:00Z",
    }
    if circumstance in earlier:
        first = answered(sheet, {place: "First"}, modified=earlier[circumstance], file="first.xlsx")
        tracker, _ = merged(tracker, first)
    elif circumstance == "after a later sheet":
        tracker, later = issued(tracker, "SWP")
        tracker, _ = merged(tracker, answered(later, {place: "First"}, modified="2027-03-31T09:00:00Z"))
    elif circumstance == "the action was closed":
        tracker = _closed(tracker)
    tracker = _typed(tracker, name, line.get("tracker"))
    formulas = {}
    if circumstance == "a formula":
        row = next(at for at, cells in enumerate(grids(sheet)["Assignments"], 1) if cells[0] == "AS-0003")
        formulas = {"Assignments": [(row, column_of(sheet, "Assignments", name) + 1)]}
    answer = answered(sheet, {place: line.get("returned")}, modified=saved, formulas=formulas)
    after, report = merged(tracker, answer)
    expected = line["comes_to"]
    found = _outcome(report, "AS-0003", name)
    assert found == ("unchanged" if expected in ("unchanged same", "unchanged left-blank") else expected)
    assert after["assignments"].by_key["AS-0003"].text(name) == line.get("then", "")


@_each(UNITS)
def test_where(line: dict[str, str]) -> None:
    tracker, sheet = issued(settled(TRACKER), "SWP")
    if line.get("evidence") == "Clash":
        tracker = by_hand(tracker, "assignments", "AS-0003", "evidence", "Typed")
    names = ("progress", "completed_on", "evidence", "barriers")
    typed = {("AS-0003", name): line[name] for name in names if name in line}
    if line.get("evidence") == "BLANK":
        typed["AS-0003", "evidence"] = None  # type: ignore[assignment]
    _, report = merged(tracker, answered(sheet, typed))
    for outcome, column in (("applied", "applied"), ("conflict", "conflicts"), ("rejected", "rejected")):
        found = {cell.field for cell in report.returns[0].cells if cell.outcome == outcome}
        assert found == set(line.get(column, "").split())


def _without(tracker: Tracker, table: str, key: str) -> Tracker:
    data = tracker[table]
    return tracker.with_table(
        table, replace(data, rows=tuple(row for row in data if data.key_of(row) != key))
    )


@_each(ROWS)
def test_a_row_when(line: dict[str, str]) -> None:
    tracker = settled(TRACKER)
    if line["issued"] == "no" and line["in_tracker"] == "yes":
        tracker = _closed(tracker)  # rows of closed actions are not issued
    tracker, sheet = issued(tracker, "SWP")
    key = "AS-0003"
    if line["in_tracker"] == "no":
        key = "AS-0003" if line["issued"] == "yes" else "AS-0099"
        tracker = _without(_without(tracker, "assignments", key), "actions", "A-0002")
    elif line["in_tracker"] == "theirs":
        key = "AS-0002"
        tracker = by_hand(tracker, "assignments", key, "barriers", "Words of the council")
    at = column_of(sheet, "Assignments", "barriers")

    def edit(found) -> None:
        rows = found["Assignments"]
        if line["issued"] == "no" and line["returned"] != "no":
            added = [None] * len(rows[0])
            added[0], added[column_of(sheet, "Assignments", "evidence")] = (
                key,
                "Draft audit" if key == "AS-0003" else None,
            )
            rows.append(added)
        row = next((row for row in rows if row[0] == key), None)
        match line["returned"]:
            case "no" if row:
                rows.remove(row)
            case "changed":
                row[at] = "New"
            case "twice":
                rows.append([*row[:at], "In the copy", *row[at + 1 :]])
            case "without its ID":
                row[0] = None
            case "under a new ID":
                row[0] = "AS-0099"
            case "with IDs swapped":
                other = next(row for row in rows if row[0] == "AS-0001")
                row[0], other[0] = other[0], row[0]

    before = tables_of(tracker)["assignments"]
    after, report = merged(tracker, answered(sheet, edit=edit))
    (result,) = report.returns
    outcomes = {f"{cell.outcome} {cell.reason}" for cell in result.cells}
    expected = line.get("comes_to", "unchanged")
    assert outcomes == (set() if expected == "unchanged" else {expected})
    assert {item.name for item in result.findings if item.name != "nothing-reviewed"} == set(
        line.get("findings", "").split()
    )
    held = tables_of(after)["assignments"]
    changed = {name for name in held if held[name].get("barriers") != before.get(name, {}).get("barriers")}
    assert changed == ({"AS-0003"} if expected.startswith("applied") else set())
    if line["in_tracker"] == "theirs":
        assert "Words of the council" not in repr(result)


@_each(ADDED)
def test_an_added_row_when(line: dict[str, str]) -> None:
    tracker, sheet = issued(settled(TRACKER), "SWP")
    reserved = next(table.spare[0] for table in sheet.tables if table.spare)
    key = reserved if line.get("id") == "reserved" else line.get("id")

    def edit(found) -> None:
        rows = found["Dissemination"]
        row = next((row for row in rows if row[0] == key and key), None)
        if row is None:
            row = [key, *[None] * (len(rows[0]) - 1)]
            rows.append(row)
        for name, column in (("review", "review_id"), ("method", "method"), ("reach", "reach")):
            row[column_of(sheet, "Dissemination", column)] = line.get(name)

    answer = answered(sheet, edit=edit)
    after, report = merged(tracker, answer)
    assert len(after["dissemination"]) == int(line["rows"])
    outcomes = {f"{cell.outcome} {cell.reason}" for cell in report.returns[0].cells}
    if line.get("comes_to"):
        assert line["comes_to"] in outcomes
    else:
        assert not outcomes
    for row in after["dissemination"]:
        assert row["agency"] == "SWP"
    again, second = merged(after, answer)
    assert len(again["dissemination"]) == int(line["rows"])
    assert second.counts.applied == 0


def _answer(sheet, kind: str) -> Return:
    carrier = {"none": {}, "changed": {**sheet.carrier, "signature": "0"}}.get(kind)
    return answered(sheet, {("AS-0003", "barriers"): "New"}, carrier=carrier)


@_each(FILES)
def test_a_file_when(line: dict[str, str]) -> None:
    before = settled(TRACKER)
    tracker, sheet = issued(before, "SWP")
    tracker = {
        "same": lambda: tracker,
        "a copy from before": lambda: before,
        "issued again": lambda: issued(tracker, "SWP")[0],
        "another": lambda: replace(tracker, meta={**tracker.meta, "tracker_id": "T-OTHER"}),
        "without the agency": lambda: _without(tracker, "agencies", "SWP"),
    }[line["tracker"]]()
    after, report = merged(tracker, _answer(sheet, line["carrier"]))
    (result,) = report.returns
    assert {item.name for item in result.findings} == set(line.get("findings", "").split())
    if line["comes_to"] == "refused":
        assert (result.state, result.read) == ("refused", 0)
    else:
        assert _outcome(report, "AS-0003", "barriers") == line["comes_to"]
    held = after["assignments"].by_key["AS-0003"]["barriers"]
    assert held == ("New" if line["comes_to"].startswith("applied") else None)
