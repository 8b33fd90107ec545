"""No agency ever gets to read what another wrote, nor what the board keeps to itself.

Every free-text cell of a tracker holds a word that stands nowhere else. What leaves the house is then searched, part by part
and attachment by attachment, for the words that are not the reader's.
"""

from __future__ import annotations

import email
import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from email.policy import default
from functools import cache
from pathlib import Path

import pytest

from cvsb_xl.framework.schema import Table
from cvsb_xl.tracker.tables import tracker_of
from tests.markdown import Cell, tables
from tests.merge.tracker import TRACKER
from tests.scenarios.rig import META, Rig, open_framework, workbook_of

MORE = """
## Acknowledgements
| acknowledgement_id | review_id | agency |
|---|---|---|
| AK-0001 | RV-0001 | SWP |
| AK-0002 | RV-0001 | CC |

## Dissemination
| dissemination_id | review_id | agency | method |
|---|---|---|---|
| DI-0001 | RV-0001 | SWP | Case study |
| DI-0002 | RV-0001 | CC | Case study |

## Recommendations
| recommendation_id | review_id |
|---|---|
| R-0001 | RV-0001 |

## Referrals
| referral_id | referred_on | referring_agency | apr |
|---|---|---|---|
| RF-0001 | 2027-01-04 | CC | Yes |

## Decisions
| decision_id | body | meeting_on | action_id | proposal | decision |
|---|---|---|---|---|---|
| D-0001 | Delivery Group | 2027-03-01 | A-0003 | Complete | Not ratified |

## Escalations
| escalation_id | action_id | kind | raised_on |
|---|---|---|---|
| E-0001 | A-0003 | Barrier | 2027-03-01 |

## Learning
| learning_id | stream | received_on | agency |
|---|---|---|---|
| L-0001 | Audit | 2027-03-01 | CC |
"""
THIRD_ACTION = "| A-0003 | RV-0001 | Hold a workshop | Notes | 2027-02-28 | CC | Cardiff | |"
THIRD_ASSIGNMENT = "| AS-0004 | A-0003 | CC | Cardiff | Lead | In progress | | | |"
# What every partner may read of every published review (the sheet Overview), and which agencies there are.
FOR_ALL = {
    ("reviews", "title"),
    ("recommendations", "recommendation"),
    ("actions", "action"),
    ("agencies", "name"),
}
OURS = {"AS-0001", "AS-0003", "A-0001", "A-0002", "AK-0001", "DI-0001"}
"""Rows that the South Wales Police may read."""

Words = dict[tuple[str, str, str], str]
"""(table, key, field) -> the word planted there."""


def _planted() -> tuple[bytes, Words]:
    text = (
        TRACKER.replace("\n\n## Assignments", f"\n{THIRD_ACTION}\n\n## Assignments")
        + THIRD_ASSIGNMENT
        + "\n"
        + MORE
    )
    words: Words = {}
    framework = open_framework()
    rows = tables(text)
    for name, items in rows.items():
        table = framework[name]
        for row in items:
            for field in _free(table, row):
                word = f"zq{len(words):03}zq"
                words[name, str(row[table.key]), field] = word
                row[field] = f"{word}@example.org" if "email" in field else f"Words {word}"
    return workbook_of(tracker_of(framework, rows, META)), words


def _free(table: Table, row: Mapping[str, Cell]) -> Iterator[str]:
    """The fields of a row that hold words: no key, list, date, number or reference."""
    fixed = {*table.primary_key, *(link.field for link in table.foreign_keys)}
    fixed |= {"agency", "lead_agency", "contributing", "referring_agency", "succeeded_by", "areas"}
    for item in table.fields:
        words = item.type == "string" and not item.enum and not item.pattern and item.owner != "computed"
        if words and item.name not in fixed:
            yield item.name


def _parts(data: bytes, where: str) -> Iterator[tuple[str, str]]:
    """Every text that a file holds: of a zip each part, of an e-mail each header, body and attachment."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            for name in opened.namelist():
                yield from _parts(opened.read(name), f"{where}!{name}")
    elif where.endswith(".eml"):
        message = email.message_from_bytes(data, policy=default)
        yield where, str(message.items())
        for part in message.walk():
            if not part.is_multipart():
                yield from _parts(part.get_payload(decode=True), f"{where}!{part.get_filename()}")  # type: ignore[arg-type]
    else:
        yield where, data.decode("utf-8", "replace")


def _read(*files: Path) -> dict[str, str]:
    return {where: text for file in files for where, text in _parts(file.read_bytes(), file.name)}


def _secret(words: Words) -> dict[str, tuple[str, str, str]]:
    """The words that the South Wales Police may not read, and where each was planted."""
    return {
        word: place
        for place, word in words.items()
        if place[1] not in OURS and (place[0], place[2]) not in FOR_ALL and place[:2] != ("agencies", "SWP")
    }


@cache
def planted() -> tuple[bytes, Words]:
    return _planted()


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    rig.tracker.write_bytes(planted()[0])
    rig.issue()
    return rig


def _found(*files: Path) -> list[tuple[str, tuple[str, str, str]]]:
    secret = _secret(planted()[1])
    assert len(secret) > 50
    texts = _read(*files)
    name = planted()[1]["agencies", "SWP", "name"]
    assert any(name in text for text in texts.values())  # the search sees what is there
    return [(where, secret[word]) for where, text in texts.items() for word in secret if word in text]


def test_an_issued_sheet_holds_its_own_words_and_the_overview_and_none_of_anybody_elses(rig: Rig) -> None:
    sheet = rig.sheets / "SWP.xlsx"
    whole = "".join(_read(sheet).values())
    own = [
        word
        for (_, key, field), word in planted()[1].items()
        if key == "AS-0001" and field in ("evidence", "lead_name")
    ]
    assert len(own) == 2
    assert all(word in whole for word in own)
    assert _found(sheet) == []


def test_a_receipt_holds_none_even_where_cells_clash_rows_are_pasted_and_both_agencies_are_merged_at_once(
    rig: Rig,
) -> None:
    rig.type("assignments", "AS-0001", "barriers", "Typed by the manager zqmanagerzq")
    rig.answer(
        "SWP",
        {("AS-0001", "barriers"): "Ours", ("AS-0001", "evidence"): None, ("AS-0003", "expected_on"): "soon"},
    )
    rig.answer("CC", {("AS-0002", "barriers"): "Theirs zqtheirszq", ("AS-0002", "area"): "zqareazq"})

    def paste(book) -> None:  # type: ignore[no-untyped-def]
        sheet = book["Assignments"]
        row = sheet.max_row + 1
        sheet.cell(row, 1).value, sheet.cell(row, 5).value = "AS-0002", "In progress"

    rig.reshape("SWP", paste)
    report = rig.merge(exits=1)
    assert report["conflicts"] >= 2
    ours = sorted(rig.receipts.glob("SWP*"))
    assert len(ours) == 2
    assert _found(*ours) == []
    whole = "".join(_read(*ours).values())
    assert not [word for word in ("zqmanagerzq", "zqtheirszq", "zqareazq") if word in whole]


def test_an_e_mail_to_one_that_owes_a_return_holds_none_and_carries_the_sheet_issued_again(rig: Rig) -> None:
    out = rig.folder / "mails"
    rig.cvsb("chase", rig.tracker, "--out", out, day=date(2027, 7, 1), exits=0)
    mail = out / "SWP.eml"
    message = email.message_from_bytes(mail.read_bytes(), policy=default)
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "SWP.xlsx"
    assert attached.get_content() == (out / "SWP.xlsx").read_bytes()
    body = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "A-0001" in body
    assert "A-0003" not in body
    assert _found(mail, out / "SWP.xlsx") == []
