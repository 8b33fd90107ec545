"""The Windows folder is looked at before it is called complete: what is missing, damaged or for another system is told."""

from __future__ import annotations

import importlib.util
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_windows", ROOT / "scripts" / "build_windows.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "install.py").write_text("print('installs')\n", encoding="utf-8")
    wheel(
        tmp_path, "board-1.0-py3-none-any.whl", "Requires-Dist: tracker[excel]>=2 ; sys_platform == 'win32'\n"
    )
    wheel(tmp_path, "tracker-2.1-cp312-cp312-win_amd64.whl", "Requires-Dist: sheets ; extra == 'excel'\n")
    wheel(tmp_path, "sheets-3.0-py3-none-any.whl", "Requires-Dist: penguin ; sys_platform == 'linux'\n")
    return tmp_path


def wheel(folder: Path, name: str, needs: str) -> None:
    project, version = name.split("-")[:2]
    with zipfile.ZipFile(folder / "wheels" / name, "w") as package:
        text = f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n{needs}\nWords about it.\n"
        package.writestr(f"{project}-{version}.dist-info/METADATA", text)
        package.writestr(
            f"{project}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
        )


def test_a_complete_folder_has_no_fault(script: ModuleType, folder: Path) -> None:
    assert script.check(folder, "3.12") == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda wheels: (wheels / "sheets-3.0-py3-none-any.whl").unlink(), "tracker needs sheets"),
        (lambda wheels: (wheels / "tracker-2.1-cp312-cp312-win_amd64.whl").unlink(), "board needs tracker"),
        (
            lambda wheels: (wheels / "sheets-3.0-py3-none-any.whl").rename(
                wheels / "sheets-3.0-cp312-cp312-manylinux_2_17_x86_64.whl"
            ),
            "not for 64-bit Windows",
        ),
        (
            lambda wheels: (wheels / "tracker-2.1-cp312-cp312-win_amd64.whl").rename(
                wheels / "tracker-1.1-cp312-cp312-win_amd64.whl"
            ),
            "and 1.1 is there",
        ),
    ],
)
def test_each_gap_is_told(
    script: ModuleType, folder: Path, spoil: Callable[[Path], object], says: str
) -> None:
    spoil(folder / "wheels")
    assert any(says in fault for fault in script.check(folder, "3.12"))


def test_pip_itself_goes_through_the_installation_for_windows(script: ModuleType, folder: Path) -> None:
    (folder / "requirements.txt").write_text(script.pinned(folder / "wheels"), encoding="ascii")
    assert script.rehearse(folder, "3.12") == []
    wheel(folder, "tracker-2.1-cp312-cp312-win_amd64.whl", "Summary: not what was pinned\n")
    assert "DO NOT MATCH" in script.rehearse(folder, "3.12")[0]
    (folder / "wheels" / "sheets-3.0-py3-none-any.whl").unlink()
    assert "sheets" in script.rehearse(folder, "3.12")[0]


def test_wheels_are_pinned_by_version_and_hash(script: ModuleType, folder: Path) -> None:
    lines = script.pinned(folder / "wheels").splitlines()
    assert [line.split(" ")[0] for line in lines] == ["board==1.0", "sheets==3.0", "tracker==2.1"]
    assert all(len(line.split("sha256:")[1]) == 64 for line in lines)


def test_what_installs_on_windows_is_there_and_parses() -> None:
    source = (ROOT / "scripts" / "windows" / "install.py").read_text(encoding="utf-8")
    compile(source, "install.py", "exec")
    assert "--no-index" in source
    assert "--require-hashes" in source
    command = (ROOT / "scripts" / "windows" / "install.cmd").read_text(encoding="ascii")
    assert command.count("goto :end") == 2
    assert command.rstrip().endswith("pause")


def test_the_installer_makes_its_own_python_and_installs_by_hash_then_the_add_in_then_the_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its calls, written down instead of made: on Windows the environment's python is Scripts\\python.exe."""
    here = ".".join(map(str, sys.version_info[:2]))
    text = (ROOT / "scripts" / "windows" / "install.py").read_text(encoding="utf-8")
    program: dict[str, Any] = {"__file__": str(tmp_path / "install.py"), "__name__": "install"}
    exec(compile(text.replace("@PYTHON@", here), "install.py", "exec"), program)
    made: list[Path] = []
    asked: list[list[str]] = []
    builder = SimpleNamespace(create=made.append)
    monkeypatch.setattr(
        "venv.EnvBuilder", lambda **how: builder if how == {"clear": True, "with_pip": True} else None
    )
    monkeypatch.setattr("subprocess.run", lambda words, check: asked.append(words))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "Local"))
    program["main"]()
    place = tmp_path / "Local" / "cvsb" / "python"
    assert made == [place]
    assert {words[0] for words in asked} == {str(place / "Scripts" / "python.exe")}
    pip, add_in, doctor = (words[1:] for words in asked)
    assert {"--no-index", "--no-deps", "--require-hashes", str(tmp_path / "wheels")} <= set(pip)
    assert add_in == ["-m", "cvsb_xl", "addin", "install"]
    assert doctor == ["-m", "cvsb_xl", "doctor"]


@pytest.mark.parametrize(
    ("needed", "says"), [("3.1", "is for 64-bit Python 3.1"), ("", "LOCALAPPDATA is not set")]
)
def test_the_installer_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, needed: str, says: str
) -> None:
    here = needed or ".".join(map(str, sys.version_info[:2]))
    text = (ROOT / "scripts" / "windows" / "install.py").read_text(encoding="utf-8")
    program: dict[str, Any] = {"__file__": str(tmp_path / "install.py"), "__name__": "install"}
    exec(compile(text.replace("@PYTHON@", here), "install.py", "exec"), program)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    with pytest.raises(SystemExit, match=says):
        program["main"]()
