"""`cvsb serve`: the sync service; and with --local the answerer of Excel's buttons where Excel may start no program."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

import click

from cvsb_xl.commands.common import framework_of, note
from cvsb_xl.errors import CannotDo


@click.command("serve")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder where the service keeps everything.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8710, show_default=True, help="0: any that is free."
)
@click.option(
    "--new-link", is_flag=True, help="Print a one-time link for a Review Manager who cannot get in any more."
)
@click.option(
    "--worker",
    is_flag=True,
    help="With PostgreSQL: check what agencies hand in, beside the service; may run several times.",
)
@click.option(
    "--local", is_flag=True, help="Instead: answer Excel's buttons on this computer, and nobody else."
)
@click.option("--idle", "hours", type=click.FloatRange(min=0.001), default=8.0, show_default=True,
              help="With --local: stop after so many hours without a button pressed.")  # fmt: skip
@click.pass_context
def command(
    ctx: click.Context,
    data: Path | None,
    host: str,
    port: int,
    new_link: bool,
    worker: bool,
    local: bool,
    hours: float,
) -> None:
    """Run the sync service: agencies fetch and hand back their sheets, members see the dashboard. Ctrl+C stops it.

    \b
    cvsb serve --data DIR                     on this computer, for trying it; the first start prints a one-time link
    cvsb serve --data DIR --host 0.0.0.0      behind a proxy that speaks TLS; DIR/service.toml says its address
    cvsb serve --local                        answers Excel's buttons on this computer where Excel may start no program
    """
    if local == (data is not None):
        raise click.UsageError(
            "Say --data DIR for the sync service, or --local for Excel on this computer.", ctx
        )
    if data is not None:
        _serve(ctx, data, host, port, new_link=new_link, worker=worker)
        return
    from cvsb_xl.hosts.runs import program_home
    from cvsb_xl.service.local import ADDRESS, Doors, LocalService

    doors = Doors(
        press=lambda name: _press(ctx, name),
        verb=lambda verb, request, lines: answer_json(ctx, verb, request, lines=lines),
        tell=note,
    )
    with LocalService(program_home(), doors, rest_after=hours * 3600) as service:
        note(
            f"The CVSB service answers Excel at {ADDRESS}:{service.port}. Leave this window open; Ctrl+C stops it."
        )
        try:
            service.wait()
        except KeyboardInterrupt:
            note("Stopped.")


@contextlib.contextmanager
def needs_service() -> Iterator[None]:
    """Say how to install the service where its libraries are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if str(error.name).startswith("cvsb_xl"):
            raise
        raise CannotDo(
            f"The sync service needs more than is installed ({error.name} is missing). In the folder of cvsb-xl: pip install '.[service]'"
        ) from error


def _serve(ctx: click.Context, data: Path, host: str, port: int, *, new_link: bool, worker: bool) -> None:
    from cvsb_xl.commands import apart

    with needs_service():
        from cvsb_xl.service.server import serve, work
        from cvsb_xl.service.settings import read_settings
    try:
        if worker:
            work(read_settings(data), note, framework=framework_of(ctx))
            return
        serve(
            read_settings(data),
            host,
            port,
            note,
            verbs=apart.verbs(ctx.find_root().obj),
            framework=framework_of(ctx),
            new_link=new_link,
        )
    except KeyboardInterrupt:
        note("Stopped.")


def _press(ctx: click.Context, name: str) -> str:
    """Answer a run of the launcher; only a folder among the user's own runs."""
    from cvsb_xl.commands.run import answer_run
    from cvsb_xl.hosts.runs import RUNS, program_home

    runs = program_home() / RUNS
    folder = runs / name
    if Path(name).name != name or name in ("", ".", "..") or folder.is_symlink() or not folder.is_dir():
        raise CannotDo("There is no such run.")
    answer_run(ctx, folder)
    return "answered"


def answer_json(ctx: click.Context, verb: str, request: Any, *, lines: bool) -> str:
    """Do a verb on the tables that a request holds (see hosts/json.py); return JSON, or the plain lines."""
    from cvsb_xl.commands.pressing import Asked, press
    from cvsb_xl.commands.run import answer_lines, options_of
    from cvsb_xl.hosts.book import tracker_in
    from cvsb_xl.hosts.json import book_from, steps_json
    from cvsb_xl.hosts.lines import whole

    if not isinstance(request, dict) or not isinstance(request.get("workbook"), dict):
        raise CannotDo("The request holds no workbook.")
    framework = framework_of(ctx)
    name = PureWindowsPath(str(request["workbook"].get("name", ""))).name or "Tracker.xlsx"
    book = book_from(request["workbook"])
    with tempfile.TemporaryDirectory(prefix="cvsb-") as made:
        stage = Path(made) / "stage"
        stage.mkdir()
        row = request.get("row", 0)
        asked = Asked(
            verb,
            str(Path(made) / name),
            stage,
            str(request.get("sheet", "")),
            row if isinstance(row, int) else 0,
            _returns(request.get("returns", ()), Path(made) / "returns"),
        )
        pressed = press(
            ctx.find_root().command, options_of(ctx), asked, book, tracker_in(book, name, framework)
        )
        if lines:
            return whole([one for one in answer_lines(pressed) if not one.startswith("document\t")])
        documents = [
            {
                "folder": str(file.parent.relative_to(stage)),
                "name": file.name,
                "base64": base64.b64encode(file.read_bytes()).decode(),
            }
            for file in pressed.documents
        ]
    answer = {
        "failed": pressed.failed,
        "words": pressed.words if not pressed.failed else "",
        "output": pressed.output,
        "wants_a_person": pressed.wants_a_person,
        "redo": pressed.redo,
        "front": pressed.front,
        "steps": steps_json(pressed.steps),
        "documents": documents,
    }
    return json.dumps(answer, ensure_ascii=False)


def _returns(given: Any, folder: Path) -> tuple[str, ...]:
    """Put the returned files of a request where merge can read them."""
    folder.mkdir()
    paths = []
    try:
        for item in given:
            name = PureWindowsPath(item["name"]).name
            path = folder / name
            if not name or path.exists() or path.parent != folder:
                raise CannotDo("Two returned files have one name, or one has none.")
            path.write_bytes(base64.b64decode(item["base64"], validate=True))
            paths.append(str(path))
    except (KeyError, TypeError, AttributeError, binascii.Error, OSError) as error:
        raise CannotDo("The request's returned files are not as they should be.") from error
    return tuple(paths)
