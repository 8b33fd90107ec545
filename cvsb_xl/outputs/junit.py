"""Findings as JUnit XML: one suite for each sheet, one failed case for each finding; hints are passed cases with their text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from cvsb_xl.outputs.findings_text import address
from cvsb_xl.tracker.findings import Finding

# XML 1.0 allows no control characters, not even escaped.
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def findings_junit(findings: Sequence[Finding], name: str) -> str:
    """Return the report. A check without findings is one case that passed."""
    suites = []
    failed = sum(item.severity != "hint" for item in findings)
    for sheet, group in groupby(findings, key=lambda item: item.sheet):
        of_sheet = list(group)
        failures = sum(item.severity != "hint" for item in of_sheet)
        cases = "\n".join(_case(item, name) for item in of_sheet)
        suites.append(
            f'  <testsuite name={_attribute(sheet or name)} tests="{len(of_sheet)}" failures="{failures}" errors="0">\n'
            f"{cases}\n  </testsuite>"
        )
    if not suites:
        case = f'    <testcase classname={_attribute(name)} name="cvsb check"/>'
        suites.append(
            f'  <testsuite name={_attribute(name)} tests="1" failures="0" errors="0">\n{case}\n  </testsuite>'
        )
    total = max(len(findings), 1)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="cvsb check" tests="{total}" failures="{failed}" '
        f'errors="0">\n' + "\n".join(suites) + "\n</testsuites>"
    )


def _case(finding: Finding, name: str) -> str:
    what, _, ways = finding.message.partition("\n")
    title = f"{finding.code} {finding.name} {'/'.join(filter(None, (finding.key, finding.field)))}".strip()
    where = _text(f"{address(finding, name)}\n{ways}")
    start = f"    <testcase classname={_attribute(finding.sheet or name)} name={_attribute(title)}"
    if finding.severity == "hint":
        return f"{start}>\n      <system-out>{_text(what)}\n{where}</system-out>\n    </testcase>"
    return (
        f"{start}>\n      <failure type={_attribute(finding.severity)} message={_attribute(what)}>{where}</failure>\n"
        "    </testcase>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))
