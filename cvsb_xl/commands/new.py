"""`cvsb new`: build a tracker, empty or with the invented worked example."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.commands.common import context_of, framework_of, leave, tracker_argument
from cvsb_xl.errors import CannotDo, CannotSave
from cvsb_xl.framework.schema import Language
from cvsb_xl.tracker.tables import Tracker
from cvsb_xl.tracker.wording import counted, listed
from cvsb_xl.verbs.new import new_tracker
from cvsb_xl.verbs.sample import planted_faults
from cvsb_xl.xlsx.save import save_bytes

_TOLD = {
    "agencies": "agency",
    "referrals": "referral",
    "reviews": "review",
    "recommendations": "recommendation",
    "actions": "action",
    "assignments": "assignment",
    "decisions": "decision",
}


@click.command()
@tracker_argument
@click.option("--sample", is_flag=True, help="Fill it with an invented worked example, to try everything on.")
@click.option(
    "--lang",
    type=click.Choice(["en", "cy"]),
    default="en",
    show_default=True,
    help="The language of the headings.",
)
@click.pass_context
def command(ctx: click.Context, tracker: Path, sample: bool, lang: Language) -> None:
    """Build a tracker. A file that is already there is never overwritten."""
    _check_place(tracker)
    context = context_of()
    made = new_tracker(framework_of(ctx), context, language=lang, sample=sample)
    data = build_tracker(made, context.today)
    if tracker.exists():  # somebody else may have made it meanwhile
        raise _there_already(tracker)
    save_bytes(tracker, data)
    click.echo(_text(tracker, made, sample=sample))
    leave(wants_a_person=False)


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise CannotDo(f"{path} is a folder; name the file to make in it, such as {path / 'Tracker.xlsx'}.")
    if path.suffix.lower() != ".xlsx":
        raise CannotDo(
            f"{path.name}: a tracker is made as an .xlsx workbook; name it {path.with_suffix('.xlsx').name}. "
            "(To have it with the ribbon's macros, save it as .xlsm in Excel later.)"
        )
    if path.exists() or path.is_symlink():
        raise _there_already(path)
    if not path.parent.is_dir():
        raise CannotSave(f"{path.parent}: there is no such folder. Make it first, or name another.")
    if not os.access(path.parent, os.W_OK):
        raise CannotSave(f"{path.parent}: you may not write in this folder. Name one that is yours.")


def _there_already(path: Path) -> CannotDo:
    return CannotDo(
        f"{path} is there already, and cvsb new overwrites nothing. Choose another name, or move that file away. "
        f"To bring it up to date: cvsb update {shlex.quote(str(path))}"
    )


def _text(path: Path, tracker: Tracker, *, sample: bool) -> str:
    name = shlex.quote(str(path))
    if not sample:
        return (
            f"Made {path}: an empty tracker with {counted(len(tracker.tables), 'table')}.\n"
            "First fill in the sheets Agencies and Settings (the Guide links to them), then Reviews and Actions.\n"
            f"Next: cvsb update {name}"
        )
    counts = [counted(len(tracker[table]), one, table) for table, one in _TOLD.items()]
    return (
        f"Made {path}: an invented worked example with {listed(counts)}.\n"
        f"{len(planted_faults())} faults are planted in it, to be found.\n"
        f"Next: cvsb check {name}"
    )
