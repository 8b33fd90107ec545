"""The demo runs the very commands a person would type, and leaves every file it talks of."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cvsb_xl.cli import cvsb


@pytest.mark.slow
def test_the_demo_plays_a_whole_round_and_leaves_every_file_it_names(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    result = CliRunner().invoke(cvsb, ["demo", str(folder)])
    assert result.exit_code == 0, result.output
    for name in (
        "Tracker.xlsx",
        "check.txt",
        "due.txt",
        "sheets/CARDIFF.xlsx",
        "Ratification pack.docx",
        "Board report.docx",
        "Dashboard.html",
    ):
        assert (folder / name).stat().st_size > 0
    assert len(list(folder.glob("receipts/CARDIFF-receipt-*.xlsx"))) == 1
    assert list(folder.glob("Progress report *.docx"))
    assert "conflicts 1 + rejected 2" in result.output
    assert "by hand" in result.output
    assert "applied 0" in result.output.split("7. Merging the same files again")[1]


def test_the_demo_touches_no_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = CliRunner().invoke(cvsb, ["demo", str(tmp_path)])
    assert "not empty" in str(result.exception)
    assert [item.name for item in tmp_path.iterdir()] == ["mine.txt"]
