"""Findings as GitHub annotations: workflow commands that a pull request shows beside the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cvsb_xl.outputs.findings_text import address
from cvsb_xl.tracker.findings import Finding

_COMMANDS = {"error": "error", "warning": "warning", "hint": "notice"}


def findings_github(findings: Iterable[Finding], name: str) -> Iterator[str]:
    """Yield one line for each finding."""
    for finding in findings:
        title = f"{finding.code} {finding.name}"
        message = f"{address(finding, name)}: {finding.message}"
        yield f"::{_COMMANDS[finding.severity]} file={_property(name)},title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
