"""Install, uninstall and the doctor, on a made-up Windows user's folders."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from click.testing import CliRunner

from cvsb_xl import __version__
from cvsb_xl.addin.build import build_addin
from cvsb_xl.addin.doctor import (
    Check,
    examine,
    from_the_internet,
    letters_that_excel_cannot_write,
)
from cvsb_xl.addin.install import places, settings
from cvsb_xl.addin.windows import is_trusted, read_registry
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


def test_install_writes_its_files_in_the_users_own_folders(appdata: Path) -> None:
    assert run("addin", "install")[0] == 0
    assert files(appdata) == {
        "Roaming/Microsoft/Excel/XLSTART/cvsb.xlam",
        "Roaming/Microsoft/Windows/Start Menu/Programs/CVSB service.cmd",
        "Local/cvsb/cvsb.txt",
        "Local/cvsb/CVSB service.cmd",
    }
    assert places().installed[0].read_bytes() == build_addin(__version__)
    assert settings(appdata / "Local" / "cvsb") == {"python": sys.executable, "transport": "auto"}
    assert (appdata / "Local" / "cvsb" / "cvsb.txt").read_bytes().isascii()


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Windows' shell as pywin32 has it, played: it writes down what a shortcut is told."""
    told: list[str] = []

    class Link:
        def QueryInterface(self, _: str) -> Link:  # noqa: N802 - COM's names
            return self

        def Save(self, path: str, _: int) -> None:  # noqa: N802
            Path(path).write_bytes(b"shortcut")

        def __getattr__(self, name: str) -> Callable[[str], None]:
            return lambda value: told.append(f"{name} {value}")

    com, package, module = ModuleType("pythoncom"), ModuleType("win32com"), ModuleType("win32com.shell")
    com.CoCreateInstance = lambda *_: Link()  # type: ignore[attr-defined]
    com.CLSCTX_INPROC_SERVER, com.IID_IPersistFile = 1, "file"  # type: ignore[attr-defined]
    module.shell = SimpleNamespace(CLSID_ShellLink="link", IID_IShellLink="link")  # type: ignore[attr-defined]
    for name, one in {"pythoncom": com, "win32com": package, "win32com.shell": module}.items():
        monkeypatch.setitem(sys.modules, name, one)
    return told


def test_on_windows_the_start_menu_has_a_shortcut_to_the_service(appdata: Path, shell: list[str]) -> None:
    run("addin", "install")
    script = appdata / "Local" / "cvsb" / "CVSB service.cmd"
    assert f"SetPath {script}" in shell
    assert f'"{sys.executable}" -P -m cvsb_xl serve --local' in script.read_text(encoding="utf-8")
    menu = "Roaming/Microsoft/Windows/Start Menu/Programs"
    assert f"{menu}/CVSB service.lnk" in files(appdata)
    assert f"{menu}/CVSB service.cmd" not in files(appdata)
    run("addin", "uninstall")
    assert files(appdata) == set()


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
        "Macros": "ok",
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


def test_defenders_rule_is_found_where_a_managed_device_keeps_it(appdata: Path) -> None:
    rules = "be9ba2d9-53ea-4cdc-84e5-9b1eeee46550=1|D4F940AB-401B-4EFC-AADC-AD5F3C50688A=1"
    found = by_name(examine(__version__, registry=lambda _, name: rules if name == "ASRRules" else None))
    assert found["Way from Excel"].state == "wrong"


@pytest.mark.parametrize(
    ("policy", "state"),
    [
        ({}, "ok"),
        ({"VBAWarnings": "4"}, "ok"),
        ({"AllLocationsDisabled": "1"}, "look"),
        ({"AllLocationsDisabled": "1", "VBAWarnings": "4"}, "wrong"),
    ],
    ids=str,
)
def test_what_the_organisation_says_of_macros_is_told(
    appdata: Path, policy: dict[str, str], state: str
) -> None:
    found = by_name(
        examine(__version__, registry=lambda key, name: policy.get(name) if "Policies" in key else None)
    )
    assert found["Macros"].state == state
    assert bool(found["Macros"].cure) == (state != "ok")


def test_a_start_folder_on_a_server_is_told_unless_folders_there_are_trusted(
    appdata: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPDATA", r"\\server\users\a\AppData\Roaming")
    assert by_name(examine(__version__, registry=lambda *_: None))["Macros"].state == "look"
    allowed = examine(__version__, registry=lambda _, name: "1" if name == "AllowNetworkLocations" else None)
    assert by_name(allowed)["Macros"].state == "ok"


@pytest.mark.parametrize(
    ("folder", "trusted"),
    [("Trackers", True), ("Trackers/2027", False), ("Deep", True), ("Deep/2027", True), ("Other", False)],
)
def test_a_folder_is_trusted_itself_or_below_one_that_trusts_what_is_below(
    folder: str, trusted: bool
) -> None:
    places = {"1": {"Path": "/u/a/Trackers"}, "7": {"Path": "/u/a/Deep", "AllowSubfolders": "1"}}

    def registry(key: str, name: str) -> str | None:
        number = key.rpartition("Location")[2]
        return places.get(number, {}).get(name) if "Policies" not in key else None

    assert is_trusted(Path("/u/a") / folder, registry) is trusted


def test_letters_that_vba_cannot_write_in_a_path_are_named() -> None:
    assert letters_that_excel_cannot_write(Path("C:/Users/Siân/AppData"), "cp1252") == ""
    assert letters_that_excel_cannot_write(Path("C:/Users/Gwenŵen/AppData"), "cp1252") == "ŵ"


def test_windows_settings_are_read_from_the_user_first_then_the_computer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = {("user", "K", "Both"): 4, ("computer", "K", "Both"): 2, ("computer", "K", "Computer's"): "x"}
    windows = ModuleType("winreg")
    windows.HKEY_CURRENT_USER, windows.HKEY_LOCAL_MACHINE = "user", "computer"  # type: ignore[attr-defined]
    windows.OpenKey = lambda hive, key: nullcontext((hive, key))  # type: ignore[attr-defined]

    def query(opened: tuple[str, str], name: str) -> tuple[object, int]:
        if (*opened, name) not in held:
            raise FileNotFoundError
        return held[*opened, name], 1

    windows.QueryValueEx = query  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "winreg", windows)
    monkeypatch.setattr(sys, "platform", "win32")
    assert read_registry("K", "Both") == "4"
    assert read_registry("K", "Computer's") == "x"
    assert read_registry("K", "None's") is None


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
