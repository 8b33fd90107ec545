"""Turn a Word document into a PDF with LibreOffice, where that is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from cvsb_xl.errors import CannotDo

_SECONDS = 180
_TAGGED = 'pdf:writer_pdf_Export:{"UseTaggedPDF":{"type":"boolean","value":"true"}}'
"""With its headings, lists and tables marked as such, for screen readers."""


def _program() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


def require_libreoffice(out: Path) -> None:
    """Refuse a PDF where there is no LibreOffice.

    Raises:
        CannotDo: saying what to give instead.
    """
    if _program() is None:
        raise CannotDo(
            f"{out.name}: a PDF is made by LibreOffice, which is not installed here. Give a name that ends in .docx, and save it "
            "as PDF from Word."
        )


def as_pdf(document: bytes) -> bytes:
    """Return a .docx as PDF. LibreOffice runs under a profile of its own, so that an open one is not disturbed.

    Raises:
        CannotDo: when LibreOffice fails or takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="cvsb-") as name:
        folder = Path(name)
        (folder / "paper.docx").write_bytes(document)
        command = [
            _program() or "soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
            "--convert-to", _TAGGED, "--outdir", str(folder), str(folder / "paper.docx"),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603 - our own words
            return (folder / "paper.pdf").read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotDo(
                "LibreOffice could not make the PDF. Give a name that ends in .docx, and save it as PDF from Word."
            ) from error
