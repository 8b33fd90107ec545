"""`cvsb dashboard`: writes the page and nothing else, and writes over nothing but a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.line import cvsb


def test_writes_a_page_and_leaves_the_tracker_as_it_was(
    tracker: Path,
    built: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cvsb(monkeypatch, "dashboard", tracker, "--out", "d.html")
    assert (tmp_path / "d.html").read_bytes().startswith(b"<!doctype html>")
    assert tracker.read_bytes() == built
    assert sorted(item.name for item in tmp_path.iterdir()) == ["d.html", "t.xlsx"]
    assert capsys.readouterr().out.startswith("d.html: as at 23 November 2026. 13 reviews, 48 actions: ")


def test_the_same_tracker_and_day_make_the_same_page_and_an_old_page_is_replaced(
    tracker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cvsb(monkeypatch, "dashboard", tracker, "--out", "d.html")
    first = (tmp_path / "d.html").read_bytes()
    cvsb(monkeypatch, "dashboard", tracker, "--out", "d.html", "--as-at", "2026-12-31")
    second = (tmp_path / "d.html").read_bytes()
    assert b"31 December 2026" in second
    assert second != first
    cvsb(monkeypatch, "dashboard", tracker, "--out", "d.html")
    assert (tmp_path / "d.html").read_bytes() == first


def test_json_tells_the_figures_of_an_agencys_page(
    tracker: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cvsb(monkeypatch, "dashboard", tracker, "--out", "f.html", "--for", "swp", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["agency"] == "SWP"
    assert told["actions"] >= told["open"] >= told["overdue"]


@pytest.mark.parametrize(
    ("out", "why"),
    [
        ("d.xlsx", "give it a name that ends in .html"),
        ("missing/d.html", "does not exist"),
        ("folder.html", "is a folder"),
        ("report.html", "is no web page, so it is left alone"),
    ],
)
def test_a_name_that_is_no_pages_is_refused_and_what_is_there_is_left_alone(
    out: str,
    why: str,
    tracker: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "report.html").write_bytes(b"PK\x03\x04 a workbook under a wrong name")
    before = (tmp_path / "report.html").read_bytes()
    assert cvsb(monkeypatch, "dashboard", tracker, "--out", out) == 2
    assert why in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "report.html").read_bytes() == before


def test_an_unknown_agency_leaves_no_page(
    tracker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cvsb(monkeypatch, "dashboard", tracker, "--out", "d.html", "--for", "NOBODY") == 2
    assert "NOBODY is not in Agencies" in capsys.readouterr().err
    assert not (tmp_path / "d.html").exists()
