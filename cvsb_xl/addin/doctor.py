"""See whether everything works on this computer, and say in words how to put right what does not."""

from __future__ import annotations

import hashlib
import importlib.metadata
import locale
import os
import re
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Literal

from cvsb_xl.addin.build import build_addin
from cvsb_xl.addin.install import places, settings
from cvsb_xl.addin.windows import (
    DEFENDERS_RULE,
    Registry,
    defenders_rule,
    is_trusted,
    read_registry,
    security_setting,
)
from cvsb_xl.errors import CannotDo, CvsbError
from cvsb_xl.hosts.file import open_tracker
from cvsb_xl.hosts.lines import pairs
from cvsb_xl.hosts.runs import program_home

State = Literal["ok", "look", "wrong", "not checked"]

_PACKAGE = "cvsb-xl"
_INTERNET_ZONES = ("3", "4")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `cure` says what to do; "" when nothing is to be done."""

    name: str
    state: State
    words: str
    cure: str = ""


def examine(version: str, workbook: str = "", registry: Registry | None = None) -> list[Check]:
    """Look at everything.

    Args:
        workbook: the tracker's path, or its address as Excel has it; "" for none.
        registry: reads Windows' settings; the computer's own when None.
    """
    registry = registry or read_registry
    checks = [_python(), _packages(), _addin(version), _settings(), _marked_addin(), _macros(registry)]
    checks += [_home(), *_transport(registry)]
    if workbook:
        checks += _workbook(workbook, registry)
    return checks


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if "WindowsApps" in sys.executable:  # it shows its programs a private copy of the user's folders
        return Check(
            "Python", "wrong", f"{version} from the Microsoft Store, which hides the files that Excel and Python exchange",
            "Install with scripts/build-windows' install script, or Python from python.org; then: cvsb addin install",
        )  # fmt: skip
    return Check("Python", "ok", f"{version} at {sys.executable}")


def _packages() -> Check:
    try:
        needed = importlib.metadata.requires(_PACKAGE) or []
        own = importlib.metadata.version(_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return Check("Packages", "wrong", "cvsb-xl is not installed", "Run the install script again.")
    missing, found = [], []
    for one in needed:
        if "extra ==" in one:
            continue
        name = re.split(r"[\s<>=!~;\[]", one, maxsplit=1)[0]
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check("Packages", "wrong", f"missing: {', '.join(missing)}", "Run the install script again.")
    return Check("Packages", "ok", f"cvsb-xl {own}; {', '.join(found)}")


def _addin(version: str) -> Check:
    try:
        there = places().installed
    except CannotDo:
        return Check("Add-in", "not checked", "this is not Windows")
    if not there:
        return Check("Add-in", "wrong", "not installed for this user", "Run: cvsb addin install")
    if len(there) > 1:
        return Check(
            "Add-in",
            "wrong",
            f"there twice: {there[0]} and {there[1]}",
            "Close Excel, then: cvsb addin install",
        )
    held, made = (hashlib.sha256(data).hexdigest() for data in (there[0].read_bytes(), build_addin(version)))
    if held != made:
        return Check(
            "Add-in", "look", f"{there[0]} is not the one that this version makes (sha256 {held[:12]}, not {made[:12]})",
            "If Excel re-saved or IT signed it, all is well. Otherwise close Excel, then: cvsb addin install",
        )  # fmt: skip
    return Check("Add-in", "ok", f"{there[0]} (sha256 {held[:12]})")


def _settings() -> Check:
    home = program_home()
    said = settings(home)
    python = said.get("python", "")
    if not python:
        return Check(
            "Launcher", "look", f"{home} does not say which Python to start", "Run: cvsb addin install"
        )
    if not Path(python).is_file():
        return Check("Launcher", "wrong", f"{python} is not there any more", "Run: cvsb addin install")
    way = said.get("transport", "auto")
    return Check("Launcher", "ok", f"starts {python}; way: {way}")


def _marked_addin() -> Check:
    try:
        marked = [path for path in places().installed if from_the_internet(path)]
    except CannotDo:
        return Check("Mark of the Web", "not checked", "this is not Windows")
    if marked:
        return Check(
            "Mark of the Web", "wrong", f"{marked[0]} is marked as from the internet: Excel will not run it",
            "Right-click the file, Properties, tick Unblock; or run: cvsb addin install",
        )  # fmt: skip
    return Check("Mark of the Web", "ok", "the add-in is not marked as from the internet")


def _macros(registry: Registry) -> Check:
    """Excel runs macros of a trusted folder whatever else is set, and its start folder is one, unless folders are not trusted.

    Source: Microsoft's "Trusted Locations for Office files" and "VBA Macro Notification Settings" (VBAWarnings 1 to 4).
    """
    try:
        start = str(places().startup)
    except CannotDo:
        return Check("Macros", "not checked", "this is not Windows")
    if (
        start.startswith("\\\\")
        and security_setting(registry, r"\Trusted Locations", "AllowNetworkLocations") != "1"
    ):
        return Check(
            "Macros", "look", f"Excel's start folder lies on a server ({start}), and Excel trusts none there unless it is told to",
            "If the tab is missing: ask IT to sign cvsb.xlam and trust its publisher, or to allow trusted locations on the network.",
        )  # fmt: skip
    if security_setting(registry, r"\Trusted Locations", "AllLocationsDisabled") != "1":
        return Check(
            "Macros", "ok", "nothing forbids them in Excel's start folder, which is a trusted location"
        )
    if security_setting(registry, "", "VBAWarnings") == "4":
        return Check(
            "Macros", "wrong", "your organisation forbids all macros and trusts no folder",
            "Ask IT to sign cvsb.xlam and trust its publisher, or use the command line instead.",
        )  # fmt: skip
    return Check(
        "Macros", "look", "no folder is trusted here, so Excel may ask before it shows the tab, or not show it",
        "If the tab is missing: ask IT to sign cvsb.xlam and trust its publisher.",
    )  # fmt: skip


def from_the_internet(path: Path) -> bool:
    """Tell whether Windows marked a file as downloaded. A file's mark stands in a stream of its own beside the content."""
    try:
        with Path(f"{path}:Zone.Identifier").open(encoding="utf-8", errors="replace") as stream:
            zone = re.search(r"^ZoneId\s*=\s*(\d)", stream.read(4096), re.MULTILINE)
    except OSError:
        return False
    return zone is not None and zone[1] in _INTERNET_ZONES


def _home() -> Check:
    home = program_home()
    why = _cannot_write(home)
    if why:
        return Check(
            "Own folder",
            "wrong",
            f"{home}: {why}",
            "Ask IT for a folder you may write to, and set CVSB_HOME to it.",
        )
    strange = letters_that_excel_cannot_write(home, locale.getpreferredencoding(do_setlocale=False))
    if strange and os.name == "nt":
        return Check(
            "Own folder", "wrong", f"{home} has letters that Excel's macros cannot write in a path: {strange}",
            "Ask IT for a folder of your own with plain letters, set CVSB_HOME to it, then: cvsb addin install",
        )  # fmt: skip
    return Check("Own folder", "ok", f"{home} can be written")


def letters_that_excel_cannot_write(path: Path, encoding: str) -> str:
    """Return the letters of a path that this computer's own alphabet lacks: VBA's file statements know no others."""
    return "".join(one for one in str(path) if not one.isascii() and one.encode(encoding, "ignore") == b"")


def _cannot_write(folder: Path) -> str:
    probe = folder / f".cvsb-{secrets.token_hex(4)}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"cvsb")
        held = probe.read_bytes()
    except OSError as error:
        return error.strerror or str(error)
    finally:
        probe.unlink(missing_ok=True)
    return "" if held == b"cvsb" else "it gave back something else than was written"


def _transport(registry: Registry) -> Iterator[Check]:
    answer = ping()
    service = "answers" if answer == "ok" else answer
    rule = defenders_rule(registry)
    blocked = rule in ("1", "6")
    if answer == "ok":
        yield Check("Way from Excel", "ok", "the CVSB service answers: Excel need start no program")
    elif blocked:
        yield Check(
            "Way from Excel", "wrong", f"Defender forbids Excel to start programs, and the CVSB service {service}",
            "Start \"CVSB service\" from the Start menu before you press a button.",
        )  # fmt: skip
    else:
        yield Check(
            "Way from Excel", "look", f"the CVSB service {service}; Excel will start Python itself",
            "If a button says that Python was not started, start \"CVSB service\" from the Start menu.",
        )  # fmt: skip
    if os.name == "nt":
        words = "blocks" if rule == "1" else "warns" if rule == "6" else "does not show a block on"
        yield Check(
            "Defender",
            "look" if blocked else "ok",
            f"{words} Office starting programs (rule {DEFENDERS_RULE[:8]})",
        )


def ping() -> str:
    """Ask the local service for a sign of life: "ok", or what is the matter in words that follow "the service"."""
    try:
        said = pairs((program_home() / "local.txt").read_text(encoding="ascii", errors="replace"))
        port, token = int(said["port"][0]), said["token"][0]
    except (OSError, KeyError, ValueError):
        return "does not run"
    connection = HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("POST", "/ping", headers={"Authorization": f"Bearer {token}"})
        status = connection.getresponse().status
    except OSError:
        return "has ended without tidying up"
    finally:
        connection.close()
    return "ok" if status == 200 else "does not know this user's token"


def _workbook(workbook: str, registry: Registry) -> Iterator[Check]:
    if "://" in workbook:
        yield Check(
            "Workbook's place", "look", f"{workbook} is an address on the web: OneDrive or SharePoint opened it there",
            "The buttons work; what they make goes to Documents\\CVSB. For the command line, keep the folder on this "
            "device (right-click it in Explorer) and name the file there.",
        )  # fmt: skip
        return
    path = Path(workbook)
    yield Check("Workbook's place", "ok", str(path))
    why = _cannot_write(path.parent) if path.parent.is_dir() else "the folder is not there"
    if why:
        yield Check(
            "Workbook's folder",
            "wrong",
            f"{path.parent}: {why}",
            "Move the tracker to a folder you may write to.",
        )
    else:
        yield Check("Workbook's folder", "ok", "can be written")
    if path.suffix.casefold() == ".xlsm":
        if from_the_internet(path):
            yield Check(
                "Workbook's macros", "wrong", "the workbook is marked as from the internet: its macros will not run",
                "Right-click the file, Properties, tick Unblock; or keep it in a trusted location.",
            )  # fmt: skip
        elif os.name == "nt" and not is_trusted(path.parent, registry):
            yield Check(
                "Workbook's macros", "look", "its folder is no trusted location, so Excel may ask or refuse",
                "File > Options > Trust Center > Trusted Locations; or use the add-in with a plain .xlsx.",
            )  # fmt: skip
    try:
        open_tracker(path)
    except CvsbError as error:
        yield Check(
            "Tracker",
            "wrong",
            str(error),
            "See what it says; earlier versions are in .cvsb-backups beside it.",
        )
    else:
        yield Check("Tracker", "ok", "can be read")
