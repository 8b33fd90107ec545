"""What people type into cells: the clear is understood, the doubtful is asked about, the rest is named and left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from cvsb_xl.tracker.values import RawValue
from tests.scenarios.rig import Rig, addresses, rezipped
from tests.scenarios.scenario import Scenario, play

KEY = "AS-0001"


def _types(cells: Mapping[str, RawValue], key: str = KEY) -> Callable[[Rig], object]:
    return lambda rig: rig.answer("SWP", {(key, name): value for name, value in cells.items()})


def _cells(outcome: str, reason: str, *names: str, key: str = KEY) -> set[tuple[str, str, str, str]]:
    return {(key, name, outcome, reason) for name in names}


def _holds(cells: Mapping[str, RawValue], key: str = KEY) -> Callable[[Rig, object], None]:
    def then(rig: Rig, _: object) -> None:
        row = rig.open()["assignments"].by_key[key]
        assert {name: row[name] for name in cells} == dict(cells)

    return then


def _formula(rig: Rig) -> None:
    def edit(book: object) -> None:
        sheet = book["Assignments"]  # type: ignore[index]
        sheet[
            addresses(path.read_bytes())[KEY, "barriers"]
        ].value = '=HYPERLINK("http://example.test","click")'

    path = rig.file("SWP")
    rig.reshape("SWP", edit)


def _error_value(rig: Rig) -> None:
    path = rig.file("SWP")
    place = addresses(path.read_bytes())[KEY, "barriers"].encode()
    path = rig.answer("SWP", {(KEY, "barriers"): "here"})
    part = "xl/worksheets/sheet2.xml"

    def edit(xml: bytes) -> bytes:
        import re

        made = re.sub(
            rb'<c r="%b"([^>]*?) t="\w+"([^>]*)>.*?</c>' % place,
            rb'<c r="%b"\1 t="e"\2><v>#REF!</v></c>' % place,
            xml,
        )
        assert made != xml
        return made

    path.write_bytes(rezipped(path.read_bytes(), {part: edit}))


def _nil_return(rig: Rig) -> None:
    def edit(book: object) -> None:
        sheet = book["Start here"]  # type: ignore[index]
        for row in range(1, 40):
            if sheet.cell(row, 1).value == "Reviewed by":
                sheet.cell(row, 2).value = "PC Sample"
            if sheet.cell(row, 1).value == "Reviewed on":
                sheet.cell(row, 2).value = "30 Mawrth 2027"

    rig.reshape("SWP", edit)


def _reviewed(rig: Rig, report: object) -> None:
    (row,) = [row for row in rig.open()["returns"] if row["agency"] == "SWP"]
    assert (row["reviewed_by"], row["state"], row["returned_on"]) == (
        "PC Sample",
        "Returned",
        date(2027, 3, 31),
    )


def _spare(rig: Rig, **cells: RawValue) -> None:
    spare = next(key for key, _ in addresses(rig.file("SWP").read_bytes(), "Dissemination"))
    rig.answer("SWP", {(spare, name): value for name, value in cells.items()}, table="Dissemination")


def _shared(rig: Rig, report: object) -> None:
    (row,) = rig.open()["dissemination"]
    assert (row["agency"], row["review_id"], row["method"], row["reach"]) == (
        "SWP",
        "RV-0001",
        "Case study",
        40,
    )


def _rows_without_ids(rig: Rig) -> None:
    def edit(book: object) -> None:
        sheet = book["Dissemination"]  # type: ignore[index]
        head = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "Dissemination ID")
        columns = {sheet.cell(head, at).value: at for at in range(1, sheet.max_column + 1)}
        for offset, method in enumerate(("Training", "Case study"), 1):
            row = sheet.max_row + 1
            sheet.cell(row, columns["Review ID"]).value = "RV-0001"
            sheet.cell(row, columns["Method"]).value = method
            sheet.cell(row, columns["Reach"]).value = offset

    rig.reshape("SWP", edit)


def _two_rows(rig: Rig, report: object) -> None:
    rows = rig.open()["dissemination"]
    assert [(row["method"], row["reach"], row["agency"]) for row in rows] == [
        ("Training", 1, "SWP"),
        ("Case study", 2, "SWP"),
    ]
    assert len({row.text("dissemination_id") for row in rows}) == 2
    again = rig.merge(exits=0)
    assert again["returns"][0]["state"] == "repeated"
    assert len(rig.open()["dissemination"]) == 2


APPLIED = ("applied", "applied")
BAD = ("rejected", "bad-value")

SCENARIOS = [
    Scenario(
        "sloppy but clear: case, full stops, blanks, Welsh",
        _types({"progress": " in progress. ", "help_needed": "ydy"}),
        cells=_cells(*APPLIED, "progress", "help_needed"),
        then=_holds({"progress": "In progress", "help_needed": "Yes"}),
    ),
    Scenario(
        "dates as text, English and Welsh",
        _types(
            {
                "expected_on": "31st March 2028",
                "extension_requested_to": "1 Mehefin 2028",
                "completed_on": "31/3/2027",
            }
        ),
        cells=_cells(*APPLIED, "expected_on", "extension_requested_to", "completed_on"),
        then=_holds(
            {
                "expected_on": date(2028, 3, 31),
                "extension_requested_to": date(2028, 6, 1),
                "completed_on": date(2027, 3, 31),
            }
        ),
    ),
    Scenario(
        "N/A where no date is", _types({"expected_on": "N/A"}), cells=set(), findings={"nothing-reviewed"}
    ),
    Scenario(
        "a date that can be read two ways",
        _types({"expected_on": "03/04/27"}),
        cells=_cells(*BAD, "expected_on"),
        words=("D101", "more than one date", 'did they mean "3 April 2027"'),
        then=_holds({"expected_on": None}),
    ),
    Scenario(
        "no date at all",
        _types({"expected_on": "On going", "barriers": "No venue"}),
        cells=_cells(*BAD, "expected_on") | _cells(*APPLIED, "barriers"),
        words=('"On going" is not a date',),
    ),
    Scenario(
        "a bad cell of a unit holds back what belongs with it, and nothing else",
        _types(
            {
                "progress": "Proposed complete",
                "completed_on": "soon",
                "evidence": "Minutes",
                "barriers": "None",
            }
        ),
        cells=_cells(*BAD, "completed_on")
        | _cells("conflict", "unit", "progress", "evidence")
        | _cells(*APPLIED, "barriers"),
        then=_holds({"progress": "Not started", "evidence": None, "barriers": "None"}),
    ),
    Scenario(
        "a word that is not on the list",
        _types({"help_needed": "Perhaps"}),
        cells=_cells(*BAD, "help_needed"),
        words=("D102",),
    ),
    Scenario(
        "over-long text", _types({"lead_name": "x" * 201}), cells=_cells(*BAD, "lead_name"), words=("D105",)
    ),
    Scenario(
        "hidden control characters",
        _types({"barriers": "gpj\u202exslx"}),
        cells=_cells(*BAD, "barriers"),
        words=("X201",),
    ),
    Scenario(
        "a formula in an input cell",
        _formula,
        cells=_cells("rejected", "formula", "barriers"),
        words=("X202",),
    ),
    Scenario(
        "an error value in an input cell",
        _error_value,
        cells=_cells(*BAD, "barriers"),
        words=("D104", "#REF!"),
    ),
    Scenario(
        "text that looks like a formula stays text",
        _types({"barriers": "=2+2", "lead_name": "@pc.sample", "impact": "-1 complaint"}),
        cells=_cells(*APPLIED, "barriers", "lead_name", "impact"),
        then=_holds({"barriers": "=2+2", "lead_name": "@pc.sample", "impact": "-1 complaint"}),
    ),
    Scenario(
        "line breaks, emoji and 8,000 letters",
        _types({"impact": "a\r\nb ✅ ŵ", "evidence": "e" * 8000}),
        cells=_cells(*APPLIED, "impact", "evidence"),
        then=_holds({"impact": "a\nb ✅ ŵ", "evidence": "e" * 8000}),
    ),
    Scenario(
        "evidence wiped with one key, barriers too",
        _types({"evidence": None, "progress": "Proposed complete", "lead_name": None}, "AS-0003"),
        cells=_cells("conflict", "emptied", "evidence", key="AS-0003")
        | _cells("conflict", "unit", "progress", key="AS-0003"),
        then=_holds({"evidence": "Draft audit", "progress": "In progress"}, "AS-0003"),
    ),
    Scenario(
        "locked cells typed over",
        _types(
            {
                "action": "Something easier",
                "due_on": date(2030, 1, 1),
                "area": "National",
                "barriers": "No venue",
            }
        ),
        cells=_cells("rejected", "not-yours", "action", "due_on", "area") | _cells(*APPLIED, "barriers"),
        words=("not the agency's to change", '"Something easier" returned'),
    ),
    Scenario("a nil return, reviewed by and on", _nil_return, cells=set(), then=_reviewed),
    Scenario(
        "a spare row filled in",
        lambda rig: _spare(rig, review_id="RV-0001", method="case study.", reach="40"),
        counts=(3, 0, 0),
        then=_shared,
    ),
    Scenario(
        "a spare row without a review",
        lambda rig: _spare(rig, method="Case study", reach=40),
        counts=(0, 0, 2),
        findings={"unknown-review"},
    ),
    Scenario(
        "new rows typed below the spare ones, without ids",
        _rows_without_ids,
        counts=(6, 0, 0),
        then=_two_rows,
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[item.name for item in SCENARIOS])
def test_cells(scenario: Scenario, tmp_path: Path) -> None:
    play(scenario, Rig.issued(tmp_path, scenario.tracker))
