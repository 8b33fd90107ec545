"""Every hostile file in one folder, through the command line: each refused in words with its code, the sound one merged."""

from __future__ import annotations

import json

import pytest

from tests.hostile.test_refused import CASES, built
from tests.scenarios.rig import Rig

pytestmark = pytest.mark.slow
PLACE = ("AS-0001", "barriers")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    rig = Rig.issued(tmp_path_factory.mktemp("hostile"))
    for number, case in enumerate(CASES):
        (rig.returns / f"{number:03}.xlsx").write_bytes(built(case))
    return rig


def test_nothing_but_hostile_files_is_exit_2_and_leaves_the_tracker_byte_for_byte(rig: Rig) -> None:
    before = rig.tracker.read_bytes()
    result = rig.cvsb("merge", rig.tracker, rig.returns, "--format", "json", exits=2)
    report = json.loads(result.stdout)
    assert [item["state"] for item in report["returns"]] == ["refused"] * len(CASES)
    assert (report["read"], rig.tracker.read_bytes()) == (0, before)


def test_each_is_refused_with_its_code_and_message_and_the_sound_one_among_them_is_merged(rig: Rig) -> None:
    rig.answer("SWP", {PLACE: "No venue"}, file="050 sound.xlsx")
    report = rig.merge(exits=1)
    by_file = {item["file"]: item for item in report["returns"]}
    for number, (case, (code, words, _)) in enumerate(CASES.items()):
        item = by_file[f"{number:03}.xlsx"]
        (finding,) = item["findings"]
        assert (item["state"], finding["code"], finding["severity"]) == ("refused", code, "error"), case
        assert words in finding["message"], case
    sound = by_file["050 sound.xlsx"]
    assert (sound["state"], sound["applied"]) == ("merged", 1)
    assert rig.open()["assignments"].by_key["AS-0001"]["barriers"] == "No venue"
    assert len(list(rig.receipts.glob("*.xlsx"))) == len(CASES) + 1
    rig.cvsb("log", rig.tracker, "verify", exits=0)
