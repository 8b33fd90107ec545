"""Findings as SARIF 2.1.0, the format that code-scanning services and editors read.

Lines mean nothing in a workbook: a place is a logical location ("Actions!F17"), and a finding's fingerprint is made of its rule, key
and field, so that sorting the sheet neither settles a finding nor opens a new one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from cvsb_xl import __version__
from cvsb_xl.rules.registry import Rule, rules
from cvsb_xl.tracker.findings import Finding

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "hint": "note"}


def findings_sarif(findings: Sequence[Finding], name: str) -> dict[str, Any]:
    """Return the log of one run.

    Args:
        name: the tracker's file name, as a relative path.
    """
    codes = sorted({finding.code for finding in findings})
    index = {code: position for position, code in enumerate(codes)}
    uri = quote(name.replace("\\", "/"))
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "cvsb-xl",
                        "version": __version__,
                        "rules": [_rule(rules()[code]) for code in codes],
                    }
                },
                "artifacts": [{"location": {"uri": uri}}],
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, index, uri) for finding in findings],
            }
        ],
    }


def fingerprint(finding: Finding) -> str:
    """Return what stays the same while rows move: a digest of rule, table, key and field.

    A row without a key is known by its message, so that two such rows stay two.
    """
    parts = (finding.code, finding.table or "", finding.key or finding.message, finding.field or "")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.sections["Why it matters"]},
        "help": {"text": rule.sections["How to settle it"], "markdown": rule.page},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, index: dict[str, int], uri: str) -> dict[str, Any]:
    what, _, ways = finding.message.partition("\n")
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri, "index": 0}}}
    place = "!".join(filter(None, (finding.sheet, finding.cell)))
    if place:
        location["logicalLocations"] = [
            {
                "name": finding.cell or finding.sheet,
                "fullyQualifiedName": place,
                "kind": "member" if finding.cell else "module",
            }
        ]
    properties = {"table": finding.table, "key": finding.key, "field": finding.field}
    return {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{what}. {ways}".strip() if ways else what},
        "locations": [location],
        "partialFingerprints": {"ruleKeyField/v1": fingerprint(finding)},
        "properties": {name: value for name, value in properties.items() if value},
    }
