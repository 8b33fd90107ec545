"""`cvsb connect`: keep this person's token for a sync service, where only they can read it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cvsb_xl.commands.common import format_option, note, print_json
from cvsb_xl.errors import CannotDo


@click.command("connect")
@click.argument("address", metavar="ADDRESS", required=False)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True),
    help="A file with the token in it; - reads it from a pipe. Without it you are asked.",
)
@click.option("--forget", is_flag=True, help="Forget the token for ADDRESS on this computer.")
@format_option("text", "json")
def command(address: str | None, token_file: Path | None, forget: bool, output_format: str) -> None:
    """Connect this computer to the sync service at ADDRESS; without ADDRESS, say which it is connected to.

    The token is made on the service's page Tokens, after signing in. It is yours alone, is kept in your own program
    folder, and never goes into a workbook.
    """
    from cvsb_xl.commands.syncing import when
    from cvsb_xl.hosts.connections import keep_token, known_services
    from cvsb_xl.hosts.remote import Remote, address_of
    from cvsb_xl.hosts.runs import program_home

    home = program_home()
    if address is None:
        found = known_services(home)
        if output_format == "json":
            print_json(found)
        else:
            click.echo("\n".join(found) or "This computer is not connected to any service.")
        return
    address = address_of(address)
    if forget:
        keep_token(home, address, "")
        click.echo(
            f"The token for {address} is forgotten on this computer. To end it everywhere, withdraw it on the page Tokens."
        )
        return
    token = _token(address, token_file)
    said = Remote(address, token).me()
    keep_token(home, address, token)
    name, expires = str(said.get("name", "")), str(said.get("expires_at") or "")
    if output_format == "json":
        print_json({"address": address, "name": name, "expires_at": expires or None})
        return
    until = f" The token ends on {when(expires)}." if expires else ""
    click.echo(f"Connected to {address} as {name}.{until}")
    if "review_manager" in said.get("roles", ()):
        note(f"Next: cvsb publish TRACKER --to {address}")
    else:
        note("This token may not publish or pull: that is the Review Manager's.")


def _token(address: str, token_file: Path | None) -> str:
    if token_file is None:
        token = click.prompt(f"Token for {address}", hide_input=True, default="", show_default=False)
    elif str(token_file) == "-":
        token = sys.stdin.read(10_000)
    else:
        token = token_file.read_text(encoding="utf-8", errors="replace")[:10_000]
    token = token.strip()
    if not token or not token.isascii() or any(one.isspace() for one in token):
        raise CannotDo("That is no token. Copy the whole of it from the page Tokens of the service, once.")
    return str(token)
