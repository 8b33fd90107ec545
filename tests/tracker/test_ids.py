"""Ids in the names of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvsb_xl.tracker.ids import in_file_names
from tests.scenarios.rig import Rig, built


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("RV-0001", "RV-0001"),
        ("APR 3/2022", "APR 3_2022"),
        ("../../etc/cron.d/x", "_.._etc_cron.d_x"),
        (r"C:\\x", "C___x"),
        ("Bwrdd Iechyd (Cŵn)", "Bwrdd Iechyd (Cŵn)"),
        ("..", "_"),
        ("", "_"),
    ],
)
def test_an_id_stands_in_a_file_name_without_what_leads_elsewhere(key: str, name: str) -> None:
    assert in_file_names(key) == name


@given(st.text(max_size=40))
def test_whatever_an_id_is_its_file_lies_in_the_folder(key: str) -> None:
    folder = Path("/made/here")
    assert (folder / f"{in_file_names(key)}.xlsx").resolve().parent == folder


@pytest.mark.parametrize("command", ["issue", "chase"])
def test_a_code_of_an_agency_never_leads_out_of_the_folder_of_sheets(tmp_path: Path, command: str) -> None:
    rig = Rig(tmp_path)
    rig.tracker.write_bytes(built(_ELSEWHERE))
    rig.cvsb(command, rig.tracker, "--out", tmp_path / "deep" / "sheets", "--due-back", "2026-01-01")
    made = [path for path in tmp_path.rglob("*") if path.suffix in (".xlsx", ".eml") and path != rig.tracker]
    assert made
    assert {path.parent for path in made if "backups" not in str(path)} == {tmp_path / "deep" / "sheets"}


def test_two_agencies_whose_files_would_have_one_name_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.tracker.write_bytes(
        built(
            _ELSEWHERE.replace(
                "| ../outer | Elsewhere |",
                "| .._outer | Beyond    | else@example.org |\n| ../outer | Elsewhere |",
            )
        )
    )
    before = rig.tracker.read_bytes()
    said = rig.cvsb(
        "issue", rig.tracker, "--agency", "../outer", "--agency", ".._outer", "--out", tmp_path / "sheets"
    )
    assert 'The sheets of "../outer" and ".._outer" would be files of one name' in str(said.exception)
    assert rig.tracker.read_bytes() == before
    assert not list(tmp_path.rglob("sheets/*.xlsx"))


_ELSEWHERE = """
## Agencies
| agency   | name      | contact_email    |
|----------|-----------|------------------|
| ../outer | Elsewhere | lead@example.org |

## Reviews
| review_id | title   | review_type | stage       |
|-----------|---------|-------------|-------------|
| RV-0001   | Holly   | SUSR        | Action plan |

## Recommendations
| recommendation_id | review_id | recommendation       |
|-------------------|-----------|----------------------|
| R-0001            | RV-0001   | Share it             |

## Actions
| action_id | recommendation_id | review_id | action                    | measure   | lead_agency | due_on     | status      |
|-----------|-------------------|-----------|---------------------------|-----------|-------------|------------|-------------|
| A-0001    | R-0001            | RV-0001   | Train sixty social workers | 60 people | ../outer    | 2026-01-31 | In progress |

## Assignments
| assignment_id | action_id | agency   | role | progress    |
|---------------|-----------|----------|------|-------------|
| AS-0001       | A-0001    | ../outer | Lead | In progress |
"""
