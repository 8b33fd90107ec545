"""What else lies in the folder: files that are no returns, broken ones, and the tracker itself. The good ones are merged all the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.rig import Rig, rezipped
from tests.scenarios.scenario import Scenario, play

PLACE = ("AS-0001", "barriers")
TAKEN = {(*PLACE, "applied", "applied")}
# What an encrypted workbook begins with: an OLE container in place of a zip.
ENCRYPTED = (
    bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1528) + "EncryptedPackage".encode("utf-16-le") + bytes(1000)
)


def _good(rig: Rig) -> None:
    rig.answer("SWP", {PLACE: "No venue"})


def _junk(rig: Rig) -> None:
    _good(rig)
    (rig.returns / "~$SWP.xlsx").write_bytes(b"\x03rm" + bytes(160))
    (rig.returns / ".~lock.SWP.xlsx#").write_text(",rm,,", encoding="utf-8")
    (rig.returns / "._SWP.xlsx").write_bytes(b"\x00\x05\x16\x07")
    (rig.returns / "Thumbs.db").write_bytes(b"thumbs")
    (rig.returns / "cover letter.docx").write_bytes(b"PK\x03\x04")
    (rig.returns / "older").mkdir()
    shutil.copy(rig.tracker, rig.returns / "older" / "Tracker.xlsx")


def _tracker_among_them(rig: Rig) -> None:
    _good(rig)
    rig.returns.joinpath("SWP.xlsx").rename(rig.folder / "SWP.xlsx")
    shutil.copytree(rig.folder, rig.folder / "all", ignore=shutil.ignore_patterns("sheets", "returns", "all"))
    rig.tracker = rig.folder / "all" / "Tracker.xlsx"
    rig.returns = rig.folder / "all"


def _a_copy_of_the_tracker(rig: Rig) -> None:
    _good(rig)
    shutil.copy(rig.tracker, rig.returns / "Tracker - copy.xlsx")


def _beside_a_good_one(name: str, data: bytes | None = None) -> Any:
    """A file that cannot be read, and a good one: the first is refused, the second is merged."""

    def happens(rig: Rig) -> None:
        _good(rig)
        content = data if data is not None else rig.returns.joinpath("SWP.xlsx").read_bytes()[:6000]
        (rig.returns / name).write_bytes(content)

    return happens


def _a_part_missing(rig: Rig) -> None:
    _good(rig)
    whole = rig.returns.joinpath("SWP.xlsx").read_bytes()
    broken = rezipped(whole, {"xl/sharedStrings.xml": lambda xml: xml[:200]})
    (rig.returns / "A.xlsx").write_bytes(broken)


def _taken(rig: Rig, _: object) -> None:
    assert rig.open()["assignments"].by_key["AS-0001"]["barriers"] == "No venue"


def _refused_first(code: str, name: str, happens: Any, *words: str) -> Scenario:
    return Scenario(
        name,
        happens,
        cells=TAKEN,
        findings={code},
        states=("refused", "merged"),
        words=("refused: X", *words),
        then=_taken,
    )


SCENARIOS = [
    Scenario("owner files, junk and folders among the returns", _junk, cells=TAKEN, then=_taken),
    Scenario("the tracker itself in the folder", _tracker_among_them, cells=TAKEN, then=_taken),
    Scenario(
        "a copy of the tracker in the folder",
        _a_copy_of_the_tracker,
        cells=TAKEN,
        findings={"not-a-return"},
        states=("merged", "refused"),
        words=("is a tracker, not an agency sheet",),
        then=_taken,
    ),
    _refused_first(
        "not-a-workbook",
        "a CSV named .xlsx",
        _beside_a_good_one("A.xlsx", b"Assignment ID,Barriers\nAS-0001,No\n"),
    ),
    _refused_first(
        "password-protected", "an encrypted workbook", _beside_a_good_one("A.xlsx", ENCRYPTED), "password"
    ),
    _refused_first("damaged-file", "a file cut off on its way", _beside_a_good_one("A.xlsx")),
    _refused_first("damaged-file", "an empty file", _beside_a_good_one("A.xlsx", b"")),
    _refused_first("damaged-file", "a part cut off inside", _a_part_missing),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[item.name for item in SCENARIOS])
def test_files(scenario: Scenario, tmp_path: Path) -> None:
    play(scenario, Rig.issued(tmp_path, scenario.tracker))


def test_a_name_that_matches_nothing_is_an_error_and_nothing_is_done(tmp_path: Path) -> None:
    rig = Rig.issued(tmp_path)
    before = rig.tracker.read_bytes()
    result = rig.cvsb("merge", rig.tracker, rig.returns / "SWP*.xlsx", exits=2)
    assert "no file matches it" in result.output
    assert "no workbook in there" in rig.cvsb("merge", rig.tracker, rig.returns, exits=2).output
    assert rig.tracker.read_bytes() == before


def test_a_glob_and_a_file_named_twice_are_read_once(tmp_path: Path) -> None:
    rig = Rig.issued(tmp_path)
    _good(rig)
    report = rig.merge(rig.returns / "*.xlsx", rig.returns / "SWP.xlsx", rig.returns)
    assert len(report["returns"]) == 1


def test_a_whole_process_says_the_same_as_the_runner_and_exits_by_what_it_found(tmp_path: Path) -> None:
    rig = Rig.issued(tmp_path)
    rig.answer("SWP", {PLACE: "No venue", ("AS-0001", "area"): "Moon"})
    command = [sys.executable, "-m", "cvsb_xl", "merge", str(rig.tracker), str(rig.returns), "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout == rig.cvsb("merge", rig.tracker, rig.returns, "--dry-run").stdout
