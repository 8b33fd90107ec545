"""Chasing writes drafts for those who owe something, and sends nothing."""

from __future__ import annotations

import email
from email.policy import default
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvsb_xl.cli import cvsb
from cvsb_xl.outputs.mail import draft


@pytest.fixture
def tracker(tmp_path: Path) -> Path:
    path = tmp_path / "t.xlsx"
    assert CliRunner().invoke(cvsb, ["new", str(path), "--sample"]).exit_code == 0
    return path


def test_an_agency_with_overdue_actions_gets_a_draft_that_lists_them_with_its_sheet_attached(
    tracker: Path, tmp_path: Path
) -> None:
    result = CliRunner().invoke(cvsb, ["chase", str(tracker), "--out", str(tmp_path / "drafts")])
    assert result.exit_code == 1, result.output  # VALE is held back, NPS has left: a person is wanted
    assert "Not written to VALE" in result.output
    assert "Not written to NPS" in result.output
    assert not (tmp_path / "drafts" / "NPS.eml").exists()
    message = email.message_from_bytes((tmp_path / "drafts" / "CARDIFF.eml").read_bytes(), policy=default)
    assert message["X-Unsent"] == "1"
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "overdue" in text
    assert "A-0010" in text
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "CARDIFF.xlsx"
    assert attachment.get_content()[:2] == b"PK"


def test_a_sheet_that_was_asked_back_and_did_not_come_is_owed(tracker: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    issued = [
        "issue",
        str(tracker),
        "--out",
        str(tmp_path / "sheets"),
        "--agency",
        "PHW",
        "--due-back",
        "2020-01-01",
    ]
    assert runner.invoke(cvsb, issued).exit_code == 0
    result = runner.invoke(cvsb, ["chase", str(tracker), "--out", str(tmp_path / "drafts")])
    assert "PHW.eml" in result.output
    text = (tmp_path / "drafts" / "PHW.eml").read_text()
    assert "not yet had your action sheet back" in text


def test_nobody_is_written_to_when_nobody_owes_anything(tmp_path: Path) -> None:
    path = tmp_path / "empty.xlsx"
    runner = CliRunner()
    assert runner.invoke(cvsb, ["new", str(path)]).exit_code == 0
    result = runner.invoke(cvsb, ["chase", str(path), "--out", str(tmp_path / "drafts")])
    assert result.exit_code == 0
    assert "nobody to chase" in result.output
    assert not (tmp_path / "drafts").exists()


def test_a_line_break_in_an_address_or_subject_starts_no_header_of_its_own() -> None:
    raw = draft("a@example.org\nBcc: everyone@example.org", "One\nBcc: two", "text", b"x", "CC.xlsx")
    message = email.message_from_bytes(raw, policy=default)
    assert message["Bcc"] is None


def test_a_dry_run_writes_nothing_and_says_the_same(tracker: Path, tmp_path: Path) -> None:
    before = tracker.read_bytes()
    words = ["chase", str(tracker), "--out", str(tmp_path / "drafts")]
    dry = CliRunner().invoke(cvsb, [*words, "--dry-run"])
    assert tracker.read_bytes() == before
    assert not (tmp_path / "drafts").exists()
    real = CliRunner().invoke(cvsb, words)
    assert dry.stdout.splitlines()[:-1] == real.stdout.splitlines()[:-1]
