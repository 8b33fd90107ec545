"""What holds of every merge, proved on workbooks: a sheet is drawn, answered in place, read back, merged, saved and opened again."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvsb_xl.hosts.file import OpenTracker, edited_bytes, open_tracker
from cvsb_xl.merge.returned import Return
from cvsb_xl.outputs.merge_json import merge_json
from cvsb_xl.tracker.locate import read_table
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.verbs.log import verify
from cvsb_xl.verbs.merge import merge
from cvsb_xl.verbs.undo import undo
from cvsb_xl.xlsx.change import WorkbookChange
from cvsb_xl.xlsx.patch import change_workbook
from cvsb_xl.xlsx.read import read_book
from cvsb_xl.xlsx.returned_book import as_return
from tests.merge.tracker import TRACKER
from tests.properties.test_merge import FIELDS, READ_ONLY, words
from tests.rounds import tables_of
from tests.scenarios.rig import META, _first_round, addresses, context, open_framework

pytestmark = pytest.mark.slow

OWN = {"SWP": ("AS-0001", "AS-0003"), "CC": ("AS-0002",)}
EDITABLE = ("evidence", "impact", "barriers", "progress_update")


@cache
def issued() -> tuple[bytes, dict[str, bytes]]:
    tracker, sheets = _first_round(TRACKER, META["tracker_id"])
    return tracker, dict(sheets)


@cache
def places(agency: str) -> dict[tuple[str, str], str]:
    return addresses(issued()[1][agency])


@cache
def held_at() -> dict[tuple[str, str], str]:
    """Return the tracker's cell of each (key, field)."""
    grid = read_book(issued()[0]).sheets["Assignments"].grid
    data = read_table(open_framework()["assignments"], grid)
    return {(key, name): data.cell(row, name) or "" for key, row in data.by_key.items() for name in EDITABLE}


def typed(agency: str) -> st.SearchStrategy[dict[tuple[str, str], object]]:
    fields = st.sampled_from(FIELDS + READ_ONLY)
    # Half a character cannot be in a file at all.
    values = words.filter(
        lambda value: not isinstance(value, str) or value.encode("utf-8", "ignore").decode() == value
    )
    return st.dictionaries(st.tuples(st.sampled_from(OWN[agency]), fields), values, min_size=1, max_size=6)


manager = st.dictionaries(
    st.tuples(st.sampled_from(("AS-0001", "AS-0002", "AS-0003")), st.sampled_from(EDITABLE)),
    st.sampled_from((None, "The manager's words", "Done it")),
    max_size=2,
)


def returned(agency: str, cells: dict[tuple[str, str], object]) -> Return:
    changes = {("Assignments", places(agency)[place]): value for place, value in cells.items()}
    data = change_workbook(issued()[1][agency], WorkbookChange(changes))  # type: ignore[arg-type]
    return as_return(open_framework(), f"{agency}.xlsx", read_book(data))


class File:
    """A tracker on disk."""

    def __init__(self, path: Path, edits: dict[tuple[str, str], object]) -> None:
        self.path = path
        path.write_bytes(issued()[0])
        if edits:
            cells = {("Assignments", held_at()[place]): value for place, value in edits.items()}
            path.write_bytes(change_workbook(issued()[0], WorkbookChange(cells)))  # type: ignore[arg-type]

    def open(self) -> OpenTracker:
        return open_tracker(self.path, open_framework())

    def merge(self, *returns: Return, dry: bool = False) -> dict[str, object]:
        opened = self.open()
        outcome = merge(opened.tracker, context(), returns)
        if outcome.edits and not dry:
            self.path.write_bytes(edited_bytes(opened, outcome.edits))
        return json.loads(json.dumps(merge_json(outcome.report), default=str))

    def undo(self) -> None:
        opened = self.open()
        self.path.write_bytes(edited_bytes(opened, undo(opened.tracker, context()).edits))

    @property
    def tracker(self) -> Tracker:
        return self.open().tracker


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "Tracker.xlsx"


many = settings(
    max_examples=70,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def adds_up(report: dict) -> bool:
    return (
        report["read"] == report["applied"] + report["unchanged"] + report["conflicts"] + report["rejected"]
    )


@given(cells=typed("SWP"), edits=manager)
@many
def test_every_cell_is_accounted_for_dry_or_not_and_merging_again_leaves_the_files_bytes_alone(
    place, cells, edits
):
    file, answer = File(place, edits), returned("SWP", cells)
    dry = file.merge(answer, dry=True)
    once = file.merge(answer)
    assert once == dry
    assert adds_up(once)
    assert all(adds_up(item) for item in once["returns"])
    held = file.path.read_bytes()
    again = file.merge(answer)
    assert file.path.read_bytes() == held
    assert (again["applied"], again["conflicts"], again["rejected"]) == (
        0,
        once["conflicts"],
        once["rejected"],
    )
    assert verify(file.tracker).report.faults == ()


@given(cells=typed("SWP"), edits=manager)
@many
def test_what_is_applied_stands_in_the_file_and_nothing_else_has_moved_and_undo_restores_it(
    place, cells, edits
):
    file = File(place, edits)
    before = tables_of(file.tracker)
    report = file.merge(returned("SWP", cells))
    after = tables_of(file.tracker)
    applied = {
        (cell["key"], cell["field"]): cell["returned"]
        for cell in report["returns"][0]["cells"]
        if cell["outcome"] == "applied"
    }
    moved = {
        (key, name)
        for key, row in after["assignments"].items()
        for name, value in row.items()
        if value != before["assignments"][key][name] and name not in ("updated_on", "updated_from")
    }
    assert moved == set(applied)
    assert all(key in OWN["SWP"] for key, _ in moved)
    if applied:
        file.undo()
        again = tables_of(file.tracker)
        for name in ("updated_on", "updated_from"):  # what was typed by hand before stays dated
            for key in before["assignments"]:
                if any(place[0] == key for place in edits):
                    before["assignments"][key][name] = again["assignments"][key][name]
        assert again["assignments"] == before["assignments"]
        assert verify(file.tracker).report.faults == ()


@given(police=typed("SWP"), council=typed("CC"), edits=manager)
@many
def test_two_agencies_can_come_in_any_order(place, police, council, edits):
    ends = []
    for order in (("SWP", "CC"), ("CC", "SWP")):
        file = File(place, edits)
        for agency in order:
            report = file.merge(returned(agency, police if agency == "SWP" else council))
            assert adds_up(report)
        ends.append(tables_of(file.tracker))
    assert ends[0] == ends[1]
