"""What the documents say is there is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvsb_xl.cli import COMMANDS, cvsb

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_says_what_it_does(name: str) -> None:
    result = CliRunner().invoke(cvsb, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert len(result.output.split("Options:")[0].strip().splitlines()) > 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named_in_the_readme_or_the_changelog(name: str) -> None:
    changelog = (TOP / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"cvsb {name}" in README + changelog


def test_every_command_the_readme_names_exists() -> None:
    named = set(re.findall(r"cvsb ([a-z]+)", README))
    assert named <= set(COMMANDS)


def test_every_file_and_picture_the_readme_names_exists() -> None:
    for name in [*re.findall(r"\]\(([^)]+)\)", README), "scripts/demo", "scripts/test", "schemas/README.md"]:
        assert (TOP / name).exists(), name


@pytest.mark.parametrize("name", ["demo", "test", "bench"])
def test_scripts_can_be_run(name: str) -> None:
    assert (TOP / "scripts" / name).stat().st_mode & 0o111


def test_the_repository_names_no_path_of_one_machine_and_holds_no_built_workbook() -> None:
    folders = ["cvsb_xl", "schemas", "workbook", "scripts", "tests"]
    files = [path for folder in folders for path in (TOP / folder).rglob("*") if path.is_file()]
    homes = re.compile(rb"/(?:home|Users)/[a-z]+/")
    for path in files:
        assert path.suffix not in {".xlsx", ".xlsm", ".xlam", ".docx", ".pdf"}, path
        if path.suffix in {".py", ".yaml", ".md", ".toml", ".xml", ".bas", ".cls"} and path != Path(__file__):
            assert not homes.search(path.read_bytes()), path
