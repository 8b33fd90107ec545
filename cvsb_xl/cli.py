"""The `cvsb` command line: one lazy group. Each command lives in commands/ and is imported when it is asked for."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import click

from cvsb_xl.errors import CvsbError

# name -> (module in commands/, the one line `cvsb --help` prints: kept here so that help imports nothing)
COMMANDS = {
    "new": ("new", "Build a tracker, empty or with a worked example."),
    "update": ("update", "Fill ids, rows, dates, statuses and Today."),
    "check": ("check", "Check every action, date, owner and reference."),
    "rule": ("rule", "Explain one rule, or list them all."),
    "due": ("due", "Every due date, and the sentence it stands on."),
    "issue": ("issue", "Cut one safe sheet for each agency."),
    "merge": ("merge", "Merge returned sheets without losing a cell."),
    "resolve": ("resolve", "Carry out what was decided in Conflicts."),
    "undo": ("undo", "Take back the newest run, cell by cell."),
    "log": ("log", "Who changed what, when, and from where."),
    "chase": ("chase", "Ready e-mails to agencies that owe a return or are overdue."),
    "ratify": ("ratify", "The Delivery Group's pack, and its decisions taken in."),
    "board": ("board", "The Board's report: position, changes, barriers, asks."),
    "changes": ("changes", "What changed since a day or the last Board, in sentences."),
    "crg": ("crg", "The Case Review Group's paper: referrals, sign-off, clocks."),
    "plan": ("plan", "A review's action plan, to circulate."),
    "mapf": ("mapf", "A forum's learning template."),
    "progress": ("progress", "Write a review's 12-month progress report."),
    "prove": ("prove", "One action's or review's whole story, for an inspector."),
    "dashboard": ("dashboard", "One web page of where everything stands, for members or an agency."),
    "handover": ("handover", "Move what is open to another agency or person."),
    "import": ("take_over", "Take an existing tracker or action plan over."),
    "export": ("export", "Write CSVs and a Frictionless data package."),
    "connect": ("connect", "Connect this computer to a sync service."),
    "publish": ("publish", "Send tables and sheets to the sync service."),
    "pull": ("pull", "Merge what agencies sent in to the service; answer them."),
    "addin": ("addin", "Make, install or remove the CVSB tab in Excel."),
    "doctor": ("doctor", "See whether everything works on this computer."),
    "serve": ("serve", "Run the sync service; or answer Excel's buttons locally."),
    "run": ("run", "Do the work of a button; Excel starts it."),
    "demo": ("demo", "Play a whole round on an invented example."),
}


class LazyGroup(click.Group):
    """A group that imports a command only when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(f"cvsb_xl.commands.{entry[0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, n=1) if args else []
            hint = f" Did you mean {close[0]}?" if close else " cvsb --help lists them."
            raise click.UsageError(error.format_message().rstrip(".") + "." + hint, ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--schemas",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="CVSB_SCHEMAS",
    help="The board's own copy of the schemas folder.",
)
@click.version_option(package_name="cvsb-xl", prog_name="cvsb")
@click.pass_context
def cvsb(ctx: click.Context, schemas: Path | None) -> None:
    """Keep a safeguarding board's action tracker right: build, check, issue, merge, report.

    Exit codes: 0 done and clean; 1 done, but something wants a person; 2 nothing done.
    """
    ctx.obj = schemas.resolve() if schemas else None


def main() -> None:
    """Run the command line; turn our own errors into one message and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")  # a console that cannot print Welsh letters must not stop the work
    # A command makes some hundred thousand small things that live until it ends: looking among them for waste, as Python does
    # after each 700, took a fifth of its time.
    gc.set_threshold(1_000_000, 50, 50)
    color = False if os.environ.get("NO_COLOR") else None  # None: colour on a terminal, none in a file
    try:
        cvsb(prog_name="cvsb", color=color)
    except CvsbError as error:
        if "--format=json" in sys.argv or ("--format", "json") in pairwise(sys.argv):
            click.echo(json.dumps({"error": str(error)}, ensure_ascii=False))
        click.echo(click.style("Nothing was done. ", bold=True) + str(error), err=True, color=color)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def run() -> NoReturn:
    """Be the program `cvsb`: main, and the process's end. Who calls `main` from Python lives on."""
    try:
        main()
    except SystemExit as ended:
        if sys.argv[1:2] == ["check"] and isinstance(ended.code, int):
            _leave_at_once(ended.code)
        raise
    sys.exit(0)


def _leave_at_once(code: int) -> NoReturn:
    """End without giving back memory piece by piece, which takes a twentieth of a large check. Only where nothing is left to do."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
