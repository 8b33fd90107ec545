"""`cvsb addin`: the CVSB tab in Excel."""

from __future__ import annotations

from pathlib import Path

import click

from cvsb_xl import __version__
from cvsb_xl.errors import CannotDo


@click.group("addin")
def command() -> None:
    """Make, install or remove the add-in that gives Excel the CVSB tab."""


@command.command("build")
@click.option(
    "--out", "folder", type=click.Path(path_type=Path, file_okay=False), help="The folder for what is made."
)
@click.option("--into", "tracker", type=click.Path(path_type=Path, dir_okay=False), metavar="TRACKER",
              help="Make this tracker carry the tab itself, as an .xlsm.")  # fmt: skip
def build(folder: Path | None, tracker: Path | None) -> None:
    """Write cvsb.xlam into the folder (--out), or make a tracker carry its own tab (--into).

    The same version writes the same bytes. With --into the tracker's .xlsm is written into the folder, or, without --out,
    beside the tracker; a plain .xlsx stays as it is.
    """
    from cvsb_xl.addin.build import ADDIN_NAME, build_addin, with_ribbon
    from cvsb_xl.hosts.documents import make_folder
    from cvsb_xl.hosts.file import open_tracker, read_file
    from cvsb_xl.xlsx.save import save_bytes

    if folder is None and tracker is None:
        raise CannotDo(
            "Say where: --out DIR for the add-in, --into TRACKER for a tracker that carries its own tab."
        )
    if folder is not None:
        make_folder(folder)
    if tracker is None:
        assert folder is not None  # noqa: S101 - told just above
        path, data = folder / ADDIN_NAME, build_addin(__version__)
    else:
        source = tracker
        if not source.exists() and source.with_suffix(".xlsx").exists():
            source = source.with_suffix(".xlsx")  # --into Tracker.xlsm, to be made from Tracker.xlsx
        data = with_ribbon(read_file(source, "tracker"))
        open_tracker(source)  # a workbook that is no tracker is told so
        path = (folder or tracker.parent) / f"{tracker.stem}.xlsm"
    save_bytes(path, data, backups=10 if tracker is not None else 0)
    click.echo(f"{path} ({len(data):,} bytes)")


@command.command("install")
@click.option(
    "--ticked",
    is_flag=True,
    help="List it under Excel's add-ins, to be ticked, instead of starting it with Excel.",
)
@click.option("--transport", type=click.Choice(["auto", "process", "service"]),
              help="How Excel reaches Python: by the service only, by starting it only, or whichever works.")  # fmt: skip
def install_command(ticked: bool, transport: str | None) -> None:
    """Install the add-in for this user. No administrator's rights are needed; close Excel first."""
    from cvsb_xl.addin.install import install, places, set_transport

    for path in install(__version__, ticked=ticked):
        click.echo(str(path))
    if transport:
        set_transport(places().home, transport)
    click.echo("Start Excel: the tab CVSB is there. To see whether everything works: cvsb doctor")


@command.command("uninstall")
def uninstall_command() -> None:
    """Take away all that install wrote. Trackers stay as they are."""
    from cvsb_xl.addin.install import uninstall

    gone = uninstall()
    for path in gone:
        click.echo(f"{path} removed.")
    if not gone:
        click.echo("The add-in was not installed for this user.")
