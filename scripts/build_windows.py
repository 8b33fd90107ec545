"""Make the Windows folder: pinned wheels, their hashes, the add-in, and what installs them. See scripts/build-windows."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
INSTALLER = ROOT / "scripts" / "windows"
# What xlwings needs on Windows is asked for by a marker, and markers are read on the machine that downloads.
WINDOWS_ONLY = ("pywin32>=306", "colorama>=0.4", "tzdata>=2024.1")


def main(folder: Path, python: str) -> None:
    """Build the folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)], check=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    subprocess.run(
        [*pip, "download", "--quiet", "--only-binary=:all:", "--platform", "win_amd64", "--implementation", "cp",
         "--python-version", python, "--dest", str(wheels), *project["dependencies"], *WINDOWS_ONLY],
        check=True,
    )  # fmt: skip
    (folder / "requirements.txt").write_text(pinned(wheels), encoding="ascii", newline="\r\n")
    subprocess.run([sys.executable, "-m", "cvsb_xl", "addin", "build", "--out", str(folder)], check=True)
    for file in (*INSTALLER.iterdir(), ROOT / "workbook" / "ACCEPTANCE.md"):
        text = file.read_text(encoding="utf-8").replace("@PYTHON@", python)
        (folder / file.name).write_text(text, encoding="utf-8", newline="\r\n")
    faults = check(folder, python) + rehearse(folder, python)
    for fault in faults:
        print(f"WRONG: {fault}")
    size = sum(file.stat().st_size for file in wheels.iterdir()) / 1e6
    print(f"{folder}: {len(list(wheels.iterdir()))} wheels, {size:.0f} MB, for 64-bit Python {python}.")
    sys.exit(bool(faults))


def named(wheel: Path) -> tuple[str, str]:
    """A wheel's project and version, by its file name."""
    name, version = wheel.name.split("-")[:2]
    return re.sub(r"[-_.]+", "-", name).lower(), version


def pinned(wheels: Path) -> str:
    """Each wheel by version and hash, as pip's --require-hashes wants them."""
    lines = []
    for wheel in sorted(wheels.iterdir()):
        name, version = named(wheel)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{name}=={version} --hash=sha256:{digest}")
    return "\n".join(lines) + "\n"


def check(folder: Path, python: str) -> list[str]:
    """Look at what can be looked at without Windows: every wheel whole, for Windows, and all that each one needs there."""
    from packaging.markers import default_environment
    from packaging.requirements import Requirement

    environment = {
        **default_environment(), "sys_platform": "win32", "platform_system": "Windows", "os_name": "nt",
        "platform_machine": "AMD64", "python_version": python, "python_full_version": f"{python}.0", "extra": "",
    }  # fmt: skip
    faults: list[str] = []
    found: dict[str, str] = {}
    wheels = sorted((folder / "wheels").iterdir())
    for wheel in wheels:
        name, version = named(wheel)
        if name in found:
            faults.append(f"{name} is there twice")
        found[name] = version
        if not re.search(r"-(?:win_amd64|any)\.whl$", wheel.name):
            faults.append(f"{wheel.name} is not for 64-bit Windows")
    extras: dict[str, set[str]] = {}
    needs: list[tuple[str, Requirement]] = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as package:
            if package.testzip() is not None:
                faults.append(f"{wheel.name} is damaged")
            data = package.read(
                next(one for one in package.namelist() if one.endswith(".dist-info/METADATA"))
            )
        for text in re.findall(r"^Requires-Dist: (.+?)\r?$", data.decode("utf-8"), re.MULTILINE):
            need = Requirement(text)
            needs.append((named(wheel)[0], need))
            extras.setdefault(re.sub(r"[-_.]+", "-", need.name).lower(), set())
            if not need.marker or need.marker.evaluate(environment):
                extras[re.sub(r"[-_.]+", "-", need.name).lower()] |= need.extras
    for owner, need in needs:
        wanted = not need.marker or any(
            need.marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras.get(owner, ()))
        )
        name = re.sub(r"[-_.]+", "-", need.name).lower()
        if wanted and name not in found:
            faults.append(f"{owner} needs {need}, which is not there")
        elif wanted and not need.specifier.contains(found[name], prereleases=True):
            faults.append(f"{owner} needs {need}, and {found[name]} is there")
    compile((folder / "install.py").read_text(encoding="utf-8"), "install.py", "exec")
    return faults


def rehearse(folder: Path, python: str) -> list[str]:
    """Have pip choose what install.py will install, for that Windows Python, from this folder alone and by its hashes.

    `pip download` and not `install --dry-run`: the latter asks whether the wheels fit the Python that runs it.
    """
    with TemporaryDirectory() as chosen:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-index", "--no-deps",
             "--only-binary=:all:", "--platform", "win_amd64", "--implementation", "cp", "--python-version", python,
             "--find-links", str(folder / "wheels"), "--require-hashes", "-r", str(folder / "requirements.txt"),
             "--dest", chosen],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        missing = {one.name for one in (folder / "wheels").iterdir()} - {
            one.name for one in Path(chosen).iterdir()
        }
    if done.returncode:
        return [f"pip would not install it: {done.stderr.strip()}"]
    return [f"pip would not choose {name}" for name in sorted(missing)]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
