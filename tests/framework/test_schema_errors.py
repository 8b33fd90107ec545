"""A schemas folder that is wrong is refused in words that name the file and what is wrong in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cvsb_xl.errors import SchemaError
from cvsb_xl.framework.load import data_folder, load_framework

Change = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a board's own copy of the schemas."""
    copy = tmp_path / "schemas"
    shutil.copytree(data_folder("schemas"), copy)
    return copy


@pytest.fixture
def change(folder: Path) -> Change:
    """Return a function that replaces a text in one of the files, once."""

    def replace(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def test_a_copy_loads_like_the_original_and_knows_its_folder(folder: Path) -> None:
    assert load_framework(folder).version == load_framework().version
    assert load_framework(folder).folder == folder


def test_a_column_is_added_by_one_edit_in_one_file(folder: Path, change: Change) -> None:
    change(
        "actions.yaml",
        "primaryKey:",
        "  - {name: cost, title: Cost, title_cy: Cost, type: integer, owner: manager, help: What it costs.}\nprimaryKey:",
    )
    assert load_framework(folder)["actions"]["cost"].type == "integer"
    assert load_framework(folder).version != load_framework().version


def test_a_board_can_add_a_clock_of_its_own(folder: Path) -> None:
    path = folder / "framework.yaml"
    own = (
        "  - {review_type: CPR, milestone: Completion of the review, due: completion_due, done: completed_on,\n"
        "     from: [started_on], awaiting: awaiting a start, months: 6, strength: target, sentence: Our own rule.}\n"
    )
    path.write_text(
        path.read_text(encoding="utf-8").replace("strengths:", own + "strengths:"), encoding="utf-8"
    )
    assert [item.months for item in load_framework(folder).clocks if item.review_type == "CPR"] == [6]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("actions.yaml", "name: actions\n", "", r"actions\.yaml: lacks name"),
        ("actions.yaml", "- name: measure", "- name: action_id", "the field action_id stands twice"),
        ("actions.yaml", "- name: measure", "- name: No", "does not read as text"),
        ("actions.yaml", "- name: measure", "- nam: measure", "a field has no name"),
        ("actions.yaml", "type: date", "type: datum", "has type 'datum'; use one of"),
        ("actions.yaml", "owner: manager", "owner: nobody", "has owner 'nobody'; use one of"),
        ("actions.yaml", "enum_cy: [Ydy, Nac ydy]", "enum_cy: [Ydy]", "2 list values but 1 in Welsh"),
        ("actions.yaml", "primaryKey: [action_id]", "primaryKey: [id]", "primaryKey names id"),
        ("actions.yaml", "resource: reviews", "resource: review", "review_id refers to review.review_id"),
        ("assignments.yaml", "  - measure\n", "  - measures\n", "issued_context names actions.measures"),
        ("framework.yaml", "from: [started_on]", "from: [begun_on]", "names begun_on, no field of Reviews"),
        ("framework.yaml", "strength: target", "strength: iron", "'iron' is not one of the strengths"),
        (
            "framework.yaml",
            "milestone: First panel meeting",
            "name: First panel",
            r"framework\.yaml: .*milestone",
        ),
        ("framework.yaml", "months: 2", "months: two", r"framework\.yaml: .*months"),
        ("framework.yaml", "months: 2", "months: 0", r"framework\.yaml: .*months"),
        ("framework.yaml", "[referrals, ", "[referals, ", r"referals\.yaml: cannot be read"),
        ("actions.yaml", "primaryKey:", "  - {name: [}\nprimaryKey:", r"actions\.yaml: is not valid YAML"),
        (
            "actions.yaml",
            "fields:\n  - name: action_id",
            "fields:\n  - action_id\n  - name: action",
            r"actions\.yaml",
        ),
    ],
)
def test_what_is_wrong_is_named(
    folder: Path, change: Change, name: str, old: str, new: str, message: str
) -> None:
    change(name, old, new)
    with pytest.raises(SchemaError, match=message):
        load_framework(folder)


@pytest.mark.parametrize("content", ["", "- a list\n", "just words\n"])
def test_a_file_that_is_no_mapping_is_named(folder: Path, content: str) -> None:
    (folder / "actions.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"actions\.yaml: should hold one mapping"):
        load_framework(folder)


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "actions.yaml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(SchemaError, match=r"actions\.yaml"):
        load_framework(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="cannot be read"):
        load_framework(tmp_path / "nowhere")
