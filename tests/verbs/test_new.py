"""A new tracker: its own identity, its settings, its rows as they will stand on the sheets."""

from __future__ import annotations

from datetime import UTC, datetime

from cvsb_xl.framework.load import load_framework
from cvsb_xl.tracker.tables import HEADER_ROW
from cvsb_xl.verbs.new import new_tracker
from cvsb_xl.verbs.outcome import Context
from cvsb_xl.verbs.update import update

FRAMEWORK = load_framework()
CONTEXT = Context(now=datetime(2027, 3, 31, 9, tzinfo=UTC), user="test")


def test_a_plain_tracker_has_the_settings_with_their_defaults_and_no_other_row() -> None:
    tracker = new_tracker(FRAMEWORK, CONTEXT)
    defaults = {item["setting"]: item["value"] for item in FRAMEWORK["settings"].defaults}
    assert {row["setting"]: row["value"] for row in tracker["settings"]} == defaults
    generated = {"today", "progress", "ratification"}  # these may say that there is nothing to say
    assert not [
        name for name, data in tracker.tables.items() if len(data) and name not in {"settings", *generated}
    ]


def test_each_tracker_has_its_own_id_and_its_own_key_of_32_bytes() -> None:
    one, other = new_tracker(FRAMEWORK, CONTEXT), new_tracker(FRAMEWORK, CONTEXT)
    assert len(bytes.fromhex(one.meta["key"])) == 32
    assert one.meta["key"] != other.meta["key"]
    assert one.meta["tracker_id"] != other.meta["tracker_id"]


def test_the_tracker_says_when_it_was_made_by_which_schemas_and_in_which_language() -> None:
    meta = new_tracker(FRAMEWORK, CONTEXT, language="cy").meta
    assert (meta["language"], meta["schema_version"]) == ("cy", FRAMEWORK.version)
    assert datetime.fromisoformat(meta["created"]) == CONTEXT.now


def test_the_sample_is_up_to_date_on_the_day_it_is_built() -> None:
    tracker = new_tracker(FRAMEWORK, CONTEXT, sample=True)
    assert list(update(tracker, CONTEXT).edits) == []
    statuses = {row["status"] for row in tracker["actions"]}
    assert None not in statuses


def test_rows_are_numbered_as_they_will_stand_below_the_headings() -> None:
    tracker = new_tracker(FRAMEWORK, CONTEXT, sample=True)
    for data in tracker.tables.values():
        assert [row.number for row in data] == list(range(HEADER_ROW + 1, HEADER_ROW + 1 + len(data)))


def test_today_points_at_cells_that_are_there() -> None:
    tracker = new_tracker(FRAMEWORK, CONTEXT, sample=True)
    by_sheet = {data.schema.sheet: data for data in tracker.tables.values()}
    places = [row.text("where") for row in tracker["today"]]
    assert places
    for place in places:
        sheet, _, cell = place.partition("!")
        data = by_sheet[sheet.strip("'")]
        assert not cell or cell in {data.cell(row, name) for row in data for name in data.columns}, place


def test_the_samples_settings_stand_beside_the_defaults_it_leaves_alone() -> None:
    tracker = new_tracker(FRAMEWORK, CONTEXT, sample=True)
    assert [row["setting"] for row in tracker["settings"]] == [
        item["setting"] for item in FRAMEWORK["settings"].defaults
    ]
    assert tracker.setting("board_name") == "Sample Safeguarding Board (invented)"
