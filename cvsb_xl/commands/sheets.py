"""What the commands that issue agency sheets share: --due-back, and saying whose sheet was held back, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from cvsb_xl.commands.common import DATE

if TYPE_CHECKING:
    from cvsb_xl.tracker.findings import Finding

due_back_option = click.option("--due-back", type=DATE, help="When the sheets are asked back.")


def held_back_json(held: Mapping[str, Sequence[Finding]]) -> dict[str, Any]:
    """Return the agencies whose sheet was held back, each with the findings that held it."""
    return {agency: [item.as_json() for item in found] for agency, found in held.items()}


def say_held_back(held: Mapping[str, Sequence[Finding]], file: str, then: str) -> None:
    """Print whose sheet was held back, at which cells, and what to do. then: such as "issue this sheet again"."""
    for agency, found in held.items():
        click.echo(f"Held back, because it would carry what must not leave the board: {agency}")
        for item in found:
            click.echo(f"  {file}:{item.sheet}!{item.cell}: {item.code} {item.message.splitlines()[0]}")
        click.echo(f"  Take it out (or have it waived, with the reason, in Waivers), then {then}.")
