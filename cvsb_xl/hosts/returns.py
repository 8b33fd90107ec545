"""Read returned files. One bad file never stops the others."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cvsb_xl.errors import CvsbError, RefusedWorkbook
from cvsb_xl.framework.schema import Framework
from cvsb_xl.hosts.file import read_file
from cvsb_xl.merge.result import ReturnResult
from cvsb_xl.merge.returned import Return
from cvsb_xl.tracker.findings import Finding
from cvsb_xl.xlsx.child import Children, read_returned
from cvsb_xl.xlsx.preflight import REFUSALS

UNREADABLE = "X100"


def read_returns(
    framework: Framework, files: Iterable[Path], children: Children | None = None
) -> list[Return | ReturnResult]:
    """Read files as returns, in child processes with limits; a refused one is a result that says why."""
    results: dict[int, Return | ReturnResult] = {}
    contents: list[tuple[int, str, bytes]] = []
    for at, path in enumerate(files):
        try:
            contents.append((at, path.name, read_file(path, "returned file")))
        except CvsbError as error:
            results[at] = refused(path.name, error)
    found = read_returned([(name, data) for _, name, data in contents], framework, children)
    for (at, name, _), ret in zip(contents, found, strict=True):
        results[at] = ret if isinstance(ret, Return) else refused(name, ret)
    return [results[at] for at in sorted(results)]


def refused(name: str, error: CvsbError) -> ReturnResult:
    """Return the result of a file that could not be read."""
    code = error.code if isinstance(error, RefusedWorkbook) else UNREADABLE
    rule = REFUSALS[code][0] if code in REFUSALS else "unreadable-file"
    return ReturnResult(name, state="refused", findings=[Finding(code, rule, "error", str(error), file=name)])
