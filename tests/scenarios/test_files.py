"""What else lies in the folder: files that are no returns, broken ones, and the tracker itself. The good ones are merged all the same."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
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


def _other_kinds(rig: Rig) -> None:
    """What people send in place of the workbook: each is refused in words, none is passed over in silence."""
    _good(rig)
    with zipfile.ZipFile(rig.returns / "A.zip", "w") as packed:
        packed.write(rig.sheets / "CC.xlsx", "CC.xlsx")
    with zipfile.ZipFile(rig.returns / "B.ods", "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    (rig.returns / "C.csv").write_text("Assignment ID,Barriers\nAS-0001,No\n", encoding="utf-8")
    with zipfile.ZipFile(rig.returns / "D.numbers", "w") as packed:
        packed.writestr("Index/Document.iwa", "x")
    with zipfile.ZipFile(rig.returns / "E.xlsb", "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.bin", "x")


def _same_twice(rig: Rig) -> None:
    """The mail program saved the attachment twice."""
    _good(rig)
    shutil.copy(rig.file("SWP"), rig.returns / "SWP (1).xlsx")


def _with_macros(rig: Rig) -> None:
    _good(rig)
    data = io.BytesIO(rig.file("SWP").read_bytes())
    with zipfile.ZipFile(data, "a") as book:
        book.writestr("xl/vbaProject.bin", b"\xd0\xcf")
    (rig.returns / "A.xlsm").write_bytes(data.getvalue())


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
    Scenario(
        "a zipped folder, .ods, .csv, .numbers and .xlsb among the returns",
        _other_kinds,
        cells=TAKEN,
        findings={"not-a-workbook", "other-workbook-format"},
        states=("refused",) * 5 + ("merged",),
        words=(
            "A.zip is a zip folder with the workbook CC.xlsx in it. Unpack it",
            "B.ods is an OpenDocument file",
            "C.csv is a text file (CSV)",
            "D.numbers is a Numbers document",
            "E.xlsb is a binary workbook",
        ),
        then=_taken,
    ),
    Scenario(
        "the same answer twice under two names",
        _same_twice,
        cells=TAKEN,
        states=("merged", "repeated"),
        words=("merged before",),
        then=_taken,
    ),
    _refused_first("holds-macros", "a sheet saved with macros", _with_macros, "Excel Workbook, .xlsx"),
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


def test_what_lies_in_the_folder_and_is_not_read_is_named_in_words_and_in_json(tmp_path: Path) -> None:
    rig = Rig.issued(tmp_path)
    _junk(rig)
    result = rig.cvsb("merge", rig.tracker, rig.returns, "--dry-run", exits=0)
    assert "Not read, since they are no spreadsheets: cover letter.docx, older/." in result.stderr
    assert rig.merge(exits=0)["passed_over"] == ["cover letter.docx", "older/"]


def test_where_every_file_is_refused_nothing_is_done_the_json_is_printed_and_the_receipts_say_why(
    tmp_path: Path,
) -> None:
    rig = Rig.issued(tmp_path)
    rig.type("assignments", "AS-0001", "barriers", "Typed by hand")  # a merge would log it
    (rig.returns / "A.xlsx").write_bytes(ENCRYPTED)
    before = rig.tracker.read_bytes()
    report = rig.merge(exits=2)
    assert [item["state"] for item in report["returns"]] == ["refused"]
    (receipt,) = rig.receipts.glob("A-receipt-*.txt")
    assert "nothing was changed" in receipt.read_text(encoding="utf-8")
    assert rig.tracker.read_bytes() == before
    rig.cvsb("merge", rig.tracker, rig.returns, "--dry-run", exits=2)


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
