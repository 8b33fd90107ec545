"""What the commands share: arguments, the context of a run, and the exit codes."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cvsb_xl.errors import CannotDo

if TYPE_CHECKING:  # what a command does not need is not loaded
    from cvsb_xl.framework.schema import Framework
    from cvsb_xl.hosts.file import OpenTracker
    from cvsb_xl.tracker.findings import Finding
    from cvsb_xl.verbs.outcome import Context

T = TypeVar("T")

CLEAN, WANTS_A_PERSON, NOTHING_DONE = 0, 1, 2

tracker_argument = click.argument("tracker", metavar="TRACKER", type=click.Path(path_type=Path))
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
DATE = click.DateTime(formats=["%Y-%m-%d", "%d/%m/%Y"])
as_at_option = click.option(
    "--as-at",
    "as_at",
    type=DATE,
    metavar="DATE",
    help="Work as if on this day.",
)


def format_option(*formats: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the --format option with these choices; the first is the default."""
    return click.option(
        "--format", "output_format", type=click.Choice(formats), default=formats[0], show_default=True
    )


def tracker_command(
    name: str, *, formats: Sequence[str] = ("text", "json"), dry_run: bool = True
) -> Callable[[Callable[..., None]], click.Command]:
    """Make a command of a function that is given the click context, TRACKER, --format and, unless told otherwise, --dry-run.

    The options of its own are put on the function as ever; --help lists them first.
    """

    def decorate(work: Callable[..., None]) -> click.Command:
        run = format_option(*formats)(click.pass_context(work))
        if dry_run:
            run = dry_run_option(run)
        made = click.command(name)(tracker_argument(run))
        made.params.sort(key=lambda item: item.name in ("dry_run", "output_format"))
        return made

    return decorate


def framework_of(ctx: click.Context) -> Framework:
    """Load the framework: the one that came with cvsb-xl, or the board's own copy."""
    from cvsb_xl.framework.load import load_framework

    return load_framework(ctx.find_root().obj)


def open_for(ctx: click.Context, path: Path, *, to_save: bool = True, formulas: bool = False) -> OpenTracker:
    """Open the tracker that a command was given; point out copies of it that OneDrive or a mail program made."""
    from cvsb_xl.hosts.file import copies_beside, open_tracker

    opened = open_tracker(path, framework_of(ctx), to_save=to_save, formulas=formulas)
    for copy in copies_beside(path):
        note(
            f"Beside {path.name} lies {copy.name}, which looks like a second copy of it. Only {path.name} is read and "
            "changed: see whether somebody worked in the other, then move it away."
        )
    return opened


def context_of(as_at: datetime | None = None) -> Context:
    """Return the context of this run. CVSB_NOW (ISO time) and CVSB_USER stand in for clock and user in tests."""
    from cvsb_xl.verbs.outcome import Context

    fixed = os.environ.get("CVSB_NOW")
    try:
        now = datetime.fromisoformat(fixed).astimezone() if fixed else datetime.now().astimezone()
    except ValueError as error:
        raise CannotDo(f"CVSB_NOW is {fixed!r}, which is no ISO time such as 2027-03-31T09:00.") from error
    if as_at is not None:
        now = datetime.combine(as_at.date(), now.timetz())
    return Context(now=now, user=os.environ.get("CVSB_USER") or _user())


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def print_json(value: object) -> None:
    """Print JSON on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def note(message: str) -> None:
    """Say something about the work on stderr: results alone go to stdout."""
    click.echo(message, err=True)


def with_progress(items: Sequence[T], label: str) -> Iterator[T]:
    """Yield the items, with a progress bar on stderr while it is a terminal."""
    with click.progressbar(items, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield from bar


def leave(*, wants_a_person: bool) -> None:
    """End the command with the exit code for its result."""
    sys.exit(WANTS_A_PERSON if wants_a_person else CLEAN)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether a finding is an error."""
    return any(finding.severity == "error" for finding in findings)
