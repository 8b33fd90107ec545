"""`cvsb doctor`: does everything work here, and if not, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvsb_xl import __version__
from cvsb_xl.commands.common import format_option, leave, print_json

if TYPE_CHECKING:
    from cvsb_xl.addin.doctor import Check

_MARKS = {"ok": "ok  ", "look": "LOOK", "wrong": "WRONG", "not checked": "-   "}


@click.command("doctor")
@click.argument("tracker", required=False)
@format_option("text", "json")
def command(tracker: str | None, output_format: str) -> None:
    """Look at Python, the add-in, what this organisation allows, and TRACKER if given; say how to cure what is wrong.

    Exit code 1: something is wrong.
    """
    from cvsb_xl.addin.doctor import examine

    where = str(Path(tracker).absolute()) if tracker and "://" not in tracker else tracker or ""
    checks = examine(__version__, where)
    if output_format == "json":
        print_json([asdict(check) for check in checks])
    else:
        click.echo("\n".join(_lines(checks)))
    leave(wants_a_person=any(check.state == "wrong" for check in checks))


def for_button(workbook: str) -> str:
    """Return what the button Doctor says."""
    from cvsb_xl.addin.doctor import examine

    return "\n".join(_lines(examine(__version__, workbook)))


def _lines(checks: Sequence[Check]) -> list[str]:
    lines = []
    for check in checks:
        lines.append(f"{_MARKS[check.state]:5} {check.name}: {check.words}")
        if check.cure:
            lines.append(f"      -> {check.cure}")
    wrong = sum(check.state == "wrong" for check in checks)
    return [*lines, "Nothing is wrong." if not wrong else f"{wrong} to put right."]
