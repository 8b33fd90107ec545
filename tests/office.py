"""LibreOffice for the tests marked live: open a workbook, work every formula out again, and save what came of it."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

_RECALCULATE_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
_CACHED = re.compile(rb"(</f>)<v>[^<]*</v>")


def without_cached_values(workbook: bytes) -> bytes:
    """Return the workbook with every formula's cached value taken out, so that none can be mistaken for an answer."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(
                name, _CACHED.sub(rb"\1", data) if name.startswith("xl/worksheets/sheet") else data
            )
    return made.getvalue()


def recalculated(workbook: bytes, folder: Path, to: str = "xlsx") -> Path:
    """Return the file that LibreOffice saves after it has worked out every formula anew, in a folder of its own."""
    if shutil.which("soffice") is None:
        pytest.fail("this test needs LibreOffice; scripts/test installs it")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_RECALCULATE_ALWAYS, encoding="utf-8")
    source = folder / "book.xlsx"
    source.write_bytes(without_cached_values(workbook))
    subprocess.run(
        ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", to,
         "--outdir", str(folder / "out"), str(source)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return folder / "out" / f"book.{to}"
