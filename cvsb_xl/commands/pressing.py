"""What each button of the CVSB tab does: the command of the same meaning, run on a tracker that is open elsewhere.

The command prints what it always prints, and its edits and files come back as data, for Excel or a client to carry out.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

import click

from cvsb_xl.errors import CannotDo, CvsbError
from cvsb_xl.hosts.book import BookTracker
from cvsb_xl.hosts.elsewhere import Elsewhere, on
from cvsb_xl.hosts.runs import documents_folder
from cvsb_xl.hosts.steps import Step, steps_of
from cvsb_xl.tracker.edits import ShowSheet
from cvsb_xl.tracker.ids import in_file_names
from cvsb_xl.xlsx.read import Book

_MOST_LINES = 14
"""Lines of a message box; more are kept in the run's folder."""


@dataclass(frozen=True)
class Asked:
    """What was pressed, and where the person stood.

    Attributes:
        workbook: the workbook's full name as Excel has it: a path, or the address of a OneDrive file.
        stage: an empty folder for the files that are made; they appear beside the workbook only once it is saved.
        sheet, row: the cell that was picked; "" and 0 when it is not known.
        returns: the files to merge; none means the folder in Settings.
    """

    verb: str
    workbook: str
    stage: Path
    sheet: str = ""
    row: int = 0
    returns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pressed:
    """What came of it.

    Attributes:
        failed: why nothing was done; "" when something was.
        output: all that the command said.
        documents: a file in the stage -> where it belongs.
        front: the sheet to show afterwards, or "".
        redo: the command line that does the same.
    """

    failed: str = ""
    output: str = ""
    steps: tuple[Step, ...] = ()
    documents: Mapping[Path, Path] = field(default_factory=dict)
    front: str = ""
    redo: str = ""
    wants_a_person: bool = False

    @property
    def words(self) -> str:
        """What a message box shows."""
        lines = [one for one in self.output.splitlines() if one.strip()]
        if len(lines) > _MOST_LINES:
            lines = ["...", *lines[-_MOST_LINES:]]
        return "\n".join([*lines, "", f"The same at a command line: {self.redo}"])


def home_of(workbook: str) -> Path:
    """Return the folder for what is made from a workbook: its own, or one in Documents when it is on the web."""
    if "://" in workbook:
        return documents_folder() / "CVSB" / Path(PureWindowsPath(workbook).name).stem
    return Path(workbook).parent


def press(root: click.Command, options: list[str], asked: Asked, book: Book, opened: BookTracker) -> Pressed:
    """Run the command behind a button. Nothing is written but files in the stage.

    Args:
        root: the `cvsb` command; options: its own, such as --schemas.
        book: what the tracker was read from, with its formulas.
    """
    path = asked.stage.parent / Path(PureWindowsPath(asked.workbook).name).name
    heard = io.StringIO()
    code: object = 0
    try:
        words = _words(asked, opened)
        for folder in {Path(word).parent for word in words if word.startswith(str(asked.stage))}:
            folder.mkdir(parents=True, exist_ok=True)
        with (
            on(Elsewhere(path, opened)) as place,
            contextlib.redirect_stdout(heard),
            contextlib.redirect_stderr(heard),
        ):
            try:
                root.main(
                    [*options, words[0], str(path), *words[1:]], prog_name="cvsb", standalone_mode=False
                )
            except SystemExit as error:
                code = error.code
        steps = steps_of(book, opened, place.edits)
    except CvsbError as error:
        return Pressed(failed=f"Nothing was done. {error}")
    except click.ClickException as error:
        return Pressed(failed=f"Nothing was done. {error.format_message()}")
    if code not in (0, 1, None):
        return Pressed(failed=f"Nothing was done. {heard.getvalue().strip()}")
    home = home_of(asked.workbook)
    output = heard.getvalue().replace(str(asked.stage), str(home)).replace(str(path), path.name)
    shown = [edit.table for edit in place.edits if isinstance(edit, ShowSheet) and edit.visible]
    return Pressed(
        output=output.strip(),
        steps=tuple(steps),
        documents={
            made: home / made.relative_to(asked.stage)
            for made in sorted(asked.stage.rglob("*"))
            if made.is_file()
        },
        front=opened.sheets.get(shown[-1], "") if shown else "",
        redo=_redo(words, asked),
        wants_a_person=code == 1,
    )


def _redo(words: list[str], asked: Asked) -> str:
    home = str(home_of(asked.workbook))
    real = [word.replace(str(asked.stage), home) for word in words[1:]]
    tracker = PureWindowsPath(asked.workbook).name if "://" in asked.workbook else asked.workbook
    line = subprocess.list2cmdline(["cvsb", words[0], tracker, *real])
    return (
        f"{line}   (in the folder of this device that holds the tracker)" if "://" in asked.workbook else line
    )


def _words(asked: Asked, opened: BookTracker) -> list[str]:
    """The command line without the tracker, which comes second."""
    if asked.verb not in BUTTONS:
        raise CannotDo(f"{asked.verb} is no button. The buttons are: {', '.join(BUTTONS)}.")
    return BUTTONS[asked.verb](asked, opened)


def _plain(*words: str) -> Callable[[Asked, BookTracker], list[str]]:
    return lambda _asked, _opened: list(words)


def _into(command: str, folder: str) -> Callable[[Asked, BookTracker], list[str]]:
    return lambda asked, _: [command, "--out", str(asked.stage / folder)]


def _paper(command: str, name: str, *words: str) -> Callable[[Asked, BookTracker], list[str]]:
    return lambda asked, _: [command, *words, "--out", str(asked.stage / "Papers" / name)]


def _merge(asked: Asked, opened: BookTracker) -> list[str]:
    returns = list(asked.returns) or [opened.tracker.setting("returns_folder")]
    if not returns[0]:
        raise CannotDo(
            "Settings does not say where returned sheets are put (returns_folder). Write the folder there, or press "
            "Merge files and choose them."
        )
    return ["merge", *returns, "--receipts", str(asked.stage / "Receipts")]


def _pull(asked: Asked, _opened: BookTracker) -> list[str]:
    return ["pull", "--receipts", str(asked.stage / "Receipts")]


def _of_review(command: str, name: str) -> Callable[[Asked, BookTracker], list[str]]:
    """A paper about the review whose row, or a row of which, is picked."""

    def words(asked: Asked, opened: BookTracker) -> list[str]:
        review = _picked(asked, opened, "review_id")
        if not review:
            raise CannotDo(
                "Pick any row that belongs to the review, in Reviews or Actions, then press the button again."
            )
        return [
            command,
            "--review",
            review,
            "--out",
            str(asked.stage / "Papers" / f"{name} {in_file_names(review)}.docx"),
        ]

    return words


def _prove(asked: Asked, opened: BookTracker) -> list[str]:
    key = _picked(asked, opened, "action_id") or _picked(asked, opened, "review_id")
    if not key:
        raise CannotDo("Pick a row of an action or a review first, then press the button again.")
    return ["prove", key, "--out", str(asked.stage / "Papers" / f"Evidence {in_file_names(key)}.docx")]


def _picked(asked: Asked, opened: BookTracker, field_name: str) -> str:
    """What the row that was picked has in a field; a row of an assignment or decision leads to its action's."""
    for name, sheet in opened.sheets.items():
        if sheet != asked.sheet:
            continue
        row = next((row for row in opened.tracker[name] if row.number == asked.row), None)
        if row is None:
            return ""
        action = opened.tracker["actions"].by_key.get(row.text("action_id"))
        return row.text(field_name) or (action.text(field_name) if action else "")
    return ""


BUTTONS: Mapping[str, Callable[[Asked, BookTracker], list[str]]] = {
    "update": _plain("update"),
    "check": _plain("check", "--mark"),
    "due": _plain("due"),
    "undo": _plain("undo"),
    "issue": _into("issue", "Agency sheets"),
    "merge": _merge,
    "resolve": _plain("resolve"),
    "publish": _plain("publish"),
    "pull": _pull,
    "chase": _into("chase", "Chasing"),
    "ratify": _paper("ratify", "Ratification pack.docx"),
    "record": _plain("ratify", "--record"),
    "changes": _paper("changes", "Changes since the last Board.docx", "--since", "last-board"),
    "board": _paper("board", "Board report.docx"),
    "crg": _paper("crg", "Case Review Group.docx"),
    "dashboard": _paper("dashboard", "Dashboard.html"),
    "plan": _of_review("plan", "Action plan"),
    "mapf": _of_review("mapf", "Learning template"),
    "progress": _of_review("progress", "Progress report"),
    "prove": _prove,
    "export": _into("export", "Export"),
}
"""Verb -> the words of its command line."""
