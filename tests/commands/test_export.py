"""`cvsb export` on files: the key stays in the tracker, live columns say what they say today, and bad folders are refused."""

from __future__ import annotations

import csv
import json
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


@pytest.fixture
def tracker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CVSB_NOW", "2027-03-01T09:00")
    assert cvsb(monkeypatch, "new", tmp_path / "t.xlsx", "--sample") == 0
    return tmp_path / "t.xlsx"


def test_the_sample_is_exported_whole_and_its_key_is_in_no_file(
    tracker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cvsb(monkeypatch, "export", tracker, "--out", tmp_path / "out") == 0
    opened = open_tracker(tracker).tracker
    for name, data in opened.tables.items():
        with (tmp_path / "out" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == len(data)
    files = list((tmp_path / "out").iterdir())
    assert len(files) == len(opened.tables) + 1
    assert not any(opened.meta["key"].encode() in path.read_bytes() for path in files)


def test_live_columns_say_what_they_say_on_the_day_of_the_export(
    tracker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overdue(day: str) -> int:
        monkeypatch.setenv("CVSB_NOW", f"{day}T09:00")
        assert cvsb(monkeypatch, "export", tracker, "--out", tmp_path / "out") == 0
        with (tmp_path / "out" / "actions.csv").open(encoding="utf-8", newline="") as file:
            return sum(row["timeliness"] == "Overdue" for row in csv.DictReader(file))

    assert 0 < overdue("2027-03-01") < overdue("2031-03-01")


def test_a_missing_sheet_is_named_and_the_package_is_whole_without_it(
    tracker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    book = openpyxl.load_workbook(tracker)
    del book["Learning"]
    book.save(tracker)
    assert cvsb(monkeypatch, "export", tracker, "--out", tmp_path / "out") == 1
    assert "Learning: the tracker lacks this sheet" in capsys.readouterr().err
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text(encoding="utf-8"))
    names = {resource["name"] for resource in package["resources"]}
    assert "learning" not in names
    for resource in package["resources"]:
        for key in resource["schema"].get("foreignKeys", []):
            assert key["reference"]["resource"] in names | {""}


def test_a_folder_with_other_files_is_refused_and_left_as_it_was(
    tracker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(tmp_path.iterdir())
    assert cvsb(monkeypatch, "export", tracker, "--out", tmp_path) == 2
    assert "holds other files" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before
