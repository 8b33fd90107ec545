"""`cvsb progress`: writes the paper and nothing else, and refuses in words."""

from __future__ import annotations

import json
from pathlib import Path

import docx
import pytest

from tests.commands.line import cvsb


def test_writes_a_word_paper_and_leaves_the_tracker_as_it_was(
    tracker: Path,
    built: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The figures go to stdout, what wants a person to stderr with exit 1, and the folder holds nothing else."""
    assert cvsb(monkeypatch, "progress", tracker, "--review", "RV-0004", "--out", "r.docx") == 1
    assert docx.Document(str(tmp_path / "r.docx")).paragraphs[0].text == "12-month progress report"
    assert tracker.read_bytes() == built
    assert sorted(item.name for item in tmp_path.iterdir()) == ["r.docx", "t.xlsx"]
    told = capsys.readouterr()
    assert told.out.startswith("r.docx: RV-0004 as at 23 November 2026. 12 actions: ")
    assert 'Due on "On going" is not a date (A-0024).' in told.err
    assert "Before you send it: t.xlsx:Assignments!" in told.err


def test_nothing_in_doubt_ends_with_exit_0(tracker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed review whose rows can all be read wants nobody."""
    assert cvsb(monkeypatch, "progress", tracker, "--review", "RV-0001", "--out", "r.docx") == 0


def test_json_holds_the_figures(
    tracker: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program reads the same figures as the paper prints."""
    cvsb(monkeypatch, "progress", tracker, "--review", "RV-0003", "--out", "r.docx", "--format", "json")
    told = json.loads(capsys.readouterr().out)
    assert told["review_id"] == "RV-0003"
    assert told["progress_due"] == "2026-09-25"
    counts = told["position"]
    assert counts["actions"] == sum(
        counts[name]
        for name in ("complete", "stepped_down", "awaiting_ratification", "in_progress", "not_started")
    )


def test_draft_of_an_unpublished_review_needs_both_options(
    tracker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without both, exit 2 and no file; with both, the header says DRAFT."""
    asked = ("progress", tracker, "--review", "RV-0005", "--out", "r.docx")
    for options in ((), ("--draft",), ("--as-at", "2026-11-20")):
        assert cvsb(monkeypatch, *asked, *options) == 2
        assert "Plan published on is blank" in capsys.readouterr().err
    assert not (tmp_path / "r.docx").exists()
    assert cvsb(monkeypatch, *asked, "--draft", "--as-at", "2026-11-20") in {0, 1}
    header = docx.Document(str(tmp_path / "r.docx")).sections[0].header.paragraphs[0].text
    assert header.startswith("DRAFT · ")


@pytest.mark.parametrize(
    ("out", "words"),
    [
        (".", "is a folder. Name the paper itself"),
        ("missing/r.docx", "does not exist. Make it, or name another"),
        ("t.xlsx/r.docx", "does not exist. Make it, or name another"),
        ("t.xlsx", "give it a name that ends in .docx"),
        ("x" * 300 + ".docx", "cannot be written (File name too long)"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_in_words(
    out: str,
    words: str,
    tracker: Path,
    built: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit 2, one sentence, and never over the tracker."""
    assert cvsb(monkeypatch, "progress", tracker, "--review", "RV-0001", "--out", out) == 2
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told
    assert tracker.read_bytes() == built


def test_a_refused_run_leaves_the_paper_of_before(
    tracker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown review touches no file; a good run replaces the paper as a whole and keeps nothing beside it."""
    (tmp_path / "r.docx").write_bytes(b"before")
    assert cvsb(monkeypatch, "progress", tracker, "--review", "RV-01", "--out", "r.docx") == 2
    assert "Did you mean" in capsys.readouterr().err
    assert (tmp_path / "r.docx").read_bytes() == b"before"
    assert cvsb(monkeypatch, "progress", tracker, "--review", "RV-0001", "--out", "r.docx") == 0
    assert (tmp_path / "r.docx").read_bytes().startswith(b"PK")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["r.docx", "t.xlsx"]
