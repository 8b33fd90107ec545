"""`cvsb demo`: a whole round on the invented sample, told as a story, with the very commands a person would type."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import click

from cvsb_xl.commands.common import context_of
from cvsb_xl.errors import CannotDo


@click.command("demo")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_context
def command(ctx: click.Context, folder: Path) -> None:
    """Play a whole round on an invented example and leave every file in DIR, which must be new or empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotDo(
            f"{folder} is there already and is not empty. Name a new folder, so that nothing of yours is touched."
        )
    from cvsb_xl.hosts.documents import make_folder

    make_folder(folder)
    play = _Play(ctx, folder)
    today = context_of().today
    play.say("1. A Review Manager starts a tracker. This one is filled with an invented example.")
    play.run("new", play.tracker, "--sample")
    play.say(
        "2. Before each meeting the plan is checked like code: every finding has a cell, a code and a way out."
    )
    play.run("check", play.tracker, keep="check.txt", show=12)
    play.say("3. Every due date is worked out, each with the sentence of the framework it stands on.")
    play.run("due", play.tracker, keep="due.txt", show=9)
    play.say("4. Each agency gets one safe sheet: its own actions, and only its own cells unlocked.")
    play.run(
        "issue",
        play.tracker,
        "--out",
        folder / "sheets",
        "--due-back",
        (today + timedelta(days=21)).isoformat(),
    )
    play.say(
        "5. Two agencies fill theirs in. The council also types over a locked cell, and a date that is none."
    )
    police = play.answer(
        "SWP", {"Progress": "In progress", "Progress update": "The third session was held; 21 came."}
    )
    play.answer(
        "CARDIFF",
        {
            "Progress update": "The draft went to the team.",
            "Expected on": "On going",
            "Action": "Something easier",
        },
        row=1,
    )
    play.say(
        "   Meanwhile the Review Manager notes a barrier in the tracker, in the same cell as the police."
    )
    play.answer("SWP", {"Barriers": "No trainer until spring"}, again=True)
    play.by_hand(police, "The training budget is frozen")
    play.say(
        "6. What came back is merged. Nothing is lost: read = applied + unchanged + conflicts + rejected."
    )
    play.run("merge", play.tracker, folder / "returns", "--receipts", folder / "receipts")
    play.say("7. Merging the same files again changes nothing.")
    play.run("merge", play.tracker, folder / "returns", show=4)
    play.say(
        "8. The tracker's history has every changed cell, also the one typed by hand, and holds together."
    )
    play.run("log", play.tracker, "--key", police, show=6)
    play.run("log", play.tracker, "verify")
    play.say("9. Twelve months after publication the framework asks for a progress report.")
    review = play.published()
    report = folder / f"Progress report {review}.docx"
    play.run("progress", play.tracker, "--review", review, "--out", report)
    play.say("10. Each meeting has its paper, and anybody may look at one page.")
    pack, board, page = (
        folder / name for name in ("Ratification pack.docx", "Board report.docx", "Dashboard.html")
    )
    play.run("ratify", play.tracker, "--out", pack)
    play.run("board", play.tracker, "--out", board)
    play.run("dashboard", play.tracker, "--out", page)
    click.echo()
    click.echo(click.style("Look at", bold=True))
    for path, what in (
        (play.tracker, "the tracker: start at the sheet Today"),
        (folder / "sheets" / "CARDIFF.xlsx", "what an agency gets"),
        (min((folder / "receipts").glob("CARDIFF-receipt*.xlsx")), "what it hears back"),
        (report, "the 12-month progress report"),
        (pack, "what the Delivery Group decides on"),
        (board, "two pages for the Board, and an annex"),
        (page, "where everything stands, in a browser"),
        (folder / "check.txt", "everything the check found"),
    ):
        click.echo(f"  {path}  - {what}")


class _Play:
    """Runs the commands of the story."""

    def __init__(self, ctx: click.Context, folder: Path) -> None:
        self.root = ctx.find_root()
        self.folder = folder
        self.tracker = folder / "Tracker.xlsx"

    def say(self, words: str) -> None:
        click.echo()
        click.echo(click.style(words, bold=True))

    def run(self, *arguments: object, keep: str | None = None, show: int | None = None) -> None:
        """Run a command as a person would; keep its output in a file, or show only its first lines, if asked."""
        import contextlib
        import io

        words = [str(argument) for argument in arguments]
        click.echo(f"$ cvsb {shlex.join(words)}")
        heard = io.StringIO()
        options = ["--schemas", str(self.root.obj)] if self.root.obj else []
        with contextlib.redirect_stdout(heard), contextlib.suppress(SystemExit):
            self.root.command.main([*options, *words], prog_name="cvsb", standalone_mode=False)
        lines = heard.getvalue().splitlines()
        if keep:
            (self.folder / keep).write_text(heard.getvalue(), encoding="utf-8")
        shown = lines if show is None or len(lines) <= show else [*lines[: show - 2], "  ...", lines[-1]]
        for line in shown:
            click.echo(f"  {line}")

    def answer(self, agency: str, cells: Mapping[str, str], *, row: int = 0, again: bool = False) -> str:
        """Fill in cells of an agency's sheet, by heading, as the agency would; return the assignment's ID."""
        from cvsb_xl.hosts.documents import make_folder
        from cvsb_xl.tracker.tables import column_letters
        from cvsb_xl.xlsx.patch import patch_workbook
        from cvsb_xl.xlsx.read import read_book

        make_folder(self.folder / "returns")
        returned = self.folder / "returns" / f"{agency}.xlsx"
        source = returned if again else self.folder / "sheets" / f"{agency}.xlsx"
        sheet = read_book(source.read_bytes(), name=source.name).sheets["Assignments"]
        heading = next(at for at, line in enumerate(sheet.grid) if line and line[0] == "Assignment ID")
        columns = {str(text): at for at, text in enumerate(sheet.grid[heading], 1) if text is not None}
        number = heading + 2 + row
        changes = {
            ("Assignments", f"{column_letters(columns[name])}{number}"): value
            for name, value in cells.items()
        }
        patch_workbook(source, returned, changes)
        return str(sheet.grid[number - 1][0])

    def by_hand(self, assignment: str, words: str) -> None:
        """Type a barrier into the tracker, as the Review Manager would in Excel."""
        from cvsb_xl.hosts.file import open_tracker
        from cvsb_xl.xlsx.patch import patch_workbook

        data = open_tracker(self.tracker).tracker["assignments"]
        cell = data.cell(data.by_key[assignment], "barriers")
        if cell:
            patch_workbook(self.tracker, self.tracker, {("Assignments", cell): words})

    def published(self) -> str:
        """Return the review whose report is due first."""
        from datetime import date

        from cvsb_xl.hosts.file import open_tracker

        reviews = open_tracker(self.tracker).tracker["reviews"]
        due = [
            (row["progress_due"], row.text("review_id"))
            for row in reviews
            if isinstance(row["progress_due"], date) and row["progress_reported_on"] is None
        ]
        if not due:
            raise CannotDo("The sample has no published review; this is a fault of cvsb-xl.")
        return min(due, key=str)[1]
