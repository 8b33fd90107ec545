"""`cvsb new`: makes a tracker that opens, overwrites nothing, and says in words what it cannot do."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import openpyxl
import pytest

from cvsb_xl.cli import main
from cvsb_xl.hosts.file import open_tracker


def cvsb(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["cvsb", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_new_makes_a_tracker_that_reads_back_and_names_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Our tracker.xlsx"
    assert cvsb(monkeypatch, "new", path) == 0
    tracker = open_tracker(path).tracker
    assert len(tracker.meta["key"]) == 64
    assert tracker.setting("due_soon_days") == "30"
    assert f"cvsb update '{path}'" in capsys.readouterr().out


def test_new_sample_makes_the_worked_example_and_a_second_reader_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.xlsx"
    assert cvsb(monkeypatch, "new", path, "--sample") == 0
    tracker = open_tracker(path).tracker
    assert len(tracker["actions"]) >= 40
    assert len(tracker["assignments"]) >= 70
    assert openpyxl.load_workbook(path).sheetnames[0] == "Today"
    assert "invented worked example" in capsys.readouterr().out


def test_the_sample_is_up_to_date_when_it_is_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.xlsx"
    monkeypatch.setenv("CVSB_NOW", "2027-03-31T09:00")
    cvsb(monkeypatch, "new", path, "--sample")
    before = path.read_bytes()
    capsys.readouterr()
    assert cvsb(monkeypatch, "update", path) == 0
    assert "nothing to change" in capsys.readouterr().out
    assert path.read_bytes() == before


def test_a_welsh_tracker_has_welsh_headings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.xlsx"
    assert cvsb(monkeypatch, "new", path, "--lang", "cy") == 0
    assert open_tracker(path).headings["actions"]["due_on"] == "I'w gwblhau erbyn"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("there.xlsx", "is there already, and cvsb new overwrites nothing"),
        ("tracker.xlsm", "name it tracker.xlsx"),
        ("tracker", "name it tracker.xlsx"),
        ("folder", "is a folder"),
        ("no such/tracker.xlsx", "there is no such folder"),
        ("there.xlsx/tracker.xlsx", "there is no such folder"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words_and_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    (tmp_path / "there.xlsx").write_text("mine")
    (tmp_path / "folder").mkdir()
    assert cvsb(monkeypatch, "new", tmp_path / name) == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "there.xlsx").read_text() == "mine"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["folder", "there.xlsx"]


def test_a_folder_that_may_not_be_written_in_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert cvsb(monkeypatch, "new", tmp_path / "t.xlsx") == 2
    assert "you may not write in this folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    assert cvsb(monkeypatch, "new", tmp_path / "t.xlsx") == 2
    monkeypatch.undo()
    assert "the disk is full" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.xlsx")) + list(tmp_path.glob(".*tmp"))
