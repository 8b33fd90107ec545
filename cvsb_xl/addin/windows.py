"""What Windows' registry says that matters to Excel: what the organisation forbids, and which folders it trusts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

DEFENDERS_RULE = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
"""Defender: "Block all Office applications from creating child processes"."""
_ASR_KEYS = (
    r"SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
    r"SOFTWARE\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
)
_ASR_TOGETHER = r"SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager"
_SECURITY = (
    r"Software\Policies\Microsoft\Office\16.0\Excel\Security",
    r"Software\Microsoft\Office\16.0\Excel\Security",
)
"""What the organisation has set, which counts first, and what the user has."""

Registry = Callable[[str, str], "str | None"]
"""(key under HKCU or, failing that, HKLM; name) -> value; None where there is none."""


def security_setting(registry: Registry, under: str, name: str) -> str | None:
    """Return a setting of Excel's security: the organisation's where there is one, else the user's."""
    return next((value for key in _SECURITY if (value := registry(key + under, name)) is not None), None)


def defenders_rule(registry: Registry) -> str | None:
    """Return what Defender does when Office starts a program: "1" blocks, "2" only notes, "6" warns; None where nothing is set.

    Group policy writes each rule by itself; a device that is managed over the internet has all in one value, "rule=1|rule=2".
    """
    for key in _ASR_KEYS:
        alone = registry(key, DEFENDERS_RULE)
        if alone is not None:
            return alone
    together = registry(_ASR_TOGETHER, "ASRRules") or ""
    rules = dict(part.lower().split("=", 1) for part in together.split("|") if "=" in part)
    return rules.get(DEFENDERS_RULE)


def is_trusted(folder: Path, registry: Registry) -> bool:
    """Tell whether a folder is a trusted location, or below one that trusts what is below."""
    for security in _SECURITY:
        for number in range(60):
            key = rf"{security}\Trusted Locations\Location{number}"
            held = registry(key, "Path")
            if not held:
                continue
            place = Path(os.path.expandvars(held))
            if place == folder or (registry(key, "AllowSubfolders") == "1" and place in folder.parents):
                return True
    return False


def read_registry(key: str, name: str) -> str | None:
    """Read a value of Windows' registry, the user's before the computer's; None elsewhere."""
    if sys.platform != "win32":
        return None
    import winreg

    for hive in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        try:
            with winreg.OpenKey(hive, key) as opened:
                return str(winreg.QueryValueEx(opened, name)[0])
        except OSError:
            continue
    return None
