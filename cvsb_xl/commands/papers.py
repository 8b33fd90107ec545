"""What the commands that write Word papers share: their options, writing the file, and what to look at before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import partial, update_wrapper
from pathlib import Path
from typing import Any

import click

from cvsb_xl.commands.common import (
    as_at_option,
    context_of,
    format_option,
    has_errors,
    leave,
    note,
    open_for,
    print_json,
    tracker_argument,
)
from cvsb_xl.errors import CannotDo, CannotSave
from cvsb_xl.hosts.file import OpenTracker, read_file
from cvsb_xl.hosts.libreoffice import as_pdf, require_libreoffice
from cvsb_xl.outputs.findings_json import findings_json
from cvsb_xl.outputs.findings_text import address
from cvsb_xl.papers.changes import LAST_BOARD
from cvsb_xl.papers.paper import Paper
from cvsb_xl.tracker.dates import AmbiguousDate, read_date
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.tracker.ids import in_file_names
from cvsb_xl.verbs.outcome import Outcome

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.docx|.pdf",
    help="Where to write the paper.",
)
template_option = click.option(
    "--template",
    type=click.Path(path_type=Path),
    metavar="BOARD.docx",
    help="The board's own Word document, for its page, header and styles.",
)
review_option = click.option(
    "--review", "review_id", required=True, metavar="ID", help="The review's ID, such as RV-0001."
)

Make = Callable[..., Outcome]
"""make(tracker, context, as_at, **own options) -> an Outcome with one Paper."""
Words = Callable[[Any], str]
"""words(report) -> the line that a command prints of its paper."""
Wants = Callable[[Any], Sequence[str]]
"""wants(report) -> sentences on what a person should see to; any makes the exit code 1."""


@dataclass(frozen=True)
class Asked:
    """What every command that writes one paper is given."""

    tracker: Path
    as_at: date | None
    out: Path
    template: Path | None
    output_format: str


def paper_command(name: str, words: Words, wants: Wants | None = None) -> Callable[[Make], click.Command]:
    """Make a command of a function that makes a paper; the options of its own are put on it as ever.

    It gets --as-at, --out, --template and --format, writes the paper, prints `words` or the report as JSON, and on stderr what
    to look at before the paper goes out. The tracker is only read.
    """

    def decorate(make: Make) -> click.Command:
        def run(
            ctx: click.Context, /, tracker: Path, as_at: datetime | None, out: Path, template: Path | None, output_format: str,
            **own: Any,
        ) -> None:  # fmt: skip
            asked = Asked(tracker, as_at.date() if as_at else None, out, template, output_format)
            write_paper(ctx, asked, partial(make, **own), words, wants)

        update_wrapper(run, make)
        params: list[click.Parameter] = list(getattr(make, "__click_params__", []))
        run.__click_params__ = []  # type: ignore[attr-defined]
        for option in (format_option("text", "json"), template_option, out_option, as_at_option):
            option(run)
        run.__click_params__ += params  # type: ignore[attr-defined]
        return click.command(name)(tracker_argument(click.pass_context(run)))

    return decorate


def write_paper(
    ctx: click.Context, asked: Asked, make: Make, words: Words, wants: Wants | None = None
) -> None:
    """Write one paper to its file, say what it tells, and end the command."""
    check_out(asked.out)
    opened = open_for(ctx, asked.tracker)
    outcome = make(opened.tracker, context_of(), asked.as_at)
    save_paper(asked.out, outcome.documents[0], asked.template)
    report, findings = outcome.report, in_this_file(opened, outcome.findings)
    wanted = wants(report) if wants else ()
    if asked.output_format == "json":
        print_json({"out": str(asked.out), **asdict(report), "findings": findings_json(findings)})
    else:
        click.echo(f"{asked.out}: {words(report)}")
        for line in wanted:
            note(line)
        tell_before_sending(findings, asked.tracker.name)
    leave(wants_a_person=bool(wanted) or has_errors(findings))


def check_out(out: Path, suffix: str = ".docx", what: str = "the paper is a Word document") -> None:
    """Refuse a place that the file cannot be written to, before any work is done. A paper may be a .pdf as well.

    Raises:
        CannotSave, CannotDo: saying what to give instead.
    """
    try:
        is_folder, folder = out.is_dir(), out.resolve().parent
        has_folder = folder.is_dir()
    except OSError as error:
        raise CannotSave(f"{out}: this cannot be written ({error.strerror}). Choose another name.") from error
    if is_folder:
        raise CannotSave(f"{out} is a folder. Name the paper itself, such as {out / f'paper{suffix}'}.")
    is_pdf = suffix == ".docx" and out.suffix.casefold() == ".pdf"
    if out.suffix.casefold() != suffix and not is_pdf:
        raise CannotDo(f"{out.name}: {what}, so give it a name that ends in {suffix}.")
    if not has_folder:
        raise CannotSave(f"{out}: the folder {folder} does not exist. Make it, or name another.")
    if is_pdf:
        require_libreoffice(out)


def save_paper(out: Path, paper: Paper, template: Path | None = None) -> None:
    """Write a paper to its file, as a Word document or, by the file's name, as a PDF of it."""
    from cvsb_xl.outputs.word import word_bytes
    from cvsb_xl.xlsx.save import save_bytes

    look = read_file(template, "template") if template else None
    written = word_bytes(paper, look)
    save_bytes(out, as_pdf(written) if out.suffix.casefold() == ".pdf" else written, backups=0)


def paths_in(folder: Path, what: str, keys: Sequence[str]) -> list[Path]:
    """Return one file name for each key, such as "Progress report RV-0001.docx": ids may hold what a file name may not."""
    paths: list[Path] = []
    for key in keys:
        name = in_file_names(key)
        path, number = folder / f"{what} {name}.docx", 1
        while path in paths:
            number += 1
            path = folder / f"{what} {name} ({number}).docx"
        paths.append(path)
    return paths


def in_this_file(opened: OpenTracker, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings under the names that the file's own sheets have: a Welsh tracker's are Welsh."""
    return [replace(item, sheet=opened.sheets.get(item.table or "", item.sheet)) for item in findings]


def tell_before_sending(findings: Iterable[Finding], file: str) -> None:
    """Say on stderr what a person should look at before the paper goes out."""
    for item in findings:
        note(f"Before you send it: {address(item, file)}: {item.code} {item.message.splitlines()[0]}")


def since_value(text: str) -> date | str:
    """Return the day that --since gives, or "last-board".

    Raises:
        CannotDo: for anything else.
    """
    if text.strip().casefold() == LAST_BOARD:
        return LAST_BOARD
    try:
        found = read_date(text)
    except AmbiguousDate as error:
        raise CannotDo(
            f'--since "{text}" can be read as more than one date; write it as 2027-03-31.'
        ) from error
    if found is None:
        raise CannotDo(f'--since "{text}" is no date. Write it as 2027-03-31, or give last-board.')
    return found
