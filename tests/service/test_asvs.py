"""ASVS.md names tests that exist, and README.md the limits that the code has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import cvsb_xl.service
from cvsb_xl.service import accounts
from cvsb_xl.service.settings import Settings

FOLDER = Path(cvsb_xl.service.__file__).parent
ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (FOLDER / "ASVS.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d", line)
]
NODES = [node for row in ROWS for node in row[2].split(", ")]


@pytest.mark.parametrize("node", sorted(set(NODES) - {"-"}))
def test_each_named_test_exists(node: str) -> None:
    file, _, name = node.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {item.name for item in ast.walk(tree) if isinstance(item, ast.FunctionDef)}


def test_a_requirement_without_a_test_says_why() -> None:
    assert len(ROWS) > 40
    for number, words, tests in ROWS:
        assert (tests == "-") <= ("*Not met*" in words or "*Left to whoever runs the service*" in words), (
            number
        )


def test_the_readme_says_what_the_limits_are() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    settings = Settings(Path())
    for words in (
        f"{settings.upload_limit >> 20} MB, {settings.publish_limit >> 20} MB",
        f"| {settings.session_idle_minutes}, {settings.session_hours} |",
        f"{settings.session_idle_minutes} minutes without use, {settings.session_hours} hours in all",
        f"| {settings.invitation_hours} |",
        f"| {settings.requests_per_minute}, {settings.sign_ins_per_minute} |",
        f"{accounts.SHORTEST} to {accounts.LONGEST} characters",
        f"lock an account for {accounts.LOCKED_MINUTES} minutes",
    ):
        assert words in text, words
    for name in Settings.__dataclass_fields__:
        assert f"`{name}`" in text or name in ("data", "oidc"), f"README.md does not say what {name} is"
