"""Install, uninstall and the doctor, on a made-up Windows user's folders."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvsb_xl import __version__
from cvsb_xl.addin.build import build_addin
from cvsb_xl.addin.doctor import Check, examine, from_the_internet
from cvsb_xl.addin.install import places, settings
from cvsb_xl.cli import cvsb
from cvsb_xl.service.local import Doors, LocalService


@pytest.fixture
def appdata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APPDATA", str(tmp_path / "Siân" / "Roaming"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Siân" / "Local"))
    monkeypatch.delenv("CVSB_HOME", raising=False)
    return tmp_path / "Siân"


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cvsb, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return 2, str(result.exception)
    return result.exit_code, result.output


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_install_writes_three_files_in_the_users_own_folders(appdata: Path) -> None:
    assert run("addin", "install")[0] == 0
    assert files(appdata) == {
        "Roaming/Microsoft/Excel/XLSTART/cvsb.xlam",
        "Roaming/Microsoft/Windows/Start Menu/Programs/CVSB service.cmd",
        "Local/cvsb/cvsb.txt",
    }
    assert places().installed[0].read_bytes() == build_addin(__version__)
    assert settings(appdata / "Local" / "cvsb") == {"python": sys.executable, "transport": "auto"}
    assert (appdata / "Local" / "cvsb" / "cvsb.txt").read_bytes().isascii()


def test_installing_again_keeps_the_way_that_was_chosen_and_moves_the_add_in(appdata: Path) -> None:
    run("addin", "install", "--transport", "service")
    run("addin", "install", "--ticked")
    assert "Roaming/Microsoft/AddIns/cvsb.xlam" in files(appdata)
    assert "Roaming/Microsoft/Excel/XLSTART/cvsb.xlam" not in files(appdata)
    assert settings(appdata / "Local" / "cvsb")["transport"] == "service"


def test_uninstall_takes_away_all_of_it_and_nothing_else(appdata: Path) -> None:
    run("addin", "install")
    other = appdata / "Roaming" / "Microsoft" / "Excel" / "XLSTART" / "PERSONAL.XLSB"
    other.write_bytes(b"theirs")
    assert run("addin", "uninstall")[0] == 0
    assert files(appdata) == {"Roaming/Microsoft/Excel/XLSTART/PERSONAL.XLSB"}
    assert "was not installed" in run("addin", "uninstall")[1]


def test_without_windows_install_says_so_and_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APPDATA", raising=False)
    code, said = run("addin", "install")
    assert code == 2
    assert "for Excel on Windows" in said


def test_the_doctor_finds_all_well_after_install_but_for_the_service(appdata: Path) -> None:
    run("addin", "install")
    found = by_name(examine(__version__))
    assert {name: check.state for name, check in found.items()} == {
        "Python": "ok",
        "Packages": "ok",
        "Add-in": "ok",
        "Launcher": "ok",
        "Mark of the Web": "ok",
        "Own folder": "ok",
        "Way from Excel": "look",
    }
    assert f"cvsb-xl {__version__}" in found["Packages"].words


def test_each_fault_is_told_with_its_cure(appdata: Path, tmp_path: Path) -> None:
    before = by_name(examine(__version__))
    assert before["Add-in"] == Check(
        "Add-in", "wrong", "not installed for this user", "Run: cvsb addin install"
    )
    run("addin", "install")
    places().installed[0].write_bytes(b"another")
    (appdata / "Local" / "cvsb" / "cvsb.txt").write_text(
        "python\tC:\\\\gone\\\\python.exe\r\n", encoding="ascii"
    )
    blocked = examine(__version__, registry=lambda _key, name: "1" if name.startswith("d4f940ab") else None)
    found = by_name(blocked)
    assert "is not the one that this version makes" in found["Add-in"].words
    assert found["Launcher"].state == "wrong"
    assert "Defender forbids Excel to start programs" in found["Way from Excel"].words
    assert found["Way from Excel"].state == "wrong"
    assert "Start menu" in found["Way from Excel"].cure
    for check in [*before.values(), *blocked]:
        assert bool(check.cure) == (check.state in ("look", "wrong")), check
    assert tmp_path.exists()


def test_two_copies_of_the_add_in_are_told(appdata: Path) -> None:
    run("addin", "install")
    second = appdata / "Roaming" / "Microsoft" / "AddIns" / "cvsb.xlam"
    second.parent.mkdir(parents=True)
    second.write_bytes(b"x")
    assert "there twice" in by_name(examine(__version__))["Add-in"].words


@pytest.mark.parametrize(("zone", "marked"), [("3", True), ("4", True), ("1", False), ("", False)])
def test_a_file_from_the_internet_is_known_by_its_mark(tmp_path: Path, zone: str, marked: bool) -> None:
    """On Windows the mark is a stream of the file; a file of that name stands in for it here."""
    path = tmp_path / "cvsb.xlam"
    path.write_bytes(b"x")
    if zone:
        Path(f"{path}:Zone.Identifier").write_text(f"[ZoneTransfer]\r\nZoneId={zone}\r\n", encoding="ascii")
    assert from_the_internet(path) is marked


def test_a_marked_add_in_and_workbook_are_told(appdata: Path, tmp_path: Path) -> None:
    run("addin", "install")
    tracker = tmp_path / "Tracker.xlsm"
    run("new", str(tmp_path / "Tracker.xlsx"))
    run("addin", "build", "--into", str(tracker))
    for path in (places().installed[0], tracker):
        Path(f"{path}:Zone.Identifier").write_text("[ZoneTransfer]\r\nZoneId=3\r\n", encoding="ascii")
    found = by_name(examine(__version__, str(tracker)))
    assert found["Mark of the Web"].state == "wrong"
    assert found["Workbook's macros"].state == "wrong"
    assert found["Tracker"].state == "ok"


def test_a_workbook_on_onedrive_and_one_that_is_no_tracker_are_told(appdata: Path, tmp_path: Path) -> None:
    onedrive = by_name(examine(__version__, "https://board.sharepoint.com/sites/x/Tracker.xlsx"))
    assert onedrive["Workbook's place"].state == "look"
    assert "Documents" in onedrive["Workbook's place"].cure
    other = tmp_path / "notes.xlsx"
    other.write_bytes(b"PK")
    assert by_name(examine(__version__, str(other)))["Tracker"].state == "wrong"


def test_the_doctor_finds_the_service_that_runs_and_one_that_died(appdata: Path) -> None:
    home = appdata / "Local" / "cvsb"
    doors = Doors(press=lambda _: "", verb=lambda *_: "", tell=lambda _: None)
    with LocalService(home, doors):
        assert by_name(examine(__version__))["Way from Excel"].state == "ok"
        left = (home / "local.txt").read_bytes()
    (home / "local.txt").write_bytes(left)
    assert "has ended without tidying up" in by_name(examine(__version__))["Way from Excel"].words


def test_the_command_exits_1_when_something_is_wrong(appdata: Path) -> None:
    code, said = run("doctor")
    assert code == 1
    assert "WRONG Add-in" in said
    run("addin", "install")
    assert run("doctor", "--format", "json")[0] == 0
