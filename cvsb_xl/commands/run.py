"""`cvsb run`: what a ribbon button starts. A person needs it only to do a button's work on a workbook open in Excel."""

from __future__ import annotations

import shutil
import tempfile
import traceback
from pathlib import Path

import click

from cvsb_xl.commands.apart import answer_request
from cvsb_xl.commands.common import framework_of, leave
from cvsb_xl.commands.pressing import BUTTONS, Asked, Pressed, press
from cvsb_xl.errors import CannotDo, CvsbError
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.book import tracker_in, wanted_sheets
from cvsb_xl.hosts.file import read_file
from cvsb_xl.hosts.lines import line, step_lines, whole
from cvsb_xl.hosts.runs import ANSWER, OUTPUT, STARTED, drop_old, program_home, read_request, write_text
from cvsb_xl.xlsx.read import read_book


@click.command("run")
@click.argument("verb", type=click.Choice([*BUTTONS, "doctor"]))
@click.option("--request", "folder", type=click.Path(path_type=Path, file_okay=False, exists=True),
              help="The folder in which the launcher left its request; the answer is left there.")  # fmt: skip
@click.option(
    "--workbook",
    type=click.Path(path_type=Path),
    help="Work on this file, and print the lines of the answer.",
)
@click.option(
    "--excel", metavar="NAME", help="Work on the workbook of that name that is open in Excel (Windows)."
)
@click.option(
    "--json", "as_json", is_flag=True,
    help="Read a request with the tables from standard input and write the answer; the sync service starts it so.",
)  # fmt: skip
@click.option(
    "--at",
    metavar="SHEET!ROW",
    default="",
    help="The row that is picked, for verbs that work on one; in Excel, the one picked there.",
)
@click.option(
    "--return",
    "returns",
    multiple=True,
    metavar="FILE",
    help="A returned sheet to merge; may be given again.",
)
@click.pass_context
def command(
    ctx: click.Context,
    verb: str,
    folder: Path | None,
    workbook: Path | None,
    excel: str | None,
    as_json: bool,
    at: str,
    returns: tuple[str, ...],
) -> None:
    """Do the work of a button of the CVSB tab: VERB names it.

    With --request or --workbook the tracker itself is not changed: the answer says, in plain lines, what is to change in
    the open workbook. With --excel the changes are made in the workbook that is open in Excel, after a copy is saved.
    """
    if sum([folder is not None, workbook is not None, excel is not None, as_json]) != 1:
        raise CannotDo("Give one of --request, --workbook, --excel and --json.")
    if as_json:
        answer_request(ctx, verb)
        return
    if folder is not None:
        write_text(folder / STARTED, verb)
        leave(wants_a_person=answer_run(ctx, folder, verb).wants_a_person)
    sheet, _, row = at.rpartition("!")
    with tempfile.TemporaryDirectory(prefix="cvsb-") as made:
        stage = Path(made) / "stage"
        stage.mkdir()
        name = str(workbook.absolute()) if workbook else str(excel)
        asked = Asked(verb, name, stage, sheet, int(row) if row.isdecimal() else 0, returns)
        if workbook is not None:
            pressed = press_file(ctx, asked, workbook)
            click.echo("\n".join(answer_lines(pressed)))
        else:
            pressed = _in_excel(ctx, asked)
            click.echo(pressed.words)
        if pressed.failed:
            raise CannotDo(pressed.failed.removeprefix("Nothing was done. "))
        leave(wants_a_person=pressed.wants_a_person)


def answer_run(ctx: click.Context, folder: Path, verb: str | None = None) -> Pressed:
    """Do what a run's folder asks and leave the answer there, whatever happens."""
    try:
        request = read_request(folder)
        stage = folder / "stage"
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        asked = Asked(
            verb or request.verb, request.workbook, stage, request.sheet, request.row, request.returns
        )
        if asked.verb == "doctor":
            from cvsb_xl.commands.doctor import for_button

            pressed = Pressed(output=for_button(request.workbook), redo="cvsb doctor")
        else:
            pressed = press_file(ctx, asked, request.copy)
        for place in pressed.documents.values():
            place.parent.mkdir(parents=True, exist_ok=True)
    except CvsbError as error:
        pressed = Pressed(failed=f"Nothing was done. {error}")
    except (
        Exception
    ):  # the launcher waits for an answer: a fault of ours is told there, and kept in the run's folder
        write_text(folder / OUTPUT, traceback.format_exc())
        pressed = Pressed(
            failed=f"Nothing was done: this is a fault of cvsb-xl. {folder / OUTPUT} holds what it needs to be mended."
        )
    else:
        write_text(folder / OUTPUT, pressed.output)
    drop_old(program_home(), keep=[folder])
    write_text(folder / ANSWER, whole(answer_lines(pressed)))
    return pressed


def press_file(ctx: click.Context, asked: Asked, path: Path) -> Pressed:
    """Press a button on the tracker that a file holds."""
    framework = framework_of(ctx)
    name = Path(asked.workbook.replace("\\", "/")).name
    book = read_book(read_file(path, "tracker"), name=name, only=wanted_sheets(framework))
    return press(ctx.find_root().command, options_of(ctx), asked, book, tracker_in(book, name, framework))


def options_of(ctx: click.Context) -> list[str]:
    """Return the options of `cvsb` itself that were given."""
    schemas = ctx.find_root().obj
    return ["--schemas", str(schemas)] if schemas else []


def answer_lines(pressed: Pressed) -> list[str]:
    """Return the lines of an answer, without those that begin and end it."""
    if pressed.failed:
        return [line("failed", pressed.failed)]
    lines = step_lines(pressed.steps)
    if pressed.front:
        lines.append(line("front", pressed.front))
    if pressed.steps:  # a paper alone is no reason to save what a person is in the middle of
        lines.append("save")
    lines += [line("document", made, place) for made, place in pressed.documents.items()]
    return [*lines, *(line("say", one) for one in pressed.words.splitlines())]


def _in_excel(ctx: click.Context, asked: Asked) -> Pressed:
    from cvsb_xl.hosts.excel import attach

    framework: Framework = framework_of(ctx)
    live = attach(asked.workbook, framework)
    sheet, row = (asked.sheet, asked.row) if asked.sheet else live.picked
    asked = Asked(asked.verb, live.full_name, asked.stage, sheet, row, asked.returns)
    pressed = press(ctx.find_root().command, options_of(ctx), asked, live.book, live.opened)
    if pressed.failed:
        return pressed
    copy = live.carry_out(pressed.steps, program_home() / "copies")
    for made, place in pressed.documents.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, place)
    if copy:
        click.echo(f"A copy of the workbook as it was: {copy}", err=True)
    return pressed
