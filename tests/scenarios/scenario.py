"""What a scenario is, and how it is played: the folder is merged dry, then for good, and both must tell the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.merge.tracker import TRACKER
from tests.scenarios.rig import Rig

Cell = tuple[str, str, str, str]
"""(key, field, outcome, reason)."""


@dataclass(frozen=True)
class Scenario:
    """One thing that really happens to returns, and what must come of it.

    Attributes:
        happens: what the agencies and the Review Manager did, on files.
        cells: every cell that is not unchanged; None where `counts` says enough.
        counts: (applied, conflicts, rejected) where the cells are not listed.
        findings: the names of all findings, each once.
        states: the state of each return, in order.
        words: each must stand in the report a person reads.
        never: none of these may stand in the report, nor in any receipt.
        then: further checks, given the rig and the JSON.
        exits: the exit code; None means 2 where every file was refused, 1 where there is a conflict, a rejection or an error
            (such as a refused file), else 0.
    """

    name: str
    happens: Callable[[Rig], object]
    cells: frozenset[Cell] | set[Cell] | None = None
    counts: tuple[int, int, int] | None = None
    findings: frozenset[str] | set[str] = frozenset()
    states: tuple[str, ...] = ("merged",)
    words: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    then: Callable[[Rig, Any], object] | None = None
    exits: int | None = None
    tracker: str = TRACKER


def play(scenario: Scenario, rig: Rig) -> None:
    """Play a scenario and hold everything it says."""
    scenario.happens(rig)
    before = rig.tracker.read_bytes()
    dry = rig.cvsb("merge", rig.tracker, rig.returns, "--dry-run")
    assert rig.tracker.read_bytes() == before
    assert not rig.receipts.exists()
    report = rig.merge(exits=dry.exit_code)
    cells = {
        (cell["key"], cell["field"], cell["outcome"], cell["reason"])
        for item in report["returns"]
        for cell in item["cells"]
    }
    names = {finding["name"] for item in report["returns"] for finding in item["findings"]}
    assert tuple(item["state"] for item in report["returns"]) == scenario.states
    if scenario.cells is not None:
        assert cells == scenario.cells
    if scenario.counts is not None:
        assert (report["applied"], report["conflicts"], report["rejected"]) == scenario.counts
    assert scenario.cells is not None or scenario.counts is not None
    assert names == scenario.findings
    errors = [
        finding
        for item in report["returns"]
        for finding in item["findings"]
        if finding["severity"] == "error"
    ]
    wants = report["conflicts"] or report["rejected"] or errors
    nothing_done = all(item["state"] == "refused" for item in report["returns"])
    expected = 2 if nothing_done else int(bool(wants))
    assert dry.exit_code == (scenario.exits if scenario.exits is not None else expected)
    assert not nothing_done or rig.tracker.read_bytes() == before
    total = " + ".join(f"{name} {report[name]}" for name in ("applied", "unchanged", "conflicts", "rejected"))
    assert f"read {report['read']} = {total}" in dry.stdout
    receipts = "".join(path.read_text(encoding="utf-8") for path in rig.receipts.glob("*.txt"))
    assert len(list(rig.receipts.glob("*.xlsx"))) == len(report["returns"])
    for words in scenario.words:
        assert words in dry.stdout
    for words in scenario.never:
        assert words not in dry.stdout
        assert words not in receipts
    if scenario.then:
        scenario.then(rig, report)
    rig.cvsb("log", rig.tracker, "verify", exits=0)
