"""Put the add-in where Excel starts it, for this user, without administrator's rights; and take it away again."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from cvsb_xl.addin.build import ADDIN_NAME, build_addin
from cvsb_xl.addin.start_menu import shortcut
from cvsb_xl.errors import CannotDo, CannotSave
from cvsb_xl.hosts.lines import line, pairs
from cvsb_xl.hosts.runs import program_home

SETTINGS = "cvsb.txt"
SERVICE, SHORTCUT = "CVSB service.cmd", "CVSB service.lnk"


@dataclass(frozen=True, slots=True)
class Places:
    """Where things go on this computer.

    Attributes:
        startup: Excel opens every workbook in there when it starts, and trusts it.
        addins: Excel lists what is in there under File > Options > Add-ins; a person ticks it once.
        menu: the user's Start menu.
    """

    startup: Path
    addins: Path
    menu: Path
    home: Path

    @property
    def installed(self) -> list[Path]:
        """The copies of the add-in that are there."""
        return [path for folder in (self.startup, self.addins) if (path := folder / ADDIN_NAME).is_file()]


def places() -> Places:
    """Find them.

    Raises:
        CannotDo: when APPDATA is not set, so this is not Windows.
    """
    appdata = os.environ.get("APPDATA")
    if not appdata:
        raise CannotDo(
            "Windows does not say where its programs' data is (APPDATA is not set). The add-in is for Excel on Windows; "
            "cvsb addin build --out DIR makes it anywhere."
        )
    microsoft = Path(appdata) / "Microsoft"
    return Places(
        microsoft / "Excel" / "XLSTART",
        microsoft / "AddIns",
        microsoft / "Windows" / "Start Menu" / "Programs",
        program_home(),
    )


def install(version: str, *, ticked: bool = False) -> list[Path]:
    """Install; return what was written. Installing again replaces it.

    Args:
        ticked: put it among the add-ins that a person ticks, instead of starting it with Excel.

    Raises:
        CannotDo: this is not Windows. CannotSave: a file cannot be written, such as the add-in while Excel runs.
    """
    found = places()
    target = (found.addins if ticked else found.startup) / ADDIN_NAME
    transport = settings(found.home).get("transport", "auto")
    files = {
        target: build_addin(version),
        found.home / SETTINGS: "".join(
            f"{line(word, value)}\r\n"
            for word, value in (("python", sys.executable), ("transport", transport))
        ).encode("ascii"),
        found.home / SERVICE: _service_script().encode("utf-8"),
    }
    for path, data in files.items():
        _write(path, data)
    menu = found.menu / SHORTCUT
    if not shortcut(menu, found.home / SERVICE, "Answers the buttons of Excel's CVSB tab"):
        menu = found.menu / SERVICE  # better than nothing: it can be started from its folder
        _write(menu, _service_script().encode("utf-8"))
    for other in found.installed:  # two copies would show two tabs
        if other != target:
            _remove(other)
    return [*files, menu]


def _service_script() -> str:
    """A batch file; code page 65001 is UTF-8, so that a user's name may be written in any letters."""
    return f'@echo off\r\nchcp 65001 >nul\r\ntitle CVSB service\r\n"{sys.executable}" -P -m cvsb_xl serve --local\r\npause\r\n'


def uninstall() -> list[Path]:
    """Take away all that `install` wrote; return what was there. Trackers, and copies of them in runs, stay.

    Raises:
        CannotDo: this is not Windows. CannotSave: Excel has the add-in open.
    """
    found = places()
    ours = (found.home / SETTINGS, found.home / SERVICE, found.menu / SHORTCUT, found.menu / SERVICE)
    gone = [path for path in (*found.installed, *ours) if path.is_file()]
    for path in gone:
        _remove(path)
    return gone


def settings(home: Path) -> dict[str, str]:
    """Return what the launcher is told: "python" and "transport" (auto, process or service)."""
    try:
        said = pairs((home / SETTINGS).read_text(encoding="ascii", errors="replace"))
    except OSError:
        return {}
    return {word: values[-1] for word, values in said.items()}


def set_transport(home: Path, transport: str) -> None:
    """Tell the launcher which way to go.

    Raises:
        CannotDo: the add-in is not installed yet. CannotSave: the file cannot be written.
    """
    said = settings(home)
    if not said:
        raise CannotDo("The add-in is not installed for this user yet: cvsb addin install.")
    said["transport"] = transport
    _write(
        home / SETTINGS, "".join(f"{line(word, value)}\r\n" for word, value in said.items()).encode("ascii")
    )


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.tmp")
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise CannotSave(
            f"{path} cannot be written ({error.strerror}). Close Excel, then run this again."
        ) from error


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise CannotSave(
            f"{path} cannot be removed ({error.strerror}). Close Excel, then run this again."
        ) from error
