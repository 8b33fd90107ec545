"""What the commands that write Word papers share: --out, --template, writing the file, and what to look at before it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from cvsb_xl.commands.common import note
from cvsb_xl.errors import CannotDo, CannotSave
from cvsb_xl.hosts.file import OpenTracker, read_file
from cvsb_xl.hosts.libreoffice import as_pdf, require_libreoffice
from cvsb_xl.outputs.findings_text import address
from cvsb_xl.tracker.dates import AmbiguousDate, read_date
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.verbs.changes import LAST_BOARD
from cvsb_xl.verbs.paper import Paper

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
        name = re.sub(r"[^\w .()-]", "_", key).strip(" .") or "review"
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
