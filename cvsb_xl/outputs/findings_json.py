"""Findings as JSON: a list, in the order of the check."""

from __future__ import annotations

from collections.abc import Iterable

from cvsb_xl.tracker.findings import Finding


def findings_json(findings: Iterable[Finding]) -> list[dict[str, str | None]]:
    """Return a list of {"code","name","severity","message","sheet","cell","table","key","field"}."""
    return [finding.as_json() for finding in findings]
