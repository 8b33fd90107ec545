"""`cvsb issue` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.scenarios.rig import Rig, built


def test_a_dry_run_says_what_the_run_says_and_writes_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.tracker.write_bytes(built())
    before = rig.tracker.read_bytes()
    command = ("issue", rig.tracker, "--out", rig.sheets, "--format", "json")
    dry = json.loads(rig.cvsb(*command, "--dry-run", exits=0).stdout)
    assert rig.tracker.read_bytes() == before
    assert not rig.sheets.exists()
    done = json.loads(rig.cvsb(*command, exits=0).stdout)
    for report in (dry, done):  # each run draws ids of its own
        for item in report["issued"]:
            item.pop("sheet_id")
    assert dry == done
    words = rig.cvsb("issue", rig.tracker, "--out", rig.sheets, "--dry-run", exits=0).stdout
    assert "2 sheets would be issued" in words
    assert "nothing was changed" in words
